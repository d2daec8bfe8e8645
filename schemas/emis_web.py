"""What the build scripts of the EMIS Web schemas share: every decision that the column lists do not
make. Each stands in schemas/emis-web-8.2/SOURCE.md under the heading named beside it here.
"""

import pathlib

import render

HERE = pathlib.Path(__file__).resolve().parent
HEADERS = HERE / "emis-web-8.2" / "headers.csv"

# "File names".
FILE = (
    r"(?P<processing>[0-9]+(-[0-9]+)?)_{}_(?P<datetime>[0-9]{{14}})_"
    r"(?P<agreement>[0-9A-F]{{8}}(-[0-9A-F]{{4}}){{3}}-[0-9A-F]{{12}})\.csv"
)

# "Forms of values".
GUID = r"\{[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}\}"
PRECISIONS = ["U", "Y", "YM", "YMD", "YMDT"]

# "Roles".
ROLES = {
    "Admin_Patient": "patient",
    "Audit_PatientAudit": "audit-trail",
    "Audit_RegistrationAudit": "audit-trail",
    **dict.fromkeys(
        "Admin_Location Admin_Organisation Admin_OrganisationLocation Admin_UserInRole "
        "Agreements_SharingOrganisation Coding_ClinicalCode Coding_DrugCode".split(),
        "reference",
    ),
    **dict.fromkeys(
        "Appointment_Session Appointment_SessionUser Appointment_Slot".split(), "appointment"
    ),
    **dict.fromkeys(
        "Admin_PatientHistory CareRecord_Consultation CareRecord_Diary CareRecord_Observation "
        "CareRecord_ObservationReferral CareRecord_Problem Prescribing_DrugRecord "
        "Prescribing_IssueRecord".split(),
        "clinical",
    ),
}

# "Keys". A GUID is unique within its organisation only.
KEYS = {
    "Admin_Location": ["LocationGuid"],
    "Admin_Organisation": ["OrganisationGuid"],
    "Admin_OrganisationLocation": ["OrganisationGuid", "LocationGuid"],
    "Admin_Patient": ["PatientGuid", "OrganisationGuid"],
    "Admin_UserInRole": ["UserInRoleGuid", "OrganisationGuid"],
    "Agreements_SharingOrganisation": ["OrganisationGuid"],
    "Appointment_Session": ["AppointmentSessionGuid", "OrganisationGuid"],
    "Appointment_SessionUser": ["SessionGuid", "UserInRoleGuid"],
    "Appointment_Slot": ["SlotGuid", "OrganisationGuid"],
    "CareRecord_Consultation": ["ConsultationGuid", "OrganisationGuid"],
    "CareRecord_Diary": ["DiaryGuid", "OrganisationGuid"],
    "CareRecord_Observation": ["ObservationGuid", "OrganisationGuid"],
    "CareRecord_ObservationReferral": ["ObservationGuid", "OrganisationGuid"],
    "CareRecord_Problem": ["ObservationGuid", "OrganisationGuid"],
    "Coding_ClinicalCode": ["CodeId"],
    "Coding_DrugCode": ["CodeId"],
    "Prescribing_DrugRecord": ["DrugRecordGuid", "OrganisationGuid"],
    "Prescribing_IssueRecord": ["IssueRecordGuid", "OrganisationGuid"],
}

