"""Does the check that a descriptor asks for with Polars.

    polars_check.py FOLDER

Every file is scanned as text, and per column is counted what does not cast to the declared type, is
empty where required, is not in the list, does not match the pattern, is too long or out of range; then,
per table, primary keys that are null or stand twice, and references that resolve to nothing. These are
the checks that duckdb_check.py makes, with the same leniency of casts, and like that it counts and gives
no positions. A row of the wrong width is an error of the reader, which ends the check.
"""

import json
import sys
from pathlib import Path

import polars as pl

CASTS = {"integer": pl.Int64, "number": pl.Float64}
FORMATS = {"date": "%Y-%m-%d", "time": "%H:%M:%S", "datetime": "%Y-%m-%d %H:%M:%S"}


def listed(value):
    return [value] if isinstance(value, str) else value


def typed(field):
    column, kind = pl.col(field["name"]), field.get("type", "any")
    if kind in CASTS:
        return column.cast(CASTS[kind], strict=False)
    if kind == "date":
        return column.str.to_date(FORMATS[kind], strict=False)
    if kind == "time":
        return column.str.to_time(FORMATS[kind], strict=False)
    if kind == "datetime":
        return column.str.to_datetime(FORMATS[kind], strict=False)
    return None


def checks(field):
    """The checks of one column: (what, expression that is true where a row fails)."""
    column, limits = pl.col(field["name"]), field.get("constraints", {})
    value = typed(field)
    if field.get("type") == "boolean":
        words = field.get("trueValues", ["true", "1"]) + field.get("falseValues", ["false", "0"])
        yield "type-error", ~column.is_in(words)
    elif value is not None:
        yield "type-error", column.is_not_null() & value.is_null()
    if limits.get("required"):
        yield "required", column.is_null()
    if "enum" in limits:
        yield "enum", ~column.is_in(limits["enum"])
    if "pattern" in limits:
        yield "pattern", ~column.str.contains(f"^(?:{limits['pattern']})$")
    if "maxLength" in limits:
        yield "maxLength", column.str.len_chars() > limits["maxLength"]
    if "minLength" in limits:
        yield "minLength", column.str.len_chars() < limits["minLength"]
    if "minimum" in limits and value is not None:
        yield "minimum", value < limits["minimum"]
    if "maximum" in limits and value is not None:
        yield "maximum", value > limits["maximum"]


def main(folder):
    package = json.loads((folder / "datapackage.json").read_text())
    frames = {}
    for resource in package["resources"]:
        schema = {field["name"]: pl.String for field in resource["schema"]["fields"]}
        # An empty cell is missing, also between quotes.
        frames[resource["name"]] = pl.scan_csv(
            folder / resource["path"], schema=schema, null_values=[""]
        )
    found = {}
    for resource in package["resources"]:
        table, schema = resource["name"], resource["schema"]
        frame = frames[table]
        counted = [
            condition.sum().alias(f"{field['name']}: {what}")
            for field in schema["fields"]
            for what, condition in checks(field)
        ]
        plans = [frame.select(counted)] if counted else []
        primary = listed(schema.get("primaryKey", []))
        if primary:
            kept = frame.select(primary)
            plans.append(kept.select((pl.len() - pl.struct(primary).n_unique()).alias("primary-key")))
        for reference in schema.get("foreignKeys", []):
            own, other = listed(reference["fields"]), listed(reference["reference"]["fields"])
            parent = frames[reference["reference"]["resource"] or table].select(other)
            orphans = frame.select(own).drop_nulls().join(parent, left_on=own, right_on=other, how="anti")
            plans.append(orphans.select(pl.len().alias("foreign-key " + "+".join(own))))
        for result in pl.collect_all(plans, engine="streaming"):
            for name, count in result.row(0, named=True).items():
                if count:
                    found[f"{table}: {name}"] = count
    for place, count in sorted(found.items()):
        print(place, count, sep="\t")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve()))
