//! Reconciliation counts: how much of what an extract holds, without any value of it.
//!
//! Source and target of a migration compare them, and so does an auditor: rows, deleted rows,
//! patients, rows per year, how often each field is filled. Workers count block by block; counts are
//! sums, so that they do not depend on who counted what. Of dates only years are kept: a day may
//! tell who a person is.

use super::plan::ResourcePlan;
use super::table::{FieldPlan, TablePlan};
use super::total::Total;
use crate::schema::value::{Type, Value};
use crate::schema::{Field, FieldRole, Role, Table};
use std::collections::BTreeMap;

/// What is counted of one table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TableProfile {
    /// Index of its task.
    pub task: u32,
    /// Data rows.
    pub rows: u64,
    /// Rows whose flag says that they are deleted; `None`: the schema declares no such flag.
    pub deleted: Option<u64>,
    /// Different patients that its rows are about: by the key of the table of patients, or by the
    /// reference to it. `None`: none is declared, or it could not be followed.
    pub patients: Option<u64>,
    /// Its rows by year; `None`: it has no field with a date.
    pub dates: Option<Dates>,
    /// One per declared field of which a cell was looked at, in the schema's order.
    pub fields: Vec<Filled>,
    /// Of an audit trail: its files, each with its rows by year.
    pub files: Vec<FileYears>,
}

/// Rows by the year of one field.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Dates {
    /// The field's name.
    pub field: String,
    /// Rows by year. A date with a zone counts under its year in UTC.
    pub years: BTreeMap<i32, u64>,
    /// Rows without a date that could be read.
    pub undated: u64,
}

/// How often a field is filled.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filled {
    /// The field's name.
    pub name: String,
    /// Cells that are not null.
    pub filled: u64,
    /// Cells looked at: those of the rows that have as many cells as their file's header.
    pub cells: u64,
}

impl Filled {
    /// The share of cells that are filled, in ten-thousandths, rounded down; but 1 where any is.
    pub fn share(&self) -> u64 {
        match (self.filled, self.cells) {
            (0, _) | (_, 0) => 0,
            (filled, cells) => {
                let share = u128::from(filled) * 10_000 / u128::from(cells);
                u64::try_from(share).unwrap_or(10_000).max(1)
            }
        }
    }
}

/// The rows of one file by year.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FileYears {
    /// Index of the file.
    pub file: u32,
    /// Data rows.
    pub rows: u64,
    /// Rows by year.
    pub years: BTreeMap<i32, u64>,
}

/// The first year that has a place of its own in [`Years::near`].
const NEAR: i32 = 1848;

/// How many years have a place of their own: those in which people that are now alive were born,
/// and those that a planned appointment may be in.
const NEAR_YEARS: usize = 256;

/// Rows by year. Nearly all are counted by an index alone.
#[derive(Debug, Default)]
pub(super) struct Years {
    near: Vec<u64>,
    far: BTreeMap<i32, u64>,
}

impl Years {
    /// Counts rows.
    #[inline]
    pub(super) fn add(&mut self, year: i32, rows: u64) {
        if rows == 0 {
            return;
        }
        if self.near.is_empty() {
            self.near = vec![0; NEAR_YEARS];
        }
        let place = usize::try_from(year.wrapping_sub(NEAR)).ok();
        match place.and_then(|place| self.near.get_mut(place)) {
            Some(count) => *count += rows,
            None => *self.far.entry(year).or_default() += rows,
        }
    }

    fn append(&mut self, later: Self) {
        if self.near.is_empty() {
            self.near = later.near;
        } else {
            self.near.iter_mut().zip(later.near).for_each(|(into, from)| *into += from);
        }
        for (year, count) in later.far {
            *self.far.entry(year).or_default() += count;
        }
    }

    fn by_year(&self) -> BTreeMap<i32, u64> {
        let near = self.near.iter().zip(NEAR..).map(|(&count, year)| (year, count));
        let far = self.far.iter().map(|(&year, &count)| (year, count));
        near.chain(far).filter(|&(_, count)| count > 0).collect()
    }
}

/// Cells of one field.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Cells {
    /// Those that are not null.
    pub(super) filled: u64,
    /// All that were looked at.
    pub(super) all: u64,
}

/// What is counted of the rows of a block, or of several.
#[derive(Debug, Default)]
pub(super) struct Counts {
    /// Rows whose flag says that they are deleted.
    pub(super) deleted: u64,
    /// For each declared field: its cells that are not null, and all its cells.
    pub(super) cells: Vec<Cells>,
    /// Rows by the year of the field that [`date_field`] names.
    pub(super) years: Years,
    /// For each declared control total: what is summed.
    pub(super) totals: Vec<Total>,
}

impl Counts {
    /// Counts for a block of a table.
    pub(super) fn of(plan: &TablePlan<'_>) -> Self {
        Self {
            cells: vec![Cells::default(); plan.fields.len()],
            totals: vec![Total::default(); plan.table.control_totals.len()],
            ..Self::default()
        }
    }

