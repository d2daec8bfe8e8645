//! Retrieval from outside: what comes out, what is proven, and that every change of an export is seen.

use crate::support::{copy, emis_small, program, root, run, skip};
use handover::digest::Algorithm;
use handover::finding::Code;
use handover::proof::tree::{self, split};
use handover::proof::{Domain, from_hex, hex, leaf};
use handover::verify;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// The NHS numbers of two people in the small extract.
const ADA: &str = "9997170709";
const BOB: &str = "9997170717";

pub type Files = BTreeMap<String, Vec<u8>>;

/// A package of the small extract; `change` may alter the copy that is packed.
pub fn packaged(folder: &Path, name: &str, change: &dyn Fn(&Path)) -> PathBuf {
    let extract = folder.join(format!("{name}-extract"));
    copy(&emis_small(), &extract);
    change(&extract);
    let secret = folder.join("secret.txt");
    fs::write(&secret, "5e".repeat(32)).unwrap();
    let output = folder.join(name);
    let done = run(&[
        &"package",
        &extract,
        &"--output",
        &output,
        &"--secret",
        &secret,
        &"--accept",
        &"a test",
    ]);
    assert_eq!(done.status.code(), Some(0), "{done:?}");
    output
}

pub fn retrieve(package: &Path, patient: &str, output: &Path, more: &[&str]) -> Output {
    let mut command = program();
    command.arg("retrieve").arg(package).args(["--patient", patient, "--reason", "claim 1"]);
    command.args(["--requested-by", "the records officer", "--output"]).arg(output).args(more);
    let done = command.output().unwrap();
    // Whoever verifies an honest export makes the very page and custody record again.
    if done.status.success() {
        let verified = run(&[&"verify", &output, &"--format", &"json"]);
        let said: Value = serde_json::from_slice(&verified.stdout).unwrap();
        assert_eq!(said["proven"]["words"], "same", "{}", text(&verified));
    }
    done
}

pub fn text(output: &Output) -> String {
    let both = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
    String::from_utf8(both).unwrap()
}

/// The files of a zip below its top folder.
pub fn unzip(path: &Path) -> Files {
    let mut zip = zip::ZipArchive::new(fs::File::open(path).unwrap()).unwrap();
    let mut files = Files::new();
    for number in 0..zip.len() {
        let mut entry = zip.by_index(number).unwrap();
        let name = entry.name().unwrap().split_once('/').unwrap().1.to_owned();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        files.insert(name, bytes);
    }
    files
}

/// The lines of the leaves.
pub fn unpacked(packed: &[u8]) -> Vec<u8> {
    handover::proof::leaves::unpack(packed, 1 << 30).unwrap()
}

