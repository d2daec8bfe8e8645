//! The twenty-one tables, their columns in order, keys and references: what the header, the rows and
//! the descriptor are all made from.
//!
//! Column names and order are those of the EMIS Web bulk extract, version 8.2. What is declared of a
//! column is what is true of the rows made here: the supplier's documentation calls some columns
//! mandatory that are empty in live data (`ParentObservationGuid` of an entry without a parent).
//!
//! A key is a GUID with the organisation's, as the supplier says, and so is a reference that is
//! always filled. One that may be empty names the GUID alone: readers differ on whether a reference
//! with one part empty holds (SQL says it does; frictionless says it does not).
//!
//! The file is long because it is one table of data.

/// The type of a column and what is declared of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A GUID in braces, 38 characters.
    Guid,
    /// Text of at most so many characters.
    Text(u32),
    /// One of a list.
    Choice(&'static [&'static str]),
    /// Ten digits.
    NhsNumber,
    /// yyyy-MM-dd.
    Date,
    /// HH:mm:ss.
    Time,
    /// yyyy-MM-dd HH:mm:ss.
    DateTime,
    /// A whole number of any sign.
    Integer,
    /// A whole number from 0 to the bound.
    Count(u32),
    /// A decimal number.
    Number,
    /// true or false.
    Boolean,
    /// Documented as unavailable: always empty.
    Empty,
}

/// Who is told what by a column's values: `handover.sensitivity`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sensitivity {
    None,
    Personal,
    Identifying,
}

/// One column.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    pub name: &'static str,
    pub kind: Kind,
    pub required: bool,
    pub sensitivity: Sensitivity,
    /// Names the identifier's kind.
    pub rdf_type: Option<&'static str>,
}

/// A reference to another table's columns.
pub struct Reference {
    pub fields: &'static [&'static str],
    pub table: &'static str,
    pub to: &'static [&'static str],
}

/// One table.
pub struct Table {
    /// As in the file's name: `CareRecord_Observation`.
    pub name: &'static str,
    /// `handover.role`.
    pub role: Option<&'static str>,
    pub columns: &'static [Column],
    pub key: &'static [&'static str],
    pub references: &'static [Reference],
}

impl Table {
    /// Position of a column, from 0.
    pub fn position(&self, column: &str) -> Option<usize> {
        self.columns.iter().position(|c| c.name == column)
    }
}

use Kind::{Boolean, Choice, Count, Date, DateTime, Empty, Guid, Integer, Number, Text, Time};
use Sensitivity::{Identifying, None as Open, Personal};

const fn column(
    name: &'static str,
    kind: Kind,
    required: bool,
    sensitivity: Sensitivity,
) -> Column {
    Column { name, kind, required, sensitivity, rdf_type: None }
}

/// Always filled in a live row; tells of no person.
const fn must(name: &'static str, kind: Kind) -> Column {
    column(name, kind, true, Open)
}

/// May be empty; tells of no person.
const fn may(name: &'static str, kind: Kind) -> Column {
    column(name, kind, false, Open)
}

/// Always filled; about a person.
const fn must_personal(name: &'static str, kind: Kind) -> Column {
    column(name, kind, true, Personal)
}

/// May be empty; about a person.
const fn may_personal(name: &'static str, kind: Kind) -> Column {
    column(name, kind, false, Personal)
}

/// Always filled; tells who the person is.
const fn must_identify(name: &'static str, kind: Kind) -> Column {
    column(name, kind, true, Identifying)
}

/// May be empty; tells who the person is.
const fn may_identify(name: &'static str, kind: Kind) -> Column {
    column(name, kind, false, Identifying)
}

const fn identifier(mut column: Column, rdf_type: &'static str) -> Column {
    column.rdf_type = Some(rdf_type);
    column
}

const NHS_NUMBER: &str = "https://fhir.nhs.uk/Id/nhs-number";
const SNOMED: &str = "http://snomed.info/sct";
const DMD: &str = "https://dmd.nhs.uk";
const ODS: &str = "https://fhir.nhs.uk/Id/ods-organization-code";

