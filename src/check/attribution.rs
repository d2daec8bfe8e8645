//! What the attribution of rows to patients found wrong, as findings.

use super::collect::{Start, place};
use super::join::Spot;
use super::{Check, Collector, Outcome, Worker};
use crate::attribution::{Attributed, EarlyDates};
use crate::error::Result;
use crate::finding::message::thousands;
use crate::finding::{Code, Facts, FieldRef, Gap, Group, Place, Sample};
use crate::spill::At;

impl Check<'_> {
    /// Joins keys and references, and puts the outcome together.
    ///
    /// # Errors
    /// Where temporary files cannot be read.
    pub fn finish(&self, collector: Collector<'_, '_>, workers: Vec<Worker>) -> Result<Outcome> {
        Ok(self.finish_attributed(collector, workers)?.0)
    }

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

    /// Dates before the patient's birth: one group for each field, and the dates that could not be
    /// compared.
    pub(super) fn early(
        &self,
        found: Option<&Attributed>,
        starts: &[Start],
        gaps: &mut Vec<Gap>,
    ) -> Vec<Group> {
        let mut gap = |resource: Option<u32>, reason: String| {
            let check = "dates before the patient's birth".into();
            gaps.push(Gap { resource, check, reason });
        };
        if self.attribution.as_ref().is_some_and(|plan| plan.lacks_births()) {
            let reason = "no field of a table of patients has the role \"birth-date\"";
            gap(None, reason.into());
        }
        let mut groups = Vec::new();
        for (&(resource, field), early) in found.iter().flat_map(|found| &found.early) {
            if early.unknown > 0 {
                let dates = thousands(early.unknown);
                gap(Some(resource), format!("of {dates} dates the patient's birth is not known"));
            }
            groups.extend(self.early_of(resource, field, early, starts));
        }
        groups
    }

    fn early_of(
        &self,
        resource: u32,
        field: usize,
        early: &EarlyDates,
        starts: &[Start],
    ) -> Option<Group> {
        let planned = self.plan.resources.get(resource as usize)?;
        let declared = planned.table.as_ref()?.table.fields.get(field)?;
        let at = |&(block, at): &(u32, u64)| place(starts, Spot { block, at: At::unpacked(at) });
        let first = at(early.first.first()?);
        let facts = Facts::Constraint { name: "beforeBirth", limit: String::new() };
        let mut group = Group::single(Code::ConstraintError, Some(resource), facts, first);
        group.severity = declared.dates.before_birth.unwrap_or(group.severity);
        group.occurrences = early.count;
        group.last = early.last.as_ref().map_or(first, at);
        group.fields = vec![FieldRef { number: field as u32 + 1, name: declared.name.clone() }];
        let kept = self.options.samples.max(self.options.key_samples);
        let sample = |spot| Sample { place: at(spot), ..Sample::default() };
        group.samples = early.first.iter().take(kept).map(sample).collect();
        Some(group)
    }
}
