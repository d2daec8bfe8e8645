"""Flips single bits of a package, one at a time, in place: each must be found, and the file named.

usage: flip.py HANDOVER PACKAGE COUNT
"""
import json
import os
import random
import subprocess
import sys

handover, package, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
random.seed(1)
size = os.path.getsize(package)
missed = 0
for number in range(count):
    place, bit = random.randrange(size), random.randrange(8)
    with open(package, "r+b") as file:
        file.seek(place)
        byte = file.read(1)[0]
        file.seek(place)
        file.write(bytes([byte ^ 1 << bit]))
    done = subprocess.run([handover, "verify", package, "--format", "json"], capture_output=True)
    with open(package, "r+b") as file:
        file.seek(place)
        file.write(bytes([byte]))
    outcome = json.loads(done.stdout)["outcome"] if done.stdout else None
    if done.returncode != 1 or outcome not in ("altered", "not-a-package"):
        missed += 1
        print(f"not found: byte {place}, bit {bit}: status {done.returncode}, {outcome}")
print(f"{count - missed} of {count} flipped bits found")
sys.exit(1 if missed else 0)
