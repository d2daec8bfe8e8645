//! From sheets to what is said of each table and field: which rows are headings, which are titles,
//! which tables they belong to.

use super::headings::{Column, Headings};
use super::{Notes, Place};
use crate::source::sheet::{Sheet, key};
use std::collections::BTreeMap;

/// What is said of one field, as written; empty: nothing.
#[derive(Debug, Clone, Default)]
pub(super) struct Said {
    /// Where.
    pub(super) place: Place,
    /// The table's name.
    pub(super) table: String,
    /// What each column says.
    pub(super) cells: BTreeMap<Column, String>,
    /// The numbers of the columns.
    pub(super) columns: BTreeMap<Column, u32>,
}

impl Said {
    pub(super) fn get(&self, column: Column) -> &str {
        self.cells.get(&column).map_or("", String::as_str)
    }

    /// The place of one of its cells.
    pub(super) fn at(&self, column: Column) -> Place {
        Place { column: self.columns.get(&column).copied(), ..self.place.clone() }
    }
}

/// What is said of one table.
#[derive(Debug, Clone, Default)]
pub(super) struct Table {
    pub(super) description: String,
    pub(super) file: String,
    pub(super) title: String,
    /// What else is said of how its file is: role, presence, encoding, delimiter, header, with where.
    pub(super) more: BTreeMap<Column, (String, Place)>,
}

/// All that a document says.
#[derive(Debug, Default)]
pub(super) struct Document {
    /// Fields in the order in which they stand.
    pub(super) fields: Vec<Said>,
    /// Tables by the key of their name.
    pub(super) tables: BTreeMap<String, Table>,
    /// Code lists by the key of their name.
    pub(super) lists: BTreeMap<String, Vec<(String, String)>>,
    /// References that stand in sheets of their own.
    pub(super) references: Vec<Said>,
}

/// Reads the sheets of a document.
pub(super) fn read(sheets: &[Sheet], notes: &mut Notes) -> Document {
    let mut document = Document::default();
    for sheet in sheets {
        let before = document.fields.len() + document.references.len() + document.lists.len();
        let tables = document.tables.len();
        section(sheet, &mut document, notes);
        let after = document.fields.len() + document.references.len() + document.lists.len();
        if before == after && tables == document.tables.len() && !sheet.rows.is_empty() {
            let place = Place { sheet: sheet.name.clone(), ..Place::default() };
            notes.add("no headings of fields in a sheet, which was passed over", place);
        }
    }
    document
}

/// What the rows below a heading describe.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Section {
    Fields,
    Tables,
    Codes,
    References,
}

fn kind(headings: &Headings) -> Option<Section> {
    let refers = headings.has(Column::ReferenceTable) && headings.has(Column::ReferenceField);
    let described = [Column::Type, Column::Length, Column::Mandatory, Column::Nullable]
        .iter()
        .any(|column| headings.has(*column));
    if refers && headings.has(Column::Table) && headings.has(Column::Field) && !described {
        Some(Section::References)
    } else if headings.is_of_codes() && !headings.is_of_fields() {
        Some(Section::Codes)
    } else if headings.is_of_fields() {
        Some(Section::Fields)
    } else if headings.is_of_codes() {
        Some(Section::Codes)
    } else if headings.is_of_tables() {
        Some(Section::Tables)
    } else {
        None
    }
}

