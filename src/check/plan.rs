//! What is to be compared with what: the files of the extract matched to the declared resources,
//! and each table's checks laid out for the workers.

use super::FileVersion;
use super::key::{self, KeyUse};
use super::profile::date_field;
use crate::finding::{Code, Facts, Gap, Group, Place, Sample, Severity};
use crate::path::shown;
use crate::schema::value::{StringFormat, Type};
use crate::schema::{
    Dialect, Encoding, Field, FilePattern, Presence, Resource, Role, Schema, Sensitivity, Table,
};
use crate::source::structure::{Grammar, Terminator};
use crate::source::{Extract, Member};
use std::collections::BTreeMap;

/// The plan of one check.
pub(super) struct Plan<'s> {
    /// One per member of the extract.
    pub(super) members: Vec<MemberPlan>,
    /// One per resource of the schema.
    pub(super) resources: Vec<ResourcePlan<'s>>,
    /// Relations whose records are joined after the read.
    pub(super) relations: key::Relations,
    /// Findings about the set of files.
    pub(super) findings: Vec<Group>,
    /// What cannot be checked, known before the read.
    pub(super) gaps: Vec<Gap>,
    /// For each resource, whether it is a table.
    pub(super) tables: Vec<bool>,
    /// Files that belong to a resource and are not opened: resource, member.
    pub(super) sealed: Vec<(u32, u32)>,
    /// Whether a required file may be inside of one that is not opened.
    pub(super) may_hide: bool,
}

/// What a member of the extract is.
#[derive(Debug, Clone, Default)]
pub(super) struct MemberPlan {
    /// Index of its resource.
    pub(super) resource: Option<u32>,
    /// How reports show its path.
    pub(super) shown: String,
    /// Whether it was found inside of a delivered file.
    pub(super) is_inside: bool,
    /// Whether it is a sheet of a workbook.
    pub(super) is_sheet: bool,
    /// Whether its resource's table is inside of it.
    pub(super) carries: bool,
    /// Whether it is the file that the schema names, whose size and digest are declared.
    pub(super) is_named: bool,
    /// Whether it is declared as the sealed file that it is.
    pub(super) is_expected: bool,
}

/// What is known of one resource before the read.
pub(super) struct ResourcePlan<'s> {
    /// As declared.
    pub(super) declared: &'s Resource,
    /// Indices of its files, in order.
    pub(super) members: Vec<u32>,
    /// Its table's checks, where it is a table.
    pub(super) table: Option<TablePlan<'s>>,
    /// Findings about its files.
    pub(super) findings: Vec<Group>,
}

/// The checks of one table.
pub(super) struct TablePlan<'s> {
    /// Index of the resource.
    pub(super) resource: u32,
    /// As declared.
    pub(super) table: &'s Table,
    /// How its bytes are divided, unless the file shows otherwise.
    pub(super) grammar: Grammar,
    /// How its bytes are to be read.
    pub(super) encoding: Encoding,
    /// One per declared field.
    pub(super) fields: Vec<FieldPlan<'s>>,
    /// The keys that its rows take part in.
    pub(super) keys: Vec<KeyUse>,
    /// The field whose year a row counts under.
    pub(super) dated_by: Option<usize>,
}

/// The checks of one field.
pub(super) struct FieldPlan<'s> {
    /// As declared.
    pub(super) field: &'s Field,
    /// The values that mean null.
    pub(super) missing: &'s [String],
    /// Whether the only value that means null is the empty one.
    pub(super) only_empty_is_missing: bool,
    /// Whether nothing can be wrong with a value that is not null.
    pub(super) anything_goes: bool,
    /// Whether a check needs the typed value and not only whether there is one.
    pub(super) needs_value: bool,
    /// Whether a check costs more than comparing with the value of the row before.
    pub(super) costly: bool,
    /// Whether reports may show its values.
    pub(super) shows_values: bool,
}

