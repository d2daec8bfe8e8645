//! The certificate: one page that says what a package is worth, to read, print and sign.
//!
//! It is made twice: into the package when it is written, and by whoever verifies it. The outcome
//! comes first, in plain words; then what was and was not shown, what the package is, the digest to
//! copy onto paper, and how to repeat it with none of our software.
//!
//! **Invariant:** the page holds no script and asks for nothing from a network.

use crate::bag::tag::{self, Info};
use crate::check;
use crate::digest::Algorithm;
use crate::finding::message::{counted, plain, thousands};
use crate::finding::{Group, Severity, message};
use crate::report::Tool;
use crate::report::verdict::{grouped, headline, signer};
use crate::signature::NAMESPACE;
use crate::verify::show::Checked;
use crate::verify::{Outcome, Verdict};
use std::fmt::Write;

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

/// Labels of `bag-info.txt` that the page has, and what it calls them.
const FACTS: [(&str, &str); 9] = [
    ("Source-Organization", "Practice"),
    ("Practice-ODS-Code", "ODS code"),
    ("Source-System", "Source system"),
    ("Source-System-Version", "Its version"),
    ("Supplier", "Supplier"),
    ("Extract-Date", "Extracted on"),
    ("Go-Live-Date", "Go-live"),
    (tag::IDENTIFIER_LABEL, "Identifier"),
    (tag::TIME_LABEL, "Packed (claimed)"),
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
        Self {
            title: "Certificate of a package".into(),
            headline: headline.into(),
            bad: errors > 0,
            facts,
            problems,
            checked,
            unchecked,
            digest: Some((
                format!("SHA-512 of manifest-{}.txt", strongest(packed.algorithms)),
                packed.manifest_digest.to_owned(),
            )),
            repeat: repeat(packed.name, packed.algorithms, packed.signed),
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
        for signed in &outcome.signatures {
            let file = plain(&signed.file, 80);
            fact(&mut facts, "Signed by", &format!("{} [{file}]", signer(signed)));
            fact(&mut facts, "with the key", &signed.key);
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
            done.push(format!("Every byte of every file, by {}.", names.join(" and ")));
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
        undone.extend(NEVER_SHOWN.map(str::to_owned));
        let bad = outcome.groups.iter().filter(|group| group.severity == Severity::Error);
        Self {
            title: "Certificate of verification".into(),
            headline: headline(outcome).into(),
            bad: !outcome.is_accepted(),
            facts,
            problems: groups(bad.map(|group| (String::new(), group))),
            checked: done,
            unchecked: undone,
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
                _ => repeat(&outcome.top, &outcome.algorithms, !outcome.signatures.is_empty()),
            },
        }
    }

    /// The page as text.
    pub fn text(&self) -> String {
        let mut out = String::new();
        let title = self.title.to_uppercase();
        let _ = writeln!(out, "{title}\n{}\n\n{}\n", "=".repeat(title.len()), self.headline);
        for (label, value) in &self.facts {
            let _ = writeln!(out, "{label:<18} {value}");
        }
        for (heading, items) in self.lists() {
            let _ = writeln!(out, "\n{heading}");
            items.iter().for_each(|item| _ = writeln!(out, "  - {item}"));
        }
        if let Some((label, digits)) = &self.digest {
            let _ = writeln!(out, "\n{label}, in groups of four:");
            grouped(digits).iter().for_each(|row| _ = writeln!(out, "    {row}"));
        }
        for (place, commands) in &self.repeat {
            let _ = writeln!(out, "\nTo repeat it {place}:");
            commands.iter().for_each(|command| _ = writeln!(out, "    {command}"));
        }
        for name in PEOPLE {
            let _ =
                writeln!(out, "\n{name}\n\n    ______________________________  Date ____________");
        }
        out
    }

    /// The page as HTML for one sheet of A4: it stands alone, and needs no script.
    pub fn html(&self) -> String {
        let mut out = String::new();
        let class = if self.bad { "bad" } else { "good" };
        let title = escape(&self.title);
        let _ = write!(
            out,
            "<!DOCTYPE html>\n<html lang=\"en-GB\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta http-equiv=\"Content-Security-Policy\" \
             content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
             <title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n\
             <h1>{title}</h1>\n<p class=\"{class}\"><strong>{}</strong></p>\n<table>\n",
            escape(&self.headline)
        );
        for (label, value) in &self.facts {
            let (label, value) = (escape(label), escape(value));
            let _ = writeln!(out, "<tr><th scope=\"row\">{label}</th><td>{value}</td></tr>");
        }
        out.push_str("</table>\n");
        for (heading, items) in self.lists() {
            let _ = writeln!(out, "<h2>{heading}</h2>\n<ul>");
            items.iter().for_each(|item| _ = writeln!(out, "<li>{}</li>", escape(item)));
            out.push_str("</ul>\n");
        }
        if let Some((label, digits)) = &self.digest {
            let rows: Vec<String> = grouped(digits).iter().map(|row| escape(row)).collect();
            let _ = writeln!(
                out,
                "<h2>{}, in groups of four</h2>\n<pre>{}</pre>",
                escape(label),
                rows.join("\n")
            );
        }
        for (place, commands) in &self.repeat {
            let commands: Vec<String> = commands.iter().map(|line| escape(line)).collect();
            let _ = writeln!(
                out,
                "<h2>To repeat it {}</h2>\n<pre>{}</pre>",
                escape(place),
                commands.join("\n")
            );
        }
        out.push_str("<div class=\"people\">\n");
        for name in PEOPLE {
            let _ = writeln!(out, "<p>{name}<br><span>Signature</span> <span>Date</span></p>");
        }
        out.push_str("</div>\n</main>\n</body>\n</html>\n");
        out
    }

    fn lists(&self) -> impl Iterator<Item = (&'static str, &Vec<String>)> {
        let all = [
            ("What is wrong", &self.problems),
            ("What was checked", &self.checked),
            ("What was not checked, or is not shown by this", &self.unchecked),
        ];
        all.into_iter().filter(|(_, items)| !items.is_empty())
    }
}

