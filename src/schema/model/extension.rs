//! What Data Package lacks and the `handover` extension says (docs/schema.md). Names of fields and
//! resources are indices here too.

use super::Bound;
use crate::finding::Severity;
use crate::schema::value::{Date, Type, Value};
use std::collections::BTreeMap;

/// What an extract must hold according to NHS England's Data Migration standard (S26, DMI07).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Category {
    /// The patient records.
    Records,
    /// Who did what, when.
    AuditTrail,
    /// Letters and scanned documents.
    Documents,
    /// Images.
    Images,
    /// Tasks and messages.
    Tasks,
    /// Appointments.
    Appointments,
}

impl Category {
    /// All of them, in the standard's order.
    pub const ALL: [Self; 6] = [
        Self::Records,
        Self::AuditTrail,
        Self::Documents,
        Self::Images,
        Self::Tasks,
        Self::Appointments,
    ];

    /// As reports call it.
    pub fn title(self) -> &'static str {
        match self {
            Self::AuditTrail => "audit trail",
            other => other.name(),
        }
    }

    /// The property of the package's `handover` that declares it absent.
    pub fn name(self) -> &'static str {
        match self {
            Self::Records => "records",
            Self::AuditTrail => "auditTrail",
            Self::Documents => "documents",
            Self::Images => "images",
            Self::Tasks => "tasks",
            Self::Appointments => "appointments",
        }
    }
}

/// What the documentation of an extract must state: DMI02 ① to ⑫ of the same standard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Topic {
    /// ① The physical data.
    PhysicalData,
    /// ② The logical model, with relationships and keys.
    LogicalModel,
    /// ③ How the physical data map to the logical model.
    Mapping,
    /// ④ Units of measure.
    Units,
    /// ⑤ The meaning of coded values.
    Codes,
    /// ⑥ Business rules and logic needed to import.
    BusinessRules,
    /// ⑦ Exceptional or specific handling.
    Exceptions,
    /// ⑧ Rules for data that the source derives and does not include.
    Derivations,
    /// ⑨ Data that are left out.
    Exclusions,
    /// ⑩ Checks that the target must run.
    Checks,
    /// ⑪ Documents that support rebuilding the solution.
    Reconstitution,
    /// ⑫ The format of the extract.
    Format,
}

impl Topic {
    /// All of them, in the standard's order.
    pub const ALL: [Self; 12] = [
        Self::PhysicalData,
        Self::LogicalModel,
        Self::Mapping,
        Self::Units,
        Self::Codes,
        Self::BusinessRules,
        Self::Exceptions,
        Self::Derivations,
        Self::Exclusions,
        Self::Checks,
        Self::Reconstitution,
        Self::Format,
    ];

    /// Its property within `documentation`.
    pub fn name(self) -> &'static str {
        match self {
            Self::PhysicalData => "physicalData",
            Self::LogicalModel => "logicalModel",
            Self::Mapping => "mapping",
            Self::Units => "units",
            Self::Codes => "codes",
            Self::BusinessRules => "businessRules",
            Self::Exceptions => "exceptions",
            Self::Derivations => "derivations",
            Self::Exclusions => "exclusions",
            Self::Checks => "checks",
            Self::Reconstitution => "reconstitution",
            Self::Format => "format",
        }
    }

    /// Its number in DMI02, from 1 (①) to 12 (⑫).
    pub fn number(self) -> usize {
        self as usize + 1
    }
}

/// `handover.documentation`: what is stated, topic by topic. Each text is prose, or says where a
/// document stands.
pub type Documentation = BTreeMap<Topic, Vec<String>>;

/// `handover.role` of a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// One row per registered patient.
    Patient,
    /// Who did what, when.
    AuditTrail,
    /// Codes, users, organisations.
    Reference,
    /// Clinical entries.
    Clinical,
    /// Appointments and slots.
    Appointment,
    /// Tasks and messages.
    Task,
    /// Letters and scanned documents.
    Document,
    /// Images.
    Image,
}

impl Role {
    /// The part of the extract that a resource of this role belongs to; `None` for reference data.
    pub fn category(self) -> Option<Category> {
        match self {
            Self::Patient | Self::Clinical => Some(Category::Records),
            Self::AuditTrail => Some(Category::AuditTrail),
            Self::Document => Some(Category::Documents),
            Self::Image => Some(Category::Images),
            Self::Task => Some(Category::Tasks),
            Self::Appointment => Some(Category::Appointments),
            Self::Reference => None,
        }
    }
}

/// `handover.role` of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FieldRole {
    /// `patient`: the source system's identifier of the patient.
    Patient,
    /// `nhs-number`: the patient's NHS number.
    NhsNumber,
    /// `birth-date`: the patient's date of birth.
    BirthDate,
    /// `event-date`: when what the row tells happened.
    EventDate,
    /// `recorded-date`: when the row was entered.
    RecordedDate,
    /// `user`: who did it.
    User,
    /// `organisation`: whose it is.
    Organisation,
    /// `sequence`: rises by one from entry to entry.
    Sequence,
    /// `action`: what an audit entry says was done.
    Action,
    /// `item`: the identifier of what an audit entry is about.
    Item,
    /// `document`: names a payload file.
    Document,
}