pub const PRECISION: &[&str] = &["U", "Y", "YM", "YMD", "YMDT"];
pub const SEX: &[&str] = &["M", "F", "U", "I"];
pub const MODE: &[&str] = &["Insert", "Update", "Delete"];
pub const ITEM: &[&str] = &[
    "Consultation",
    "Observation",
    "Problem",
    "Referral",
    "Diary",
    "DrugRecord",
    "IssueRecord",
    "AppointmentSlot",
];
pub const PRESCRIPTION: &[&str] = &["Acute", "Repeat", "Repeat Dispensing", "Automatic"];
pub const SIGNIFICANCE: &[&str] = &["Significant Problem", "Minor Problem"];
pub const STATUS: &[&str] = &["Active Problem", "Past Problem"];
const INT: u32 = i32::MAX as u32;

const fn reference(
    fields: &'static [&'static str],
    table: &'static str,
    to: &'static [&'static str],
) -> Reference {
    Reference { fields, table, to }
}

const ORGANISATION: Reference =
    reference(&["OrganisationGuid"], "Admin_Organisation", &["OrganisationGuid"]);
const PATIENT: Reference = reference(
    &["PatientGuid", "OrganisationGuid"],
    "Admin_Patient",
    &["PatientGuid", "OrganisationGuid"],
);
const CLINICIAN: Reference =
    reference(&["ClinicianUserInRoleGuid"], "Admin_UserInRole", &["UserInRoleGuid"]);
const ENTERED_BY: Reference =
    reference(&["EnteredByUserInRoleGuid"], "Admin_UserInRole", &["UserInRoleGuid"]);
const USER: Reference = reference(&["UserInRoleGuid"], "Admin_UserInRole", &["UserInRoleGuid"]);
const CONSULTATION: Reference =
    reference(&["ConsultationGuid"], "CareRecord_Consultation", &["ConsultationGuid"]);
const EXTENDS: Reference = reference(
    &["ObservationGuid", "OrganisationGuid"],
    "CareRecord_Observation",
    &["ObservationGuid", "OrganisationGuid"],
);
const CODE: Reference = reference(&["CodeId"], "Coding_ClinicalCode", &["CodeId"]);
const DRUG_CODE: Reference = reference(&["CodeId"], "Coding_DrugCode", &["CodeId"]);
const PROBLEM: Reference =
    reference(&["ProblemObservationGuid"], "CareRecord_Problem", &["ObservationGuid"]);

