//! Price sheets: a row for each supplier and service, found by their headings.

mod columns;
mod words;

pub use words::{Per, Way};

use crate::access::money::Pence;
use crate::access::sheet::{self, Cell, Sheet};
use crate::error::{Error, ErrorKind, Result};
use crate::finding::message::{letters, plain};
use columns::{Column, Columns};
use std::collections::BTreeMap;
use std::path::Path;

/// The last row in which the headings may stand.
pub const LAST_HEADING_ROW: u32 = 50;

/// The most wrong cells that one error names.
const MOST_NAMED: usize = 10;

/// The longest minimum term, in months, and the most accesses that can be included.
const LONGEST_TERM: u64 = 1_200;
const MOST_INCLUDED: u64 = 1_000_000;

/// A row of a price sheet: what a supplier asks for a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Price {
    /// The supplier, as written.
    pub supplier: String,
    /// The service, as written.
    pub service: String,
    /// Which of the ways it is.
    pub way: Way,
    /// The amount.
    pub amount: Pence,
    /// For what the amount is asked.
    pub per: Per,
    /// Months that have to be paid at least; 0 where the sheet states none.
    pub minimum_months: u64,
    /// Accesses in a year that the price includes.
    pub included: u64,
    /// Notes, as written; empty where there are none.
    pub notes: String,
    /// The sheet.
    pub sheet: String,
    /// The row in it, counted from 1.
    pub row: u32,
}

/// A row that is no price of one of the ways.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PassedOver {
    /// The sheet.
    pub sheet: String,
    /// The row in it, counted from 1.
    pub row: u32,
    /// Why: a clause.
    pub reason: String,
}

/// What a price file holds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PriceList {
    /// The file's name.
    pub file: String,
    /// Its prices, in order.
    pub prices: Vec<Price>,
    /// Rows below headings that were not used.
    pub passed_over: Vec<PassedOver>,
    /// What was taken for granted, in sentences.
    pub assumed: Vec<String>,
}

impl PriceList {
    /// Reads an XLS, XLSX, XLSB, ODS or CSV file. In each sheet the headings are looked for in the
    /// first [`LAST_HEADING_ROW`] rows; rows above them and sheets without them are passed over.
    ///
    /// # Errors
    /// The file cannot be read; no sheet has the headings; a cell below them is not what its heading
    /// says (then each such cell is named by sheet, row and column); two rows contradict each other.
    pub fn read(path: &Path) -> Result<Self> {
        let file = path.file_name().map(|name| plain(&name.to_string_lossy(), 120));
        let sheets = sheet::read(path)?;
        let mut list = Self { file: file.unwrap_or_default(), ..Self::default() };
        let mut problems = Vec::new();
        let mut nearest: Option<(usize, String)> = None;
        let mut found = false;
        for sheet in &sheets {
            match Columns::find(sheet) {
                Ok(columns) => {
                    found = true;
                    list.add(sheet, &columns, &mut problems);
                }
                Err(missing) => {
                    let is_nearer =
                        nearest.as_ref().is_none_or(|(matched, _)| missing.matched > *matched);
                    if is_nearer {
                        nearest = Some((missing.matched, missing.sentence));
                    }
                }
            }
        }
        let usage = |message: String| {
            let message = format!("{}: {message}", path.display());
            Error::new(ErrorKind::Usage, message).with_path(path)
        };
        if !found {
            let nearest = nearest.map(|(_, sentence)| sentence);
            let message = nearest.unwrap_or_else(|| "it has no sheet".to_owned());
            return Err(usage(message).with_hint(
                "a price sheet has the headings supplier, service, price and per; --template FILE.xlsx \
                 writes one to fill in",
            ));
        }
        list.contradictions(&mut problems);
        if !problems.is_empty() {
            let more = problems.len().saturating_sub(MOST_NAMED);
            let mut message: Vec<String> = problems.into_iter().take(MOST_NAMED).collect();
            if more > 0 {
                message.push(format!("and {more} more"));
            }
            return Err(usage(message.join("; "))
                .with_hint("correct the cells, save the sheet and run again"));
        }
        if list.prices.is_empty() {
            return Err(usage(
                "no row below the headings is a price of one of the ways".to_owned(),
            )
            .with_hint(
                "a service is known by the words full support, reduced support or retrieval",
            ));
        }
        Ok(list)
    }

