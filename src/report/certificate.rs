//! The certificate: one page that says what a package is worth, to read, print and sign.
//!
//! It is made twice: into the package when it is written, and by whoever verifies it. The outcome
//! comes first, in plain words; then what was and was not shown, what the package is, the digest to
//! copy onto paper, and how to repeat it with none of our software.
//!
//! **Invariant:** the page holds no script and asks for nothing from a network.

use crate::access::Timeline;
use crate::bag::layout;
use crate::bag::tag::{self, Info};
use crate::check;
use crate::digest::Algorithm;
use crate::finding::message::{counted, plain, thousands};
use crate::finding::{Group, Severity, message};
use crate::report::Tool;
use crate::report::verdict::{after_go_live, certified, headline, signer};
use crate::verify::show::Checked;
use crate::verify::{Outcome, Verdict};

mod page;
mod repeat;

pub use repeat::repeat;

/// How many kinds of problems the page names; reports have all of them.
const MOST_PROBLEMS: usize = 12;

/// What the page says; every text is plain and on one line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Certificate {
    /// What it is.
    pub title: String,
    /// The outcome in plain words.
    pub headline: String,
    /// Whether the outcome is one to worry about.
    pub bad: bool,
    /// Labels and values.
    pub facts: Vec<(String, String)>,
    /// What is wrong.
    pub problems: Vec<String>,
    /// What was checked.
    pub checked: Vec<String>,
    /// What was not, and what is not shown by any of it.
    pub unchecked: Vec<String>,
    /// The dates after go-live, where they are known.
    pub after_go_live: Option<Timeline>,
    /// The digest to be copied onto paper: of which file, and the digits.
    pub digest: Option<(String, String)>,
    /// How to repeat it: where, and the commands.
    pub repeat: Vec<(String, Vec<String>)>,
}

/// What the page inside a package is made from.
#[derive(Debug)]
pub struct Packed<'a> {
    /// The package's name, that of its top folder.
    pub name: &'a str,
    /// What `bag-info.txt` says.
    pub info: &'a Info,
    /// What the check found.
    pub outcome: &'a check::Outcome,
    /// Why findings were accepted, and by whom.
    pub acceptance: Option<(&'a str, &'a str)>,
    /// The algorithms of the manifests.
    pub algorithms: &'a [Algorithm],
    /// SHA-512 of the strongest payload manifest.
    pub manifest_digest: &'a str,
    /// Whether it is signed.
    pub signed: bool,
}

/// The label of the day of go-live.
const GO_LIVE: &str = "Go-Live-Date";

/// Labels of `bag-info.txt` that the page has, and what it calls them.
const FACTS: [(&str, &str); 10] = [
    ("Source-Organization", "Practice"),
    ("Practice-ODS-Code", "ODS code"),
    ("Source-System", "Source system"),
    ("Source-System-Version", "Its version"),
    ("Supplier", "Supplier"),
    ("Extract-Date", "Extracted on"),
    (GO_LIVE, "Go-live"),
    (tag::IDENTIFIER_LABEL, "Identifier"),
    (tag::TIME_LABEL, "Packed (claimed)"),
    (tag::SOURCE_LABEL, "Out of the package"),
];

/// What no digest and no signature shows.
const NEVER_SHOWN: [&str; 2] = [
    "That the extract was complete and true when it was delivered: only that it is now what was \
     packed then.",
    "When it was packed: the time is what the maker's clock said.",
];

