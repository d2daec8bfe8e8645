//! Drafts a descriptor from an extract that has none: tables, types, keys, references.
//!
//! All rows are read twice: once to count what the columns hold, once to prove what was concluded
//! (by the very check that the descriptor is for). Memory is bounded: of a column's values only a
//! fixed number is kept (`sketch`), and keys are joined as `check` joins them.
//!
//! **Invariant:** a descriptor from here, checked against the same extract, gives no error finding
//! but those that no descriptor could avoid, which are told. No value stands in it but those of
//! code lists: at most 50, each of at least 10 persons, never names, identifiers or free text (`privacy`).

mod column;
mod fields;
mod further;
mod keys;
mod labels;
mod names;
mod privacy;
mod prove;
mod read;
mod sketch;
mod tables;

use crate::error::{Error, ErrorKind, Result};
use crate::finding::message::{counted, plain, thousands};
use crate::pipeline::{Interrupt, Progress};
use crate::schema::draft::{Draft, Reference, Resource, plain_name};
use crate::source::Extract;
use column::{Column, Counts};
use keys::Seen;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

/// How an extract is read.
#[derive(Debug, Clone)]
pub struct Options {
    /// Worker threads.
    pub jobs: usize,
    /// Bytes that key records and join tables may take in memory.
    pub memory: usize,
    /// Where temporary files go.
    pub temp_dir: PathBuf,
    /// The key of the check's key hashes: random. It changes nothing that is found.
    pub key: [u8; 16],
    /// The request to stop.
    pub interrupt: Interrupt,
    /// How far it has come, where whoever works tells.
    pub progress: Progress,
}

/// What was concluded, and from what.
#[derive(Debug)]
pub struct Inferred {
    /// The descriptor on its way.
    pub draft: Draft,
    /// What speaks for each key and reference, and what a person should look at.
    pub found: Found,
}

/// Evidence and doubts.
#[derive(Debug, Default)]
pub struct Found {
    /// Rows by table.
    rows: BTreeMap<String, u64>,
    /// For a proposed reference: cells, different values, whether the names agree.
    evidence: BTreeMap<(usize, Reference), (u64, u64, bool)>,
    /// What a person should look at: table, field, text.
    notes: Vec<(String, String, String)>,
    /// What no descriptor can allow: where, code, how often.
    damage: Vec<(String, &'static str, u64)>,
    /// Keys that are none.
    dropped: Vec<(String, Vec<String>)>,
    /// Files that are no tables.
    others: Vec<String>,
    table: String,
}

impl Found {
    fn note(&mut self, field: &str, text: String) {
        self.notes.push((self.table.clone(), field.to_owned(), text));
    }

    fn note_of(&mut self, table: &str, field: &str, text: String) {
        self.notes.push((plain_name(table), field.to_owned(), text));
    }

    fn also_unique(&mut self, table: &str, others: &[&str]) {
        let text = format!("also different in each row: {}", others.join(", "));
        self.notes.push((plain_name(table), String::new(), text));
    }

    fn nearly(&mut self, table: &str, field: &str, parent: &str, has: usize, lacks: usize) {
        let text = format!(
            "nearly a reference to {parent}: of {} different values that were compared, {lacks} are not there",
            has + lacks
        );
        self.notes.push((plain_name(table), field.to_owned(), text));
    }

    fn proposed(&mut self, table: usize, reference: &Reference, child: &Column, names: bool) {
        let distinct = child.sketch.distinct() as u64;
        self.evidence.insert((table, reference.clone()), (child.filled, distinct, names));
    }

    fn rows(&mut self, table: &str, rows: u64) {
        self.rows.insert(table.to_owned(), rows);
    }