/// A bag of these files, with manifests that fit, as whoever changes an export would make it.
pub fn rezip(mut files: Files, path: &Path) {
    let is_export = files.contains_key("proof/proof.json");
    let before = String::from_utf8(files["manifest-sha512.txt"].clone()).unwrap();
    files.retain(|name, _| !name.starts_with("tagmanifest-") && !name.starts_with("manifest-"));
    // Whoever changes an export leaves out what would tell of it.
    files.retain(|name, _| !is_export || name != "retrieval/blocks.tsv");
    let payload = || files.iter().filter(|(name, _)| name.starts_with("data/"));
    let bytes: usize = payload().map(|(_, bytes)| bytes.len()).sum();
    let oxum = format!("Payload-Oxum: {bytes}.{}", payload().count());
    let lines = |wanted: &dyn Fn(&str) -> bool, files: &Files| -> Vec<u8> {
        let mut own: Vec<_> = files.iter().filter(|(name, _)| wanted(name)).collect();
        // In the order in which they were.
        own.sort_by_key(|(name, _)| {
            before.lines().position(|line| line.ends_with(&format!("  {name}")))
        });
        own.into_iter()
            .map(|(name, bytes)| format!("{}  {name}\n", Algorithm::Sha512.digest(bytes)))
            .collect::<String>()
            .into_bytes()
    };
    let manifest = lines(&|name| name.starts_with("data/"), &files);
    let info = String::from_utf8(files["bag-info.txt"].clone()).unwrap();
    let info: Vec<String> = info
        .lines()
        .map(|line| match line.split_once(": ") {
            Some(("Payload-Oxum", _)) => oxum.clone(),
            Some(("External-Identifier", _)) if is_export => {
                let own = handover::bag::layout::identifier(&manifest, 1_772_409_600);
                format!("External-Identifier: urn:uuid:{own}")
            }
            _ => line.into(),
        })
        .collect();
    files.insert("bag-info.txt".into(), (info.join("\n") + "\n").into_bytes());
    files.insert("manifest-sha512.txt".into(), manifest);
    let tags =
        lines(&|name| !name.starts_with("data/") && !name.starts_with("signatures/"), &files);
    files.insert("tagmanifest-sha512.txt".into(), tags);
    let mut zip = zip::ZipWriter::new(fs::File::create(path).unwrap());
    let options =
        zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (name, bytes) in &files {
        let top = if is_export { "export" } else { "package" };
        zip.start_file(format!("{top}/{name}"), options).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap();
}

pub fn bundle(files: &Files) -> Value {
    serde_json::from_slice(&files["proof/proof.json"]).unwrap()
}

pub fn set_bundle(files: &mut Files, bundle: &Value) {
    files.insert("proof/proof.json".into(), serde_json::to_vec(bundle).unwrap());
}

/// The errors that verifying gives, and what the second verifier says.
pub fn errors(files: Files, folder: &Path) -> BTreeSet<Code> {
    let path = folder.join("changed.zip");
    rezip(files, &path);
    let outcome = verify::run(&path, &verify::Options::default()).unwrap();
    let codes: BTreeSet<Code> = outcome
        .groups
        .iter()
        .filter(|group| group.severity == handover::finding::Severity::Error)
        .map(|group| group.code)
        .collect();
    assert_eq!(outcome.verdict.is_intact(), codes.is_empty());
    if let Some((sound, said)) = second(&path) {
        assert_eq!(sound, codes.is_empty(), "the second verifier differs: {codes:?} {said}");
        for code in &codes {
            assert!(said.contains(code.name()), "{code} is not in: {said}");
        }
    }
    codes
}

/// What the second verifier says of a package or export; `None` where Python is not here.
pub fn second(path: &Path) -> Option<(bool, String)> {
    let script = root().join("tests/judges/second_verifier.py");
    let done = Command::new("python3").arg(script).arg(path).output();
    match done {
        Ok(done) => Some((done.status.success(), text(&done))),
        Err(_) => {
            skip("python3 is not installed");
            None
        }
    }
}

/// An export of Ada's rows, and the folder that it lies in.
fn ada() -> (tempfile::TempDir, Files) {
    let folder = tempfile::tempdir().unwrap();
    let package = packaged(folder.path(), "p.zip", &|_| ());
    let output = folder.path().join("e.zip");
    let done = retrieve(&package, ADA, &output, &["--from", "2010-01-01", "--to", "2023-12-31"]);
    assert_eq!(done.status.code(), Some(0), "{}", text(&done));
    (folder, unzip(&output))
}

/// A part of the bundle by the end of the file's path.
pub fn file_of<'b>(bundle: &'b mut Value, ends_with: &str) -> &'b mut Value {
    let files = bundle["files"].as_array_mut().unwrap();
    files.iter_mut().find(|f| f["path"].as_str().unwrap().contains(ends_with)).unwrap()
}

#[test]
fn what_is_retrieved_is_proven_by_both_verifiers() {
    let (folder, files) = ada();
    assert_eq!(errors(files.clone(), folder.path()), BTreeSet::new());
    let package = folder.path().join("p.zip");
    if let Some((sound, said)) = second(&package) {
        assert!(sound, "{said}");
    }
    let done = run(&[&"verify", &folder.path().join("e.zip")]);
    assert_eq!(done.status.code(), Some(0), "{done:?}");
    let said = text(&done);
    assert!(said.contains("Each row is as it was packaged, and none of this patient's rows in the range is left out, under the declared attribution."), "{said}");
    let page = String::from_utf8(files["data/record.html"].clone()).unwrap();
    for words in [
        "What is proven",
        "NOT removed",
        "999 717 0709",
        "claim 1",
        "the records officer",
        "audit trail:",
    ] {
        assert!(page.contains(words), "{words}");
    }
    assert!(!page.contains("<script"));
}

