//! The audit trail: whether its numbers have gaps, its time runs forward, and each entry says who.
//!
//! Numbers are kept as runs of consecutive ones, so that a trail in the order of its numbers takes no
//! memory, and one in another order is judged too: what counts is which numbers are there, not where
//! they stand. Time is compared from each entry to the next of the same file.
//!
//! **Invariant:** nothing of a number or a time leaves this module, only places and counts.

use super::table::TablePlan;
use super::tally::RowSlot;
use crate::finding::message::{counted, thousands};
use crate::finding::{Code, Facts, FieldRef, Gap, Group, Place, Sample};
use crate::schema::value::Value;
use crate::schema::{Field, FieldRole, Resource, Role, Table};

/// Runs that are kept: beyond, the numbers are in no order that could be followed.
const MOST_RUNS: usize = 1 << 20;

/// The fields of an audit trail that are looked at.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct AuditPlan {
    /// Its number, which rises by one.
    pub(super) sequence: Option<usize>,
    /// When it was made.
    pub(super) date: Option<usize>,
    /// The time of day that belongs to the date.
    pub(super) time: Option<usize>,
    /// Who made it.
    pub(super) user: Option<usize>,
}

impl AuditPlan {
    /// What is looked at in a table; `None` where it is no audit trail.
    pub(super) fn of(resource: &Resource, table: &Table) -> Option<Self> {
        (resource.role == Some(Role::AuditTrail)).then(|| {
            let date = table.field_with(FieldRole::RecordedDate);
            let date = date.or_else(|| table.field_with(FieldRole::EventDate));
            Self {
                sequence: table.field_with(FieldRole::Sequence),
                date,
                time: date.and_then(|date| table.fields.get(date)?.time),
                user: table.field_with(FieldRole::User),
            }
        })
    }
}

/// The cells of one entry that are looked at; `None` where they are null or not of their type.
#[derive(Debug, Default)]
pub(super) struct Entry {
    pub(super) number: Option<i64>,
    pub(super) date: Option<Value>,
    pub(super) time: Option<Value>,
    /// Whether its user is null.
    pub(super) lacks_user: bool,
}

impl Entry {
    /// The moment in seconds and fractions, by the clock or in UTC. A date alone is its first instant.
    fn moment(&self, field: Option<&Field>) -> Option<(i64, u64)> {
        const DAY: i64 = 86_400;
        let date = self.date.as_ref()?;
        if field.is_some_and(|field| field.dates.is_sentinel(date)) {
            return None;
        }
        match (date, &self.time) {
            (Value::Date(date), Some(Value::Time(time))) => {
                Some((date.days() * DAY + i64::from(time.seconds), time.fraction))
            }
            (Value::Date(date), _) => Some((date.days() * DAY, 0)),
            (Value::Datetime(moment), _) => Some((moment.seconds, moment.fraction)),
            _ => None,
        }
    }
}

/// A number as the cell of an integer or text field has it.
pub(super) fn number(value: &str) -> Option<i64> {
    value.parse().ok()
}

/// Consecutive numbers in consecutive entries.
#[derive(Debug, Clone, Copy)]
struct Run {
    first: i64,
    last: i64,
    /// Where the first of them is.
    place: Place,
    /// Entries before it whose number is not known.
    unknown: u64,
}

/// What is known of the entries of a block, or of several.
#[derive(Debug, Default)]
pub(super) struct Trail {
    runs: Vec<Run>,
    /// Entries at the end whose number is not known.
    unknown: u64,
    /// All entries whose number is not known.
    all_unknown: u64,
    /// Numbers that more than one entry has, as far as they were found already.
    repeated: u64,
    first_repeated: Option<Place>,
    /// Whether there were too many runs.
    is_too_much: bool,
    first_moment: Option<(i64, u64)>,
    /// Of the first entry with a moment.
    first_place: Place,
    last_moment: Option<(i64, u64)>,
    /// Entries that have a moment.
    pub(super) timed: u64,
}

