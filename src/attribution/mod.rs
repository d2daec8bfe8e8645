//! Whose a row is: the declared ways from a row to its patient, followed through any number of
//! tables.
//!
//! A *way* is a foreign key, or a conditional one, that leads to the patients' table or to a table
//! that has a way itself. Of the ways that a table declares, the first that a row fills decides. A
//! row whose way leads to the patients' own key needs no more than the hash of its cells; the others
//! wait until all is read, and are joined level by level: a table comes after those that its ways
//! lead to (`resolve`). It makes no difference in which order the files are read.
//!
//! **Invariant:** a row is given to a patient only if exactly one patient is found for it. All
//! others are counted, never guessed.

mod birth;
mod gather;
mod memory;
mod resolve;

pub use birth::{Early, Found as EarlyDates, Spot};
pub use gather::{Conflict, Counts, Gatherer, Patient};
pub use resolve::{Attributed, resolve};

use crate::proof::list::Day;
use crate::schema::value::{Type, Value};
use crate::schema::{Condition, Field, FieldRole, PatientVia, Role, Schema, Table};
use jiff::tz::TimeZone;
use siphasher::sip128::{Hasher128, SipHasher13};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::hash::Hasher;

/// A keyed hash that stands for a key.
pub type KeyHash = [u8; 16];

/// The cells of a row, by declared field.
pub trait Cells {
    /// The value of a field; `None` where it is null, absent, or no text.
    fn value(&self, field: usize) -> Option<Cow<'_, str>>;

    /// A number for the value: cells of a field that have the same number, in the same block, have
    /// the same value. `None` where nothing is known.
    fn mark(&self, field: usize) -> Option<u32> {
        let _ = field;
        None
    }
}

/// How the rows of every table are attributed.
#[derive(Debug)]
pub struct Plan<'s> {
    key: [u8; 16],
    schema: &'s Schema,
    tables: Vec<Option<TablePlan>>,
    levels: usize,
    /// The set of keys that stand for a patient.
    identity: Option<u16>,
    /// The sets of keys that ways lead to, save the one that stands for a patient.
    led_to: BTreeSet<u16>,
    compared: birth::Compared,
}

/// How the rows of one table are attributed.
#[derive(Debug, Clone)]
pub struct TablePlan {
    /// Index of the resource.
    pub resource: u32,
    /// Whose its rows are.
    pub kind: Kind,
    /// The ways to the patient; the first that a row fills decides.
    pub ways: Vec<Way>,
    /// Keys by which other tables refer to its rows. Of the patients' table the first is the one
    /// that stands for the patient.
    pub own: Vec<KeySet>,
    /// Its references to tables whose rows are no patient's: number of the resource, and the key.
    pub references: Vec<(u32, Way)>,
    level: usize,
    /// The field of the event date.
    pub event: Option<usize>,
    /// The field of the recorded date.
    pub recorded: Option<usize>,
    /// The field of the patient's identifier, in the patients' table.
    pub id: Option<usize>,
    /// The field of the NHS number, in the patients' table.
    pub nhs_number: Option<usize>,
}

/// Whose the rows of a table are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Each row is a patient.
    Patients,
    /// Each row is some patient's.
    Attributed,
    /// No row is a patient's: codes, users, organisations.
    Reference,
}

/// Fields that together are a key, and the set of keys in which they are one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeySet {
    set: u16,
    /// Indices of the table's fields.
    pub fields: Vec<usize>,
    as_text: bool,
}

/// A way to another table.
#[derive(Debug, Clone)]
pub struct Way {
    /// The fields here, and the set of keys there.
    pub key: KeySet,
    /// The rows that have it; all, unless given.
    pub when: Option<Condition>,
}

/// Numbers for sets of keys: of which resource, which fields, whether compared as text.
#[derive(Default)]
struct Sets(BTreeMap<(usize, Vec<usize>, bool), u16>);

impl Sets {
    fn number(&mut self, resource: usize, fields: &[usize], as_text: bool) -> u16 {
        let next = u16::try_from(self.0.len()).unwrap_or(u16::MAX);
        *self.0.entry((resource, fields.to_vec(), as_text)).or_insert(next)
    }
}

/// A foreign key or a conditional one, as declared.
struct Reference<'s> {
    fields: &'s [usize],
    resource: usize,
    to: &'s [usize],
    when: Option<&'s Condition>,
}

fn references(table: &Table) -> impl Iterator<Item = Reference<'_>> {
    let keys = table.foreign_keys.iter().map(|key| Reference {
        fields: &key.fields,
        resource: key.resource,
        to: &key.reference,
        when: None,
    });
    let some = table.references.iter().map(|key| Reference {
        fields: &key.fields,
        resource: key.resource,
        to: &key.reference,
        when: Some(&key.when),
    });
    keys.chain(some)
}

