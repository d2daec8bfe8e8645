//! Which carried schema an extract has, and which version of the system wrote each file.
//!
//! Systems change their columns without notice, some from file to file of one delivery. A file
//! whose header is that of another version than the schema's is compared with the columns of its
//! own version, and that is said once: two hundred findings about columns would say it worse.

use super::Carried;
use super::systems::{Header, Headers, SYSTEMS, System};
use super::versions::{self, Departure};
use crate::error::Result;
use crate::schema::{Presence, Resource, Schema};

/// How sure it is that an extract has a carried schema's structure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Certainty {
    /// Most files have the names and columns of the schema.
    Likely,
    /// Every file that must be there is, and every file's columns are those of a known version.
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
    /// The files that have the columns of another version than the schema's.
    pub departures: Vec<Departure>,
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
        )?;
        if let Some(note) = versions::note(self.carried, &self.departures) {
            write!(f, "; {note}")?;
        }
        Ok(())
    }
}

/// Finds the carried schema that an extract has, from the names of its delimited files (folders
/// may precede) and the labels of their headers; of a file without a header, its cells in the first
/// row. `None` unless half of the files are like tables of the schema and half of the tables that
/// must be there are: a wrong schema would find much that is not wrong. With it comes the schema,
/// with the columns of each file's own version.
///
/// A file is like a table where its name agrees without regard to case, and at least half of the
/// columns of one of the table's known headers and at least half of the file's own agree.
///
/// # Errors
/// None: a test reads every carried schema in every version.
pub fn recognise<N: AsRef<str>, L: AsRef<str>>(
    files: &[(N, Vec<L>)],
) -> Result<Option<(Recognised, Schema)>> {
    let files = folded(files);
    let mut best: Option<(Recognised, Schema)> = None;
    for system in &SYSTEMS {
        let Some((recognised, schema)) = of_system(system, &files)? else { continue };
        let better = best.as_ref().is_none_or(|(one, _)| {
            (recognised.certainty, recognised.files_alike) > (one.certainty, one.files_alike)
        });
        if better {
            best = Some((recognised, schema));
        }
    }
    Ok(best)
}

/// A carried schema that was asked for by name, with the columns of each file's own version, and
/// the files that are of another version than the schema's.
///
/// # Errors
/// None: a test reads every carried schema in every version.
pub fn fitted<N: AsRef<str>, L: AsRef<str>>(
    carried: &'static Carried,
    files: &[(N, Vec<L>)],
) -> Result<(Schema, Vec<Departure>)> {
    let departures = match System::of(carried) {
        Some(system) => departures(system, carried, &matches(system, &folded(files))),
        None => Vec::new(),
    };
    Ok((versions::adapted(carried, &departures)?, departures))
}

/// A file: its name in lower case, without folders, and its labels without white space around.
struct File {
    name: String,
    labels: Vec<String>,
}

fn folded<N: AsRef<str>, L: AsRef<str>>(files: &[(N, Vec<L>)]) -> Vec<File> {
    let fold = |(name, labels): &(N, Vec<L>)| {
        let name = name.as_ref();
        let base = name.rsplit(['/', '\\']).next().unwrap_or(name);
        let trim = |label: &L| label.as_ref().trim().trim_start_matches('\u{feff}').to_owned();
        File { name: base.to_lowercase(), labels: labels.iter().map(trim).collect() }
    };
    files.iter().map(fold).collect()
}

/// A file that is like a table of the system.
struct Match<'f> {
    /// Its index among the files.
    index: usize,
    file: &'f File,
    /// Every header that the table is known to have, the nearest first.
    headers: Vec<(Distance, Header)>,
}

impl Match<'_> {
    /// The nearest headers: more than one where they are equally near.
    fn nearest(&self) -> impl Iterator<Item = Header> + '_ {
        let least = self.headers.first().map(|(distance, _)| *distance);
        let near = self.headers.iter().take_while(move |(distance, _)| Some(*distance) == least);
        near.map(|(_, header)| *header)
    }

    /// Whether it has a known header.
    fn is_known(&self) -> bool {
        self.headers.first().is_some_and(|(distance, _)| distance.columns == 0)
    }
}

/// How far a file's labels are from a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Distance {
    /// Columns that only one of the two has, letter case apart; 1 at least where the order differs.
    columns: usize,
    /// Labels that differ in letter case.
    case: usize,
}

fn matches<'f>(system: &System, files: &'f [File]) -> Vec<Match<'f>> {
    let named: Vec<(usize, &File, &str)> = files
        .iter()
        .enumerate()
        .filter_map(|(index, file)| Some((index, file, system.table(&file.name)?)))
        .collect();
    if named.is_empty() {
        return Vec::new();
    }
    let headers: Headers = system.headers();
    let matched = |(index, file, table): (usize, &'f File, &str)| {
        let mut near: Vec<(Distance, Header)> = headers
            .get(table)?
            .iter()
            .filter_map(|header| Some((distance(system, file, *header)?, *header)))
            .collect();
        near.sort_by_key(|(distance, _)| *distance);
        (!near.is_empty()).then_some(Match { index, file, headers: near })
    };
    named.into_iter().filter_map(matched).collect()
}

