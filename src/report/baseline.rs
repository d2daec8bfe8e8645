//! Reads what was accepted: from the workbook that [`super::xlsx`] writes, or from JSON.
//!
//! A workbook is read by a child process with little memory, as any workbook is. What is accepted
//! without a reason or a name is an error: nobody could tell later why the check passed.

use super::xlsx::{ACCEPTED_STATE, GROUPS, label};
use crate::check::{Acceptance, Identity};
use crate::error::{Error, ErrorKind, Result};
use crate::finding::Code;
use crate::finding::catalogue::Level;
use crate::finding::message::plain;
use crate::source::structure::{Grammar, Terminator};
use crate::source::workbook::Workbooks;
use crate::source::{Extract, Limits};
use serde::Deserialize;
use std::io::Read;
use std::path::Path;

/// Names the form of a list of accepted findings; a report has one too, under `accepted`.
pub const FORMAT: &str = "handover-baseline/1";

/// The largest list that is read, in bytes.
const LARGEST: u64 = 64 << 20;

/// The most rows of a sheet that are read.
const MOST_ROWS: u64 = 1_048_576;

/// Reads a list of accepted findings. `workbooks` says how a workbook is read.
///
/// # Errors
/// Where it cannot be read, is no such list, or accepts without a reason or a name.
pub fn read(path: &Path, workbooks: &Workbooks) -> Result<Vec<Acceptance>> {
    let extension = path.extension().map(|e| e.to_string_lossy().to_lowercase());
    match extension.as_deref() {
        Some("json") => of_json(path),
        Some("xlsx" | "xlsm" | "xlsb" | "ods" | "xls") => of_workbook(path, workbooks),
        _ => {
            let message = format!("cannot tell what the baseline {} is", path.display());
            Err(Error::new(ErrorKind::Usage, message)
                .with_path(path)
                .with_hint("give the workbook of a check (.xlsx), or a list or report (.json)"))
        }
    }
}

#[derive(Deserialize)]
struct List {
    format: String,
    #[serde(default)]
    accepted: Vec<Item>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Item {
    code: String,
    #[serde(default)]
    table: String,
    #[serde(default)]
    file: String,
    #[serde(default)]
    field_names: Vec<String>,
    #[serde(default)]
    about: String,
    occurrences: u64,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    by: String,
}

fn of_json(path: &Path) -> Result<Vec<Acceptance>> {
    let failed = |error| Error::io("read", path, error);
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(failed)?;
    file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > LARGEST {
        return Err(wrong(path, "it is larger than the 64 MiB that a list may have"));
    }
    let list: List = serde_json::from_slice(&bytes)
        .map_err(|error| wrong(path, &format!("not a list of accepted findings: {error}")))?;
    if list.format != FORMAT && list.format != super::json::FORMAT {
        let format = plain(&list.format, 60);
        return Err(wrong(path, &format!("its format is {format}, and not {FORMAT}")));
    }
    list.accepted
        .into_iter()
        .zip(1_u64..)
        .map(|(item, number)| {
            let identity = Identity {
                code: item.code,
                table: plain(&item.table, 1_000),
                file: plain(&item.file, 1_000),
                fields: item
                    .field_names
                    .iter()
                    .map(|name| plain(name, 1_000))
                    .collect::<Vec<_>>()
                    .join(", "),
                about: item.about,
            };
            let place = format!("item {number}");
            acceptance(path, &place, identity, item.occurrences, &item.reason, &item.by)
        })
        .collect()
}

/// What holds for all forms: the code is known, and reason and name are there.
fn acceptance(
    path: &Path,
    place: &str,
    mut identity: Identity,
    most: u64,
    reason: &str,
    by: &str,
) -> Result<Acceptance> {
    identity = identity.trimmed();
    let Some(code) = Code::from_name(&identity.code) else {
        let code = plain(&identity.code, 60);
        return Err(wrong(path, &format!("{place}: there is no finding {code}")));
    };
    // A file is part of what a finding is about only where it is about the file as such.
    if !identity.table.is_empty() && code.entry().level != Level::File {
        identity.file.clear();
    }
    let (reason, by) = (plain(reason.trim(), 1_000), plain(by.trim(), 200));
    if reason.is_empty() {
        return Err(wrong(path, &format!("{place}: {code} is accepted without a reason"))
            .with_hint("say why in Comment (reason); without it the acceptance is worth nothing"));
    }
    if by.is_empty() {
        return Err(wrong(path, &format!("{place}: {code} is accepted without a name"))
            .with_hint("say in Owner (by) who accepts it"));
    }
    Ok(Acceptance { identity, most, reason, by })
}

fn of_workbook(path: &Path, workbooks: &Workbooks) -> Result<Vec<Acceptance>> {
    let limits = Limits { workbooks: Some(workbooks.clone()), ..Limits::default() };
    let extract = Extract::open(path, &limits)?;
    let ending = format!("#{GROUPS}");
    let Some(member) =
        extract.members.iter().find(|m| m.sheet.is_some() && m.path.ends_with(&ending))
    else {
        return Err(wrong(path, &format!("it has no sheet \"{GROUPS}\""))
            .with_hint("give a workbook that handover check --report FILE.xlsx has written"));
    };
    let mut reader = extract.reader(member)?;
    let mut bytes = Vec::new();
    let failed = |error| crate::source::MemberReader::error(&member.path, error);
    (&mut reader).take(LARGEST + 1).read_to_end(&mut bytes).map_err(failed)?;
    if reader.faults().get().is_some() {
        return Err(wrong(path, "the workbook is damaged, or cannot be read safely"));
    }
    if bytes.len() as u64 > LARGEST {
        return Err(wrong(path, "its list of groups is larger than 64 MiB"));
    }
    let mut rows = Rows { bytes: &bytes, start: 0, scratch: Vec::new(), number: 0 };
    let header = rows.next().map(|(_, header)| header).unwrap_or_default();
    let columns = Columns::of(&header).map_err(|missing| {
        wrong(path, &format!("the sheet \"{GROUPS}\" has no column \"{missing}\""))
            .with_hint("the headings in row 1 say what is accepted: leave them as they were")
    })?;
    let mut acceptances = Vec::new();
    for (number, row) in rows {
        let cell = |at: usize| row.get(at).map(String::as_str).unwrap_or_default().trim();
        if !cell(columns.status).eq_ignore_ascii_case(ACCEPTED_STATE) {
            continue;
        }
        let place = format!("row {number} of the sheet \"{GROUPS}\"");
        let Some(most) = count(cell(columns.times)) else {
            return Err(wrong(path, &format!("{place}: Times is no number")));
        };
        let identity = Identity {
            code: cell(columns.code).to_owned(),
            table: cell(columns.table).to_owned(),
            file: cell(columns.file).to_owned(),
            fields: cell(columns.columns).to_owned(),
            about: cell(columns.about).to_owned(),
        };
        let (reason, by) = (cell(columns.comment), cell(columns.owner));
        acceptances.push(acceptance(path, &place, identity, most, reason, by)?);
    }
    Ok(acceptances)
}

/// A number as a spreadsheet may have written it: `12`, `12.0`.
fn count(text: &str) -> Option<u64> {
    let whole = text
        .split_once('.')
        .map_or(text, |(whole, rest)| if rest.bytes().all(|b| b == b'0') { whole } else { text });
    whole.parse().ok()
}

/// Where the columns stand that are read.
struct Columns {
    code: usize,
    table: usize,
    file: usize,
    columns: usize,
    about: usize,
    times: usize,
    status: usize,
    owner: usize,
    comment: usize,
}

impl Columns {
    /// By their headings; an error names the first that is not there.
    fn of(header: &[String]) -> Result<Self, &'static str> {
        let find = |name: &'static str| {
            header.iter().position(|label| label.trim().eq_ignore_ascii_case(name)).ok_or(name)
        };
        Ok(Self {
            code: find(label::CODE)?,
            table: find(label::TABLE)?,
            file: find(label::FILE)?,
            columns: find(label::COLUMNS)?,
            about: find(label::ABOUT)?,
            times: find(label::TIMES)?,
            status: find(label::STATUS)?,
            owner: find(label::OWNER)?,
            comment: find(label::COMMENT)?,
        })
    }
}