impl TablePlan<'_> {
    /// The last header row, which is to be read before all else; 0 where there is none.
    pub(super) fn header_end(&self) -> u64 {
        let dialect = &self.table.dialect;
        dialect.header_rows.last().copied().filter(|_| dialect.header).unwrap_or(0)
    }
}

impl<'s> Plan<'s> {
    pub(super) fn new(schema: Option<&'s Schema>, extract: &Extract, reveal: bool) -> Self {
        let mut plan = Self {
            members: extract
                .members
                .iter()
                .map(|member| MemberPlan {
                    shown: shown(&member.path),
                    is_inside: member.within.is_some(),
                    is_sheet: member.sheet.is_some(),
                    is_named: true,
                    ..MemberPlan::default()
                })
                .collect(),
            resources: Vec::new(),
            relations: key::Relations::default(),
            findings: extract.findings.clone(),
            gaps: extract.gaps.clone(),
            tables: schema.iter().flat_map(|s| &s.resources).map(|r| r.table.is_some()).collect(),
            sealed: Vec::new(),
            may_hide: false,
        };
        let Some(schema) = schema else {
            plan.tell_sealed(extract);
            plan.gaps.push(Gap {
                resource: None,
                check: "everything that a schema declares".into(),
                reason: "no schema was given, found in the extract, or recognised".into(),
            });
            return plan;
        };
        let prefix = common_folder(&extract.members);
        for (number, resource) in schema.resources.iter().enumerate() {
            let planned = plan.match_resource(number as u32, resource, extract, &prefix);
            plan.resources.push(planned);
        }
        plan.tell_sealed(extract);
        plan.agree_on_batch();
        plan.unexpected_files(extract, &prefix);
        plan.declare_keys(schema);
        for (number, resource) in schema.resources.iter().enumerate() {
            let table = resource.table.as_ref();
            plan.resources[number].table =
                table.map(|table| plan.table(number as u32, resource, table, reveal));
        }
        plan.audit_trail(schema);
        for property in &schema.unsupported {
            plan.gaps.push(Gap {
                resource: property.resource.map(|resource| resource as u32),
                check: property.effect.clone(),
                reason: format!("{} is not supported", property.pointer),
            });
            plan.findings.push(Group::single(
                Code::UnsupportedProperty,
                None,
                Facts::Text(format!("{}: {}", property.pointer, property.effect)),
                Place::default(),
            ));
        }
        plan
    }

    /// Says which files have the columns of another version of the source system.
    pub(super) fn tell_versions(&mut self, schema: &Schema, versions: &[FileVersion]) {
        for version in versions {
            let number = schema.resources.iter().position(|one| one.name == version.resource);
            let place = Place { file: Some(version.file), ..Place::default() };
            let facts = Facts::Text(version.clause.clone());
            let number = number.map(|number| number as u32);
            let mut group = Group::single(Code::SchemaVersion, number, facts, place);
            if !version.is_unlike_declared {
                group.severity = Severity::Info;
            }
            let planned = number.and_then(|number| self.resources.get_mut(number as usize));
            match planned {
                Some(planned) => planned.findings.push(group),
                None => self.findings.push(group),
            }
        }
    }

