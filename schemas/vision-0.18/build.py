#!/usr/bin/env python3
"""Writes datapackage.json and other-fields.json beside this script from columns.csv and headers.csv.

    python3 schemas/vision-0.18/build.py [--check]

Every decision that the column lists do not make stands in SOURCE.md under the heading named beside
it here.
"""

import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import render  # noqa: E402

SOURCES = [
    {
        "title": "Endeavour Health, Transforms and SFTPReader: column lists, file names, forms of values",
        "path": "https://github.com/endeavourhealth/Transforms",
        "version": "6b6a8e1",
    }
]

# "File names".
FILE = (
    r"(?P<kind>FULL|INCREMENTAL|ADDITIONAL_PATIENT|CLINICAL|ADMIN)_(?P<practice>[A-Z0-9]+)_{}-"
    r"(?P<datetime>[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}-[0-9]{{6}})\.csv"
)

# "Roles".
ROLES = {
    "patient_data_extract": "patient",
    "practice_data_extract": "reference",
    "staff_data_extract": "reference",
    "encounter_data_extract": "clinical",
    "journal_data_extract": "clinical",
    "referral_data_extract": "clinical",
}
# "Files whose columns are not known".
UNKNOWN = ["active_user_data_extract", "patient_check_sum_data_extract"]

# "Keys".
KEYS = {
    "patient_data_extract": ["PID", "SERVICE_ID"],
    "practice_data_extract": ["ID"],
    "staff_data_extract": ["ID", "SERVICE_ID"],
    "encounter_data_extract": ["ID", "SERVICE_ID"],
    "journal_data_extract": ["ID", "SERVICE_ID"],
    "referral_data_extract": ["ID", "SERVICE_ID"],
}

# "Forms of values".
ACTIVE = ["R", "T", "S", "D", "L", "P"]
DATES = {"date", "date(yyyyMMdd)"}
FIELD_ROLES = {
    ("patient_data_extract", "PID"): "patient",
    ("patient_data_extract", "NHS_NUMBER"): "nhs-number",
    ("patient_data_extract", "DATE_OF_BIRTH"): "birth-date",
    **{(table, "DATE"): "event-date" for table in ROLES},
    **{(table, "RECORDED_DATE"): "recorded-date" for table in ROLES},
}

# "Documentation": what is known beyond names and types, by the topics of DMI02.
DOCUMENTATION = {
    "businessRules": ["ACTION says whether a row is inserted, updated or deleted."],
    "logicalModel": "LINKS holds ids of journal and encounter rows, those of encounters with a leading E.",
    "format": "Comma, no header, columns by position; dates yyyyMMdd, times HHmm; an empty cell is null.",
}

# "Identifiers".
IDENTIFIERS = {
    "NHS_NUMBER": render.NHS_NUMBER,
    "CODE": render.READ_V2,
    "SNOMED_CODE": render.SNOMED,
    "DMD_CODE": render.DMD,
}

# "Sensitivity".
IDENTIFYING = set(
    "PID REFERENCE DATE_OF_BIRTH POSTCODE SURNAME FORENAME NHS_NUMBER ADDRESS ADDRESS_1 ADDRESS_2 "
    "ADDRESS_3 ADDRESS_4 ADDRESS_5 PHONE_NUMBER MOBILE_NUMBER EMAIL TEXT DOCUMENT_ID".split()
)
OPEN = set(
    "ACTION ACTIVE SERVICE_ID PRACT_NUMBER HCP_TYPE VALUE1_NAME VALUE1_UNITS VALUE2_NAME "
    "VALUE2_UNITS ENTITY SUBSET".split()
)

# "Names": how the test pack writes a column.
OTHER_NAMES = {"HCP": ["HCP_CODE"]}