#[test]
fn a_published_list_of_judges_agrees() {
    if Command::new("python3").arg("--version").output().is_err() {
        return skip("python3 is not installed");
    }
    let folder = tempfile::tempdir().unwrap();
    let script = root().join("tests/judges/brute_force.py");
    let done = Command::new("python3")
        .arg(script)
        .arg(env!("CARGO_BIN_EXE_handover"))
        .args([emis_small(), folder.path().join("work")])
        .args(["--count", "30"])
        .output()
        .unwrap();
    assert!(done.status.success(), "{}", text(&done));
}

#[test]
fn who_is_not_there_is_said_and_never_repeated() {
    let folder = tempfile::tempdir().unwrap();
    let package = packaged(folder.path(), "p.zip", &|_| ());
    let output = folder.path().join("e.zip");
    for unknown in ["9434765919", "9999999999", "{00000000-0000-0000-0000-000000000000}", "Smith"] {
        let done = retrieve(&package, unknown, &output, &[]);
        assert_eq!(done.status.code(), Some(1), "{unknown}");
        assert!(!text(&done).contains(unknown), "{}", text(&done));
        assert!(!output.exists());
    }
    let done = retrieve(&package, ADA, &output, &["--from", "2031-01-01", "--to", "2031-12-31"]);
    assert_eq!(done.status.code(), Some(0), "{}", text(&done));
    // A known patient without a row in the range has still the undated ones.
    assert!(text(&done).contains("rows of the patient in the range"), "{}", text(&done));
    let again = retrieve(&package, ADA, &output, &[]);
    assert_eq!(again.status.code(), Some(2), "what stands there is kept");
    let wrong = retrieve(
        &package,
        ADA,
        &folder.path().join("f.zip"),
        &["--from", "2012-01-02", "--to", "2012-01-01"],
    );
    assert_eq!(wrong.status.code(), Some(2));
}

