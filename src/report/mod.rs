//! Renders what a check found: for people, for machines, and the catalogue itself.
//!
//! **Invariant:** a report never rereads the data; all that it says is in the [`Outcome`]. Without
//! a [`Run`] it depends on nothing else, so that the same input gives the same bytes.

pub mod access;
pub mod baseline;
pub mod cause;
pub mod certificate;
pub mod csv;
pub mod dictionary;
mod explain;
pub mod html;
pub mod json;
pub mod junit;
mod object;
mod rows;
pub use html::record;
pub mod sarif;
pub mod text;
pub mod verdict;
pub mod xlsx;
mod years;

pub use explain::{catalogue_json, explain, findings_markdown};

use crate::access::Timeline;
use crate::check::{Outcome, Task};
use crate::finding::message::{counted, thousands};
use crate::finding::{Group, Sample, Severity};
use std::collections::BTreeSet;

/// What is rendered, and how much of it.
#[derive(Debug, Clone)]
pub struct Report<'a> {
    /// What the check found.
    pub outcome: &'a Outcome,
    /// The program that made it.
    pub tool: Tool,
    /// When, where and how it ran; `None` leaves all of that out.
    pub run: Option<Run>,
    /// How many examples of each group are shown.
    pub samples: Samples,
    /// Whether cell values were asked for: the report is then marked as holding patient data.
    pub reveals: bool,
    /// The extract as the user named it, for the commands that a report suggests.
    pub extract: Option<String>,
    /// The dates after go-live, where the user stated them; the page has them.
    pub after_go_live: Option<Timeline>,
}

impl<'a> Report<'a> {
    /// A report of an outcome by this program: no run, 20 examples of each group, no values.
    pub fn new(outcome: &'a Outcome) -> Self {
        Self {
            outcome,
            tool: Tool::default(),
            run: None,
            samples: Samples::default(),
            reveals: false,
            extract: None,
            after_go_live: None,
        }
    }
}

/// The program that made a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tool {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// This program.
impl Default for Tool {
    fn default() -> Self {
        Self { name: env!("CARGO_PKG_NAME").into(), version: env!("CARGO_PKG_VERSION").into() }
    }
}

/// How a program ran: all that may differ between two runs on the same input.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// When it began, as RFC 3339 has it, in UTC.
    pub started: String,
    /// How long it took, in seconds.
    pub seconds: f64,
    /// The computer's name.
    pub host: Option<String>,
    /// The number of workers.
    pub jobs: Option<usize>,
}

/// How many examples of each group a report shows. Totals are exact in any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Samples {
    /// The first so many by position.
    First(usize),
    /// As many as the outcome holds.
    All,
}

/// The first 20.
impl Default for Samples {
    fn default() -> Self {
        Self::First(20)
    }
}

impl Samples {
    /// The examples of a group that are shown.
    pub fn of(self, group: &Group) -> &[Sample] {
        match self {
            Self::All => &group.samples,
            Self::First(most) => group.samples.get(..most).unwrap_or(&group.samples),
        }
    }
}

/// What can be said of the extract in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// There are error findings.
    NotValid,
    /// No error finding, but some checks were not made.
    ValidAsFarAsChecked,
    /// No error finding, everything was checked, and there are warnings.
    Valid,
    /// No error, no warning, and everything was checked; but some findings were accepted beforehand.
    ValidAsAccepted,
    /// No error, no warning, and everything was checked.
    NoProblems,
}

impl Verdict {
    /// The verdict on an outcome. Coverage is whole where a schema was used and no gap is listed.
    pub fn of(outcome: &Outcome) -> Self {
        let whole = outcome.gaps.is_empty() && outcome.schema.is_some();
        match (outcome.is_valid(), whole, outcome.count(Severity::Warning)) {
            (false, _, _) => Self::NotValid,
            (true, false, _) => Self::ValidAsFarAsChecked,
            (true, true, 0) if !outcome.accepted.is_empty() => Self::ValidAsAccepted,
            (true, true, 0) => Self::NoProblems,
            (true, true, _) => Self::Valid,
        }
    }
}

impl Verdict {
    /// The verdict in words, without any number.
    pub fn words(self) -> &'static str {
        match self {
            Self::NotValid => "Not valid",
            Self::ValidAsFarAsChecked => "Valid as far as it was checked",
            Self::Valid => "Valid, with warnings",
            Self::ValidAsAccepted => "Valid, with findings accepted beforehand",
            Self::NoProblems => "No problems found",
        }
    }
}

/// The numbers behind the verdict, in one sentence.
fn extent(outcome: &Outcome) -> String {
    let files = outcome.files.len() as u64;
    let of = |severity: Severity, one: &str, many: &str| {
        let times = outcome.count(severity);
        let with = files_with(outcome, severity).len() as u64;
        let place = match with {
            0 => String::new(),
            with => format!(" in {} of {}", thousands(with), counted(files, "file", "files")),
        };
        (times > 0).then(|| format!("{}{place}", counted(times, one, many)))
    };
    let rows = outcome.tasks.iter().map(|task| task.rows).fold(0, u64::saturating_add);
    let found: Vec<String> =
        [of(Severity::Error, "error", "errors"), of(Severity::Warning, "warning", "warnings")]
            .into_iter()
            .flatten()
            .collect();
    let read = format!("{} and {}", counted(files, "file", "files"), counted(rows, "row", "rows"));
    match found.is_empty() {
        true => format!("{read} were read, without errors or warnings."),
        false => format!("{}; {read} were read.", found.join(", ")),
    }
}

/// The files in which findings of a severity are, as far as the findings name any.
fn files_with(outcome: &Outcome, severity: Severity) -> BTreeSet<u32> {
    let groups = outcome.all_groups().filter(|(_, group)| group.severity == severity);
    groups.flat_map(|(task, group)| files_of(task, group)).collect()
}

/// The files of one group: those it names, else those of its task.
fn files_of(task: Option<&Task>, group: &Group) -> BTreeSet<u32> {
    let samples = group.samples.iter().map(|sample| sample.place.file);
    let named: BTreeSet<u32> =
        [group.first.file, group.last.file].into_iter().chain(samples).flatten().collect();
    match task {
        Some(task) if named.is_empty() => task.files.iter().copied().collect(),
        _ => named,
    }
}

/// The name of a file of the extract as reports show it; without control characters, not cut.
fn file_name(outcome: &Outcome, file: u32) -> Option<String> {
    let file = outcome.files.get(usize::try_from(file).ok()?)?;
    Some(crate::finding::message::plain(&file.shown, usize::MAX))
}
