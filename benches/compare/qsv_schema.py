"""Writes a JSON Schema per table from a descriptor, as `qsv validate FILE SCHEMA` reads them.

    qsv_schema.py FOLDER OUTPUT_DIR [--keys]

What qsv can then check: types, required, list, pattern, length and range of each cell, one file at a
time, and that every row has the header's width. With --keys also what its two keywords of its own can
say: that a primary key is unique (uniqueCombinedWith), and that a reference is in one column of another
file (dynamicEnum), which of a reference of several columns is the first. What it does not: references
of several columns as such, names and presence of files.
"""

import json
import sys
from pathlib import Path

TYPES = {"integer": "integer", "number": "number", "boolean": "boolean"}
# JSON Schema's own forms of a time want an offset, which these have not.
FORMS = {
    "time": r"^([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]$",
    "datetime": r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01]) ([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]$",
}


def field_schema(field):
    limits = field.get("constraints", {})
    kind = TYPES.get(field.get("type"), "string")
    required = limits.get("required", False)
    schema = {"type": kind if required else [kind, "null"]}
    if field.get("type") == "date":
        schema["format"] = "date"
    if field.get("type") in FORMS:
        schema["pattern"] = FORMS[field["type"]]
    if "pattern" in limits:
        schema["pattern"] = f"^(?:{limits['pattern']})$"
    if "enum" in limits:
        schema["enum"] = limits["enum"] + ([] if required else [None])
    for name in ("minLength", "maxLength", "minimum", "maximum"):
        if name in limits:
            schema[name] = limits[name]
    return schema


def reference(schema, path, column):
    """A property that is also in a column of another file. The keyword knows strings only, and no null."""
    there = {"dynamicEnum": f"{path}|{column}"}
    kind = schema.pop("type")
    schema["type"] = "string" if isinstance(kind, str) else ["string", "null"]
    return {**schema, **there} if isinstance(kind, str) else {**schema, "anyOf": [{"type": "null"}, there]}


def with_keys(schema, resource, paths):
    own = resource["schema"]
    if own.get("primaryKey"):
        key = own["primaryKey"]
        schema["uniqueCombinedWith"] = [key] if isinstance(key, str) else key
    referring = {}
    for key in own.get("foreignKeys", []):
        fields, there = key["fields"], key["reference"]["fields"]
        field, column = (fields, there) if isinstance(fields, str) else (fields[0], there[0])
        referring.setdefault(field, (paths[key["reference"]["resource"] or resource["name"]], column))
    for field, (path, column) in referring.items():
        schema["properties"][field] = reference(schema["properties"][field], path, column)


def write(folder, output, keys):
    package = json.loads((folder / "datapackage.json").read_text())
    output.mkdir(parents=True, exist_ok=True)
    paths = {resource["name"]: str(folder.resolve() / resource["path"]) for resource in package["resources"]}
    for resource in package["resources"]:
        fields = resource["schema"]["fields"]
        schema = {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object",
            "properties": {field["name"]: field_schema(field) for field in fields},
            "required": [field["name"] for field in fields],
        }
        if keys:
            with_keys(schema, resource, paths)
        (output / f"{resource['path']}.json").write_text(json.dumps(schema, indent=1))


if __name__ == "__main__":
    write(Path(sys.argv[1]), Path(sys.argv[2]), "--keys" in sys.argv[3:])
