//! Table Dialect v2 and the CSV Dialect of v1, which it contains.

use super::json::Json;
use super::metadata;
use super::properties::Level;
use super::reader::{At, Object, Reader};
use crate::schema::{Dialect, SheetChoice};

/// The standard's defaults. A file of tab-separated values is told by its ending or `format`.
pub(super) fn default(tabs: bool) -> Dialect {
    Dialect { delimiter: if tabs { b'\t' } else { b',' }, ..Dialect::default() }
}

/// Reads a dialect, and whether it names a sheet of a workbook. frictionless-py 5 writes what is
/// particular to delimited text into an inner object `csv`; what stands outside it wins.
pub(super) fn read(reader: &mut Reader, at: &At, tabs: bool) -> (Dialect, bool) {
    let mut dialect = default(tabs);
    let Some(object) = reader.object_of(at, Level::Dialect) else { return (dialect, false) };
    metadata::profile(reader, &object);
    if let Some(at) = object.get("caseSensitiveHeader")
        && reader.boolean(&at) == Some(false)
    {
        reader.unsupported(&at, "labels are compared with regard to case");
    }
    if let Some(at) = object.get("csv")
        && let Some(inner) = reader.object_of(&at, Level::Dialect)
    {
        properties(reader, &inner, &mut dialect);
    }
    properties(reader, &object, &mut dialect);
    if let Some(number) = object.get("sheetNumber").and_then(|at| reader.count(&at, 1)) {
        dialect.sheet = Some(SheetChoice::Number(number));
    }
    if let Some(name) = object.get("sheetName").and_then(|at| reader.string(&at)) {
        dialect.sheet = Some(SheetChoice::Name(name.to_owned()));
    }
    let sheet = dialect.sheet.is_some();
    (dialect, sheet)
}

fn properties(reader: &mut Reader, object: &Object, dialect: &mut Dialect) {
    rows(reader, object, dialect);
    if let Some(text) = object.get("headerJoin").and_then(|at| reader.string(&at)) {
        dialect.header_join = text.to_owned();
    }
    for (name, text) in
        [("commentChar", &mut dialect.comment_char), ("nullSequence", &mut dialect.null_sequence)]
    {
        if let Some(found) = words(reader, object, name) {
            *text = Some(found);
        }
    }
    for (name, flag) in [
        ("doubleQuote", &mut dialect.double_quote),
        ("skipInitialSpace", &mut dialect.skip_initial_space),
    ] {
        if let Some(value) = object.get(name).and_then(|at| reader.boolean(&at)) {
            *flag = value;
        }
    }
    characters(reader, object, dialect);
    if let Some(at) = object.get("lineTerminator") {
        dialect.line_terminator = line_terminator(reader, &at);
    }
}

/// `header`, `headerRows`, `commentRows`.
fn rows(reader: &mut Reader, object: &Object, dialect: &mut Dialect) {
    if let Some(header) = object.get("header").and_then(|at| reader.boolean(&at)) {
        dialect.header = header;
    }
    if let Some(at) = object.get("headerRows") {
        let rows = row_numbers(reader, &at);
        if rows.as_ref().is_some_and(Vec::is_empty) {
            let hint = "for a file without a header write \"header\": false";
            reader.mistake(&at, "is empty", hint);
        } else if !dialect.header {
            let hint = "leave out \"headerRows\", or \"header\": false";
            reader.mistake(&at, "stands beside \"header\": false", hint);
        }
        dialect.header_rows = rows.unwrap_or_default();
    }
    if let Some(at) = object.get("commentRows") {
        let rows = row_numbers(reader, &at).unwrap_or_default();
        if let Some(row) = rows.iter().find(|row| dialect.header_rows.binary_search(row).is_ok())
            && dialect.header
        {
            let reason = format!("row {row} is a header row too");
            reader.mistake(&at, reason, "a row is a header or a comment, not both");
        }
        dialect.comment_rows = rows;
    }
}

