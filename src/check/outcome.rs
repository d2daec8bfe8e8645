//! What a check found: the data that every report renders.

use super::profile::TableProfile;
use crate::finding::{Gap, Group, Severity};

/// The outcome of one check. The same input gives the same outcome, whatever the number of workers.
#[derive(Debug, Default)]
pub struct Outcome {
    /// The schema that was used.
    pub schema: Option<SchemaUsed>,
    /// Files of the extract in path order; a [`crate::finding::Place`] points here.
    pub files: Vec<File>,
    /// One per declared resource, in the schema's order.
    pub tasks: Vec<Task>,
    /// Findings about the extract as a whole, in the catalogue's order.
    pub groups: Vec<Group>,
    /// Checks that were not carried out, and why. Empty: everything declared was checked.
    pub gaps: Vec<Gap>,
    /// Reconciliation counts: one per table that was read, in the order of the tasks.
    pub profile: Vec<TableProfile>,
    /// What a migration must hand over (DMI07), and whether it is here; empty without a schema.
    pub categories: Vec<Category>,
    /// Findings that were accepted beforehand, taken out of the lists above: they count no more.
    pub accepted: Vec<Accepted>,
}

/// One of the things that a migration must hand over: records, audit trail, documents, images, tasks,
/// appointments (NHS England, Data Migration standard, requirement DMI07).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Category {
    /// Its name: "audit trail".
    pub name: &'static str,
    /// Whether the extract has it.
    pub state: CategoryState,
    /// Indices of the tasks of the resources that are declared to hold it.
    pub tasks: Vec<u32>,
    /// Files of these resources.
    pub files: u64,
    /// Data rows of these resources.
    pub rows: u64,
}

/// Whether the extract has a category.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CategoryState {
    /// A file of it was delivered, and where it is a table it has a row.
    Present,
    /// It is not there; with the reason that the check saw.
    Absent(String),
    /// The schema says that it is not there; with the reason that the schema gives.
    DeclaredAbsent(String),
}

impl CategoryState {
    /// As reports write it: "present", "absent", "declared absent".
    pub fn name(&self) -> &'static str {
        match self {
            Self::Present => "present",
            Self::Absent(_) => "absent",
            Self::DeclaredAbsent(_) => "declared absent",
        }
    }

    /// Why it is not there.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Present => None,
            Self::Absent(reason) | Self::DeclaredAbsent(reason) => Some(reason),
        }
    }
}

/// A group of findings that somebody accepted, with the reason.
#[derive(Debug, Clone)]
pub struct Accepted {
    /// Index of its task; `None`: it is about the extract as a whole.
    pub task: Option<u32>,
    /// What was found.
    pub group: Group,
    /// Why it was accepted.
    pub reason: String,
    /// Who accepted it.
    pub by: String,
}

/// Which schema was used, and how it was found.
#[derive(Debug, Clone)]
pub struct SchemaUsed {
    /// Its name.
    pub name: String,
    /// Its version, where it states one.
    pub version: Option<String>,
    /// SHA-512 of the descriptor, in hexadecimal.
    pub sha512: String,
    /// How it came to be used: "given", "found in the extract", "recognised: …".
    pub origin: String,
    /// Files that have the columns of another version than the carried schema's.
    pub versions: Vec<FileVersion>,
}

/// A file that is compared with the columns of its own version of the source system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileVersion {
    /// Index of the file in the extract's order.
    pub file: u32,
    /// The resource's name.
    pub resource: String,
    /// What it has, and which columns made the difference: a clause without a full stop.
    pub clause: String,
    /// Whether the schema was asked for by name, so that the extract is not what was declared.
    pub is_unlike_declared: bool,
}

/// One file of the extract.
#[derive(Debug, Clone, Default)]
pub struct File {
    /// Path inside the extract, as it may be shown (long digit runs as shapes).
    pub shown: String,
    /// Size in bytes, as read, or as listed where it was not read.
    pub bytes: u64,
    /// SHA-256 or SHA-512 in hexadecimal, where it was computed: (algorithm, digest).
    pub digest: Option<(&'static str, String)>,
    /// Index of the resource that the file belongs to.
    pub resource: Option<u32>,
}

/// What was found in one resource.
#[derive(Debug, Default)]
pub struct Task {
    /// The resource's name.
    pub name: String,
    /// Indices of its files; empty where it is missing.
    pub files: Vec<u32>,
    /// Whether it is a table: "table" or "file".
    pub kind: &'static str,
    /// The header's labels, where they may be shown.
    pub labels: Vec<String>,
    /// Bytes read.
    pub bytes: u64,
    /// Data rows read: header, comments and blank rows do not count.
    pub rows: u64,
    /// Data rows that the schema declares.
    pub rows_expected: Option<u64>,
    /// Columns of the file.
    pub fields: u64,
    /// Findings, in the order of the catalogue, then of fields, then of position.
    pub groups: Vec<Group>,
}

impl Outcome {
    /// All groups with their task, extract-wide ones first.
    pub fn all_groups(&self) -> impl Iterator<Item = (Option<&Task>, &Group)> {
        let wide = self.groups.iter().map(|group| (None, group));
        let tasks = self
            .tasks
            .iter()
            .flat_map(|task| task.groups.iter().map(move |group| (Some(task), group)));
        wide.chain(tasks)
    }

    /// Occurrences of findings of a severity.
    pub fn count(&self, severity: Severity) -> u64 {
        self.all_groups()
            .filter(|(_, group)| group.severity == severity)
            .map(|(_, group)| group.occurrences)
            .sum()
    }

    /// Whether there is no error finding.
    pub fn is_valid(&self) -> bool {
        self.count(Severity::Error) == 0
    }
}
