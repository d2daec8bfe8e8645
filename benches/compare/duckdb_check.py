"""Writes the check that a descriptor asks for as one DuckDB script, or runs such a script.

    duckdb_check.py write FOLDER [--uuid] > check.sql
    duckdb_check.py run check.sql

The script reads every file as text and counts, per column, what does not cast to the declared type,
is empty where required, is not in the list, does not match the pattern, is too long or out of range;
then, per table, primary keys that are null or stand twice, and references that resolve to nothing.
Rows that the reader rejects (too few or too many cells, quotes, encoding) are counted too. These are
the checks of `handover check`, save the names of files, the header and all that is finer than a cast:
DuckDB takes `2019-1-1` for a date and 12.5 for an integer. It counts; it gives no positions of keys.

With --uuid, GUIDs are held to DuckDB's UUID type in place of the pattern, and keys are joined as UUIDs:
faster, and weaker, since lower case and missing braces pass.
"""

import json
import sys
from pathlib import Path

CASTS = {"date": "DATE", "time": "TIME", "datetime": "TIMESTAMP", "integer": "BIGINT", "number": "DOUBLE"}


def text(value):
    return "'" + str(value).replace("'", "''") + "'"


def name(value):
    return '"' + value.replace('"', '""') + '"'


def is_guid(field):
    return "[0-9A-F]" in field.get("constraints", {}).get("pattern", "")


def checks(field, uuid):
    """The checks of one column: (what, condition under which a row fails)."""
    column = name(field["name"])
    kind = field.get("type", "any")
    limits = field.get("constraints", {})
    if kind == "boolean":
        values = field.get("trueValues", ["true", "1"]) + field.get("falseValues", ["false", "0"])
        yield "type-error", f"{column} NOT IN ({', '.join(map(text, values))})"
    elif kind in CASTS:
        yield "type-error", f"{column} IS NOT NULL AND TRY_CAST({column} AS {CASTS[kind]}) IS NULL"
    if limits.get("required"):
        yield "required", f"{column} IS NULL"
    if "enum" in limits:
        yield "enum", f"{column} NOT IN ({', '.join(map(text, limits['enum']))})"
    if "pattern" in limits:
        if uuid and is_guid(field):
            yield "pattern", f"{column} IS NOT NULL AND TRY_CAST({column} AS UUID) IS NULL"
        else:
            yield "pattern", f"NOT regexp_full_match({column}, {text(limits['pattern'])})"
    if "maxLength" in limits:
        yield "maxLength", f"length({column}) > {limits['maxLength']}"
    if "minLength" in limits:
        yield "minLength", f"length({column}) < {limits['minLength']}"
    for limit, sign in (("minimum", "<"), ("maximum", ">")):
        if limit in limits:
            cast = CASTS.get(kind, "DOUBLE")
            yield limit, f"TRY_CAST({column} AS {cast}) {sign} {text(limits[limit])}::{cast}"


def listed(value):
    return [value] if isinstance(value, str) else value


def key_fields(package, resource):
    """The columns of a table that any key or reference needs."""
    schema = resource["schema"]
    used = set(listed(schema.get("primaryKey", [])))
    for reference in schema.get("foreignKeys", []):
        used.update(listed(reference["fields"]))
    for other in package["resources"]:
        for reference in other["schema"].get("foreignKeys", []):
            if (reference["reference"]["resource"] or other["name"]) == resource["name"]:
                used.update(listed(reference["reference"]["fields"]))
    return [field for field in schema["fields"] if field["name"] in used]


def write(folder, uuid):
    package = json.loads((folder / "datapackage.json").read_text())
    print("SET preserve_insertion_order = false;")
    print("CREATE TABLE findings (place VARCHAR, code VARCHAR, occurrences BIGINT);")
    for resource in package["resources"]:
        fields = resource["schema"]["fields"]
        columns = ", ".join(f"{text(f['name'])}: 'VARCHAR'" for f in fields)
        source = (
            f"read_csv({text(folder / resource['path'])}, auto_detect = false, header = true, "
            "delim = ',', quote = '\"', escape = '\"', nullstr = '', allow_quoted_nulls = true, "
            f"max_line_size = 10000000, columns = {{{columns}}}, "
        )
        # Two scans, the columns of keys and then all, take no more processor time than one table of
        # everything, and a third less memory.
        kept = [
            f"TRY_CAST({name(f['name'])} AS UUID) AS {name(f['name'])}"
            if uuid and is_guid(f)
            else name(f["name"])
            for f in key_fields(package, resource)
        ]
        print(
            f"CREATE TABLE {name(resource['name'])} AS SELECT {', '.join(kept) or '1 AS row'} "
            f"FROM {source} store_rejects = true);"
        )
        counted = [(f["name"], *check) for f in fields for check in checks(f, uuid)]
        places = ", ".join(text(f"{resource['name']}.{column}") for column, _, _ in counted)
        codes = ", ".join(text(code) for _, code, _ in counted)
        counts = ", ".join(f"count(*) FILTER (WHERE {condition})" for _, _, condition in counted)
        print(
            "INSERT INTO findings SELECT unnest(places), unnest(codes), unnest(counts) FROM "
            f"(SELECT [{places}] AS places, [{codes}] AS codes, [{counts}] AS counts "
            f"FROM {source} ignore_errors = true));"
        )
    for resource in package["resources"]:
        table = resource["name"]
        primary = listed(resource["schema"].get("primaryKey", []))
        if primary:
            columns = ", ".join(map(name, primary))
            print(
                f"INSERT INTO findings SELECT {text(table)}, 'primary-key', coalesce(sum(n - 1), 0) "
                f"FROM (SELECT count(*) AS n FROM {name(table)} GROUP BY {columns} HAVING count(*) > 1);"
            )
        for reference in resource["schema"].get("foreignKeys", []):
            own, other = listed(reference["fields"]), listed(reference["reference"]["fields"])
            parent = reference["reference"]["resource"] or table
            filled = " AND ".join(f"c.{name(field)} IS NOT NULL" for field in own)
            equal = " AND ".join(
                f"p.{name(there)} = c.{name(here)}" for here, there in zip(own, other)
            )
            print(
                f"INSERT INTO findings SELECT {text(table + '.' + '+'.join(own))}, 'foreign-key', "
                f"count(*) FROM {name(table)} c WHERE {filled} "
                f"AND NOT EXISTS (SELECT 1 FROM {name(parent)} p WHERE {equal});"
            )
    print(
        "INSERT INTO findings SELECT f.file_path, 'reader: ' || e.error_type, count(*) "
        "FROM reject_errors e JOIN reject_scans f USING (scan_id, file_id) GROUP BY ALL;"
    )


def run(script):
    import duckdb

    connection = duckdb.connect()
    connection.execute(Path(script).read_text())
    found = connection.execute(
        "SELECT code, place, occurrences FROM findings WHERE occurrences > 0 ORDER BY ALL"
    ).fetchall()
    rows = connection.execute("SELECT count(*) FROM findings").fetchone()[0]
    for code, place, occurrences in found:
        print(code, Path(place).name, occurrences, sep="\t")
    print(f"{rows} checks, {len(found)} of them failed")
    return 1 if found else 0


if __name__ == "__main__":
    if sys.argv[1] == "write":
        write(Path(sys.argv[2]).resolve(), "--uuid" in sys.argv[3:])
    else:
        sys.exit(run(sys.argv[2]))
