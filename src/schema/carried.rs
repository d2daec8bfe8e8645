//! The schemas that the program carries: compiled in, found by name, recognised from an extract.

use super::descriptor;
use super::{Resource, Schema};
use crate::error::{Error, ErrorKind, Result};

/// A carried schema. Where its facts come from stands in `schemas/<name>/SOURCE.md`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Carried {
    /// The name that `--schema` takes: system and version.
    pub name: &'static str,
    /// What it describes, in a few words.
    pub title: &'static str,
    /// The descriptor: JSON text.
    pub descriptor: &'static str,
}

const CARRIED: &[Carried] = &[Carried {
    name: "omop-cdm-5.4",
    title: "OMOP Common Data Model 5.4, one CSV file per table",
    descriptor: include_str!("../../schemas/omop-cdm-5.4/datapackage.json"),
}];

impl Carried {
    /// Reads the descriptor.
    ///
    /// # Errors
    /// None: a test reads every carried schema.
    pub fn schema(&self) -> Result<Schema> {
        descriptor::read(self.descriptor.as_bytes())
    }
}

/// All carried schemas, by name.
pub fn all() -> &'static [Carried] {
    CARRIED
}

/// The carried schema of that name.
pub fn find(name: &str) -> Option<&'static Carried> {
    CARRIED.iter().find(|one| one.name == name)
}

/// The carried schema of that name.
///
/// # Errors
/// [`ErrorKind::Usage`] where there is none, with the nearest name or all of them as the hint.
pub fn get(name: &str) -> Result<&'static Carried> {
    find(name).ok_or_else(|| {
        let names: Vec<_> = CARRIED.iter().map(|one| one.name).collect();
        let otherwise = format!("the program carries {}", names.join(", "));
        Error::new(ErrorKind::Usage, format!("there is no schema named \"{name}\""))
            .with_hint(descriptor::did_you_mean(name, &names, &otherwise))
    })
}

/// How sure it is that an extract has a carried schema's structure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Certainty {
    /// Most files have the names and columns of the schema.
    Likely,
    /// Every file that must be there is, and every file's columns are the schema's.
    Certain,
}

/// A carried schema that an extract seems to have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recognised {
    /// The schema.
    pub carried: &'static Carried,
    /// How sure it is.
    pub certainty: Certainty,
    /// How many of the files have the name and columns of one of its resources.
    pub files_alike: usize,
    /// How many files there are.
    pub files: usize,
    /// How many of the resources that must be there were found.
    pub resources_found: usize,
    /// How many resources must be there.
    pub resources_required: usize,
}

/// One sentence for the report, without a full stop.
impl std::fmt::Display for Recognised {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "recognised as {} ({}): {} of {} files have the names and columns of its tables, and \
             {} of its {} required tables are there",
            self.carried.name,
            match self.certainty {
                Certainty::Likely => "likely",
                Certainty::Certain => "certain",
            },
            self.files_alike,
            self.files,
            self.resources_found,
            self.resources_required,
        )
    }
}

/// Finds the carried schema that an extract has, from the names of its delimited files (folders
/// may precede) and the labels of their headers. `None` unless half of the files are like tables of
/// the schema and half of the tables that must be there are: a wrong schema would find much that is
/// not wrong.
///
/// A file is like a table where its name agrees without regard to case, and at least half of the
/// declared columns and at least half of the file's own agree.
pub fn recognise<N: AsRef<str>, L: AsRef<str>>(files: &[(N, Vec<L>)]) -> Option<Recognised> {
    let files: Vec<(String, Vec<String>)> = files
        .iter()
        .map(|(name, labels)| {
            let name = name.as_ref();
            let base = name.rsplit(['/', '\\']).next().unwrap_or(name);
            let labels = labels.iter().map(|label| fold(label.as_ref())).collect();
            (base.to_lowercase(), labels)
        })
        .collect();
    let mut best: Option<Recognised> = None;
    for carried in CARRIED {
        let Ok(schema) = carried.schema() else { continue };
        let Some(found) = compare(carried, &schema, &files) else { continue };
        let better = best.as_ref().is_none_or(|one| {
            (found.certainty, found.files_alike) > (one.certainty, one.files_alike)
        });
        if better {
            best = Some(found);
        }
    }
    best
}

