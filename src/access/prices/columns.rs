//! Which column of a price sheet is which.

use super::words::{self, Per};
use super::{LAST_HEADING_ROW, shown};
use crate::access::sheet::{Cell, Sheet};
use crate::finding::message::letters;
use std::collections::BTreeMap;

/// A column that is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Column {
    Supplier,
    Service,
    Price,
    Per,
    MinimumTerm,
    Included,
    Notes,
}

/// Headings under which each column is known, as [`words::key`] writes them.
const HEADINGS: [(Column, &[&str]); 7] = [
    (
        Column::Supplier,
        &[
            "supplier",
            "suppliers",
            "supplier name",
            "name of supplier",
            "system supplier",
            "gpsoc supplier",
            "vendor",
            "company",
            "provider",
        ],
    ),
    (
        Column::Service,
        &[
            "service",
            "services",
            "service name",
            "name of service",
            "service description",
            "service offered",
            "option",
            "item",
            "product",
        ],
    ),
    (
        Column::Price,
        &[
            "price",
            "prices",
            "cost",
            "costs",
            "charge",
            "charges",
            "fee",
            "fees",
            "amount",
            "unit price",
            "unit cost",
            "list price",
            "price gbp",
            "price in pounds",
            "price ex vat",
            "price excluding vat",
            "price exc vat",
            "price inc vat",
            "price including vat",
        ],
    ),
    (
        Column::Per,
        &[
            "per",
            "price per",
            "charged per",
            "charge per",
            "unit",
            "unit of charge",
            "basis",
            "charging basis",
            "basis of charge",
            "frequency",
            "charge frequency",
            "period",
        ],
    ),
    (
        Column::MinimumTerm,
        &[
            "minimum term",
            "min term",
            "minimum period",
            "minimum contract term",
            "minimum contract",
            "minimum contract period",
            "term",
            "contract term",
            "minimum term months",
            "minimum term in months",
            "minimum term years",
            "minimum term in years",
        ],
    ),
    (
        Column::Included,
        &[
            "included accesses",
            "accesses included",
            "included access",
            "included requests",
            "requests included",
            "included",
            "free accesses",
            "free requests",
            "included accesses per year",
            "included accesses a year",
            "accesses included per year",
            "accesses included a year",
            "free accesses per year",
        ],
    ),
    (Column::Notes, &["notes", "note", "comments", "comment", "remarks"]),
];

/// Columns that a price sheet must have; `Per` may be in the heading of the price.
const NEEDED: [(Column, &str); 4] = [
    (Column::Supplier, "supplier"),
    (Column::Service, "service"),
    (Column::Price, "price"),
    (Column::Per, "per"),
];

/// The headings of a sheet.
#[derive(Debug)]
pub(super) struct Columns {
    /// The row in which they stand.
    pub(super) row: u32,
    /// Each column's number, and its heading as written.
    found: BTreeMap<Column, (u32, String)>,
    /// The unit that the price's heading names.
    pub(super) per: Option<Per>,
    /// Months in the unit that the minimum term's heading names.
    pub(super) term_unit: Option<u64>,
}

/// Why a sheet has no headings.
#[derive(Debug)]
pub(super) struct Missing {
    /// How many of the needed ones were found in one row.
    pub(super) matched: usize,
    /// What is missing, and where.
    pub(super) sentence: String,
}

impl Columns {
    /// The first row that has the needed headings.
    pub(super) fn find(sheet: &Sheet) -> Result<Self, Missing> {
        let name = shown(&sheet.name);
        let mut nearest = Missing {
            matched: 0,
            sentence: format!(
                "sheet {name} has no headings of a price sheet in its first {LAST_HEADING_ROW} rows"
            ),
        };
        for (row, cells) in sheet.rows.range(..=LAST_HEADING_ROW) {
            let columns = match Self::of(*row, cells) {
                Ok(columns) => columns,
                Err((first, second, what)) => {
                    let sentence = format!(
                        "sheet {name}, row {row}: columns {} and {} both have a heading of {what}; \
                         one price sheet has one",
                        letters(first),
                        letters(second)
                    );
                    nearest = Missing { matched: usize::MAX, sentence };
                    continue;
                }
            };
            let lacking: Vec<&str> = NEEDED
                .iter()
                .filter(|(column, _)| !columns.has(*column))
                .map(|(_, name)| *name)
                .collect();
            if lacking.is_empty() {
                return Ok(columns);
            }
            let matched = NEEDED.len() - lacking.len();
            if matched > nearest.matched && matched > 1 {
                let sentence =
                    format!("sheet {name}, row {row}: there is no heading {}", lacking.join(", "));
                nearest = Missing { matched, sentence };
            }
        }
        Err(nearest)
    }