    fn add(&mut self, sheet: &Sheet, columns: &Columns, problems: &mut Vec<String>) {
        let mut bare_terms = false;
        for (row, cells) in sheet.rows.range(columns.row + 1..) {
            let line = Line { sheet, row: *row, cells, columns };
            match line.read() {
                Ok(Read::Price(price, is_bare)) => {
                    bare_terms |= is_bare;
                    self.prices.push(*price);
                }
                Ok(Read::Nothing) => {}
                Ok(Read::PassedOver(reason)) => {
                    self.passed_over.push(PassedOver { sheet: line.name(), row: *row, reason });
                }
                Err(wrong) => problems.extend(wrong),
            }
        }
        if bare_terms {
            let text =
                format!("Sheet {}: minimum terms without a unit are months.", shown(&sheet.name));
            self.assumed.push(text);
        }
    }

    /// Two prices of one supplier for the same service and unit.
    fn contradictions(&self, problems: &mut Vec<String>) {
        let mut seen: BTreeMap<(String, Way, Per), &Price> = BTreeMap::new();
        for price in &self.prices {
            let key = (words::key(&price.supplier), price.way, price.per);
            match seen.get(&key) {
                None => _ = seen.insert(key, price),
                Some(first) => problems.push(format!(
                    "sheet {}, row {}: {} has a price {} for {} already, in sheet {}, row {}",
                    price.sheet,
                    price.row,
                    shown(&price.supplier),
                    price.per.phrase(),
                    price.way.title().to_lowercase(),
                    first.sheet,
                    first.row
                )),
            }
        }
    }

    /// The suppliers, as first written, in the order in which they appear.
    pub fn suppliers(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for price in &self.prices {
            if names.iter().all(|name| words::key(name) != words::key(&price.supplier)) {
                names.push(&price.supplier);
            }
        }
        names
    }

    /// The supplier of a name, whose case and blanks make no difference.
    ///
    /// # Errors
    /// Of kind `Usage`: the sheet has no such supplier.
    pub fn supplier(&self, name: &str) -> Result<&str> {
        let names = self.suppliers();
        let wanted = words::key(name);
        if let Some(found) = names.iter().find(|known| words::key(known) == wanted) {
            return Ok(found);
        }
        let distance = |known: &&&str| strsim::damerau_levenshtein(&words::key(known), &wanted);
        let near = names.iter().min_by_key(distance).filter(|known| distance(known) <= 2);
        let all: Vec<String> = names.iter().take(20).map(|name| shown(name)).collect();
        let hint = match near {
            Some(near) => format!("did you mean {}?", shown(near)),
            None => format!("the sheet has {}", all.join(", ")),
        };
        let message = format!("{} has no supplier {}", self.file, shown(name));
        Err(Error::new(ErrorKind::Usage, message).with_hint(hint))
    }

    /// The prices of a supplier for a way.
    pub fn of(&self, supplier: &str, way: Way) -> Vec<&Price> {
        let key = words::key(supplier);
        let prices = self.prices.iter();
        prices.filter(|price| price.way == way && words::key(&price.supplier) == key).collect()
    }
}

/// Text of a sheet in a sentence of ours.
fn shown(text: &str) -> String {
    plain(text, 60)
}

/// What a row is.
enum Read {
    /// A price, and whether its minimum term has no unit.
    Price(Box<Price>, bool),
    /// Nothing in the columns that count.
    Nothing,
    /// No price, for this reason.
    PassedOver(String),
}

/// A row below the headings.
struct Line<'a> {
    sheet: &'a Sheet,
    row: u32,
    cells: &'a BTreeMap<u32, Cell>,
    columns: &'a Columns,
}