#[test]
fn all_ways_to_name_a_patient_give_the_same_rows() {
    let folder = tempfile::tempdir().unwrap();
    let package = packaged(folder.path(), "p.zip", &|_| ());
    let names = [
        ADA,
        "999 717 0709",
        "{A6C37156-C2EB-4934-8B67-CA15B0506882}",
        "a6c37156-c2eb-4934-8b67-ca15b0506882",
    ];
    let mut seen = BTreeSet::new();
    for (number, name) in names.iter().enumerate() {
        let output = folder.path().join(format!("{number}.zip"));
        assert_eq!(retrieve(&package, name, &output, &[]).status.code(), Some(0), "{name}");
        seen.insert(fs::read(output).unwrap());
    }
    let output = folder.path().join("input.zip");
    let mut child = program()
        .arg("retrieve")
        .arg(&package)
        .args([
            "--patient",
            "-",
            "--reason",
            "claim 1",
            "--requested-by",
            "the records officer",
            "--output",
        ])
        .arg(&output)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(format!("{ADA}\n").as_bytes()).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
    seen.insert(fs::read(output).unwrap());
    // An unzipped bag serves too.
    let unzipped = folder.path().join("unzipped/bag");
    for (name, bytes) in unzip(&package) {
        let path = unzipped.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    let output = folder.path().join("bag.zip");
    let done = retrieve(&unzipped, ADA, &output, &[]);
    assert_eq!(done.status.code(), Some(0), "{}", text(&done));
    seen.insert(fs::read(output).unwrap());
    assert_eq!(seen.len(), 1, "the same bytes each time");
}

#[test]
fn a_changed_row_is_seen() {
    let (folder, mut files) = ada();
    let name = files.keys().find(|name| name.contains("CareRecord_Observation_")).unwrap().clone();
    let bytes = files.get_mut(&name).unwrap();
    let at = bytes.len() - 20;
    bytes[at] ^= 1;
    assert_eq!(errors(files, folder.path()), BTreeSet::from([Code::RowAltered, Code::RowLeftOut]));
}

/// The proof of the leaves that stay when one of those shown is hidden as its recipient could hide it.
fn hide(size: u64, shown: &[(u64, [u8; 32])], proof: &[[u8; 32]], hidden: u64) -> Vec<[u8; 32]> {
    fn walk(
        (from, to): (u64, u64),
        shown: &[(u64, [u8; 32])],
        proof: &mut std::slice::Iter<'_, [u8; 32]>,
        hidden: u64,
        out: &mut Vec<[u8; 32]>,
    ) -> [u8; 32] {
        let before = out.len();
        let inside: Vec<_> =
            shown.iter().copied().filter(|(n, _)| (from..to).contains(n)).collect();
        let hash = match inside.as_slice() {
            [] => *proof.next().unwrap(),
            [(_, hash)] if to - from == 1 => *hash,
            _ => {
                let middle = from + split(to - from);
                let left = walk((from, middle), shown, proof, hidden, out);
                let right = walk((middle, to), shown, proof, hidden, out);
                tree::node(&left, &right)
            }
        };
        if inside.iter().all(|(n, _)| *n == hidden) {
            out.truncate(before);
            out.push(hash);
        }
        hash
    }
    let mut out = Vec::new();
    walk((0, size), shown, &mut proof.iter(), hidden, &mut out);
    out
}

/// Takes the last record out of a file of an export, and its proof with it.
fn drop_last(files: &mut Files, bundle: &mut Value, name: &str) {
    let number = {
        let file = file_of(bundle, name);
        let leaf_at = file["leaf"].as_u64().unwrap();
        let leaves = bundle["package"]["leaves"].as_array().unwrap();
        let line =
            leaves.iter().find(|leaf| leaf["index"] == leaf_at).unwrap()["line"].as_str().unwrap();
        serde_json::from_str::<Value>(line).unwrap()["file"]["number"].as_u64().unwrap()
    };
    let file = file_of(bundle, name);
    let path = file["path"].as_str().unwrap().to_owned();
    let bytes = files.get_mut(&path).unwrap();
    let mut at = 0;
    let mut shown = Vec::new();
    for row in file["rows"]["leaves"].as_array().unwrap() {
        let (index, length) =
            (row["index"].as_u64().unwrap(), row["length"].as_u64().unwrap() as usize);
        let salt = from_hex(row["salt"].as_str().unwrap()).unwrap();
        shown.push((index, leaf(Domain::Rows, number, index, &salt, &bytes[at..at + length])));
        at += length;
    }
    let proof: Vec<[u8; 32]> = file["rows"]["hashes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|h| from_hex(h.as_str().unwrap()).unwrap())
        .collect();
    let last = file["rows"]["leaves"].as_array_mut().unwrap().pop().unwrap();
    bytes.truncate(bytes.len() - last["length"].as_u64().unwrap() as usize);
    let size = file["rows"]["size"].as_u64().unwrap();
    let hidden = hide(size, &shown, &proof, last["index"].as_u64().unwrap());
    file["rows"]["hashes"] = hidden.iter().map(|hash| Value::from(hex(hash))).collect();
}

#[test]
fn a_row_that_is_taken_out_with_its_proof_is_missed() {
    let (folder, mut files) = ada();
    let mut bundle = bundle(&files);
    drop_last(&mut files, &mut bundle, "CareRecord_Observation_");
    set_bundle(&mut files, &bundle);
    assert_eq!(errors(files, folder.path()), BTreeSet::from([Code::RowLeftOut]));
}

#[test]
fn a_file_that_is_taken_out_is_missed() {
    let (folder, mut files) = ada();
    let mut bundle = bundle(&files);
    let path =
        file_of(&mut bundle, "CareRecord_Consultation_")["path"].as_str().unwrap().to_owned();
    bundle["files"].as_array_mut().unwrap().retain(|file| file["path"] != path.as_str());
    files.remove(&path);
    set_bundle(&mut files, &bundle);
    assert_eq!(errors(files, folder.path()), BTreeSet::from([Code::FileLeftOut]));
}

#[test]
fn an_identifier_that_is_taken_out_is_missed() {
    let folder = tempfile::tempdir().unwrap();
    // Both have Ada's number: she was registered twice.
    let package = packaged(folder.path(), "p.zip", &|extract| {
        for name in crate::support::names(extract) {
            let path = extract.join(&name);
            if name.contains("Admin_Patient_") {
                let text = fs::read_to_string(&path).unwrap();
                fs::write(&path, text.replace(BOB, ADA)).unwrap();
            }
        }
    });
    let output = folder.path().join("e.zip");
    let done = retrieve(&package, ADA, &output, &[]);
    assert!(text(&done).contains("2 identifiers of the source system"), "{}", text(&done));
    let mut files = unzip(&output);
    assert_eq!(errors(files.clone(), folder.path()), BTreeSet::new());
    let mut bundle = bundle(&files);
    // The one who has the most rows stays.
    let lists = bundle["lists"].as_array_mut().unwrap();
    let fewest = (0..lists.len()).min_by_key(|at| lists[*at]["entries"]["size"].as_u64()).unwrap();
    lists.remove(fewest);
    set_bundle(&mut files, &bundle);
    let found = errors(files, folder.path());
    assert!(found.contains(&Code::SourceLeftOut), "{found:?}");
}

#[test]
fn a_changed_date_is_seen() {
    let (folder, mut files) = ada();
    let mut bundle = bundle(&files);
    let entries = bundle["lists"][0]["entries"]["leaves"].as_array_mut().unwrap();
    let dated = entries.iter_mut().find(|entry| entry["event"].is_string()).unwrap();
    dated["event"] = "1999-01-01".into();
    set_bundle(&mut files, &bundle);
    let found = errors(files, folder.path());
    assert!(found.contains(&Code::ListAltered), "{found:?}");
}

#[test]
fn a_range_that_is_widened_is_seen() {
    let (folder, mut files) = ada();
    let mut bundle = bundle(&files);
    bundle["asked"]["to"] = "2026-12-31".into();
    bundle["asked"]["from"] = "2000-01-01".into();
    set_bundle(&mut files, &bundle);
    let found = errors(files, folder.path());
    assert!(found.contains(&Code::RangeUncovered), "{found:?}");
}

#[test]
fn rows_of_another_patient_are_seen() {
    let (folder, files) = ada();
    let output = folder.path().join("bob.zip");
    assert_eq!(retrieve(&folder.path().join("p.zip"), BOB, &output, &[]).status.code(), Some(0));
    let other = unzip(&output);
    let name = files.keys().find(|name| name.contains("Admin_Patient_")).unwrap().clone();
    // The rows of the other in the place of hers.
    let mut swapped = files.clone();
    swapped.insert(name.clone(), other[&name].clone());
    assert_eq!(
        errors(swapped, folder.path()),
        BTreeSet::from([Code::RowAltered, Code::RowLeftOut])
    );
    // With their proofs too.
    let mut swapped = files.clone();
    swapped.insert(name.clone(), other[&name].clone());
    let (mut own, mut others) = (bundle(&files), bundle(&other));
    let theirs = file_of(&mut others, "Admin_Patient_").clone();
    *file_of(&mut own, "Admin_Patient_") = theirs;
    set_bundle(&mut swapped, &own);
    let found = errors(swapped, folder.path());
    assert_eq!(found, BTreeSet::from([Code::RowForeign, Code::RowLeftOut]));
    // A file that no proof covers.
    let mut added = files;
    added.insert("data/rows/more.csv".into(), b"1\r\n".to_vec());
    assert_eq!(errors(added, folder.path()), BTreeSet::from([Code::RowForeign]));
}

#[test]
fn what_is_of_another_package_is_seen() {
    let (folder, files) = ada();
    let package = packaged(folder.path(), "q.zip", &|extract| {
        fs::write(extract.join("note.txt"), "another extract").unwrap();
    });
    let output = folder.path().join("other.zip");
    assert_eq!(retrieve(&package, ADA, &output, &[]).status.code(), Some(0));
    let other = unzip(&output);
    for name in ["proof/checkpoint.txt", "proof/proof.json"] {
        let mut changed = files.clone();
        changed.insert(name.into(), other[name].clone());
        let found = errors(changed, folder.path());
        assert!(found.contains(&Code::ProofMismatch), "{name}: {found:?}");
    }
    let mut changed = files;
    let text = String::from_utf8(changed["metadata/descriptor.json"].clone()).unwrap();
    let text = text.replacen("PatientGuid", "OrganisationGuid", 1);
    changed.insert("metadata/descriptor.json".into(), text.into_bytes());
    assert_eq!(errors(changed, folder.path()), BTreeSet::from([Code::DescriptorMismatch]));
}

#[test]
fn a_signature_that_is_taken_away_is_missed() {
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("key");
    assert_eq!(run(&[&"key", &"generate", &key, &"--no-passphrase"]).status.code(), Some(0));
    let package = folder.path().join("signed.zip");
    let done = run(&[&"package", &emis_small(), &"--output", &package, &"--sign", &key]);
    assert_eq!(done.status.code(), Some(0), "{done:?}");
    let output = folder.path().join("e.zip");
    assert_eq!(retrieve(&package, ADA, &output, &[]).status.code(), Some(0));
    let signers = folder.path().join("signers");
    let public = fs::read_to_string(folder.path().join("key.pub")).unwrap();
    fs::write(&signers, format!("records@example {public}")).unwrap();
    let done = run(&[&"verify", &output, &"--signers", &signers]);
    assert_eq!(done.status.code(), Some(0), "{done:?}");
    assert!(text(&done).contains("intact-signed"), "{}", text(&done));
    let mut files = unzip(&output);
    assert_eq!(errors(files.clone(), folder.path()), BTreeSet::new());
    files.remove("signatures/checkpoint.txt.sig");
    assert_eq!(errors(files, folder.path()), BTreeSet::from([Code::SignatureInvalid]));
}

#[test]
fn nothing_of_anyone_else_is_in_an_export() {
    let (_folder, files) = ada();
    let all: Vec<u8> = files
        .iter()
        .filter(|(name, _)| name.as_str() != "metadata/descriptor.json")
        .flat_map(|(_, bytes)| bytes.iter().copied().chain([b'\n']))
        .collect();
    let has = |needle: &[u8]| memchr::memmem::find(&all, needle).is_some();
    let shown: BTreeSet<Vec<u8>> = files
        .iter()
        .filter(|(name, _)| name.starts_with("data/rows/"))
        .flat_map(|(_, bytes)| bytes.split_inclusive(|b| *b == b'\n').map(<[u8]>::to_vec))
        .collect();
    let mut looked = 0;
    let mut file_number = 0;
    for name in crate::support::names(&emis_small()) {
        let bytes = fs::read(emis_small().join(&name)).unwrap();
        if name.ends_with(".csv") {
            for (index, line) in bytes.split_inclusive(|b| *b == b'\n').enumerate() {
                let plain = line.trim_ascii_end();
                if shown.contains(line) || plain.len() < 12 {
                    continue;
                }
                looked += 1;
                assert!(!has(plain), "{name}, line {}", index + 1);
                for content in [line, plain] {
                    for algorithm in Algorithm::ALL {
                        let digest = algorithm.digest(content);
                        assert!(!has(&digest.bytes) && !has(digest.to_string().as_bytes()));
                    }
                    // As leaves without a salt that the recipient does not have.
                    for salt in [[0; 16], [0x5e; 16]] {
                        for file in [0, file_number] {
                            let hash = leaf(Domain::Rows, file, index as u64, &salt, content);
                            assert!(!has(hex(&hash).as_bytes()));
                        }
                    }
                    let node = Algorithm::Sha256.digest(&[&[0], content].concat());
                    assert!(!has(node.to_string().as_bytes()));
                }
            }
        }
        file_number += 1;
    }
    assert!(looked > 100, "{looked}");
    // Nor any identifier of the others.
    let patients = crate::support::names(&emis_small())
        .into_iter()
        .find(|n| n.contains("Admin_Patient_"))
        .unwrap();
    for line in fs::read_to_string(emis_small().join(patients)).unwrap().lines().skip(2) {
        let cells: Vec<&str> = line.split(',').collect();
        for cell in [cells[0], cells[11]] {
            assert!(
                cell == ADA || cell.len() < 8 || !has(cell.as_bytes()),
                "an identifier of someone else"
            );
        }
    }
    let secret = "5e".repeat(32);
    assert!(!has(secret.as_bytes()) && !has(&[0x5e; 32]));
}

#[test]
fn a_damaged_index_costs_time_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let package = packaged(folder.path(), "p.zip", &|_| ());
    let sound = folder.path().join("sound.zip");
    assert_eq!(retrieve(&package, ADA, &sound, &[]).status.code(), Some(0));
    let expected = unzip(&sound);
    let files = unzip(&package);
    for (number, name) in [
        "retrieval/anchors.bin",
        "retrieval/lists.bin",
        "retrieval/keys.bin",
        "retrieval/blocks.tsv",
        "proof/trees.bin",
        "proof/lists.bin",
        "proof/lengths.bin",
        "proof/leaves.jsonl.gz",
    ]
    .iter()
    .enumerate()
    {
        for damage in ["missing", "cut", "changed"] {
            let mut files = files.clone();
            match damage {
                "missing" => {
                    files.remove(*name);
                }
                "cut" => {
                    let bytes = files.get_mut(*name).unwrap();
                    bytes.truncate(bytes.len() / 2);
                }
                _ => {
                    for byte in files.get_mut(*name).unwrap().iter_mut().skip(20) {
                        *byte = byte.wrapping_add(1);
                    }
                }
            }
            let damaged = folder.path().join(format!("{number}-{damage}-in.zip"));
            rezip(files, &damaged);
            let output = folder.path().join(format!("{number}-{damage}.zip"));
            let done = retrieve(&damaged, ADA, &output, &[]);
            let said = text(&done);
            assert_eq!(done.status.code(), Some(0), "{name} {damage}: {said}");
            let found = unzip(&output);
            let rows = |files: &Files| -> Files {
                files
                    .iter()
                    .filter(|(n, _)| n.starts_with("data/rows/"))
                    .map(|(n, b)| (n.clone(), b.clone()))
                    .collect()
            };
            assert_eq!(rows(&found), rows(&expected), "{name} {damage}");
            assert_eq!(errors(found, folder.path()), BTreeSet::new(), "{name} {damage}");
        }
    }
    // A changed payload is no wrong answer either.
    let mut changed = files;
    let name = changed.keys().find(|n| n.contains("CareRecord_Observation_")).unwrap().clone();
    let bytes = changed.get_mut(&name).unwrap();
    let at = memchr::memmem::find(bytes, b"{A6C37156").unwrap() + 60;
    bytes[at] ^= 1;
    let damaged = folder.path().join("changed-in.zip");
    rezip(changed, &damaged);
    let output = folder.path().join("changed-out.zip");
    let done = retrieve(&damaged, ADA, &output, &[]);
    assert_eq!(done.status.code(), Some(1), "{}", text(&done));
    assert!(!output.exists());
}

#[test]
fn the_log_is_chained_and_private() {
    let folder = tempfile::tempdir().unwrap();
    let package = packaged(folder.path(), "p.zip", &|_| ());
    let log = folder.path().join("log.jsonl");
    for (number, patient) in [ADA, BOB, "9434765919", ADA].iter().enumerate() {
        let output = folder.path().join(format!("{number}.zip"));
        retrieve(&package, patient, &output, &["--log", log.to_str().unwrap()]);
    }
    let text_of = fs::read_to_string(&log).unwrap();
    let lines: Vec<Value> =
        text_of.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 4);
    assert!(!text_of.contains(ADA) && !text_of.contains(BOB), "a token stands for the patient");
    assert_eq!(lines[0]["patient"], lines[3]["patient"]);
    assert_ne!(lines[0]["patient"], lines[1]["patient"]);
    assert_eq!(lines[2]["outcome"], "unknown-patient");
    // Which package was asked is said there too.
    assert_eq!(
        (&lines[2]["package"], &lines[2]["root"]),
        (&lines[0]["package"], &lines[0]["root"])
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(&log).unwrap().permissions().mode() & 0o777, 0o600);
    }
    assert_eq!(run(&[&"verify", &log]).status.code(), Some(0));
    // The loss of the end shows in the number of entries and the last digest, and in the log alone it
    // does not show: that is said.
    let whole = text(&run(&[&"verify", &log]));
    fs::write(&log, text_of.lines().take(3).map(|line| format!("{line}\n")).collect::<String>())
        .unwrap();
    let shorter = text(&run(&[&"verify", &log]));
    assert!(whole.contains(": 4 entries.") && shorter.contains(": 3 entries."), "{shorter}");
    assert!(shorter.contains("the loss of the log's end leaves no other trace"), "{shorter}");
    // Cut within an entry.
    fs::write(&log, &text_of[..text_of.len() - 9]).unwrap();
    assert!(text(&run(&[&"verify", &log])).contains("entry 4 of the log"));
    // One that others may read already is said to be so.
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let open = folder.path().join("open.jsonl");
        fs::write(&open, "").unwrap();
        fs::set_permissions(&open, fs::Permissions::from_mode(0o644)).unwrap();
        let output = folder.path().join("open.zip");
        let done = retrieve(&package, ADA, &output, &["--log", open.to_str().unwrap()]);
        assert!(text(&done).contains("warning: others may read the log"), "{}", text(&done));
        assert_eq!(run(&[&"verify", &open]).status.code(), Some(0));
    }
    type Change<'c> = &'c dyn Fn(Vec<&str>) -> Vec<String>;
    let changes: [Change<'_>; 3] = [
        &|lines| {
            lines
                .iter()
                .enumerate()
                .filter(|(n, _)| *n != 1)
                .map(|(_, l)| (*l).to_owned())
                .collect()
        },
        &|lines| lines.iter().map(|line| line.replace("claim 1", "claim 2")).collect(),
        &|lines| [lines[0], lines[2], lines[1], lines[3]].map(str::to_owned).to_vec(),
    ];
    for change in changes {
        let changed = change(text_of.lines().collect());
        fs::write(&log, changed.join("\n") + "\n").unwrap();
        let done = run(&[&"verify", &log]);
        assert_eq!(done.status.code(), Some(1));
        assert!(text(&done).contains("log-broken"));
        // Nothing is added to a log that is broken.
        let output = folder.path().join("more.zip");
        let done = retrieve(&package, ADA, &output, &["--log", log.to_str().unwrap()]);
        assert_eq!(done.status.code(), Some(2), "{}", text(&done));
        let _ = fs::remove_file(output);
    }
}

