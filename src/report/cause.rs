//! Groups that share one cause, taken together.
//!
//! A check counts findings by table and field. One missing table of codes breaks the references of
//! twenty others: for the reader that is one cause, and one paragraph.

use crate::check::{Outcome, Task};
use crate::finding::catalogue::{Area, Level};
use crate::finding::message::{counted, plain, title};
use crate::finding::{Code, Facts, Group, Severity};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// Groups of one code that have one cause.
#[derive(Debug)]
pub struct Cause<'a> {
    /// What kind of problem.
    pub code: Code,
    /// How grave.
    pub severity: Severity,
    /// The groups with their tasks, those with most occurrences first; never empty.
    pub members: Vec<(Option<&'a Task>, &'a Group)>,
    /// How many findings, exactly.
    pub occurrences: u64,
}

/// The causes of an outcome by weight: errors first; then what concerns whole files, headers and
/// the reading of rows, since it explains much of the rest; then the most frequent.
pub fn causes(outcome: &Outcome) -> Vec<Cause<'_>> {
    let mut found: BTreeMap<Key, Cause<'_>> = BTreeMap::new();
    for (task, group) in outcome.all_groups() {
        let cause = found.entry(Key::of(group)).or_insert_with(|| Cause {
            code: group.code,
            severity: group.severity,
            members: Vec::new(),
            occurrences: 0,
        });
        cause.occurrences = cause.occurrences.saturating_add(group.occurrences);
        cause.members.push((task, group));
    }
    let mut causes: Vec<Cause<'_>> = found.into_values().collect();
    for cause in &mut causes {
        cause.members.sort_by_key(|(_, group)| Reverse(group.occurrences));
    }
    causes.sort_by_key(|cause| {
        (
            Reverse(cause.severity),
            !is_structural(cause.code),
            Reverse(cause.occurrences),
            cause.code,
        )
    });
    causes
}

/// What two groups must share to have one cause.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    code: Code,
    severity: Severity,
    about: Vec<String>,
}

impl Key {
    fn of(group: &Group) -> Self {
        let field = || group.fields.iter().map(|field| field.name.clone());
        let about = match (&group.facts, group.code.entry().area) {
            (Facts::Reference { resource, fields, .. }, _) => {
                std::iter::once(resource).chain(fields).cloned().collect()
            }
            // One wrong format of dates goes through all tables.
            (Facts::Type { expected }, _) => {
                let forms = group.forms.keys().map(|form| (*form).to_owned());
                let change = group.suggestion.clone();
                std::iter::once(expected.clone()).chain(forms).chain(change).collect()
            }
            (Facts::Constraint { name, limit }, _) => {
                [(*name).to_owned(), limit.clone()].into_iter().chain(field()).collect()
            }
            // Each rule of a table is its own.
            (Facts::Text(text), Area::Row) => vec![text.clone()],
            (_, Area::Keys | Area::Audit) => {
                group.resource.map(|resource| format!("{resource:010}")).into_iter().collect()
            }
            (_, Area::Cell) => field().collect(),
            _ => Vec::new(),
        };
        Self { code: group.code, severity: group.severity, about }
    }
}

/// Whether a code is about a file or the reading of it, rather than about what rows say.
fn is_structural(code: Code) -> bool {
    let entry = code.entry();
    matches!(entry.level, Level::File | Level::Table | Level::Header | Level::Label)
        || matches!(entry.area, Area::Bytes | Area::Syntax)
}

impl Cause<'_> {
    /// One line: what is wrong, in how many fields and tables, how often.
    pub fn headline(&self) -> String {
        let Some((_, first)) = self.members.first() else { return String::new() };
        let tables = self.tables();
        let extent = match (self.fields(), tables) {
            (0 | 1, 0 | 1) => None,
            (0, tables) => Some(counted(tables, "table", "tables")),
            (fields, tables) => Some(format!(
                "{} in {}",
                counted(fields, "field", "fields"),
                counted(tables, "table", "tables")
            )),
        };
        if let Facts::Reference { resource, .. } = &first.facts {
            let keys: u64 = self
                .members
                .iter()
                .fold(0_u64, |sum, (_, group)| sum.saturating_add(distinct(group)));
            let keys = match self.members.len() {
                1 => counted(keys, "missing key", "different missing keys"),
                // A key that is missing from two fields counts for both.
                _ => format!("{}, counted per field", counted(keys, "missing key", "missing keys")),
            };
            let times = counted(self.occurrences, "reference", "references");
            let resource = plain(resource, 60);
            let parts = extent.into_iter().chain([times, keys]).collect::<Vec<_>>();
            return format!("References to {resource}: {}", parts.join(", "));
        }
        let what = match self.members.len() {
            1 => title(first),
            _ => self.common_title(first),
        };
        let times = match self.occurrences {
            1 => "once".to_owned(),
            many => counted(many, "time", "times"),
        };
        let parts = extent.into_iter().chain([times]).collect::<Vec<_>>();
        format!("{what}: {}", parts.join(", "))
    }

    /// What all members say alike.
    fn common_title(&self, first: &Group) -> String {
        let text = title(first);
        match self.members.iter().all(|(_, group)| title(group) == text) {
            true => text,
            false => first.code.entry().title.trim_end_matches('.').to_owned(),
        }
    }

    fn tables(&self) -> u64 {
        self.members.iter().filter_map(|(_, group)| group.resource).collect::<BTreeSet<_>>().len()
            as u64
    }

    fn fields(&self) -> u64 {
        let fields = self.members.iter().flat_map(|(_, group)| {
            group.fields.iter().map(|field| (group.resource, field.number, &field.name))
        });
        fields.collect::<BTreeSet<_>>().len() as u64
    }

    /// What the data suggests to change or ask, that of the most frequent first; of those that differ
    /// in numbers only, one.
    pub fn suggestions(&self) -> Vec<&str> {
        let all = self.members.iter().filter_map(|(_, group)| group.suggestion.as_deref());
        let words = |text: &str| text.replace(|c: char| c.is_ascii_digit() || c == ',', "");
        let mut seen = BTreeSet::new();
        all.filter(|text| seen.insert(words(text))).collect()
    }

    /// Which more lenient forms the refused values have, the most frequent first.
    pub fn forms(&self) -> Vec<(&'static str, u64)> {
        let mut forms: BTreeMap<&'static str, u64> = BTreeMap::new();
        for (form, count) in self.members.iter().flat_map(|(_, group)| &group.forms) {
            let sum = forms.entry(form).or_default();
            *sum = sum.saturating_add(*count);
        }
        let mut forms: Vec<_> = forms.into_iter().collect();
        forms.sort_by_key(|(form, count)| (Reverse(*count), *form));
        forms
    }
}

fn distinct(group: &Group) -> u64 {
    match group.facts {
        Facts::Reference { distinct, .. } => distinct,
        _ => 0,
    }
}
