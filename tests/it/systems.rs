//! The systems that practices really leave: each carried schema against a whole synthetic extract in
//! the supplier's form, the versions of each system, and the defects that are documented of each.

#![allow(clippy::unwrap_used, clippy::panic, reason = "what fails here fails the test")]

use crate::generate::synthetic::declared::{self, System};
use crate::generate::synthetic::record::Quoting;
use crate::generate::synthetic::{self, Options};
use crate::support::{checked, json_text, names, options, root, run};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The small extracts that are kept: name, and what makes them.
const KEPT: [&str; 3] = ["valid-emis-web-8.2", "valid-tpp-sre-93", "valid-vision-0.18"];

pub fn kept(name: &str) -> PathBuf {
    root().join("fixtures/extracts").join(name).join("extract")
}

/// Makes an extract of a system in the folder.
pub fn make(name: &str, size: u64, seed: u64, folder: &Path) {
    let other = |system, all_tables| {
        let options = declared::Options { system, size, seed, deletes: 2, all_tables };
        declared::write(&options, folder).unwrap();
    };
    match name {
        "valid-emis-web-8.2" => {
            let quoting = Quoting::Minimal;
            let options = Options { size, seed, quoting, deletes: 20, flaws: Vec::new() };
            synthetic::write_files(&options, folder).unwrap();
        }
        "valid-tpp-sre-93" => other(System::Tpp, size > 1_000_000),
        _ => other(System::Vision, false),
    }
}

fn size_of(name: &str) -> u64 {
    if name.contains("tpp") { 100_000 } else { 60_000 }
}

fn report(folder: &Path) -> Value {
    serde_json::from_str(&json_text(&checked(folder, &options()))).unwrap()
}

/// What a report found: `code resource severity`, each once.
fn found(report: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut of = |task: &Value, name: &str| {
        for group in task["groups"].as_array().unwrap() {
            let said = |key: &str| group[key].as_str().unwrap_or_default().to_owned();
            found.insert(format!("{} {name} {}", said("code"), said("severity")).to_lowercase());
        }
    };
    of(report, "-");
    for task in report["tasks"].as_array().unwrap() {
        of(task, task["name"].as_str().unwrap());
    }
    found
}

fn errors(report: &Value) -> Vec<String> {
    found(report).into_iter().filter(|line| line.ends_with(" error")).collect()
}

#[test]
fn the_kept_extracts_are_what_the_generator_makes() {
    for name in KEPT {
        let new = tempfile::tempdir().unwrap();
        make(name, size_of(name), 1, new.path());
        if std::env::var_os("HANDOVER_UPDATE").is_some() {
            let _ = fs::remove_dir_all(kept(name));
            crate::support::copy(new.path(), &kept(name));
        }
        assert_eq!(names(&kept(name)), names(new.path()), "{name}");
        for file in names(new.path()) {
            let (old, new) = (kept(name).join(&file), new.path().join(&file));
            assert!(fs::read(old).unwrap() == fs::read(new).unwrap(), "{name}: {file} differs");
        }
    }
}

/// Without being told the schema: recognised, and nothing found that is an error.
#[test]
fn each_extract_is_recognised_and_valid() {
    for name in KEPT {
        let report = report(&kept(name));
        let schema = name.strip_prefix("valid-").unwrap();
        assert_eq!(report["schema"]["name"], schema);
        let origin = report["schema"]["origin"].as_str().unwrap();
        assert!(origin.starts_with(&format!("recognised as {schema} (certain)")), "{origin}");
        assert_eq!(errors(&report), [] as [&str; 0], "{name}");
        let unsupported = |line: &&String| line.starts_with("unsupported-property");
        assert_eq!(found(&report).iter().find(unsupported), None, "{name}");
        let output = run(&[&"check", &kept(name)]);
        assert_eq!(output.status.code(), Some(0), "{name}");
    }
}

