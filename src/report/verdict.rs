//! Renders what verifying and showing a package found.
//!
//! The first line says the outcome in plain words, the second in the one word that programs look
//! for. All findings are given, with every file named.

mod proof;

pub use proof::{about_rows, certified, statement};

use crate::access;
use crate::access::Timeline;
use crate::bag::tag::Info;
use crate::finding::message::{self, counted, thousands};
use crate::finding::{Facts, Group, Sample, Severity};
use crate::report::access::{timeline_json, timeline_text};
use crate::verify::show::Summary;
use crate::verify::{File, Outcome, Signed, Signer, Verdict};
use serde_json::{Value, json};
use std::io::{self, Write};

/// The outcome in plain words.
pub fn plainly(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::IntactSigned => "Complete and unaltered, and signed by a signer on your list.",
        Verdict::IntactSignerUnknown => {
            "Complete and unaltered since it was signed, but the signer is not on your list."
        }
        Verdict::IntactUnsigned => {
            "Complete and unaltered by its own manifests; nobody signed it, so this shows no more \
             than that nothing was damaged."
        }
        Verdict::NotVerified => {
            "NOT VERIFIED: nothing is missing by its lists, but the payload was not read."
        }
        Verdict::Altered => "ALTERED: something is missing, changed or added; see below.",
        Verdict::NotAPackage => "This is no package and no BagIt bag; nothing could be verified.",
    }
}

/// The outcome in plain words, with what is missing to accept it where a list of signers was given.
pub fn headline(outcome: &Outcome) -> &'static str {
    match outcome.verdict {
        Verdict::IntactUnsigned if !outcome.is_accepted() => {
            "NOT ACCEPTED: complete by its own manifests, but no signer on your list vouches for it."
        }
        Verdict::IntactSignerUnknown if !outcome.is_accepted() => {
            "NOT ACCEPTED: complete and unaltered since it was signed, but not signed by a signer on \
             your list."
        }
        Verdict::IntactSigned if !outcome.is_accepted() => {
            "NOT ACCEPTED: complete and signed, but not all of its signatures are of your list."
        }
        Verdict::NotVerified if !outcome.is_accepted() => {
            "NOT ACCEPTED: the payload was not read, and something else is wrong; see below."
        }
        Verdict::IntactSignerUnknown if !outcome.signers_asked && outcome.proven.is_some() => {
            "The rows are complete and unaltered as far as their proofs go, and lead to a signed root; \
             no list of signers was given, so it is not known whose signature it is."
        }
        Verdict::IntactSignerUnknown if !outcome.signers_asked => {
            "Complete and unaltered since it was signed; no list of signers was given, so it is not \
             known whose signature it is."
        }
        verdict => match outcome.proven {
            Some(_) => of_export(outcome).unwrap_or(plainly(verdict)),
            None => plainly(verdict),
        },
    }
}

/// The outcome of an export in plain words: what is signed is the package's root, and the export
/// itself only where someone signed its manifest too.
fn of_export(outcome: &Outcome) -> Option<&'static str> {
    match outcome.verdict {
        Verdict::IntactSigned if is_signed_itself(outcome) => Some(
            "The rows are complete and unaltered: they lead to the root of a package, and that and \
             this export are signed by signers on your list.",
        ),
        Verdict::IntactSigned => Some(
            "The rows are complete and unaltered: they lead to the root of a package, signed by a \
             signer on your list. Nobody signed the export itself.",
        ),
        Verdict::IntactUnsigned => Some(
            "The rows are complete and unaltered as far as their proofs go; nobody signed the root \
             that they lead to, so compare it with the package's.",
        ),
        _ => None,
    }
}

/// Whether someone signed an export's own manifest.
fn is_signed_itself(outcome: &Outcome) -> bool {
    outcome.signatures.iter().any(|signed| signed.file.starts_with("tagmanifest-"))
}

/// What is known of a signature, in a phrase: "records@a81001.example (line 3 of the list)".
pub fn signer(signed: &Signed) -> String {
    match &signed.signer {
        Signer::Listed { principals, line } => {
            format!("{} (line {line} of the list)", message::plain(principals, 200))
        }
        Signer::Unknown => "not known: no list of signers was given".into(),
        Signer::Refused(refusal) => format!("not accepted: {}", refusal.reason()),
        Signer::Invalid => "NOT GOOD: it does not fit what it signs".into(),
        Signer::Unsupported => "not verified: not an Ed25519 key".into(),
    }
}