/// The ways of a table, as declared.
fn ways(table: &Table) -> Vec<Reference<'_>> {
    let all: Vec<Reference<'_>> = references(table).collect();
    let keys = table.foreign_keys.len();
    let mut wanted: Vec<usize> = Vec::new();
    for via in &table.patient_via {
        match via {
            PatientVia::ForeignKey(number) => wanted.push(*number),
            PatientVia::References(numbers) => wanted.extend(numbers.iter().map(|n| keys + n)),
        }
    }
    let mut all: Vec<Option<Reference<'_>>> = all.into_iter().map(Some).collect();
    wanted.into_iter().filter_map(|at| all.get_mut(at)?.take()).collect()
}

impl<'s> Plan<'s> {
    /// Lays out the attribution that a schema declares; `key` is that of the key hashes.
    pub fn new(schema: &'s Schema, key: [u8; 16]) -> Self {
        let tables: Vec<Option<&Table>> =
            schema.resources.iter().map(|resource| resource.table.as_ref()).collect();
        let table = |number: usize| tables.get(number).copied().flatten();
        let patients = schema
            .resources
            .iter()
            .position(|resource| resource.role == Some(Role::Patient) && resource.table.is_some());
        let mut sets = Sets::default();
        let mut plans: Vec<Option<TablePlan>> = Vec::new();
        // The key that most tables use stands for a patient: their rows need no join.
        let identity = patients.and_then(|patients| {
            let mut uses: BTreeMap<(Vec<usize>, bool), usize> = BTreeMap::new();
            for table in tables.iter().flatten() {
                for way in ways(table).iter().filter(|way| way.resource == patients) {
                    let as_text = is_text(table, way.fields, tables[patients]?, way.to);
                    *uses.entry((way.to.to_vec(), as_text)).or_default() += 1;
                }
            }
            let most = uses.into_iter().max_by_key(|(_, count)| *count).map(|(key, _)| key);
            let table = table(patients)?;
            let own = || match table.primary_key.as_slice() {
                [] => table
                    .field_with(FieldRole::Patient)
                    .or(table.field_with(FieldRole::NhsNumber))
                    .map(|field| vec![field]),
                key => Some(key.to_vec()),
            };
            most.or_else(|| Some((own()?, false)))
        });
        let identity = identity.zip(patients).map(|((fields, as_text), patients)| KeySet {
            set: sets.number(patients, &fields, as_text),
            fields,
            as_text,
        });
        for (number, resource) in schema.resources.iter().enumerate() {
            let plan = resource.table.as_ref().map(|own| {
                let key = |reference: &Reference<'_>, sets: &mut Sets| {
                    let as_text = table(reference.resource)
                        .is_none_or(|to| is_text(own, reference.fields, to, reference.to));
                    Way {
                        key: KeySet {
                            set: sets.number(reference.resource, reference.to, as_text),
                            fields: reference.fields.to_vec(),
                            as_text,
                        },
                        when: reference.when.cloned(),
                    }
                };
                let declared = ways(own);
                let kind = match (&identity, patients) {
                    (Some(_), Some(patients)) if patients == number => Kind::Patients,
                    (Some(_), _) if !declared.is_empty() => Kind::Attributed,
                    _ if matches!(
                        resource.role,
                        Some(Role::AuditTrail | Role::Clinical | Role::Patient)
                    ) =>
                    {
                        Kind::Attributed
                    }
                    _ => Kind::Reference,
                };
                let ways: Vec<Way> = match kind {
                    Kind::Attributed => declared.iter().map(|way| key(way, &mut sets)).collect(),
                    _ => Vec::new(),
                };
                let references = references(own)
                    .filter(|reference| Some(reference.resource) != patients)
                    .map(|reference| (reference.resource as u32, key(&reference, &mut sets)))
                    .collect();
                TablePlan {
                    resource: number as u32,
                    kind,
                    ways,
                    own: Vec::new(),
                    references,
                    level: 0,
                    event: own.field_with(FieldRole::EventDate),
                    recorded: own.field_with(FieldRole::RecordedDate),
                    id: own
                        .field_with(FieldRole::Patient)
                        .or(identity.as_ref().and_then(|key| key.fields.first().copied())),
                    nhs_number: own.field_with(FieldRole::NhsNumber),
                }
            });
            plans.push(plan);
        }
        // Every set of keys that something refers to is given by the rows of its table.
        for ((resource, fields, as_text), set) in &sets.0 {
            if let Some(Some(plan)) = plans.get_mut(*resource) {
                plan.own.push(KeySet { set: *set, fields: fields.clone(), as_text: *as_text });
            }
        }
        if let (Some(identity), Some(Some(plan))) =
            (&identity, patients.and_then(|patients| plans.get_mut(patients)))
        {
            plan.own.sort_by_key(|key| key.set != identity.set);
        }
        let of_set: BTreeMap<u16, usize> =
            sets.0.iter().map(|((resource, ..), set)| (*set, *resource)).collect();
        let levels = levels(&plans, &of_set, identity.as_ref().map(|key| key.set));
        for (plan, level) in plans.iter_mut().zip(&levels) {
            if let Some(plan) = plan {
                plan.level = *level;
            }
        }
        let kinds: Vec<Option<Kind>> =
            plans.iter().map(|plan| plan.as_ref().map(|plan| plan.kind)).collect();
        for plan in plans.iter_mut().flatten() {
            plan.references.retain(|(to, _)| {
                kinds.get(*to as usize).copied().flatten() == Some(Kind::Reference)
            });
        }
        let levels = levels.into_iter().max().unwrap_or(0);
        let sets = plans.iter().flatten().flat_map(|plan| &plan.ways).map(|way| way.key.set);
        let identity = identity.map(|key| key.set);
        let led_to = sets.filter(|set| Some(*set) != identity).collect();
        let compared = birth::Compared::of(&tables, &plans);
        Self { key, schema, tables: plans, levels, identity, led_to, compared }
    }

    /// How the rows of a resource are attributed; `None` where it is no table.
    pub fn table(&self, resource: u32) -> Option<&TablePlan> {
        self.tables.get(resource as usize)?.as_ref()
    }

    /// The patients' table.
    pub fn patients(&self) -> Option<&TablePlan> {
        self.tables.iter().flatten().find(|plan| plan.kind == Kind::Patients)
    }

    /// The declared table of a resource.
    pub fn declared(&self, resource: u32) -> Option<&'s Table> {
        self.schema.resources.get(resource as usize)?.table.as_ref()
    }

    /// Whether some table has two ways, which may disagree.
    pub fn can_disagree(&self) -> bool {
        self.tables.iter().flatten().any(|plan| plan.ways.len() > 1)
    }

    /// Whether some rows lead to their patient through other rows.
    pub fn has_steps(&self) -> bool {
        self.levels > 1
    }

    /// Whether dates are compared with the patient's birth.
    pub fn compares_births(&self) -> bool {
        self.compared.any()
    }

    /// Whether dates should be compared with the patient's birth, and that is nowhere told.
    pub fn lacks_births(&self) -> bool {
        self.compared.lacks_births()
    }

    /// Whether the rows of a table tell anything of ways that disagree, or have several steps.
    fn is_on_a_way(&self, table: &TablePlan) -> bool {
        let is_led_to = table.own.iter().any(|key| self.led_to.contains(&key.set));
        table.ways.len() > 1 || table.level > 1 || is_led_to
    }

    /// The hash of a key; `None` where a part is null or not of its type.
    pub fn hash(&self, table: &Table, key: &KeySet, cells: &impl Cells) -> Option<KeyHash> {
        self.hash_with(&mut Vec::new(), table, key, cells)
    }

    /// The same, with room for the forms of values.
    fn hash_with(
        &self,
        form: &mut Vec<u8>,
        table: &Table,
        key: &KeySet,
        cells: &impl Cells,
    ) -> Option<KeyHash> {
        let mut bytes = [0_u8; 256];
        let mut hasher = SipHasher13::new_with_key(&self.key);
        hasher.write(&key.set.to_be_bytes());
        for &number in &key.fields {
            let field = table.fields.get(number)?;
            let value = cells.value(number)?;
            if is_null_reference(field, &value) {
                return None;
            }
            let text = match key.as_text {
                true => value.as_bytes(),
                false => {
                    form.clear();
                    field.kind.key_form(&value, form).ok()?;
                    form.as_slice()
                }
            };
            // One call for each part: most are short.
            match bytes.get_mut(4..4 + text.len()) {
                Some(room) => {
                    room.copy_from_slice(text);
                    bytes[..4].copy_from_slice(&(text.len() as u32).to_be_bytes());
                    hasher.write(&bytes[..4 + text.len()]);
                }
                None => {
                    hasher.write(&(text.len() as u32).to_be_bytes());
                    hasher.write(text);
                }
            }
        }
        Some(hasher.finish128().as_u128().to_be_bytes())
    }

    /// The hash of the key that a way leads to, where the row has it.
    pub fn follow(&self, table: &Table, way: &Way, cells: &impl Cells) -> Option<KeyHash> {
        way.is_of(table, cells).then(|| self.hash(table, &way.key, cells))?
    }
}

