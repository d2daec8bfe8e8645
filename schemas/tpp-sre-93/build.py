#!/usr/bin/env python3
"""Writes datapackage.json and other-fields.json beside this script from columns.csv and headers.csv.

    python3 schemas/tpp-sre-93/build.py [--check]

Every decision that the column lists do not make stands in SOURCE.md under the heading named beside
it here.
"""

import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import render  # noqa: E402

SOURCES = [
    {
        "title": "Endeavour Health, Transforms and SFTPReader: column lists of all versions, file names, forms of values",
        "path": "https://github.com/endeavourhealth/Transforms",
        "version": "6b6a8e1",
    },
    {
        "title": "NHSISL, ISL.TPP: the specification's columns and links, delivery",
        "path": "https://github.com/NHSISL/ISL.TPP",
        "version": "e45df0e",
    },
]

# "Presence": what a GP practice's extract always has. The manifest says what else was delivered.
CORE = set(
    "SRManifest SRMapping SROrganisation SROrganisationBranch SRCcg SRTrust SRStaffMember "
    "SRStaffMemberProfile SRStaffMemberProfileRole SRPatient SRPatientAddressHistory "
    "SRPatientContactDetails SRPatientRegistration SRPatientRelationship SRRecordStatus SREvent "
    "SREventLink SRCode SRProblem SRReferralOut SRReferralOutStatusDetails SRPrimaryCareMedication "
    "SRRepeatTemplate SRDrugSensitivity SRImmunisation SRImmunisationContent SRRecall "
    "SRSpecialNotes SRVisit SRAppointment SRAppointmentFlags SRRota SRCtv3 SRCtv3Hierarchy "
    "SRConfiguredListOption SRMedicationReadCodeDetails SRTemplate".split()
)

# "Roles".
APPOINTMENTS = set(
    "SRAppointment SRAppointmentFlags SRAppointmentRoom SRRota SRRotaSlot SRVisit "
    "SRAppointmentVisitOutcomes SRScheduledEvent".split()
)
# Reference data: no column says whose a row is, and none is about a person.
REFERENCE = set(
    "SRManifest SRMapping SRMappingGroup SRAAddressBookEntry SRAddressBookEntry SRCcg SRTrust "
    "SRChildHealthGroupAction SRChildHealthGroupActionSchedulingParameters SRConfiguredListOption "
    "SRCtv3 SRCtv3Hierarchy SRCtv3ToSnomed SRCtv3ToVersion2 SRHospitalAlertIndicator "
    "SRImmunisationContent SRLocation SRLocationAttribute SRMedicationReadCodeDetails "
    "SROrganisation SROrganisationBranch SRQuestionnaire SRStaff SRStaffMember "
    "SRStaffMemberProfile SRStaffMemberProfileRole SRStaffSkillSet SRStaffSpecialty SRTeam "
    "SRTeamMember SRTemplate SRBedClosure SRBedLocation SRCaseload SROnlineUsers SRStaffActivity "
    "SRExpense SRTheatreSession SRTreatmentCentreExclusions SRTreatmentCentreSession "
    "SRTreatmentCentreSessionTemporaryAmendments".split()
)
STAFF_TABLES = {table for table in REFERENCE if "Staff" in table or "Team" in table} | {
    "SRAAddressBookEntry", "SRAddressBookEntry", "SROnlineUsers", "SRExpense", "SRCaseload",
}

# "Roles": whose a row is, where no column says so.
VIA = {"SRAppointmentFlags": "IDAppointment"}

# "Keys": a row identifier that is known to repeat, or not to stay the same.
WITHOUT_KEY = {"SRFreeText", "SRManifest"}

# "Dates".
DATE = "%d %b %Y"
DATETIME = "%d %b %Y %H:%M:%S"
DATETIME_OF_PATIENT = "%d %b %Y %H:%M"
DATETIME_OF_MANIFEST = "%Y%m%d_%H%M"
EVENT_DATES = [
    "DateEvent", "DateAppointmentStart", "DateMedicationStart", "DateStart", "DateRegistration",
    "DateDeath", "DateRecall", "DateAdmitted", "DateReferral", "DateAdded", "DateStarted",
    "EventDate",
]
RECORDED_DATES = ["DateEventRecorded", "DateCreation", "DateCreated", "DateRecorded"]
USERS = ["IDProfileEnteredBy", "IDProfileCreatedBy", "IdProfileCreatedBy"]