#[test]
fn other_seeds_and_sizes_are_valid_too() {
    for name in KEPT {
        let folder = tempfile::tempdir().unwrap();
        make(name, 1_500_000, 7, folder.path());
        let report = report(folder.path());
        assert_eq!(errors(&report), [] as [&str; 0], "{name}");
        let size: u64 = names(folder.path())
            .iter()
            .map(|file| fs::metadata(folder.path().join(file)).unwrap().len())
            .sum();
        assert!((1_000_000..2_000_000).contains(&size), "{name}: {size}");
    }
}

/// The form that the supplier writes: encoding, quotes, line ends, braces, dates, delete rows.
#[test]
fn the_form_is_the_suppliers() {
    let read = |name: &str, file: &str| {
        let file = names(&kept(name)).into_iter().find(|one| one.contains(file)).unwrap();
        fs::read(kept(name).join(file)).unwrap()
    };
    let tpp = read("valid-tpp-sre-93", "SRPatient.csv");
    assert!(tpp.starts_with(b"\"RowIdentifier\",\"IDOrganisationVisibleTo\","));
    assert!(std::str::from_utf8(&read("valid-tpp-sre-93", "SRCode.csv")).is_err(), "Windows-1252");
    let manifest = String::from_utf8(read("valid-tpp-sre-93", "SRManifest.csv")).unwrap();
    assert!(manifest.contains("\"SRPatient\",\"N\",\"N\",\"\",\"20241115_0130\"\r\n"));
    assert!(!manifest.contains("\"SRManifest\"") && !manifest.contains("\"SRMapping\""));
    let emis = String::from_utf8(read("valid-emis-web-8.2", "CareRecord_Diary")).unwrap();
    assert!(emis.contains("\r\n{") && emis.contains(",true,"), "braces and delete rows");
    let vision = String::from_utf8(read("valid-vision-0.18", "journal_data_extract")).unwrap();
    assert!(!vision.starts_with("PID") && vision.contains(",D,"));
}

/// Rewrites every CSV of the EMIS extract with the header of a version; columns that the extract
/// lacks are empty.
pub fn as_version(version: &str, folder: &Path) {
    let headers = fs::read_to_string(root().join("schemas/emis-web-8.2/headers.csv")).unwrap();
    let of_version: BTreeMap<&str, Vec<&str>> = headers
        .lines()
        .skip(1)
        .filter_map(|line| {
            let parts: Vec<&str> = line.splitn(3, ',').collect();
            let is_of = parts[0].split(' ').any(|one| one == version);
            is_of.then(|| (parts[1], parts[2].split(' ').collect()))
        })
        .collect();
    for file in names(&kept("valid-emis-web-8.2")) {
        let table = file.split('_').skip(1).take(2).collect::<Vec<_>>().join("_");
        let Some(labels) = of_version.get(table.as_str()) else { continue };
        let mut reader = csv::Reader::from_path(kept("valid-emis-web-8.2").join(&file)).unwrap();
        let own = reader.headers().unwrap().clone();
        let place = |label: &str| {
            let like = match label {
                "ClinicanUserInRoleGuid" => "ClinicianUserInRoleGuid",
                "ExternalUsusalGP" => "ExternalUsualGP",
                "ExternalUsusalGPOrganisation" => "ExternalUsualGPOrganisation",
                label => label,
            };
            own.iter().position(|one| one.eq_ignore_ascii_case(like))
        };
        let places: Vec<Option<usize>> = labels.iter().map(|label| place(label)).collect();
        let mut writer = csv::WriterBuilder::new()
            .terminator(csv::Terminator::CRLF)
            .from_path(folder.join(&file))
            .unwrap();
        writer.write_record(labels).unwrap();
        for row in reader.records() {
            let row = row.unwrap();
            let cells = places.iter().map(|place| place.map_or("", |place| &row[place]));
            writer.write_record(cells).unwrap();
        }
        writer.flush().unwrap();
    }
}