# "References". What a column refers to, in every table that has it; the second table is for columns
# that mean something else in one table.
TARGETS = {
    "PatientGuid": "Admin_Patient.PatientGuid",
    "OrganisationGuid": "Admin_Organisation.OrganisationGuid",
    "ParentOrganisationGuid": "Admin_Organisation.OrganisationGuid",
    "CCGOrganisationGuid": "Admin_Organisation.OrganisationGuid",
    "ExternalUsualGPOrganisation": "Admin_Organisation.OrganisationGuid",
    "ExternalPatientOrganisation": "Admin_Organisation.OrganisationGuid",
    "ReferralTargetOrganisationGuid": "Admin_Organisation.OrganisationGuid",
    "ReferralSourceOrganisationGuid": "Admin_Organisation.OrganisationGuid",
    "UsualGpUserInRoleGuid": "Admin_UserInRole.UserInRoleGuid",
    "UserInRoleGuid": "Admin_UserInRole.UserInRoleGuid",
    "ClinicianUserInRoleGuid": "Admin_UserInRole.UserInRoleGuid",
    "EnteredByUserInRoleGuid": "Admin_UserInRole.UserInRoleGuid",
    "LastReviewUserInRoleGuid": "Admin_UserInRole.UserInRoleGuid",
    "LocationGuid": "Admin_Location.LocationGuid",
    "ParentLocationGuid": "Admin_Location.LocationGuid",
    "MainLocationGuid": "Admin_Location.LocationGuid",
    "SessionGuid": "Appointment_Session.AppointmentSessionGuid",
    "AppointmentSlotGuid": "Appointment_Slot.SlotGuid",
    "ConsultationGuid": "CareRecord_Consultation.ConsultationGuid",
    "ParentObservationGuid": "CareRecord_Observation.ObservationGuid",
    "ProblemGuid": "CareRecord_Problem.ObservationGuid",
    "ProblemObservationGuid": "CareRecord_Problem.ObservationGuid",
    "ParentProblemObservationGuid": "CareRecord_Problem.ObservationGuid",
    "DrugRecordGuid": "Prescribing_DrugRecord.DrugRecordGuid",
    "CodeId": "Coding_ClinicalCode.CodeId",
    "ConsultationSourceCodeId": "Coding_ClinicalCode.CodeId",
    "DnaReasonCodeId": "Coding_ClinicalCode.CodeId",
    "ParentCodeId": "Coding_ClinicalCode.CodeId",
    "ParentCodeID": "Coding_ClinicalCode.CodeId",
}
TARGETS_OF_TABLE = {
    ("Prescribing_DrugRecord", "CodeId"): "Coding_DrugCode.CodeId",
    ("Prescribing_IssueRecord", "CodeId"): "Coding_DrugCode.CodeId",
    ("CareRecord_Problem", "ObservationGuid"): "CareRecord_Observation.ObservationGuid",
    ("CareRecord_ObservationReferral", "ObservationGuid"): "CareRecord_Observation.ObservationGuid",
}
# "References": to patients and organisations outside of the extract, as live data has them.
LENIENT_REFERENCES = {
    ("Appointment_Slot", "PatientGuid"),
    ("Appointment_Slot", "ExternalPatientOrganisation"),
    ("Admin_Patient", "ExternalUsualGPOrganisation"),
    ("Admin_Organisation", "ParentOrganisationGuid"),
    ("Admin_Organisation", "CCGOrganisationGuid"),
    ("CareRecord_ObservationReferral", "ReferralTargetOrganisationGuid"),
    ("CareRecord_ObservationReferral", "ReferralSourceOrganisationGuid"),
}
# "References": what an audit entry is about, by its item type.
ITEMS = {
    "Consultation": ("CareRecord_Consultation", "ConsultationGuid"),
    "Diary": ("CareRecord_Diary", "DiaryGuid"),
    "Observation": ("CareRecord_Observation", "ObservationGuid"),
    "DrugRecord": ("Prescribing_DrugRecord", "DrugRecordGuid"),
    "IssueRecord": ("Prescribing_IssueRecord", "IssueRecordGuid"),
}

# "Mandatory columns": documented as such, and empty by their own description.
NOT_REQUIRED = {
    ("CareRecord_Observation", "ParentObservationGuid"),
    ("Prescribing_DrugRecord", "ProblemObservationGuid"),
    ("Prescribing_IssueRecord", "ProblemObservationGuid"),
    ("Appointment_Slot", "PatientGuid"),
    ("Admin_Organisation", "ParentOrganisationGuid"),
    ("Admin_Patient", "Title"),
    ("Admin_Patient", "MiddleNames"),
    ("CareRecord_Problem", "EndDatePrecision"),
    ("CareRecord_ObservationReferral", "ReferralTargetOrganisationGuid"),
}
# "Mandatory columns": these hold in every row, those of deletes too.
STRUCTURAL = {"Deleted", "ProcessingId", "OrganisationGuid", "PatientGuid"}
STRICT = {"Sex", "DateOfBirth", "Surname", "Term", "ModifiedDate", "ModifiedTime"}

