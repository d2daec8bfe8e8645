//! Which file of an extract is which documented table, and how it is written.

use super::{Imported, counted};
use crate::error::Result;
use crate::finding::message::plain;
use crate::schema::draft::{Field, Resource};
use crate::schema::form::Form;
use crate::source::sheet::key;
use crate::source::sniff::{PEEK, Sniffed, sniff};
use crate::source::{Extract, Fault, Member, MemberReader};
use serde_json::json;
use std::collections::BTreeMap;
use std::io::Read;

/// A file that seems to be a table.
struct Candidate {
    path: String,
    /// The words of its name.
    words: Vec<String>,
    is_sheet: bool,
    sniffed: Sniffed,
}

/// Gives each table the file of the extract that is its: by the words of its name, and by the labels
/// of its header. How the file is written, and the forms of dates that the document does not say,
/// are then told from its first rows. What was found so is noted.
///
/// # Errors
/// Where the extract cannot be read.
pub fn match_files(imported: &mut Imported, extract: &Extract) -> Result<()> {
    let candidates = candidates(extract)?;
    let mut pairs: Vec<((usize, usize), usize, usize)> = Vec::new();
    for (number, resource) in imported.draft.resources.iter().enumerate() {
        for (file, candidate) in candidates.iter().enumerate() {
            if let Some(score) = score(resource, candidate) {
                pairs.push((score, number, file));
            }
        }
    }
    // The best first; of equals the first in the document.
    pairs.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)).then(a.2.cmp(&b.2)));
    let mut chosen: BTreeMap<usize, usize> = BTreeMap::new();
    for (_, number, file) in &pairs {
        if !chosen.contains_key(number) && !chosen.values().any(|other| other == file) {
            chosen.insert(*number, *file);
        }
    }
    let mut absent = Vec::new();
    let mut notes = Vec::new();
    for (number, resource) in imported.draft.resources.iter_mut().enumerate() {
        let Some(candidate) = chosen.get(&number).and_then(|file| candidates.get(*file)) else {
            absent.push(plain(&resource.name, 60));
            continue;
        };
        written_as(resource, candidate, &mut notes);
    }
    let unclaimed: Vec<String> = (0..candidates.len())
        .filter(|file| !chosen.values().any(|other| other == file))
        .filter_map(|file| candidates.get(file))
        .map(|candidate| crate::path::shown(&candidate.path))
        .collect();
    imported.note(format!(
        "from the extract: the files of {} of {}, and how they are written",
        counted(chosen.len(), "table", "tables"),
        imported.draft.resources.len()
    ));
    for note in notes {
        imported.note(note);
    }
    if !absent.is_empty() {
        imported.note(format!("documented, and no file found: {}", list(&absent)));
    }
    if !unclaimed.is_empty() {
        imported.note(format!("in the extract, and not documented: {}", list(&unclaimed)));
    }
    Ok(())
}

fn list(names: &[String]) -> String {
    const MOST: usize = 12;
    let shown = names.get(..MOST.min(names.len())).unwrap_or_default().join(", ");
    match names.len().saturating_sub(MOST) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

fn candidates(extract: &Extract) -> Result<Vec<Candidate>> {
    let mut candidates = Vec::new();
    for (number, member) in extract.members.iter().enumerate() {
        let carries = extract.members.iter().any(|m| m.within == Some(number as u32));
        if member.litter || carries || !member.is_readable() || !may_be_table(member) {
            continue;
        }
        let mut bytes = Vec::new();
        match extract.reader(member)?.take(PEEK as u64).read_to_end(&mut bytes) {
            Ok(_) => {}
            Err(error) if Fault::of(&error).is_some() => {}
            Err(error) => return Err(MemberReader::error(&member.path, error)),
        }
        if let Some(sniffed) = sniff(&bytes, bytes.len() < PEEK) {
            candidates.push(Candidate {
                words: words(&member.path),
                path: member.path.clone(),
                is_sheet: member.sheet.is_some(),
                sniffed,
            });
        }
    }
    Ok(candidates)
}

fn may_be_table(member: &Member) -> bool {
    let name = member.path.rsplit('/').next().unwrap_or(&member.path).to_lowercase();
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    member.sheet.is_some()
        || matches!(ending, "csv" | "tsv" | "txt" | "tab" | "psv" | "dat" | "")
        || !name.contains('.')
}

/// The words of a file's or sheet's name, its ending left out.
fn words(path: &str) -> Vec<String> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let name = match name.split_once('#') {
        Some((_, sheet)) => sheet,
        None => name.rsplit_once('.').map_or(name, |(stem, _)| stem),
    };
    let words = key(&name.replace('_', " "));
    words.split(' ').map(str::to_owned).collect()
}