impl Way {
    /// Whether a row has it, its key aside.
    fn is_of(&self, table: &Table, cells: &impl Cells) -> bool {
        let Some(when) = &self.when else { return true };
        when.tests.iter().all(|test| {
            let value = cells.value(test.field);
            let field = table.fields.get(test.field);
            field.is_some_and(|field| test.holds(&field.kind, value.as_deref()))
        })
    }
}

fn is_null_reference(field: &Field, value: &str) -> bool {
    field.null_references.has(&field.kind, value)
}

/// Whether two tuples of fields can be compared as text only.
fn is_text(own: &Table, fields: &[usize], other: &Table, to: &[usize]) -> bool {
    !fields.iter().zip(to).all(|(&a, &b)| match (own.fields.get(a), other.fields.get(b)) {
        (Some(a), Some(b)) => a.kind.family() == b.kind.family(),
        _ => false,
    })
}

/// The level of each table: 0 for the patients', 1 where all ways lead to the key that stands for a
/// patient, else one more than the highest that a way leads to.
fn levels(
    plans: &[Option<TablePlan>],
    of_set: &BTreeMap<u16, usize>,
    identity: Option<u16>,
) -> Vec<usize> {
    let mut levels: Vec<usize> = plans
        .iter()
        .map(|plan| usize::from(plan.as_ref().is_some_and(|plan| plan.kind == Kind::Attributed)))
        .collect();
    // A descriptor in which ways form a circle is refused; so this ends after one round for each.
    for _ in 0..plans.len() {
        for (number, plan) in plans.iter().enumerate() {
            let Some(plan) = plan else { continue };
            for way in plan.ways.iter().filter(|way| Some(way.key.set) != identity) {
                let to = of_set.get(&way.key.set).and_then(|&to| levels.get(to)).copied();
                let least = to.unwrap_or(0).max(1) + 1;
                if let Some(level) = levels.get_mut(number) {
                    *level = (*level).max(least.min(plans.len() + 1));
                }
            }
        }
    }
    levels
}