    /// Finds the files of one resource, and says what is wrong where they are not as declared.
    fn match_resource(
        &mut self,
        number: u32,
        resource: &'s Resource,
        extract: &Extract,
        prefix: &str,
    ) -> ResourcePlan<'s> {
        let mut planned = ResourcePlan {
            declared: resource,
            members: Vec::new(),
            table: None,
            findings: Vec::new(),
        };
        if let Some(pattern) = &resource.file_pattern {
            planned.members = matching(pattern, &extract.members);
        } else {
            for path in &resource.paths {
                match find(path, extract, prefix) {
                    Some((member, None)) => planned.members.push(member),
                    Some((member, Some(how))) => {
                        planned.members.push(member);
                        let place = Place { file: Some(member), ..Place::default() };
                        planned.findings.push(Group::single(
                            Code::MisplacedFile,
                            Some(number),
                            Facts::Text(how.into()),
                            place,
                        ));
                    }
                    None if self.may_be_sealed(number, resource, extract, path) => {}
                    None => self.missing(number, resource, path, &mut planned),
                }
            }
        }
        if planned.members.is_empty() && resource.file_pattern.is_some() {
            let what = resource.paths.first().unwrap_or(&resource.name);
            if !self.may_be_sealed(number, resource, extract, what) {
                self.missing(number, resource, what, &mut planned);
            }
        }
        self.look_inside(&mut planned.members, extract, number, resource);
        while let Some(path) = self.lacks_sheet(&mut planned.members, extract, resource) {
            self.missing(number, resource, &path, &mut planned);
        }
        self.readable(&mut planned.members, extract, number);
        for &member in &planned.members {
            self.members[member as usize].resource = Some(number);
            if resource.file_pattern.is_some() {
                // The name is as the schema says, so its digits are no surprise to anyone.
                self.members[member as usize].shown = extract.members[member as usize].path.clone();
            }
        }
        planned
    }

    fn missing(
        &mut self,
        number: u32,
        resource: &Resource,
        path: &str,
        planned: &mut ResourcePlan<'s>,
    ) {
        match resource.presence {
            Presence::Required => planned.findings.push(Group::single(
                Code::MissingFile,
                Some(number),
                Facts::Name { expected: Some(path.to_owned()), found: None },
                Place::default(),
            )),
            Presence::Optional => {}
            Presence::Conditional => {}
        }
        if resource.presence != Presence::Optional {
            self.gaps.push(Gap {
                resource: Some(number),
                check: "the contents of the file".into(),
                reason: format!("{path} is not there"),
            });
        }
    }

    /// Batch, date, agreement: what a file's name says must agree across all files of the batch.
    fn agree_on_batch(&mut self) {
        let mut values: BTreeMap<String, BTreeMap<String, Vec<u32>>> = BTreeMap::new();
        for planned in &self.resources {
            let Some(pattern) = &planned.declared.file_pattern else { continue };
            for &member in &planned.members {
                let path = &self.members[member as usize].shown;
                let name = path.rsplit('/').next().unwrap_or(path);
                let Some(captures) = pattern.regex.captures(name) else { continue };
                for group in pattern.regex.capture_names().flatten() {
                    if let Some(value) = captures.name(group).filter(|_| group != "part") {
                        let by_value = values.entry(group.to_owned()).or_default();
                        by_value.entry(value.as_str().to_lowercase()).or_default().push(member);
                    }
                }
            }
        }
        for (group, by_value) in values {
            if by_value.len() < 2 {
                continue;
            }
            let usual = by_value.iter().max_by_key(|(_, members)| members.len()).map(|(v, _)| v);
            let usual = usual.cloned().unwrap_or_default();
            let mut odd: Vec<u32> = by_value
                .into_iter()
                .filter(|(value, _)| *value != usual)
                .flat_map(|(_, members)| members)
                .collect();
            odd.sort_unstable();
            let text =
                format!("the part \"{group}\" of the file name differs from the other files'");
            self.findings.extend(files_group(Code::BatchMismatch, &odd, Facts::Text(text)));
        }
    }

    fn unexpected_files(&mut self, extract: &Extract, prefix: &str) {
        let is_descriptor = |path: &str| {
            path.strip_prefix(prefix).unwrap_or(path).eq_ignore_ascii_case("datapackage.json")
        };
        let unmatched = |litter: bool| -> Vec<u32> {
            let members = extract.members.iter().zip(&self.members).enumerate();
            members
                .filter(|(number, (member, _))| {
                    self.is_unexpected(*number, member)
                        && member.litter == litter
                        && !is_descriptor(&member.path)
                })
                .map(|(number, _)| number as u32)
                .collect()
        };
        let (unexpected, litter) = (unmatched(false), unmatched(true));
        self.findings.extend(files_group(Code::UnexpectedFile, &unexpected, Facts::None));
        let why = "left behind by an operating system";
        let mut litter = files_group(Code::UnexpectedFile, &litter, Facts::Text(why.into()));
        if let Some(group) = &mut litter {
            group.severity = Severity::Info;
        }
        self.findings.extend(litter);
    }

    fn audit_trail(&mut self, schema: &Schema) {
        let has_trail =
            schema.resources.iter().any(|resource| resource.role == Some(Role::AuditTrail));
        match (&schema.audit_trail_absent, has_trail) {
            (None, false) => self.findings.push(Group::single(
                Code::AuditTrailAbsent,
                None,
                Facts::Text("no declared file holds an audit trail".into()),
                Place::default(),
            )),
            (Some(reason), false) => self.gaps.push(Gap {
                resource: None,
                check: "the audit trail".into(),
                reason: format!("declared absent: {reason}"),
            }),
            (_, true) => {}
        }
    }

    /// Lays out which key sets there are and who takes part in them.
    fn declare_keys(&mut self, schema: &Schema) {
        let present: Vec<bool> =
            self.resources.iter().map(|planned| !planned.members.is_empty()).collect();
        self.relations = key::Relations::new(schema, &present, &mut self.gaps);
    }

    fn table(
        &self,
        number: u32,
        resource: &'s Resource,
        table: &'s Table,
        reveal: bool,
    ) -> TablePlan<'s> {
        let keys = self.relations.of_resource(number);
        let dated_by = date_field(table);
        let fields = table.fields.iter().enumerate().map(|(index, field)| {
            let missing = field.missing_values.as_ref().unwrap_or(&table.missing_values);
            let rules = &field.constraints;
            let bounded = rules.minimum.is_some()
                || rules.maximum.is_some()
                || rules.exclusive_minimum.is_some()
                || rules.exclusive_maximum.is_some();
            let is_dated = dated_by == Some(index);
            let text_rules = rules.min_length.is_some()
                || rules.max_length.is_some()
                || rules.pattern.is_some()
                || rules.allowed.is_some();
            FieldPlan {
                field,
                missing,
                only_empty_is_missing: missing.len() == 1 && missing[0].is_empty(),
                anything_goes: !bounded
                    && !text_rules
                    && matches!(field.kind, Type::Any | Type::String(StringFormat::Default)),
                needs_value: bounded || is_dated,
                costly: bounded || is_dated || rules.pattern.is_some() || rules.allowed.is_some(),
                shows_values: reveal || field.sensitivity == Some(Sensitivity::None),
            }
        });
        let files = self.resources.get(number as usize).map(|planned| &planned.members);
        let is_sheet = |&file: &u32| self.members.get(file as usize).is_some_and(|m| m.is_sheet);
        let sheet = files.is_some_and(|files| files.iter().any(is_sheet));
        TablePlan {
            resource: number,
            table,
            grammar: grammar(&table.dialect),
            // Sheets of a workbook come as UTF-8.
            encoding: resource.encoding.filter(|_| !sheet).unwrap_or(Encoding::Utf8),
            fields: fields.collect(),
            keys,
            dated_by,
        }
    }
}