    /// Adds a value to its field's control total, where there is one. `None`: it could not be read.
    #[inline]
    pub(super) fn sum(&mut self, plan: &FieldPlan<'_>, value: Option<&Value>) {
        if let Some(total) = plan.total.and_then(|total| self.totals.get_mut(total)) {
            total.add(value);
        }
    }

    /// Adds what was counted elsewhere.
    pub(super) fn append(&mut self, later: Self) {
        self.deleted += later.deleted;
        if self.cells.is_empty() {
            self.cells = later.cells;
        } else {
            for (into, from) in self.cells.iter_mut().zip(later.cells) {
                into.filled += from.filled;
                into.all += from.all;
            }
        }
        self.years.append(later.years);
        if self.totals.is_empty() {
            self.totals = later.totals;
        } else {
            self.totals.iter_mut().zip(&later.totals).for_each(|(into, from)| into.append(from));
        }
    }

    /// The profile of a table.
    pub(super) fn into_profile(
        self,
        planned: &ResourcePlan<'_>,
        rows: u64,
        patients: Option<u64>,
        files: ByFile,
    ) -> Option<TableProfile> {
        let plan = planned.table.as_ref()?;
        let fields = plan.table.fields.iter().zip(&self.cells).map(|(field, cells)| Filled {
            name: field.name.clone(),
            filled: cells.filled,
            cells: cells.all,
        });
        let dates = plan.dated_by.and_then(|number| plan.table.fields.get(number)).map(|field| {
            let years = self.years.by_year();
            let dated: u64 = years.values().sum();
            Dates { field: field.name.clone(), years, undated: rows.saturating_sub(dated) }
        });
        Some(TableProfile {
            task: plan.resource,
            rows,
            deleted: plan.table.deleted.as_ref().map(|_| self.deleted),
            patients,
            dates,
            fields: fields.filter(|field| field.cells > 0).collect(),
            files: match planned.declared.role {
                Some(Role::AuditTrail) => files.into_files(),
                _ => Vec::new(),
            },
        })
    }
}

/// What is counted of each file of an audit trail.
#[derive(Debug, Default)]
pub(super) struct ByFile(BTreeMap<u32, (u64, Years)>);

impl ByFile {
    /// Adds the rows of a block. The years are those of its counts, which stay as they are.
    pub(super) fn add(&mut self, file: u32, rows: u64, years: &Years) {
        let (all, by_year) = self.0.entry(file).or_default();
        *all += rows;
        let copy = Years { near: years.near.clone(), far: years.far.clone() };
        by_year.append(copy);
    }

    /// The files in order.
    fn into_files(self) -> Vec<FileYears> {
        let file = |(file, (rows, years)): (u32, (u64, Years))| FileYears {
            file,
            rows,
            years: years.by_year(),
        };
        self.0.into_iter().map(file).collect()
    }
}

/// The field whose year a row counts under: the date of the event, else that of its recording, else
/// the first date, that of birth only where there is no other.
pub(super) fn date_field(table: &Table) -> Option<usize> {
    let is_date = |field: &Field| {
        matches!(field.kind, Type::Date(_) | Type::Datetime(_) | Type::Yearmonth | Type::Year)
    };
    let with_role = |role| {
        let found = table.field_with(role);
        found.filter(|&number| table.fields.get(number).is_some_and(is_date))
    };
    let is_other = |field: &Field| is_date(field) && field.role != Some(FieldRole::BirthDate);
    with_role(FieldRole::EventDate)
        .or_else(|| with_role(FieldRole::RecordedDate))
        .or_else(|| table.fields.iter().position(is_other))
        .or_else(|| table.fields.iter().position(is_date))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn years_are_counted_near_and_far() {
        let mut all = Years::default();
        for years in [vec![2020, 1, 2020], vec![-44, 1848, 2103], vec![2104, 999_999_999, 2020]] {
            let mut some = Years::default();
            years.into_iter().for_each(|year| some.add(year, 1));
            all.append(some);
        }
        let expected =
            [(-44, 1), (1, 1), (1848, 1), (2020, 3), (2103, 1), (2104, 1), (999_999_999, 1)];
        assert_eq!(all.by_year(), BTreeMap::from(expected));
    }

    #[test]
    fn a_share_is_whole_only_where_all_is_filled() {
        let share = |filled, cells| Filled { name: String::new(), filled, cells }.share();
        assert_eq!(share(0, 0), 0);
        assert_eq!(share(0, 9), 0);
        assert_eq!(share(1, 1_000_000), 1);
        assert_eq!(share(999_999, 1_000_000), 9_999);
        assert_eq!(share(1_000_000, 1_000_000), 10_000);
        assert_eq!(share(1, 3), 3_333);
    }
}
