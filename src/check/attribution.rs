//! What the attribution of rows to patients found wrong, as findings.

use super::Check;
use crate::attribution::Attributed;
use crate::finding::{Code, Facts, Group, Place, Sample};

impl Check<'_> {
    /// Rows whose ways to a patient disagree: one group for each resource.
    pub(super) fn conflicts(&self, found: &Attributed) -> Vec<Group> {
        let mut groups: Vec<Group> = Vec::new();
        for (&file, conflict) in &found.conflicts {
            let resource = self.plan.members.get(file as usize).and_then(|member| member.resource);
            let place = |row: u64| Place { file: Some(file), row: Some(row), ..Place::default() };
            let samples =
                conflict.first.iter().map(|&row| Sample { place: place(row), ..Sample::default() });
            let last = place(conflict.last);
            match groups.iter_mut().find(|group| group.resource == resource) {
                Some(group) => {
                    group.occurrences += conflict.count;
                    group.last = last;
                    group.samples.extend(samples);
                    group.samples.truncate(self.options.samples);
                }
                None => {
                    let text = "the row's own field leads to one patient, what it refers to leads to another";
                    let mut group = Group::single(
                        Code::AttributionConflict,
                        resource,
                        Facts::Text(text.into()),
                        last,
                    );
                    group.occurrences = conflict.count;
                    group.samples = samples.take(self.options.samples).collect();
                    group.first = group.samples.first().map_or(last, |sample| sample.place);
                    groups.push(group);
                }
            }
        }
        groups
    }
}