fn section(sheet: &Sheet, document: &mut Document, notes: &mut Notes) {
    let mut at: Option<(Section, Headings)> = None;
    let mut table = table_of_name(&sheet.name);
    let mut list = table_of_name(&sheet.name);
    let mut title: Option<String> = None;
    let mut above: Option<(u32, &BTreeMap<u32, String>)> = None;
    let mut first_in_column = String::new();
    for (number, row) in &sheet.rows {
        let before = above.filter(|(before, _)| before + 1 == *number).map(|(_, row)| row);
        above = Some((*number, row));
        let headings = Headings::of(row, before);
        // Below a heading, a row of words may look like another one: only one that says the same, or
        // that stands apart, is.
        let apart = match &at {
            None => true,
            Some((_, heading)) => {
                let same =
                    |(column, label): (&u32, &String)| heading.labels.get(column) == Some(label);
                before.is_none()
                    || headings.labels.iter().filter(|one| same(*one)).count() * 2 > row.len()
            }
        };
        if let Some(section) = kind(&headings).filter(|_| apart && is_heading(&headings, row)) {
            for (column, label) in &headings.labels {
                if !headings.known.values().any(|known| known == column) {
                    let place = Place {
                        sheet: sheet.name.clone(),
                        row: Some(*number),
                        column: Some(*column),
                    };
                    notes.column(label, place);
                }
            }
            if let Some(title) = title.take() {
                table.clone_from(&title);
                list = title;
            }
            first_in_column.clear();
            at = Some((section, headings));
            continue;
        }
        // A row of one cell, or of merged ones, may tell whose fields follow.
        let above_all = at.is_none() && !is_anonymous(&sheet.name);
        if let [text] = row.values().collect::<Vec<_>>().as_slice()
            && let Some(name) = named(text, above_all)
        {
            title = Some(name);
            if at.is_none() || !headings_follow(sheet, *number) {
                continue;
            }
            at = None;
            continue;
        }
        let Some((section, headings)) = &at else { continue };
        let get = |column| headings.get(row, column);
        let place = Place { sheet: sheet.name.clone(), row: Some(*number), column: None };
        match section {
            Section::Codes => {
                let name = get(Column::List);
                if !name.is_empty() {
                    name.clone_into(&mut first_in_column);
                }
                let name = if first_in_column.is_empty() { &list } else { &first_in_column };
                let (code, meaning) = (get(Column::Code), get(Column::Meaning));
                let meaning = if meaning.is_empty() { get(Column::Description) } else { meaning };
                if !code.is_empty() {
                    let codes = document.lists.entry(key(name)).or_default();
                    codes.push((code.to_owned(), meaning.to_owned()));
                }
            }
            Section::Tables => {
                let entry = document.tables.entry(key(get(Column::Table))).or_default();
                let description = [Column::TableDescription, Column::Description];
                let description = description.into_iter().map(get).find(|text| !text.is_empty());
                entry.description = description.unwrap_or_default().to_owned();
                entry.file = get(Column::File).to_owned();
                entry.title = get(Column::Title).to_owned();
                for column in [
                    Column::Role,
                    Column::Presence,
                    Column::Encoding,
                    Column::Delimiter,
                    Column::HeaderRow,
                ] {
                    if !get(column).is_empty() {
                        let at = headings.known.get(&column).copied();
                        let place = Place { column: at, ..place.clone() };
                        entry.more.insert(column, (get(column).to_owned(), place));
                    }
                }
            }
            Section::Fields | Section::References => {
                let field = get(Column::Field);
                if row.len() == 1 && field.contains(':') {
                    notes.add("a row of one cell that names no field was passed over", place);
                    continue;
                }
                if field.is_empty() {
                    if !get(Column::Table).is_empty() && headings.has(Column::Table) {
                        // The first row of a table may hold nothing but its name.
                        get(Column::Table).clone_into(&mut first_in_column);
                    } else if !continued(document, headings, row) {
                        notes.add("a row without a field's name was passed over", place);
                    }
                    continue;
                }
                let name = match headings.has(Column::Table) {
                    true => {
                        // A merged cell holds its text in its first row only.
                        if !get(Column::Table).is_empty() {
                            get(Column::Table).clone_into(&mut first_in_column);
                        }
                        match first_in_column.is_empty() {
                            true => table.clone(),
                            false => first_in_column.clone(),
                        }
                    }
                    false => table.clone(),
                };
                let cells: BTreeMap<Column, String> = headings
                    .known
                    .iter()
                    .filter_map(|(column, number)| Some((*column, row.get(number)?.clone())))
                    .collect();
                let description = cells.get(&Column::TableDescription).cloned();
                let said =
                    Said { place, table: name.clone(), cells, columns: headings.known.clone() };
                if *section == Section::References {
                    document.references.push(said);
                    continue;
                }
                let entry = document.tables.entry(key(&name)).or_default();
                if let Some(description) = description.filter(|_| entry.description.is_empty()) {
                    entry.description = description;
                }
                if entry.file.is_empty() {
                    said.get(Column::File).clone_into(&mut entry.file);
                }
                document.fields.push(said);
            }
        }
    }
}