/// Writes the outcome as text, 80 columns where names allow.
///
/// # Errors
/// Those of `out`.
pub fn write_text(outcome: &Outcome, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}", headline(outcome))?;
    writeln!(out, "Outcome: {}", outcome.verdict)?;
    if outcome.version.is_some() {
        writeln!(out)?;
        bag_lines(out, &outcome.top, outcome.version, &outcome.info)?;
        let bytes = counted(outcome.payload.bytes, "byte", "bytes");
        let files = counted(outcome.payload.files, "file", "files");
        line(out, "Payload", &format!("{files}, {bytes}"))?;
        let names: Vec<&str> = outcome.algorithms.iter().map(|found| found.name()).collect();
        line(out, "Compared by", &names.join(", "))?;
        line(out, "Headers", headers(outcome))?;
        for signed in &outcome.signatures {
            let file = message::plain(&signed.file, 200);
            writeln!(out, "  Signature of {file}: {}", signer(signed))?;
            line(out, "  by key", &signed.key)?;
        }
        for (name, digest) in &outcome.manifests {
            line(out, "SHA-512 of", name)?;
            for row in grouped(&digest.to_string()) {
                writeln!(out, "    {row}")?;
            }
        }
        if let Some(dates) = after_go_live(&outcome.info).filter(|_| outcome.verdict.is_intact()) {
            write_dates(&dates, out)?;
        }
    }
    if let Some(proven) = &outcome.proven {
        writeln!(out)?;
        proof::write_text(outcome, proven, out)?;
    }
    for severity in [Severity::Error, Severity::Warning, Severity::Info] {
        for group in outcome.groups.iter().filter(|group| group.severity == severity) {
            writeln!(out)?;
            write_group(out, group, &outcome.files)?;
        }
    }
    if !outcome.gaps.is_empty() {
        writeln!(out, "\nNot checked:")?;
        for gap in &outcome.gaps {
            writeln!(out, "  {}: {}", gap.check, gap.reason)?;
        }
    }
    Ok(())
}

/// The dates after go-live, where a package of ours states them.
pub(super) fn after_go_live(info: &Info) -> Option<Timeline> {
    access::timeline(info).filter(|_| info.names_our_profile())
}

fn write_dates(dates: &Timeline, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out)?;
    timeline_text(dates, 80).iter().try_for_each(|line| writeln!(out, "{line}"))
}

/// What was compared of the archive's headers.
fn headers(outcome: &Outcome) -> &'static str {
    if outcome.canonical {
        "every byte compared with what it must be"
    } else {
        "not in the canonical form of a package (unpacked, zipped again, or made by others)"
    }
}

fn line(out: &mut dyn Write, label: &str, value: &str) -> io::Result<()> {
    if value.is_empty() { Ok(()) } else { writeln!(out, "  {label:<12}{value}") }
}

fn bag_lines(
    out: &mut dyn Write,
    top: &str,
    version: Option<(u32, u32)>,
    info: &Info,
) -> io::Result<()> {
    let version =
        version.map_or(String::new(), |(major, minor)| format!(" (BagIt {major}.{minor})"));
    line(out, "Bag", &format!("{top}{version}"))?;
    for (label, value) in &info.0 {
        writeln!(out, "  {}: {}", message::plain(label, 60), message::plain(value, 500))?;
    }
    Ok(())
}

/// Hexadecimal digits in groups of four, eight groups on a line, as a person copies them to paper.
pub fn grouped(digits: &str) -> Vec<String> {
    let digits: Vec<char> = digits.chars().collect();
    let groups: Vec<String> = digits.chunks(4).map(|four| four.iter().collect()).collect();
    groups.chunks(8).map(|eight| eight.join(" ")).collect()
}

