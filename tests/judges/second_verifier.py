#!/usr/bin/env python3
"""A second verifier of packages and exports, written from docs/format.md alone.

    second_verifier.py FILE.zip [--signers allowed_signers --identity NAME]
    second_verifier.py --vectors fixtures/vectors/proofs.json

Prints one line for each failure and ends with 1 if there is any. Needs Python 3.9 and nothing else (and ssh-keygen for
--signers). Of a package it checks the manifests, every row hash, every tree, every list and the root; who a row belongs to
is not judged. Of an export it checks all that section 8.3 asks.
"""
import argparse
import base64
import datetime
import gzip
import hashlib
import hmac
import json
import os
import re
import subprocess
import sys
import tempfile
import zipfile
import zlib


# Section 7.1: hashes, salts, trees.

def salt(secret, domain, one, two):
    message = domain + one.to_bytes(8, "big") + (two // 2).to_bytes(8, "big")
    pair = hmac.new(secret, message, hashlib.sha256).digest()
    return pair[16:] if two % 2 else pair[:16]


def leaf_hash(domain, one, two, salt_bytes, content):
    head = b"\0" + domain + one.to_bytes(8, "big") + two.to_bytes(8, "big") + salt_bytes
    return hashlib.sha256(head + content).digest()


def node_hash(left, right):
    return hashlib.sha256(b"\1" + left + right).digest()


def largest_power_below(size):
    power = 1
    while power * 2 < size:
        power *= 2
    return power


def root_of(hashes):
    """The root of a tree, in one pass."""
    open_subtrees = []
    for one in hashes:
        level = 0
        while open_subtrees and open_subtrees[-1][0] == level:
            one = node_hash(open_subtrees.pop()[1], one)
            level += 1
        open_subtrees.append((level, one))
    if not open_subtrees:
        return hashlib.sha256(b"").digest()
    right = open_subtrees.pop()[1]
    while open_subtrees:
        right = node_hash(open_subtrees.pop()[1], right)
    return right


def proven_root(size, leaves, proof):
    """The root that shown leaves [(index, hash)] and a proof lead to; None where they lead nowhere."""
    indexes = [index for index, _ in leaves]
    if indexes != sorted(set(indexes)) or (indexes and not 0 <= indexes[0] <= indexes[-1] < size):
        return None
    if size == 0:
        return hashlib.sha256(b"").digest() if not proof else None
    rest = list(reversed(proof))

    def walk(begin, end, shown):
        if not shown:
            return rest.pop()
        if end - begin == 1:
            return shown[0][1]
        middle = begin + largest_power_below(end - begin)
        left = walk(begin, middle, [x for x in shown if x[0] < middle])
        right = walk(middle, end, [x for x in shown if x[0] >= middle])
        return node_hash(left, right)

    try:
        root = walk(0, size, leaves)
    except IndexError:
        return None
    return root if not rest else None


def stored_hashes(hashes):
    """What section 7.5 stores of a tree."""
    out, open_subtrees = [], []
    for one in hashes:
        level = 0
        while open_subtrees and open_subtrees[-1][0] == level:
            one = node_hash(open_subtrees.pop()[1], one)
            level += 1
            if level % 7 == 0:
                out.append(one)
        open_subtrees.append((level, one))
    return out + [one for level, one in open_subtrees if level < 7]


# Section 7.3: lists.

def list_content(event, recorded, row):
    return event.to_bytes(4, "big") + recorded.to_bytes(4, "big") + row.to_bytes(8, "big")


def number(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at


def unzigzag(value):
    return value >> 1 if value & 1 == 0 else -(value >> 1) - 1


class Bits:
    """Reads bits, the lowest of each byte first."""

    def __init__(self, data):
        self.data = data
        self.at = 0

    def take(self, width):
        first, end = self.at // 8, (self.at + width + 7) // 8
        if end > len(self.data):
            raise IndexError("the bits end")
        value = int.from_bytes(self.data[first:end], "little") >> (self.at % 8) & ((1 << width) - 1)
        self.at += width
        return value

    def alone(self):
        return self.take(self.take(6))

    def column(self, count):
        few, most = self.take(6), self.take(6)
        return [self.take(most if few == most or self.take(1) else few) for _ in range(count)]


def decode_part(bits, count):
    """The part of a list that is one file's, in the order of lists."""
    rows, events = [bits.alone()], [bits.alone()]
    for more in bits.column(count - 1):
        rows.append(rows[-1] + more + 1)
    least = bits.alone() if bits.take(1) else None
    for more in bits.column(count - 1):
        if least is None:
            events.append(events[-1] + unzigzag(more))
        else:
            events.append(events[-1] if more == 0 else 0 if more == 1 else least + more - 2)
    recorded = [event if more == 0 else 0 if more == 1 else event + unzigzag(more - 1) for event, more in zip(events, bits.column(count))]
    return sorted(zip(events, recorded, rows))


# Section 7.2: leaves of a file.

def records(data, table):
    """The bytes of records that end by the rule."""
    quote, end = table["quote"] or "", {"lf": b"\n", "cr": b"\r"}[table["terminator"]]
    out, begin, at = [], 0, data.find(end)
    while at >= 0:
        if not quote or data.count(quote.encode("latin-1"), begin, at) % 2 == 0:
            out.append(data[begin:at + 1])
            begin = at + 1
        at = data.find(end, at + 1)
    return out + ([data[begin:]] if begin < len(data) else [])


def leaves_of_file(lengths, at, data, file):
    """The bytes of a file's leaves, and where the next file's parts begin; `data` is None where it is not at hand."""
    out, begin, seen = [], 0, 0
    while seen < file["leaves"]:
        count, at = number(lengths, at)
        size, at = number(lengths, at)
        listed, size = size & 1, size >> 1
        sizes = []
        for _ in range(count if listed else 0):
            one, at = number(lengths, at)
            sizes.append(one)
        seen += count
        if data is not None:
            part = data[begin:begin + size]
            begin += size
            if listed:
                ends = [sum(sizes[:n]) for n in range(count + 1)]
                own = [part[a:b] for a, b in zip(ends, ends[1:])]
            else:
                own = records(part, file["table"])
            if len(own) != count or sum(map(len, own)) != size:
                raise ValueError("a part of lengths.bin does not fit")
            out += own
    if seen != file["leaves"] or (data is not None and begin != len(data)):
        raise ValueError("lengths.bin does not fit")
    return out, at


def day(text):
    return 0 if text is None else datetime.date.fromisoformat(text).toordinal()


class Range:
    def __init__(self, asked):
        self.first = day(asked["from"])
        self.last = day(asked["to"])
        self.by = asked["date"]
        if self.by not in ("event", "recorded") or (self.first and self.last and self.last < self.first):
            raise ValueError("no range")

    def before(self, date):
        return bool(date and self.first and date < self.first)

    def after(self, date):
        return bool(date and self.last and date > self.last)

    def has(self, entry):
        date = entry[0] if self.by == "event" else entry[1]
        return not (self.before(date) or self.after(date))

    def covered(self, count, shown):
        """shown: [(place in the file's part, entry)]."""
        for (a, one), (b, two) in zip(shown, shown[1:]):
            if a >= b or one >= two:
                return False
        if shown and shown[-1][0] >= count:
            return False
        if self.by == "recorded" or not shown:
            return len(shown) == count
        for (a, one), (b, two) in zip(shown, shown[1:]):
            both = (self.before(one[0]) and self.before(two[0])) or (self.after(one[0]) and self.after(two[0]))
            if a + 1 != b and not both:
                return False
        return shown[0][0] == 0 and (shown[-1][0] + 1 == count or self.after(shown[-1][1][0]))


# Section 7.6: the checkpoint.

def checkpoint(data):
    match = re.fullmatch(rb"([^\n]+)\n(0|[1-9][0-9]*)\n([A-Za-z0-9+/]{43}=)\n", data)
    if not match:
        return None
    root = base64.b64decode(match[3], validate=True)
    return (match[1].decode(), int(match[2]), root) if base64.b64encode(root) == match[3] else None


class Bag:
    def __init__(self, path):
        self.zip = zipfile.ZipFile(path)
        names = [name for name in self.zip.namelist() if not name.endswith("/")]
        tops = {name.split("/", 1)[0] for name in names}
        if len(tops) != 1 or len(set(names)) != len(names):
            raise SystemExit("not one top folder, or a name twice")
        self.top = tops.pop() + "/"
        self.names = {name[len(self.top):] for name in names}
        self.failures = []
        self.notes = []

    def fail(self, code, text):
        self.failures.append((code, text))

    def read(self, path):
        return self.zip.read(self.top + path) if path in self.names else None

    def manifests(self):
        for kind, wanted in (
            ("manifest", {n for n in self.names if n.startswith("data/")}),
            ("tagmanifest", {n for n in self.names if not n.startswith(("data/", "signatures/", "tagmanifest-"))}),
        ):
            found = [n for n in self.names if re.fullmatch(kind + r"-sha(256|512)\.txt", n)]
            if not found:
                self.fail("manifest-malformed", f"no {kind}")
            for name in found:
                algorithm = name[len(kind) + 1:-4]
                listed = set()
                # What is no line of a manifest, or no UTF-8, lists nothing: its file is found unlisted.
                for line in self.read(name).decode(errors="replace").splitlines():
                    digest, _, path = line.partition("  ")
                    listed.add(path)
                    data = self.read(path)
                    if data is None:
                        self.fail("payload-missing", path)
                    elif hashlib.new(algorithm, data).hexdigest() != digest:
                        self.fail("digest-mismatch", path)
                for path in sorted(wanted - listed):
                    self.fail("payload-unlisted" if kind == "manifest" else "tag-unlisted", path)

    def signature(self, signed, signers, identity):
        name = "signatures/" + signed.rsplit("/", 1)[-1] + ".sig"
        if name not in self.names:
            self.fail("signature-missing", signed)
            return
        with tempfile.NamedTemporaryFile() as file:
            file.write(self.read(name))
            file.flush()
            command = ["ssh-keygen", "-Y", "verify", "-n", "handover", "-f", signers, "-I", identity, "-s", file.name]
            done = subprocess.run(command, input=self.read(signed), capture_output=True)
        if done.returncode:
            self.fail("signature-invalid", signed)


# Section 7: a package.

def package(bag):
    secret = bytes.fromhex(bag.read("proof/secret.txt").decode().strip())
    stated = checkpoint(bag.read("proof/checkpoint.txt"))
    if stated is None:
        return bag.fail("proof-mismatch", "checkpoint.txt is none")
    lines = gzip.decompress(bag.read("proof/leaves.jsonl.gz")).split(b"\n")
    if lines.pop() != b"":
        return bag.fail("proof-mismatch", "leaves.jsonl.gz does not end with a line end")
    hashes = [leaf_hash(b"P", 0, n, salt(secret, b"P", 0, n), line) for n, line in enumerate(lines)]
    if (stated[1], stated[2]) != (len(lines), root_of(hashes)):
        bag.fail("proof-mismatch", "the leaves do not lead to the root")
    leaves = [json.loads(line) for line in lines]
    lengths, at = bag.read("proof/lengths.bin"), 0
    trees = []
    for leaf in leaves:
        if "file" not in leaf:
            continue
        file = leaf["file"]
        data = None if "within" in file else bag.read(file["path"])
        contents, at = leaves_of_file(lengths, at, data, file)
        if data is None:
            trees.append(None)
            continue
        rows = []
        for index, content in enumerate(contents):
            key = (b"R", file["number"], index)
            rows.append(leaf_hash(*key, salt(secret, *key), content))
        if root_of(rows).hex() != file["root"]:
            bag.fail("proof-mismatch", f"rows of {file['path']}")
        trees.append(stored_hashes(rows))
    if at != len(lengths):
        bag.fail("proof-mismatch", "lengths.bin is too long")
    if None not in trees:
        expected = b"".join(b"".join(tree) for tree in trees + [stored_hashes(hashes)])
        if expected != bag.read("proof/trees.bin"):
            bag.fail("proof-mismatch", "trees.bin")
    lists = Bits(bag.read("proof/lists.bin"))
    people = {}
    counts = {}
    for n, leaf in enumerate(leaves):
        if "patient" not in leaf:
            continue
        patient = leaf["patient"]
        entries = []
        for file, count in patient["files"]:
            entries += decode_part(lists, count)
            counts[file] = counts.get(file, 0) + count
        if lists.take(-lists.at % 8):
            bag.fail("proof-mismatch", f"bits behind the list of leaf {n}")
        own = [leaf_hash(b"L", n, i, salt(secret, b"L", n, i), list_content(*e)) for i, e in enumerate(entries)]
        if root_of(own).hex() != patient["root"]:
            bag.fail("proof-mismatch", f"the list of leaf {n}")
        for person in patient["nhsNumbers"]:
            people.setdefault(person, []).append([n, patient["id"]])
    if lists.at != 8 * len(lists.data):
        bag.fail("proof-mismatch", "lists.bin is too long")
    stated_people = {x["nhsNumber"]["number"]: x["nhsNumber"]["patients"] for x in leaves if "nhsNumber" in x}
    if people != stated_people:
        bag.fail("proof-mismatch", "NHS numbers and patients do not fit each other")
    for leaf in leaves:
        if "file" in leaf and "table" in leaf["file"]:
            if counts.get(leaf["file"]["number"], 0) != leaf["file"]["table"]["rows"]["attributed"]:
                bag.fail("proof-mismatch", "rows of patients do not add up")


# Section 8: an export.

def shown_root(shown, hashes):
    return proven_root(shown["size"], hashes, [bytes.fromhex(h) for h in shown["hashes"]])


def export(bag):
    bundle = json.loads(bag.read("proof/proof.json"))
    stated = checkpoint(bag.read("proof/checkpoint.txt") or b"")
    if bundle["format"] != "handover-export/1" or stated is None:
        return bag.fail("proof-mismatch", "no proofs, or no checkpoint")
    top = bundle["package"]
    hashes = [(x["index"], leaf_hash(b"P", 0, x["index"], bytes.fromhex(x["salt"]), x["line"].encode())) for x in top["leaves"]]
    if top["size"] != stated[1] or shown_root(top, hashes) != stated[2]:
        return bag.fail("proof-mismatch", "the proofs do not lead to the root")
    leaves = {x["index"]: json.loads(x["line"]) for x in top["leaves"]}
    facts = dict(next(x["package"]["facts"] for x in leaves.values() if "package" in x))
    info = dict(line.split(": ", 1) for line in bag.read("bag-info.txt").decode().splitlines())
    if facts["External-Identifier"] != stated[0] or info.get("Export-Of") != stated[0] \
            or info.get("Export-Of-Package-Time") != facts["Package-Time"]:
        bag.fail("proof-mismatch", "another package is named")
    if "Signing-Key" in facts and "signatures/checkpoint.txt.sig" not in bag.names:
        bag.fail("signature-invalid", "the signature of the root was taken away")
    descriptor = next(x["descriptor"]["sha512"] for x in leaves.values() if "descriptor" in x)
    if hashlib.sha512(bag.read("metadata/descriptor.json") or b"").hexdigest() != descriptor:
        bag.fail("descriptor-mismatch", "metadata/descriptor.json")
    asked = bundle["asked"]
    person = leaves.get(asked["leaf"], {})
    if "nhsNumber" in person and person["nhsNumber"]["number"] == asked["nhsNumber"]:
        wanted = [n for n, _ in person["nhsNumber"]["patients"]]
    elif "patient" in person and asked["nhsNumber"] is None and not person["patient"]["nhsNumbers"]:
        wanted = [asked["leaf"]]
    else:
        bag.fail("source-left-out", "the person is not shown")
        wanted = []
    lists = {x["leaf"]: x["entries"] for x in bundle["lists"]}
    if len(lists) != len(bundle["lists"]):
        bag.fail("list-altered", "a list is there twice")
    if set(lists) - set(wanted):
        bag.fail("row-foreign", "a list of another person")
    try:
        days = Range(asked)
    except ValueError:
        return bag.fail("range-uncovered", "no range")
    expected = {}
    for n in wanted:
        if n not in lists or "patient" not in leaves.get(n, {}):
            bag.fail("source-left-out", "an identifier is left out")
            continue
        patient, shown = leaves[n]["patient"], lists[n]
        entries, hashes = [], []
        for x in shown["leaves"]:
            entry = (day(x["event"]), day(x["recorded"]), x["row"])
            entries.append((x["index"], entry))
            hashes.append((x["index"], leaf_hash(b"L", n, x["index"], bytes.fromhex(x["salt"]), list_content(*entry))))
        root = shown_root(shown, hashes)
        if root is None or root.hex() != patient["root"] or shown["size"] != sum(c for _, c in patient["files"]):
            bag.fail("list-altered", "a list")
            continue
        begin = 0
        for file, count in patient["files"]:
            part = [(i - begin, e) for i, e in entries if begin <= i < begin + count]
            begin += count
            if not days.covered(count, part):
                bag.fail("range-uncovered", f"file {file}")
            expected.setdefault(file, set()).update(e[2] for _, e in part if days.has(e))
    seen = {}
    covered = {"data/record.html"}
    twice = len({x["leaf"] for x in bundle["files"]}) != len(bundle["files"])
    for rows in bundle["files"]:
        file = leaves.get(rows["leaf"], {}).get("file")
        if file is None:
            bag.fail("row-foreign", rows["path"])
            continue
        places = ["data/rows/" + file["path"].removeprefix("data/") + (".csv" if "sheet" in file else "")]
        if "within" in file:
            places.append(f"data/rows/inside/file-{file['number']}.csv")
        if twice or rows["path"] in covered or rows["path"] not in places:
            bag.fail("row-foreign", f"{rows['path']}: twice, or not where it belongs")
        covered.add(rows["path"])
        without_proof = rows.get("withoutProof", False)
        if without_proof and "sheet" not in file:
            bag.fail("row-altered", f"{rows['path']}: the proof was taken away")
            seen.setdefault(file["number"], set())
            continue
        data, begin, hashes = bag.read(rows["path"]) or b"", 0, []
        for x in rows["rows"]["leaves"]:
            piece = data[begin:begin + x["length"]]
            begin += x["length"]
            hashes.append((x["index"], leaf_hash(b"R", file["number"], x["index"], bytes.fromhex(x["salt"]), piece)))
        root = shown_root(rows["rows"], hashes)
        indexes = [x["index"] for x in rows["rows"]["leaves"]]
        if without_proof:
            bag.notes.append(f"{rows['path']}: rows of a sheet without row proof")
            led = indexes == sorted(set(indexes))
        else:
            led = root is not None and root.hex() == file["root"]
        if begin != len(data) or not led or rows["rows"]["size"] != file["leaves"]:
            bag.fail("row-altered", rows["path"])
            seen.setdefault(file["number"], set())
            continue
        table = file.get("table")
        if table and not {n for n in table["header"] if n < file["leaves"]} <= set(indexes):
            bag.fail("row-left-out", f"{rows['path']}: a row of the header")
        for x in rows["rows"]["leaves"]:
            row = x["index"] + 1
            if x["kind"] == "patient":
                good = row in expected.get(file["number"], ())
                seen.setdefault(file["number"], set()).add(row)
            elif x["kind"] == "header":
                good = table is not None and x["index"] in table["header"]
            elif x["kind"] == "reference":
                good = table is not None and table["rows"]["attributed"] == table["rows"]["unattributable"] == 0
            else:
                good = x["kind"] == "document" and table is None
            if not good:
                bag.fail("row-foreign", f"{rows['path']}, row {row}")
    for file, rows in expected.items():
        if rows and file not in seen:
            bag.fail("file-left-out", f"file {file}")
        elif rows - seen.get(file, set()):
            bag.fail("row-left-out", f"file {file}")
    for path in sorted(n for n in bag.names if n.startswith("data/") and n not in covered):
        bag.fail("row-foreign", path)


def vectors(path):
    """The published vectors (section 7.8)."""
    with open(path) as file:
        known = json.load(file)
    assert known == make_vectors(), "the vectors are not those of this program"
    print("the vectors agree")


def make_vectors():
    secret = bytes(range(32))
    rows = [b"id,name\r\n", b"1,Ada\r\n", b"2,\"Bob\r\nB.\"\r\n"]

    def leaves_of(domain, one, contents):
        return [leaf_hash(domain, one, n, salt(secret, domain, one, n), c) for n, c in enumerate(contents)]

    out = {"secret": secret.hex(), "salts": [], "rows": {}, "trees": [], "proofs": [], "lists": [], "records": []}
    for domain, one, two in ((b"R", 0, 0), (b"R", 0, 1), (b"R", 3, 5), (b"L", 2, 0), (b"P", 0, 7)):
        out["salts"].append({"domain": domain.decode(), "one": one, "two": two, "salt": salt(secret, domain, one, two).hex()})
    hashes = leaves_of(b"R", 0, rows)
    out["rows"] = {"file": 0, "contents": [r.decode() for r in rows], "hashes": [h.hex() for h in hashes], "root": root_of(hashes).hex()}
    for size in (0, 1, 2, 3, 15, 16, 17, 127, 128, 129, 300):
        hashes = leaves_of(b"R", 1, [str(n).encode() for n in range(size)])
        out["trees"].append({"size": size, "root": root_of(hashes).hex(), "stored": len(stored_hashes(hashes)),
                             "storedSha256": hashlib.sha256(b"".join(stored_hashes(hashes))).hexdigest()})
    for size, wanted in ((1, [0]), (7, []), (7, [2]), (7, [0, 6]), (33, [3, 4, 31, 32])):
        hashes = leaves_of(b"R", 1, [str(n).encode() for n in range(size)])
        out["proofs"].append({"size": size, "leaves": wanted, "proof": [h.hex() for h in prove(hashes, wanted)], "root": root_of(hashes).hex()})
    entries = [(None, None, 9), (None, "2020-02-29", 4), ("2011-03-02", None, 7), ("2011-03-02", "2011-03-03", 2), ("2024-02-29", "2024-02-28", 3)]
    years = [(f"{1990 + n}-07-01", f"{1990 + n}-07-02" if n % 3 else None, 40 + n * 7 % 32) for n in range(32)]
    for leaf, entries in ((2, entries), (3, years)):
        numbers = [(day(e), day(r), row) for e, r, row in entries]
        hashes = leaves_of(b"L", leaf, [list_content(*e) for e in numbers])
        out["lists"].append({"leaf": leaf, "entries": [{"event": e, "recorded": r, "row": row} for e, r, row in entries],
                             "stored": encode_list(numbers).hex(), "root": root_of(hashes).hex()})
    table = {"quote": '"', "terminator": "lf"}
    for text in ("id,name\r\n1,Ada\r\n2,\"Bob\r\nB.\"\r\n", "a\n\n\"b\n\"\"\n\"\nlast", ""):
        out["records"].append({"quote": '"', "terminator": "lf", "bytes": text, "records": [r.decode() for r in records(text.encode(), table)]})
    origin = "urn:uuid:00000000-0000-8000-8000-000000000000"
    root = bytes.fromhex(out["rows"]["root"])
    out["checkpoint"] = f"{origin}\n3\n{base64.b64encode(root).decode()}\n"
    return out


def prove(hashes, wanted):
    def walk(begin, end):
        own = [n for n in wanted if begin <= n < end]
        if not own:
            return [root_of(hashes[begin:end])]
        if end - begin == 1:
            return []
        middle = begin + largest_power_below(end - begin)
        return walk(begin, middle) + walk(middle, end)

    return walk(0, len(hashes)) if hashes else []


def encode_list(entries):
    """A list of one part."""
    bits, count = 0, 0

    def put(value, width):
        nonlocal bits, count
        bits |= value << count
        count += width

    def alone(value):
        put(value.bit_length(), 6)
        put(value, value.bit_length())

    def zigzag(value):
        return value << 1 if value >= 0 else (-value << 1) - 1

    def widths(values):
        most = max((v.bit_length() for v in values), default=0)
        costs = [(len(values) * most, most)]
        for few in range(most):
            small = sum(v.bit_length() <= few for v in values)
            costs.append((small * (1 + few) + (len(values) - small) * (1 + most), few))
        least = min(cost for cost, _ in costs)
        return least, next(few for cost, few in costs if cost == least), most

    def column(values):
        _, few, most = widths(values)
        put(few, 6)
        put(most, 6)
        for v in values:
            large = v.bit_length() > few
            if few < most:
                put(int(large), 1)
            put(v, most if large else few)

    entries = sorted(entries, key=lambda entry: entry[2])
    pairs = list(zip(entries, entries[1:]))
    alone(entries[0][2])
    alone(entries[0][0])
    column([b[2] - a[2] - 1 for a, b in pairs])
    least = min((e for e, _, _ in entries if e), default=0)
    steps = [zigzag(b[0] - a[0]) for a, b in pairs]
    above = [0 if b[0] == a[0] else 1 if b[0] == 0 else 2 + b[0] - least for a, b in pairs]
    if widths(above)[0] + 6 + least.bit_length() < widths(steps)[0]:
        put(1, 1)
        alone(least)
        column(above)
    else:
        put(0, 1)
        column(steps)
    column([0 if r == e else 1 if r == 0 else 1 + zigzag(r - e) for e, r, _ in entries])
    return bits.to_bytes((count + 7) // 8, "little")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("file", nargs="?")
    parser.add_argument("--signers")
    parser.add_argument("--identity")
    parser.add_argument("--vectors")
    parser.add_argument("--write-vectors")
    given = parser.parse_args()
    if given.write_vectors:
        os.makedirs(os.path.dirname(given.write_vectors), exist_ok=True)
        with open(given.write_vectors, "w") as file:
            json.dump(make_vectors(), file, indent=1)
            file.write("\n")
        return
    if given.vectors:
        vectors(given.vectors)
        return
    bag = Bag(given.file)
    bag.manifests()
    is_export = "proof/proof.json" in bag.names
    try:
        export(bag) if is_export else package(bag)
    # OverflowError: a day or a row of a damaged list that its bytes cannot hold.
    except (KeyError, ValueError, IndexError, TypeError, StopIteration, AttributeError, OverflowError, OSError, EOFError, zlib.error) as error:
        bag.fail("proof-mismatch", f"the proofs are not of the form that they must have: {error!r}")
    is_there = lambda name: "signatures/" + name.rsplit("/", 1)[-1] + ".sig" in bag.names
    # Nobody need sign an export's own manifest.
    signable = sorted(n for n in bag.names if n == "proof/checkpoint.txt" or (n.startswith("tagmanifest-") and (not is_export or is_there(n))))
    for name in signable:
        if given.signers:
            bag.signature(name, given.signers, given.identity)
        elif not is_export and b"\nSigning-Key: " in (bag.read("bag-info.txt") or b"") and not is_there(name):
            bag.fail("signature-missing", name)
    for code, text in bag.failures:
        print(f"{code}: {text}")
    for text in bag.notes:
        print(f"note: {text}")
    print(f"{'export' if is_export else 'package'}: {'FAILED' if bag.failures else 'verified'}")
    sys.exit(1 if bag.failures else 0)


if __name__ == "__main__":
    main()
