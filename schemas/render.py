"""How the descriptors of the carried schemas are written, and what their build scripts share.

One line for each field, key and reference, so that a change shows as its line. Standard library
only; the same input gives the same bytes.
"""

import csv
import json
import pathlib
import re
import sys

PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"

# Identifier kinds, as `rdfType` names them.
NHS_NUMBER = "https://fhir.nhs.uk/Id/nhs-number"
SNOMED = "http://snomed.info/sct"
READ_V2 = "http://read.info/readv2"
CTV3 = "http://read.info/ctv3"
DMD = "https://dmd.nhs.uk"
ODS = "https://fhir.nhs.uk/Id/ods-organization-code"


def read_columns(path):
    """The columns of a fact file, by table, in order: name, type, length, nullable, references."""
    tables = {}
    with open(path, encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            tables.setdefault(row["table"], []).append(row)
    return tables


def read_headers(path):
    """The headers of every known version: (versions, table, labels)."""
    with open(path, encoding="utf-8", newline="") as file:
        return [
            (row["versions"].split(), row["table"], row["labels"].split())
            for row in csv.DictReader(file)
        ]


def render(described):
    """JSON with one line for each field, key, reference and group of extensions."""
    inner = []

    def hold(value):
        inner.append(json.dumps(value, ensure_ascii=False))
        return f"\0{len(inner) - 1}\0"

    def flatten(each):
        schema = each.get("schema")
        if schema:
            for key in ("fields", "foreignKeys", "uniqueKeys"):
                if key in schema:
                    schema[key] = [hold(value) for value in schema[key]]
            for key in ("primaryKey", "missingValues"):
                if key in schema:
                    schema[key] = hold(schema[key])
        if "dialect" in each:
            each["dialect"] = hold(each["dialect"])
        extension = each.get("handover", {})
        for key, value in extension.items():
            if isinstance(value, list):
                extension[key] = [hold(one) for one in value]
            else:
                extension[key] = hold(value)

    for each in described["resources"]:
        flatten(each)
    for key in ("licenses", "sources"):
        if key in described:
            described[key] = [hold(value) for value in described[key]]
    if "handover" in described:
        for key, value in described["handover"].items():
            described["handover"][key] = hold(value)
    text = json.dumps(described, ensure_ascii=False, indent=1)
    return re.sub(r'"\\u0000(\d+)\\u0000"', lambda found: inner[int(found[1])], text) + "\n"


def write(folder, described, others=None):
    """Writes datapackage.json, and other-fields.json where there are fields of other versions.

    With --check among the arguments nothing is written, and the status is 1 where a file differs.
    """
    files = {"datapackage.json": render(described)}
    if others is not None:
        lines = [
            f"{json.dumps(table)}: [\n"
            + ",\n".join(" " + json.dumps(field, ensure_ascii=False) for field in fields)
            + "\n]"
            for table, fields in others.items()
        ]
        files["other-fields.json"] = "{\n" + ",\n".join(lines) + "\n}\n"
    status = 0
    for name, text in files.items():
        target = pathlib.Path(folder) / name
        if "--check" in sys.argv[1:]:
            same = target.is_file() and target.read_text(encoding="utf-8") == text
            status |= 0 if same else 1
        else:
            target.write_text(text, encoding="utf-8", newline="\n")
    return status
