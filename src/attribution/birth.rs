//! Dates before the patient's birth, where the schema asks for them.
//!
//! Each date that is to be compared gives a record under the hash of what leads from its row to the
//! patient, each patient a record with the day of birth. Both are joined after the read, partition by
//! partition; dates of rows that lead to their patient through other rows are first given the
//! patient's hash. A date is before the birth only if it is so as far as both are exact.

use super::gather::{KEY, NOTHING, record};
use super::memory::Memory;
use super::{Cells, KeyHash, Kind, Plan, TablePlan, day_of};
use crate::error::Result;
use crate::proof::list::Day;
use crate::schema::value::{Date, Type, Value};
use crate::schema::{DatePrecision, Field, FieldRole, Table};
use crate::spill::PARTITIONS;
use crate::spill::sorted::{self, Sorted};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Patient, first day that may be that of the birth.
const BIRTH: usize = 16 + 4;

/// What leads to the patient; resource, field; last day that the date may mean; block, place in it.
const DATE: usize = 16 + 4 + 2 + 4 + 4 + 8;

/// Where a row stands: number of its block, and the place in it. Nothing here knows what they mean,
/// save their order.
pub type Spot = (u32, u64);

/// What is found of one field: resource, and the field in it.
pub type Early = BTreeMap<(u32, usize), Found>;

/// Dates of one field.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// How many are before the patient's birth.
    pub count: u64,
    /// The first of them, at most [`Found::KEPT`].
    pub first: BTreeSet<Spot>,
    /// The last of them.
    pub last: Option<Spot>,
    /// How many are of a patient whose birth is not known.
    pub unknown: u64,
}

impl Found {
    /// How many places are kept.
    pub const KEPT: usize = 10_000;

    fn add(&mut self, spot: Spot) {
        self.count += 1;
        self.last = self.last.max(Some(spot));
        self.first.insert(spot);
        if self.first.len() > Self::KEPT {
            self.first.pop_last();
        }
    }

    fn merge(&mut self, other: Self) {
        self.count += other.count;
        self.unknown += other.unknown;
        self.last = self.last.max(other.last);
        self.first.extend(other.first);
        while self.first.len() > Self::KEPT {
            self.first.pop_last();
        }
    }
}

/// What is compared, of all tables.
#[derive(Debug, Default)]
pub(super) struct Compared {
    /// The field with the birth date, in the patients' table.
    birth: Option<usize>,
    /// For each resource: the fields whose dates are compared.
    fields: Vec<Vec<usize>>,
}

impl Compared {
    pub(super) fn of(tables: &[Option<&Table>], plans: &[Option<TablePlan>]) -> Self {
        let patients = plans.iter().zip(tables).find_map(|(plan, table)| {
            let is_patients = plan.as_ref().is_some_and(|plan| plan.kind == Kind::Patients);
            table.filter(|_| is_patients)
        });
        let fields = |(plan, table): (&Option<TablePlan>, &Option<&Table>)| -> Vec<usize> {
            let is_someones = plan.as_ref().is_some_and(|plan| plan.kind != Kind::Reference);
            let fields = table.iter().flat_map(|table| table.fields.iter().enumerate());
            fields
                .filter(|(_, field)| is_someones && is_compared(field))
                .map(|(number, _)| number)
                .collect()
        };
        Self {
            birth: patients.and_then(|table| table.field_with(FieldRole::BirthDate)),
            fields: plans.iter().zip(tables).map(fields).collect(),
        }
    }

    /// Whether the patients' births are not told, and are wanted.
    pub(super) fn lacks_births(&self) -> bool {
        self.birth.is_none() && self.fields.iter().any(|fields| !fields.is_empty())
    }

    /// Whether anything is compared.
    pub(super) fn any(&self) -> bool {
        self.birth.is_some() && self.fields.iter().any(|fields| !fields.is_empty())
    }

    fn of_table(&self, resource: u32) -> &[usize] {
        self.fields.get(resource as usize).map(Vec::as_slice).unwrap_or_default()
    }
}

