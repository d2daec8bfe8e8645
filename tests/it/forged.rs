//! What a forger may try on an export who has no key and makes every digest anew.

use crate::retrieve::{Files, bundle, errors, packaged, retrieve, rezip, set_bundle, text, unzip};
use crate::support::{emis_small, run};
use handover::finding::Code;
use handover::proof;
use handover::signature::{NAMESPACE, SecretKey, Signature};
use serde_json::Value;
use std::fs;
use std::path::Path;

const ADA: &str = "9997170709";
const PAGE: &str = "data/record.html";
const CUSTODY: &str = "metadata/custody.json";

/// A signed package, an export of it, and a list that has its signer.
struct Place {
    folder: tempfile::TempDir,
    files: Files,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let key = folder.path().join("key");
        let made =
            run(&[&"key", &"generate", &key, &"--no-passphrase", &"--principal", &"a@example.org"]);
        assert_eq!(made.status.code(), Some(0), "{}", text(&made));
        let public = fs::read_to_string(folder.path().join("key.pub")).unwrap();
        fs::write(folder.path().join("signers"), format!("a@example.org {public}")).unwrap();
        let package = folder.path().join("p.zip");
        let made = run(&[&"package", &emis_small(), &"--output", &package, &"--sign", &key]);
        assert_eq!(made.status.code(), Some(0), "{}", text(&made));
        let export = folder.path().join("e.zip");
        let done = retrieve(&package, ADA, &export, &["--from", "2010-01-01"]);
        assert_eq!(done.status.code(), Some(0), "{}", text(&done));
        let files = unzip(&export);
        Self { folder, files }
    }

    /// Status and JSON of verifying these files with the list of signers, after every digest was made anew.
    fn verified(&self, files: &Files) -> (i32, Value) {
        let path = self.folder.path().join("forged.zip");
        rezip(files.clone(), &path);
        verified(&path, &self.folder.path().join("signers"))
    }

    fn changed(&self, change: impl FnOnce(&mut Files)) -> (i32, Value) {
        let mut files = self.files.clone();
        change(&mut files);
        assert_ne!(files, self.files, "something must be changed");
        self.verified(&files)
    }
}

fn verified(path: &Path, signers: &Path) -> (i32, Value) {
    let done = run(&[&"verify", &path, &"--signers", &signers, &"--format", &"json"]);
    let json = serde_json::from_slice(&done.stdout);
    (done.status.code().unwrap(), json.unwrap_or_else(|_| panic!("{}", text(&done))))
}

/// Findings as "severity code file".
fn found(json: &Value) -> Vec<String> {
    let both = ["errors", "warnings"].map(|name| json[name].as_array().unwrap().iter());
    let lines = both.into_iter().flatten().map(|item| {
        let text = |name: &str| item[name].as_str().unwrap_or("-").to_owned();
        format!("{} {} {}", text("severity"), text("type"), text("file"))
    });
    lines.collect()
}

fn replace(files: &mut Files, name: &str, from: &str, to: &str) {
    let text = String::from_utf8(files[name].clone()).unwrap();
    assert!(text.contains(from), "{name} has no {from}");
    files.insert(name.to_owned(), text.replacen(from, to, 1).into_bytes());
}

