//! The package's own files: what came, what was found, how to verify it.

use super::Options;
use crate::access;
use crate::bag::layout;
use crate::bag::tag::{self, Info};
use crate::digest::Algorithm;
use crate::error::{Error, ErrorKind, Result};
use crate::finding::Severity;
use crate::report::certificate::{self, Certificate, Packed};
use crate::report::text::Style;
use crate::report::verdict::grouped;
use crate::report::{self, Report};
use crate::schema::Schema;
use crate::source::Extract;
use serde::Serialize;

/// What the files are made from.
pub(super) struct Facts<'a> {
    pub(super) extract: &'a Extract,
    /// The members' names below `data/`.
    pub(super) names: &'a [String],
    /// Size and SHA-512 of the archive or file that was delivered.
    pub(super) container: Option<(u64, String)>,
    /// The schema that was used.
    pub(super) descriptor: Option<&'a Schema>,
    pub(super) report: &'a Report<'a>,
    pub(super) options: &'a Options,
}

/// Names of `--info` that have a label of their own.
const KNOWN: [(&str, &str); 6] = [
    ("practice", "Source-Organization"),
    ("ods", "Practice-ODS-Code"),
    ("system", "Source-System"),
    ("system-version", "Source-System-Version"),
    ("supplier", "Supplier"),
    ("extract-date", "Extract-Date"),
];

/// All names that have a label of their own: those, and the dates after go-live.
fn known() -> impl Iterator<Item = (&'static str, &'static str)> {
    KNOWN.into_iter().chain(access::LABELS)
}

/// Labels that the package states by itself.
const OWN: [&str; 13] = [
    "accepted-findings",
    "signing-key",
    "bag-software-agent",
    "bagging-date",
    "package-time",
    "payload-oxum",
    "external-identifier",
    "bagit-profile-identifier",
    "outcome-on-the-day",
    "error-findings",
    "warning-findings",
    "read-back-after-writing",
    "bag-size",
];

/// Refuses facts that cannot be stated as given.
pub(super) fn check_info(info: &[(String, String)]) -> Result<()> {
    let wrong = |message: String, hint: &str| {
        Err(Error::new(ErrorKind::Usage, message).with_hint(hint.to_owned()))
    };
    for (name, value) in info {
        let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        if !plain || name.is_empty() {
            return wrong(
                format!("--info {name}: a name has letters, digits and hyphens only"),
                "as in --info ods=A81001",
            );
        }
        if OWN.contains(&name.to_ascii_lowercase().as_str()) {
            return wrong(
                format!("--info {name}: the package states that by itself"),
                "leave it out, or choose another name",
            );
        }
        if value.chars().any(char::is_control) {
            return wrong(
                format!("--info {name}: the value is not one line of text"),
                "give one line",
            );
        }
        if name == "extract-date" && access::calendar::parse(value).is_none() {
            return wrong(format!("--info {name}: not a date"), "write it as 2026-03-02");
        }
    }
    access::check_info(info)
}

/// What the package is named for: the practice's ODS code, else the extract.
pub(super) fn subject(info: &[(String, String)], extract: &Extract) -> String {
    if let Some((_, ods)) = info.iter().find(|(name, _)| name == "ods") {
        return ods.clone();
    }
    let canonical = extract.path.canonicalize().ok();
    let path = canonical.as_deref().unwrap_or(&extract.path);
    let name = if path.is_dir() { path.file_name() } else { path.file_stem() };
    name.map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// `metadata/received.json`.
#[derive(Serialize)]
struct Received<'a> {
    format: &'static str,
    container: Container<'a>,
    files: Vec<ReceivedFile<'a>>,
}

#[derive(Serialize)]
struct Container<'a> {
    kind: &'a str,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sha512: Option<String>,
}

#[derive(Serialize)]
struct ReceivedFile<'a> {
    /// As delivered.
    path: &'a str,
    /// In the package, where it has another name there.
    #[serde(skip_serializing_if = "Option::is_none")]
    payload: Option<&'a str>,
    bytes: u64,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    litter: bool,
}

/// `metadata/acceptance.json`.
#[derive(Serialize)]
struct Accepted<'a> {
    format: &'static str,
    reason: &'a str,
    by: &'a str,
    time: String,
    errors: u64,
    groups: Vec<AcceptedGroup<'a>>,
}

