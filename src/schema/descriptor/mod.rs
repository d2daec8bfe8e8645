//! Reads a descriptor: Data Package v2 or v1 with Table Schema and Table Dialect, and our own
//! `handover` extension (docs/schema.md).
//!
//! A wrong descriptor is refused with every mistake in it, each with place, reason and hint. What
//! the standard has and this program does not check is noted in [`Schema::unsupported`], never
//! passed over. Extra properties are the author's own, as the standard has it.
//!
//! **Invariant:** a [`Schema`] that leaves here is sound: every index is in range, every key has
//! fields, every bound has its field's type, every path stays within the extract.

mod dialect;
mod extension;
mod extension_field;
mod extension_table;
mod field;
mod json;
mod keys;
mod kind;
mod listing;
mod metadata;
mod package;
mod pattern;
mod properties;
mod reader;
mod resource;
mod rules;
mod table;
#[cfg(test)]
mod tests;

use super::{Schema, Unsupported};
use crate::error::{Error, ErrorKind, Result};
use reader::{At, Reader, Source};
use std::fmt;

pub use properties::{Level, PROPERTIES, Property, Treatment};
pub(super) use reader::did_you_mean;

/// The largest descriptor that is read, in bytes.
///
/// A system of 166 tables with thousands of fields needs about one million. A descriptor may come
/// with the extract, from anyone: reading one takes up to some thirty times its size in memory.
pub const SIZE_LIMIT: usize = 8 << 20;

/// One mistake in a descriptor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// The file in which it stands, where the descriptor names one for a schema or dialect; `None`
    /// for the descriptor itself.
    pub file: Option<String>,
    /// Where it stands, as a JSON Pointer (RFC 6901); empty for the whole text.
    pub pointer: String,
    /// The line, counted from 1.
    pub line: usize,
    /// The column, counted from 1, in characters.
    pub column: usize,
    /// What is wrong: one clause that follows the place.
    pub reason: String,
    /// What to write instead: one clause.
    pub hint: String,
}

/// As an error's message has it: `/resources/0/name (line 3, column 9): must be a string, …`.
impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(file) = &self.file {
            write!(f, "{file}: ")?;
        }
        if !self.pointer.is_empty() {
            write!(f, "{} ", self.pointer)?;
        }
        write!(f, "(line {}, column {}): {}", self.line, self.column, self.reason)
    }
}

/// Reads a descriptor from its bytes. A schema or dialect that it names as a file is not loaded
/// ([`read_with`] does that).
///
/// # Errors
/// [`ErrorKind::Schema`] where it is wrong: the message tells the first mistake and how many more
/// there are, the hint what to write instead. [`mistakes`] lists all.
pub fn read(bytes: &[u8]) -> Result<Schema> {
    read_with(bytes, &mut |_| None)
}

/// Reads a descriptor from its bytes, and through `load` the files beside it that it names for a
/// `schema` or `dialect`. `load` gets a relative path that stays within the descriptor's folder,
/// and gives the file's bytes, or `None` where there is no such file.
///
/// # Errors
/// As [`read`].
pub fn read_with(bytes: &[u8], load: &mut dyn FnMut(&str) -> Option<Vec<u8>>) -> Result<Schema> {
    match attempt(bytes, load)? {
        (Some(schema), mistakes) if mistakes.is_empty() => Ok(schema),
        (_, mistakes) => Err(refusal(&mistakes)),
    }
}

/// All mistakes in a descriptor, in the order of its text; none where [`read_with`] reads it.
///
/// # Errors
/// A fault in this program only.
pub fn mistakes(
    bytes: &[u8],
    load: &mut dyn FnMut(&str) -> Option<Vec<u8>>,
) -> Result<Vec<Mistake>> {
    Ok(attempt(bytes, load)?.1)
}

fn attempt(
    bytes: &[u8],
    load: &mut dyn FnMut(&str) -> Option<Vec<u8>>,
) -> Result<(Option<Schema>, Vec<Mistake>)> {
    let text = match decode(bytes) {
        Ok(text) => text,
        Err(mistake) => return Ok((None, vec![*mistake])),
    };
    let source = Source { name: None, text: text.to_owned() };
    let node = match json::parse(&source.text)? {
        Ok(node) => node,
        Err(error) => return Ok((None, vec![not_json(None, &error)])),
    };
    let root = At::root(&node, &source);
    let mut reader = Reader::default();
    reader.duplicates(&root);
    let schema = package::read(&mut reader, &root, bytes, load)?;
    let mut mistakes = reader.mistakes;
    // The descriptor's own come first, in the order of its text; the sort is stable.
    mistakes.sort_by(|a, b| (&a.file, a.line, a.column).cmp(&(&b.file, b.line, b.column)));
    mistakes.dedup();
    Ok((schema, mistakes))
}

/// The text of a JSON file: UTF-8, a byte order mark being passed over.
fn decode(bytes: &[u8]) -> std::result::Result<&str, Box<Mistake>> {
    let wrong = |line, column, reason: String, hint: &str| {
        let (file, pointer, hint) = (None, String::new(), hint.to_owned());
        Err(Box::new(Mistake { file, pointer, line, column, reason, hint }))
    };
    if bytes.len() > SIZE_LIMIT {
        let reason = format!("is larger than {} MiB", SIZE_LIMIT >> 20);
        return wrong(1, 1, reason, "is this the descriptor, and not the data?");
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if bytes.is_empty() {
        return wrong(1, 1, "is empty".into(), "write a datapackage.json");
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text),
        Err(error) => {
            let valid = bytes.get(..error.valid_up_to()).unwrap_or_default();
            let text = std::str::from_utf8(valid).unwrap_or_default();
            let (line, column) = json::position(text, text.len());
            wrong(line, column, "is not UTF-8 text".into(), "save the descriptor as UTF-8")
        }
    }
}

fn not_json(file: Option<String>, error: &json::Syntax) -> Mistake {
    let hint = match error.reason.as_str() {
        _ if error.cut_off => "the text ends too early: is the file whole?",
        "trailing comma" => "remove the comma before the closing bracket",
        "key must be a string" => "write names in double quote marks; JSON has no comments",
        "trailing characters" => "remove what follows the end of the JSON text",
        "recursion limit exceeded" => "nest at most 128 levels deep",
        _ => "a descriptor is strict JSON: double quote marks, no comments, no trailing commas",
    };
    Mistake {
        file,
        pointer: String::new(),
        line: error.line,
        column: error.column,
        reason: format!("is not JSON: {}", error.reason),
        hint: hint.into(),
    }
}

fn refusal(mistakes: &[Mistake]) -> Error {
    let Some((first, rest)) = mistakes.split_first() else {
        return Error::internal("a descriptor without mistakes that gave no schema");
    };
    let more = match rest.len() {
        0 => String::new(),
        1 => "; and 1 more mistake".into(),
        count => format!("; and {count} more mistakes"),
    };
    Error::new(ErrorKind::Schema, format!("descriptor {first}{more}")).with_hint(first.hint.clone())
}