    fn damage(&mut self, place: &str, code: &'static str, times: u64) {
        self.damage.push((place.to_owned(), code, times));
    }
}

/// Infers the schema of an extract.
///
/// # Errors
/// Where the extract cannot be read, or has no table.
pub fn infer(extract: &Extract, name: &str, options: &Options) -> Result<Inferred> {
    let (files, others) = tables::files(extract)?;
    if files.is_empty() {
        let message = format!("{} holds no delimited file and no sheet", extract.path.display());
        return Err(Error::new(ErrorKind::Usage, message)
            .with_path(&extract.path)
            .with_hint(
                "give a folder, an archive, a workbook or a delimited file in UTF-8, UTF-16 or Windows-1252",
            ));
    }
    let mut counts: Vec<Option<Counts>> =
        read::read(extract, &files, options)?.into_iter().map(Some).collect();
    let tables = tables::tables(&files);
    let mut found = Found { others, ..Found::default() };
    let mut draft = Draft {
        name: plain_name(name),
        title: name.to_owned(),
        description: "Inferred from the extract itself: it says what is there, not what should be."
            .into(),
        ..Draft::default()
    };
    let mut merged: Vec<Counts> = Vec::new();
    for table in &tables {
        let own = table.files.iter().filter_map(|file| counts.get_mut(*file)?.take());
        let Some(all) = own.reduce(|mut all, next| {
            all.merge(next);
            all
        }) else {
            continue;
        };
        found.table.clone_from(&table.name);
        draft.resources.push(resource(&files, table, &all, &mut found));
        merged.push(all);
    }
    let first = |table: &tables::Table| table.files.first().and_then(|file| files.get(*file));
    let seen: Vec<Seen<'_>> = tables
        .iter()
        .zip(&merged)
        .filter_map(|(table, counts)| {
            let sniffed = &first(table)?.sniffed;
            let (title, labels) = (table.title.as_str(), sniffed.labels.as_slice());
            Some(Seen { title, labels, named: sniffed.header, counts })
        })
        .collect();
    keys::propose(&mut draft, &seen, &mut found);
    roles(&mut draft);
    prove::prove(extract, &mut draft, options, &mut found)?;
    Ok(Inferred { draft, found })
}

/// Roles that names give away. One table has the role patient: of several whose names say so, that
/// to which most refer, then that whose name says nothing else.
fn roles(draft: &mut Draft) {
    let named = |resource: &Resource| {
        names::words(if resource.title.is_empty() { &resource.name } else { &resource.title })
    };
    let mut patients = Vec::new();
    for number in 0..draft.resources.len() {
        let Some(resource) = draft.resources.get(number) else { continue };
        let words = named(resource);
        let is_last = matches!(
            words.last().map(String::as_str),
            Some("patient" | "patients" | "person" | "persons")
        );
        if words.iter().any(|word| word == "audit" || word == "audits") {
            if let Some(resource) = draft.resources.get_mut(number) {
                resource.handover.insert("role".into(), json!("audit-trail"));
            }
        } else if is_last {
            let to = |key: &&Reference| key.resource == resource.name;
            let all = draft.resources.iter().flat_map(|one| &one.foreign_keys);
            let references = all.filter(to).count();
            patients.push((references, std::cmp::Reverse((words.len(), number))));
        }
    }
    if let Some((_, std::cmp::Reverse((_, number)))) = patients.into_iter().max()
        && let Some(resource) = draft.resources.get_mut(number)
    {
        resource.handover.insert("role".into(), json!("patient"));
    }
}

fn resource(
    files: &[tables::File],
    table: &tables::Table,
    counts: &Counts,
    found: &mut Found,
) -> Resource {
    let mut resource = Resource { name: table.name.clone(), ..Resource::default() };
    if table.title != table.name {
        resource.title.clone_from(&table.title);
    }
    let Some(file) = table.files.first().and_then(|file| files.get(*file)) else { return resource };
    let sniffed = &file.sniffed;
    if file.is_sheet {
        if let Some((book, sheet)) = file.path.split_once('#') {
            resource.paths = vec![book.to_owned()];
            resource.dialect.insert("sheetName".into(), json!(sheet));
        }
    } else {
        match &table.pattern {
            Some(pattern) => _ = resource.handover.insert("filePattern".into(), json!(pattern)),
            None => {
                let paths = table.files.iter().filter_map(|file| files.get(*file));
                resource.paths = paths.map(|file| file.path.clone()).collect();
            }
        }
        // What is not seen in the beginning of a file may come later.
        let encoding = match sniffed.order {
            None if counts.not_utf8 => "windows-1252",
            _ => sniffed.encoding,
        };
        resource.encoding = encoding.into();
        let delimiter = char::from(sniffed.grammar.delimiter).to_string();
        resource.dialect.insert("delimiter".into(), json!(delimiter));
        if sniffed.grammar.quote.is_none() {
            resource.dialect.insert("quoteChar".into(), json!(null));
        }
    }
    for (label, column) in sniffed.labels.iter().zip(&counts.columns) {
        resource.fields.push(fields::field(label, column, sniffed.header, found));
    }
    if !sniffed.header {
        resource.dialect.insert("header".into(), json!(false));
    }
    if file.is_doubtful {
        let text = "the first row may be labels or a person's: it is read as data and not shown; if it \
                    holds labels, set \"header\" to true and name the fields";
        found.note("", text.to_owned());
    }
    if counts.ragged > 0 {
        let text =
            format!("{} rows have more or fewer cells than the first", thousands(counts.ragged));
        found.note("", text);
    }
    resource
}

/// For people: each table with its keys and references and what speaks for them, then doubts.
impl fmt::Display for Inferred {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { draft, found } = self;
        // A table is named for its file, and that may be named for a person.
        let shown = |text: &str| plain(&crate::path::shown(text), 80);
        let fields: usize = draft.resources.iter().map(|resource| resource.fields.len()).sum();
        let tables = counted(draft.resources.len() as u64, "table", "tables");
        writeln!(f, "{tables}, {}", counted(fields as u64, "field", "fields"))?;
        for (number, resource) in draft.resources.iter().enumerate() {
            let rows = found.rows.get(&resource.name).copied().unwrap_or(0);
            writeln!(
                f,
                "\n{}: {}, {}",
                shown(&resource.name),
                counted(rows, "row", "rows"),
                counted(resource.fields.len() as u64, "field", "fields")
            )?;
            if !resource.primary_key.is_empty() {
                let key = shown(&resource.primary_key.join(" + "));
                let rows = counted(rows, "row", "rows");
                writeln!(f, "  key        {key}: different in each of {rows}")?;
            }
            for key in &resource.foreign_keys {
                let target = format!("{}.{}", key.resource, key.reference.join("+"));
                write!(f, "  reference  {} -> {}", shown(&key.fields.join(" + ")), shown(&target))?;
                match found.evidence.get(&(number, key.clone())) {
                    Some((0, _, _)) => write!(f, ": by its name alone, the column is empty")?,
                    Some((cells, distinct, names)) => {
                        let cells = thousands(*cells);
                        write!(
                            f,
                            ": all {cells} cells (about {} different values) are there",
                            thousands(*distinct)
                        )?;
                        f.write_str(if *names {
                            ", and the names agree"
                        } else {
                            "; the names do not tell"
                        })?;
                    }
                    None => write!(f, ": all rows hold, and the names agree")?,
                }
                writeln!(f)?;
            }
            let sometimes = resource.handover.get("references").and_then(Value::as_array);
            for key in sometimes.into_iter().flatten() {
                let names = |value: &Value| {
                    let names = value.as_array().into_iter().flatten().filter_map(Value::as_str);
                    names.collect::<Vec<_>>().join(" + ")
                };
                let target = key["reference"]["resource"].as_str().unwrap_or_default();
                let target = format!("{target}.{}", names(&key["reference"]["fields"]));
                let when = key["when"].to_string();
                let (from, target) = (shown(&names(&key["fields"])), shown(&target));
                writeln!(f, "  reference  {from} -> {target}: of the rows where {}", shown(&when))?;
            }
            for (_, field, text) in
                found.notes.iter().filter(|(table, _, _)| *table == resource.name)
            {
                let of =
                    if field.is_empty() { String::new() } else { format!("{}: ", shown(field)) };
                writeln!(f, "  look at    {of}{text}")?;
            }
        }
        if !found.damage.is_empty() {
            writeln!(
                f,
                "\nWrong in the data, which no schema can allow (handover check tells where):"
            )?;
            for (place, code, times) in &found.damage {
                let times = counted(*times, "time", "times");
                writeln!(f, "- {}: {code}, {times}", shown(place))?;
            }
        }
        if !found.others.is_empty() {
            writeln!(f, "\nFiles that are no tables: {}", thousands(found.others.len() as u64))?;
        }
        Ok(())
    }
}
