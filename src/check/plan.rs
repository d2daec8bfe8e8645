//! What is to be compared with what: the files of the extract matched to the declared resources,
//! and each table's checks laid out for the workers.

use super::delivery::{Misplaced, common_folder, find, matching};
use super::document::Documents;
use super::key;
use super::manifest::Kept;
use super::table::{Manner, TablePlan};
use super::{FileVersion, Options};
use crate::digest::Algorithm;
use crate::finding::{Code, Facts, Gap, Group, Place, Severity};
use crate::path::{collision_key, shown};
use crate::schema::{Category, Presence, Resource, Role, Schema, Table};
use crate::source::{Extract, Member};
use std::sync::Arc;

/// The plan of one check.
pub(super) struct Plan<'s> {
    /// One per member of the extract.
    pub(super) members: Vec<MemberPlan>,
    /// The order in which they are read, by their indices.
    pub(super) order: Vec<u32>,
    /// One per resource of the schema.
    pub(super) resources: Vec<ResourcePlan<'s>>,
    /// The files that rows may name.
    pub(super) documents: Arc<Documents>,
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
    /// Files that have the size of another one: their contents are compared.
    pub(super) twins: Vec<bool>,
    /// The path of each delivered file within the extract's folder, without what some systems do not
    /// tell apart; empty for litter.
    pub(super) keys_of_paths: Vec<String>,
    /// The digest that a manifest gives of each file.
    pub(super) listed_digest: Option<Algorithm>,
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
    /// Whether it may be a document, which rows name.
    pub(super) is_document: bool,
    /// Whether it has the name of an unfinished transfer, and was told of as that.
    pub(super) is_unfinished: bool,
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
    /// Whether some part of its split file is not there.
    pub(super) lacks_parts: bool,
}

impl ResourcePlan<'_> {
    /// Whether some of its rows were not delivered: a part, or one of its paths, is not there.
    pub(super) fn lacks_a_file(&self) -> bool {
        self.lacks_parts || self.declared.paths.len() > self.members.len()
    }
}

impl<'s> Plan<'s> {
    pub(super) fn new(schema: Option<&'s Schema>, extract: &Extract, options: &Options) -> Self {
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
            order: extract.order(&|_| 0),
            resources: Vec::new(),
            documents: Arc::default(),
            relations: key::Relations::default(),
            findings: extract.findings.clone(),
            gaps: extract.gaps.clone(),
            tables: schema.iter().flat_map(|s| &s.resources).map(|r| r.table.is_some()).collect(),
            sealed: Vec::new(),
            may_hide: false,
            twins: vec![false; extract.members.len()],
            keys_of_paths: Vec::new(),
            listed_digest: schema
                .iter()
                .flat_map(|schema| &schema.resources)
                .find_map(|resource| resource.manifest.as_ref()?.hash.map(|(_, a)| a)),
        };
        let Some(schema) = schema else {
            plan.tell_sealed(extract);
            plan.unfinished_files(extract);
            plan.gaps.push(Gap {
                resource: None,
                check: "everything that a schema declares".into(),
                reason: "no schema was given, found in the extract, or recognised".into(),
            });
            return plan;
        };
        let prefix = common_folder(&extract.members);
        let within = |member: &Member| match member.litter {
            true => String::new(),
            false => collision_key(member.path.strip_prefix(&*prefix).unwrap_or(&member.path)),
        };
        if schema.resources.iter().any(|resource| resource.manifest.is_some()) {
            plan.keys_of_paths = extract.delivered().iter().map(within).collect();
        }
        for (number, resource) in schema.resources.iter().enumerate() {
            let planned = plan.match_resource(number as u32, resource, extract, &prefix);
            plan.resources.push(planned);
        }
        plan.tell_sealed(extract);
        plan.agree_on_batch();
        plan.parts_that_lack();
        plan.unfinished_files(extract);
        plan.declare_documents(schema, extract, &prefix);
        plan.unexpected_files(extract, &prefix);
        plan.find_twins(extract);
        plan.declare_keys(schema);
        plan.order = plan.small_first(extract);
        let mut turns = vec![0; plan.members.len()];
        for (turn, &member) in (0u32..).zip(&plan.order) {
            turns[member as usize] = turn;
        }
        for (number, resource) in schema.resources.iter().enumerate() {
            let files = &plan.resources[number].members;
            let is_sheet =
                |&file: &u32| plan.members.get(file as usize).is_some_and(|m| m.is_sheet);
            let manner = Manner {
                is_sheet: files.iter().any(is_sheet),
                reveals: options.reveal,
                today: options.today,
            };
            let number = number as u32;
            let keys = plan.relations.of_resource(number, &|resource| {
                let members = &plan.resources.get(resource as usize)?.members;
                let turns = || members.iter().filter_map(|&member| turns.get(member as usize));
                Some((*turns().min()?, *turns().max()?))
            });
            let table = resource.table.as_ref();
            let documents = plan.documents.clone();
            let asks = |table: &Table| table.fields.iter().any(|one| one.dates.future.is_some());
            if options.today.is_none() && table.is_some_and(asks) {
                plan.gaps.push(Gap {
                    resource: Some(number),
                    check: "dates in the future".into(),
                    reason: "the day of the check was not given".into(),
                });
            }
            plan.resources[number as usize].table = table.map(|table| TablePlan {
                documents,
                ..TablePlan::new(number, resource, table, keys, manner)
            });
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

    /// The order of reading: files of small tables come first, those of one table together. Mostly it is
    /// the large ones that refer to small ones, so that more references are to rows that were seen.
    fn small_first(&self, extract: &Extract) -> Vec<u32> {
        let size = |member: u32| extract.members.get(member as usize).map_or(0, |m| m.stated_size);
        let of_table = |planned: &ResourcePlan<'_>| {
            planned.members.iter().map(|&member| size(member)).fold(0, u64::saturating_add)
        };
        let sizes: Vec<u64> = self.resources.iter().map(of_table).collect();
        extract.order(&|member| {
            let resource = self.members.get(member).and_then(|planned| planned.resource);
            let of_resource = resource.and_then(|resource| sizes.get(resource as usize)).copied();
            of_resource.unwrap_or_else(|| size(member as u32))
        })
    }