/// The rows of a sheet, numbered from 1, as a child process gives them.
struct Rows<'a> {
    bytes: &'a [u8],
    start: usize,
    scratch: Vec<u8>,
    number: u64,
}

impl Iterator for Rows<'_> {
    type Item = (u64, Vec<String>);

    fn next(&mut self) -> Option<Self::Item> {
        const GRAMMAR: Grammar = Grammar {
            delimiter: b',',
            quote: Some(b'"'),
            double_quote: true,
            escape: None,
            skip_initial_space: false,
            terminator: Terminator::LineFeed,
        };
        if self.start >= self.bytes.len() || self.number >= MOST_ROWS {
            return None;
        }
        let mut cells = Vec::new();
        let read = GRAMMAR.exact(self.bytes, self.start, true, |cell| cells.push(cell))?;
        let mut row = Vec::with_capacity(cells.len());
        for cell in cells {
            let value = GRAMMAR.value(self.bytes, cell, &mut self.scratch);
            row.push(String::from_utf8_lossy(value).into_owned());
        }
        self.start = read.end.max(self.start + 1);
        self.number += 1;
        Some((self.number, row))
    }
}

fn wrong(path: &Path, problem: &str) -> Error {
    Error::new(ErrorKind::Usage, format!("{}: {problem}", path.display())).with_path(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> Result<Vec<Acceptance>> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("b.json");
        std::fs::write(&path, text).unwrap();
        read(&path, &Workbooks::new("handover".into()))
    }

    #[test]
    fn a_list_is_read() {
        let list = json(
            r#"{"format": "handover-baseline/1", "accepted": [{"code": "row-count", "table": "t",
            "file": "t.csv", "fieldNames": ["a", "b"], "about": " x ", "occurrences": 2,
            "reason": "known", "by": "A. Name"}]}"#,
        )
        .unwrap();
        let [only] = list.as_slice() else { panic!("not one") };
        assert_eq!((only.identity.fields.as_str(), only.identity.about.as_str()), ("a, b", "x"));
        assert_eq!((only.most, only.by.as_str()), (2, "A. Name"));
    }

    #[test]
    fn what_nobody_stands_for_is_refused() {
        let item = |rest: &str| {
            let code = if rest.contains("code") { "" } else { r#""code": "row-count","# };
            json(&format!(
                r#"{{"format": "handover-baseline/1", "accepted": [{{{code} "occurrences": 1 {rest}}}]}}"#
            ))
            .unwrap_err()
            .to_string()
        };
        assert!(item(r#", "by": "A""#).contains("without a reason"));
        assert!(item(r#", "reason": " ", "by": "A""#).contains("without a reason"));
        assert!(item(r#", "reason": "R""#).contains("without a name"));
        assert!(item(r#", "code": "no-such", "reason": "R", "by": "A""#).contains("no finding"));
        assert!(json("{}").is_err());
        assert!(json(r#"{"format": "other/1"}"#).unwrap_err().to_string().contains("other/1"));
    }

    #[test]
    fn numbers_as_spreadsheets_write_them() {
        assert_eq!(count("12"), Some(12));
        assert_eq!(count("12.0"), Some(12));
        assert_eq!(count("12.5"), None);
        assert_eq!(count(""), None);
    }
}