#[test]
fn an_honest_export_says_what_its_rows_say() {
    let place = Place::new();
    let (status, json) = place.verified(&place.files);
    assert_eq!((status, found(&json)), (0, vec![]));
    assert_eq!(json["outcome"], "intact-signed");
    assert_eq!(
        (&json["proven"]["words"], &json["proven"]["rootVouchedFor"]),
        (&"same".into(), &true.into())
    );
    let said = text(&run(&[
        &"verify",
        &place.folder.path().join("e.zip"),
        &"--signers",
        &place.folder.path().join("signers"),
    ]));
    for words in [
        "lead to the root of a package, signed by a signer on your list. Nobody signed the export itself.",
        "they are what this program makes of these rows.",
        "who asked, when and why: nobody signed that.",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    assert!(said.contains("\nPROVEN: Each row"), "{said}");
    // Without a list nobody vouches for the root, and that is said before the claim.
    let said = text(&run(&[&"verify", &place.folder.path().join("e.zip")]));
    assert!(said.contains("\nPROVEN, if the root below is the package's"), "{said}");
}

/// Whoever changes what an export says in words raises `WORDS` in src/retrieve/told.rs, if exports with
/// the old words went out with a release; then the number here, and the digest in any case.
#[test]
fn other_words_have_another_number() {
    let folder = tempfile::tempdir().unwrap();
    let package = packaged(folder.path(), "p.zip", &|_| ());
    let export = folder.path().join("e.zip");
    assert_eq!(retrieve(&package, ADA, &export, &[]).status.code(), Some(0));
    let files = unzip(&export);
    let custody: Value = serde_json::from_slice(&files[CUSTODY]).unwrap();
    let words =
        [PAGE, CUSTODY, "VERIFY.txt"].map(|name| String::from_utf8(files[name].clone()).unwrap());
    // What belongs to this one package.
    let own = [&custody["package"]["identifier"], &custody["package"]["root"]];
    let plain: String = words
        .iter()
        .map(|word| {
            own.iter().fold(word.clone(), |word, own| word.replace(own.as_str().unwrap(), "-"))
        })
        .collect();
    let plain = plain.replace(env!("CARGO_PKG_VERSION"), "-");
    let digest = handover::digest::Algorithm::Sha256.digest(plain.as_bytes()).to_string();
    assert_eq!(
        (&custody["words"], digest.as_str()),
        (&1.into(), "29a951ef06b3b7a04d5cc6420a5560899ea0c29f14a55d7897d08b7a6a3ae262")
    );
}

#[test]
fn each_text_that_no_proof_covers_is_made_again() {
    let place = Place::new();
    type Change<'c> = &'c dyn Fn(&mut Files);
    let cases: [(&str, Change<'_>); 9] = [
        ("error record-differs data/record.html", &|files| {
            replace(files, PAGE, "</article>", "</article><p>Dose: 50 mg</p>");
        }),
        ("error record-differs -", &|files| {
            files.remove(PAGE);
        }),
        // Who asked, in one place only.
        ("error record-differs data/record.html", &|files| {
            replace(files, CUSTODY, "the records officer", "someone else");
        }),
        ("error record-differs metadata/custody.json", &|files| {
            replace(files, CUSTODY, "\"matched\": ", "\"matched\": 1");
        }),
        ("error record-differs -", &|files| {
            files.remove(CUSTODY);
        }),
        ("error record-differs VERIFY.txt", &|files| {
            replace(files, "VERIFY.txt", "handover verify EXPORT.zip", "verify.exe EXPORT.zip");
        }),
        ("error record-differs bag-info.txt", &|files| {
            let info = files.get_mut("bag-info.txt").unwrap();
            info.extend_from_slice(b"Source-Organization: The Royal Courts of Justice\n");
        }),
        ("error proof-mismatch -", &|files| {
            files.remove("proof/proof.json");
        }),
        ("error signature-invalid signatures/tagmanifest-sha512.txt.sig", &|files| {
            let name = "signatures/tagmanifest-sha512.txt.sig";
            files.insert(name.into(), files["signatures/checkpoint.txt.sig"].clone());
        }),
    ];
    for (wanted, change) in cases {
        let (status, json) = place.changed(change);
        let found = found(&json);
        assert_eq!((status, &json["outcome"]), (1, &"altered".into()), "{wanted}: {found:?}");
        assert!(found.contains(&wanted.to_owned()), "{wanted}: {found:?}");
    }
}

#[test]
fn what_only_its_maker_says_is_said_to_be_unproven() {
    let place = Place::new();
    // Who asked, everywhere: nothing can show that, and the reader is told.
    let (status, json) = place.changed(|files| {
        replace(files, CUSTODY, "the records officer", "someone else");
        replace(files, PAGE, "the records officer", "someone else");
    });
    assert_eq!((status, found(&json)), (0, vec![]));
    let said = text(&run(&[&"verify", &place.folder.path().join("forged.zip")]));
    assert!(said.contains("who asked, when and why: nobody signed that."), "{said}");
    // A page that says it was made by another version may be sound; nobody is to rely on it.
    let (status, json) = place.changed(|files| {
        replace(files, CUSTODY, "\"words\": 1", "\"words\": 2");
        replace(files, PAGE, "</article>", "</article><p>Dose: 50 mg</p>");
    });
    let lines = found(&json);
    assert_eq!(status, 0, "{lines:?}");
    assert!(lines.contains(&"warning record-differs data/record.html".to_owned()), "{lines:?}");
    assert_eq!(json["proven"]["words"], "other");
    let said = text(&run(&[&"verify", &place.folder.path().join("forged.zip")]));
    assert!(said.contains("NOT what this program makes of these rows"), "{said}");
    // No version has that number.
    let (status, json) = place.changed(|files| {
        replace(files, CUSTODY, "\"words\": 1", "\"words\": 0");
        replace(files, PAGE, "</article>", "</article><p>Dose: 50 mg</p>");
    });
    let lines = found(&json);
    assert_eq!(status, 1, "{lines:?}");
    assert!(lines.contains(&"error record-differs data/record.html".to_owned()), "{lines:?}");
    // Files that no export has.
    let (status, json) = place.changed(|files| {
        files.insert("metadata/note.txt".into(), b"The doctor is at fault.".to_vec());
    });
    assert_eq!((status, found(&json)), (0, vec!["warning file-unproven metadata/note.txt".into()]));
}

#[test]
fn whoever_retrieves_may_sign_the_export_too() {
    let place = Place::new();
    let path = place.folder.path().join("signed.zip");
    rezip(place.files.clone(), &path);
    let mut files = unzip(&path);
    let key = SecretKey::from_seed(&[9; 32], "");
    let signature = Signature::make(&key, NAMESPACE, &files["tagmanifest-sha512.txt"]);
    let name = "signatures/tagmanifest-sha512.txt.sig";
    files.insert(name.into(), signature.to_text().as_bytes().to_vec());
    let signers = place.folder.path().join("signers");
    let (status, json) = place.verified(&files);
    assert_eq!(status, 1, "a key that is not on the list: {:?}", found(&json));
    let own = format!("records@example.org {}\n", key.public().to_line(""));
    let list = fs::read_to_string(&signers).unwrap();
    fs::write(&signers, format!("{list}\n{own}")).unwrap();
    let (status, json) = place.verified(&files);
    assert_eq!((status, &json["outcome"]), (0, &"intact-signed".into()), "{:?}", found(&json));
    assert!(json["description"].as_str().unwrap().contains("this export are signed"));
    // What they signed cannot be changed any more.
    replace(&mut files, CUSTODY, "the records officer", "someone else");
    replace(&mut files, PAGE, "the records officer", "someone else");
    let (status, json) = place.verified(&files);
    assert_eq!(status, 1);
    let wanted = "error signature-invalid signatures/tagmanifest-sha512.txt.sig";
    assert!(found(&json).contains(&wanted.to_owned()), "{:?}", found(&json));
}

/// The descriptor's own parts are covered by no leaf, and that is said.
#[test]
fn a_descriptor_in_several_files_is_covered_by_itself_alone() {
    let folder = tempfile::tempdir().unwrap();
    let package = packaged(folder.path(), "p.zip", &|extract| {
        let path = extract.join("datapackage.json");
        let mut descriptor: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        let schema = descriptor["resources"][0]["schema"].take();
        fs::write(extract.join("first.json"), serde_json::to_vec(&schema).unwrap()).unwrap();
        descriptor["resources"][0]["schema"] = "first.json".into();
        fs::write(&path, serde_json::to_vec(&descriptor).unwrap()).unwrap();
    });
    let export = folder.path().join("e.zip");
    let done = retrieve(&package, ADA, &export, &[]);
    assert_eq!(done.status.code(), Some(0), "{}", text(&done));
    let done = run(&[&"verify", &export]);
    assert_eq!(done.status.code(), Some(0), "{}", text(&done));
    let said = text(&done);
    assert!(said.contains("file-unproven") && said.contains("metadata/first.json"), "{said}");
}

/// No list says which rows are referred to: page and custody record do.
#[test]
fn a_row_that_is_referred_to_is_missed_by_the_page() {
    let place = Place::new();
    let (status, json) = place.changed(|files| {
        let mut bundle = bundle(files);
        let all = bundle["files"].as_array_mut().unwrap();
        let is_reference = |file: &Value| {
            file["rows"]["leaves"].as_array().unwrap().iter().any(|row| row["kind"] == "reference")
        };
        let at = all.iter().position(is_reference).unwrap();
        let path = all.remove(at)["path"].as_str().unwrap().to_owned();
        files.remove(&path);
        set_bundle(files, &bundle);
    });
    let lines = found(&json);
    assert_eq!(status, 1, "{lines:?}");
    assert!(lines.contains(&"error record-differs data/record.html".to_owned()), "{lines:?}");
    assert!(lines.contains(&"error record-differs metadata/custody.json".to_owned()), "{lines:?}");
}

/// The root's own signature is of no use in a package, and all of it in the exports to come.
#[test]
fn the_signature_of_the_root_cannot_be_taken_out_of_a_package() {
    let place = Place::new();
    let package = place.folder.path().join("p.zip");
    let mut files = unzip(&package);
    files.remove("signatures/checkpoint.txt.sig").unwrap();
    let bag = place.folder.path().join("stripped.zip");
    crate::retrieve_inside::write_as_is(&files, &bag);
    let (status, json) = verified(&bag, &place.folder.path().join("signers"));
    assert_eq!((status, &json["outcome"]), (1, &"altered".into()));
    assert_eq!(found(&json), ["error signature-missing proof/checkpoint.txt"]);
    if let Some((sound, said)) = crate::retrieve::second(&bag) {
        assert!(!sound && said.contains("signature-missing"), "{said}");
    }
}

/// What two readers could take from proofs that say a thing twice: the one that is proven, or the
/// one that is shown.
#[test]
fn nothing_in_the_proofs_is_there_twice_or_elsewhere() {
    let place = Place::new();
    let changed = |change: &dyn Fn(&mut Files, &mut Value)| {
        let mut files = place.files.clone();
        let mut bundle = bundle(&files);
        change(&mut files, &mut bundle);
        set_bundle(&mut files, &bundle);
        errors(files, place.folder.path())
    };
    let list = changed(&|_, bundle| {
        let mut again = bundle["lists"][0].clone();
        again["entries"]["leaves"][0]["event"] = "2013-12-25".into();
        bundle["lists"].as_array_mut().unwrap().push(again);
    });
    assert!(list.contains(&Code::ListAltered), "{list:?}");
    let file = changed(&|files, bundle| {
        let mut again = bundle["files"][0].clone();
        let bytes = files[again["path"].as_str().unwrap()].clone();
        again["path"] = "data/rows/again.csv".into();
        files.insert("data/rows/again.csv".into(), bytes);
        bundle["files"].as_array_mut().unwrap().push(again);
    });
    assert!(file.contains(&Code::RowForeign), "{file:?}");
    let swapped = changed(&|files, bundle| {
        let paths = [0, 1].map(|at| bundle["files"][at]["path"].as_str().unwrap().to_owned());
        let [one, other] = [0, 1].map(|at: usize| files[&paths[at]].clone());
        files.insert(paths[0].clone(), other);
        files.insert(paths[1].clone(), one);
        bundle["files"][0]["path"] = paths[1].clone().into();
        bundle["files"][1]["path"] = paths[0].clone().into();
    });
    assert!(swapped.contains(&Code::RowForeign), "{swapped:?}");
}

/// Without its header, the first row of a table would be taken for that.
#[test]
fn a_header_that_is_left_out_is_missed() {
    let place = Place::new();
    let mut files = place.files.clone();
    let mut bundle = bundle(&files);
    let shown = bundle["files"].as_array().unwrap();
    // The leaf beside the header is shown, so that the header's hash is all that its proof lacks.
    let begins = |file: &Value| {
        let leaves = &file["rows"]["leaves"];
        leaves[0]["kind"] == "header" && leaves[1]["index"] == 1
    };
    let at = shown.iter().position(begins).unwrap();
    let (leaf, path) = (&shown[at]["leaf"], shown[at]["path"].as_str().unwrap().to_owned());
    let lines = bundle["package"]["leaves"].as_array().unwrap();
    let line = lines.iter().find(|line| &line["index"] == leaf).unwrap()["line"].as_str().unwrap();
    let number = serde_json::from_str::<Value>(line).unwrap()["file"]["number"].as_u64().unwrap();
    let rows = &mut bundle["files"][at]["rows"];
    let header = rows["leaves"].as_array_mut().unwrap().remove(0);
    let length = header["length"].as_u64().unwrap() as usize;
    let bytes = files[&path].clone();
    let salt = proof::from_hex(header["salt"].as_str().unwrap()).unwrap();
    let hash = proof::leaf(proof::Domain::Rows, number, 0, &salt, &bytes[..length]);
    rows["hashes"].as_array_mut().unwrap().insert(0, proof::hex(&hash).into());
    files.insert(path, bytes[length..].to_vec());
    set_bundle(&mut files, &bundle);
    let found = errors(files, place.folder.path());
    assert!(found.contains(&Code::RowLeftOut), "{found:?}");
    assert!(!found.contains(&Code::RowAltered), "{found:?}");
}
