//! Tests of recognition: whole extracts as headers, in every known version.

use super::*;
use crate::schema::carried::{self, find};

type Files = Vec<(String, Vec<String>)>;

/// The header of every OMOP table, as documented.
fn omop() -> Files {
    let schema = find("omop-cdm-5.4").unwrap().schema().unwrap();
    let header = |resource: &Resource| {
        let labels = resource.table.as_ref().unwrap().fields.iter();
        (resource.paths[0].clone(), labels.map(|field| field.name.clone()).collect())
    };
    schema.resources.iter().map(header).collect()
}

/// The files of a version of EMIS Web; where a table's header is not known for it, that of `else_`.
fn emis(version: &str, else_: &str) -> Files {
    let system = System::of(find("emis-web-8.2").unwrap()).unwrap();
    let file = |headers: &Vec<Header>| {
        let of = |version: &str| headers.iter().find(|h| h.versions().any(|one| one == version));
        let header = of(version).or_else(|| of(else_))?;
        let name = format!("291_{}_20241115013000_0C88A469-BAE6.csv", header.table);
        Some((name, header.labels().map(str::to_owned).collect()))
    };
    system.headers().values().filter_map(file).collect()
}

fn found(files: &Files) -> Recognised {
    recognise(files).unwrap().unwrap().0
}

#[test]
fn the_whole_extract_is_certain() {
    let found = found(&omop());
    assert_eq!(found.certainty, Certainty::Certain);
    assert_eq!(
        found.to_string(),
        "recognised as omop-cdm-5.4 (certain): 39 of 39 files have the names and columns of its \
         tables, and 37 of its 37 required tables are there"
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
    let found = found(&files);
    assert_eq!((found.certainty, found.files_alike, found.files), (Certainty::Likely, 25, 26));
}

#[test]
fn other_columns_and_a_lone_file_are_not_recognised() {
    let mut files = omop();
    assert!(recognise(&files[..1]).unwrap().is_none());
    for (_, labels) in &mut files {
        labels.iter_mut().for_each(|label| label.insert(0, 'x'));
    }
    assert!(recognise(&files).unwrap().is_none());
    assert!(recognise::<&str, &str>(&[]).unwrap().is_none());
}

#[test]
fn each_version_goes_to_its_schema() {
    for (version, schema, departures) in [
        ("5.0", "emis-web-5.4", 7),
        ("5.1", "emis-web-5.4", 6),
        ("5.3", "emis-web-5.4", 1),
        ("5.4", "emis-web-5.4", 0),
        ("7", "emis-web-5.4", 0),
        ("7.1", "emis-web-7.1", 0),
        ("8.0", "emis-web-8.2", 3),
        ("8.2", "emis-web-8.2", 0),
    ] {
        let found = found(&emis(version, version));
        assert_eq!(
            (found.carried.name, found.certainty),
            (schema, Certainty::Certain),
            "{version}"
        );
        assert_eq!(found.departures.len(), departures, "{version}: {found}");
    }
}

/// The columns that made the difference are named, and the check has no reason to name others.
#[test]
fn this_is_8_0_not_8_2() {
    let (found, schema) = recognise(&emis("8.0", "8.0")).unwrap().unwrap();
    let text = found.to_string();
    assert!(
        text.ends_with(
            "; 3 files are of version 8.0, not 8.2: Appointment_Slot without IsBlocked, \
             ContextType, ServiceSetting, NationalSlotCategoryName, \
             NationalSlotCategoryDescription; Prescribing_DrugRecord without ExpiryDate; \
             Prescribing_IssueRecord without ExpiryDate, ReviewDate, IssueMethodDescription"
        ),
        "{text}"
    );
    let slot = schema.resources.iter().find(|one| one.name == "Appointment_Slot").unwrap();
    let names: Vec<_> = slot.table.as_ref().unwrap().fields.iter().map(|f| &f.name).collect();
    assert_eq!(names.len(), 25);
    assert!(!names.iter().any(|name| *name == "IsBlocked"));
    assert!(schema.title.unwrap().contains("3 files are of version 8.0, not 8.2"));
}

/// Columns that files have and the documentation of their version lacks are declared.
#[test]
fn what_files_have_beyond_their_documentation_is_known() {
    let (found, schema) = recognise(&emis("observed-2024", "8.2")).unwrap().unwrap();
    assert_eq!(found.carried.name, "emis-web-8.2");
    let observation = schema.resources.iter().find(|r| r.name == "CareRecord_Observation").unwrap();
    let table = observation.table.as_ref().unwrap();
    assert_eq!(table.fields.len(), 28);
    assert_eq!(table.fields[13].name, "AssociatedText");
    let told = found.departures.iter().find(|one| one.resource == observation.name).unwrap();
    assert_eq!(
        told.clause(found.carried),
        "has the columns of version observed-2024, not of 8.2: with AssociatedText, NumericOperator"
    );
}

/// A header of no known version is compared with the nearest.
#[test]
fn unknown_headers_are_nearest_to_one() {
    let mut files = emis("8.0", "8.0");
    let slot = files.iter_mut().find(|(name, _)| name.contains("Appointment_Slot")).unwrap();
    slot.1.push("LocalColumn".into());
    let found = found(&files);
    assert_eq!(found.certainty, Certainty::Likely);
    let told = found.departures.iter().find(|one| one.resource == "Appointment_Slot").unwrap();
    assert!(!told.is_exact);
    let clause = told.clause(found.carried);
    assert!(clause.starts_with("is nearest to the columns of version"), "{clause}");
}

/// Every version of every file makes a schema that reads, by itself and with all the others.
#[test]
fn every_known_header_makes_a_schema() {
    for carried in carried::all() {
        let system = System::of(carried).unwrap();
        for (_, versions) in system.schemas {
            for version in *versions {
                let files: Files = system
                    .headers()
                    .values()
                    .flatten()
                    .filter(|header| header.versions().any(|one| one == *version))
                    .map(|header| {
                        let name = match carried.name {
                            name if name.starts_with("emis") => {
                                format!("1_{}_2_A.csv", header.table)
                            }
                            name if name.starts_with("vision") => {
                                format!("FULL_Z00001_{}-2024.csv", header.table)
                            }
                            _ => format!("{}.csv", header.table),
                        };
                        (name, header.labels().map(str::to_owned).collect())
                    })
                    .collect();
                let (schema, _) = fitted(carried, &files).unwrap();
                assert_eq!(schema.unsupported.len(), 0, "{} as {version}", carried.name);
                for (name, labels) in &files {
                    let table = system.table(&name.to_lowercase()).unwrap().to_owned();
                    let own = |resource: &&Resource| resource.name.to_lowercase() == table;
                    // A version may have a table that its kin's schema lacks.
                    let Some(resource) = schema.resources.iter().find(own) else { continue };
                    let fields = resource.table.iter().flat_map(|table| &table.fields);
                    assert_eq!(fields.count(), labels.len(), "{name} as {version}");
                }
            }
        }
    }
}