/// The tables, in the order of their names.
pub const TABLES: [Table; 21] = [
    Table {
        name: "Admin_Location",
        role: Some("reference"),
        columns: &[
            must("LocationGuid", Guid),
            must("LocationName", Text(100)),
            must("LocationTypeDescription", Text(50)),
            may("ParentLocationGuid", Guid),
            must("OpenDate", Date),
            may("CloseDate", Date),
            may("MainContactName", Text(200)),
            may("FaxNumber", Text(100)),
            may("EmailAddress", Text(100)),
            may("PhoneNumber", Text(100)),
            may("HouseNameFlatNumber", Text(50)),
            may("NumberAndStreet", Text(50)),
            may("Village", Text(50)),
            may("Town", Text(50)),
            may("County", Text(50)),
            may("Postcode", Text(8)),
            must("Deleted", Boolean),
            must("ProcessingId", Count(INT)),
        ],
        key: &["LocationGuid"],
        references: &[reference(&["ParentLocationGuid"], "Admin_Location", &["LocationGuid"])],
    },
    Table {
        name: "Admin_Organisation",
        role: Some("reference"),
        columns: &[
            must("OrganisationGuid", Guid),
            may("CDB", Integer),
            must("OrganisationName", Text(200)),
            identifier(may("ODSCode", Text(20)), ODS),
            may("ParentOrganisationGuid", Guid),
            may("CCGOrganisationGuid", Guid),
            may("OrganisationType", Text(50)),
            must("OpenDate", Date),
            may("CloseDate", Date),
            must("MainLocationGuid", Guid),
            must("ProcessingId", Count(INT)),
        ],
        key: &["OrganisationGuid"],
        references: &[
            reference(&["ParentOrganisationGuid"], "Admin_Organisation", &["OrganisationGuid"]),
            reference(&["CCGOrganisationGuid"], "Admin_Organisation", &["OrganisationGuid"]),
            reference(&["MainLocationGuid"], "Admin_Location", &["LocationGuid"]),
        ],
    },
    Table {
        name: "Admin_OrganisationLocation",
        role: Some("reference"),
        columns: &[
            must("OrganisationGuid", Guid),
            must("LocationGuid", Guid),
            must("IsMainLocation", Boolean),
            must("Deleted", Boolean),
            must("ProcessingId", Count(INT)),
        ],
        key: &["OrganisationGuid", "LocationGuid"],
        references: &[
            ORGANISATION,
            reference(&["LocationGuid"], "Admin_Location", &["LocationGuid"]),
        ],
    },
    Table {
        name: "Admin_Patient",
        role: Some("patient"),
        columns: &[
            must_identify("PatientGuid", Guid),
            must("OrganisationGuid", Guid),
            may_personal("UsualGpUserInRoleGuid", Guid),
            must("Sex", Choice(SEX)),
            must_identify("DateOfBirth", Date),
            may_personal("DateOfDeath", Date),
            may_personal("Title", Text(50)),
            must_identify("GivenName", Text(40)),
            may_identify("MiddleNames", Text(256)),
            must_identify("Surname", Text(100)),
            may_personal("DateOfRegistration", Date),
            identifier(may_identify("NhsNumber", Kind::NhsNumber), NHS_NUMBER),
            may_identify("PatientNumber", Integer),
            may("PatientTypeDescription", Text(30)),
            may("DummyType", Boolean),
            may_identify("HouseNameFlatNumber", Text(50)),
            may_identify("NumberAndStreet", Text(50)),
            may_identify("Village", Text(50)),
            may_personal("Town", Text(50)),
            may_personal("County", Text(50)),
            may_identify("Postcode", Text(8)),
            may_personal("ResidentialInstituteCode", Text(2)),
            may_personal("NHSNumberStatus", Text(2)),
            may_identify("CarerName", Text(452)),
            may_personal("CarerRelation", Text(100)),
            must_identify("PersonGuid", Guid),
            may_personal("DateofDeactivation", Date),
            must("Deleted", Boolean),
            must("SpineSensitive", Boolean),
            may("IsConfidential", Boolean),
            may_identify("EmailAddress", Text(100)),
            may_identify("HomePhone", Text(100)),
            may_identify("MobilePhone", Text(100)),
            may_personal("ExternalUsualGPGuid", Guid),
            may_personal("ExternalUsualGP", Text(263)),
            may_personal("ExternalUsualGPOrganisation", Guid),
            may_identify("ContactComments", Text(200)),
            must("ProcessingId", Count(INT)),
        ],
        key: &["PatientGuid", "OrganisationGuid"],
        references: &[
            ORGANISATION,
            reference(&["UsualGpUserInRoleGuid"], "Admin_UserInRole", &["UserInRoleGuid"]),
            reference(
                &["ExternalUsualGPOrganisation"],
                "Admin_Organisation",
                &["OrganisationGuid"],
            ),
        ],
    },
    Table {
        name: "Admin_PatientHistory",
        role: None,
        columns: &[
            must_identify("PatientGuid", Guid),
            must("OrganisationGuid", Guid),
            must_personal("HistoryDate", Date),
            must_personal("HistoryTime", Time),
            may_personal("StatusDescription", Text(100)),
            must("ProcessingId", Count(INT)),
        ],
        key: &[],
        references: &[PATIENT],
    },
    Table {
        name: "Admin_UserInRole",
        role: Some("reference"),
        columns: &[
            must_personal("UserInRoleGuid", Guid),
            must("OrganisationGuid", Guid),
            may_personal("Title", Text(50)),
            may_personal("GivenName", Text(108)),
            may_personal("Surname", Text(100)),
            must("JobCategoryCode", Text(5)),
            must("JobCategoryName", Text(100)),
            must_personal("ContractStartDate", Date),
            may_personal("ContractEndDate", Date),
            may_personal("RegistrationNumber", Text(50)),
            must("ProcessingId", Count(INT)),
        ],
        key: &["UserInRoleGuid"],
        references: &[ORGANISATION],
    },
    Table {
        name: "Agreements_SharingOrganisation",
        role: Some("reference"),
        columns: &[
            must("OrganisationGuid", Guid),
            must("IsActivated", Boolean),
            must("LastModifiedDate", DateTime),
            must("Disabled", Boolean),
            must("Deleted", Boolean),
        ],
        key: &["OrganisationGuid"],
        references: &[ORGANISATION],
    },
    Table {
        name: "Appointment_Session",
        role: Some("appointment"),
        columns: &[
            must("AppointmentSessionGuid", Guid),
            must("Description", Text(100)),
            must("LocationGuid", Guid),
            must("SessionTypeDescription", Text(50)),
            must("SessionCategoryDisplayName", Text(100)),
            must("StartDate", Date),
            must("StartTime", Time),
            must("EndDate", Date),
            must("EndTime", Time),
            must("Private", Boolean),
            must("OrganisationGuid", Guid),
            must("Deleted", Boolean),
            must("ProcessingId", Count(INT)),
        ],
        key: &["AppointmentSessionGuid", "OrganisationGuid"],
        references: &[
            ORGANISATION,
            reference(&["LocationGuid"], "Admin_Location", &["LocationGuid"]),
        ],
    },
    Table {
        name: "Appointment_SessionUser",
        role: Some("appointment"),
        columns: &[
            must("SessionGuid", Guid),
            must("UserInRoleGuid", Guid),
            must("Deleted", Boolean),
            must("ProcessingId", Count(INT)),
        ],
        key: &["SessionGuid", "UserInRoleGuid"],
        references: &[
            reference(&["SessionGuid"], "Appointment_Session", &["AppointmentSessionGuid"]),
            USER,
        ],
    },
    Table {
        name: "Appointment_Slot",
        role: Some("appointment"),
        columns: &[
            must_personal("SlotGuid", Guid),
            must_personal("AppointmentDate", Date),
            must_personal("AppointmentStartTime", Time),
            must_personal("PlannedDurationInMinutes", Count(32_767)),
            may_identify("PatientGuid", Guid),
            may_personal("SendInTime", Time),
            may_personal("LeftTime", Time),
            may_personal("DidNotAttend", Boolean),
            may_personal("PatientWaitInMin", Count(INT)),
            may_personal("AppointmentDelayInMin", Count(INT)),
            may_personal("ActualDurationInMinutes", Count(INT)),
            must("OrganisationGuid", Guid),
            must("SessionGuid", Guid),
            may_personal("DnaReasonCodeId", Integer),
            may_personal("BookedDate", Date),
            may_personal("BookedTime", Time),
            may("SlotStatus", Text(20)),
            may("SlotType", Text(100)),
            must("IsBookableOnline", Boolean),
            may("BookingMethod", Text(25)),
            may_personal("ExternalPatientGuid", Guid),
            may_personal("ExternalPatientOrganisation", Guid),
            may("ModeOfContact", Text(200)),
            must("IsBlocked", Boolean),
            may("ContextType", Text(200)),
            may("ServiceSetting", Text(200)),
            may("NationalSlotCategoryName", Text(200)),
            may("NationalSlotCategoryDescription", Text(900)),
            must("Deleted", Boolean),
            must("ProcessingId", Count(INT)),
        ],
        key: &["SlotGuid", "OrganisationGuid"],
        references: &[
            reference(&["PatientGuid"], "Admin_Patient", &["PatientGuid"]),
            ORGANISATION,
            reference(
                &["SessionGuid", "OrganisationGuid"],
                "Appointment_Session",
                &["AppointmentSessionGuid", "OrganisationGuid"],
            ),
            reference(&["DnaReasonCodeId"], "Coding_ClinicalCode", &["CodeId"]),
            reference(
                &["ExternalPatientOrganisation"],
                "Admin_Organisation",
                &["OrganisationGuid"],
            ),
        ],
    },
    Table {
        name: "Audit_PatientAudit",
        role: Some("audit-trail"),
        columns: &[
            must_personal("ItemGuid", Guid),
            must_identify("PatientGuid", Guid),
            must("OrganisationGuid", Guid),
            must_personal("ModifiedDate", Date),
            must_personal("ModifiedTime", Time),
            may_personal("UserInRoleGuid", Guid),
            must("ItemType", Choice(ITEM)),
            must("ModeType", Choice(MODE)),
            must("ProcessingId", Count(INT)),
        ],
        key: &[],
        references: &[PATIENT, USER],
    },
    Table {
        name: "Audit_RegistrationAudit",
        role: Some("audit-trail"),
        columns: &[
            must_identify("PatientGuid", Guid),
            must("OrganisationGuid", Guid),
            must_personal("ModifiedDate", Date),
            must_personal("ModifiedTime", Time),
            may_personal("UserInRoleGuid", Guid),
            must("ModeType", Choice(MODE)),
            must("ProcessingId", Count(INT)),
        ],
        key: &[],
        references: &[PATIENT, USER],
    },
    Table {
        name: "CareRecord_Consultation",
        role: Some("clinical"),
        columns: &[
            must_personal("ConsultationGuid", Guid),
            must_identify("PatientGuid", Guid),
            must("OrganisationGuid", Guid),
            may_personal("EffectiveDate", Date),
            must("EffectiveDatePrecision", Choice(PRECISION)),
            must_personal("EnteredDate", Date),
            may_personal("EnteredTime", Time),
            may_personal("ClinicianUserInRoleGuid", Guid),
            may_personal("EnteredByUserInRoleGuid", Guid),
            may_personal("AppointmentSlotGuid", Guid),
            may("ConsultationSourceTerm", Text(200)),
            may("ConsultationSourceCodeId", Integer),
            may("Complete", Boolean),
            may("ConsultationType", Text(200)),
            must("Deleted", Boolean),
            may("IsConfidential", Boolean),
            must("ProcessingId", Count(INT)),
        ],
        key: &["ConsultationGuid", "OrganisationGuid"],
        references: &[
            PATIENT,
            ORGANISATION,
            CLINICIAN,
            ENTERED_BY,
            reference(&["AppointmentSlotGuid"], "Appointment_Slot", &["SlotGuid"]),
            reference(&["ConsultationSourceCodeId"], "Coding_ClinicalCode", &["CodeId"]),
        ],
    },
    Table {
        name: "CareRecord_Diary",
        role: Some("clinical"),
        columns: &[
            must_personal("DiaryGuid", Guid),
            must_identify("PatientGuid", Guid),
            must("OrganisationGuid", Guid),
            may_personal("EffectiveDate", Date),
            must("EffectiveDatePrecision", Choice(PRECISION)),
            may_personal("EnteredDate", Date),
            may_personal("EnteredTime", Time),
            may_personal("ClinicianUserInRoleGuid", Guid),
            may_personal("EnteredByUserInRoleGuid", Guid),
            must("CodeId", Integer),
            must_personal("OriginalTerm", Text(200)),
            may_personal("DurationTerm", Text(50)),
            may_personal("LocationTypeDescription", Text(50)),
            must("Deleted", Boolean),
            may("IsConfidential", Boolean),
            must("IsActive", Boolean),
            must("IsComplete", Boolean),
            may_personal("ConsultationGuid", Guid),
            must("ProcessingId", Count(INT)),
        ],
        key: &["DiaryGuid", "OrganisationGuid"],
        references: &[PATIENT, ORGANISATION, CLINICIAN, ENTERED_BY, CODE, CONSULTATION],
    },
    Table {
        name: "CareRecord_Observation",
        role: Some("clinical"),
        columns: &[
            must_personal("ObservationGuid", Guid),
            must_identify("PatientGuid", Guid),
            must("OrganisationGuid", Guid),
            may_personal("EffectiveDate", Date),
            must("EffectiveDatePrecision", Choice(PRECISION)),
            must_personal("EnteredDate", Date),
            may_personal("EnteredTime", Time),
            must_personal("ClinicianUserInRoleGuid", Guid),
            must_personal("EnteredByUserInRoleGuid", Guid),
            may_personal("ParentObservationGuid", Guid),
            must("CodeId", Integer),
            may_personal("ProblemGuid", Guid),
            may_personal("ConsultationGuid", Guid),
            may_personal("Value", Number),
            may("NumericUnit", Text(60)),
            may("ObservationType", Text(20)),
            may_personal("NumericRangeLow", Number),
            may_personal("NumericRangeHigh", Number),
            may_personal("DocumentGuid", Guid),
            may_personal("Qualifiers", Text(8000)),
            must("Abnormal", Boolean),
            may_personal("AbnormalReason", Text(50)),
            must("Episode", Text(10)),
            must("Deleted", Boolean),
            must("IsConfidential", Boolean),
            must("ProcessingId", Count(INT)),
        ],
        key: &["ObservationGuid", "OrganisationGuid"],
        references: &[
            PATIENT,
            ORGANISATION,
            CLINICIAN,
            ENTERED_BY,
            reference(&["ParentObservationGuid"], "CareRecord_Observation", &["ObservationGuid"]),
            CODE,
            reference(&["ProblemGuid"], "CareRecord_Problem", &["ObservationGuid"]),
            CONSULTATION,
        ],
    },
    Table {
        name: "CareRecord_ObservationReferral",
        role: Some("clinical"),
        columns: &[
            must_personal("ObservationGuid", Guid),
            must_identify("PatientGuid", Guid),
            must("OrganisationGuid", Guid),
            may_personal("ReferralTargetOrganisationGuid", Guid),
            may("ReferralUrgency", Text(50)),
            may("ReferralServiceType", Text(100)),
            may("ReferralMode", Text(100)),
            may_personal("ReferralReceivedDate", Empty),
            may_personal("ReferralReceivedTime", Empty),
            may_personal("ReferralEndDate", Empty),
            may_personal("ReferralSourceId", Empty),
            may_personal("ReferralSourceOrganisationGuid", Empty),
            may_identify("ReferralUBRN", Text(12)),
            may_personal("ReferralReasonCodeId", Empty),
            may_personal("ReferringCareProfessionalStaffGroupCodeId", Empty),
            may_personal("ReferralEpisodeRTTMeasurementTypeId", Empty),
            may_personal("ReferralEpisodeClosureDate", Empty),
            may_personal("ReferralEpisodeDischargeLetterIssuedDate", Empty),
            may_personal("ReferralClosureReasonCodeId", Empty),
            must("TransportRequired", Boolean),
            must("ProcessingId", Count(INT)),
        ],
        key: &["ObservationGuid", "OrganisationGuid"],
        references: &[
            EXTENDS,
            PATIENT,
            reference(
                &["ReferralTargetOrganisationGuid"],
                "Admin_Organisation",
                &["OrganisationGuid"],
            ),
        ],
    },
    Table {
        name: "CareRecord_Problem",
        role: Some("clinical"),
        columns: &[
            must_personal("ObservationGuid", Guid),
            must_identify("PatientGuid", Guid),
            must("OrganisationGuid", Guid),
            may_personal("ParentProblemObservationGuid", Guid),
            must("Deleted", Boolean),
            may_personal("EndDate", Date),
            may("EndDatePrecision", Choice(PRECISION)),
            must_personal("ExpectedDuration", Count(32_767)),
            may_personal("LastReviewDate", Date),
            may("LastReviewDatePrecision", Choice(PRECISION)),
            may_personal("LastReviewUserInRoleGuid", Guid),
            may_personal("ParentProblemRelationship", Text(20)),
            must("ProblemStatusDescription", Choice(STATUS)),
            must("SignificanceDescription", Choice(SIGNIFICANCE)),
            must("ProcessingId", Count(INT)),
        ],
        key: &["ObservationGuid", "OrganisationGuid"],
        references: &[
            EXTENDS,
            PATIENT,
            reference(
                &["ParentProblemObservationGuid"],
                "CareRecord_Problem",
                &["ObservationGuid"],
            ),
            reference(&["LastReviewUserInRoleGuid"], "Admin_UserInRole", &["UserInRoleGuid"]),
        ],
    },
    Table {
        name: "Coding_ClinicalCode",
        role: Some("reference"),
        columns: &[
            must("CodeId", Integer),
            must("Term", Text(255)),
            may("ReadTermId", Text(200)),
            identifier(must("SnomedCTConceptId", Integer), SNOMED),
            identifier(must("SnomedCTDescriptionId", Integer), SNOMED),
            may("NationalCode", Text(50)),
            may("NationalCodeCategory", Text(100)),
            may("NationalDescription", Text(255)),
            must("EmisCodeCategoryDescription", Text(64)),
            may("ParentCodeID", Integer),
            must("ProcessingId", Count(INT)),
        ],
        key: &["CodeId"],
        references: &[reference(&["ParentCodeID"], "Coding_ClinicalCode", &["CodeId"])],
    },
    Table {
        name: "Coding_DrugCode",
        role: Some("reference"),
        columns: &[
            must("CodeId", Integer),
            must("Term", Text(255)),
            identifier(may("DmdProductCodeId", Integer), DMD),
            may("BNFChapterRef", Empty),
            must("ProcessingId", Count(INT)),
        ],
        key: &["CodeId"],
        references: &[],
    },
    Table {
        name: "Prescribing_DrugRecord",
        role: Some("clinical"),
        columns: &[
            must_personal("DrugRecordGuid", Guid),
            must_identify("PatientGuid", Guid),
            must("OrganisationGuid", Guid),
            may_personal("EffectiveDate", Date),
            must("EffectiveDatePrecision", Choice(PRECISION)),
            must_personal("EnteredDate", Date),
            may_personal("EnteredTime", Time),
            must_personal("ClinicianUserInRoleGuid", Guid),
            must_personal("EnteredByUserInRoleGuid", Guid),
            must("CodeId", Integer),
            must_personal("Dosage", Text(400)),
            must_personal("Quantity", Number),
            must("QuantityUnit", Text(60)),
            may_personal("ProblemObservationGuid", Guid),
            must("PrescriptionType", Choice(PRESCRIPTION)),
            must("IsActive", Boolean),
            may_personal("CancellationDate", Date),
            may_personal("NumberOfIssues", Count(255)),
            may_personal("NumberOfIssuesAuthorised", Count(255)),
            must("IsConfidential", Boolean),
            must("Deleted", Boolean),
            may_personal("ExpiryDate", DateTime),
            must("ProcessingId", Count(INT)),
        ],
        key: &["DrugRecordGuid", "OrganisationGuid"],
        references: &[PATIENT, ORGANISATION, CLINICIAN, ENTERED_BY, DRUG_CODE, PROBLEM],
    },
    Table {
        name: "Prescribing_IssueRecord",
        role: Some("clinical"),
        columns: &[
            must_personal("IssueRecordGuid", Guid),
            must_identify("PatientGuid", Guid),
            must("OrganisationGuid", Guid),
            must_personal("DrugRecordGuid", Guid),
            may_personal("EffectiveDate", Date),
            must("EffectiveDatePrecision", Choice(PRECISION)),
            must_personal("EnteredDate", Date),
            may_personal("EnteredTime", Time),
            must_personal("ClinicianUserInRoleGuid", Guid),
            must_personal("EnteredByUserInRoleGuid", Guid),
            must("CodeId", Integer),
            must_personal("Dosage", Text(400)),
            must_personal("Quantity", Number),
            must("QuantityUnit", Text(60)),
            may_personal("ProblemObservationGuid", Guid),
            must_personal("CourseDurationInDays", Count(INT)),
            must_personal("EstimatedNhsCost", Number),
            must("IsConfidential", Boolean),
            may_personal("EmisCode", Text(50)),
            may_identify("PatientMessage", Text(8000)),
            may_personal("ScriptPharmacyStamp", Text(255)),
            may_personal("Compliance", Number),
            may_personal("AverageCompliance", Number),
            must("IsPrescribedAsContraceptive", Boolean),
            must("IsPrivatelyPrescribed", Boolean),
            may_personal("PharmacyMessage", Text(8000)),
            may_personal("PharmacyText", Text(8000)),
            may_personal("ConsultationGuid", Guid),
            may_personal("ExpiryDate", Empty),
            may_personal("ReviewDate", DateTime),
            may("IssueMethodDescription", Text(100)),
            must("Deleted", Boolean),
            must("ProcessingId", Count(INT)),
        ],
        key: &["IssueRecordGuid", "OrganisationGuid"],
        references: &[
            PATIENT,
            ORGANISATION,
            reference(
                &["DrugRecordGuid", "OrganisationGuid"],
                "Prescribing_DrugRecord",
                &["DrugRecordGuid", "OrganisationGuid"],
            ),
            CLINICIAN,
            ENTERED_BY,
            DRUG_CODE,
            PROBLEM,
            CONSULTATION,
        ],
    },
];