/// The structural part of a dialect.
pub(super) fn grammar(dialect: &Dialect) -> Grammar {
    Grammar {
        delimiter: dialect.delimiter,
        quote: dialect.quote,
        double_quote: dialect.double_quote,
        escape: dialect.escape,
        skip_initial_space: dialect.skip_initial_space,
        terminator: match dialect.line_terminator.as_deref() {
            Some("\r") => Terminator::CarriageReturn,
            _ => Terminator::LineFeed,
        },
    }
}

/// One group for several files; `None` for none.
pub(super) fn files_group(code: Code, members: &[u32], facts: Facts) -> Option<Group> {
    let place = |&member: &u32| Place { file: Some(member), ..Place::default() };
    let mut group = Group::single(code, None, facts, place(members.first()?));
    group.occurrences = members.len() as u64;
    group.last = place(members.last()?);
    group.samples =
        members.iter().map(|member| Sample { place: place(member), ..Sample::default() }).collect();
    Some(group)
}

/// The folder that holds every file of the extract, with its slash; empty where there is none.
fn common_folder(members: &[Member]) -> String {
    let mut meant = members.iter().filter(|member| !member.litter).map(|member| &member.path);
    let Some(first) = meant.next() else { return String::new() };
    let Some(end) = first.find('/') else { return String::new() };
    let prefix = &first[..=end];
    if meant.all(|path| path.starts_with(prefix)) { prefix.to_owned() } else { String::new() }
}

