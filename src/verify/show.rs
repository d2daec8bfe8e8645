//! What is in a package, without reading its payload.

use crate::bag::layout::{self, PAYLOAD};
use crate::bag::tag::{Declaration, Info, Oxum};
use crate::error::Result;
use crate::finding::{Group, Severity};
use crate::path::shown;
use crate::verify::tree::Tree;
use crate::verify::{File, Options, find_top};
use serde::Deserialize;
use std::path::Path;

/// What a package says of itself. Nothing of it was verified.
#[derive(Debug)]
pub struct Summary {
    /// Whether there is a bag at all.
    pub is_bag: bool,
    /// The bag's top folder as it may be shown.
    pub top: String,
    /// Version of BagIt.
    pub version: Option<(u32, u32)>,
    /// What `bag-info.txt` says.
    pub info: Info,
    /// All files, in the order of their paths.
    pub files: Vec<File>,
    /// Bytes and files of the payload.
    pub payload: Oxum,
    /// The check's outcome on the day, where the package has it.
    pub checked: Option<Checked>,
    /// Whether someone signed it; the signature was not verified.
    pub signed: bool,
    /// What is wrong with the archive's structure; places are not set.
    pub groups: Vec<Group>,
}

/// What the check found when the package was made, as `metadata/report.json` says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Checked {
    /// Whether there was no error finding.
    pub valid: bool,
    /// Occurrences of error findings.
    pub errors: u64,
    /// Occurrences of warnings and infos.
    pub warnings: u64,
    /// Each resource and its data rows.
    pub rows: Vec<(String, u64)>,
}

#[derive(Deserialize)]
struct Report {
    valid: bool,
    #[serde(default)]
    stats: Stats,
    #[serde(default)]
    tasks: Vec<Task>,
}

#[derive(Deserialize, Default)]
struct Stats {
    #[serde(default)]
    errors: u64,
    #[serde(default)]
    warnings: u64,
    #[serde(default)]
    rows: u64,
}

#[derive(Deserialize)]
struct Task {
    name: String,
    #[serde(default)]
    stats: Stats,
}

/// The largest report that is read, in bytes.
const LARGEST_REPORT: u64 = 64 << 20;

/// Says what is in the package or bag at `path`: a folder, or a zip.
///
/// # Errors
/// It cannot be read.
pub fn show(path: &Path) -> Result<Summary> {
    let mut tree = Tree::open(path, Options::default().memory)?;
    let groups = std::mem::take(&mut tree.groups);
    let top = find_top(&tree);
    let is_bag = top.is_some();
    let top = top.unwrap_or_default();
    let read = |name: &str, limit: u64| match tree.find(&format!("{top}{name}")) {
        Some(member) if tree.members.get(member).is_some_and(|file| file.readable) => {
            tree.read(member, limit)
        }
        _ => Ok(None),
    };
    let declaration = read(layout::DECLARATION, 64 << 10)?.map(|bytes| Declaration::parse(&bytes));
    let encoding = declaration.as_ref().map_or(encoding_rs::UTF_8, |found| found.encoding);
    let info = match read(layout::BAG_INFO, LARGEST_REPORT)? {
        Some(bytes) => Info::parse(&encoding.decode(&bytes).0).0,
        None => Info::default(),
    };
    let report = read(layout::REPORT_JSON, LARGEST_REPORT)?;
    let checked = report.and_then(|bytes| serde_json::from_slice::<Report>(&bytes).ok());
    let mut payload = Oxum::default();
    let mut files = Vec::with_capacity(tree.members.len());
    for member in &tree.members {
        let path = member.path.strip_prefix(&*top).unwrap_or(&member.path);
        let is_payload = path.starts_with(PAYLOAD);
        if is_payload {
            payload.bytes = payload.bytes.saturating_add(member.size);
            payload.files += 1;
        }
        let shown = shown(path);
        files.push(File { shown, bytes: member.size, payload: is_payload, present: true });
    }
    let signatures = format!("{top}{}", layout::SIGNATURES);
    Ok(Summary {
        is_bag,
        signed: tree.members.iter().any(|member| member.path.starts_with(&*signatures)),
        top: shown(top.trim_end_matches('/')),
        version: declaration.map(|found| found.version),
        info,
        files,
        payload,
        checked: checked.map(|report| Checked {
            valid: report.valid,
            errors: report.stats.errors,
            warnings: report.stats.warnings,
            rows: report.tasks.into_iter().map(|task| (task.name, task.stats.rows)).collect(),
        }),
        groups,
    })
}

impl Summary {
    /// Whether something is wrong with the archive's structure.
    pub fn has_errors(&self) -> bool {
        self.groups.iter().any(|group| group.severity == Severity::Error)
    }
}
