//! The report as CSV (RFC 4180), one line an example: for spreadsheets and small scripts.
//!
//! A text that a spreadsheet would take for a formula is written with an apostrophe before it, as
//! OWASP advises. Numbers are plain. Lines end in CR and LF; the encoding is UTF-8 without a mark.

use super::{Report, file_name};
use crate::check::Task;
use crate::finding::message::{letters, message, plain};
use crate::finding::{Group, Sample};
use std::io::{self, Write};

/// The columns.
const HEADER: &str =
    "severity,code,table,file,row,line,byte,column,field,message,shape,value,token,occurrences\r\n";

/// Texts are cut at this many characters.
const LONGEST: usize = 32_000;

/// Writes the examples of each group. `occurrences` is how many findings the group has, exactly.
///
/// # Errors
/// Those of `out`.
pub fn write(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(HEADER.as_bytes())?;
    for (task, group) in report.outcome.all_groups() {
        for sample in report.samples.of(group) {
            line(report, task, group, sample, out)?;
        }
    }
    Ok(())
}

fn line(
    report: &Report<'_>,
    task: Option<&Task>,
    group: &Group,
    sample: &Sample,
    out: &mut dyn Write,
) -> io::Result<()> {
    let number = |number: Option<u64>| number.map(|n| n.to_string()).unwrap_or_default();
    let file = sample.place.file.and_then(|file| file_name(report.outcome, file));
    let columns: Vec<String> = group.fields.iter().map(|field| letters(field.number)).collect();
    let names: Vec<&str> = group.fields.iter().map(|field| field.name.as_str()).collect();
    let cells = [
        group.severity.name().to_owned(),
        group.code.name().to_owned(),
        text(task.map(|task| task.name.as_str()).unwrap_or_default()),
        text(&file.unwrap_or_default()),
        number(sample.place.row),
        number(sample.place.line),
        number(sample.place.byte),
        text(&columns.join(" ")),
        text(&names.join(", ")),
        text(&message(group, sample)),
        text(sample.shape.as_deref().unwrap_or_default()),
        text(sample.value.as_deref().unwrap_or_default()),
        sample.token.clone().unwrap_or_default(),
        group.occurrences.to_string(),
    ];
    out.write_all(cells.join(",").as_bytes())?;
    out.write_all(b"\r\n")
}

/// Text on one line, quoted where it must be, and never a formula.
fn text(text: &str) -> String {
    let mut text = plain(text, LONGEST);
    // White space is skipped by some programs before they look for a formula.
    if text
        .trim_start()
        .starts_with(['=', '+', '-', '@', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}'])
    {
        text.insert(0, '\'');
    }
    match text.contains([',', '"', ';', '\'']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_a_formula() {
        assert_eq!(text("=1+1"), "\"'=1+1\"");
        assert_eq!(text("  @SUM(A1)"), "\"'  @SUM(A1)\"");
        assert_eq!(text("\t-1"), "\"' -1\"");
        assert_eq!(text("\u{ff1d}1"), "\"'\u{ff1d}1\"");
        assert_eq!(text("a=1"), "a=1");
        assert_eq!(text("a \"b\", c"), "\"a \"\"b\"\", c\"");
        assert_eq!(text("two\nlines\u{1b}[31m"), "two lines[31m");
    }
}