/// Each version of EMIS Web: its schema, no finding about columns, and the report says which version.
#[test]
fn every_version_of_emis_web_is_told() {
    for (version, schema) in [
        ("5.0", "emis-web-5.4"),
        ("5.3", "emis-web-5.4"),
        ("5.4", "emis-web-5.4"),
        ("7.1", "emis-web-7.1"),
        ("8.0", "emis-web-8.2"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        as_version(version, folder.path());
        let report = report(folder.path());
        assert_eq!(report["schema"]["name"], schema, "{version}");
        assert_eq!(errors(&report), [] as [&str; 0], "{version}");
        let told: Vec<String> =
            found(&report).into_iter().filter(|line| line.starts_with("schema-version")).collect();
        let is_own = schema.ends_with(version);
        assert_eq!(told.is_empty(), is_own, "{version}: {told:?}");
    }
    let folder = tempfile::tempdir().unwrap();
    as_version("8.0", folder.path());
    let output = run(&[&"check", &folder.path()]);
    let text = String::from_utf8(output.stdout).unwrap().replace(['\n', ' '], "");
    assert!(text.contains("3filesareofversion8.0,not8.2:"), "{text}");
    // Asked for by name, it is not what was declared; still the columns are its own.
    let output =
        run(&[&"check", &folder.path(), &"--schema", &"emis-web-8.2", &"--format", &"json"]);
    assert_eq!(output.status.code(), Some(1));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        errors(&report),
        [
            "schema-version appointment_slot error",
            "schema-version prescribing_drugrecord error",
            "schema-version prescribing_issuerecord error"
        ]
    );
}

/// A package carries the descriptor that was used, columns of the file's own version and all.
#[test]
fn a_package_carries_the_adapted_descriptor() {
    let folder = tempfile::tempdir().unwrap();
    as_version("8.0", folder.path());
    let out = tempfile::tempdir().unwrap();
    let package = out.path().join("p.zip");
    let accept = ["--accept", "a test", "--accepted-by", "the test"];
    let mut command = crate::support::program();
    command.arg("package").arg(folder.path()).arg("--output").arg(&package).args(accept);
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(0), "{said}");
    let mut archive = zip::ZipArchive::new(fs::File::open(&package).unwrap()).unwrap();
    let name = (0..archive.len())
        .map(|at| archive.by_index(at).unwrap().name().unwrap().into_owned())
        .find(|name| name.ends_with("metadata/descriptor.json"))
        .unwrap();
    let descriptor: Value = serde_json::from_reader(archive.by_name(&name).unwrap()).unwrap();
    let resources = descriptor["resources"].as_array().unwrap();
    let slot = resources.iter().find(|one| one["name"] == "Appointment_Slot").unwrap();
    assert_eq!(slot["schema"]["fields"].as_array().unwrap().len(), 25);
}

/// The build scripts give what is committed.
#[test]
fn the_descriptors_are_what_their_scripts_write() {
    for name in [
        "emis-web-5.4",
        "emis-web-7.1",
        "emis-web-8.2",
        "omop-cdm-5.4",
        "tpp-sre-93",
        "vision-0.18",
    ] {
        let script = root().join("schemas").join(name).join("build.py");
        match Command::new("python3").arg(&script).arg("--check").status() {
            Ok(status) => assert!(status.success(), "{name}: run its build.py"),
            Err(_) => return crate::support::skip("there is no python3 here"),
        }
    }
}

/// What is done to a copy of a kept extract, and what must be found.
struct Defect {
    what: &'static str,
    extract: &'static str,
    spoil: fn(&Path),
    expected: &'static [&'static str],
    /// Whether the extract is still valid.
    is_valid: bool,
}

/// The path of the file whose name has this part.
fn file(folder: &Path, part: &str) -> PathBuf {
    let name = names(folder).into_iter().find(|name| name.contains(part)).unwrap();
    folder.join(name)
}