/// Whether the dates of a field are looked at.
fn is_compared(field: &Field) -> bool {
    field.dates.before_birth.is_some()
        && field.role != Some(FieldRole::BirthDate)
        && matches!(field.kind, Type::Date(_) | Type::Datetime(_))
}

/// One worker's dates.
#[derive(Debug)]
pub(super) struct Dates {
    births: Sorted<BIRTH>,
    /// Under the hash of the patient.
    near: Sorted<DATE>,
    /// Under the hash of another row's key.
    far: Sorted<DATE>,
}

impl Dates {
    pub(super) fn new(memory: usize, folder: &Path) -> Self {
        let share = memory / 4;
        Self {
            births: Sorted::new(share, folder.to_owned()),
            near: Sorted::new(share * 2, folder.to_owned()),
            far: Sorted::new(share, folder.to_owned()),
        }
    }

    /// Takes the dates of a row.
    ///
    /// # Errors
    /// Where temporary files cannot be written.
    pub(super) fn row(
        &mut self,
        (plan, table): (&Plan<'_>, &TablePlan),
        memory: &mut Memory,
        spot: &mut dyn FnMut() -> Spot,
        cells: &impl Cells,
    ) -> Result<()> {
        let Some(declared) = plan.declared(table.resource) else { return Ok(()) };
        let fields = plan.compared.of_table(table.resource);
        let is_patient = table.kind == Kind::Patients;
        if fields.is_empty() && !is_patient {
            return Ok(());
        }
        let Some((hash, is_near)) = owner((plan, table), memory, declared, cells) else {
            return Ok(());
        };
        if let Some(field) = plan.compared.birth.filter(|_| is_patient)
            && let Some((first, _)) = days(declared, field, cells)
        {
            self.births.push(record(&[&hash, &first.0.to_be_bytes()]))?;
        }
        for &number in fields {
            let Some((_, last)) = days(declared, number, cells) else { continue };
            let spot = spot();
            let date = record(&[
                &hash,
                &table.resource.to_be_bytes(),
                &(number as u16).to_be_bytes(),
                &last.0.to_be_bytes(),
                &spot.0.to_be_bytes(),
                &spot.1.to_be_bytes(),
            ]);
            if is_near { self.near.push(date)? } else { self.far.push(date)? }
        }
        Ok(())
    }
}

/// The hash of what leads from a row to its patient, and whether it is that of the patient.
fn owner(
    (plan, table): (&Plan<'_>, &TablePlan),
    memory: &mut Memory,
    declared: &Table,
    cells: &impl Cells,
) -> Option<(KeyHash, bool)> {
    if table.kind == Kind::Patients {
        return Some((memory.hash(plan, declared, table.own.first()?, cells)?, true));
    }
    table.ways.iter().find_map(|way| {
        let hash = memory.follow(plan, declared, way, cells)?;
        Some((hash, Some(way.key.set) == plan.identity))
    })
}

/// The first and the last day that a date may mean; `None` where it means none.
fn days(declared: &Table, number: usize, cells: &impl Cells) -> Option<(Day, Day)> {
    let field = declared.fields.get(number)?;
    let cell = cells.value(number)?;
    let value = field.kind.read(&cell).ok()?;
    if field.dates.is_sentinel(&value) {
        return None;
    }
    let date = match &value {
        Value::Date(date) => *date,
        Value::Datetime(moment) => moment.date()?,
        _ => return None,
    };
    let precision = field.precision.as_ref().and_then(|declared| {
        let code = cells.value(declared.field)?;
        Some(declared.codes.iter().find(|(known, _)| **known == *code)?.1)
    });
    let span = |from: Option<Date>, to: Option<Date>| {
        let known =
            |date: Option<Date>| Some(Day::from_epoch(date?.days())).filter(|day| !day.is_none());
        Some((known(from)?, known(to)?))
    };
    match precision {
        Some(DatePrecision::Unknown) => None,
        Some(DatePrecision::Year) => span(Date::new(date.year, 1, 1), Date::new(date.year, 12, 31)),
        Some(DatePrecision::Month) => {
            let last = (28..=31).rev().find_map(|day| Date::new(date.year, date.month, day));
            span(Date::new(date.year, date.month, 1), last)
        }
        Some(DatePrecision::Day | DatePrecision::Time) | None => {
            let day = day_of(&value);
            (!day.is_none()).then_some((day, day))
        }
    }
}

/// Joins the dates of all workers with the births. `keys`: whose the rows are that others lead to.
///
/// # Errors
/// Where temporary files cannot be read or written.
pub(super) fn early(
    shares: Vec<Dates>,
    keys: &[Sorted<KEY>],
    (memory, folder): (usize, PathBuf),
) -> Result<Early> {
    let (mut births, mut near, mut far) = (Vec::new(), Vec::new(), Vec::new());
    for share in shares {
        births.push(share.births);
        near.push(share.near);
        far.push(share.far);
    }
    let led = Mutex::new(Sorted::<DATE>::new(memory / 4, folder));
    (0..PARTITIONS).into_par_iter().try_for_each(|number| lead(&far, keys, number, &led))?;
    near.push(led.into_inner().unwrap_or_else(PoisonError::into_inner));
    (0..PARTITIONS).into_par_iter().map(|number| compare(&births, &near, number)).try_reduce(
        Early::new,
        |mut all, some| {
            for (field, found) in some {
                all.entry(field).or_default().merge(found);
            }
            Ok(all)
        },
    )
}

/// Gives the dates of one partition the hash of their patient. Those that lead to none are passed
/// over: the reference has its finding.
fn lead(
    far: &[Sorted<DATE>],
    keys: &[Sorted<KEY>],
    number: usize,
    led: &Mutex<Sorted<DATE>>,
) -> Result<()> {
    let dates = sorted::partition(far, number)?;
    if dates.is_empty() {
        return Ok(());
    }
    let keys = sorted::partition(keys, number)?;
    let mut keys = keys.as_slice();
    let mut found = Vec::new();
    for date in &dates {
        let (to, rest) = head(date);
        keys = keys.get(keys.partition_point(|key| head(key).0 < to)..).unwrap_or_default();
        let same = keys.iter().take_while(|key| head(key.as_slice()).0 == to);
        let mut patients = same.map(|key| head(head(key).1).0);
        // A key that stands for rows of two patients leads to neither.
        if let Some(first) = patients.next()
            && patients.all(|other| other == first)
        {
            found.push(record::<DATE>(&[&first, rest]));
        }
    }
    let mut led = led.lock().unwrap_or_else(PoisonError::into_inner);
    found.into_iter().try_for_each(|date| led.push(date))
}

/// Compares the dates of one partition with the births.
fn compare(births: &[Sorted<BIRTH>], dates: &[Sorted<DATE>], number: usize) -> Result<Early> {
    let mut early = Early::new();
    let dates = sorted::partition(dates, number)?;
    if dates.is_empty() {
        return Ok(early);
    }
    let births = sorted::partition(births, number)?;
    let mut births = births.as_slice();
    for date in &dates {
        let (patient, rest) = head(date);
        let before = births.partition_point(|birth| head(birth).0 < patient);
        births = births.get(before..).unwrap_or_default();
        // Of several rows with one key, which has its own finding, the earliest birth counts.
        let birth = births.first().map(|birth| head(birth)).filter(|(of, _)| *of == patient);
        let field =
            rest.get(4..6).and_then(<[u8]>::first_chunk).map_or(0, |b| u16::from_be_bytes(*b));
        let found = early.entry((word(rest, 0), usize::from(field))).or_default();
        match birth {
            None => found.unknown += 1,
            Some((_, day)) if word(rest, 6) < word(day, 0) => {
                let at = rest.last_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes));
                found.add((word(rest, 10), at));
            }
            Some(_) => {}
        }
    }
    Ok(early)
}

/// The first 16 bytes and the rest.
fn head(bytes: &[u8]) -> (KeyHash, &[u8]) {
    bytes.split_first_chunk().map_or((NOTHING, &[]), |(head, rest)| (*head, rest))
}

fn word(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..).and_then(<[u8]>::first_chunk).map_or(0, |bytes| u32::from_be_bytes(*bytes))
}