# "SRManifest".
RULES_OF_MANIFEST = [
    {
        "name": "the day of the extract",
        "then": "DateExtractTo != null || FileName in ['SRAppointmentAttendees', 'SRReferralContactEvent']",
        "message": "each file but two is said to end at a moment",
    },
    {
        "name": "a delta begins",
        "when": "IsDelta == true && DateExtractTo != null",
        "then": "DateExtractFrom != null",
        "message": "a delta says from when it is",
    },
    {
        "name": "a delta begins before it ends",
        "then": "DateExtractFrom == null || DateExtractTo == null || DateExtractFrom < DateExtractTo",
        "message": "a delta begins before it ends",
    },
]

# "Documentation": what is known beyond names and types, by the topics of DMI02.
DOCUMENTATION = {
    "businessRules": [
        "A row with RemovedData 1 deletes the row of its identifier.",
        "SRManifest says of each file whether it is a delta; bulk and delta can stand in one delivery.",
        "Numbers of list values refer to SRMapping.RowIdentifier.",
    ],
    "exceptions": [
        "-1 and 0 mean none in identifiers, and may in other numbers.",
        "A time of 00:00:00 may mean that the time is not known.",
    ],
    "format": "Windows-1252, comma, header, all cells quoted; an empty cell is null.",
}

# "Identifiers".
IDENTIFIERS = {
    "text(nhs_number)": render.NHS_NUMBER,
    "text(ctv3_5byte)": render.CTV3,
    "text(snomed_id)": render.SNOMED,
}
SNOMED = {"SNOMEDCode", "ImmsSNOMEDCode", "SNOMEDPrimaryDiagnosis"}

# "Sensitivity".
IDENTIFYING = re.compile(
    r"^(IDPatient|NHSNumber|.*(FirstName|MiddleNames|Surname|KnownAs|MaidenName)|DateBirth|BirthPlace"
    r"|.*(House|Road|Street|Locality|PostCode|Postcode|EmailAddress|Telephone|Phone|Contact(Number|Detail))"
    r".*|.*(Note|Notes|Comments?|FreeText|Text|Textual.*|Question|Answer)|SSRef|FileName|UniqueId)$"
)
OPEN = re.compile(r"^(IDOrganisation.*|RemovedData|IDProfile.*|IdProfile.*|IDStaff.*|IDTemplate|.*Unit|CTV3Code)$")


def package():
    tables = render.read_columns(HERE / "columns.csv")
    resources = [resource(table, rows, tables) for table, rows in tables.items()]
    # "SRMappingGroup": delivered, and its columns are not known.
    resources.append(
        {
            "name": "SRMappingGroup",
            "path": "SRMappingGroup.csv",
            "type": "table",
            "encoding": "windows-1252",
            "handover": {"presence": "optional", "role": "reference"},
        }
    )
    resources.sort(key=lambda each: each["name"])
    return {
        "$schema": render.PROFILE,
        "name": "tpp-sre-93",
        "title": "TPP SystmOne Strategic Reporting Extract, version 93",
        "version": "93",
        "sources": SOURCES,
        "handover": {
            "auditTrail": {"absent": "the Strategic Reporting Extract has no table for an audit trail"},
            "documents": {"absent": "the extract names letters and media and does not hold them"},
            "images": {"absent": "the extract names media and does not hold them"},
            "tasks": {"absent": "the extract has no table for tasks"},
            "documentation": DOCUMENTATION,
        },
        "resources": resources,
    }


def role(table, names):
    if table == "SRPatient":
        return "patient"
    if table in APPOINTMENTS:
        return "appointment"
    if table in REFERENCE:
        return "reference"
    return "clinical"


def resource(table, rows, tables):
    names = [row["name"] for row in rows]
    extension = {"role": role(table, names)}
    if table not in CORE:
        extension["presence"] = "optional"
    if "RemovedData" in names:
        extension["deleted"] = {"RemovedData": True}
    if table in VIA:
        extension["patientVia"] = VIA[table]
    if table == "SRManifest":
        extension["manifest"] = {
            "file": "FileName",
            "suffix": ".csv",
            "same": ["DateExtractTo", "DateExtractFrom"],
            "unlisted": ["SRMapping.csv", "SRMappingGroup.csv"],
        }
        extension["rules"] = RULES_OF_MANIFEST
    schema = {"fields": [field(table, row, names) for row in rows]}
    if table not in WITHOUT_KEY:
        schema["primaryKey"] = key_of(names)
    foreign = [key for key in (foreign_key(table, row, names, tables) for row in rows) if key]
    if foreign:
        schema["foreignKeys"] = foreign
    return {
        "name": table,
        "path": table + ".csv",
        "type": "table",
        "encoding": "windows-1252",
        "schema": schema,
        "handover": extension,
    }


def is_number(row):
    return row["type"] in ("integer", "integer(id)", "bigint", "int")


def key_of(names):
    """"Keys": a row identifier is unique within the organisation that sees it."""
    return [name for name in ("RowIdentifier", "IDOrganisationVisibleTo") if name in names]


