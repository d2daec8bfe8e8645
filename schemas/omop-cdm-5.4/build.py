#!/usr/bin/env python3
"""Writes datapackage.json and headers.csv beside this script from the field-level documentation of
the OMOP CDM.

    python3 schemas/omop-cdm-5.4/build.py [--check] [FIELD_LEVEL.csv]

Standard library only; the same input gives the same bytes. With --check nothing is written and the
status is 1 where the file differs. Every decision that the documentation does not make stands in
SOURCE.md under the heading named beside it here.
"""

import csv
import json
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
DOCUMENTATION = HERE.parent.parent / "fixtures" / "omop" / "OMOP_CDMv5.4_Field_Level.csv"

# SOURCE.md, "Presence": the two tables of the results schema.
OPTIONAL = {"cohort", "cohort_definition"}

# SOURCE.md, "Roles".
ROLES = {
    "person": "patient",
    **dict.fromkeys(
        "observation_period visit_occurrence visit_detail condition_occurrence drug_exposure "
        "procedure_occurrence device_exposure measurement observation death note note_nlp specimen "
        "fact_relationship drug_era dose_era condition_era episode episode_event".split(),
        "clinical",
    ),
    **dict.fromkeys(
        "location care_site provider concept vocabulary domain concept_class concept_relationship "
        "relationship concept_synonym concept_ancestor source_to_concept_map drug_strength "
        "cdm_source metadata".split(),
        "reference",
    ),
}

# SOURCE.md, "Roles" of fields: who, when born, when it was; and whose an event of an episode is.
FIELD_ROLES = {
    ("person", "person_id"): "patient",
    ("person", "birth_datetime"): "birth-date",
    **{
        (table, field): "event-date"
        for table, field in (
            ("observation_period", "observation_period_start_date"),
            ("visit_occurrence", "visit_start_date"),
            ("visit_detail", "visit_detail_start_date"),
            ("condition_occurrence", "condition_start_date"),
            ("drug_exposure", "drug_exposure_start_date"),
            ("procedure_occurrence", "procedure_date"),
            ("device_exposure", "device_exposure_start_date"),
            ("measurement", "measurement_date"),
            ("observation", "observation_date"),
            ("death", "death_date"),
            ("note", "note_date"),
            ("specimen", "specimen_date"),
            ("payer_plan_period", "payer_plan_period_start_date"),
            ("drug_era", "drug_era_start_date"),
            ("dose_era", "dose_era_start_date"),
            ("condition_era", "condition_era_start_date"),
            ("episode", "episode_start_date"),
        )
    },
}
VIA = {"episode_event": "episode_id"}

# SOURCE.md, "Sensitivity".
PUBLIC_TABLES = set(
    "concept vocabulary domain concept_class concept_relationship relationship concept_synonym "
    "concept_ancestor source_to_concept_map drug_strength cdm_source".split()
)
IDENTIFYING = set(
    "person_id subject_id person_source_value month_of_birth day_of_birth birth_datetime address_1 "
    "address_2 zip location_source_value latitude longitude provider_name npi dea "
    "provider_source_value note_text note_title snippet lexical_variant "
    "family_source_value".split()
)

# SOURCE.md, "Types": the form of the delivered values.
DATETIME = "%Y-%m-%d %H:%M:%S"


def main(arguments):
    check = "--check" in arguments
    paths = [argument for argument in arguments if argument != "--check"]
    documentation = pathlib.Path(paths[0]) if paths else DOCUMENTATION
    tables = read(documentation)
    files = {"datapackage.json": render(package(tables)), "headers.csv": headers(tables)}
    if check:
        same = [(HERE / one).read_text(encoding="utf-8") == text for one, text in files.items()]
        return 0 if all(same) else 1
    for one, text in files.items():
        (HERE / one).write_text(text, encoding="utf-8", newline="\n")
    return 0


def headers(tables):
    """The headers by which files are recognised."""
    lines = [f"5.4,{table},{' '.join(name(row) for row in tables[table])}" for table in sorted(tables)]
    return "versions,table,labels\n" + "\n".join(lines) + "\n"