/// Rewrites the records of a file. The file keeps its encoding, line ends and quoting of all cells
/// or of those that need it.
fn edit(folder: &Path, part: &str, change: impl Fn(usize, &mut Vec<Vec<u8>>, &[Vec<u8>])) {
    let path = file(folder, part);
    let bytes = fs::read(&path).unwrap();
    let style = match bytes.starts_with(b"\"") {
        true => csv::QuoteStyle::Always,
        false => csv::QuoteStyle::Necessary,
    };
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(bytes.as_slice());
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .quote_style(style)
        .flexible(true)
        .from_path(&path)
        .unwrap();
    let mut labels = Vec::new();
    for (number, row) in reader.byte_records().enumerate() {
        let mut cells: Vec<Vec<u8>> = row.unwrap().iter().map(<[u8]>::to_vec).collect();
        if number == 0 {
            labels.clone_from(&cells);
        }
        change(number, &mut cells, &labels);
        writer.write_record(&cells).unwrap();
    }
    writer.flush().unwrap();
}

/// Sets a named column of one row (the header is row 0).
fn set(folder: &Path, part: &str, row: usize, column: &str, value: &str) {
    edit(folder, part, |number, cells, labels| {
        if number == row {
            let place = labels.iter().position(|label| label == column.as_bytes()).unwrap();
            cells[place] = value.as_bytes().to_vec();
        }
    });
}

/// Writes a row a second time, directly after the first.
fn repeat(folder: &Path, part: &str, row: usize) {
    let path = file(folder, part);
    let text = fs::read(&path).unwrap();
    let ends: Vec<usize> = (0..text.len()).filter(|at| text[*at] == b'\n').collect();
    let line = text[ends[row - 1] + 1..=ends[row]].to_vec();
    let mut new = text;
    new.splice(ends[row] + 1..ends[row] + 1, line);
    fs::write(path, new).unwrap();
}

const EMIS: &str = "valid-emis-web-8.2";
const TPP: &str = "valid-tpp-sre-93";
const VISION: &str = "valid-vision-0.18";

