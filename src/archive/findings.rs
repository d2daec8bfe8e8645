//! Collects what is wrong with an archive: one group for each cause.

use crate::finding::{Code, Facts, Group, Place, Sample};
use std::collections::BTreeMap;

/// How many examples of one cause are kept; the totals are exact whatever it is.
const SAMPLES: usize = 1000;

/// Findings of one archive, by cause.
#[derive(Debug, Default)]
pub struct Findings(BTreeMap<(Code, String), Group>);

impl Findings {
    /// Counts a problem of the archive as a whole, at a byte of it.
    pub fn at(&mut self, code: Code, text: impl Into<String>, byte: u64) {
        self.add(code, text, Place { byte: Some(byte), ..Place::default() });
    }

    /// Counts a problem of an entry, whose header begins at `byte`.
    pub fn of(&mut self, code: Code, text: impl Into<String>, entry: usize, byte: u64) {
        let file = u32::try_from(entry).ok();
        self.add(code, text, Place { file, byte: Some(byte), ..Place::default() });
    }

    fn add(&mut self, code: Code, text: impl Into<String>, place: Place) {
        let text = text.into();
        match self.0.get_mut(&(code, text.clone())) {
            Some(group) => {
                group.occurrences += 1;
                group.first = group.first.min(place);
                group.last = group.last.max(place);
                if group.samples.len() < SAMPLES {
                    group.samples.push(Sample { place, ..Sample::default() });
                }
            }
            None => {
                let group = Group::single(code, None, Facts::Text(text.clone()), place);
                self.0.insert((code, text), group);
            }
        }
    }

    /// Whether none was counted.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many problems were counted.
    pub fn len(&self) -> u64 {
        self.0.values().map(|group| group.occurrences).sum()
    }

    /// One group for each cause, in the catalogue's order.
    pub fn into_groups(self) -> Vec<Group> {
        let mut groups: Vec<Group> = self.0.into_values().collect();
        groups.iter_mut().for_each(|group| group.samples.sort_by_key(|sample| sample.place));
        groups.sort_by_key(|group| (group.code, group.first));
        groups
    }
}