impl Trail {
    /// Adds an entry. Returns what is wrong with it by itself.
    pub(super) fn add(
        &mut self,
        entry: &Entry,
        plan: (&AuditPlan, &TablePlan<'_>),
        place: &mut dyn FnMut() -> Place,
    ) -> [Option<RowSlot>; 2] {
        let (audit, table) = plan;
        if audit.sequence.is_some() {
            match entry.number {
                Some(number) => self.number(number, place),
                None => self.lost(),
            }
        }
        let field = audit.date.and_then(|date| table.table.fields.get(date));
        let mut reversal = None;
        if let Some(moment) = entry.moment(field) {
            if self.last_moment.is_some_and(|last| moment < last) {
                reversal = Some(RowSlot::TimeReversal);
            }
            if self.first_moment.is_none() {
                (self.first_moment, self.first_place) = (Some(moment), place());
            }
            self.last_moment = Some(moment);
            self.timed += 1;
        }
        [reversal, entry.lacks_user.then_some(RowSlot::EntryWithoutUser)]
    }

    /// Adds an entry whose number is not known: it accounts for one missing number after it.
    pub(super) fn lost(&mut self) {
        self.unknown += 1;
        self.all_unknown += 1;
    }

    fn number(&mut self, number: i64, place: &mut dyn FnMut() -> Place) {
        let unknown = std::mem::take(&mut self.unknown);
        if let Some(run) = self.runs.last_mut()
            && follows(run.last, unknown, number)
        {
            run.last = number;
        } else {
            self.runs.push(Run { first: number, last: number, place: place(), unknown });
        }
    }

    /// Adds the entries of a later block; `is_new_file`: time begins anew there. Returns where the
    /// later block's first entry stands, if its time is before that of the entry before it.
    pub(super) fn append(&mut self, later: Self, is_new_file: bool) -> Option<Place> {
        let reverses = match (self.last_moment, later.first_moment) {
            (Some(last), Some(first)) if !is_new_file => first < last,
            _ => false,
        };
        self.last_moment = later.last_moment.or(self.last_moment.filter(|_| !is_new_file));
        self.timed += later.timed;
        self.all_unknown += later.all_unknown;
        if later.runs.is_empty() {
            self.unknown += later.unknown;
        } else {
            let before = std::mem::replace(&mut self.unknown, later.unknown);
            for (at, mut run) in later.runs.into_iter().enumerate() {
                if at == 0 {
                    run.unknown += before;
                }
                match self.runs.last_mut() {
                    Some(last) if follows(last.last, run.unknown, run.first) => {
                        last.last = run.last
                    }
                    _ => self.runs.push(run),
                }
            }
            if self.runs.len() > MOST_RUNS && !self.is_too_much {
                self.tidy();
                self.is_too_much = self.runs.len() > MOST_RUNS / 2;
            }
            if self.is_too_much {
                self.runs.truncate(1);
            }
        }
        reverses.then_some(later.first_place)
    }

    /// Puts the runs into the order of their numbers, and those together that touch.
    fn tidy(&mut self) {
        self.runs.sort_by_key(|run| (run.first, run.place));
        let mut tidy: Vec<Run> = Vec::new();
        for run in std::mem::take(&mut self.runs) {
            let Some(last) =
                tidy.last_mut().filter(|last| run.first <= last.last.saturating_add(1))
            else {
                tidy.push(run);
                continue;
            };
            let both = last.last.min(run.last);
            if both >= run.first {
                self.repeated += both.abs_diff(run.first) + 1;
                let first = self.first_repeated.unwrap_or(run.place);
                self.first_repeated = Some(first.min(run.place));
            }
            last.last = last.last.max(run.last);
        }
        self.runs = tidy;
    }

    /// What is wrong with the numbers, and what could not be checked.
    pub(super) fn judge(
        mut self,
        audit: &AuditPlan,
        plan: &TablePlan<'_>,
        samples: usize,
        is_whole: bool,
    ) -> (Vec<Group>, Option<Gap>) {
        let Some(sequence) = audit.sequence else { return (Vec::new(), None) };
        let gap = |reason: String| {
            let check = "whether numbers of the audit trail are missing".to_owned();
            Some(Gap { resource: Some(plan.resource), check, reason })
        };
        if !is_whole {
            return (Vec::new(), gap("not all rows could be read".into()));
        }
        self.tidy();
        if self.is_too_much || self.runs.len() > MOST_RUNS {
            return (Vec::new(), gap("its entries are in no order that could be followed".into()));
        }
        let field = plan.table.fields.get(sequence);
        let name = field.map(|field| field.name.clone()).unwrap_or_default();
        let fields = vec![FieldRef { number: sequence as u32 + 1, name }];
        let mut groups = Vec::new();
        if let Some(place) = self.first_repeated {
            let has = counted(self.repeated, "number stands", "numbers stand");
            let facts = Facts::Text(format!("{has} in more than one entry"));
            let mut group = Group::single(Code::SequenceGap, Some(plan.resource), facts, place);
            (group.fields, group.occurrences) = (fields.clone(), self.repeated);
            groups.push(group);
        }
        // Entries whose number is not known may have the missing ones; each has its own finding.
        let mut holes: Vec<(Place, u64)> = Vec::new();
        for pair in self.runs.windows(2) {
            let [before, after] = pair else { continue };
            let missing = after.first.abs_diff(before.last) - 1;
            if missing > after.unknown {
                holes.push((after.place, missing - after.unknown));
            }
        }
        holes.sort_by_key(|(place, _)| *place);
        let missing = holes.iter().fold(0_u64, |sum, (_, missing)| sum.saturating_add(*missing));
        if let (Some(first), Some(last)) = (holes.first(), holes.last()) {
            let number = counted(missing, "number is", "numbers are");
            let places = counted(holes.len() as u64, "place", "places");
            let facts = Facts::Text(format!("{number} missing, in {places}"));
            let mut group = Group::single(Code::SequenceGap, Some(plan.resource), facts, first.0);
            (group.fields, group.occurrences) = (fields, holes.len() as u64);
            group.last = last.0;
            let sample = |(place, missing): &(Place, u64)| Sample {
                place: *place,
                facts: Facts::Text(format!("{} before this entry", lacking(*missing))),
                ..Sample::default()
            };
            group.samples = holes.iter().take(samples).map(sample).collect();
            groups.push(group);
        }
        (groups, None)
    }
}

fn lacking(missing: u64) -> String {
    match missing {
        1 => "1 number is missing".to_owned(),
        many => format!("{} numbers are missing", thousands(many)),
    }
}

/// Whether a number is the next one, if each entry in between whose number is not known has one.
fn follows(last: i64, unknown: u64, number: i64) -> bool {
    let next = i128::from(last) + i128::from(unknown) + 1;
    next == i128::from(number)
}

/// What to think of a trail in which time runs backwards so often.
pub(super) fn why_backwards(reversals: u64, timed: u64) -> Option<String> {
    (reversals.saturating_mul(10) > timed && timed >= 10).then(|| {
        "more than one entry in ten is dated before the one that precedes it: the file is not in the \
         order of time, so that this says nothing about clocks"
            .to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(row: u64) -> Place {
        Place { row: Some(row), ..Place::default() }
    }

    /// Places of gaps with the number of missing ones, and the count of repeated numbers; the numbers
    /// are cut into blocks of that size. 0 stands for a number that is not known.
    fn judged(numbers: &[i64], block: usize) -> (Vec<(u64, u64)>, u64) {
        let mut all = Trail::default();
        for (at, numbers) in numbers.chunks(block).enumerate() {
            let mut trail = Trail::default();
            for (row, &number) in numbers.iter().enumerate() {
                match number {
                    0 => trail.lost(),
                    number => trail.number(number, &mut || place((at * block + row) as u64)),
                }
            }
            all.append(trail, false);
        }
        all.tidy();
        let holes = all.runs.windows(2).filter_map(|pair| {
            let missing = pair[1].first.abs_diff(pair[0].last) - 1;
            let missing = missing.saturating_sub(pair[1].unknown);
            (missing > 0).then(|| (pair[1].place.row.unwrap(), missing))
        });
        (holes.collect(), all.repeated)
    }

    #[test]
    fn gaps_are_found_whatever_the_order_and_the_blocks() {
        for block in 1..8 {
            assert_eq!(judged(&[5, 6, 7, 8, 9], block), (vec![], 0));
            assert_eq!(judged(&[5, 6, 9, 10, 12], block), (vec![(2, 2), (4, 1)], 0));
            assert_eq!(judged(&[9, 8, 7, 5], block), (vec![(2, 1)], 0));
            assert_eq!(judged(&[1, 2, 2, 3], block), (vec![], 1));
            assert_eq!(judged(&[1, 2, 3, 1, 2, 3], block), (vec![], 3));
            assert_eq!(judged(&[1, 0, 3, 0, 0, 7], block), (vec![(5, 1)], 0));
            assert_eq!(judged(&[0, 1, 0], block), (vec![], 0));
            assert_eq!(judged(&[-1, 1], block), (vec![(1, 1)], 0));
            assert_eq!(judged(&[i64::MIN, i64::MAX], block).0, [(1, u64::MAX - 1)]);
        }
    }
}
