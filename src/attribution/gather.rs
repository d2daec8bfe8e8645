//! What one worker takes from the rows that it reads.

use super::birth::{Dates, Spot};
use super::memory::Memory;
use super::{Cells, KeyHash, KeySet, Kind, Plan, TablePlan, Way};
use crate::error::{Error, ErrorKind, Result};
use crate::proof::leaves::nhs_number;
use crate::proof::list::Day;
use crate::schema::Table;
use crate::spill::sorted::Sorted;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// Patient, file, event date, recorded date, row: sorted by its bytes, it is in the order of lists.
pub(super) const ROW: usize = 16 + 4 + 4 + 4 + 8;
/// What is referred to, patient that is claimed already, own key, row without its patient, flags.
pub(super) const PATH: usize = 16 + 16 + 16 + ROW - 16 + 1;
/// Key, patient.
pub(super) const KEY: usize = 32;
/// Patient, file: of a table whose rows lead to their patient through other rows.
pub(super) const STEP: usize = 16 + 4;
/// Key, file, row.
pub(super) const PLACE: usize = 16 + 4 + 8;

/// No key hash: the chance that a real one is this is that of any other.
pub(super) const NOTHING: KeyHash = [0; 16];

/// The path record is for the row itself, and not only for one more of its keys.
pub(super) const IS_ROW: u8 = 1;

/// Rows of one file by whose they are, as far as the row alone tells.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Index of the resource.
    pub resource: u32,
    /// Rows of a table that leads to no patient.
    pub reference: u64,
    /// Rows whose patient cannot be told.
    pub unattributable: u64,
    /// Rows of a patient.
    pub attributed: u64,
}

/// Rows of one file whose ways disagree: the first that decides counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Conflict {
    /// How many.
    pub count: u64,
    /// The first, at most [`Conflict::KEPT`].
    pub first: BTreeSet<u64>,
    /// The last.
    pub last: u64,
}

impl Conflict {
    /// How many rows are kept.
    pub const KEPT: usize = 10_000;

    pub(super) fn add(&mut self, row: u64) {
        self.count += 1;
        self.last = self.last.max(row);
        self.first.insert(row);
        if self.first.len() > Self::KEPT {
            self.first.pop_last();
        }
    }

    pub(super) fn merge(&mut self, other: Self) {
        let more = other.count - other.first.len() as u64;
        let last = other.last;
        other.first.into_iter().for_each(|row| self.add(row));
        self.count += more;
        self.last = self.last.max(last);
    }
}

/// A row of the patients' table.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Patient {
    /// The hash of the key that stands for the patient.
    pub hash: KeyHash,
    /// File and row.
    pub place: (u32, u64),
    /// The source system's identifier.
    pub id: String,
    /// The values of the key.
    pub key: Vec<String>,
    /// The NHS number, where it is a sound one.
    pub nhs_number: Option<String>,
}

/// One worker's share of the attribution.
#[derive(Debug)]
pub struct Gatherer {
    pub(super) rows: Sorted<ROW>,
    pub(super) paths: Vec<Sorted<PATH>>,
    pub(super) keys: Sorted<KEY>,
    pub(super) references: Sorted<PLACE>,
    pub(super) steps: Sorted<STEP>,
    pub(super) dates: Option<Dates>,
    pub(super) patients: Vec<Patient>,
    pub(super) counts: BTreeMap<u32, Counts>,
    /// Rows whose ways disagree, by file.
    pub(super) conflicts: BTreeMap<u32, Conflict>,
    pub(super) whole: bool,
    memory: Memory,
    held: usize,
    most: usize,
}

/// A row's place and dates.
#[derive(Debug, Clone, Copy)]
pub(super) struct At {
    pub(super) file: u32,
    pub(super) row: u64,
    pub(super) event: Day,
    pub(super) recorded: Day,
}

impl At {
    pub(super) fn bytes(&self) -> [u8; ROW - 16] {
        let mut out = [0; ROW - 16];
        out[..4].copy_from_slice(&self.file.to_be_bytes());
        out[4..8].copy_from_slice(&self.event.0.to_be_bytes());
        out[8..12].copy_from_slice(&self.recorded.0.to_be_bytes());
        out[12..].copy_from_slice(&self.row.to_be_bytes());
        out
    }
}