/// Who signs the paper.
const PEOPLE: [&str; 2] = ["For the practice", "For whoever keeps the package"];

const STYLE: &str = "
@page{size:A4;margin:14mm}
body{font:10.5pt/1.35 system-ui,sans-serif;color:#111;background:#fff;margin:0}
main{max-width:180mm;margin:0 auto;padding:4mm}
h1{font-size:16pt;margin:0 0 3mm}h2{font-size:10.5pt;margin:3mm 0 1mm}
p{margin:0 0 2mm}ul{margin:0;padding-left:5mm}
.good,.bad{border:.6mm solid #14532d;padding:2mm 3mm;font-size:12pt}
.bad{border-color:#8f1313;border-style:double;border-width:1.2mm;color:#8f1313}
table{border-collapse:collapse;width:100%}
th{text-align:left;font-weight:600;vertical-align:top;width:38mm;padding:.4mm 2mm .4mm 0}
td{overflow-wrap:anywhere;padding:.4mm 0}
pre{font:8.5pt/1.35 ui-monospace,monospace;white-space:pre-wrap;overflow-wrap:anywhere;margin:0}
.people{display:flex;gap:8mm;margin-top:4mm;break-inside:avoid}.people p{flex:1}
.people span{display:inline-block;border-bottom:.2mm solid #111;width:44%;padding-top:9mm;color:#555;font-size:8pt}
";

/// How to repeat the verification with none of our software; also for `VERIFY.txt`.
pub fn repeat(name: &str, algorithms: &[Algorithm], signed: bool) -> Vec<(String, Vec<String>)> {
    let mut algorithms = algorithms.to_vec();
    algorithms.sort();
    let strongest = strongest(&algorithms);
    let name = plain(name, 100);
    let mut unix = vec![format!("unzip -q PACKAGE.zip && cd {name}")];
    for algorithm in &algorithms {
        for manifest in ["tagmanifest", "manifest"] {
            unix.push(format!("{algorithm}sum -c --quiet {manifest}-{algorithm}.txt"));
        }
    }
    let mut windows = vec![format!("Expand-Archive PACKAGE.zip . ; cd {name}")];
    windows.push(format!(
        "'tagmanifest','manifest' | % {{ gc \"$_-{strongest}.txt\" -Encoding UTF8 }} | % {{ \
         $d,$p = $_ -split '  ',2; if ((Get-FileHash -Algorithm {} -LiteralPath $p).Hash -ne $d) {{ \
         \"DIFFERS: $p\" }} }}",
        strongest.to_uppercase()
    ));
    if signed {
        for algorithm in &algorithms {
            let signature = format!(
                "ssh-keygen -Y verify -f allowed_signers -I NAME -n {NAMESPACE} -s \
                 signatures/tagmanifest-{algorithm}.txt.sig < tagmanifest-{algorithm}.txt"
            );
            windows.push(format!("cmd /c \"{signature}\""));
            unix.push(signature);
        }
    }
    vec![
        ("with our program".into(), vec!["handover verify PACKAGE.zip".into()]),
        ("without it, on Linux or macOS (no output of the sums: all is well)".into(), unix),
        (
            "without it, on Windows, in PowerShell (no output of the second line: all is well)"
                .into(),
            windows,
        ),
    ]
}

fn strongest(algorithms: &[Algorithm]) -> &'static str {
    algorithms.iter().max().map_or("sha512", |found| found.name())
}

fn fact(facts: &mut Vec<(String, String)>, label: &str, value: &str) {
    if !value.is_empty() {
        facts.push((label.to_owned(), plain(value, 300)));
    }
}

fn facts_of(info: &Info) -> Vec<(String, String)> {
    let mut facts = Vec::new();
    for (label, name) in FACTS {
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

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_from_outside_is_text_on_the_page() {
        let page = Certificate {
            title: "T".into(),
            headline: "<script>".into(),
            facts: vec![("Practice".into(), "<img src=x onerror=\"'&".into())],
            problems: vec!["</li><b>".into()],
            ..Certificate::default()
        };
        let html = page.html();
        for wrong in ["<script", "<img", "<b>"] {
            assert!(!html.contains(wrong), "{wrong}");
        }
        assert!(html.contains("&lt;img src=x onerror=&quot;&#39;&amp;"));
        assert!(!html.contains("http://") && !html.contains("https://"));
    }

    #[test]
    fn the_commands_name_every_manifest_and_signature() {
        let algorithms = [Algorithm::Sha512, Algorithm::Sha256];
        let lines: Vec<String> =
            repeat("A-1", &algorithms, true).into_iter().flat_map(|(_, lines)| lines).collect();
        for wanted in [
            "handover verify PACKAGE.zip",
            "sha256sum -c --quiet tagmanifest-sha256.txt",
            "sha512sum -c --quiet manifest-sha512.txt",
            "ssh-keygen -Y verify -f allowed_signers -I NAME -n handover -s \
             signatures/tagmanifest-sha512.txt.sig < tagmanifest-sha512.txt",
        ] {
            assert!(lines.iter().any(|line| line == wanted), "{wanted}: {lines:#?}");
        }
        let unsigned = repeat("A-1", &algorithms, false);
        assert!(!format!("{unsigned:?}").contains("ssh-keygen"));
    }
}