/// Whether a row that has the words of headings is one: most of its cells are such words.
fn is_heading(headings: &Headings, row: &BTreeMap<u32, String>) -> bool {
    let short = row.values().all(|text| text.chars().count() <= 60);
    short && headings.known.len() * 2 >= row.len() && row.len() > 1
}

/// Whether a heading row stands within three rows below.
fn headings_follow(sheet: &Sheet, number: u32) -> bool {
    let below = sheet.rows.range(number.saturating_add(1)..=number.saturating_add(3));
    below.into_iter().any(|(_, row)| {
        let headings = Headings::of(row, None);
        kind(&headings).is_some() && is_heading(&headings, row)
    })
}

/// The table that a title names: `Table: Patient`, `Patient table`, or, above all headings, a word.
fn named(text: &str, above_all: bool) -> Option<String> {
    const WORDS: [&str; 6] = ["table name", "table", "entity", "file name", "file", "dataset"];
    let lower = text.to_lowercase();
    for word in WORDS {
        if lower.starts_with(word)
            && let Some(rest) = text.get(word.len()..)
            && let Some(rest) = rest.trim_start().strip_prefix([':', '-', '–', '='])
        {
            return Some(table_of_name(rest.trim()));
        }
        if let Some(name) = lower.strip_suffix(word)
            && let Some(name) = text.get(..name.len()).map(str::trim)
            && is_word(name)
        {
            return Some(name.to_owned());
        }
    }
    (is_word(text) && !above_all || is_identifier(text)).then(|| text.trim().to_owned())
}

/// A sheet that nobody gave a name.
fn is_anonymous(sheet: &str) -> bool {
    let name = key(sheet);
    let word = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == ' ');
    matches!(word, "sheet" | "table" | "page" | "tabelle" | "feuil")
}

fn is_word(text: &str) -> bool {
    let text = text.trim();
    !text.is_empty() && text.chars().count() <= 60 && !text.contains(char::is_whitespace)
}

/// A word that looks like the name of a table: with `_`, or capitals inside.
fn is_identifier(text: &str) -> bool {
    let text = text.trim();
    let inner = text.chars().skip(1).any(|c| c == '_' || c.is_uppercase());
    is_word(text) && inner && text.chars().all(|c| c.is_alphanumeric() || c == '_')
}

/// The name of a table that a file or sheet is called by.
fn table_of_name(name: &str) -> String {
    let lower = name.to_lowercase();
    let ending =
        [".csv", ".tsv", ".txt", ".xlsx", ".xls", ".ods"].into_iter().find(|e| lower.ends_with(e));
    let stem = ending.map_or(name, |ending| name.get(..name.len() - ending.len()).unwrap_or(name));
    stem.trim().to_owned()
}

/// A row that only goes on with the text of the field above.
fn continued(document: &mut Document, headings: &Headings, row: &BTreeMap<u32, String>) -> bool {
    const TEXTS: [Column; 4] = [Column::Description, Column::Notes, Column::Codes, Column::Example];
    let Some(last) = document.fields.last_mut() else { return false };
    let columns: Option<Vec<(Column, &String)>> = row
        .iter()
        .map(|(number, text)| {
            let column = headings.known.iter().find(|(_, known)| *known == number)?.0;
            TEXTS.contains(column).then_some((*column, text))
        })
        .collect();
    let Some(columns) = columns else { return false };
    for (column, text) in columns {
        let cell = last.cells.entry(column).or_default();
        if !cell.is_empty() {
            cell.push('\n');
        }
        cell.push_str(text);
    }
    true
}
