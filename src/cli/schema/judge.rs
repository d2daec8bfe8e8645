//! `handover schema lint` and `handover schema diff`.

use crate::check::select;
use crate::cli::args::{self, Form};
use crate::cli::{Context, Status, output_failed};
use crate::compare::{self, Change, Effect};
use crate::error::{Error, Result};
use crate::finding::Severity;
use crate::finding::message::plain;
use crate::import::counted;
use crate::lint::{self, Linted};
use crate::schema::carried;
use serde_json::json;
use std::fmt::Write as _;
use std::path::Path;

pub(super) fn lint(args: &args::Lint, context: &mut Context<'_>) -> Result<Status> {
    let path = Path::new(&args.schema);
    let is_path =
        args.schema.contains(['/', '\\']) || args.schema.ends_with(".json") || path.exists();
    let bytes = match is_path {
        true => std::fs::read(path).map_err(|error| Error::io("read", path, error))?,
        false => carried::get(&args.schema)?.descriptor.as_bytes().to_vec(),
    };
    let folder = path.parent().unwrap_or(Path::new("")).to_path_buf();
    let linted = lint::lint(&bytes, &mut |name| std::fs::read(folder.join(name)).ok())?;
    let text = match args.format {
        Form::Text => lint_text(&linted),
        Form::Json => lint_json(&linted)?,
    };
    context.out.write_all(text.as_bytes()).map_err(output_failed)?;
    Ok(match linted.count(Severity::Error) {
        0 => Status::Well,
        _ => Status::Problems,
    })
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "info",
    }
}

fn lint_text(linted: &Linted) -> String {
    let mut text = format!(
        "{}, {}, {}\n",
        counted(linted.count(Severity::Error), "error", "errors"),
        counted(linted.count(Severity::Warning), "warning", "warnings"),
        counted(linted.count(Severity::Info), "remark", "remarks"),
    );
    for problem in &linted.problems {
        let word = severity(problem.severity).to_uppercase();
        // The place in the whole descriptor is its line alone.
        let place = plain(problem.place.trim_start(), 120);
        let _ = write!(text, "{word}: {place}: {}", plain(&problem.text, 300));
        let _ = match problem.hint.is_empty() {
            true => writeln!(text),
            false => writeln!(text, "\n    {}", plain(&problem.hint, 300)),
        };
    }
    if linted.topics.is_empty() {
        return text;
    }
    text.push_str("\nWhat the documentation must hold (NHS England, S26 Data Migration, DMI02)\n");
    for topic in &linted.topics {
        let covered = &topic.covered;
        let _ = writeln!(text, "{:>2}. {} ({})", topic.number, topic.title, covered.state.name());
        for (label, said) in
            [("says ", &covered.says), ("lacks", &covered.lacks), ("ask  ", &covered.ask)]
        {
            if !said.is_empty() {
                let _ = writeln!(text, "    {label} {said}");
            }
        }
    }
    text
}

fn pretty(value: &serde_json::Value) -> Result<String> {
    let mut text = serde_json::to_string_pretty(value).map_err(Error::internal)?;
    text.push('\n');
    Ok(text)
}

fn lint_json(linted: &Linted) -> Result<String> {
    let problems: Vec<_> = linted
        .problems
        .iter()
        .map(|one| {
            json!({
                "severity": severity(one.severity),
                "place": one.place,
                "message": one.text,
                "hint": one.hint,
            })
        })
        .collect();
    let topics: Vec<_> = linted
        .topics
        .iter()
        .map(|topic| {
            json!({
                "number": topic.number,
                "title": topic.title,
                "state": topic.covered.state.name(),
                "says": topic.covered.says,
                "lacks": topic.covered.lacks,
                "ask": topic.covered.ask,
            })
        })
        .collect();
    pretty(&json!({"problems": problems, "dmi02": topics}))
}

pub(super) fn diff(args: &args::Diff, context: &mut Context<'_>) -> Result<Status> {
    let (a, _) = select::given(&args.a)?;
    let (b, _) = select::given(&args.b)?;
    let changes = compare::compare(&a, &b);
    let text = match args.format {
        Form::Text => diff_text(&changes),
        Form::Json => diff_json(&changes)?,
    };
    context.out.write_all(text.as_bytes()).map_err(output_failed)?;
    Ok(match changes.iter().any(|change| change.effect == Effect::Breaks) {
        true => Status::Problems,
        false => Status::Well,
    })
}

const EFFECTS: [(Effect, &str); 4] = [
    (Effect::Breaks, "Breaks an import made for the first"),
    (Effect::Widens, "Widens: an import must reckon with more"),
    (Effect::Narrows, "Narrows: less may come than an import reckons with"),
    (Effect::Says, "Words only"),
];

fn diff_text(changes: &[Change]) -> String {
    if changes.is_empty() {
        return "No differences\n".into();
    }
    let of = |effect: Effect| changes.iter().filter(move |change| change.effect == effect);
    let mut text = counted(changes.len(), "difference", "differences");
    for (effect, _) in EFFECTS {
        let _ = write!(text, ", {} {}", of(effect).count(), effect.name());
    }
    text.push('\n');
    for (effect, heading) in EFFECTS {
        if of(effect).next().is_none() {
            continue;
        }
        let _ = writeln!(text, "\n{heading}:");
        for change in of(effect) {
            let place = match (change.resource.as_str(), change.field.as_str()) {
                ("", _) => "package".to_owned(),
                (resource, "") => plain(resource, 80),
                (resource, field) => format!("{}.{}", plain(resource, 80), plain(field, 80)),
            };
            let _ = writeln!(text, "- {place}: {}", plain(&change.text, 300));
        }
    }
    text
}

fn diff_json(changes: &[Change]) -> Result<String> {
    let changes: Vec<_> = changes
        .iter()
        .map(|change| {
            json!({
                "effect": change.effect.name(),
                "resource": change.resource,
                "field": change.field,
                "message": change.text,
            })
        })
        .collect();
    pretty(&json!({"changes": changes}))
}
