//! The documentation as Markdown.

use super::{FIELD_HEADINGS, about, code_rows, field_rows, table_row};
use crate::schema::outline::{self, resources};
use serde_json::Value;
use std::io::{self, Write};

/// Writes the text.
///
/// # Errors
/// Those of `out`.
pub fn write(package: &Value, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "# {}\n", line(outline::title(package)))?;
    for (label, said) in about(package) {
        writeln!(out, "- **{label}**: {}", line(&said))?;
    }
    for resource in resources(package) {
        let [name, title, files, description, encoding, delimiter, header, presence, role] =
            table_row(resource);
        writeln!(out, "\n## {}\n", line(&name))?;
        if !description.is_empty() {
            writeln!(out, "{}\n", line(&description))?;
        }
        let facts = [
            ("Title", title),
            ("File", files),
            ("Encoding", encoding),
            ("Delimiter", delimiter),
            ("Header row", header),
            ("Presence", presence),
            ("Role", role),
        ];
        for (label, fact) in facts.iter().filter(|(_, fact)| !fact.is_empty()) {
            writeln!(out, "- {label}: `{}`", line(fact).replace('`', "'"))?;
        }
        // The table stands above; a column that is empty throughout says nothing.
        let rows = field_rows(package, resource);
        let columns: Vec<usize> = (1..FIELD_HEADINGS.len())
            .filter(|column| {
                rows.iter().any(|row| row.get(*column).is_some_and(|cell| !cell.is_empty()))
            })
            .collect();
        let heading =
            columns.iter().filter_map(|column| FIELD_HEADINGS.get(*column)).map(|(name, _)| *name);
        writeln!(out, "\n| {} |", heading.collect::<Vec<_>>().join(" | "))?;
        writeln!(out, "|{}", "---|".repeat(columns.len()))?;
        for row in &rows {
            let cells = columns.iter().filter_map(|column| row.get(*column)).map(|cell| line(cell));
            writeln!(out, "| {} |", cells.collect::<Vec<_>>().join(" | "))?;
        }
    }
    let codes = code_rows(package);
    if !codes.is_empty() {
        writeln!(out, "\n## Code lists\n\n| List | Code | Meaning |\n|---|---|---|")?;
        for row in &codes {
            writeln!(
                out,
                "| {} |",
                row.iter().map(|cell| line(cell)).collect::<Vec<_>>().join(" | ")
            )?;
        }
    }
    Ok(())
}

/// Text on one line in which nothing is markup.
fn line(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => out.push_str("; "),
            '|' | '*' | '_' | '<' | '>' | '[' | ']' | '#' | '\\' | '`' => {
                out.push('\\');
                out.push(c);
            }
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}
