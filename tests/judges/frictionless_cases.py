"""Compares what Handover and frictionless-py 5 say of the same tables: first cell by cell for every
field type, format and constraint, then report by report for whole packages.

Usage: frictionless_cases.py HANDOVER    (needs: pip install "frictionless==5.*")

Both are run as programs or libraries over the same files; codes, row numbers and field numbers are
compared. Where the two differ on purpose the case names a reason, which docs/schema.md explains; a
case that names one and does not differ is wrong too. Exits 1 where anything is not as stated, 77
where frictionless cannot be had.
"""

import json
import pathlib
import re
import subprocess
import sys
import tempfile

try:
    import frictionless
except ImportError as error:
    print(error, file=sys.stderr)
    sys.exit(77)

HERE = pathlib.Path(__file__).resolve().parent
DOCS = HERE.parent.parent / "docs" / "schema.md"

# Each line: a field, and its cells. A cell is a text, or (text, reason) where the two differ.
CASTS = [
    ({"type": "string"}, ["a", "é", " a ", "1", "true", "a\nb", 'say "a"']),
    ({"type": "string", "format": "email"}, ["a@example.org", "a", "a@", "@example.org", "a b@example.org"]),
    ({"type": "string", "format": "uri"}, ["http://example.org/", "example", "urn:oid:1.2", "http://"]),
    ({"type": "string", "format": "uuid"}, ["95ecc380-afe9-11e4-9b6c-751b66dd541e", "95ecc380", ("95ecc380afe911e49b6c751b66dd541e", "uuid"), ("{95ecc380-afe9-11e4-9b6c-751b66dd541e}", "uuid")]),
    ({"type": "string", "format": "binary"}, ["YWJj", "YQ==", "a*b", "YW"]),
    ({"type": "integer"}, ["1", "-1", "+1", "0", "007", "1.0", "a", "1e3", "", "99999999999999999999", ("1_000", "python-number"), ("１２", "python-number"), (" 12 ", "python-number"), "0x10", "1,000", "--1", "1-"]),
    ({"type": "integer", "bareNumber": False}, ["$1", "1%", "EUR 12", "a", "12"]),
    ({"type": "integer", "groupChar": ","}, [("1,000", "integer-groups"), "1000", "1,00", "1,,000", "1,000,"]),
    ({"type": "number"}, ["1", "1.5", "-1.5", "1e3", "1E-3", ".5", "a", "1,5", "1.2.3", "NaN", "INF", "-INF", ("Infinity", "python-number"), "inf", "nan", ("1_0.5", "python-number"), (" 1.5", "python-number"), "1e", "+1.5", "1."]),
    ({"type": "number", "decimalChar": ","}, ["1,5", "15", "a", "1,5,5"]),
    ({"type": "number", "decimalChar": ",", "groupChar": "."}, ["1.000,5", "1000,5", "1.000.000", ("1.00,5", "group")]),
    ({"type": "number", "bareNumber": False}, ["€1.5", "1.5%", "$ 1.5", "a"]),
    ({"type": "boolean"}, ["true", "false", "True", "TRUE", "1", "0", "yes", "t", "tRUE", "on"]),
    ({"type": "boolean", "trueValues": ["Y"], "falseValues": ["N"]}, ["Y", "N", "y", "true", "1"]),
    ({"type": "object"}, ['{"a": 1}', "{}", "[]", "1", "{a}", '{"a": }']),
    ({"type": "array"}, ["[1]", "[]", "{}", "1", "[1,]", '["a"]']),
    ({"type": "list"}, ["a,b", "a", "a,,b"]),
    ({"type": "list", "itemType": "integer"}, ["1,2", "1,a"]),
    ({"type": "date"}, ["2024-01-31", "2024-02-29", "2023-02-29", "2024-13-01", "31/01/2024", ("2024-1-1", "python-date"), "20240131", "2024-01", "2024-01-31T00:00:00", "0001-01-01"]),
    ({"type": "date", "format": "%d/%m/%Y"}, ["31/01/2024", "01/31/2024", "2024-01-31", "29/02/2023", ("1/2/2020", "python-date"), "31/01/24"]),
    ({"type": "date", "format": "%d %b %Y"}, ["31 Jan 2024", "31 January 2024", "31 Foo 2024", "31 jan 2024"]),
    ({"type": "date", "format": "%Y%m%d"}, ["20240131", "20241331", "2024-01-31"]),
    ({"type": "time"}, ["08:30:00", ("24:00:00", "python-date"), "23:59:60", "8:30:00", "08:30", "a"]),
    ({"type": "time", "format": "%H:%M"}, ["08:30", "08:30:00", "24:30"]),
    ({"type": "datetime"}, ["2024-01-31T08:30:00", "2024-01-31T08:30:00Z", "2024-01-31", "31/01/2024 08:30", ("2024-01-31 08:30:00", "python-date"), "2024-01-31T25:00:00"]),
    ({"type": "datetime", "format": "%Y-%m-%d %H:%M:%S"}, ["2024-01-31 08:30:00", "2024-01-31T08:30:00", "2024-02-30 08:30:00"]),
    ({"type": "year"}, ["2024", "1900", "a", "24", ("12024", "year")]),
    ({"type": "yearmonth"}, ["2024-01", "2024-13", "2024", "a", ("2024-1", "python-date")]),
    ({"type": "duration"}, ["P1Y", "PT1H", "P1Y2M3DT4H5M6S", "a", "1Y", ("P1W", "weeks"), ("P1Y2W", "weeks")]),
    ({"type": "geopoint"}, ["1,2", "1.5, 2.5", "181,0", "0,91", "a", "1", "1,2,3"]),
    ({"type": "geopoint", "format": "array"}, ["[1, 2]", "[1]", "1,2", '["a", "b"]']),
    ({"type": "geopoint", "format": "object"}, ['{"lon": 1, "lat": 2}', '{"lon": 1}', "1,2"]),
    ({"type": "geojson"}, ['{"type": "Point", "coordinates": [1, 2]}', '{"type": "Nothing"}', "1", '{"coordinates": [1, 2]}']),
    ({"type": "any"}, ["a", "1", "{}"]),
    ({"type": "string", "constraints": {"required": True}}, ["a", ""]),
    ({"type": "integer", "constraints": {"required": True}}, ["1", ""]),
    ({"type": "string", "constraints": {"minLength": 2, "maxLength": 4}}, ["a", "ab", "abcd", "abcde", "éééé", "ééééé", ""]),
    ({"type": "string", "constraints": {"pattern": "[a-z]{2}"}}, ["ab", "abc", "a", "AB", ("ab\n", "pattern-whole")]),
    ({"type": "string", "constraints": {"pattern": "a|b"}}, ["a", "b", "c", ("ac", "pattern-whole"), "bb"]),
    ({"type": "string", "constraints": {"enum": ["a", "b"]}}, ["a", "b", "c", "A", ""]),
    ({"type": "integer", "constraints": {"enum": [1, 2]}}, ["1", "2", "3", "02"]),
    ({"type": "integer", "constraints": {"minimum": 2, "maximum": 4}}, ["1", "2", "4", "5", ""]),
    ({"type": "integer", "constraints": {"exclusiveMinimum": 2, "exclusiveMaximum": 4}}, ["2", "3", "4"]),
    ({"type": "number", "constraints": {"minimum": 0.1, "maximum": 0.3}}, ["0.1", "0.3", "0.30000000000000001", "0.31", "0.09"]),
    ({"type": "date", "constraints": {"minimum": "2024-01-01", "maximum": "2024-12-31"}}, ["2023-12-31", "2024-01-01", "2024-12-31", "2025-01-01"]),
    ({"type": "date", "constraints": {"enum": ["2024-01-01"]}}, ["2024-01-01", "2024-01-02"]),
    ({"type": "year", "constraints": {"minimum": 1900, "maximum": 2000}}, ["1899", "1900", "2000", "2001"]),
    ({"type": "time", "constraints": {"minimum": "08:00:00"}}, ["07:59:59", "08:00:00"]),
    ({"type": "boolean", "constraints": {"enum": [True]}}, ["true", "false"]),
    ({"type": "array", "constraints": {"minLength": 1, "maxLength": 2}}, ["[]", "[1]", "[1,2,3]"]),
    ({"type": "object", "constraints": {"minLength": 1}}, ["{}", '{"a": 1}']),
    ({"type": "string", "missingValues": ["", "NULL"], "constraints": {"required": True}}, ["a", "NULL", ""]),
    ({"type": "integer", "missingValues": ["-1"]}, ["-1", "1"]),
    ({"type": "string", "categories": ["a", "b"]}, ["a", ("c", "categories")]),
]