/// Finds the member of a declared path: where declared, else with other letter case, else in
/// another folder. The second part says how it differs.
fn find(path: &str, extract: &Extract, prefix: &str) -> Option<(u32, Option<&'static str>)> {
    let wanted = path.strip_prefix("./").unwrap_or(path);
    let inside = |member: &Member| {
        let path = member.path.as_str();
        path.strip_prefix(prefix).unwrap_or(path).to_owned()
    };
    // What was delivered under a name goes before what is inside of a file of nearly that name.
    let one = |is_inside: bool, test: &dyn Fn(&str) -> bool| {
        let mut found = extract.members.iter().enumerate().filter(|(_, member)| {
            !member.litter && member.within.is_some() == is_inside && test(&inside(member))
        });
        match (found.next(), found.next()) {
            (Some((number, _)), None) => Some(number as u32),
            _ => None,
        }
    };
    let only = |test: &dyn Fn(&str) -> bool| one(false, test).or_else(|| one(true, test));
    let name = |path: &str| path.rsplit('/').next().unwrap_or(path).to_lowercase();
    // Of two entries of one name, which the archive's findings tell of, the first is taken.
    let exact = |is_inside: bool| {
        extract.members.iter().position(|member| {
            !member.litter && member.within.is_some() == is_inside && inside(member) == wanted
        })
    };
    if let Some(member) = exact(false).or_else(|| exact(true)) {
        return Some((member as u32, None));
    }
    if let Some(member) = only(&|path| path.to_lowercase() == wanted.to_lowercase()) {
        return Some((member, Some("its name differs from the declared one in letter case only")));
    }
    // Where the whole extract is a workbook, a sheet may stand for the file of its name.
    let stem = name(wanted).rsplit_once('.').map_or_else(|| name(wanted), |(stem, _)| stem.into());
    let sheet = |member: &Member| {
        member.path.rsplit_once('#').is_some_and(|(_, sheet)| sheet.to_lowercase() == stem)
    };
    if extract.container == "workbook"
        && let Some(at) = extract.members.iter().position(|m| m.sheet.is_some() && sheet(m))
    {
        return Some((at as u32, None));
    }
    let member = only(&|path| name(path) == name(wanted))?;
    Some((member, Some("it is in another folder than declared")))
}

/// The members whose names match, ordered by their `part`, then by path.
fn matching(pattern: &FilePattern, members: &[Member]) -> Vec<u32> {
    let mut found: Vec<(u64, u32)> = members
        .iter()
        .enumerate()
        .filter(|(_, member)| !member.litter)
        .filter_map(|(number, member)| {
            let name = member.path.rsplit('/').next()?;
            let captures = pattern.regex.captures(name)?;
            let part = captures.name("part").and_then(|part| part.as_str().parse().ok());
            Some((part.unwrap_or(0), number as u32))
        })
        .collect();
    found.sort_unstable();
    found.into_iter().map(|(_, number)| number).collect()
}