/// The day of a date or a moment. What tells no day (a year, a month, a text) is none, so that its
/// row is always shown. A moment with a zone is taken as the day that it was in London.
pub fn day(kind: &Type, cell: &str) -> Day {
    match kind {
        Type::Date(_) => kind.day(cell).map_or(Day::NONE, |date| Day::from_epoch(date.days())),
        Type::Datetime(_) => kind.read(cell).map_or(Day::NONE, |value| day_of(&value)),
        _ => Day::NONE,
    }
}

/// The day of a value, as [`day`].
fn day_of(value: &Value) -> Day {
    match value {
        Value::Date(date) => Day::from_epoch(date.days()),
        Value::Datetime(moment) if moment.zoned => london(moment.seconds),
        Value::Datetime(moment) => Day::from_epoch(moment.seconds.div_euclid(86_400)),
        _ => Day::NONE,
    }
}

/// The day that it was in London.
fn london(seconds: i64) -> Day {
    static ZONE: std::sync::OnceLock<Option<TimeZone>> = std::sync::OnceLock::new();
    let zone = ZONE.get_or_init(|| TimeZone::get("Europe/London").ok());
    match (zone, jiff::Timestamp::from_second(seconds)) {
        (Some(zone), Ok(moment)) => Day::from_date(moment.to_zoned(zone.clone()).date()),
        _ => Day::NONE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_those_of_london() {
        let kind = Type::datetime("default").unwrap();
        for (cell, expected) in [
            // Summer time: half past eleven in the evening UTC is the next day in London.
            ("2023-06-30T23:30:00Z", "2023-07-01"),
            ("2023-01-31T23:30:00Z", "2023-01-31"),
            ("2023-03-26T00:59:59Z", "2023-03-26"),
            ("1970-06-30T23:30:00Z", "1970-07-01"),
            ("2023-06-30T23:30:00", "2023-06-30"),
            ("2024-02-29T00:00:00", "2024-02-29"),
            ("2024-02-29T23:59:59", "2024-02-29"),
        ] {
            assert_eq!(day(&kind, cell).text().as_deref(), Some(expected), "{cell}");
        }
        assert_eq!(day(&kind, "2023"), Day::NONE);
        assert_eq!(day(&Type::Any, "2023-01-01"), Day::NONE);
        assert_eq!(day(&Type::date("default").unwrap(), "2023-02-29"), Day::NONE);
        assert_eq!(
            day(&Type::date("%d %b %Y").unwrap(), "29 Feb 2024").text().as_deref(),
            Some("2024-02-29")
        );
    }
}
