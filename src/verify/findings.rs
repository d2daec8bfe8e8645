//! Collects what is wrong with a bag: one group for each cause, with every file named.

use crate::finding::{Code, Facts, Group, Place, Sample, Severity};
use std::collections::BTreeMap;

#[derive(Debug)]
pub(super) struct Findings {
    groups: BTreeMap<(Code, Severity, String), Group>,
    samples: usize,
}

impl Findings {
    pub(super) fn new(samples: usize) -> Self {
        Self { groups: BTreeMap::new(), samples }
    }

    /// Counts a finding: `text` is what all of its group have in common (may be empty), `facts` what
    /// is particular to this one.
    pub(super) fn add(
        &mut self,
        code: Code,
        severity: Severity,
        text: &str,
        place: Place,
        facts: Facts,
    ) {
        let sample = Sample { place, facts, ..Sample::default() };
        let key = (code, severity, text.to_owned());
        match self.groups.get_mut(&key) {
            Some(group) => {
                group.occurrences += 1;
                group.first = group.first.min(place);
                group.last = group.last.max(place);
                if group.samples.len() < self.samples {
                    group.samples.push(sample);
                }
            }
            None => {
                let common =
                    if text.is_empty() { Facts::None } else { Facts::Text(text.to_owned()) };
                let mut group = Group::single(code, None, common, place);
                group.severity = severity;
                group.samples = vec![sample];
                group.samples.truncate(self.samples);
                self.groups.insert(key, group);
            }
        }
    }

    /// Counts a finding of the catalogue's severity about a file as a whole.
    pub(super) fn file(&mut self, code: Code, text: &str, file: u32) {
        let place = Place { file: Some(file), ..Place::default() };
        self.add(code, code.severity(), text, place, Facts::None);
    }

    /// Takes a group as it is.
    pub(super) fn group(&mut self, group: Group) {
        let text = match &group.facts {
            Facts::Text(text) => text.clone(),
            _ => String::new(),
        };
        self.groups.insert((group.code, group.severity, text), group);
    }

    /// Whether there is an error among them.
    pub(super) fn has_errors(&self) -> bool {
        self.groups.values().any(|group| group.severity == Severity::Error)
    }

    /// The codes of the errors among them.
    pub(super) fn errors(&self) -> impl Iterator<Item = Code> + '_ {
        let errors = self.groups.values().filter(|group| group.severity == Severity::Error);
        errors.map(|group| group.code)
    }

    /// The groups: in the order of the catalogue, then by place.
    pub(super) fn finish(self) -> Vec<Group> {
        let mut groups: Vec<Group> = self.groups.into_values().collect();
        for group in &mut groups {
            group.samples.sort_by_key(|sample| sample.place);
        }
        groups.sort_by_key(|group| (group.code, group.first));
        groups
    }
}