/// Row numbers from 1 up, in rising order.
fn row_numbers(reader: &mut Reader, at: &At) -> Option<Vec<u64>> {
    let mut rows: Vec<u64> = Vec::new();
    for item in reader.array(at)? {
        let row = reader.count(&item, 1)?;
        if rows.last().is_some_and(|last| *last >= row) {
            reader.mistake(
                &item,
                format!("row {row} is out of order"),
                "list rows in rising order",
            );
            return None;
        }
        rows.push(row);
    }
    Some(rows)
}

/// A string of one or more characters.
fn words(reader: &mut Reader, object: &Object, name: &str) -> Option<String> {
    let at = object.get(name)?;
    let text = reader.string(&at)?;
    if text.is_empty() && name == "commentChar" {
        reader.mistake(&at, "is empty", "write the character, or leave the property out");
        return None;
    }
    Some(text.to_owned())
}

/// `delimiter`, `quoteChar`, `escapeChar`: each one ASCII character, no two the same. An empty
/// `quoteChar`, or null, means that nothing quotes, as frictionless-py has it.
fn characters(reader: &mut Reader, object: &Object, dialect: &mut Dialect) {
    if let Some(at) = object.get("delimiter")
        && let Some(byte) = character(reader, &at)
    {
        dialect.delimiter = byte;
    }
    if let Some(at) = object.get("quoteChar") {
        dialect.quote = match &at.node.json {
            Json::Null => None,
            Json::String(text) if text.is_empty() => None,
            _ => character(reader, &at),
        };
    }
    if let Some(at) = object.get("escapeChar") {
        dialect.escape = character(reader, &at);
    }
    let clash = |reader: &mut Reader, name: &str, other: &str| {
        if let Some(at) = object.get(name).or_else(|| object.get(other)) {
            let reason = format!("\"{name}\" and \"{other}\" are the same character");
            reader.mistake(&at, reason, "they must differ");
        }
    };
    if dialect.quote == Some(dialect.delimiter) {
        clash(reader, "quoteChar", "delimiter");
    }
    if dialect.escape == Some(dialect.delimiter) {
        clash(reader, "escapeChar", "delimiter");
    }
    if dialect.escape.is_some() && dialect.escape == dialect.quote {
        let hint = "leave \"escapeChar\" out: \"doubleQuote\" says that quotes are doubled";
        if let Some(at) = object.get("escapeChar") {
            reader.mistake(&at, "\"escapeChar\" and \"quoteChar\" are the same character", hint);
        }
    }
    let first = dialect.comment_char.as_ref().and_then(|text| text.bytes().next());
    if first.is_some() && (first == Some(dialect.delimiter) || first == dialect.quote) {
        let other = if first == dialect.quote { "quoteChar" } else { "delimiter" };
        clash(reader, "commentChar", other);
    }
}

fn character(reader: &mut Reader, at: &At) -> Option<u8> {
    let text = reader.string(at)?;
    match text.as_bytes() {
        [b'\n' | b'\r'] => {
            reader.mistake(at, "is a line break", "write the character between cells");
            None
        }
        [byte] if *byte < 0x80 && *byte != 0 => Some(*byte),
        [] => {
            reader.mistake(at, "is empty", "write one character");
            None
        }
        _ if text == "\\t" => {
            reader.mistake(at, "is a backslash and a \"t\"", "write a tab, in JSON \"\\t\"");
            None
        }
        _ if text.chars().count() == 1 => {
            let reason = format!("\"{text}\" is not supported: it is no ASCII character");
            reader.mistake(at, reason, "write one ASCII character");
            None
        }
        _ => {
            let reason = format!("\"{text}\" is not supported: it is more than one character");
            reader.mistake(at, reason, "write one character");
            None
        }
    }
}

fn line_terminator(reader: &mut Reader, at: &At) -> Option<String> {
    let text = reader.string(at)?;
    if !matches!(text, "\n" | "\r\n" | "\r") {
        let hint = "write \"\\r\\n\", \"\\n\" or \"\\r\", or leave it out: any of them is read";
        reader.mistake(at, format!("{} is not supported", at.shown()), hint);
        return None;
    }
    Some(text.to_owned())
}
