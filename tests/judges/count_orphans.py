#!/usr/bin/env python3
"""Counts broken keys of an extract, independently of the program: a judge for its results.

    python3 tests/judges/count_orphans.py EXTRACT DESCRIPTOR

EXTRACT is a zip or a folder, DESCRIPTOR a Data Package. Standard library only, whole tables in
memory. Prints tab-separated lines, sorted:

    foreign-key  RESOURCE  FIELDS  REFERENCED  ROWS  ORPHAN-ROWS  DISTINCT-MISSING-KEYS
    primary-key  RESOURCE  FIELDS  -           ROWS  DUPLICATE-ROWS  DISTINCT-DUPLICATED-KEYS
    primary-key-null  RESOURCE  FIELDS  -      ROWS  ROWS-WITH-A-NULL-PART  0

SQL's rules: a foreign key with a null part passes. Values of integer fields are compared as
integers, all others as text. DUPLICATE-ROWS counts the rows beyond the first of each key. A field
counts as null where its cell is one of its missing values (default: the empty string).
"""

import csv
import io
import json
import pathlib
import re
import sys
import zipfile
from collections import Counter

csv.field_size_limit(2**31 - 1)
INTEGER = re.compile(r"[+-]?[0-9]+")


def main(extract, descriptor):
    package = json.loads(pathlib.Path(descriptor).read_text(encoding="utf-8-sig"))
    tables = {each["name"]: load(extract, each) for each in package["resources"]}
    lines = []
    for described in package["resources"]:
        lines += [*foreign_keys(described, tables), *primary_key(described, tables)]
    for line in sorted(lines):
        print("\t".join(str(part) for part in line))


def load(extract, described):
    """The resource's rows as lists of typed values (None for null), beside its fields' places."""
    schema = described["schema"]
    data = contents(extract, described["path"])
    if data is None:
        return {}, []
    dialect = described.get("dialect", {})
    text = data.decode(described.get("encoding", "utf-8"))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=dialect.get("delimiter", ","))
    labels = next(reader, [])
    types = {field["name"]: field for field in schema["fields"]}
    casts = [cast(schema, types.get(label, {})) for label in labels]
    rows = [[one(cell) for one, cell in zip(casts, row)] for row in reader if row]
    return {label: place for place, label in enumerate(labels)}, rows


def contents(extract, path):
    if pathlib.Path(extract).is_dir():
        file = pathlib.Path(extract, path)
        return file.read_bytes() if file.exists() else None
    with zipfile.ZipFile(extract) as archive:
        return archive.read(path) if path in archive.namelist() else None


def cast(schema, field):
    missing = field.get("missingValues", schema.get("missingValues", [""]))
    integer = field.get("type") == "integer"

    def one(cell):
        if cell in missing:
            return None
        return int(cell) if integer and INTEGER.fullmatch(cell) else cell

    return one


def foreign_keys(described, tables):
    for key in described["schema"].get("foreignKeys", []):
        target = key["reference"].get("resource") or described["name"]
        fields, reference = names(key["fields"]), names(key["reference"]["fields"])
        parents = {part for part in keys(tables[target], reference) if None not in part}
        children = keys(tables[described["name"]], fields)
        missing = Counter(part for part in children if None not in part and part not in parents)
        where = f"{target}({','.join(reference)})"
        yield (
            "foreign-key", described["name"], ",".join(fields), where,
            len(children), sum(missing.values()), len(missing),
        )


def primary_key(described, tables):
    fields = names(described["schema"].get("primaryKey", []))
    if not fields:
        return
    found = keys(tables[described["name"]], fields)
    counts = Counter(part for part in found if None not in part)
    extra = [count - 1 for count in counts.values() if count > 1]
    nulls = sum(None in part for part in found)
    common = (described["name"], ",".join(fields), "-", len(found))
    yield ("primary-key", *common, sum(extra), len(extra))
    yield ("primary-key-null", *common, nulls, 0)


def names(fields):
    return [fields] if isinstance(fields, str) else fields


def keys(table, fields):
    places, rows = table
    if any(field not in places for field in fields):
        return []
    at = [places[field] for field in fields]
    return [tuple(row[place] if place < len(row) else None for place in at) for row in rows]


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