def table(fields, **schema):
    return {"fields": fields, **schema}


def fields(*kinds):
    return [{"name": name, **(kind if isinstance(kind, dict) else {"type": kind})} for name, kind in zip("abcdefgh", kinds)]


def reports():
    """Cases of whole packages: name, {file: (schema, text, more of the resource)}, reason or None."""
    two = table(fields("integer", "string"))
    cases = []

    def case(name, files, reason=None):
        cases.append((name, files, reason))

    def one(name, schema, text, reason=None, **more):
        case(name, {"t.csv": (schema, text, more)}, reason)

    one("valid", two, "a,b\n1,x\n2,y\n")
    one("valid-crlf", two, "a,b\r\n1,x\r\n")
    one("valid-quoted", two, 'a,b\n"1","x,y"\n2,"say ""x"""\n')
    one("valid-line-break-in-a-cell", two, 'a,b\n1,"x\ny"\n2,z\n')
    for row in (2, 3, 5):
        lines = ["1,x"] * 5
        lines[row - 2] = "q,x"
        one(f"type-error-row-{row}", two, "a,b\n" + "\n".join(lines) + "\n")
    one("type-error-after-a-line-break", two, 'a,b\n1,"x\ny"\nq,z\n')
    one("type-error-twice", table(fields("integer", "date")), "a,b\nx,y\n1,2024-01-01\n2,z\n")
    one("type-error-third-column", table(fields("string", "string", "number")), "a,b,c\nx,y,1.5\nx,y,z\n")
    for kind, bad in [("boolean", "maybe"), ("date", "31/01/2024"), ("time", "late"), ("datetime", "now"), ("year", "99"), ("yearmonth", "May"), ("duration", "long"), ("object", "[]"), ("array", "{}"), ("geopoint", "here"), ("geojson", "{}"), ("number", "1,5,")]:
        quoted = '"' + bad.replace('"', '""') + '"'
        one(f"type-error-{kind}", table(fields("string", kind)), f"a,b\nx,{quoted}\n")
    for name, constraint, kind, good, bad in [
        ("minLength", 3, "string", "abc", "ab"), ("maxLength", 3, "string", "abc", "abcd"),
        ("minimum", 3, "integer", "3", "2"), ("maximum", 3, "integer", "3", "4"),
        ("pattern", "[a-z]+", "string", "abc", "ABC"), ("enum", ["x", "y"], "string", "x", "z"),
        ("required", True, "string", "x", ""), ("exclusiveMinimum", 3, "number", "3.1", "3"),
        ("exclusiveMaximum", 3, "number", "2.9", "3"),
    ]:
        schema = table(fields("string", {"type": kind, "constraints": {name: constraint}}))
        one(f"constraint-{name}", schema, f"a,b\nx,{good}\ny,{bad}\nz,{good}\n")
        one(f"constraint-{name}-twice", schema, f"a,b\nx,{bad}\ny,{good}\nz,{bad}\n")
    unique = table(fields("integer", {"type": "string", "constraints": {"unique": True}}))
    one("unique", unique, "a,b\n1,x\n2,y\n3,x\n")
    one("unique-null", unique, "a,b\n1,\n2,\n3,x\n")
    one("unique-thrice", unique, "a,b\n1,x\n2,x\n3,x\n")
    key = table(fields("integer", "string"), primaryKey=["a"])
    one("primary-key", key, "a,b\n1,x\n2,y\n1,z\n", "key-fields")
    one("primary-key-valid", key, "a,b\n1,x\n2,y\n")
    one("primary-key-null", key, "a,b\n1,x\n,y\n", "key-fields")
    one("primary-key-null-part", table(fields("integer", "string"), primaryKey=["a", "b"]), "a,b\n1,x\n1,\n", "key-null")
    one("primary-key-typed", key, "a,b\n1,x\n01,y\n", "key-fields")
    one("unique-keys", table(fields("integer", "string"), uniqueKeys=[["a", "b"]]), "a,b\n1,x\n1,x\n", "unique-keys")
    parent = table(fields("integer", "string"), primaryKey=["a"])
    child = table(fields("integer", "integer"), foreignKeys=[{"fields": ["b"], "reference": {"resource": "p", "fields": ["a"]}}])
    case("foreign-key-valid", {"p.csv": (parent, "a,b\n1,x\n2,y\n", {}), "t.csv": (child, "a,b\n7,1\n8,2\n9,\n", {})})
    case("foreign-key", {"p.csv": (parent, "a,b\n1,x\n2,y\n", {}), "t.csv": (child, "a,b\n7,1\n8,3\n", {})}, "key-fields")
    self_reference = table(fields("integer", "integer"), foreignKeys=[{"fields": ["b"], "reference": {"fields": ["a"]}}])
    one("foreign-key-self-valid", self_reference, "a,b\n1,\n2,1\n")
    one("foreign-key-self", self_reference, "a,b\n1,\n2,3\n", "key-fields")
    one("missing-label", two, "a\n1\n2\n")
    one("extra-label", two, "a,b,c\n1,x,y\n")
    one("incorrect-label", two, "a,z\n1,x\n", "label-fields")
    one("blank-label", table(fields("integer", "string", "string")), "a,,c\n1,x,y\n")
    one("duplicate-label", table(fields("integer", "string")), "a,a\n1,x\n", "label-fields")
    one("blank-row", two, "a,b\n1,x\n,\n2,y\n")
    one("blank-row-empty-line", two, "a,b\n1,x\n\n2,y\n")
    one("missing-cell", two, "a,b\n1\n2,y\n", "cells-of-a-row")
    one("extra-cell", two, "a,b\n1,x,z\n2,y\n", "cells-of-a-row")
    one("unclosed-quote", two, 'a,b\n1,"x\n2,y\n3,z\n', "quotes")
    one("stray-quote", two, 'a,b\n1,x"y"z\n', "quotes")
    one("semicolons", two, "a;b\n1;x\n", "dialect")
    one("delimiter", two, "a;b\n1;x\nq;y\n", dialect={"delimiter": ";"})
    one("tab", two, "a\tb\n1\tx\nq\ty\n", dialect={"delimiter": "\t"})
    one("no-header", two, "1,x\nq,y\n", dialect={"header": False})
    one("header-row-2", two, "title,\na,b\n1,x\nq,y\n", dialect={"headerRows": [2]})
    one("comment-char", two, "a,b\n#c,\n1,x\nq,y\n", dialect={"commentChar": "#"})
    one("quote-char", two, "a,b\n1,'x,y'\nq,y\n", dialect={"quoteChar": "'"})
    one("skip-initial-space", two, 'a,b\n1, "x,y"\nq, y\n', dialect={"skipInitialSpace": True})
    one("escape-char", two, "a,b\n1,x\\,y\nq,y\n", dialect={"csv": {"escapeChar": "\\"}})
    one("bytes", two, "a,b\n1,x\n", bytes=7)
    one("bytes-right", two, "a,b\n1,x\n", bytes=8)
    one("hash", two, "a,b\n1,x\n", hash="md5:00000000000000000000000000000000")
    one("missing-values", table(fields("integer", "string"), missingValues=["", "-"]), "a,b\n-,x\n1,-\nq,y\n")
    return cases


