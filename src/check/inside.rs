//! Files that hold others: compressed ones and workbooks, whose tables are checked; and those that
//! are not opened, which are one finding each and a gap, not a missing file as well.

use super::Scope;
use super::delivery::files_group;
use super::plan::Plan;
use crate::finding::{Code, Facts, Gap, Group, Place, Severity};
use crate::path::shown;
use crate::schema::value::{TimeFormat, Type};
use crate::schema::{Presence, Resource, SheetChoice, Table};
use crate::source::workbook::{TimeText, Wanted};
use crate::source::{Extract, Holds, Member};
use std::collections::BTreeMap;

impl Plan<'_> {
    /// Whether the bytes of a member are wanted.
    pub(super) fn reads(&self, member: usize, scope: Scope) -> Option<Wanted> {
        if !self.is_read(member, scope) {
            return None;
        }
        let resource = self.members.get(member)?.resource;
        let table = resource.and_then(|r| self.resources.get(r as usize)?.declared.table.as_ref());
        Some(table.map(wanted_sheet).unwrap_or_default())
    }

    fn is_read(&self, member: usize, scope: Scope) -> bool {
        let Some(plan) = self.members.get(member) else { return false };
        match (plan.resource, scope) {
            // What is inside of a delivered file is no file of the package.
            (None, Scope::All) => !plan.is_inside,
            (None, Scope::Declared) => self.twins.get(member).copied().unwrap_or(false),
            (Some(_), Scope::All) => true,
            // A file whose table is inside of it is itself read only to compare size and digest.
            (Some(resource), Scope::Declared) => {
                let declared = self.resources.get(resource as usize).map(|r| r.declared);
                let measured = declared.is_some_and(|r| r.bytes.is_some() || r.hash.is_some());
                !plan.carries || (measured && plan.is_named)
            }
        }
    }

    /// A sheet has rows, but no lines and no bytes that anyone could look up.
    pub(super) fn without_lines(&self, group: &mut Group) {
        let is_sheet = |place: &Place| {
            let file = place.file.and_then(|file| self.members.get(file as usize));
            file.is_some_and(|file| file.is_sheet)
        };
        let strip = |place: &mut Place| {
            if is_sheet(place) {
                (place.line, place.byte) = (None, None);
            }
        };
        strip(&mut group.first);
        strip(&mut group.last);
        for sample in &mut group.samples {
            strip(&mut sample.place);
            if let Facts::Duplicate { first, members, .. } = &mut sample.facts {
                strip(first);
                members.iter_mut().for_each(strip);
            }
        }
    }

    /// Whether the size and digest that a resource declares are those of this member.
    pub(super) fn is_whole(&self, member: u32, declared: &Resource) -> bool {
        let plan = self.members.get(member as usize);
        declared.paths.len() <= 1 && plan.is_some_and(|plan| plan.is_named)
    }

    /// Puts in the place of a compressed file what is inside of it.
    pub(super) fn look_inside(
        &mut self,
        found: &mut Vec<u32>,
        extract: &Extract,
        resource: u32,
        declared: &Resource,
    ) {
        let choice = declared.table.as_ref().map(|table| table.dialect.sheet.as_ref());
        for number in found.iter_mut() {
            let inside = extract.members.iter().enumerate().find(|(_, member)| {
                member.within == Some(*number)
                    && match (member.sheet, choice) {
                        (None, _) => true,
                        (Some(_), None) => false,
                        (Some(sheet), Some(None)) => sheet == 1,
                        (Some(sheet), Some(Some(SheetChoice::Number(wanted)))) => {
                            u64::from(sheet) == *wanted
                        }
                        (Some(_), Some(Some(SheetChoice::Name(wanted)))) => {
                            member.path.rsplit_once('#').is_some_and(|(_, name)| name == wanted)
                        }
                    }
            });
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

    /// A workbook that was looked into and lacks the sheet that is declared.
    pub(super) fn lacks_sheet(
        &self,
        found: &mut Vec<u32>,
        extract: &Extract,
        declared: &Resource,
    ) -> Option<String> {
        declared.table.as_ref()?;
        let lacks = |&number: &u32| {
            let inside = |member: &Member| member.within == Some(number) && member.sheet.is_some();
            extract.members.iter().any(inside)
        };
        let at = found.iter().position(lacks)?;
        let number = found.remove(at);
        let path = &extract.members.get(number as usize)?.path;
        let sheet = match declared.table.as_ref().and_then(|table| table.dialect.sheet.as_ref()) {
            Some(SheetChoice::Name(name)) => name.clone(),
            Some(SheetChoice::Number(number)) => number.to_string(),
            None => "1".to_owned(),
        };
        Some(format!("{path}#{sheet}"))
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
            if is_table && extract.is_workbook(member) {
                self.gaps.push(Gap {
                    resource: Some(resource),
                    check: "the contents of the file".into(),
                    reason: format!("the workbook {} was not looked into", shown(&member.path)),
                });
                return false;
            }
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
            Some(pattern) => plain.rsplit('/').next().is_some_and(|name| pattern.is_match(name)),
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
            && !plan.is_unfinished
            && !plan.is_document
            && member.seal.is_none()
            // A sheet beside those that are declared; else its workbook is told of, once.
            && carrier.is_none_or(|carrier| carrier.carries && member.sheet.is_some())
    }
}

/// How a sheet is read that holds a table.
pub fn wanted_sheet(table: &Table) -> Wanted {
    let dialect = &table.dialect;
    let times = table.fields.iter().filter_map(|field| {
        let (default, format) = match &field.kind {
            Type::Date(format) => (TimeText::Date, format),
            Type::Datetime(format) => (TimeText::Datetime, format),
            Type::Time(format) => (TimeText::Time, format),
            _ => return None,
        };
        let text = match format {
            TimeFormat::Pattern(pattern) => TimeText::Pattern(pattern.text().to_owned()),
            TimeFormat::Default | TimeFormat::Any => default,
        };
        Some((field, text))
    });
    let labels = times.flat_map(|(field, text)| {
        field.labels().map(move |name| (name.to_owned(), text.clone())).collect::<Vec<_>>()
    });
    Wanted {
        number: 0,
        header_row: match dialect.header {
            true => dialect.header_rows.last().copied().unwrap_or(1),
            false => 0,
        },
        width: if dialect.header { 0 } else { table.fields.len() as u64 },
        times: labels.collect(),
    }
}
