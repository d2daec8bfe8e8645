"""Flips bits of a package and cuts it off, in place: each must be found, and the file named.

usage: tamper.py HANDOVER PACKAGE [--flips 10000] [--alone 50] [--cuts 1000]

Places are drawn evenly over the whole file. Flips inside blocks of payload files are made up to 100 at a
time, no two in the same block, since every one of them must be named by file and block, which shows that
it was found for itself; the first `--alone` of them are also made one at a time. Flips inside other files
below a folder (proofs, index, reports) are made together with flips in others of them, one in each file, and
each file must be named. Flips anywhere else (headers, directory, manifests) are made one at a time. The
package is a copy that is spoilt at the end.
"""
import argparse
import bisect
import collections
import json
import os
import random
import re
import struct
import subprocess
import sys
import time
import zipfile

GROUP = 100


def shown(path):
    """A name as reports show it: long runs of digits as their length."""
    return re.sub(r"\d{6,}", lambda run: f"9({len(run.group())})", path)


def places(package):
    """Where each block of each payload file lies, and each other file below a folder: sorted (begin, end, file,
    number from 1, or 0 for the whole of another file)."""
    archive = zipfile.ZipFile(package)
    begin, others = {}, []
    with open(package, "rb") as file:
        for entry in archive.infolist():
            file.seek(entry.header_offset + 26)
            name, extra = struct.unpack("<HH", file.read(4))
            path = entry.filename.split("/", 1)[1]
            begin[path] = entry.header_offset + 30 + name + extra
            if "/" in path and not path.startswith(("data/", "signatures/")) and entry.compress_size:
                others.append((begin[path], begin[path] + entry.compress_size, shown(path), 0))
    table = next(name for name in archive.namelist() if name.endswith("/retrieval/blocks.tsv"))
    blocks, path, at, number = [], None, 0, 0
    for line in archive.read(table).decode().splitlines()[1:]:
        fields = line.split("\t")
        if fields[0] == "file":
            path, at, number = fields[2], begin[fields[2]], 0
        else:
            number += 1
            blocks.append((at, at + int(fields[4]), shown(path), number))
            at += int(fields[4])
    return sorted(blocks + others)


class Package:
    def __init__(self, handover, path):
        self.handover, self.path = handover, path
        self.file = open(path, "r+b")
        self.size = os.path.getsize(path)

    def flip(self, places):
        for place, bit in places:
            self.file.seek(place)
            byte = self.file.read(1)[0]
            self.file.seek(place)
            self.file.write(bytes([byte ^ 1 << bit]))
        self.file.flush()

    def verify(self):
        done = subprocess.run([self.handover, "verify", self.path, "--format", "json"], capture_output=True)
        outcome = json.loads(done.stdout) if done.stdout else {"outcome": None, "errors": []}
        found = collections.defaultdict(set)
        for error in outcome["errors"]:
            block = re.match(r"block (\d+):", error["note"] or "")
            found[error["file"]].add(int(block.group(1)) if block else 0)
        return done.returncode, outcome["outcome"], found

    def flipped(self, places):
        self.flip(places)
        try:
            return self.verify()
        finally:
            self.flip(places)


def grouped(flips):
    """The flips in groups of at most GROUP, no two of a group in the same block or other file."""
    while flips:
        group, later, taken = [], [], set()
        for flip in flips:
            if len(group) < GROUP and flip[2] not in taken:
                taken.add(flip[2])
                group.append(flip)
            else:
                later.append(flip)
        yield group
        flips = later


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("handover")
    parser.add_argument("package")
    parser.add_argument("--flips", type=int, default=10_000)
    parser.add_argument("--alone", type=int, default=50)
    parser.add_argument("--cuts", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    random.seed(options.seed)
    package = Package(options.handover, options.package)
    blocks = places(options.package)
    begins = [block[0] for block in blocks]
    wrong, start = 0, time.monotonic()

    def fail(text):
        nonlocal wrong
        wrong += 1
        print(f"WRONG: {text}", flush=True)

    together, others, single = [], [], []
    for number in range(options.flips):
        place, bit = random.randrange(package.size), random.randrange(8)
        at = bisect.bisect_right(begins, place) - 1
        block = blocks[at] if at >= 0 and place < blocks[at][1] else None
        if block is None or number < options.alone:
            single.append((place, bit, block))
        if block is not None and block[3]:
            together.append((place, bit, block))
        elif block is not None:
            others.append((place, bit, block))
    for place, bit, block in single:
        status, outcome, found = package.flipped([(place, bit)])
        if status != 1 or outcome not in ("altered", "not-a-package"):
            fail(f"byte {place}, bit {bit}: status {status}, {outcome}")
        elif block and set(found) != {block[2]}:
            fail(f"byte {place} of {block[2]}: named are {sorted(map(str, found))}")
        elif block and block[3] and block[3] not in found[block[2]]:
            fail(f"byte {place} of {block[2]}: block {block[3]} is not named")
    runs = 0
    for group in grouped(others):
        runs += 1
        status, outcome, found = package.flipped([(place, bit) for place, bit, _ in group])
        if status != 1 or outcome != "altered":
            fail(f"{len(group)} flips: status {status}, {outcome}")
        for place, _, block in group:
            if block[2] not in found:
                fail(f"byte {place} of {block[2]}: the file is not named")
    for group in grouped(together):
        runs += 1
        status, outcome, found = package.flipped([(place, bit) for place, bit, _ in group])
        if status != 1 or outcome != "altered":
            fail(f"{len(group)} flips: status {status}, {outcome}")
        for place, _, (_, _, path, number) in group:
            if number not in found[path]:
                fail(f"byte {place} of {path}: block {number} is not named")
        expected = collections.defaultdict(set)
        for _, _, (_, _, path, number) in group:
            expected[path].add(number)
        for path, numbers in found.items():
            if numbers - expected[path] - {0}:
                fail(f"{path}: blocks {numbers - expected[path]} are named and were not changed")
    print(f"flipped bits: {options.flips} drawn, {len(together)} in blocks and {len(others)} in other files ({runs} runs), "
          f"{len(single)} alone, {time.monotonic() - start:.0f} s", flush=True)
    status, outcome, _ = package.verify()
    if status != 0:
        fail(f"the package is not whole after all flips were taken back: {outcome}")
    # The longest first, so that one copy serves all.
    cuts = sorted({random.randrange(package.size) for _ in range(options.cuts)} | {package.size - 1, 0}, reverse=True)
    for length in cuts:
        package.file.truncate(length)
        status, outcome, _ = package.verify()
        if status != 1 or outcome not in ("altered", "not-a-package"):
            fail(f"cut at {length}: status {status}, {outcome}")
    print(f"cut off: at {len(cuts)} places, {time.monotonic() - start:.0f} s in all")
    print("tampering: " + ("all found" if not wrong else f"{wrong} WRONG"))
    sys.exit(1 if wrong else 0)


main()