# "Sensitivity".
IDENTIFYING = set(
    "PatientGuid PersonGuid DateOfBirth GivenName MiddleNames Surname NhsNumber PatientNumber "
    "HouseNameFlatNumber NumberAndStreet Village Postcode CarerName EmailAddress HomePhone "
    "MobilePhone ContactComments AssociatedText Comment Qualifiers PatientMessage PharmacyMessage "
    "PharmacyText ScriptPharmacyStamp ExternalPatientGuid ReferralUBRN".split()
)
OPEN_TABLES = set(
    "Admin_Location Admin_Organisation Admin_OrganisationLocation Agreements_SharingOrganisation "
    "Coding_ClinicalCode Coding_DrugCode Appointment_Session Appointment_SessionUser".split()
)
OPEN = set(
    "OrganisationGuid Deleted IsConfidential ProcessingId EffectiveDatePrecision EndDatePrecision "
    "LastReviewDatePrecision ItemType ModeType NumericUnit QuantityUnit ObservationType IsActive "
    "IsComplete Complete Abnormal Episode PrescriptionType ProblemStatusDescription "
    "SignificanceDescription ParentProblemRelationship ReferralUrgency ReferralServiceType "
    "ReferralMode SlotStatus SlotType IsBookableOnline IsBlocked BookingMethod ModeOfContact "
    "ContextType ServiceSetting NationalSlotCategoryName NationalSlotCategoryDescription "
    "JobCategoryCode JobCategoryName DummyType PatientTypeDescription ConsultationType "
    "NumericOperator SessionGuid".split()
)

# "Names": how other versions and other documents write a column.
OTHER_NAMES = {
    "ExternalUsualGP": ["ExternalUsusalGP"],
    "ExternalUsualGPOrganisation": ["ExternalUsusalGPOrganisation"],
    "ClinicianUserInRoleGuid": ["ClinicanUserInRoleGuid"],
    "DateofDeactivation": ["DateOfDeactivation"],
    "DateOfDeactivation": ["DateofDeactivation"],
    "ParentCodeID": ["ParentCodeId"],
    "ParentCodeId": ["ParentCodeID"],
    "PersonGuid": ["PersonGUID"],
}

FIELD_ROLES = {
    ("Admin_Patient", "PatientGuid"): "patient",
    ("Admin_Patient", "NhsNumber"): "nhs-number",
    ("Admin_Patient", "DateOfBirth"): "birth-date",
    ("Audit_PatientAudit", "ItemGuid"): "item",
    ("Appointment_Slot", "AppointmentDate"): "event-date",
    ("Appointment_Slot", "BookedDate"): "recorded-date",
    ("Admin_PatientHistory", "HistoryDate"): "event-date",
    ("Appointment_Session", "StartDate"): "event-date",
    **{(t, "ModifiedDate"): "recorded-date" for t in ("Audit_PatientAudit", "Audit_RegistrationAudit")},
    **{(t, "UserInRoleGuid"): "user" for t in ("Audit_PatientAudit", "Audit_RegistrationAudit")},
    **{(t, "ModeType"): "action" for t in ("Audit_PatientAudit", "Audit_RegistrationAudit")},
}
TIMES = {
    "EnteredDate": "EnteredTime",
    "ModifiedDate": "ModifiedTime",
    "HistoryDate": "HistoryTime",
    "AppointmentDate": "AppointmentStartTime",
    "BookedDate": "BookedTime",
    "StartDate": "StartTime",
    "EndDate": "EndTime",
}
UNITS = {
    "Value": "NumericUnit",
    "NumericRangeLow": "NumericUnit",
    "NumericRangeHigh": "NumericUnit",
    "Quantity": "QuantityUnit",
}
# "Documentation": what is known beyond names and types, by the topics of DMI02.
DOCUMENTATION = {
    "businessRules": [
        "ProcessingId is the order in which rows are applied.",
        "The coding tables are replaced whole; rows of the others are inserted or updated by their key.",
        "A row that says Deleted has its keys and that flag alone.",
    ],
    "exceptions": [
        "An agreement that is disabled gives empty files; the rows sent before are to be deleted.",
        "Locations, organisations and users are not divided by organisation.",
    ],
    "exclusions": [
        "Patients who left or died are delivered for at most five years.",
        "The audit tables tell who, when and what kind, and not the old and new value.",
    ],
    "format": "Comma, header, quotes as RFC 4180, CRLF, UTF-8; an empty cell is null.",
}
IDENTIFIERS = {
    "NhsNumber": render.NHS_NUMBER,
    "ODSCode": render.ODS,
    "SnomedCTConceptId": render.SNOMED,
    "SnomedCTDescriptionId": render.SNOMED,
    "DmdProductCodeId": render.DMD,
}