impl Certificate {
    /// The page that a package holds about itself.
    pub fn of_package(packed: &Packed<'_>) -> Self {
        let outcome = packed.outcome;
        let errors = outcome.count(Severity::Error);
        let headline = match (errors, outcome.gaps.is_empty()) {
            (0, true) => {
                "Packed as delivered. The check against its declared schema found no error."
            }
            (0, false) => {
                "Packed as delivered. As far as it could be checked against a declared schema, no \
                 error was found."
            }
            _ => "Packed as delivered, with errors that were accepted; see below.",
        };
        let mut facts = facts_of(packed.info);
        let rows: u64 = outcome.tasks.iter().map(|task| task.rows).sum();
        facts.extend(payload(packed.info));
        fact(&mut facts, "Rows", &thousands(rows));
        let warnings = outcome.count(Severity::Warning);
        let found = [counted(errors, "error", "errors"), counted(warnings, "warning", "warnings")];
        fact(&mut facts, "Check on the day", &found.join(", "));
        if let Some((reason, by)) = packed.acceptance {
            fact(&mut facts, "Accepted because", reason);
            fact(&mut facts, "Accepted by", by);
        }
        let key = packed.info.get(tag::SIGNING_KEY_LABEL);
        fact(&mut facts, "Signing key", key.unwrap_or("none: the package is not signed"));
        fact(&mut facts, "Encrypted", "NO. It holds patient data: keep it accordingly");
        let schema = match &outcome.schema {
            Some(schema) => format!("Each file against the schema {}.", plain(&schema.name, 100)),
            None => "Only what needs no declared schema.".into(),
        };
        let mut checked = vec![schema];
        if packed.info.get("Read-Back-After-Writing") == Some("yes") {
            checked.push("The package was read back after it was written.".into());
        }
        let mut unchecked: Vec<String> = outcome
            .gaps
            .iter()
            .map(|gap| {
                let task = gap.resource.and_then(|at| outcome.tasks.get(at as usize));
                let resource = task.map_or(String::new(), |task| format!("{}: ", task.name));
                plain(&format!("{resource}{}: {}", gap.check, gap.reason), 300)
            })
            .collect();
        let more = unchecked.len().saturating_sub(MOST_PROBLEMS);
        unchecked.truncate(MOST_PROBLEMS);
        if more > 0 {
            unchecked.push(format!("And {more} more, which metadata/report.txt has."));
        }
        unchecked.extend(NEVER_SHOWN.map(str::to_owned));
        let mut problems = groups(
            outcome.all_groups().filter(|(_, group)| group.severity == Severity::Error).map(
                |(task, group)| {
                    let place = task.map_or(String::new(), |task| format!("{}: ", task.name));
                    (place, group)
                },
            ),
        );
        if !problems.is_empty() {
            problems.push("metadata/report.txt has all of it.".into());
        }
        let manifests = packed.algorithms.iter().filter(|_| packed.signed);
        let signed: Vec<String> = manifests.map(|found| layout::tag_manifest(*found)).collect();
        Self {
            title: "Certificate of a package".into(),
            headline: headline.into(),
            bad: errors > 0,
            facts,
            problems,
            checked,
            unchecked,
            after_go_live: after_go_live(packed.info),
            digest: Some((
                format!("SHA-512 of manifest-{}.txt", strongest(packed.algorithms)),
                packed.manifest_digest.to_owned(),
            )),
            repeat: shortest(packed.name, packed.algorithms, &signed),
        }
    }

    /// The page that says what verifying found, at the time `on`; `checked` is the check's outcome
    /// when the package was made, as it says itself.
    pub fn of_outcome(outcome: &Outcome, checked: Option<&Checked>, on: &str) -> Self {
        let mut facts = Vec::new();
        fact(&mut facts, "Outcome", outcome.verdict.name());
        fact(&mut facts, "Package", &outcome.top);
        facts.extend(facts_of(&outcome.info));
        let bytes = counted(outcome.payload.bytes, "byte", "bytes");
        let files = counted(outcome.payload.files, "file", "files");
        if outcome.verdict != Verdict::NotAPackage {
            fact(&mut facts, "Payload", &format!("{files}, {bytes}"));
        }
        if let Some(checked) = checked {
            let rows = checked.rows.iter().map(|(_, rows)| *rows).fold(0, u64::saturating_add);
            fact(&mut facts, "Rows (as it says)", &thousands(rows));
            let errors = counted(checked.errors, "error", "errors");
            let warnings = counted(checked.warnings, "warning", "warnings");
            fact(&mut facts, "Check on the day", &format!("{errors}, {warnings}"));
        }
        // Who signed several files is named once.
        let mut signers: Vec<(String, &str, Vec<String>)> = Vec::new();
        for signed in &outcome.signatures {
            let (name, key, file) = (signer(signed), signed.key.as_str(), plain(&signed.file, 80));
            match signers.iter_mut().find(|(n, k, _)| (n, *k) == (&name, key)) {
                Some((_, _, files)) => files.push(file),
                None => signers.push((name, key, vec![file])),
            }
        }
        for (name, key, files) in &signers {
            fact(&mut facts, "Signed by", name);
            fact(&mut facts, "with the key", key);
            fact(&mut facts, "over", &files.join(", "));
        }
        if outcome.signatures.is_empty() && outcome.verdict != Verdict::NotAPackage {
            fact(&mut facts, "Signed by", "nobody");
        }
        fact(&mut facts, "Encrypted", "NO. It holds patient data: keep it accordingly");
        let tool = Tool::default();
        fact(&mut facts, "Verified", &format!("{on} with {} {}", tool.name, tool.version));

        let mut done = Vec::new();
        if outcome.verdict != Verdict::NotAPackage {
            let names: Vec<&str> = outcome.algorithms.iter().map(|found| found.name()).collect();
            let of = match outcome.verdict {
                Verdict::NotVerified => "Every byte of the files about the payload, by",
                _ => "Every byte of every file, by",
            };
            done.push(format!("{of} {}.", names.join(" and ")));
            done.push("That no file is missing, and none is there that is not listed.".into());
            if outcome.canonical {
                done.push("Every byte of the archive's headers.".into());
            }
            if !outcome.signatures.is_empty() {
                let list =
                    if outcome.signers_asked { ", and its key by the list of signers" } else { "" };
                done.push(format!("The signature{list}."));
            }
        }
        let (of_export, not_of_export) = certified(outcome);
        done.extend(of_export);
        let mut undone: Vec<String> = outcome
            .gaps
            .iter()
            .map(|gap| plain(&format!("{}: {}", gap.check, gap.reason), 300))
            .collect();
        if !outcome.canonical && outcome.verdict != Verdict::NotAPackage {
            undone.push(
                "The archive's headers byte by byte: it was unpacked or zipped again since, or made \
                 by others."
                    .into(),
            );
        }
        if !outcome.signers_asked && !outcome.signatures.is_empty() {
            undone.push("Whose signature it is: no list of signers was given.".into());
        }
        undone.extend(not_of_export);
        undone.extend(NEVER_SHOWN.map(str::to_owned));
        // The manifests lead to the root of a package's proofs; an export has that root alone.
        let signed: Vec<String> = outcome
            .signatures
            .iter()
            .map(|signed| signed.file.clone())
            .filter(|file| outcome.proven.is_some() || file != layout::CHECKPOINT)
            .collect();
        let bad = outcome.groups.iter().filter(|group| group.severity == Severity::Error);
        Self {
            title: "Certificate of verification".into(),
            headline: headline(outcome).into(),
            bad: !outcome.is_accepted() || outcome.verdict == Verdict::NotVerified,
            facts,
            problems: groups(bad.map(|group| (place(group, outcome), group))),
            checked: done,
            unchecked: undone,
            after_go_live: after_go_live(&outcome.info).filter(|_| outcome.verdict.is_intact()),
            digest: outcome
                .manifests
                .iter()
                .find(|(name, _)| {
                    *name == format!("manifest-{}.txt", strongest(&outcome.algorithms))
                })
                .or(outcome.manifests.last())
                .map(|(name, digest)| (format!("SHA-512 of {name}"), digest.to_string())),
            repeat: match outcome.verdict {
                Verdict::NotAPackage => Vec::new(),
                _ => shortest(&outcome.top, &outcome.algorithms, &signed),
            },
        }
    }
}

