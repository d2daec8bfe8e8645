//! The clinical systems whose files are known by name, and every header that versions of theirs are
//! known to write: `schemas/*/headers.csv`, read only where files have such names.

use super::Carried;
use std::collections::BTreeMap;

/// A system.
pub(super) struct System {
    /// Names of its carried schemas, each with the versions whose files are compared with it.
    pub(super) schemas: &'static [(&'static str, &'static [&'static str])],
    /// Versions, table and labels of every known header.
    headers: &'static str,
    /// How a file's name (in lower case, without folders) tells the table.
    table: fn(&str) -> Option<&str>,
    /// Whether files have a header. Without, the number of columns tells.
    pub(super) has_header: bool,
}

/// All systems.
pub(super) const SYSTEMS: [System; 4] = [
    System {
        schemas: &[
            ("emis-web-5.4", &["5.0", "5.1", "5.3", "5.4"]),
            ("emis-web-7.1", &["7", "7.1"]),
            ("emis-web-8.2", &["8.0", "8.2", "observed-2024"]),
        ],
        headers: include_str!("../../../schemas/emis-web-8.2/headers.csv"),
        table: emis_table,
        has_header: true,
    },
    System {
        schemas: &[("omop-cdm-5.4", &["5.4"])],
        headers: include_str!("../../../schemas/omop-cdm-5.4/headers.csv"),
        table: stem,
        has_header: true,
    },
    System {
        schemas: &[(
            "tpp-sre-93",
            &["test-pack", "test-pack-2", "test-pack-3", "87", "88", "89", "90", "91", "92", "93"],
        )],
        headers: include_str!("../../../schemas/tpp-sre-93/headers.csv"),
        table: tpp_table,
        has_header: true,
    },
    System {
        schemas: &[("vision-0.18", &["test-pack", "0.18"])],
        headers: include_str!("../../../schemas/vision-0.18/headers.csv"),
        table: vision_table,
        has_header: false,
    },
];

/// A header that some versions write. No labels: the columns are not known.
#[derive(Debug, Clone, Copy)]
pub(super) struct Header {
    /// The table, as the schema names it.
    pub(super) table: &'static str,
    versions: &'static str,
    labels: &'static str,
}

impl Header {
    /// The versions that write it, oldest first.
    pub(super) fn versions(self) -> impl Iterator<Item = &'static str> + Clone {
        self.versions.split(' ')
    }

    /// Its labels, in order.
    pub(super) fn labels(self) -> impl Iterator<Item = &'static str> + Clone {
        self.labels.split(' ').filter(|label| !label.is_empty())
    }
}

/// A system's headers, by table in lower case.
pub(super) type Headers = BTreeMap<String, Vec<Header>>;

impl System {
    /// The system that a carried schema is of.
    pub(super) fn of(carried: &Carried) -> Option<&'static System> {
        static ALL: &[System] = &SYSTEMS;
        ALL.iter().find(|system| system.schemas.iter().any(|(name, _)| *name == carried.name))
    }

    /// The table that a file's name (in lower case, without folders) tells.
    pub(super) fn table<'n>(&self, name: &'n str) -> Option<&'n str> {
        (self.table)(name)
    }

    /// Every known header.
    pub(super) fn headers(&self) -> Headers {
        let mut headers = Headers::new();
        for line in self.headers.lines().skip(1) {
            let mut parts = line.splitn(3, ',');
            if let (Some(versions), Some(table), Some(labels)) =
                (parts.next(), parts.next(), parts.next())
            {
                let header = Header { table, versions, labels };
                headers.entry(table.to_lowercase()).or_default().push(header);
            }
        }
        headers
    }
}

/// The name without its ending, where the ending is that of delimited files.
fn stem(name: &str) -> Option<&str> {
    // A sheet of a workbook may stand for a file.
    let name = name.rsplit_once('#').map_or(name, |(_, sheet)| sheet);
    match name.rsplit_once('.') {
        Some((stem, "csv" | "txt" | "tsv")) => Some(stem),
        Some(_) => None,
        None => Some(name),
    }
}

/// `<processing>_<Schema>_<Table>_<date and time>_<agreement>.csv`: the second and third part.
fn emis_table(name: &str) -> Option<&str> {
    let stem = stem(name)?;
    let mut cuts = stem.match_indices('_').map(|(at, _)| at);
    let (first, _, third) = (cuts.next()?, cuts.next()?, cuts.next()?);
    cuts.next()?;
    cuts.next().is_none().then(|| &stem[first + 1..third])
}

/// `SR<Table>.csv`
fn tpp_table(name: &str) -> Option<&str> {
    stem(name).filter(|stem| stem.starts_with("sr"))
}

/// `<kind>_<practice>_<type>_data_extract-<date and time>.csv`: the type and what follows it.
fn vision_table(name: &str) -> Option<&str> {
    const ENDING: &str = "_data_extract";
    let end = stem(name)?.find(ENDING)?;
    let known = [
        "patient_check_sum",
        "active_user",
        "patient",
        "practice",
        "staff",
        "encounter",
        "journal",
        "referral",
    ];
    let kind = known.into_iter().find(|kind| {
        name[..end]
            .strip_suffix(kind)
            .is_some_and(|before| before.is_empty() || before.ends_with('_'))
    })?;
    Some(&name[end - kind.len()..end + ENDING.len()])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::carried;

    #[test]
    fn file_names_tell_the_table() {
        let emis = "291_admin_patient_20150211164536_45e7cd20-ee37-41ab-90d6-dc9d4b03d102.csv";
        assert_eq!(emis_table(emis), Some("admin_patient"));
        assert_eq!(emis_table("291-300_coding_drugcode_2_x.csv"), Some("coding_drugcode"));
        assert_eq!(emis_table("admin_patient.csv"), None);
        assert_eq!(tpp_table("srpatient.csv"), Some("srpatient"));
        assert_eq!(tpp_table("patient.csv"), None);
        let vision = "incremental_f86007_journal_data_extract-2018-08-17-000500.csv";
        assert_eq!(vision_table(vision), Some("journal_data_extract"));
        let vision = "full_f86007_patient_check_sum_data_extract-2018-08-17-000500.csv";
        assert_eq!(vision_table(vision), Some("patient_check_sum_data_extract"));
        assert_eq!(vision_table("full_f86007_money_data_extract-2018.csv"), None);
        assert_eq!(stem("person.pdf"), None);
    }

    /// The lists of headers and the descriptors agree: the header of a schema's own version is its
    /// fields in order, and every version belongs to one schema.
    #[test]
    fn headers_and_descriptors_agree() {
        for system in &SYSTEMS {
            let headers = system.headers();
            for header in headers.values().flatten() {
                for version in header.versions() {
                    let owners = system.schemas.iter().filter(|(_, all)| all.contains(&version));
                    assert_eq!(owners.count(), 1, "{version}");
                }
            }
            for (name, versions) in system.schemas {
                let carried = carried::find(name).unwrap();
                assert!(versions.contains(&carried.version), "{name}");
                let schema = carried.schema().unwrap();
                for resource in &schema.resources {
                    let own = headers[&resource.name.to_lowercase()]
                        .iter()
                        .find(|header| header.versions().any(|one| one == carried.version))
                        .unwrap();
                    assert_eq!(own.table, resource.name);
                    let fields = resource.table.iter().flat_map(|table| &table.fields);
                    let fields: Vec<&str> = fields.map(|field| field.name.as_str()).collect();
                    assert_eq!(own.labels().collect::<Vec<_>>(), fields, "{}", resource.name);
                }
            }
        }
    }
}
