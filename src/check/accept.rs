//! Findings that somebody accepted beforehand.
//!
//! What is accepted is one cause: a code, about the same fields of the same table, with the same
//! facts, and at most so many times. Where there are more than were accepted, somebody accepted less
//! than what is there: none of them is taken out, and the group says so.

use super::{Accepted, Outcome, Task};
use crate::finding::catalogue::Level;
use crate::finding::message::{clause, plain, thousands};
use crate::finding::{Facts, Group};
use std::collections::BTreeMap;

/// What makes two groups of findings the same cause in two checks. All of it is as reports show it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Identity {
    /// The code.
    pub code: String,
    /// The table's name; empty where the finding is about the extract as a whole.
    pub table: String,
    /// The file's name, where the finding is about a file as such; else empty.
    pub file: String,
    /// The fields' names, with `, ` between them.
    pub fields: String,
    /// What is common to all occurrences, without their number: "expected date (%Y-%m-%d)".
    pub about: String,
}

impl Identity {
    /// The identity of a group.
    pub fn of(outcome: &Outcome, task: Option<&Task>, group: &Group) -> Self {
        let table = task.or_else(|| {
            let resource = usize::try_from(group.resource?).ok()?;
            outcome.tasks.get(resource)
        });
        let is_about_file = table.is_none() || group.code.entry().level == Level::File;
        let file = group.first.file.filter(|_| is_about_file).and_then(|file| {
            let file = outcome.files.get(usize::try_from(file).ok()?)?;
            Some(plain(&file.shown, LONGEST))
        });
        let fields: Vec<String> =
            group.fields.iter().map(|field| plain(&field.name, LONGEST)).collect();
        Self {
            code: group.code.name().to_owned(),
            table: table.map(|task| plain(&task.name, LONGEST)).unwrap_or_default(),
            file: file.unwrap_or_default(),
            fields: fields.join(", "),
            about: about(&group.facts),
        }
        .trimmed()
    }

    /// The same without spaces at the edges, which spreadsheets and people lose.
    #[must_use]
    pub fn trimmed(self) -> Self {
        let trim = |text: String| match text.trim() {
            trimmed if trimmed.len() == text.len() => text,
            trimmed => trimmed.to_owned(),
        };
        Self {
            code: trim(self.code),
            table: trim(self.table),
            file: trim(self.file),
            fields: trim(self.fields),
            about: trim(self.about),
        }
    }
}

/// Names longer than this are cut in an identity.
const LONGEST: usize = 1_000;

/// What is common to all occurrences, without their number.
fn about(facts: &Facts) -> String {
    match facts {
        Facts::Reference { resource, fields, .. } => {
            let fields: Vec<String> = fields.iter().map(|field| plain(field, LONGEST)).collect();
            format!("not in {} ({})", plain(resource, LONGEST), fields.join(", "))
        }
        // The next check is on another day, and the cause is the same.
        Facts::Constraint { name: "future", .. } => {
            "no date after the day of the check (future)".to_owned()
        }
        // A digest is shown in part, and accepted as a whole.
        Facts::Digest { algorithm, found, .. } => format!("{algorithm} is {found}"),
        facts => clause(facts).unwrap_or_default(),
    }
}

/// One accepted cause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acceptance {
    /// Which.
    pub identity: Identity,
    /// How many occurrences are accepted at most.
    pub most: u64,
    /// Why.
    pub reason: String,
    /// Who accepted it.
    pub by: String,
}

/// What became of a list of accepted causes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Applied {
    /// Findings that were accepted.
    pub findings: u64,
    /// Accepted causes of which there are more findings than were accepted.
    pub exceeded: u64,
    /// Accepted causes that were not found.
    pub unmatched: u64,
}