/// How to repeat it by the strongest algorithm alone, so that the page stays one; `VERIFY.txt` has
/// all of them.
fn shortest(name: &str, algorithms: &[Algorithm], signed: &[String]) -> Vec<(String, Vec<String>)> {
    let strongest: Vec<Algorithm> = algorithms.iter().max().copied().into_iter().collect();
    let of_others: Vec<String> = algorithms
        .iter()
        .filter(|found| !strongest.contains(found))
        .map(|found| layout::tag_manifest(*found))
        .collect();
    let signed: Vec<String> =
        signed.iter().filter(|file| !of_others.contains(file)).cloned().collect();
    repeat(name, &strongest, &signed)
}

fn strongest(algorithms: &[Algorithm]) -> &'static str {
    algorithms.iter().max().map_or("sha512", |found| found.name())
}

fn fact(facts: &mut Vec<(String, String)>, label: &str, value: &str) {
    if !value.is_empty() {
        facts.push((label.to_owned(), plain(value, 300)));
    }
}

/// The file in which a problem was found first.
fn place(group: &Group, outcome: &Outcome) -> String {
    let file = group.first.file.and_then(|file| outcome.files.get(usize::try_from(file).ok()?));
    file.map_or(String::new(), |file| format!("{}: ", plain(&file.shown, 120)))
}

fn facts_of(info: &Info) -> Vec<(String, String)> {
    let mut facts = Vec::new();
    let dated = after_go_live(info).is_some();
    // The dates have a part of the page for themselves, which begins with go-live.
    for (label, name) in FACTS.into_iter().filter(|(label, _)| !dated || *label != GO_LIVE) {
        info.all(label).for_each(|value| fact(&mut facts, name, value));
    }
    facts
}

fn payload(info: &Info) -> Option<(String, String)> {
    let oxum = tag::Oxum::parse(info.get(tag::OXUM_LABEL)?)?;
    let (bytes, files) =
        (counted(oxum.bytes, "byte", "bytes"), counted(oxum.files, "file", "files"));
    Some(("Payload".into(), format!("{files}, {bytes}")))
}

/// Each kind of problem in a line, the most frequent first.
fn groups<'a>(groups: impl Iterator<Item = (String, &'a Group)>) -> Vec<String> {
    let mut groups: Vec<(String, &Group)> = groups.collect();
    groups.sort_by_key(|(_, group)| std::cmp::Reverse(group.occurrences));
    let more = groups.len().saturating_sub(MOST_PROBLEMS);
    let mut lines: Vec<String> = groups
        .iter()
        .take(MOST_PROBLEMS)
        .map(|(place, group)| {
            let times = counted(group.occurrences, "time", "times");
            plain(
                &format!("{place}{} ({}, {times})", message::title(group), group.code.name()),
                300,
            )
        })
        .collect();
    if more > 0 {
        lines.push(format!("And {more} more kinds of problems, which the report has."));
    }
    lines
}