fn compare(
    carried: &'static Carried,
    schema: &Schema,
    files: &[(String, Vec<String>)],
) -> Option<Recognised> {
    let mut files_alike = 0;
    let mut resources_found = 0;
    let mut resources_required = 0;
    let mut whole = true;
    for resource in &schema.resources {
        let required = resource.presence == super::Presence::Required;
        resources_required += usize::from(required);
        let mut present = false;
        for (_, labels) in files.iter().filter(|(name, _)| named(resource, name)) {
            let likeness = likeness(resource, labels);
            present |= likeness != Likeness::Other;
            files_alike += usize::from(likeness != Likeness::Other);
            whole &= likeness == Likeness::Same;
        }
        resources_found += usize::from(required && present);
    }
    let half = |part: usize, all: usize| part > 0 && part * 2 >= all;
    if !half(files_alike, files.len()) || !half(resources_found, resources_required) {
        return None;
    }
    let certain = whole && files_alike == files.len() && resources_found == resources_required;
    Some(Recognised {
        carried,
        certainty: if certain { Certainty::Certain } else { Certainty::Likely },
        files_alike,
        files: files.len(),
        resources_found,
        resources_required,
    })
}

/// Whether a file of this name (in lower case, without folders) could be the resource's.
fn named(resource: &Resource, name: &str) -> bool {
    let by_path = resource
        .paths
        .iter()
        .any(|path| path.rsplit('/').next().is_some_and(|base| base.to_lowercase() == name));
    by_path || resource.file_pattern.as_ref().is_some_and(|pattern| pattern.regex.is_match(name))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Likeness {
    Other,
    Alike,
    Same,
}

fn likeness(resource: &Resource, labels: &[String]) -> Likeness {
    let Some(table) = &resource.table else { return Likeness::Other };
    let declared: Vec<String> = table.fields.iter().map(|field| fold(&field.name)).collect();
    if declared == labels {
        return Likeness::Same;
    }
    let known = declared.iter().filter(|name| labels.contains(name)).count();
    if known > 0 && known * 2 >= declared.len() && known * 2 >= labels.len() {
        Likeness::Alike
    } else {
        Likeness::Other
    }
}

fn fold(label: &str) -> String {
    label.trim().trim_start_matches('\u{feff}').to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The header of every OMOP table, as documented.
    fn omop() -> Vec<(String, Vec<String>)> {
        let schema = find("omop-cdm-5.4").unwrap().schema().unwrap();
        let header = |resource: &Resource| {
            let labels = resource.table.as_ref().unwrap().fields.iter();
            (resource.paths[0].clone(), labels.map(|field| field.name.clone()).collect())
        };
        schema.resources.iter().map(header).collect()
    }

    #[test]
    fn every_carried_schema_is_read_without_a_note() {
        for carried in all() {
            let schema = carried.schema().unwrap();
            assert_eq!(schema.name, carried.name);
            assert_eq!(schema.title.as_deref(), Some(carried.title));
            assert_eq!(schema.unsupported, []);
        }
        assert!(all().is_sorted_by_key(|one| one.name));
    }

    #[test]
    fn names_are_suggested() {
        assert!(get("omop-cdm-5.4").is_ok());
        let error = get("omop-cdm-5.5").unwrap_err();
        assert_eq!(error.to_string(), "there is no schema named \"omop-cdm-5.5\"");
        assert_eq!(error.hint(), Some("did you mean \"omop-cdm-5.4\"?"));
        let error = get("vision").unwrap_err();
        assert_eq!(error.hint(), Some("the program carries omop-cdm-5.4"));
        assert_eq!(error.kind(), ErrorKind::Usage);
    }

    #[test]
    fn the_whole_extract_is_certain() {
        let found = recognise(&omop()).unwrap();
        assert_eq!(found.certainty, Certainty::Certain);
        assert_eq!(
            found.to_string(),
            "recognised as omop-cdm-5.4 (certain): 39 of 39 files have the names and columns of \
             its tables, and 37 of its 37 required tables are there"
        );
    }

    #[test]
    fn folders_letter_case_and_lacks_are_likely() {
        let mut files = omop();
        files.truncate(25);
        for (name, labels) in &mut files {
            *name = format!("export/{}", name.to_lowercase());
            labels.remove(0);
        }
        files.push(("readme.csv".into(), vec!["a".into()]));
        let found = recognise(&files).unwrap();
        assert_eq!((found.certainty, found.files_alike, found.files), (Certainty::Likely, 25, 26));
    }

    #[test]
    fn other_columns_and_a_lone_file_are_not_recognised() {
        let mut files = omop();
        assert_eq!(recognise(&files[..1]), None);
        for (_, labels) in &mut files {
            labels.iter_mut().for_each(|label| label.insert(0, 'x'));
        }
        assert_eq!(recognise(&files), None);
        assert_eq!(recognise::<&str, &str>(&[]), None);
    }
}