def package():
    tables = render.read_columns(HERE / "columns.csv")
    resources = [resource(table, rows) for table, rows in tables.items()]
    resources += [
        {
            "name": table,
            "type": "table",
            "encoding": "utf-8",
            "dialect": {"header": False},
            "handover": {"filePattern": FILE.format(table), "presence": "optional"},
        }
        for table in UNKNOWN
    ]
    return {
        "$schema": render.PROFILE,
        "name": "vision-0.18",
        "title": "Vision data extract 0.18",
        "version": "0.18",
        "sources": SOURCES,
        "handover": {
            "auditTrail": {"absent": "the Vision data extract has no file for an audit trail"},
            "documents": {"absent": "the extract names documents and does not hold them"},
            "images": {"absent": "the extract holds no images"},
            "tasks": {"absent": "the extract has no file for tasks"},
            "appointments": {"absent": "the extract has no file for appointments"},
            "documentation": DOCUMENTATION,
        },
        "resources": resources,
    }


def resource(table, rows):
    names = [row["name"] for row in rows]
    extension = {"filePattern": FILE.format(table), "role": ROLES[table]}
    if "ACTION" in names:
        extension["deleted"] = {"ACTION": "D"}
    schema = {"fields": [field(table, row) for row in rows], "primaryKey": KEYS[table]}
    foreign = [key for key in (foreign_key(table, row, names) for row in rows) if key]
    if foreign:
        schema["foreignKeys"] = foreign
    return {
        "name": table,
        "type": "table",
        "encoding": "utf-8",
        "dialect": {"header": False},
        "schema": schema,
        "handover": extension,
    }


def foreign_key(table, row, names):
    """"References": LINKS holds several ids in one cell and is none."""
    if not row["references"] or "multi-valued" in row["references"]:
        return None
    to, key = row["references"].split(".")
    fields, reference = [row["name"]], [key]
    if "SERVICE_ID" in KEYS[to]:
        fields, reference = fields + ["SERVICE_ID"], reference + ["SERVICE_ID"]
    described = {"fields": fields, "reference": {"resource": to, "fields": reference}}
    if to == "staff_data_extract":
        described["handover"] = {"severity": "warning"}
    return described


def field(table, row):
    name, kind = row["name"], row["type"]
    described, extension, severity = {"name": name}, {}, {}
    constraints = {"required": True} if row["nullable"] == "no" else {}
    if kind in DATES:
        described |= {"type": "date", "format": "%Y%m%d"}
    elif kind == "time(HHmm)":
        described |= {"type": "time", "format": "%H%M"}
    elif kind == "decimal":
        described["type"] = "number"
        severity["type"] = "warning"
    else:
        described["type"] = "string"
    if name == "ACTION":
        constraints["enum"] = ["I", "U", "D"]
    if name == "ACTIVE":
        constraints["enum"] = ACTIVE
        severity["enum"] = "warning"
    if name == "SEX":
        constraints["maxLength"] = 1
        severity["maxLength"] = "warning"
    if name in IDENTIFIERS:
        described["rdfType"] = IDENTIFIERS[name]
        if name != "NHS_NUMBER":
            severity["rdfType"] = "warning"
    if constraints:
        described["constraints"] = constraints
    public = table == "practice_data_extract" or name in OPEN
    staff = table == "staff_data_extract"
    extension["sensitivity"] = (
        "none" if public else "identifying" if name in IDENTIFYING and not staff else "personal"
    )
    if (table, name) in FIELD_ROLES:
        extension["role"] = FIELD_ROLES[(table, name)]
    if name in OTHER_NAMES:
        extension["otherNames"] = OTHER_NAMES[name]
    if name == "DATE" and table == "encounter_data_extract":
        extension["time"] = "TIME"
    if name in ("VALUE1", "VALUE2"):
        extension["unit"] = {"field": name + "_UNITS"}
    if name == "ACTION":
        extension["codes"] = {"I": "insert", "U": "update", "D": "delete"}
    if severity:
        extension["severity"] = severity
    described["handover"] = extension
    return described


if __name__ == "__main__":
    sys.exit(render.write(HERE, package(), {}))