#[derive(Serialize)]
struct AcceptedGroup<'a> {
    code: &'static str,
    resource: Option<&'a str>,
    fields: Vec<&'a str>,
    occurrences: u64,
}

/// The files under `metadata/`.
pub(super) fn files(facts: &Facts<'_>) -> Result<Vec<(String, Vec<u8>)>> {
    let mut files = Vec::new();
    if let Some(descriptor) = facts.descriptor {
        files.push((layout::DESCRIPTOR.to_owned(), descriptor.source.clone()));
        // Files that the descriptor points to stand as neighbours of it.
        for (path, bytes) in &descriptor.parts {
            files.push((format!("metadata/{path}"), bytes.clone()));
        }
    }
    files.push((layout::RECEIVED.to_owned(), received(facts)?));
    let mut report_json = Vec::new();
    report::json::write(facts.report, &mut report_json).map_err(Error::internal)?;
    files.push((layout::REPORT_JSON.to_owned(), report_json));
    let mut report_text = Vec::new();
    report::text::write(facts.report, &mut report_text, Style::default())
        .map_err(Error::internal)?;
    files.push((layout::REPORT_TEXT.to_owned(), report_text));
    let mut report_html = Vec::new();
    report::html::write(facts.report, &mut report_html).map_err(Error::internal)?;
    files.push((layout::REPORT_HTML.to_owned(), report_html));
    if let Some(acceptance) = &facts.options.acceptance {
        let outcome = facts.report.outcome;
        let errors = outcome.all_groups().filter(|(_, group)| group.severity == Severity::Error);
        let accepted = Accepted {
            format: "handover-acceptance/1",
            reason: &acceptance.reason,
            by: &acceptance.by,
            time: layout::time(facts.options.time),
            errors: outcome.count(Severity::Error),
            groups: errors
                .map(|(task, group)| AcceptedGroup {
                    code: group.code.name(),
                    resource: task.map(|task| task.name.as_str()),
                    fields: group.fields.iter().map(|field| field.name.as_str()).collect(),
                    occurrences: group.occurrences,
                })
                .collect(),
        };
        files.push((layout::ACCEPTANCE.to_owned(), json(&accepted)?));
    }
    Ok(files)
}

fn received(facts: &Facts<'_>) -> Result<Vec<u8>> {
    let extract = facts.extract;
    let name = extract.path.file_name().map(|n| crate::path::shown(&n.to_string_lossy()));
    let (bytes, sha512) = facts.container.clone().unzip();
    let read = &facts.report.outcome.files;
    let files = extract.delivered().iter().zip(facts.names).zip(read);
    json(&Received {
        format: "handover-received/1",
        container: Container {
            kind: extract.container,
            name: name.unwrap_or_default(),
            bytes,
            sha512,
        },
        files: files
            .map(|((member, name), file)| ReceivedFile {
                path: &member.path,
                payload: (*name != member.path).then_some(name.as_str()),
                bytes: file.bytes,
                litter: member.litter,
            })
            .collect(),
    })
}