/// `handover.mode`: what the rows of a resource are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// The whole content.
    Bulk,
    /// What changed since the delivery before.
    Delta,
}

/// A condition on one row: an object of field names, each with one value, a list of values, or null.
/// It holds where every field named has one of its values.
#[derive(Debug, Clone)]
pub struct Condition {
    /// One for each field named.
    pub tests: Vec<ValueTest>,
}

/// That a field of the row has one of some values.
#[derive(Debug, Clone)]
pub struct ValueTest {
    /// Index into the table's fields.
    pub field: usize,
    /// Whether null is one of them.
    pub null: bool,
    /// The others, compared by meaning: 7 is 007 in an integer field.
    pub values: Vec<Bound>,
}

impl ValueTest {
    /// Whether the cell, `None` where it is null, has one of the values; `kind` is its field's type.
    pub fn holds(&self, kind: &Type, cell: Option<&str>) -> bool {
        let Some(cell) = cell else { return self.null };
        if self.values.iter().any(|value| value.text == cell) {
            return true;
        }
        match kind {
            Type::Any => false,
            _ => {
                kind.read(cell).is_ok_and(|found| self.values.iter().any(|one| one.value == found))
            }
        }
    }
}

/// An item of `handover.references`: a foreign key of the rows for which `when` holds.
#[derive(Debug, Clone)]
pub struct ConditionalReference {
    /// The rows concerned.
    pub when: Condition,
    /// Indices into this table's fields.
    pub fields: Vec<usize>,
    /// Index of the referenced resource.
    pub resource: usize,
    /// Indices into the referenced table's fields, as many as `fields`.
    pub reference: Vec<usize>,
    /// Of a row without its parent. Default: the catalogue's.
    pub severity: Option<Severity>,
}

/// An item of `handover.patientVia`: what leads from a row to its patient. The table led to is the
/// one whose role is `patient`, or has a `patientVia` itself; together they form no circle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PatientVia {
    /// Index into the table's foreign keys.
    ForeignKey(usize),
    /// Indices into the table's conditional references: that whose condition holds.
    References(Vec<usize>),
}

/// An item of `handover.controlTotals`: the declared sum of a field over all data rows.
#[derive(Debug, Clone)]
pub struct ControlTotal {
    /// Index into the table's fields: a number or integer.
    pub field: usize,
    /// The sum.
    pub sum: Bound,
}

/// `handover.severity`: how grave it is where what a property declares does not hold, by the
/// property's name: `maxLength`, `primaryKey`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Severities(pub BTreeMap<&'static str, Severity>);

impl Severities {
    /// Properties that a field's `severity` may name.
    pub const OF_FIELD: [&str; 14] = [
        "type",
        "required",
        "requiredUnlessDeleted",
        "unique",
        "minLength",
        "maxLength",
        "minimum",
        "maximum",
        "exclusiveMinimum",
        "exclusiveMaximum",
        "pattern",
        "enum",
        "jsonSchema",
        "rdfType",
    ];

    /// Properties that a resource's `severity` may name.
    pub const OF_RESOURCE: [&str; 5] =
        ["fieldsMatch", "primaryKey", "uniqueKeys", "rowCount", "controlTotals"];

    /// The severity declared for a property.
    pub fn of(&self, property: &str) -> Option<Severity> {
        self.0.get(property).copied()
    }
}

/// An item of `handover.otherNames`: a label accepted in place of the field's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtherName {
    /// The label.
    pub name: String,
    /// The versions of the source system that write it; empty: not said.
    pub versions: Vec<String>,
}

/// `handover.unit`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unit {
    /// The same for all rows, best as UCUM has it: `kg`, `mm[Hg]`.
    Fixed(String),
    /// Told by another field of the row: its index.
    Field(usize),
}

/// `handover.precision` of a date: which field of the row tells how exact it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Precision {
    /// Index into the table's fields.
    pub field: usize,
    /// That field's codes and what they mean. Default: EMIS's U, Y, YM, YMD, YMDT.
    pub codes: Vec<(String, DatePrecision)>,
}

/// How exact a date is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DatePrecision {
    /// `unknown`: the date says nothing.
    Unknown,
    /// `year`
    Year,
    /// `month`
    Month,
    /// `day`
    Day,
    /// `time`
    Time,
}

/// `handover.dates`: what is looked for in dates beyond their form. `None`: not looked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DateChecks {
    /// `future`: dates after the day of the check.
    pub future: Option<Severity>,
    /// `beforeBirth`: dates before the patient's birth.
    pub before_birth: Option<Severity>,
    /// `sentinels`: dates that stand for "not known": no date is there then.
    pub sentinels: Vec<Date>,
}

impl DateChecks {
    /// Whether a day stands for "not known".
    pub fn is_named(&self, day: Date) -> bool {
        self.sentinels.contains(&day)
    }

    /// Whether a value of a date or datetime field stands for "not known".
    pub fn is_sentinel(&self, value: &Value) -> bool {
        match value {
            Value::Date(date) => self.is_named(*date),
            Value::Datetime(moment) => {
                let day = moment.seconds.div_euclid(86_400);
                self.sentinels.iter().any(|date| date.days() == day)
            }
            _ => false,
        }
    }
}
