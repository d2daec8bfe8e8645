//! `handover retrieve`, and what `verify` does with its log.

use super::args::{self, Format, Which};
use super::{Context, Status, output_failed};
use crate::bag::layout;
use crate::check;
use crate::digest::{Algorithm, Hasher};
use crate::error::{Error, ErrorKind, Result};
use crate::finding::message::{counted, thousands};
use crate::proof::list::{By, Day, Range};
use crate::report::Tool;
use crate::retrieve::{self, Logged, Outcome, Request, Retrieved, Written};
use crate::source::Limits;
use crate::source::workbook::Workbooks;
use std::io::Read;
use std::path::Path;

/// The longest identifier that is read from standard input, in bytes.
const LONGEST: u64 = 4096;

pub(super) fn run(args: args::Retrieve, context: &mut Context<'_>) -> Result<Status> {
    let patient = match args.patient.as_str() {
        "-" => from_input()?,
        given => given.to_owned(),
    };
    let day = |date: Option<jiff::civil::Date>| date.map(Day::from_date).unwrap_or_default();
    let range = Range {
        from: day(args.from),
        to: day(args.to),
        by: match args.date {
            Which::Event => By::Event,
            Which::Recorded => By::Recorded,
        },
    };
    if !range.from.is_none() && !range.to.is_none() && range.to < range.from {
        return Err(Error::new(ErrorKind::Usage, "--to is before --from")
            .with_hint("give the earlier day with --from"));
    }
    for (name, text) in [("--reason", &args.reason), ("--requested-by", &args.requested_by)] {
        if text.trim().is_empty() || text.chars().any(char::is_control) {
            let message = format!("{name}: not one line of text");
            return Err(Error::new(ErrorKind::Usage, message)
                .with_hint("an export states who asked for it and why"));
        }
    }
    let request = Request {
        patient,
        range,
        reason: args.reason,
        requested_by: args.requested_by,
        output: args.output,
        time: context.started.seconds,
        tool: Tool::default(),
        check: reading(context)?,
        limits: limits()?,
    };
    if let Some(log) = &args.log {
        retrieve::require_whole_log(log)?;
    }
    context.clear_leftovers(&request.output);
    let retrieved = retrieve::run(&args.package, &request)?;
    for group in &retrieved.groups {
        if let crate::finding::Facts::Text(text) = &group.facts {
            context.note(&format!("warning: {text} ({})", group.code));
        }
    }
    if let Some(log) = &args.log {
        retrieve::log(log, &logged(&retrieved, &request)?)?;
        if retrieve::is_open_to_others(log) {
            context.note(&format!("warning: others may read the log {}", log.display()));
        }
    }
    match retrieved.outcome {
        // Never the identifier itself: it would stand in every log of a terminal.
        Outcome::Unknown => {
            writeln!(context.out, "No such patient in this package. Nothing was written.")
                .map_err(output_failed)?;
            context.note(
                "that there is no such patient is stated, not proven; the identifier is the NHS number \
                 or the source system's own",
            );
            Ok(Status::Problems)
        }
        Outcome::Altered => {
            writeln!(
                context.out,
                "ALTERED: the package does not lead to its own root. Nothing was written."
            )
            .map_err(output_failed)?;
            context.note("hint: handover verify says what is damaged");
            Ok(Status::Problems)
        }
        Outcome::Written(written) => {
            print(&written, context)?;
            Ok(Status::Well)
        }
    }
}

/// What is not read beyond: as by default when it was packaged.
pub(super) fn limits() -> Result<Limits> {
    let program = std::env::current_exe()
        .map_err(|error| Error::io("find", "this program on the disk", error))?;
    Ok(Limits { workbooks: Some(Workbooks::new(program)), ..Limits::default() })
}

/// How the payload is read where its proofs are made anew.
pub(super) fn reading(context: &Context<'_>) -> Result<check::Options> {
    let mut options = check::Options::new(Context::random_key()?, context.temp_dir.clone());
    options.jobs = context.jobs;
    options.memory = context.memory;
    options.interrupt = context.interrupt.clone();
    options.today = context.started.day();
    Ok(options)
}

fn from_input() -> Result<String> {
    let mut text = String::new();
    let read = std::io::stdin().take(LONGEST).read_to_string(&mut text);
    read.map_err(|error| Error::io("read", "standard input", error))?;
    match text.lines().next().map(str::trim).filter(|line| !line.is_empty()) {
        Some(line) => Ok(line.to_owned()),
        None => Err(Error::new(ErrorKind::Usage, "standard input has no identifier")
            .with_hint("write it on the first line")),
    }
}