/// How well a file fits a table: labels in common, of a hundred, and the words of the table's name
/// that stand together in the file's. `None`: not at all.
fn score(resource: &Resource, candidate: &Candidate) -> Option<(usize, usize)> {
    let name = if resource.title.is_empty() { &resource.name } else { &resource.title };
    let file = resource.paths.first().map(|path| words(path)).unwrap_or_default();
    let by_name = [words(&name.replace(['.', '/'], " ")), file]
        .iter()
        .filter(|wanted| !wanted.is_empty())
        .filter(|wanted| {
            candidate.words.windows(wanted.len()).any(|part| part == wanted.as_slice())
        })
        .map(|wanted| wanted.len() * 100 / candidate.words.len().max(1) + 1)
        .max()
        .unwrap_or(0);
    let labels = &candidate.sniffed.labels;
    let common = match candidate.sniffed.header {
        true => {
            let has = |field: &&Field| labels.iter().any(|label| key(label) == key(&field.name));
            resource.fields.iter().filter(has).count() * 100
                / resource.fields.len().max(labels.len()).max(1)
        }
        false if labels.len() == resource.fields.len() && by_name > 0 => 60,
        false => 0,
    };
    match (common, by_name) {
        (0..30, 0) | (0..10, _) => None,
        _ => Some((common + if by_name > 0 { 30 } else { 0 }, by_name)),
    }
}

/// Takes over how a file is written.
fn written_as(resource: &mut Resource, candidate: &Candidate, notes: &mut Vec<String>) {
    let sniffed = &candidate.sniffed;
    resource.paths = vec![candidate.path.clone()];
    if candidate.is_sheet {
        if let Some((book, sheet)) = candidate.path.split_once('#') {
            resource.paths = vec![book.to_owned()];
            resource.dialect.insert("sheetName".into(), json!(sheet));
        }
    } else {
        resource.encoding = sniffed.encoding.into();
        if sniffed.grammar.delimiter != b',' {
            let delimiter = char::from(sniffed.grammar.delimiter).to_string();
            resource.dialect.insert("delimiter".into(), json!(delimiter));
        }
        if sniffed.grammar.quote.is_none() {
            resource.dialect.insert("quoteChar".into(), json!(null));
        }
    }
    let name = plain(&resource.name, 60);
    if !sniffed.header {
        resource.dialect.insert("header".into(), json!(false));
        resource.fields_match = "";
        notes.push(format!(
            "from the extract: {name} has no header, so that its columns are known by their order"
        ));
    }
    for (at, field) in resource.fields.iter_mut().enumerate() {
        let column = match sniffed.header {
            false => Some(at),
            true => sniffed.labels.iter().position(|label| *label == field.name),
        };
        let Some(column) = column else { continue };
        if !matches!(field.kind, "date" | "datetime" | "time") || !field.format.is_empty() {
            continue;
        }
        let cells = sniffed.rows.iter().skip(usize::from(sniffed.header));
        let forms: Vec<Form> = cells
            .filter_map(|row| row.get(column))
            .filter(|cell| !cell.is_empty())
            .map(|cell| Form::of(cell.as_bytes()))
            .collect();
        let Some(form) = forms.iter().max_by_key(|form| forms.iter().filter(|f| f == form).count())
        else {
            continue;
        };
        if form.kind() == field.kind && !form.pattern(false).is_empty() {
            let month_first = forms.iter().any(|form| {
                form.pattern(false).starts_with("%m") && !form.pattern(false).starts_with("%d")
            });
            field.format = form.pattern(month_first);
            notes.push(format!(
                "from the extract, since the document does not say: {}.{} is written as {}",
                name,
                plain(&field.name, 60),
                field.format
            ));
        }
    }
}