# "Versions": columns that a version's documentation lacks and files have, or that another version
# has: their types, where a column list gives one.
OTHER_TYPES = {
    "AssociatedText": ("text", ""),
    "Comment": ("text", ""),
    "NumericOperator": ("text", ""),
}


def columns_of(version, path):
    """The columns of a version: the labels of its header, with the facts of a list of columns."""
    facts = render.read_columns(path)
    columns = {}
    for versions, table, labels in render.read_headers(HEADERS):
        if version in versions:
            known = {row["name"].lower(): row for row in facts[table]}
            columns[table] = [known[label.lower()] | {"name": label} for label in labels]
    return columns


def others_of(kin, columns):
    """The fields that headers of other versions have and these columns lack."""
    others = {}
    for versions, table, labels in render.read_headers(HEADERS):
        if table not in columns or not set(versions) & set(kin):
            continue
        known = {row["name"].lower() for row in columns[table]}
        for row in columns[table]:
            known |= {other.lower() for other in OTHER_NAMES.get(row["name"], [])}
        for label in labels:
            if label.lower() not in known:
                kind, length = OTHER_TYPES[label]
                row = {"name": label, "type": kind, "length": length, "nullable": "yes"}
                described = field(table, row, labels)
                if described not in others.setdefault(table, []):
                    others[table].append(described)
    return others


def build(version, columns, sources, title):
    """The descriptor of a version from its columns."""
    resources = [resource(table, rows, columns) for table, rows in columns.items()]
    return {
        "$schema": render.PROFILE,
        "name": f"emis-web-{version}",
        "title": title,
        "version": version,
        "sources": sources,
        "handover": {
            "documents": {"absent": "the bulk extract names documents by GUID and does not hold them"},
            "images": {"absent": "the bulk extract holds no images"},
            "tasks": {"absent": "the bulk extract has no table for tasks"},
            "documentation": DOCUMENTATION,
        },
        "resources": resources,
    }


def resource(table, rows, columns):
    names = [row["name"] for row in rows]
    extension = {"filePattern": FILE.format(table), "role": ROLES[table]}
    if "Deleted" in names:
        extension["deleted"] = {"Deleted": True}
    if table == "Audit_PatientAudit":
        extension["references"] = [
            {
                "when": {"ItemType": item},
                "fields": ["ItemGuid", "OrganisationGuid"],
                "reference": {"resource": to, "fields": [key, "OrganisationGuid"]},
                "severity": "warning",
            }
            for item, (to, key) in ITEMS.items()
        ]
    schema = {"fields": [field(table, row, names) for row in rows]}
    if table in KEYS:
        schema["primaryKey"] = KEYS[table]
    foreign = [key for key in (foreign_key(table, name, names, columns) for name in names) if key]
    if foreign:
        schema["foreignKeys"] = foreign
    return {
        "name": table,
        "type": "table",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "dialect": {"lineTerminator": "\r\n"},
        "schema": schema,
        "handover": extension,
    }


def foreign_key(table, name, names, columns):
    target = TARGETS_OF_TABLE.get((table, name), TARGETS.get(name))
    if target is None:
        return None
    to, key = target.split(".")
    if (to, key) == (table, name) or to not in columns:
        return None
    # A table's own key is no reference.
    if (table, name) in (
        ("Prescribing_DrugRecord", "DrugRecordGuid"),
        ("CareRecord_Consultation", "ConsultationGuid"),
        ("Coding_DrugCode", "CodeId"),
    ):
        return None
    fields, reference = [name], [key]
    # Within one organisation, save for what is shared by all.
    if "OrganisationGuid" in names and to.split("_")[0] in ("CareRecord", "Prescribing", "Appointment"):
        if "OrganisationGuid" in KEYS[to]:
            fields, reference = [name, "OrganisationGuid"], [key, "OrganisationGuid"]
    if to == "Admin_Patient":
        fields, reference = [name, "OrganisationGuid"], [key, "OrganisationGuid"]
    described = {
        "fields": fields,
        "reference": {"resource": "" if to == table else to, "fields": reference},
    }
    if (table, name) in LENIENT_REFERENCES:
        described["handover"] = {"severity": "warning"}
    return described