def foreign_key(table, row, names, tables):
    """"References": those that are known; what is marked as a guess in columns.csv is left out, and
    what no value could satisfy: a number that should refer to an ODS code."""
    if not row["references"] or "(?)" in row["references"]:
        return None
    to, key = row["references"].split(".")
    target = next((one for one in tables.get(to, []) if one["name"] == key), None)
    if target is None or is_number(target) != is_number(row):
        return None
    fields, reference = [row["name"]], [key]
    if to == "SRPatient" and "IDOrganisationVisibleTo" in names:
        fields, reference = fields + ["IDOrganisationVisibleTo"], key_of([key, "IDOrganisationVisibleTo"])
    return {
        "fields": fields,
        "reference": {"resource": "" if to == table else to, "fields": reference},
    }


def field(table, row, names):
    name, kind = row["name"], row["type"]
    described, constraints, extension, severity = {"name": name}, {}, {}, {}
    refers = row.get("references") and "(?)" not in row["references"]
    if kind == "datetime(yyyyMMdd_HHmm)":
        described |= {"type": "datetime", "format": DATETIME_OF_MANIFEST}
    elif kind == "datetime":
        form = DATETIME_OF_PATIENT if table == "SRPatient" else DATETIME
        described |= {"type": "datetime", "format": form}
    elif kind == "date":
        described |= {"type": "date", "format": DATE}
    elif kind == "boolean":
        described |= {"type": "boolean", "trueValues": ["TRUE"], "falseValues": ["FALSE"]}
    elif kind == "boolean(0/1)":
        described |= {"type": "boolean", "trueValues": ["1"], "falseValues": ["0"]}
    elif kind.startswith("enum(Y|N)"):
        described |= {"type": "boolean", "trueValues": ["Y"], "falseValues": ["N"]}
    elif kind in ("integer", "integer(id)", "bigint", "int"):
        described["type"] = "integer"
    elif kind == "decimal":
        described["type"] = "number"
    else:
        described["type"] = "string"
    # "Types": told by the name alone in tables that no one's published program reads.
    if table not in CORE and described["type"] != "string" and name != "RowIdentifier":
        severity["type"] = "warning"
    if kind in IDENTIFIERS:
        described["rdfType"] = IDENTIFIERS[kind]
    elif name in SNOMED:
        described["rdfType"] = render.SNOMED
    elif kind == "text(ods_code)" and table != "SROrganisation":
        described["rdfType"] = render.ODS
    if described.get("rdfType") in (render.CTV3, render.ODS, render.SNOMED):
        severity["rdfType"] = "warning"
    # The rule of the manifest says which of its rows have no day.
    if row["nullable"] == "no" and (table, name) != ("SRManifest", "DateExtractTo"):
        constraints["required"] = True
    if constraints:
        described["constraints"] = constraints
    extension["sensitivity"] = sensitivity(table, name)
    if table == "SRPatient":
        roles = {"RowIdentifier": "patient", "NHSNumber": "nhs-number", "DateBirth": "birth-date"}
        if name in roles:
            extension["role"] = roles[name]
    elif table not in REFERENCE:
        for candidates, told in (
            (EVENT_DATES, "event-date"), (RECORDED_DATES, "recorded-date"), (USERS, "user"),
        ):
            if name == next((one for one in candidates if one in names), None):
                extension["role"] = told
    # "References": no id is -1 or 0.
    if refers:
        described["missingValues"] = ["", "-1", "0"]
    if name == "NumericValue" and "NumericUnit" in names:
        extension["unit"] = {"field": "NumericUnit"}
    if severity:
        extension["severity"] = severity
    described["handover"] = extension
    return described


def sensitivity(table, name):
    if table in REFERENCE:
        return "personal" if table in STAFF_TABLES and not OPEN.match(name) else "none"
    if name == "RowIdentifier":
        return "identifying" if table == "SRPatient" else "personal"
    if OPEN.match(name):
        return "none"
    return "identifying" if IDENTIFYING.match(name) else "personal"


def others():
    """The fields that other versions have and 93 lacks, typed by their names."""
    tables = render.read_columns(HERE / "columns.csv")
    found = {}
    for _, table, labels in render.read_headers(HERE / "headers.csv"):
        if table not in tables:
            continue
        known = {row["name"].lower() for row in tables[table]}
        for label in labels:
            if label.lower() not in known:
                kind = "boolean(0/1)" if label == "RemovedData" else "text"
                row = {"name": label, "type": kind, "nullable": "", "references": ""}
                described = field(table, row, labels)
                if described not in found.setdefault(table, []):
                    found[table].append(described)
    return found


if __name__ == "__main__":
    sys.exit(render.write(HERE, package(), others()))