/// Puts parts one after another.
pub(super) fn record<const N: usize>(parts: &[&[u8]]) -> [u8; N] {
    let mut out = [0; N];
    let mut rest = out.as_mut_slice();
    for part in parts {
        let (now, later) = rest.split_at_mut(part.len().min(rest.len()));
        now.copy_from_slice(part.get(..now.len()).unwrap_or_default());
        rest = later;
    }
    out
}

impl Gatherer {
    /// A share that holds about `memory` bytes and writes what is beyond into `folder`. `whole`: all
    /// that lists of patients need; else only what shows that ways disagree.
    pub fn new(plan: &Plan<'_>, memory: usize, folder: PathBuf, whole: bool) -> Self {
        let dates = plan.compares_births().then(|| Dates::new(memory / 2, &folder));
        let memory = if dates.is_some() { memory / 2 } else { memory };
        let share = memory / 8;
        let paths = plan.levels.saturating_sub(1);
        Self {
            dates,
            steps: Sorted::new(share / 4, folder.clone()),
            rows: Sorted::new(share * 3, folder.clone()),
            paths: (0..paths).map(|_| Sorted::new(share / paths.max(1), folder.clone())).collect(),
            keys: Sorted::new(share, folder.clone()),
            references: Sorted::new(share, folder),
            patients: Vec::new(),
            counts: BTreeMap::new(),
            conflicts: BTreeMap::new(),
            whole,
            memory: Memory::default(),
            held: 0,
            most: share * 2,
        }
    }

    /// Begins a block.
    pub fn begin(&mut self) {
        self.memory.forget();
    }

    /// Takes a row whose cells cannot be told apart.
    pub fn broken(&mut self, table: &TablePlan, file: u32) {
        if table.kind != Kind::Reference {
            self.count(table, file).unattributable += 1;
        } else {
            self.count(table, file).reference += 1;
        }
    }

    fn count(&mut self, table: &TablePlan, file: u32) -> &mut Counts {
        let fresh = Counts { resource: table.resource, ..Counts::default() };
        self.counts.entry(file).or_insert(fresh)
    }

    /// Takes the dates of a row that are to be compared with the patient's birth. `spot` is asked for
    /// only if there are any.
    ///
    /// # Errors
    /// Where temporary files cannot be written.
    pub fn dates(
        &mut self,
        plan: &Plan<'_>,
        table: &TablePlan,
        spot: &mut dyn FnMut() -> Spot,
        cells: &impl Cells,
    ) -> Result<()> {
        match &mut self.dates {
            Some(dates) => dates.row((plan, table), &mut self.memory, spot, cells),
            None => Ok(()),
        }
    }

    /// Takes a row; `row` counts from 1.
    ///
    /// # Errors
    /// Where temporary files cannot be written, or there are more patients than memory.
    pub fn row(
        &mut self,
        plan: &Plan<'_>,
        table: &TablePlan,
        (file, row): (u32, u64),
        cells: &impl Cells,
    ) -> Result<()> {
        let Some(declared) = plan.declared(table.resource) else { return Ok(()) };
        if !self.whole && !plan.is_on_a_way(table) {
            return Ok(());
        }
        let whole = self.whole;
        let mut date = |field: Option<usize>| {
            let field = field.filter(|_| whole);
            field.map_or(Day::NONE, |field| self.memory.day(declared, field, cells))
        };
        let at = At { file, row, event: date(table.event), recorded: date(table.recorded) };
        match table.kind {
            Kind::Reference => {
                self.count(table, file).reference += 1;
                if self.whole {
                    for key in &table.own {
                        if let Some(hash) = self.memory.hash(plan, declared, key, cells) {
                            let (file, row) = (file.to_be_bytes(), row.to_be_bytes());
                            self.references.push(record(&[&hash, &file, &row]))?;
                        }
                    }
                }
                Ok(())
            }
            Kind::Patients => self.patient(plan, table, declared, at, cells),
            Kind::Attributed => self.attributed(plan, table, declared, at, cells),
        }
    }