def run(handover, descriptor, files):
    """What each says: sets of (type, row, field) by resource."""
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        for name, text in files.items():
            (folder / name).write_bytes(text.encode())
        path = folder / "datapackage.json"
        path.write_text(json.dumps(descriptor), encoding="utf-8")
        done = subprocess.run(
            [handover, "check", str(folder), "--format", "json", "--samples", "1000"],
            capture_output=True, check=False,
        )
        if done.returncode == 2:
            sys.exit(f"{descriptor['name']}: {done.stderr.decode()}")
        ours = findings(json.loads(done.stdout))
        theirs = findings(frictionless.validate(str(path)).to_descriptor())
    return ours, theirs


def findings(report):
    found = set()
    for task in [report, *report["tasks"]]:
        for error in task["errors"]:
            row = error.get("rowNumber") or (error.get("rowNumbers") or [None])[0]
            found.add((task.get("name"), error["type"], row, error.get("fieldNumber")))
    return found


def descriptor(name, resources):
    return {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": name,
        "handover": {"auditTrail": {"absent": "a case"}},
        "resources": resources,
    }


def quoted(cell):
    return '"' + cell.replace('"', '""') + '"' if cell else ""


def casts(handover, problems):
    count = 0
    used = set()
    for number, (field, cells) in enumerate(CASTS):
        cells = [cell if isinstance(cell, tuple) else (cell, None) for cell in cells]
        text = "n,cell\n" + "".join(f"{i},{quoted(cell)}\n" for i, (cell, _) in enumerate(cells))
        schema = {"fields": [{"name": "n", "type": "integer"}, {"name": "cell", **field}]}
        resource = {"name": "t", "path": "t.csv", "schema": schema}
        ours, theirs = run(handover, descriptor(f"cast-{number}", [resource]), {"t.csv": text})
        for i, (cell, reason) in enumerate(cells):
            count += 1
            said = [{kind for _, kind, row, _ in found if row == i + 2} for found in (ours, theirs)]
            judge(problems, used, f"{json.dumps(field)} {cell!r}", reason, *said)
    return count, used