impl Line<'_> {
    fn name(&self) -> String {
        shown(&self.sheet.name)
    }

    fn cell(&self, column: Column) -> Option<&Cell> {
        self.cells.get(&self.columns.number(column)?)
    }

    /// The text of a cell; a number is written out.
    fn text(&self, column: Column) -> String {
        match self.cell(column) {
            Some(Cell::Text(text)) => text.clone(),
            Some(Cell::Number(number)) => number.to_string(),
            Some(Cell::Other(_)) | None => String::new(),
        }
    }

    fn problem(&self, column: Column, reason: &str) -> String {
        let number = self.columns.number(column).unwrap_or_default();
        let found = match self.cell(column) {
            Some(Cell::Other(what)) => format!("the cell holds {what}; "),
            Some(Cell::Text(text)) => format!("\"{}\": ", plain(text, 30)),
            Some(Cell::Number(number)) => format!("{number}: "),
            None => String::new(),
        };
        format!(
            "sheet {}, row {}, column {} ({}): {found}{reason}",
            self.name(),
            self.row,
            letters(number),
            self.columns.label(column)
        )
    }

    fn read(&self) -> Result<Read, Vec<String>> {
        let service = self.text(Column::Service);
        let is_there = |column| self.cell(column).is_some();
        let counting = [Column::Supplier, Column::Service, Column::Price, Column::Per];
        if !counting.into_iter().any(is_there) {
            return Ok(Read::Nothing);
        }
        if !is_there(Column::Service) && !is_there(Column::Price) {
            return Ok(Read::PassedOver("it has neither a service nor a price".into()));
        }
        let mut problems = Vec::new();
        if self.text(Column::Supplier).is_empty() {
            let reason = "the supplier is empty; name it in each row";
            problems.push(self.problem(Column::Supplier, reason));
        }
        let way = match Way::of(&service) {
            _ if service.is_empty() => {
                problems.push(self.problem(Column::Service, "the service is empty"));
                None
            }
            Ok(Some(way)) => Some(way),
            Ok(None) => {
                let reason = format!("its service is none of the three ways: {}", shown(&service));
                return Ok(Read::PassedOver(reason));
            }
            Err(reason) => {
                problems.push(self.problem(Column::Service, reason));
                None
            }
        };
        let mut keep = |column, read: Result<_, String>| {
            read.map_err(|reason| problems.push(self.problem(column, &reason))).ok()
        };
        let amount = keep(Column::Price, self.amount().map(Pence::get)).map(Pence::new);
        let included = keep(Column::Included, self.included());
        let term = self.term();
        let is_bare = term.as_ref().is_ok_and(|(_, is_bare)| *is_bare);
        let minimum_months = keep(Column::MinimumTerm, term.map(|(months, _)| months));
        let per = match self.per() {
            Ok(per) => Some(per),
            Err(reason) => {
                let column = match self.columns.number(Column::Per) {
                    Some(_) => Column::Per,
                    None => Column::Price,
                };
                problems.push(self.problem(column, &reason));
                None
            }
        };
        match (way, amount, per, included, minimum_months) {
            (Some(way), Some(amount), Some(per), Some(included), Some(minimum_months))
                if problems.is_empty() =>
            {
                let price = Price {
                    supplier: self.text(Column::Supplier),
                    service,
                    way,
                    amount,
                    per,
                    minimum_months,
                    included,
                    notes: self.text(Column::Notes),
                    sheet: self.name(),
                    row: self.row,
                };
                Ok(Read::Price(Box::new(price), is_bare))
            }
            _ => Err(problems),
        }
    }

    fn amount(&self) -> Result<Pence, String> {
        let read = match self.cell(Column::Price) {
            None => Pence::parse(""),
            Some(Cell::Text(text)) => Pence::parse(text),
            Some(Cell::Number(number)) => Pence::from_cell(*number),
            Some(Cell::Other(_)) => return Err("a price is a number".into()),
        };
        read.map_err(|why| why.reason().to_owned())
    }

    fn per(&self) -> Result<Per, String> {
        let text = match self.cell(Column::Per) {
            Some(_) => self.text(Column::Per),
            None => match self.columns.per {
                Some(per) => return Ok(per),
                None => {
                    return Err(format!("for what the price is asked is empty; {}", Per::KNOWN));
                }
            },
        };
        Per::of(&text).ok_or_else(|| format!("this is no unit of a price; {}", Per::KNOWN))
    }

    fn included(&self) -> Result<u64, String> {
        let number = match self.cell(Column::Included) {
            None => Some(0),
            Some(Cell::Text(text)) if words::is_none(text) => Some(0),
            Some(cell) => whole(cell),
        };
        number
            .filter(|number| *number <= MOST_INCLUDED)
            .ok_or_else(|| "included accesses are a whole number up to 1,000,000".into())
    }

    /// The minimum term in months, and whether it was written without a unit.
    fn term(&self) -> Result<(u64, bool), String> {
        let read = match self.cell(Column::MinimumTerm) {
            None => Some((0, false)),
            Some(Cell::Text(text)) if words::is_none(text) => Some((0, false)),
            Some(Cell::Text(text)) => words::term(text, self.columns.term_unit),
            Some(cell) => whole(cell).and_then(|number| match self.columns.term_unit {
                Some(months) => Some((number.checked_mul(months)?, false)),
                None => Some((number, number > 0)),
            }),
        };
        let reason = "a minimum term is written as 12 months or 1 year, up to 100 years";
        read.filter(|(months, _)| *months <= LONGEST_TERM).ok_or_else(|| reason.into())
    }
}

/// The whole number of a cell, if it holds one.
fn whole(cell: &Cell) -> Option<u64> {
    let text = match cell {
        Cell::Text(text) => text.clone(),
        // A whole number is written without a point; anything else is none.
        Cell::Number(number) => number.to_string(),
        Cell::Other(_) => return None,
    };
    let is_digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_digits.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests;