    /// The headings of a row. The error: two columns that have the same one, if it is a needed one
    /// and the row has all others.
    fn of(row: u32, cells: &BTreeMap<u32, Cell>) -> Result<Self, (u32, u32, &'static str)> {
        let mut columns = Self { row, found: BTreeMap::new(), per: None, term_unit: None };
        let mut twice = None;
        for (number, cell) in cells {
            let Cell::Text(text) = cell else { continue };
            let Some((column, per)) = column(text) else { continue };
            if let Some((first, _)) = columns.found.get(&column) {
                let what = NEEDED.iter().find(|(needed, _)| *needed == column);
                twice = twice.or(what.map(|(_, name)| (*first, *number, *name)));
                continue;
            }
            if column == Column::Price {
                columns.per = per;
            }
            if column == Column::MinimumTerm {
                let words = words::key(text);
                let names = |unit: &str| words.split(' ').any(|word| word.starts_with(unit));
                columns.term_unit = match (names("month"), names("year")) {
                    (true, false) => Some(1),
                    (false, true) => Some(12),
                    _ => None,
                };
            }
            columns.found.insert(column, (*number, shown(text)));
        }
        match twice.filter(|_| NEEDED.iter().all(|(column, _)| columns.has(*column))) {
            Some(twice) => Err(twice),
            None => Ok(columns),
        }
    }

    fn has(&self, column: Column) -> bool {
        self.found.contains_key(&column) || (column == Column::Per && self.per.is_some())
    }

    /// The number of a column, counted from 1.
    pub(super) fn number(&self, column: Column) -> Option<u32> {
        self.found.get(&column).map(|(number, _)| *number)
    }

    /// Its heading as written.
    pub(super) fn label(&self, column: Column) -> &str {
        self.found.get(&column).map_or("", |(_, label)| label)
    }
}

/// The column that a heading names. Brackets and what is in them say nothing: `Price (£)`. A price's
/// heading may name its unit: `Price per year`.
fn column(heading: &str) -> Option<(Column, Option<Per>)> {
    let mut depth = 0_usize;
    let bare: String = heading
        .chars()
        .filter(|c| match c {
            '(' | '[' => {
                depth += 1;
                false
            }
            ')' | ']' => {
                depth = depth.saturating_sub(1);
                false
            }
            _ => depth == 0,
        })
        .collect();
    let text = words::key(&bare);
    if let Some((column, _)) = HEADINGS.iter().find(|(_, names)| names.contains(&text.as_str())) {
        return Some((*column, None));
    }
    let (price, unit) = text.split_once(" per ")?;
    let (_, prices) = HEADINGS.iter().find(|(column, _)| *column == Column::Price)?;
    let per = Per::of(unit)?;
    prices.contains(&price).then_some((Column::Price, Some(per)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_are_known_in_many_forms() {
        for (text, found) in [
            ("Supplier", Some((Column::Supplier, None))),
            ("  SUPPLIER NAME: ", Some((Column::Supplier, None))),
            ("Price (£, ex VAT)", Some((Column::Price, None))),
            ("Price per year", Some((Column::Price, Some(Per::Year)))),
            ("Charge per access (£)", Some((Column::Price, Some(Per::Access)))),
            ("Price per", Some((Column::Per, None))),
            ("Minimum term (months)", Some((Column::MinimumTerm, None))),
            ("Included accesses (a year)", Some((Column::Included, None))),
            ("Notes", Some((Column::Notes, None))),
            ("Price per patient", None),
            ("Telephone", None),
            ("(£)", None),
            ("", None),
        ] {
            assert_eq!(column(text), found, "{text}");
        }
    }

    #[test]
    fn each_heading_is_as_its_key_is() {
        for (_, names) in HEADINGS {
            for name in names {
                assert_eq!(words::key(name), *name);
            }
        }
    }
}
