"""Spoils an extract's delimited files past hope, each ninth in the same way, and adds litter with odd names.

usage: spoil.py FOLDER
"""
import os
import sys

folder = sys.argv[1]
ways = [
    lambda lines: [line.replace(b",", b";") for line in lines],
    lambda lines: lines[1:],
    lambda lines: [line.replace(b"2", b"\xff") if at % 3 == 0 else line for at, line in enumerate(lines)],
    lambda lines: [b'"' + line if at == len(lines) // 2 else line for at, line in enumerate(lines)],
    lambda lines: lines[: len(lines) // 3],
    None,
    lambda lines: [line + b",extra" if at % 2 else line for at, line in enumerate(lines)],
    lambda lines: lines + lines[1:],
    lambda lines: [line.replace(b"-", b"/") for line in lines],
]
for at, name in enumerate(sorted(name for name in os.listdir(folder) if name.endswith(".csv"))):
    path, way = os.path.join(folder, name), ways[at % len(ways)]
    if way is None:
        os.remove(path)
        continue
    with open(path, "rb") as file:
        lines = file.read().split(b"\n")
    with open(path, "wb") as file:
        file.write(b"\n".join(way(lines)))
for number in range(30):
    with open(os.path.join(folder, f"stray {number} <b>&.txt"), "w") as file:
        file.write("x" * number)
