//! Collects what is wrong with an archive or a folder: one group for each cause.

use crate::finding::{Code, Facts, Group, Place, Sample};
use crate::path::shown;
use std::collections::{BTreeMap, BTreeSet};

/// How many examples of one cause are kept; the totals are exact whatever it is.
const SAMPLES: usize = 1000;

/// How many entries of one cause are told by name.
const NAMES: usize = 3;

/// Findings of one archive or folder, by cause.
#[derive(Debug, Default)]
pub struct Findings(BTreeMap<(Code, String), Found>);

/// What was found of one cause.
#[derive(Debug)]
struct Found {
    group: Group,
    /// Of entries that are no files of the extract, and so have no other place to be named: the first
    /// of their names.
    names: BTreeSet<String>,
}

impl Findings {
    /// Counts a problem of the archive as a whole, at a byte of it.
    pub fn at(&mut self, code: Code, text: impl Into<String>, byte: u64) {
        self.add(code, text, Place { byte: Some(byte), ..Place::default() }, None);
    }

    /// Counts a problem of an entry, whose header begins at `byte`.
    pub fn of(&mut self, code: Code, text: impl Into<String>, entry: usize, byte: u64) {
        let file = u32::try_from(entry).ok();
        self.add(code, text, Place { file, byte: Some(byte), ..Place::default() }, None);
    }

    /// The same of one that is left out, and so is told by its name.
    pub fn left_out(
        &mut self,
        code: Code,
        text: impl Into<String>,
        (entry, name): (usize, &str),
        byte: u64,
    ) {
        let file = u32::try_from(entry).ok();
        self.add(code, text, Place { file, byte: Some(byte), ..Place::default() }, Some(name));
    }

    /// Counts a problem of what is left out of a folder, by its name.
    pub fn not_read(&mut self, code: Code, text: impl Into<String>, name: &str) {
        self.add(code, text, Place::default(), Some(name));
    }

    fn add(&mut self, code: Code, text: impl Into<String>, place: Place, name: Option<&str>) {
        let text = text.into();
        let name = name.map(shown).filter(|name| !name.is_empty());
        match self.0.get_mut(&(code, text.clone())) {
            Some(Found { group, names }) => {
                names.extend(name);
                if names.len() > NAMES {
                    names.pop_last();
                }
                group.occurrences += 1;
                group.first = group.first.min(place);
                group.last = group.last.max(place);
                if group.samples.len() < SAMPLES {
                    group.samples.push(Sample { place, ..Sample::default() });
                }
            }
            None => {
                let group = Group::single(code, None, Facts::Text(text.clone()), place);
                self.0.insert((code, text), Found { group, names: name.into_iter().collect() });
            }
        }
    }

    /// Whether none was counted.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many problems were counted.
    pub fn len(&self) -> u64 {
        self.0.values().map(|found| found.group.occurrences).sum()
    }

    /// One group for each cause, in the catalogue's order.
    pub fn into_groups(self) -> Vec<Group> {
        let named = |(key, Found { mut group, names }): ((Code, String), Found)| {
            let more = group.occurrences - names.len() as u64;
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            if !names.is_empty() {
                group.facts = Facts::Text(format!(
                    "{}: {}{more}",
                    key.1,
                    names.into_iter().collect::<Vec<_>>().join(", ")
                ));
            }
            group
        };
        let mut groups: Vec<Group> = self.0.into_iter().map(named).collect();
        groups.iter_mut().for_each(|group| group.samples.sort_by_key(|sample| sample.place));
        groups.sort_by_key(|group| (group.code, group.first));
        groups
    }
}