def field(table, row, names):
    name, kind, length = row["name"], row["type"].lower(), row["length"]
    described, constraints, extension, severity = {"name": name}, {}, {}, {}
    if kind.startswith("guid") or kind == "uniqueidentifier":
        described["type"] = "string"
        # "Names": a status that the documentation calls a link.
        if name == "StatusDescription":
            constraints["maxLength"] = 100
            severity["maxLength"] = "warning"
        else:
            constraints["pattern"] = GUID
    elif kind.startswith(("text", "varchar", "char")):
        described["type"] = "string"
        if length:
            constraints["maxLength"] = int(length)
        if name == "Postcode":
            severity["maxLength"] = "warning"
        if name.endswith("Precision"):
            constraints["enum"] = PRECISIONS
            constraints.pop("maxLength", None)
    elif kind.startswith("datetime"):
        described |= {"type": "datetime", "format": "%Y-%m-%d %H:%M:%S"}
    elif kind.startswith("date"):
        described["type"] = "date"
    elif kind.startswith("time"):
        described["type"] = "time"
    elif kind.startswith("boolean") or kind == "bit":
        described["type"] = "boolean"
        described["trueValues"] = ["true", "TRUE", "1"] if name == "IsMainLocation" else ["true", "TRUE"]
        described["falseValues"] = ["false", "FALSE", "0"] if name == "IsMainLocation" else ["false", "FALSE"]
    elif kind.startswith(("int", "tinyint", "smallint", "bigint")):
        described["type"] = "integer"
    elif kind.startswith(("decimal", "smallmoney", "float")):
        described["type"] = "number"
    elif kind.startswith("unavailable"):
        # "Columns documented as unavailable": whatever comes is read as text.
        described["type"] = "string"
    else:
        raise ValueError(f"{table}.{name}: {kind}")
    if name in IDENTIFIERS:
        described["rdfType"] = IDENTIFIERS[name]
        if name == "ODSCode":
            severity["rdfType"] = "warning"
    mandatory = row["nullable"] == "no" or (not row["nullable"] and structural(table, name))
    if mandatory and (table, name) not in NOT_REQUIRED:
        in_deletes = name in KEYS.get(table, [])
        if "Deleted" not in names or in_deletes or name == "Deleted":
            constraints = {"required": True, **constraints}
            rule = "required"
        else:
            extension["requiredUnlessDeleted"] = True
            rule = "requiredUnlessDeleted"
        if not (structural(table, name) or name in STRICT):
            severity[rule] = "warning"
    if constraints:
        described["constraints"] = constraints
    if table in OPEN_TABLES or name in OPEN:
        extension["sensitivity"] = "none"
    elif name in IDENTIFYING:
        extension["sensitivity"] = "identifying"
    else:
        extension["sensitivity"] = "personal"
    if name in OTHER_NAMES:
        extension["otherNames"] = OTHER_NAMES[name]
    role = FIELD_ROLES.get((table, name)) or field_role(name, names)
    if role:
        extension["role"] = role
    if TIMES.get(name) in names:
        extension["time"] = TIMES[name]
    if UNITS.get(name) in names:
        extension["unit"] = {"field": UNITS[name]}
    if name + "Precision" in names:
        extension["precision"] = {"field": name + "Precision"}
    if severity:
        extension["severity"] = severity
    described["handover"] = extension
    return described


def structural(table, name):
    return name in KEYS.get(table, []) or (
        name in STRUCTURAL and not (table == "Appointment_Slot" and name == "PatientGuid")
    )


def field_role(name, names):
    """"Roles": in every table that has these columns."""
    if name == "EffectiveDate":
        return "event-date"
    if name == "EnteredDate":
        return "recorded-date"
    if name == "EnteredByUserInRoleGuid":
        return "user"
    if name == "OrganisationGuid" and "PatientGuid" in names:
        return "organisation"
    return None