#[test]
fn ways_that_disagree_are_found() {
    let folder = tempfile::tempdir().unwrap();
    let descriptor = r#"{"$schema": "https://datapackage.org/profiles/2.0/datapackage.json", "name": "ways",
        "resources": [
        {"name": "people", "path": "people.csv", "handover": {"role": "patient"},
         "schema": {"primaryKey": "id", "fields": [{"name": "id", "handover": {"role": "patient"}}, {"name": "nhs", "handover": {"role": "nhs-number"}}]}},
        {"name": "notes", "path": "notes.csv", "handover": {"role": "clinical"},
         "schema": {"primaryKey": "note", "fields": [{"name": "note"}, {"name": "person"}],
          "foreignKeys": [{"fields": "person", "reference": {"resource": "people", "fields": "id"}}]}},
        {"name": "trail", "path": "audit.csv", "handover": {"role": "audit-trail", "patientVia": [["person"], ["note"]]},
         "schema": {"fields": [{"name": "note"}, {"name": "person"}],
          "foreignKeys": [{"fields": "person", "reference": {"resource": "people", "fields": "id"}},
                          {"fields": "note", "reference": {"resource": "notes", "fields": "note"}}]}}]}"#;
    for (name, text) in [
        ("datapackage.json", descriptor),
        ("people.csv", "id,nhs\n1,9434765919\n2,\n"),
        // The trail is read before the notes that it points to.
        ("audit.csv", "note,person\nA,1\nB,1\nA,\nC,\n"),
        ("notes.csv", "note,person\nA,1\nB,2\n"),
    ] {
        fs::write(folder.path().join(name), text).unwrap();
    }
    let done = run(&[&"check", &folder.path()]);
    assert!(text(&done).contains("attribution-conflict"), "{}", text(&done));
    let package = folder.path().with_extension("zip");
    let made = run(&[&"package", &folder.path(), &"--output", &package, &"--accept", &"a test"]);
    assert_eq!(made.status.code(), Some(0), "{made:?}");
    let output = folder.path().with_extension("e.zip");
    let done = retrieve(&package, "1", &output, &[]);
    assert_eq!(done.status.code(), Some(0), "{}", text(&done));
    let files = unzip(&output);
    // The direct field wins; an entry without one follows its note; one that leads nowhere is counted.
    assert_eq!(files["data/rows/audit.csv"], b"note,person\nA,1\nB,1\nA,\n");
    assert_eq!(files["data/rows/notes.csv"], b"note,person\nA,1\n");
    let custody: Value = serde_json::from_slice(&files["metadata/custody.json"]).unwrap();
    let trail = custody["files"]
        .as_array()
        .unwrap()
        .iter()
        .find(|f| f["resource"] == "trail")
        .unwrap()
        .clone();
    assert_eq!(
        (trail["matched"].as_u64(), trail["undated"].as_u64(), trail["unattributable"].as_u64()),
        (Some(3), Some(3), Some(1))
    );
    for path in [package, output] {
        fs::remove_file(path).unwrap();
    }
}