fn print(written: &Written, context: &mut Context<'_>) -> Result<()> {
    let sum = |of: fn(&retrieve::FileCounts) -> u64| written.files.iter().map(of).sum::<u64>();
    let matched = sum(|file| file.matched);
    let out = &mut *context.out;
    let mut lines = Vec::new();
    lines.push(match matched {
        0 => "The patient is known, and has no row in the range.".to_owned(),
        _ => format!("{} of the patient in the range", counted(matched, "row", "rows")),
    });
    if written.sources > 1 {
        lines.push(format!(
            "  {} identifiers of the source system have this NHS number; all are included",
            written.sources
        ));
    }
    lines.push(String::new());
    lines.push(format!(
        "{:<34} {:>9} {:>9} {:>9} {:>9} {:>14}",
        "table", "matched", "undated", "outside", "referred", "unattributable"
    ));
    for file in &written.files {
        let name = if file.resource.is_empty() { "document" } else { &file.resource };
        lines.push(format!(
            "{:<34} {:>9} {:>9} {:>9} {:>9} {:>14}",
            name,
            thousands(file.matched),
            thousands(file.undated),
            thousands(file.outside),
            thousands(file.references),
            thousands(file.unattributable)
        ));
    }
    if written.missing_documents > 0 {
        lines.push(format!(
            "{} named by the rows and not in the package",
            counted(written.missing_documents, "document", "documents")
        ));
    }
    let without: u64 = written
        .files
        .iter()
        .filter(|file| file.without_proof)
        .map(|file| file.matched + file.references)
        .sum();
    if without > 0 {
        lines.push(format!(
            "{} of sheets without row proof: this version reads the workbook otherwise than the one \
             that packaged it",
            counted(without, "row", "rows")
        ));
    }
    for line in lines {
        writeln!(out, "{line}").map_err(output_failed)?;
    }
    context.note(&format!("wrote {} ({} bytes)", written.path.display(), thousands(written.bytes)));
    context
        .note("the export is not encrypted, and third parties named in free text were not removed");
    Ok(())
}

fn logged(retrieved: &Retrieved, request: &Request) -> Result<Logged> {
    let base = Logged {
        time: layout::time(request.time),
        requested_by: request.requested_by.clone(),
        reason: request.reason.clone(),
        package: retrieved.origin.clone(),
        root: retrieved.root.clone(),
        patient: String::new(),
        range: (request.range.from.text(), request.range.to.text()),
        rows: 0,
        outcome: String::new(),
        export: None,
    };
    Ok(match &retrieved.outcome {
        Outcome::Unknown => Logged { outcome: "unknown-patient".into(), ..base },
        Outcome::Altered => Logged { outcome: "altered".into(), ..base },
        Outcome::Written(written) => Logged {
            patient: written.token.clone(),
            rows: written.files.iter().map(|file| file.matched).sum(),
            outcome: "written".into(),
            export: Some(digest(&written.path)?),
            ..base
        },
    })
}

fn digest(path: &Path) -> Result<String> {
    let failed = |error| Error::io("read", path, error);
    let mut file = std::fs::File::open(path).map_err(failed)?;
    let mut hasher = Hasher::new(Algorithm::Sha256);
    let mut buffer = vec![0; 256 << 10];
    loop {
        match file.read(&mut buffer).map_err(failed)? {
            0 => return Ok(hasher.finish().to_string()),
            read => hasher.update(buffer.get(..read).unwrap_or_default()),
        }
    }
}

/// Whether a file is a log of retrievals.
pub(super) fn is_log(path: &Path) -> bool {
    path.is_file() && retrieve::is_log(path)
}

/// `handover verify` of a log of retrievals.
pub(super) fn verify_log(path: &Path, format: Format, context: &mut Context<'_>) -> Result<Status> {
    let found = retrieve::verify_log(path)?;
    if format == Format::Json {
        let value = match &found {
            Ok((count, last)) => {
                serde_json::json!({"outcome": "intact-log", "entries": count, "lastEntrySha256": last})
            }
            Err(number) => serde_json::json!({"outcome": "altered", "brokenEntry": number}),
        };
        writeln!(context.out, "{value:#}").map_err(output_failed)?;
        return Ok(if found.is_ok() { Status::Well } else { Status::Problems });
    }
    let (text, status) = match found {
        Ok((count, last)) => (
            format!(
                "The log is whole: {}.\nOutcome: intact-log\n  Its last entry has the SHA-256 {last}: \
                 compare it with a copy, since the loss of the log's end leaves no other trace.",
                counted(count, "entry", "entries")
            ),
            Status::Well,
        ),
        Err(number) => (
            format!(
                "ALTERED: entry {number} of the log is not as it was written (log-broken).\nOutcome: altered"
            ),
            Status::Problems,
        ),
    };
    writeln!(context.out, "{text}").map_err(output_failed)?;
    Ok(status)
}