fn write_group(out: &mut dyn Write, group: &Group, files: &[File]) -> io::Result<()> {
    let number = match group.occurrences {
        1 => String::new(),
        many => format!(" ({} times)", thousands(many)),
    };
    let (severity, code) = (group.severity.name(), group.code.name());
    writeln!(out, "{severity} {code}{number}: {}.", message::title(group))?;
    for sample in &group.samples {
        let text = place(sample, files).into_iter().chain(own(sample)).collect::<Vec<_>>();
        if !text.is_empty() {
            writeln!(out, "  {}", text.join(": "))?;
        }
    }
    let more = group.occurrences.saturating_sub(group.samples.len() as u64);
    if more > 0 {
        writeln!(out, "  and {} more", thousands(more))?;
    }
    Ok(())
}

/// Where a finding is: the file, and its line or row.
fn place(sample: &Sample, files: &[File]) -> Option<String> {
    let file = name(sample, files)?;
    Some(match (sample.place.line, sample.place.row) {
        (Some(line), _) => format!("{file}, line {}", thousands(line)),
        (None, Some(row)) => format!("{file}, row {}", thousands(row)),
        (None, None) => file.to_owned(),
    })
}

fn name<'a>(sample: &Sample, files: &'a [File]) -> Option<&'a str> {
    let index = usize::try_from(sample.place.file?).ok()?;
    files.get(index).map(|file| file.shown.as_str())
}

/// What is particular to one example.
fn own(sample: &Sample) -> Option<String> {
    match &sample.facts {
        Facts::Digest { algorithm, expected, found } => {
            let short = |digits: &str| digits.chars().take(16).collect::<String>();
            Some(format!("{algorithm} is {}…, stated {}…", short(found), short(expected)))
        }
        facts => message::clause(facts),
    }
}

/// The outcome as JSON; the form is that of a check's report as far as it goes.
pub fn to_json(outcome: &Outcome) -> Value {
    let items = |wanted: &dyn Fn(Severity) -> bool| -> Vec<Value> {
        outcome
            .groups
            .iter()
            .filter(|group| wanted(group.severity))
            .flat_map(|group| {
                group.samples.iter().map(|sample| item(group, sample, &outcome.files))
            })
            .collect()
    };
    let groups: Vec<Value> = outcome
        .groups
        .iter()
        .map(|group| {
            json!({
                "type": group.code.name(),
                "severity": group.severity.name(),
                "title": message::title(group),
                "occurrences": group.occurrences,
            })
        })
        .collect();
    let manifests: Vec<Value> = outcome
        .manifests
        .iter()
        .map(|(name, digest)| json!({ "name": name, "sha512": digest.to_string() }))
        .collect();
    let gaps: Vec<Value> = outcome
        .gaps
        .iter()
        .map(|gap| json!({ "check": gap.check, "reason": gap.reason }))
        .collect();
    let names: Vec<&str> = outcome.algorithms.iter().map(|found| found.name()).collect();
    let signatures: Vec<Value> = outcome.signatures.iter().map(signature_json).collect();
    let proven = outcome.proven.as_ref().map(|proven| proof::to_json(outcome, proven));
    json!({
        "outcome": outcome.verdict.name(),
        "proven": proven,
        "valid": outcome.count(Severity::Error) == 0,
        "accepted": outcome.is_accepted(),
        "description": headline(outcome),
        "stats": {
            "errors": outcome.count(Severity::Error),
            "warnings": outcome.count(Severity::Warning) + outcome.count(Severity::Info),
            "files": outcome.payload.files,
            "bytes": outcome.payload.bytes,
        },
        "package": {
            "name": outcome.top,
            "bagit": outcome.version.map(|(major, minor)| format!("{major}.{minor}")),
            "profile": outcome.ours,
            "canonical": outcome.canonical,
            "algorithms": names,
            "manifests": manifests,
            "signatures": signatures,
            "info": info_json(&outcome.info),
        },
        "afterGoLive": after_go_live(&outcome.info)
            .filter(|_| outcome.verdict.is_intact())
            .map(|dates| timeline_json(&dates)),
        "errors": items(&|severity| severity == Severity::Error),
        "warnings": items(&|severity| severity != Severity::Error),
        "groups": groups,
        "coverage": { "complete": outcome.gaps.is_empty(), "gaps": gaps },
    })
}