    fn patient(
        &mut self,
        plan: &Plan<'_>,
        table: &TablePlan,
        declared: &Table,
        at: At,
        cells: &impl Cells,
    ) -> Result<()> {
        let identity = table.own.first();
        let hash = identity.and_then(|key| self.memory.hash(plan, declared, key, cells));
        let (Some(identity), Some(hash)) = (identity, hash) else {
            self.count(table, at.file).unattributable += 1;
            return Ok(());
        };
        self.keys_of(plan, table.own.get(1..).unwrap_or_default(), declared, cells, &hash)?;
        self.count(table, at.file);
        if !self.whole {
            return Ok(());
        }
        self.rows.push(record(&[&hash, &at.bytes()]))?;
        let text = |field: usize| cells.value(field).map(std::borrow::Cow::into_owned);
        let key: Vec<String> = identity.fields.iter().filter_map(|&field| text(field)).collect();
        let id = table.id.and_then(text).unwrap_or_else(|| key.join("/"));
        let nhs_number = table.nhs_number.and_then(text).and_then(|text| nhs_number(&text));
        let patient = Patient { hash, place: (at.file, at.row), id, key, nhs_number };
        self.held += 200 + patient.id.len() + patient.key.iter().map(String::len).sum::<usize>();
        if self.held > self.most {
            let message = "there are more patients than --memory has room for";
            return Err(Error::new(ErrorKind::Limit, message)
                .with_hint("give more with --memory: some 300 bytes for each patient"));
        }
        self.patients.push(patient);
        Ok(())
    }

    fn attributed(
        &mut self,
        plan: &Plan<'_>,
        table: &TablePlan,
        declared: &Table,
        at: At,
        cells: &impl Cells,
    ) -> Result<()> {
        let is_direct = |way: &Way| Some(way.key.set) == plan.identity;
        let memory = &mut self.memory;
        let decides =
            table.ways.iter().enumerate().find_map(|(number, way)| {
                Some((number, memory.follow(plan, declared, way, cells)?))
            });
        let Some((number, hash)) = decides else {
            self.count(table, at.file).unattributable += 1;
            return Ok(());
        };
        self.count(table, at.file);
        let level = table.level.saturating_sub(2);
        if !table.ways.get(number).is_some_and(is_direct) {
            // All that is known now is the key of the row that knows more.
            let led_to = table.own.iter().filter(|key| plan.led_to.contains(&key.set));
            let hash_of = |key| self.memory.hash(plan, declared, key, cells);
            let mut own: Vec<KeyHash> = led_to.filter_map(hash_of).collect();
            if own.is_empty() {
                own.push(NOTHING);
            }
            for (number, own) in own.iter().enumerate() {
                let flags = [if number == 0 { IS_ROW } else { 0 }];
                let path = record(&[&hash, &NOTHING, own, &at.bytes(), &flags]);
                if let Some(paths) = self.paths.get_mut(level) {
                    paths.push(path)?;
                }
            }
            return Ok(());
        }
        self.keys_of(plan, &table.own, declared, cells, &hash)?;
        if self.whole {
            self.rows.push(record(&[&hash, &at.bytes()]))?;
        }
        if table.level > 1 {
            self.steps.push(record(&[&hash, &at.file.to_be_bytes()]))?;
        }
        let mut conflict = false;
        for way in table.ways.get(number + 1..).unwrap_or_default() {
            let Some(other) = self.memory.follow(plan, declared, way, cells) else { continue };
            if is_direct(way) {
                conflict |= other != hash;
            } else if let Some(paths) = self.paths.get_mut(level) {
                paths.push(record(&[&other, &hash, &NOTHING, &at.bytes(), &[IS_ROW]]))?;
            }
        }
        if conflict {
            self.conflicts.entry(at.file).or_default().add(at.row);
        }
        Ok(())
    }

    /// The keys by which other tables refer to a row whose patient is known.
    fn keys_of(
        &mut self,
        plan: &Plan<'_>,
        own: &[KeySet],
        declared: &Table,
        cells: &impl Cells,
        patient: &KeyHash,
    ) -> Result<()> {
        for key in own.iter().filter(|key| plan.led_to.contains(&key.set)) {
            if let Some(hash) = self.memory.hash(plan, declared, key, cells) {
                self.keys.push(record(&[&hash, patient]))?;
            }
        }
        Ok(())
    }
}