    /// About how many keys there are that rows read later refer to: what is remembered of them is to
    /// have room, and room that is not used costs time too.
    pub(super) fn awaited_keys(&self, extract: &Extract) -> u64 {
        /// A row that others refer to seldom has fewer.
        const BYTES: u64 = 96;
        let of_table = |planned: &ResourcePlan<'_>| {
            let keys = planned.table.iter().flat_map(|table| &table.keys);
            let awaited = keys.filter(|key| key.is_awaited).count() as u64;
            let members = planned.members.iter();
            let of = |&member: &u32| extract.members.get(member as usize);
            let rows = members.filter_map(of).map(|member| {
                // What is compressed in a file has no size of its own yet.
                let carrier = member.within.and_then(|number| of(&number));
                let size = carrier.map_or(member.stated_size, |file| {
                    member.stated_size.max(file.stated_size.saturating_mul(4))
                });
                size / BYTES + 1
            });
            rows.fold(0, u64::saturating_add).saturating_mul(awaited)
        };
        self.resources.iter().map(of_table).fold(0, u64::saturating_add)
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
            lacks_parts: false,
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
                            match how {
                                Misplaced::Named(how) => Facts::Text(how.into()),
                                Misplaced::InAnotherFolder => {
                                    Facts::Name { expected: Some(path.clone()), found: None }
                                }
                            },
                            place,
                        ));
                    }
                    None if self.may_be_unfinished(number, extract, path, &mut planned)
                        || self.may_be_sealed(number, resource, extract, path) => {}
                    None => self.missing(number, resource, path, &mut planned),
                }
            }
        }
        if planned.members.is_empty() && resource.file_pattern.is_some() {
            let what = resource.paths.first().unwrap_or(&resource.name);
            if !self.may_be_unfinished(number, extract, what, &mut planned)
                && !self.may_be_sealed(number, resource, extract, what)
            {
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

    /// The files of a table that come before one of its parts.
    pub(super) fn parts_before(&self, resource: u32, member: u32) -> &[u32] {
        let planned = self.resources.get(resource as usize);
        let members = planned.map(|planned| planned.members.as_slice()).unwrap_or_default();
        let place = members.iter().position(|&part| part == member).unwrap_or(0);
        members.get(..place).unwrap_or_default()
    }

    /// The manifests that were delivered, of which nothing was read yet.
    pub(super) fn manifests(&self) -> Vec<Kept> {
        let of = |(number, planned): (usize, &ResourcePlan<'_>)| {
            let members = planned.members.iter().filter(|_| planned.declared.manifest.is_some());
            members.map(move |&member| Kept::new(number, member)).collect::<Vec<_>>()
        };
        self.resources.iter().enumerate().flat_map(of).collect()
    }

    pub(super) fn missing(
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

    fn audit_trail(&mut self, schema: &Schema) {
        let has_trail =
            schema.resources.iter().any(|resource| resource.role == Some(Role::AuditTrail));
        match (schema.absent.get(&Category::AuditTrail), has_trail) {
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
}
