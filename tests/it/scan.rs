//! What `retrieve` gives from a package of each system's synthetic extract, beside a scan of the
//! original files that knows nothing of descriptors: only which column names the patient, as the
//! supplier's documentation says.

use crate::support::{names, program, run};
use crate::systems::make;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Read;
use std::path::Path;

/// Rows as their bytes, by file.
type Rows = BTreeMap<String, BTreeSet<Vec<u8>>>;

/// Which column of a file names the patient: by the system and the file's labels. `None`: none.
fn column(system: &str, file: &str, labels: &[String]) -> Option<usize> {
    let at = |label: &str| labels.iter().position(|one| one == label);
    match system {
        "valid-emis-web-8.2" => at("PatientGuid"),
        "valid-tpp-sre-93" if file == "SRPatient.csv" => at("RowIdentifier"),
        "valid-tpp-sre-93" if file == "SRAppointmentFlags.csv" => at("IDAppointment"),
        "valid-tpp-sre-93" => at("IDPatient"),
        _ if file.contains("_staff_") || file.contains("_practice_") => None,
        _ => Some(0),
    }
}

/// SystmOne's flags of an appointment name the appointment alone: whose each of them is.
fn appointments(folder: &Path) -> BTreeMap<String, String> {
    let Ok(bytes) = fs::read(folder.join("SRAppointment.csv")) else { return BTreeMap::new() };
    let mut reader = csv::Reader::from_reader(&bytes[..]);
    let labels = reader.byte_headers().unwrap().clone();
    let at = |label: &[u8]| labels.iter().position(|one| one == label).unwrap();
    let (id, patient) = (at(b"RowIdentifier"), at(b"IDPatient"));
    let text = |cell: &[u8]| String::from_utf8_lossy(cell).into_owned();
    let rows = reader.byte_records().map(Result::unwrap);
    rows.map(|row| (text(&row[id]), text(&row[patient]))).collect()
}

/// All rows of all patients: by the patient's identifier.
fn scan(system: &str, folder: &Path) -> BTreeMap<String, Rows> {
    let mut found: BTreeMap<String, Rows> = BTreeMap::new();
    let appointments = appointments(folder);
    for file in names(folder) {
        let bytes = fs::read(folder.join(&file)).unwrap();
        let has_header = !system.contains("vision");
        let mut reader =
            csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(&bytes[..]);
        let records: Vec<csv::ByteRecord> = reader.byte_records().map(Result::unwrap).collect();
        // The reader says that a record begins at the line feed before it.
        let begin = |record: &csv::ByteRecord| {
            let at = record.position().unwrap().byte() as usize;
            at + bytes[at..].iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count()
        };
        let text = |cell: &[u8]| String::from_utf8_lossy(cell).into_owned();
        let labels: Vec<String> = records[0].iter().map(text).collect();
        let Some(at) = column(system, &file, &labels) else { continue };
        for (number, record) in records.iter().enumerate().skip(usize::from(has_header)) {
            let end = records.get(number + 1).map_or(bytes.len(), begin);
            let row = bytes[begin(record)..end].to_vec();
            let mut id = text(&record[at]);
            if file == "SRAppointmentFlags.csv" {
                id = appointments.get(&id).cloned().unwrap_or_default();
            }
            let rows = found.entry(id).or_default();
            assert!(rows.entry(file.clone()).or_default().insert(row), "{file}: a row twice");
        }
    }
    found
}

/// The patient's rows in an export, by file.
fn retrieved(export: &Path) -> Rows {
    let mut zip = zip::ZipArchive::new(fs::File::open(export).unwrap()).unwrap();
    let mut files: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    for number in 0..zip.len() {
        let mut entry = zip.by_index(number).unwrap();
        let name = entry.name().unwrap().split_once('/').unwrap().1.to_owned();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        files.insert(name, bytes);
    }
    let proof: serde_json::Value = serde_json::from_slice(&files["proof/proof.json"]).unwrap();
    let mut found = Rows::new();
    for file in proof["files"].as_array().unwrap() {
        let path = file["path"].as_str().unwrap();
        let mut at = 0;
        for leaf in file["rows"]["leaves"].as_array().unwrap() {
            let end = at + leaf["length"].as_u64().unwrap() as usize;
            if leaf["kind"] == "patient" {
                let name = path.rsplit('/').next().unwrap().to_owned();
                found.entry(name).or_default().insert(files[path][at..end].to_vec());
            }
            at = end;
        }
    }
    found
}

#[test]
fn ten_patients_of_each_system_are_what_a_scan_finds() {
    for system in ["valid-emis-web-8.2", "valid-tpp-sre-93", "valid-vision-0.18"] {
        let place = tempfile::tempdir().unwrap();
        let extract = place.path().join("extract");
        fs::create_dir(&extract).unwrap();
        make(system, 700_000, 3, &extract);
        let schema = system.strip_prefix("valid-").unwrap();
        let package = place.path().join("p.zip");
        let output = run(&[&"package", &extract, &"--schema", &schema, &"--output", &package]);
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        let all = scan(system, &extract);
        // Those who are in the table of patients, the ones with most rows first and last.
        let table = ["Admin_Patient_", "SRPatient.csv", "_patient_data"];
        let is_of_patients = |file: &&String| table.iter().any(|part| file.contains(part));
        let count = |rows: &Rows| rows.values().map(BTreeSet::len).sum::<usize>();
        let mut patients: Vec<(usize, &String)> = all
            .iter()
            .filter(|(_, rows)| rows.keys().any(|file| is_of_patients(&file)))
            .map(|(id, rows)| (count(rows), id))
            .collect();
        patients.sort();
        assert!(patients.len() >= 10, "{system}: {}", patients.len());
        let step = patients.len() / 10;
        let chosen: Vec<&String> =
            patients.iter().rev().step_by(step).take(10).map(|(_, id)| *id).collect();
        assert_eq!(chosen.len(), 10);
        let mut files = BTreeSet::new();
        for id in chosen {
            let export = place.path().join("e.zip");
            let _ = fs::remove_file(&export);
            let mut command = program();
            command.arg("retrieve").arg(&package).args(["--patient", id, "--reason", "claim 1"]);
            command.args(["--requested-by", "the records officer", "--output"]).arg(&export);
            let output = command.output().unwrap();
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert_eq!(output.status.code(), Some(0), "{system}: {said}");
            let found = retrieved(&export);
            assert!(found == all[id], "{system}: {} and {}", count(&found), count(&all[id]));
            files.extend(found.into_keys());
        }
        let least = if system.contains("vision") { 4 } else { 10 };
        assert!(files.len() >= least, "{system}: {files:?}");
    }
}