/// `None`: the file is not like a table with this header.
fn distance(system: &System, file: &File, header: Header) -> Option<Distance> {
    let own = file.labels.len();
    let declared = header.labels().count();
    if declared == 0 {
        return Some(Distance { columns: 0, case: 0 });
    }
    if !system.has_header {
        let near = own > 0 && own * 2 >= declared && declared * 2 >= own;
        return near.then_some(Distance { columns: own.abs_diff(declared), case: 0 });
    }
    let folded: Vec<String> = file.labels.iter().map(|label| label.to_lowercase()).collect();
    let known = header.labels().filter(|label| folded.contains(&label.to_lowercase())).count();
    if known == 0 || known * 2 < declared || known * 2 < own {
        return None;
    }
    let mut columns = (declared - known) + own.saturating_sub(known);
    let mut in_order = header.labels().map(str::to_lowercase);
    if columns == 0 && !folded.iter().all(|label| in_order.next().as_ref() == Some(label)) {
        columns = 1;
    }
    let exact = header.labels().filter(|label| file.labels.iter().any(|own| own == label)).count();
    Some(Distance { columns, case: known - exact.min(known) })
}

fn of_system(system: &System, files: &[File]) -> Result<Option<(Recognised, Schema)>> {
    let matched = matches(system, files);
    let half = |part: usize, all: usize| part > 0 && part * 2 >= all;
    if !half(matched.len(), files.len()) {
        return Ok(None);
    }
    let Some(carried) = nearest_schema(system, &matched) else { return Ok(None) };
    let departures = departures(system, carried, &matched);
    let schema = versions::adapted(carried, &departures)?;
    let must = |resource: &&Resource| resource.presence == Presence::Required;
    let required: Vec<&Resource> = schema.resources.iter().filter(must).collect();
    let there = |resource: &&&Resource| {
        let name = resource.name.to_lowercase();
        matched.iter().any(|one| one.nearest().any(|header| header.table.to_lowercase() == name))
    };
    let found = required.iter().filter(there).count();
    if !half(found, required.len()) {
        return Ok(None);
    }
    let whole = matched.iter().all(Match::is_known);
    let certain = whole && matched.len() == files.len() && found == required.len();
    let recognised = Recognised {
        carried,
        certainty: if certain { Certainty::Certain } else { Certainty::Likely },
        files_alike: matched.len(),
        files: files.len(),
        resources_found: found,
        resources_required: required.len(),
        departures,
    };
    Ok(Some((recognised, schema)))
}

/// The schema of the version whose headers most files have; of several, that which a schema
/// describes, and the latest of these.
fn nearest_schema(system: &System, matched: &[Match<'_>]) -> Option<&'static Carried> {
    let mut best: Option<((usize, bool), &'static str)> = None;
    for (name, versions) in system.schemas {
        for version in *versions {
            let has = |one: &&Match<'_>| {
                one.nearest().any(|header| header.versions().any(|known| known == *version))
            };
            let is_described = super::find(name).is_some_and(|carried| carried.version == *version);
            let weight = (matched.iter().filter(has).count(), is_described);
            if best.is_none_or(|(most, _)| weight >= most) {
                best = Some((weight, name));
            }
        }
    }
    best.and_then(|(_, name)| super::find(name))
}

/// The files whose nearest header is not the schema's. The first file of a table decides.
fn departures(system: &System, carried: &Carried, matched: &[Match<'_>]) -> Vec<Departure> {
    let kin = system.schemas.iter().find(|(name, _)| *name == carried.name);
    let kin = kin.map_or(&[] as &[&str], |(_, versions)| versions);
    let mut found: Vec<Departure> = Vec::new();
    for one in matched {
        let own = |header: &Header| header.versions().any(|version| version == carried.version);
        let Some(declared) = one.headers.iter().map(|(_, header)| *header).find(own) else {
            continue;
        };
        if one.nearest().any(|header| own(&header)) {
            continue;
        }
        // Of headers equally near, that of a kindred version.
        let related = |header: &Header| header.versions().any(|version| kin.contains(&version));
        let Some(header) = one.nearest().find(related).or_else(|| one.nearest().next()) else {
            continue;
        };
        if found.iter().any(|departure| departure.resource == declared.table) {
            continue;
        }
        let labels: Vec<&'static str> = header.labels().collect();
        let lacks = |labels: &[&str], label: &str| {
            !labels.iter().any(|one| one.eq_ignore_ascii_case(label))
        };
        let base: Vec<&'static str> = declared.labels().collect();
        // Names that differ in letter case are names of the same fields.
        if base.len() == labels.len()
            && base.iter().zip(&labels).all(|(one, other)| one.eq_ignore_ascii_case(other))
        {
            continue;
        }
        found.push(Departure {
            file: one.index,
            name: one.file.name.clone(),
            resource: declared.table,
            versions: header.versions().collect(),
            is_exact: one.is_known(),
            without: base.iter().copied().filter(|label| lacks(&labels, label)).collect(),
            with: labels.iter().copied().filter(|label| lacks(&base, label)).collect(),
            labels,
        });
    }
    found
}

#[cfg(test)]
#[path = "recognise_tests.rs"]
mod tests;
