//! The catalogue as text: `handover explain CODE` and docs/findings.md.

use super::text::wrap;
use crate::finding::Code;
use crate::finding::catalogue::{CATALOGUE, Entry, Origin};

/// The width of an explanation, in characters.
const WIDTH: usize = 80;

/// What `handover explain CODE` prints: lines of at most 80 characters, each ended.
pub fn explain(code: Code) -> String {
    let entry = code.entry();
    let mut text = format!("{} ({})\n", entry.name, entry.severity.name());
    for line in wrap(entry.title, "  ", "  ", WIDTH) {
        text.push_str(&line);
        text.push('\n');
    }
    for (head, body) in parts(entry) {
        text.push('\n');
        let first = format!("{:<25}", format!("{head}:"));
        for line in wrap(body, &first, &" ".repeat(25), WIDTH) {
            text.push_str(&line);
            text.push('\n');
        }
    }
    text
}

/// Names the form of the catalogue as JSON.
const FORMAT: &str = "handover-catalogue/1";

/// What the catalogue says of these codes, as JSON.
pub fn catalogue_json(entries: &[&Entry]) -> serde_json::Value {
    let findings: Vec<serde_json::Value> = entries
        .iter()
        .map(|entry| {
            serde_json::json!({
                "code": entry.name,
                "severity": entry.severity.name(),
                "area": entry.area.heading(),
                "frictionless": entry.level.frictionless(),
                "isOfFrictionless": entry.origin == Origin::Frictionless,
                "title": entry.title,
                "cause": entry.cause,
                "why": entry.why,
                "remedy": entry.remedy,
                "example": entry.example,
            })
        })
        .collect();
    serde_json::json!({ "format": FORMAT, "findings": findings })
}

/// The texts of an entry below its title, with their headings.
fn parts(entry: &Entry) -> [(&'static str, &'static str); 4] {
    [
        ("What it usually means", entry.cause),
        ("Why it matters", entry.why),
        ("What to do", entry.remedy),
        ("Example", entry.example),
    ]
}

/// The text of docs/findings.md.
pub fn findings_markdown() -> String {
    let mut text = String::from(
        "# Findings\n\n\
         Every kind of problem that Handover reports, made from the catalogue in the program \
         (`src/finding/catalogue.rs`); `handover explain CODE` prints one entry. A code is a stable \
         word: it is never used again for something else.\n\n\
         An *error* breaks what the schema or the format says must be, a *warning* what it says \
         should be, an *info* is worth knowing. Codes marked F are those of Frictionless v5, with \
         the same meaning.\n\n\
         | code | severity | | what is wrong |\n|---|---|---|---|\n",
    );
    for entry in CATALOGUE {
        let shared = if entry.origin == Origin::Frictionless { "F" } else { "" };
        let (name, severity, title) = (entry.name, entry.severity.name(), escape(entry.title));
        text.push_str(&format!("| [`{name}`](#{name}) | {severity} | {shared} | {title} |\n"));
    }
    let mut area = None;
    for entry in CATALOGUE {
        if area != Some(entry.area) {
            area = Some(entry.area);
            text.push_str(&format!("\n## {}\n", entry.area.heading()));
        }
        text.push_str(&format!("\n### {}\n\n", entry.name));
        text.push_str(&format!("**{}** ({})\n\n", escape(entry.title), entry.severity.name()));
        for (head, body) in parts(entry) {
            text.push_str(&format!("- {head}: {}\n", escape(body)));
        }
    }
    text
}

/// Text with the characters escaped that Markdown would obey.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '\\' | '`' | '*' | '_' | '<' | '>' | '[' | ']' | '|' | '#') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_explanation_fits_the_width_and_says_everything() {
        for entry in CATALOGUE {
            let text = explain(entry.code);
            assert!(text.starts_with(&format!("{} (", entry.name)));
            assert!(text.lines().all(|line| line.chars().count() <= WIDTH), "{text}");
            let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
            for part in [entry.title, entry.cause, entry.why, entry.remedy, entry.example] {
                assert!(flat.contains(part), "{text}");
            }
        }
    }

    #[test]
    fn markdown_marks_do_not_act() {
        assert_eq!(escape("a_b|c `d` <e>"), "a\\_b\\|c \\`d\\` \\<e\\>");
    }
}
