//! Files that hold others: compressed ones and workbooks, whose tables are checked; and those that
//! are not opened, which are one finding each and a gap, not a missing file as well.

use super::Scope;
use super::plan::{Plan, files_group};
use crate::finding::{Code, Facts, Gap, Severity};
use crate::path::shown;
use crate::schema::{Presence, Resource};
use crate::source::{Extract, Holds, Member};
use std::collections::BTreeMap;

impl Plan<'_> {
    /// Whether the bytes of a member are wanted.
    pub(super) fn reads(&self, member: usize, scope: Scope) -> bool {
        let Some(plan) = self.members.get(member) else { return false };
        match (plan.resource, scope) {
            // What is inside of a delivered file is no file of the package.
            (None, Scope::All) => !plan.is_inside,
            (None, Scope::Declared) => false,
            (Some(_), Scope::All) => true,
            // A file whose table is inside of it is itself read only to compare size and digest.
            (Some(resource), Scope::Declared) => {
                let declared = self.resources.get(resource as usize).map(|r| r.declared);
                let measured = declared.is_some_and(|r| r.bytes.is_some() || r.hash.is_some());
                !plan.carries || (measured && plan.is_named)
            }
        }
    }

    /// Whether the size and digest that a resource declares are those of this member.
    pub(super) fn is_whole(&self, member: u32, declared: &Resource) -> bool {
        let plan = self.members.get(member as usize);
        declared.paths.len() <= 1 && plan.is_some_and(|plan| plan.is_named)
    }

    /// Puts in the place of a compressed file what is inside of it.
    pub(super) fn look_inside(&mut self, found: &mut Vec<u32>, extract: &Extract, resource: u32) {
        for number in found.iter_mut() {
            let inside = extract
                .members
                .iter()
                .enumerate()
                .find(|(_, member)| member.within == Some(*number) && member.sheet.is_none());
            let carrier = extract.members.get(*number as usize).and_then(|member| member.within);
            match (inside, carrier) {
                // Declared by the name of the file that was delivered.
                (Some((inside, _)), _) => {
                    self.carry(*number, inside as u32, resource, *number);
                    *number = inside as u32;
                }
                (None, Some(carrier)) => self.carry(carrier, *number, resource, *number),
                (None, None) => {}
            }
        }
        found.dedup();
    }

    /// Notes that a member lies inside another one, and which of them the schema names.
    fn carry(&mut self, carrier: u32, inside: u32, resource: u32, named: u32) {
        for number in [carrier, inside] {
            if let Some(plan) = self.members.get_mut(number as usize) {
                plan.resource = Some(resource);
                plan.is_named = number == named;
                plan.carries = number == carrier;
            }
        }
    }

    /// Of the members that were found, those whose bytes can be read; the others are a gap.
    pub(super) fn readable(&mut self, found: &mut Vec<u32>, extract: &Extract, resource: u32) {
        found.retain(|&number| {
            let Some(member) = extract.members.get(number as usize) else { return false };
            let is_table = self.tables.get(resource as usize).copied().unwrap_or(false);
            // An archive that is declared as a file, and as no table, is what it should be.
            let readable = member.is_readable() && (member.seal.is_none() || !is_table);
            if !readable {
                self.sealed(number, member, resource);
            } else if member.seal.is_some()
                && let Some(plan) = self.members.get_mut(number as usize)
            {
                plan.is_expected = true;
            }
            readable
        });
    }

    fn sealed(&mut self, number: u32, member: &Member, resource: u32) {
        let Some(seal) = &member.seal else { return };
        if let Some(plan) = self.members.get_mut(number as usize) {
            plan.resource = Some(resource);
            plan.carries = true;
            plan.is_named = false;
        }
        self.sealed.push((resource, number));
        self.gaps.push(Gap {
            resource: Some(resource),
            check: "the contents of the file".into(),
            reason: format!("{}: {}", shown(&member.path), seal.reason),
        });
    }

    /// Where a declared file was not found: whether it may be there, behind a seal. Then that is a
    /// gap.
    pub(super) fn may_be_sealed(
        &mut self,
        resource: u32,
        declared: &Resource,
        extract: &Extract,
        path: &str,
    ) -> bool {
        let name = |path: &str| path.rsplit('/').next().unwrap_or(path).to_lowercase();
        let is_meant = |plain: &str| match &declared.file_pattern {
            Some(pattern) => {
                plain.rsplit('/').next().is_some_and(|name| pattern.regex.is_match(name))
            }
            None => name(plain) == name(path),
        };
        let members = || extract.members.iter().enumerate().filter(|(_, member)| !member.litter);
        let own = members().find(|(_, member)| {
            let holds = member.seal.as_ref().map(|seal| &seal.holds);
            matches!(holds, Some(Holds::File(plain)) if is_meant(plain))
        });
        if let Some((number, member)) = own {
            self.sealed(number as u32, member, resource);
            return true;
        }
        let archive = members().find(|(_, member)| {
            member.seal.as_ref().is_some_and(|seal| seal.holds == Holds::Files)
        });
        let reason = match archive {
            Some((_, member)) => {
                self.may_hide |= declared.presence == Presence::Required;
                format!("it may be inside {}, which was not opened", shown(&member.path))
            }
            None if !extract.gaps.is_empty() => "it may be in the part that was not read".into(),
            None => return false,
        };
        if declared.presence != Presence::Optional {
            let check = "the contents of the file".into();
            self.gaps.push(Gap { resource: Some(resource), check, reason });
        }
        true
    }

    /// One finding for each kind of seal.
    pub(super) fn tell_sealed(&mut self, extract: &Extract) {
        let mut by_reason: BTreeMap<(Code, &str), Vec<u32>> = BTreeMap::new();
        let mut nobodys = true;
        for (number, (member, plan)) in extract.members.iter().zip(&self.members).enumerate() {
            let Some(seal) = member.seal.as_ref().filter(|_| !member.litter) else { continue };
            let Some(code) = seal.code.filter(|_| !plan.is_expected) else { continue };
            nobodys &= plan.resource.is_none();
            by_reason.entry((code, &seal.reason)).or_default().push(number as u32);
            if plan.resource.is_none() {
                self.gaps.push(Gap {
                    resource: None,
                    check: "what is inside of a file that was not opened".into(),
                    reason: format!("{}: {}", shown(&member.path), seal.reason),
                });
            }
        }
        let known = !self.resources.is_empty();
        for ((code, reason), files) in by_reason {
            let mut group = files_group(code, &files, Facts::Text(reason.to_owned()));
            if let Some(group) = &mut group
                && code == Code::UnreadableArchive
                && known
                && nobodys
                && !self.may_hide
            {
                // Every declared file is there without it: a letter that came as a zip, say.
                group.severity = Severity::Warning;
            }
            self.findings.extend(group);
        }
    }

    /// Whether a member that no resource claims should be told of as unexpected.
    pub(super) fn is_unexpected(&self, number: usize, member: &Member) -> bool {
        let Some(plan) = self.members.get(number) else { return false };
        let carrier = member.within.and_then(|carrier| self.members.get(carrier as usize));
        plan.resource.is_none()
            && member.seal.is_none()
            // A sheet beside those that are declared; else its workbook is told of, once.
            && carrier.is_none_or(|carrier| carrier.carries && member.sheet.is_some())
    }
}