impl Outcome {
    /// Takes out what was accepted, and lists it as such.
    pub fn accept(&mut self, acceptances: &[Acceptance]) -> Applied {
        let mut allowed: BTreeMap<&Identity, (u64, &Acceptance)> = BTreeMap::new();
        for acceptance in acceptances {
            let entry = allowed.entry(&acceptance.identity).or_insert((0, acceptance));
            entry.0 = entry.0.saturating_add(acceptance.most);
        }
        let mut found: BTreeMap<Identity, u64> = BTreeMap::new();
        for (task, group) in self.all_groups() {
            let identity = Identity::of(self, task, group);
            if allowed.contains_key(&identity) {
                let times = found.entry(identity).or_default();
                *times = times.saturating_add(group.occurrences);
            }
        }
        let mut applied = Applied {
            unmatched: allowed.keys().filter(|identity| !found.contains_key(**identity)).count()
                as u64,
            ..Applied::default()
        };
        let is_exceeded = |identity: &Identity| {
            let most = allowed.get(identity).map_or(0, |(most, _)| *most);
            found.get(identity).is_some_and(|times| *times > most)
        };
        applied.exceeded = found.keys().filter(|identity| is_exceeded(identity)).count() as u64;

        let wide = std::mem::take(&mut self.groups);
        let mut sorted = vec![(None, wide)];
        for (number, task) in (0_u32..).zip(&mut self.tasks) {
            sorted.push((Some(number), std::mem::take(&mut task.groups)));
        }
        for (number, groups) in sorted {
            let mut kept = Vec::with_capacity(groups.len());
            for mut group in groups {
                let task = number.and_then(|number| self.tasks.get(number as usize));
                let identity = Identity::of(self, task, &group);
                match allowed.get(&identity) {
                    Some((most, _)) if is_exceeded(&identity) => {
                        let times = found.get(&identity).copied().unwrap_or_default();
                        group.suggestion = Some(format!(
                            "{} of these were accepted, and there are {}: look what changed, and \
                             accept them anew or have them mended",
                            thousands(*most),
                            thousands(times)
                        ));
                        kept.push(group);
                    }
                    Some((_, acceptance)) => {
                        applied.findings = applied.findings.saturating_add(group.occurrences);
                        self.accepted.push(Accepted {
                            task: number.or(group.resource),
                            group,
                            reason: acceptance.reason.clone(),
                            by: acceptance.by.clone(),
                        });
                    }
                    None => kept.push(group),
                }
            }
            match number.and_then(|number| self.tasks.get_mut(number as usize)) {
                Some(task) => task.groups = kept,
                None => self.groups = kept,
            }
        }
        applied
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::{Code, Place, Severity};

    fn outcome(times: u64) -> Outcome {
        let mut group = Group::single(
            Code::TypeError,
            Some(0),
            Facts::Type { expected: "date".into() },
            Place::default(),
        );
        group.occurrences = times;
        let task = Task { name: "patient".into(), groups: vec![group], ..Task::default() };
        Outcome { tasks: vec![task], ..Outcome::default() }
    }

    fn acceptance(most: u64) -> Acceptance {
        Acceptance {
            identity: Identity {
                code: "type-error".into(),
                table: "patient".into(),
                about: "expected date".into(),
                ..Identity::default()
            },
            most,
            reason: "known".into(),
            by: "A. Name".into(),
        }
    }

    #[test]
    fn what_was_accepted_counts_no_more() {
        let mut found = outcome(3);
        let applied = found.accept(&[acceptance(3)]);
        assert_eq!(applied, Applied { findings: 3, exceeded: 0, unmatched: 0 });
        assert!(found.is_valid());
        let [accepted] = found.accepted.as_slice() else { panic!("not listed") };
        assert_eq!((accepted.task, accepted.group.occurrences), (Some(0), 3));
        assert_eq!((accepted.reason.as_str(), accepted.by.as_str()), ("known", "A. Name"));
    }

    #[test]
    fn more_than_was_accepted_is_not_accepted() {
        let mut found = outcome(4);
        let applied = found.accept(&[acceptance(3)]);
        assert_eq!(applied, Applied { findings: 0, exceeded: 1, unmatched: 0 });
        assert_eq!(found.count(Severity::Error), 4);
        let suggestion = found.tasks[0].groups[0].suggestion.as_deref().unwrap();
        assert!(suggestion.starts_with("3 of these were accepted, and there are 4"));
    }

    #[test]
    fn parts_of_one_cause_are_added_and_others_stay() {
        let mut found = outcome(4);
        assert_eq!(found.accept(&[acceptance(3), acceptance(1)]).findings, 4);
        let mut other = acceptance(9);
        other.identity.about = "expected time".into();
        let mut found = outcome(4);
        assert_eq!(found.accept(&[other]), Applied { unmatched: 1, ..Applied::default() });
        assert!(!found.is_valid());
    }
}
