"""Rebuilds a package's archive from docs/format.md alone and compares every byte.

Usage: python3 canonical_bag.py PACKAGE.zip. Exit status 0: the same bytes. It shares no code with the
program: it takes names, methods, CRC-32, sizes and data from the central directory, writes the archive
again as the document says, inflates every payload block on its own, and checks the identifier's form.
"""
import hashlib
import re
import struct
import sys
import zlib

FULL = 0xFFFFFFFF


def fits(number):
    return number < FULL


def low(number):
    return number if fits(number) else FULL


def wide(numbers):
    return b"".join(struct.pack("<Q", n) for n in numbers)


def read(data):
    """The entries and the package time's two words, by the directory."""
    comment = b"handover-package/1"
    assert data.endswith(struct.pack("<H", len(comment)) + comment), "comment"
    end = len(data) - 22 - len(comment)
    assert data[end:end + 4] == b"PK\x05\x06", "end record"
    count, _, offset = struct.unpack_from("<HII", data, end + 10)
    stop = end
    if data[end - 20:end - 16] == b"PK\x06\x07":
        stop, = struct.unpack_from("<Q", data, end - 12)
        count, = struct.unpack_from("<Q", data, stop + 32)
        offset, = struct.unpack_from("<Q", data, stop + 48)
    entries, at = [], offset
    while at < stop:
        method, time, date, crc, packed, size, name_length, extra_length = struct.unpack_from(
            "<HHHIIIHH", data, at + 10)
        start, = struct.unpack_from("<I", data, at + 42)
        name = data[at + 46:at + 46 + name_length]
        extra = data[at + 50 + name_length:at + 46 + name_length + extra_length]
        values = [size, packed, start]
        for index, value in enumerate(values):
            if value == FULL:
                values[index], = struct.unpack("<Q", extra[:8])
                extra = extra[8:]
        size, packed, start = values
        begin = start + 30 + name_length + (20 if method == 8 or not fits(size) else 0)
        entries.append((name, method, crc, size, data[begin:begin + packed], time, date))
        at += 46 + name_length + extra_length
    assert len(entries) == count, "count"
    return entries


def write(entries):
    """The archive as section 4.1 of the document has it."""
    out, directory = bytearray(), bytearray()
    for name, method, crc, size, content, time, date in entries:
        start, packed = len(out), len(content)
        zip64 = method == 8 or not fits(size)
        version = 45 if zip64 or not fits(start) else 20
        common = struct.pack("<HHHHHI", version, 0x0800, method, time, date, crc)
        sizes = (FULL, FULL) if zip64 else (packed, size)
        out += b"PK\x03\x04" + common + struct.pack("<IIHH", *sizes, len(name), 20 * zip64) + name
        out += b"\x01\x00\x10\x00" + wide([size, packed]) if zip64 else b""
        out += content
        extra = wide(n for n in (size, packed, start) if not fits(n))
        if extra:
            extra = b"\x01\x00" + struct.pack("<H", len(extra)) + extra
        directory += b"PK\x01\x02" + struct.pack("<H", 0x032D) + common
        directory += struct.pack("<IIHH", low(packed), low(size), len(name), len(extra)) + bytes(6)
        directory += struct.pack("<II", 0x81A40000, low(start)) + name + extra
    start, count = len(out), len(entries)
    out += directory
    if count >= 65535 or not fits(len(directory)) or not fits(start):
        record = len(out)
        out += b"PK\x06\x06" + struct.pack("<QHHII", 44, 0x032D, 45, 0, 0)
        out += wide([count, count, len(directory), start])
        out += b"PK\x06\x07" + struct.pack("<IQI", 0, record, 1)
    few = min(count, 65535)
    out += b"PK\x05\x06" + struct.pack("<HHHHII", 0, 0, few, few, low(len(directory)), low(start))
    return out + struct.pack("<H", 18) + b"handover-package/1"


def check_blocks(files, top):
    """Section 3 and 4.2: every block inflates alone, and what it gives is in the table."""
    lines = files[top + "retrieval/blocks.tsv"][0].decode().splitlines()
    assert lines[0] == "handover-blocks/1"
    rest, manifest = {}, files[top + "manifest-sha512.txt"][0].decode().splitlines()
    path = None
    for line in lines[1:]:
        kind, number, *fields = line.split("\t")
        if kind == "file":
            path = fields[0]
            assert manifest[int(number)].split("  ", 1)[1] == path, "number of the file"
            rest[path] = (files[top + path][0], b"")
            continue
        _, length, packed, crc = fields
        data, plain = rest[path]
        block = data[:int(packed)]
        assert len(crc) == 8 and zlib.crc32(block) == int(crc, 16), "CRC-32 of a block"
        assert block.endswith(b"\0\0\xff\xff"), "flush"
        one = zlib.decompressobj(-15).decompress(block)
        assert len(one) == int(length), "length of a block"
        rest[path] = (data[int(packed):], plain + one)
    for line in manifest:
        digest, path = line.split("  ", 1)
        end, plain = rest.pop(path)
        assert end == b"\x03\x00", "final block"
        assert zlib.decompress(files[top + path][0], -15) == plain, "the stream as a whole"
        assert hashlib.sha512(plain).hexdigest() == digest, "digest"
    assert not rest


def main():
    with open(sys.argv[1], "rb") as file:
        data = file.read()
    entries = read(data)
    assert write(entries) == data, "the archive is not as docs/format.md says"
    assert len({entry[5:] for entry in entries}) == 1, "one time for all"
    files = {name.decode(): (content, method) for name, method, _, _, content, _, _ in entries}
    top = entries[0][0].decode().split("/")[0] + "/"
    if top + "bagit.txt" not in files:
        return
    for name, (_, method) in files.items():
        assert method == (8 if name.startswith(top + "data/") else 0), "method"
    assert len(files[top + "bagit.txt"][0]) == 54
    info = dict(line.split(": ", 1) for line in files[top + "bag-info.txt"][0].decode().splitlines())
    seed = files[top + "manifest-sha512.txt"][0] + info["Package-Time"].encode()
    raw = bytearray(hashlib.sha512(seed).digest()[:16])
    raw[6], raw[8] = raw[6] & 0x0F | 0x80, raw[8] & 0x3F | 0x80
    plain = re.sub(r"^(.{8})(.{4})(.{4})(.{4})", r"\1-\2-\3-\4-", raw.hex())
    assert info["External-Identifier"] == "urn:uuid:" + plain, "identifier"
    check_blocks(files, top)


main()