fn json(value: &impl Serialize) -> Result<Vec<u8>> {
    let mut bytes = serde_json::to_vec_pretty(value).map_err(Error::internal)?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// `bag-info.txt`.
pub(super) fn bag_info(facts: &Facts<'_>, identifier: &str, bytes: u64, files: u64) -> Info {
    let options = facts.options;
    let outcome = facts.report.outcome;
    let mut info = Info::default();
    info.add(tag::PROFILE_LABEL, tag::PROFILE);
    for (name, label) in known() {
        for (_, value) in options.info.iter().filter(|(given, _)| given == name) {
            info.add(label, value);
        }
    }
    for (name, value) in &options.info {
        if known().all(|(known, _)| known != name) {
            info.add(name, value);
        }
    }
    let time = layout::time(options.time);
    info.add("Bagging-Date", time.get(..10).unwrap_or(&time));
    info.add(tag::TIME_LABEL, &time);
    info.add("External-Identifier", &format!("urn:uuid:{identifier}"));
    info.add(tag::OXUM_LABEL, &format!("{bytes}.{files}"));
    let accepted = outcome.accepted.iter().map(|accepted| accepted.group.occurrences);
    let accepted = accepted.fold(0, u64::saturating_add);
    let verdict = match (outcome.is_valid(), outcome.gaps.is_empty()) {
        (true, true) if accepted > 0 => "valid, with findings accepted beforehand",
        (true, true) => "valid",
        (true, false) if accepted > 0 => {
            "valid as far as it was checked, with findings accepted beforehand"
        }
        (true, false) => "valid as far as it was checked",
        (false, _) => "not valid, accepted with a reason",
    };
    info.add("Outcome-On-The-Day", verdict);
    info.add("Error-Findings", &outcome.count(Severity::Error).to_string());
    info.add("Warning-Findings", &outcome.count(Severity::Warning).to_string());
    if accepted > 0 {
        info.add("Accepted-Findings", &accepted.to_string());
    }
    info.add("Read-Back-After-Writing", if options.reread { "yes" } else { "no" });
    if let Some(key) = &options.key {
        info.add(tag::SIGNING_KEY_LABEL, &key.public().fingerprint());
    }
    info.add("Bag-Software-Agent", &format!("{} {}", options.tool.name, options.tool.version));
    info
}

/// `metadata/certificate.txt` and `.html`: one page about the package, to print and sign.
pub(super) fn certificate(
    facts: &Facts<'_>,
    name: &str,
    manifest_digest: &str,
    info: &Info,
) -> Vec<(String, Vec<u8>)> {
    let acceptance = facts.options.acceptance.as_ref();
    let page = Certificate::of_package(&Packed {
        name,
        info,
        outcome: facts.report.outcome,
        acceptance: acceptance.map(|given| (given.reason.as_str(), given.by.as_str())),
        algorithms: &facts.options.algorithms,
        manifest_digest,
        signed: facts.options.key.is_some(),
    });
    vec![
        (layout::CERTIFICATE_TEXT.to_owned(), page.text().into_bytes()),
        (layout::CERTIFICATE_HTML.to_owned(), page.html().into_bytes()),
    ]
}

/// `VERIFY.txt`: how to check the package with nothing of ours at hand.
pub(super) fn guide(
    name: &str,
    algorithms: &[Algorithm],
    manifest_digest: &str,
    info: &Info,
    signed: bool,
) -> String {
    let mut out = String::from(
        "HOW TO VERIFY THIS PACKAGE\n\
         ==========================\n\n\
         This is a BagIt bag (RFC 8493) in a zip archive. The files under data/ are the extract of a GP\n\
         practice's clinical system as it was delivered, byte for byte. What was found when it was\n\
         checked stands in metadata/report.txt; metadata/certificate.html is a page to print.\n\n",
    );
    let identifier = info.get(tag::IDENTIFIER_LABEL).unwrap_or_default();
    let time = info.get(tag::TIME_LABEL).unwrap_or_default();
    let key = info.get(tag::SIGNING_KEY_LABEL).unwrap_or("none: the package is not signed");
    out.push_str(&format!(
        "Identifier    {identifier}\n\
         Made          {time} (as the maker's clock had it)\n\
         Signing key   {key}\n\n\
         THE PACKAGE IS NOT ENCRYPTED. It holds patient data: keep it accordingly.\n"
    ));
    let manifests = algorithms.iter().filter(|_| signed);
    let files: Vec<String> = manifests.map(|found| layout::tag_manifest(*found)).collect();
    for (place, commands) in certificate::repeat(name, algorithms, &files) {
        out.push_str(&format!("\nTo verify it {place}:\n\n"));
        commands.iter().for_each(|command| out.push_str(&format!("    {command}\n")));
    }
    out.push_str(
        "\nThe sums show that the files are as the manifests list them; a file that no manifest lists, they\n\
         pass over. They do not show who made the package: whoever changes a file can make the\n\
         manifests anew.\n",
    );
    if signed {
        out.push_str(
            "The signature shows it. allowed_signers is a file beside PACKAGE.zip with the signer's public\n\
             key, which must not come with the package but by a way that you trust; NAME is what it\n\
             calls the signer.\n",
        );
    }
    out.push_str(
        "Or compare the last digest with the paper that was signed when it was handed over: the one that\n\
         the command prints, not these digits alone, which whoever changes the package can leave here.\n",
    );
    let strongest = algorithms.iter().max().map_or("sha512", |found| found.name());
    out.push_str(&format!("\nSHA-512 of manifest-{strongest}.txt:\n"));
    grouped(manifest_digest).iter().for_each(|row| out.push_str(&format!("    {row}\n")));
    out
}