def read(path):
    """The documented fields, by table, both in the order of the document."""
    tables = {}
    with open(path, encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            tables.setdefault(row["cdmTableName"], []).append(row)
    return tables


def package(tables):
    return {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": "omop-cdm-5.4",
        "title": "OMOP Common Data Model 5.4, one CSV file per table",
        "version": "5.4",
        "licenses": [{"name": "Apache-2.0"}],
        "sources": [
            {
                "title": "OHDSI CommonDataModel, OMOP_CDMv5.4_Field_Level.csv",
                "path": "https://github.com/OHDSI/CommonDataModel",
                "version": "f853f6e",
            }
        ],
        "handover": {"auditTrail": {"absent": "the OMOP CDM has no table for an audit trail"}},
        "resources": [resource(table, rows) for table, rows in tables.items()],
    }


def resource(table, rows):
    extension = {}
    if table in OPTIONAL:
        extension["presence"] = "optional"
    if table in ROLES:
        extension["role"] = ROLES[table]
    if table in VIA:
        extension["patientVia"] = VIA[table]
    schema = {"fieldsMatch": "equal", "fields": [field(table, row) for row in rows]}
    primary = [name(row) for row in rows if yes(row, "isPrimaryKey")]
    if primary:
        schema["primaryKey"] = primary
    foreign = [foreign_key(row) for row in rows if yes(row, "isForeignKey")]
    if foreign:
        schema["foreignKeys"] = foreign
    described = {
        "name": table,
        "path": table.upper() + ".csv",
        "type": "table",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "schema": schema,
    }
    if extension:
        described["handover"] = extension
    return described


def field(table, row):
    described = {"name": name(row)}
    constraints = {}
    kind = row["cdmDatatype"].lower()
    length = re.fullmatch(r"varchar\((\d+|max)\)", kind)
    if length:
        described["type"] = "string"
        if length[1] != "max":
            constraints["maxLength"] = int(length[1])
    elif kind == "datetime":
        described["type"] = "datetime"
        described["format"] = DATETIME
    else:
        described["type"] = {"integer": "integer", "float": "number", "date": "date"}[kind]
    if yes(row, "isRequired"):
        constraints = {"required": True, **constraints}
    if constraints:
        described["constraints"] = constraints
    described["handover"] = {"sensitivity": sensitivity(table, name(row))}
    if (table, name(row)) in FIELD_ROLES:
        described["handover"]["role"] = FIELD_ROLES[table, name(row)]
    return described


def foreign_key(row):
    table, target = row["fkTableName"].lower(), row["fkFieldName"].lower()
    return {"fields": [name(row)], "reference": {"resource": table, "fields": [target]}}


def sensitivity(table, field):
    if table in PUBLIC_TABLES or "concept_id" in field:
        return "none"
    return "identifying" if field in IDENTIFYING else "personal"


def name(row):
    """SOURCE.md, "Names": one name is documented within quote marks, that the files lack."""
    return row["cdmFieldName"].strip('"')


def yes(row, column):
    if row[column] not in ("Yes", "No"):
        raise ValueError(f"{row['cdmTableName']}.{row['cdmFieldName']}: {column} is {row[column]}")
    return row[column] == "Yes"


def render(described):
    """JSON with one line for each field and foreign key, so that a change shows as its line."""
    inner = []

    def hold(value):
        inner.append(json.dumps(value, ensure_ascii=False))
        return f"\0{len(inner) - 1}\0"

    for each in described["resources"]:
        schema = each["schema"]
        for key in ("fields", "foreignKeys"):
            if key in schema:
                schema[key] = [hold(value) for value in schema[key]]
        for key in ("primaryKey",):
            if key in schema:
                schema[key] = hold(schema[key])
        if "handover" in each:
            each["handover"] = hold(each["handover"])
    text = json.dumps(described, ensure_ascii=False, indent=2)
    return re.sub(r'"\\u0000(\d+)\\u0000"', lambda found: inner[int(found[1])], text) + "\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