const DEFECTS: &[Defect] = &[
    Defect {
        what: "a file of the batch is missing",
        extract: EMIS,
        spoil: |folder| fs::remove_file(file(folder, "CareRecord_Problem")).unwrap(),
        expected: &["missing-file CareRecord_Problem error"],
        is_valid: false,
    },
    Defect {
        what: "a file is of another batch",
        extract: EMIS,
        spoil: |folder| {
            let path = file(folder, "CareRecord_Diary");
            let other = path.to_str().unwrap().replace("20241115013000", "20241114013000");
            fs::rename(&path, other).unwrap();
        },
        expected: &["batch-mismatch - error"],
        is_valid: false,
    },
    Defect {
        what: "consecutive rows stand twice",
        extract: EMIS,
        spoil: |folder| repeat(folder, "Appointment_SessionUser", 2),
        expected: &["primary-key Appointment_SessionUser error"],
        is_valid: false,
    },
    Defect {
        what: "an identifier was cut to 15 digits by a spreadsheet",
        extract: EMIS,
        spoil: |folder| {
            set(folder, "Coding_ClinicalCode", 2, "SnomedCTDescriptionId", "1777541000006110");
        },
        expected: &["identifier-error Coding_ClinicalCode error"],
        is_valid: false,
    },
    Defect {
        what: "a date became a spreadsheet's serial number",
        extract: EMIS,
        spoil: |folder| set(folder, "CareRecord_Observation_", 3, "EnteredDate", "44537"),
        expected: &["spreadsheet-damage CareRecord_Observation error"],
        is_valid: false,
    },
    Defect {
        what: "a postcode is longer than documented, as the documentation's own example is",
        extract: EMIS,
        spoil: |folder| set(folder, "Admin_Patient_", 2, "Postcode", "LS21 5MU"),
        expected: &["constraint-error Admin_Patient warning"],
        is_valid: true,
    },
    Defect {
        what: "a column documented as mandatory is empty",
        extract: EMIS,
        spoil: |folder| set(folder, "Prescribing_IssueRecord", 3, "DrugRecordGuid", ""),
        expected: &["constraint-error Prescribing_IssueRecord warning"],
        is_valid: true,
    },
    Defect {
        what: "a code is used that the coding file lacks",
        extract: EMIS,
        spoil: |folder| set(folder, "CareRecord_Observation_", 3, "CodeId", "1777541000006114"),
        expected: &["foreign-key CareRecord_Observation error"],
        is_valid: false,
    },
    Defect {
        what: "a parent observation is not there",
        extract: EMIS,
        spoil: |folder| {
            let guid = "{0A1B2C3D-0000-4000-8000-000000000000}";
            set(folder, "CareRecord_Observation_", 3, "ParentObservationGuid", guid);
        },
        expected: &["foreign-key CareRecord_Observation error"],
        is_valid: false,
    },
    Defect {
        what: "an appointment names a patient who is not there, which is accepted",
        extract: EMIS,
        spoil: |folder| {
            let guid = "{0A1B2C3D-0000-4000-8000-000000000000}";
            set(folder, "Appointment_Slot_", 2, "PatientGuid", guid);
        },
        expected: &["foreign-key Appointment_Slot warning"],
        is_valid: true,
    },
    Defect {
        what: "a GUID without braces",
        extract: EMIS,
        spoil: |folder| {
            edit(folder, "CareRecord_Diary", |number, cells, _| {
                if number == 3 {
                    cells[0] = cells[0][1..37].to_vec();
                }
            });
        },
        expected: &["constraint-error CareRecord_Diary error"],
        is_valid: false,
    },
    Defect {
        what: "the same GUID in two organisations is two records",
        extract: EMIS,
        spoil: |folder| {
            let path = file(folder, "Admin_UserInRole");
            let text = fs::read_to_string(&path).unwrap();
            let rows: Vec<&str> = text.lines().collect();
            let organisations = fs::read_to_string(file(folder, "Admin_Organisation_")).unwrap();
            let other = organisations.lines().last().unwrap()[..38].to_owned();
            let mut twin = rows[1].to_owned();
            twin.replace_range(39..77, &other);
            fs::write(&path, format!("{text}{twin}\r\n")).unwrap();
        },
        expected: &[],
        is_valid: true,
    },
    Defect {
        what: "the header stands again in the body of joined parts",
        extract: EMIS,
        spoil: |folder| {
            let path = file(folder, "CareRecord_Consultation");
            let text = fs::read_to_string(&path).unwrap();
            let header = text.lines().next().unwrap();
            fs::write(&path, format!("{text}{header}\r\n")).unwrap();
        },
        expected: &["repeated-header CareRecord_Consultation error"],
        is_valid: false,
    },
    Defect {
        what: "white space before the type of a patient",
        extract: EMIS,
        spoil: |folder| set(folder, "Admin_Patient_", 2, "PatientTypeDescription", " Regular"),
        expected: &["surrounding-whitespace Admin_Patient warning"],
        is_valid: true,
    },
    Defect {
        what: "a code of an organisation with a small letter behind it",
        extract: EMIS,
        spoil: |folder| set(folder, "Admin_Organisation_", 3, "ODSCode", "F86644a"),
        expected: &["identifier-error Admin_Organisation warning"],
        is_valid: true,
    },
    Defect {
        what: "a file that is still on its way lies beside",
        extract: EMIS,
        spoil: |folder| {
            let path = file(folder, "CareRecord_Diary");
            fs::copy(&path, format!("{}.filepart", path.display())).unwrap();
        },
        expected: &["partial-transfer - warning"],
        is_valid: true,
    },
    Defect {
        what: "a file never came to its end",
        extract: EMIS,
        spoil: |folder| {
            let path = file(folder, "CareRecord_Diary");
            fs::rename(&path, format!("{}.filepart", path.display())).unwrap();
        },
        expected: &["partial-transfer CareRecord_Diary error"],
        is_valid: false,
    },
    Defect {
        what: "the separate file of registration statuses, which no version documents",
        extract: EMIS,
        spoil: |folder| {
            let text = "OrganisationGuid\tPatientGuid\tDate\tRegistrationStatus\tRegistrationType\tProcessingOrder\r\n";
            fs::write(folder.join("EMIS_RegistrationStatus.txt"), text).unwrap();
        },
        expected: &["unexpected-file - warning"],
        is_valid: true,
    },
    Defect {
        what: "a practitioner is not there",
        extract: EMIS,
        spoil: |folder| {
            let guid = "{0A1B2C3D-0000-4000-8000-000000000000}";
            set(folder, "CareRecord_Consultation", 2, "ClinicianUserInRoleGuid", guid);
        },
        expected: &["foreign-key CareRecord_Consultation error"],
        is_valid: false,
    },
    Defect {
        what: "a Read code with the number of its synonym",
        extract: EMIS,
        spoil: |folder| set(folder, "Coding_ClinicalCode", 2, "ReadTermId", "A2-1"),
        expected: &[],
        is_valid: true,
    },
    Defect {
        what: "a time of a spreadsheet",
        extract: EMIS,
        spoil: |folder| set(folder, "CareRecord_Consultation", 2, "EnteredTime", "0.458333"),
        expected: &["spreadsheet-damage CareRecord_Consultation error"],
        is_valid: false,
    },
    Defect {
        what: "the manifest gives one file another day",
        extract: TPP,
        spoil: |folder| set(folder, "SRManifest", 4, "DateExtractTo", "20241114_0130"),
        expected: &["batch-mismatch SRManifest error"],
        is_valid: false,
    },
    Defect {
        what: "two files of the manifest have no dates, as always",
        extract: TPP,
        spoil: |folder| {
            set(folder, "SRManifest", 2, "DateExtractTo", "");
            set(folder, "SRManifest", 2, "FileName", "SRAppointmentAttendees");
            let text = "\"RowIdentifier\"\r\n";
            fs::write(folder.join("SRAppointmentAttendees.csv"), text).unwrap();
        },
        expected: &[],
        is_valid: true,
    },
    Defect {
        what: "a delta that does not begin where the others do leaves a gap",
        extract: TPP,
        spoil: |folder| {
            for (row, from) in [(2, "20241108_0130"), (3, "20241108_0130"), (4, "20241109_0130")] {
                set(folder, "SRManifest", row, "IsDelta", "Y");
                set(folder, "SRManifest", row, "DateExtractFrom", from);
            }
        },
        expected: &["batch-mismatch SRManifest error"],
        is_valid: false,
    },
    Defect {
        what: "a delta does not say from when it is",
        extract: TPP,
        spoil: |folder| set(folder, "SRManifest", 4, "IsDelta", "Y"),
        expected: &["row-constraint SRManifest error"],
        is_valid: false,
    },
    Defect {
        what: "a delta begins after its end",
        extract: TPP,
        spoil: |folder| {
            set(folder, "SRManifest", 4, "IsDelta", "Y");
            set(folder, "SRManifest", 4, "DateExtractFrom", "20241116_0130");
        },
        expected: &["row-constraint SRManifest error"],
        is_valid: false,
    },
    Defect {
        what: "a local code where a CTV3 code should be",
        extract: TPP,
        spoil: |folder| set(folder, "SRCode.csv", 2, "CTV3Code", "Ylocal"),
        expected: &["identifier-error SRCode warning"],
        is_valid: true,
    },
    Defect {
        what: "a row identifier of free text comes again",
        extract: TPP,
        spoil: |folder| {
            let headers = root().join("schemas/tpp-sre-93/headers.csv");
            let headers = fs::read_to_string(headers).unwrap();
            let line = headers.lines().find(|line| line.starts_with("93,SRFreeText,")).unwrap();
            let labels: Vec<&str> = line.rsplit(',').next().unwrap().split(' ').collect();
            let row = |other: &str| {
                let cells = labels.iter().map(|label| match *label {
                    "RowIdentifier" => "1",
                    "IDOrganisationVisibleTo" => other,
                    _ => "",
                });
                cells.collect::<Vec<_>>().join(",")
            };
            let text =
                format!("{}\r\n{}\r\n{}\r\n", labels.join(","), row("Z00001"), row("Z00002"));
            fs::write(folder.join("SRFreeText.csv"), text).unwrap();
        },
        // Not listed in the manifest, as it is here.
        expected: &["unexpected-file - warning"],
        is_valid: true,
    },
    Defect {
        what: "the columns of the staff in the order of the test pack",
        extract: VISION,
        spoil: |folder| {
            edit(folder, "staff", |_, cells, _| {
                *cells = [0, 3, 4, 5, 6, 2, 1, 7].iter().map(|at| cells[*at].clone()).collect();
            });
        },
        expected: &["constraint-error staff_data_extract warning"],
        is_valid: true,
    },
    Defect {
        what: "each junk that stands for a Read code",
        extract: VISION,
        spoil: |folder| {
            edit(folder, "journal", |number, cells, _| {
                if let Some(junk) = ["DNA", "13m1.0", "#9V0.."].get(number) {
                    cells[4] = junk.as_bytes().to_vec();
                }
            });
        },
        expected: &["identifier-error journal_data_extract warning"],
        is_valid: true,
    },
    Defect {
        what: "the manifest lists a file that is not there",
        extract: TPP,
        spoil: |folder| {
            let path = file(folder, "SRManifest");
            let text = fs::read_to_string(&path).unwrap();
            let row = "\"SRMedia\",\"N\",\"N\",\"\",\"20241115_0130\"\r\n";
            fs::write(&path, format!("{text}{row}")).unwrap();
        },
        expected: &["missing-file SRManifest error"],
        is_valid: false,
    },
    Defect {
        what: "a table of the practice is missing",
        extract: TPP,
        spoil: |folder| fs::remove_file(file(folder, "SRPrimaryCareMedication")).unwrap(),
        expected: &["missing-file SRPrimaryCareMedication error"],
        is_valid: false,
    },
    Defect {
        what: "a row identifier stands twice with other content",
        extract: TPP,
        spoil: |folder| {
            let mut first = Vec::new();
            edit(folder, "SRProblem", |_, _, _| {});
            let path = file(folder, "SRProblem");
            let text = fs::read(&path).unwrap();
            let ends: Vec<usize> = (0..text.len()).filter(|at| text[*at] == b'\n').collect();
            first.extend_from_slice(&text[ends[0] + 1..=ends[1]]);
            let mut new = text.clone();
            new.extend_from_slice(&first);
            fs::write(path, new).unwrap();
        },
        expected: &["primary-key SRProblem error"],
        is_valid: false,
    },
    Defect {
        what: "-1 and 0 refer to nothing, and no patient is a textual visit's",
        extract: TPP,
        spoil: |folder| {
            set(folder, "SRVisit", 1, "IDPatient", "-1");
            set(folder, "SRCode", 2, "IDEvent", "0");
            set(folder, "SRCode", 3, "IDOrganisationDoneAt", "-1");
        },
        expected: &[],
        is_valid: true,
    },
    Defect {
        what: "an event is not there",
        extract: TPP,
        spoil: |folder| set(folder, "SRCode", 2, "IDEvent", "77"),
        expected: &["foreign-key SRCode error"],
        is_valid: false,
    },
    Defect {
        what: "one file is of another version",
        extract: TPP,
        spoil: |folder| {
            edit(folder, "SRCode.csv", |_, cells, labels| {
                let lost = |name: &[u8]| labels.iter().position(|label| label == name).unwrap();
                let mut places = [lost(b"IDQuestionnaire"), lost(b"RemovedData")];
                places.sort_unstable();
                cells.remove(places[1]);
                cells.remove(places[0]);
            });
        },
        expected: &["schema-version SRCode info"],
        is_valid: true,
    },
    Defect {
        what: "a label in another letter case",
        extract: TPP,
        spoil: |folder| {
            edit(folder, "SREvent.csv", |number, cells, _| {
                if number == 0 {
                    let place = cells.iter().position(|cell| cell == b"IDProfileEnteredBy");
                    cells[place.unwrap()] = b"IdProfileEnteredBy".to_vec();
                }
            });
        },
        expected: &["incorrect-label SREvent error"],
        is_valid: false,
    },
    Defect {
        what: "a file of a header alone, without a line end",
        extract: TPP,
        spoil: |folder| {
            let path = file(folder, "SRRecall");
            let text = fs::read(&path).unwrap();
            let end = text.iter().position(|byte| *byte == b'\r').unwrap();
            fs::write(&path, &text[..end]).unwrap();
        },
        expected: &[],
        is_valid: true,
    },
    Defect {
        what: "dates in another form",
        extract: TPP,
        spoil: |folder| set(folder, "SRCode.csv", 2, "DateEvent", "2020-02-29 10:00:00"),
        expected: &["type-error SRCode error"],
        is_valid: false,
    },
    Defect {
        what: "junk for a Read code",
        extract: VISION,
        spoil: |folder| {
            edit(folder, "journal", |number, cells, _| {
                if number == 2 {
                    cells[4] = b"asthma".to_vec();
                }
            });
        },
        expected: &["identifier-error journal_data_extract warning"],
        is_valid: true,
    },
    Defect {
        what: "an action that is none",
        extract: VISION,
        spoil: |folder| {
            edit(folder, "encounter", |number, cells, _| {
                if number == 2 {
                    cells[13] = b"X".to_vec();
                }
            });
        },
        expected: &["constraint-error encounter_data_extract error"],
        is_valid: false,
    },
    Defect {
        what: "a journal with the columns of the test pack",
        extract: VISION,
        spoil: |folder| {
            // The test pack's columns, by their places in version 0.18.
            let places =
                [0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 11, 12, 26, 29, 31, 32, 33, 34, 35, 36, 38, 40, 39];
            edit(folder, "journal", |_, cells, _| {
                *cells = places.iter().map(|place| cells[*place].clone()).collect();
            });
        },
        expected: &["schema-version journal_data_extract info"],
        is_valid: true,
    },
    Defect {
        what: "a row that lacks its last cells",
        extract: VISION,
        spoil: |folder| {
            edit(folder, "referral", |number, cells, _| {
                if number == 1 {
                    cells.truncate(12);
                }
            });
        },
        expected: &["missing-cell referral_data_extract error"],
        is_valid: false,
    },
    Defect {
        what: "two deliveries in one",
        extract: VISION,
        spoil: |folder| {
            let path = file(folder, "staff");
            let other = path.to_str().unwrap().replace("2024-11-15", "2024-11-16");
            fs::copy(&path, other).unwrap();
        },
        expected: &["batch-mismatch - error", "primary-key staff_data_extract error"],
        is_valid: false,
    },
];

/// Each documented defect of the systems, alone in a whole extract: found as what it is.
#[test]
fn documented_defects_are_found() {
    let clean: BTreeMap<&str, BTreeSet<String>> =
        KEPT.iter().map(|name| (*name, found(&report(&kept(name))))).collect();
    let mut wrong = String::new();
    for defect in DEFECTS {
        let expected: Vec<String> =
            defect.expected.iter().map(|line| line.to_lowercase()).collect();
        let folder = tempfile::tempdir().unwrap();
        crate::support::copy(&kept(defect.extract), folder.path());
        (defect.spoil)(folder.path());
        let report = report(folder.path());
        let new: BTreeSet<String> =
            found(&report).difference(&clean[defect.extract]).cloned().collect();
        let lacks = expected
            .iter()
            .any(|line| !new.contains(line) && !clean[defect.extract].contains(line));
        // Errors that were not expected; what else a finding brings with it is told beside it.
        let more = new.iter().any(|line| line.ends_with(" error") && !expected.contains(line));
        let is_valid = report["valid"] == true;
        if lacks || more || is_valid != defect.is_valid {
            wrong += &format!("{} ({}): {new:?}\n", defect.what, defect.extract);
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}