fn signature_json(signed: &Signed) -> Value {
    let (state, principals, line) = match &signed.signer {
        Signer::Listed { principals, line } => ("listed", Some(principals), Some(line)),
        Signer::Unknown => ("unknown", None, None),
        Signer::Refused(_) => ("refused", None, None),
        Signer::Invalid => ("invalid", None, None),
        Signer::Unsupported => ("unsupported", None, None),
    };
    json!({
        "file": signed.file,
        "key": signed.key,
        "state": state,
        "principals": principals,
        "line": line,
        "description": signer(signed),
    })
}

fn info_json(info: &Info) -> Vec<Value> {
    info.0.iter().map(|(label, value)| json!({ "label": label, "value": value })).collect()
}

fn item(group: &Group, sample: &Sample, files: &[File]) -> Value {
    let entry = group.code.entry();
    let title = message::title(group);
    let parts = place(sample, files).into_iter().chain([title]).chain(own(sample));
    let (expected, found) = match &sample.facts {
        Facts::Digest { expected, found, .. } => (json!(expected), json!(found)),
        Facts::Count { expected, found, .. } => (json!(expected), json!(found)),
        _ => (Value::Null, Value::Null),
    };
    json!({
        "type": group.code.name(),
        "title": entry.title,
        "description": entry.why,
        "message": parts.collect::<Vec<_>>().join(": "),
        "note": own(sample).unwrap_or_default(),
        "severity": group.severity.name(),
        "file": name(sample, files),
        "line": sample.place.line,
        "rowNumber": sample.place.row,
        "byteOffset": sample.place.byte,
        "expected": expected,
        "found": found,
    })
}

/// Writes what is in a package as text; nothing of it was verified, and that is said.
///
/// # Errors
/// Those of `out`.
pub fn write_summary(summary: &Summary, out: &mut dyn Write) -> io::Result<()> {
    if !summary.is_bag {
        return writeln!(out, "{}", plainly(Verdict::NotAPackage));
    }
    bag_lines(out, &summary.top, summary.version, &summary.info)?;
    let bytes = counted(summary.payload.bytes, "byte", "bytes");
    line(out, "Payload", &format!("{}, {bytes}", counted(summary.payload.files, "file", "files")))?;
    line(out, "Signature", if summary.signed { "there is one" } else { "none" })?;
    if let Some(checked) = &summary.checked {
        let errors = counted(checked.errors, "error", "errors");
        let warnings = counted(checked.warnings, "warning", "warnings");
        let word = if checked.valid { "valid" } else { "not valid" };
        line(out, "On the day", &format!("{word}: {errors}, {warnings}"))?;
    }
    if let Some(dates) = after_go_live(&summary.info) {
        write_dates(&dates, out)?;
    }
    writeln!(out, "\nFiles:")?;
    for file in &summary.files {
        writeln!(out, "  {:>15}  {}", thousands(file.bytes), file.shown)?;
    }
    if let Some(checked) = &summary.checked {
        writeln!(out, "\nRows on the day:")?;
        for (name, rows) in &checked.rows {
            writeln!(out, "  {:>15}  {}", thousands(*rows), message::plain(name, 60))?;
        }
    }
    if summary.has_errors() {
        writeln!(out, "\nThe archive's structure is not sound; run verify.")?;
    }
    writeln!(out, "\nNothing of this was verified; handover verify does that.")
}

/// What is in a package as JSON.
pub fn summary_json(summary: &Summary) -> Value {
    let files: Vec<Value> = summary
        .files
        .iter()
        .map(|file| json!({ "name": file.shown, "bytes": file.bytes, "payload": file.payload }))
        .collect();
    let checked = summary.checked.as_ref().map(|checked| {
        let rows = checked.rows.iter().map(|(name, rows)| json!({ "name": name, "rows": rows }));
        json!({
            "valid": checked.valid,
            "errors": checked.errors,
            "warnings": checked.warnings,
            "tasks": rows.collect::<Vec<_>>(),
        })
    });
    json!({
        "package": summary.is_bag,
        "name": summary.top,
        "bagit": summary.version.map(|(major, minor)| format!("{major}.{minor}")),
        "info": info_json(&summary.info),
        "afterGoLive": after_go_live(&summary.info).map(|dates| timeline_json(&dates)),
        "signed": summary.signed,
        "payload": { "files": summary.payload.files, "bytes": summary.payload.bytes },
        "files": files,
        "checked": checked,
        "verified": false,
    })
}