def judge(problems, used, case, reason, ours, theirs):
    if reason:
        used.add(reason)
    if (ours != theirs) != bool(reason):
        shown = f"handover {sorted(ours, key=str)}, frictionless {sorted(theirs, key=str)}"
        problems.append(f"{case}: {shown}" + (f"; stated to differ: {reason}" if reason else ""))


def whole(handover, problems):
    cases = reports()
    used = set()
    for name, files, reason in cases:
        resources = [
            {"name": file.split(".")[0], "path": file, "schema": schema, **more}
            for file, (schema, _, more) in files.items()
        ]
        texts = {file: text for file, (_, text, _) in files.items()}
        ours, theirs = run(handover, descriptor(name, resources), texts)
        judge(problems, used, name, reason, ours, theirs)
    return len(cases), used


def main(handover):
    problems = []
    cast_count, cast_reasons = casts(handover, problems)
    report_count, report_reasons = whole(handover, problems)
    documented = set(re.findall(r"^\| ([a-z-]+) \| differs", DOCS.read_text(encoding="utf-8"), re.M))
    for reason in sorted((cast_reasons | report_reasons) ^ documented):
        problems.append(f"{reason}: a reason stands in docs/schema.md and at a case, or in neither")
    if cast_count < 200 or report_count < 60:
        problems.append(f"only {cast_count} casts and {report_count} reports")
    print(f"{cast_count} casts, {report_count} reports, {len(problems)} not as stated")
    return "\n".join(problems) or None


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
