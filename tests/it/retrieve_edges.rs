//! Retrieval at its edges: days, encodings, documents, attribution that was declared otherwise; and
//! the published vectors.

use crate::retrieve::{Files, errors, retrieve, rezip, second, text, unpacked, unzip};
use crate::source::{gz, tar, zip};
use crate::support::{program, root, run, skip};
use handover::digest::Algorithm;
use handover::proof::checkpoint::Checkpoint;
use handover::proof::leaves::{self, Leaf};
use handover::proof::list::{self, Day, Entry};
use handover::proof::stored;
use handover::proof::tree::{self, Subtree, Subtrees};
use handover::proof::{Domain, Hash, Salts, from_hex, hex, leaf};
use handover::proof::{packed, parts};
use serde_json::Value;
use std::collections::BTreeSet;
use std::convert::Infallible;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Packages these files.
fn packaged(folder: &Path, files: &[(&str, &[u8])]) -> PathBuf {
    let extract = folder.join("extract");
    for (name, bytes) in files {
        let path = extract.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    let package = folder.join("p.zip");
    let made = run(&[&"package", &extract, &"--output", &package, &"--accept", &"a test"]);
    assert_eq!(made.status.code(), Some(0), "{made:?}");
    package
}

/// The second column of the patient's rows of a file in an export.
fn column(files: &Files, name: &str) -> Vec<String> {
    let text = String::from_utf8(files[name].clone()).unwrap();
    text.lines().skip(1).map(|line| line.split(',').nth(1).unwrap().to_owned()).collect()
}

const PEOPLE: &str = r#"{"name": "people", "path": "people.csv", "handover": {"role": "patient"},
    "schema": {"primaryKey": "id", "fields": [{"name": "id", "handover": {"role": "patient"}}, {"name": "nhs", "handover": {"role": "nhs-number"}}]}}"#;

fn descriptor(resources: &str) -> String {
    format!(
        r#"{{"$schema": "https://datapackage.org/profiles/2.0/datapackage.json", "name": "edges",
            "resources": [{PEOPLE}, {resources}]}}"#
    )
}

/// The proofs follow the order in which files were read: that of a compressed tar archive; else small
/// tables come first. They are made anew in that order, from a package that was zipped again too, and
/// where its leaves are lost.
#[test]
fn proofs_are_made_anew_in_the_order_of_reading() {
    let folder = tempfile::tempdir().unwrap();
    let notes = r#"{"name": "notes", "path": "a-notes.csv", "handover": {"role": "clinical"},
        "schema": {"fields": [{"name": "person"}, {"name": "note"}],
         "foreignKeys": [{"fields": "person", "reference": {"resource": "people", "fields": "id"}}]}},
        {"name": "more", "path": "more.csv.gz"}"#;
    let descriptor = descriptor(notes);
    let notes: String = (0..300).map(|n| format!("{},note number {n}\n", n % 2 + 1)).collect();
    let notes = format!("person,note\n{notes}");
    let more = gz("x,y\n1,2\n");
    let files = [
        ("datapackage.json", descriptor.as_bytes()),
        ("people.csv", &b"id,nhs\n1,9434765919\n2,\n"[..]),
        ("more.csv.gz", &more),
        ("a-notes.csv", notes.as_bytes()),
        ("b.txt", b"read me"),
    ];
    let mut orders = BTreeSet::new();
    for reverse in [false, true] {
        let mut files = files;
        if reverse {
            files.reverse();
        }
        let extract = folder.path().join(format!("{reverse}.tar.gz"));
        fs::write(&extract, gz(tar(&files))).unwrap();
        let schema = folder.path().join("schema.json");
        fs::write(&schema, &descriptor).unwrap();
        let package = folder.path().join(format!("{reverse}.zip"));
        let made = run(&[
            &"package",
            &extract,
            &"--schema",
            &schema,
            &"--output",
            &package,
            &"--accept",
            &"a test",
        ]);
        assert_eq!(made.status.code(), Some(0), "{made:?}");
        orders.insert(String::from_utf8(unzip(&package)["manifest-sha512.txt"].clone()).unwrap());
        deep_and_anew(&package, folder.path());
    }
    assert_eq!(orders.len(), 2);
    deep_and_anew(&packaged(folder.path(), &files), folder.path());
}

/// Verifies in depth, also zipped again, and retrieves where index or leaves are lost or wrong.
fn deep_and_anew(package: &Path, folder: &Path) {
    let deep = |package: &Path| run(&[&"verify", &package, &"--deep"]);
    assert_eq!(deep(package).status.code(), Some(0), "{}", text(&deep(package)));
    let again = folder.join("again.zip");
    let files = unzip(package);
    rezip(files.clone(), &again);
    assert_eq!(deep(&again).status.code(), Some(0), "{}", text(&deep(&again)));
    let sorted = |text: &[u8]| {
        let text = String::from_utf8(text.to_vec()).unwrap();
        let mut lines: Vec<&str> = text.lines().collect();
        lines.sort_unstable_by_key(|line| line.split_once("  ").unwrap().1);
        (lines.join("\n") + "\n").into_bytes()
    };
    let leaves = unpacked(&files["proof/leaves.jsonl.gz"]);
    let leaves = String::from_utf8(leaves).unwrap();
    let mut turned: Vec<&str> = leaves.lines().collect();
    turned.reverse();
    let turned = gz(turned.join("\n") + "\n");
    let others = gz(leaves.replace("a-notes", "b-notes"));
    for (name, other) in [
        ("retrieval/anchors.bin", None),
        ("proof/leaves.jsonl.gz", None),
        ("proof/trees.bin", None),
        ("proof/leaves.jsonl.gz", Some(&turned)),
        ("proof/leaves.jsonl.gz", Some(&others)),
        ("manifest-sha512.txt", Some(&sorted(&files["manifest-sha512.txt"]))),
    ] {
        let mut damaged = files.clone();
        match other {
            Some(bytes) => damaged.insert(name.into(), bytes.clone()),
            None => damaged.remove(name),
        };
        if name == "manifest-sha512.txt" {
            damaged.remove("retrieval/anchors.bin");
        }
        let named = damaged.iter().map(|(name, bytes)| (format!("package/{name}"), bytes));
        let named: Vec<_> = named.collect();
        let named: Vec<(&str, &[u8])> =
            named.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
        fs::write(&again, zip(&named)).unwrap();
        let output = folder.join("export.zip");
        let done = retrieve(&again, "1", &output, &[]);
        assert_eq!(done.status.code(), Some(0), "{name}: {}", text(&done));
        let rows = &unzip(&output)["data/rows/a-notes.csv"];
        assert_eq!(rows.split(|&byte| byte == b'\n').count(), 152);
        fs::remove_file(&output).unwrap();
    }
}

/// Files of one name, one that cannot be read, and names that were mapped have their numbers again.
#[test]
fn proofs_are_made_anew_of_files_with_odd_places() {
    let folder = tempfile::tempdir().unwrap();
    let notes = r#"{"name": "notes", "path": "notes.csv", "handover": {"role": "clinical"},
        "schema": {"fields": [{"name": "person"}, {"name": "note"}],
         "foreignKeys": [{"fields": "person", "reference": {"resource": "people", "fields": "id"}}]}}"#;
    let descriptor = descriptor(notes);
    let extract = folder.path().join("odd.tar");
    let mut bytes = tar(&[
        ("a.txt", b"aaaa"),
        ("con.txt", b"a device"),
        ("people.csv", b"id,nhs\n1,9434765919\n"),
        ("notes.csv", b"person,note\n1,x\n"),
        ("a.txt", b"b"),
        ("a.txt", b"ccc"),
        ("c.bin", b"not as it is"),
    ]);
    // The last is an entry that lacks its middle (an old GNU sparse file), and so cannot be read.
    let at = bytes.windows(5).rposition(|name| name == b"c.bin").unwrap();
    bytes[at + 156] = b'S';
    bytes[at + 148..at + 156].fill(b' ');
    let sum: u32 = bytes[at..at + 512].iter().map(|&byte| u32::from(byte)).sum();
    bytes[at + 148..at + 155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
    fs::write(&extract, bytes).unwrap();
    let schema = folder.path().join("schema.json");
    fs::write(&schema, &descriptor).unwrap();
    let package = folder.path().join("odd.zip");
    let accepted = ["--accept", "a test", "--accepted-by", "a test"];
    let mut command = program();
    command.arg("package").arg(&extract).arg("--schema").arg(&schema).args(accepted);
    let made = command.arg("--output").arg(&package).output().unwrap();
    assert_eq!(made.status.code(), Some(0), "{made:?}");
    let files = unzip(&package);
    assert_eq!(files["data/a~2.txt"], b"b");
    assert!(!files.contains_key("data/c.bin") && files.contains_key("data/_con.txt"));
    let deep = run(&[&"verify", &package, &"--deep"]);
    assert_eq!(deep.status.code(), Some(0), "{}", text(&deep));
}

/// An export is never larger than what verifies it reads.
#[test]
#[ignore = "slow: a patient with 300,000 rows, for .ci/long"]
fn an_export_of_very_many_rows_verifies() {
    let folder = tempfile::tempdir().unwrap();
    let notes = r#"{"name": "notes", "path": "notes.csv", "handover": {"role": "clinical"},
        "schema": {"fields": [{"name": "person"}, {"name": "note"}],
         "foreignKeys": [{"fields": "person", "reference": {"resource": "people", "fields": "id"}}]}}"#;
    let rows: String = (0..300_000).map(|n| format!("1,n{n}\n")).collect();
    let package = packaged(
        folder.path(),
        &[
            ("datapackage.json", descriptor(notes).as_bytes()),
            ("people.csv", b"id,nhs\n1,9434765919\n"),
            ("notes.csv", format!("person,note\n{rows}").as_bytes()),
        ],
    );
    let output = folder.path().join("export.zip");
    let done = retrieve(&package, "1", &output, &[]);
    assert_eq!(done.status.code(), Some(0), "{}", text(&done));
    assert!(unzip(&output)["proof/proof.json"].len() > 64 << 20);
}

/// A day is one of London: at midnight, in the hours that clocks are put forward and back, on a leap day.
#[test]
fn days_are_those_of_london() {
    let folder = tempfile::tempdir().unwrap();
    let notes = r#"{"name": "notes", "path": "notes.csv", "handover": {"role": "clinical"},
        "schema": {"fields": [{"name": "person"}, {"name": "name"},
         {"name": "on", "type": "datetime", "format": "any", "handover": {"role": "event-date"}}],
         "foreignKeys": [{"fields": "person", "reference": {"resource": "people", "fields": "id"}}]}}"#;
    let moments = [
        ("new year", "2020-01-01T00:00:00"),
        ("end of year", "2019-12-31T23:59:59"),
        ("leap day first", "2020-02-29T00:00:00"),
        ("leap day last", "2020-02-29T23:59:59"),
        ("first of March", "2020-03-01T00:00:00"),
        // Clocks go forward at 01:00 on 29 March 2020, and back at 01:00 UTC on 25 October.
        ("before summer", "2020-03-28T23:30:00Z"),
        ("summer night", "2020-03-29T23:30:00Z"),
        ("no such hour", "2020-03-29T01:30:00"),
        ("last summer night", "2020-10-24T23:30:00Z"),
        ("twice there", "2020-10-25T01:30:00"),
        ("winter night", "2020-10-25T23:30:00Z"),
        ("from elsewhere", "2020-07-01T00:30:00+02:00"),
        ("without", ""),
    ];
    let rows: String = moments.iter().map(|(name, on)| format!("1,{name},{on}\n")).collect();
    let package = packaged(
        folder.path(),
        &[
            ("datapackage.json", descriptor(notes).as_bytes()),
            ("people.csv", b"id,nhs\n1,9434765919\n2,\n"),
            (
                "notes.csv",
                format!("person,name,on\n{rows}2,another,2020-02-29T12:00:00\n").as_bytes(),
            ),
        ],
    );
    let days: [(&str, &[&str]); 13] = [
        ("2019-12-31", &["end of year"]),
        ("2020-01-01", &["new year"]),
        ("2020-02-28", &[]),
        ("2020-02-29", &["leap day first", "leap day last"]),
        ("2020-03-01", &["first of March"]),
        ("2020-03-28", &["before summer"]),
        ("2020-03-29", &["no such hour"]),
        ("2020-03-30", &["summer night"]),
        ("2020-06-30", &["from elsewhere"]),
        ("2020-10-24", &[]),
        ("2020-10-25", &["last summer night", "twice there", "winter night"]),
        ("2020-10-26", &[]),
        ("2021-02-28", &[]),
    ];
    for (day, expected) in days {
        let output = folder.path().join(format!("{day}.zip"));
        let done = retrieve(&package, "1", &output, &["--from", day, "--to", day]);
        assert_eq!(done.status.code(), Some(0), "{day}: {}", text(&done));
        let files = unzip(&output);
        let mut expected: Vec<&str> = expected.to_vec();
        expected.push("without");
        assert_eq!(column(&files, "data/rows/notes.csv"), expected, "{day}");
        assert_eq!(errors(files, folder.path()), BTreeSet::new(), "{day}");
    }
    for wrong in ["2021-02-29", "2020-13-01", "29/02/2020"] {
        let output = folder.path().join("never.zip");
        let done = retrieve(&package, "1", &output, &["--from", wrong]);
        assert_eq!(done.status.code(), Some(2), "{wrong}: {}", text(&done));
    }
}

#[test]
fn rows_in_utf_16_are_given_in_their_own_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let notes = r#"{"name": "notes", "path": "notes.csv", "encoding": "utf-16", "handover": {"role": "clinical"},
        "schema": {"fields": [{"name": "person"}, {"name": "text"}],
         "foreignKeys": [{"fields": "person", "reference": {"resource": "people", "fields": "id"}}]}}"#;
    for big in [false, true] {
        let encoded = |text: &str| -> Vec<u8> {
            let units = text.encode_utf16();
            units.flat_map(|u| if big { u.to_be_bytes() } else { u.to_le_bytes() }).collect()
        };
        let folder = folder.path().join(if big { "big" } else { "little" });
        fs::create_dir(&folder).unwrap();
        let header = "\u{feff}person,text\r\n";
        let own = ["1,\"Zoë\r\n, 𝄞\"\r\n", "1,last\r\n"];
        let all = format!("{header}{}2,another's\r\n{}", own[0], own[1]);
        let package = packaged(
            &folder,
            &[
                ("datapackage.json", descriptor(notes).as_bytes()),
                ("people.csv", b"id,nhs\n1,9434765919\n2,\n"),
                ("notes.csv", &encoded(&all)),
            ],
        );
        let output = folder.join("e.zip");
        let done = retrieve(&package, "1", &output, &[]);
        assert_eq!(done.status.code(), Some(0), "{}", text(&done));
        let files = unzip(&output);
        assert_eq!(files["data/rows/notes.csv"], encoded(&format!("{header}{}", own.concat())));
        let page = String::from_utf8(files["data/record.html"].clone()).unwrap();
        assert!(page.contains("Zoë") && page.contains('𝄞') && !page.contains("another"));
        assert_eq!(errors(files, &folder), BTreeSet::new());
    }
}

/// Documents that the patient's rows name come along, in any case and with either slash; those of
/// others do not; what is not there is counted.
#[test]
fn documents_come_along() {
    let folder = tempfile::tempdir().unwrap();
    let letters = r#"{"name": "letters", "path": "letters.csv", "handover": {"role": "clinical"},
        "schema": {"fields": [{"name": "person"}, {"name": "scan", "handover": {"role": "document", "folder": "scans"}}],
         "foreignKeys": [{"fields": "person", "reference": {"resource": "people", "fields": "id"}}]}}"#;
    let long: Vec<u8> = (0..700_000_u32).map(|n| (n / 7 % 251) as u8).collect();
    let package = packaged(
        folder.path(),
        &[
            ("datapackage.json", descriptor(letters).as_bytes()),
            ("people.csv", b"id,nhs\n1,9434765919\n2,\n"),
            (
                "letters.csv",
                b"person,scan\n1,one.PDF\n1,Old\\two.tif\n1,gone.pdf\n1,none.txt\n1,../people.csv\n2,three.pdf\n",
            ),
            ("scans/one.pdf", b"the letter"),
            ("scans/Old/Two.tif", &long),
            ("scans/none.txt", b""),
            ("scans/three.pdf", b"a letter of another"),
            ("gone.pdf", b"of the same name elsewhere"),
        ],
    );
    let output = folder.path().join("e.zip");
    let done = retrieve(&package, "1", &output, &[]);
    assert_eq!(done.status.code(), Some(0), "{}", text(&done));
    assert!(
        text(&done).contains("2 documents named by the rows and not in the package"),
        "{}",
        text(&done)
    );
    let files = unzip(&output);
    let below: Vec<&str> =
        files.keys().filter_map(|name| name.strip_prefix("data/rows/")).collect();
    let expected =
        ["letters.csv", "people.csv", "scans/Old/Two.tif", "scans/none.txt", "scans/one.pdf"];
    assert_eq!(below, expected);
    assert_eq!(files["data/rows/scans/Old/Two.tif"], long);
    assert_eq!(files["data/rows/scans/one.pdf"], b"the letter");
    assert_eq!(errors(files.clone(), folder.path()), BTreeSet::new());
    let mut changed = files.clone();
    changed.get_mut("data/rows/scans/Old/Two.tif").unwrap()[650_000] ^= 1;
    let found = errors(changed, folder.path());
    assert_eq!(found, BTreeSet::from([handover::finding::Code::RowAltered]));
    let all: Vec<u8> = files.into_values().flatten().collect();
    assert!(memchr::memmem::find(&all, b"three.pdf").is_none(), "no name of another's document");
}

/// Whoever has a package's secret but not its key can make proofs that fit each other. That rows were
/// attributed by another rule than the declared one is seen when all is made anew.
#[test]
fn wrong_attribution_is_seen_in_depth() {
    let folder = tempfile::tempdir().unwrap();
    let notes = |field: &str| {
        format!(
            r#"{{"name": "notes", "path": "notes.csv", "handover": {{"role": "clinical"}},
            "schema": {{"fields": [{{"name": "person"}}, {{"name": "other"}}],
             "foreignKeys": [{{"fields": "{field}", "reference": {{"resource": "people", "fields": "id"}}}}]}}}}"#
        )
    };
    let declared = descriptor(&notes("person"));
    let package = packaged(
        folder.path(),
        &[
            ("datapackage.json", descriptor(&notes("other")).as_bytes()),
            ("people.csv", b"id,nhs\n1,9434765919\n2,\n"),
            ("notes.csv", b"person,other\n1,2\n1,1\n2,1\n1,2\n1,2\n"),
        ],
    );
    let deep = |package: &Path| run(&[&"verify", &package, &"--deep"]);
    assert_eq!(deep(&package).status.code(), Some(0), "{}", text(&deep(&package)));
    let mut files = unzip(&package);
    let secret = String::from_utf8(files["proof/secret.txt"].clone()).unwrap();
    let salts = Salts::new(&from_hex(secret.trim()).unwrap());
    let lines: Vec<String> = String::from_utf8(unpacked(&files["proof/leaves.jsonl.gz"]))
        .unwrap()
        .lines()
        .map(|line| match Leaf::parse(line.as_bytes()).unwrap() {
            Leaf::Descriptor { keys, .. } => {
                let sha512 = Algorithm::Sha512.digest(declared.as_bytes()).to_string();
                Leaf::Descriptor { sha512, keys }.line().unwrap()
            }
            other => other.line().unwrap(),
        })
        .collect();
    let hashes: Vec<Hash> =
        (0..).zip(&lines).map(|(n, line)| leaves::hash(&salts, n, line.as_bytes())).collect();
    let checkpoint = Checkpoint::parse(&files["proof/checkpoint.txt"]).unwrap();
    let root = tree::root(hashes.iter().copied());
    let checkpoint = Checkpoint { root, ..checkpoint };
    // The tree of the package stands behind those of the files.
    let (mut builder, mut own) = (tree::Builder::default(), Vec::new());
    for hash in hashes {
        stored::push(&mut builder, Subtree { level: 0, hash }, &mut own);
    }
    stored::close(&builder, &mut own);
    let trees = files.get_mut("proof/trees.bin").unwrap();
    let at = trees.len() - own.len();
    trees.splice(at.., own);
    files.insert("proof/checkpoint.txt".into(), checkpoint.write().into_bytes());
    files.insert("proof/leaves.jsonl.gz".into(), gz(lines.join("\n") + "\n"));
    files.insert("metadata/descriptor.json".into(), declared.into_bytes());
    let forged = folder.path().join("forged.zip");
    rezip(files, &forged);
    // All fits: digests, rows, lists, the root.
    assert_eq!(run(&[&"verify", &forged]).status.code(), Some(0));
    if let Some((sound, said)) = second(&forged) {
        assert!(sound, "{said}");
    }
    let done = deep(&forged);
    let said = text(&done);
    assert_eq!(done.status.code(), Some(1), "{said}");
    assert!(said.contains("proof-mismatch"), "{said}");
    assert!(
        said.contains("the list of a patient is another one under the declared attribution"),
        "{said}"
    );
}

struct Whole(Vec<Hash>);

impl Subtrees for Whole {
    type Error = Infallible;

    fn hash(&mut self, from: u64, to: u64) -> Result<Hash, Infallible> {
        Ok(tree::root(self.0[from as usize..to as usize].iter().copied()))
    }
}

/// What docs/format.md publishes is what this program and the second one compute.
#[test]
fn the_published_vectors_are_ours() {
    let path = root().join("fixtures/vectors/proofs.json");
    let known: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    let of = |value: &Value| value.as_str().unwrap().to_owned();
    let salts = Salts::new(&from_hex(known["secret"].as_str().unwrap()).unwrap());
    for case in known["salts"].as_array().unwrap() {
        let domain = match case["domain"].as_str().unwrap() {
            "R" => Domain::Rows,
            "L" => Domain::List,
            _ => Domain::Package,
        };
        let salt = salts.of(domain, case["one"].as_u64().unwrap(), case["two"].as_u64().unwrap());
        assert_eq!(hex(&salt), of(&case["salt"]), "{case}");
    }
    let row = |file: u64, index: u64, content: &[u8]| {
        leaf(Domain::Rows, file, index, &salts.of(Domain::Rows, file, index), content)
    };
    let contents = known["rows"]["contents"].as_array().unwrap();
    let hashes: Vec<Hash> =
        (0..).zip(contents).map(|(n, text)| row(0, n, of(text).as_bytes())).collect();
    let stated: Vec<String> = known["rows"]["hashes"].as_array().unwrap().iter().map(of).collect();
    assert_eq!(hashes.iter().map(|hash| hex(hash)).collect::<Vec<_>>(), stated);
    assert_eq!(hex(&tree::root(hashes)), of(&known["rows"]["root"]));
    let numbered = |size: u64| (0..size).map(|n| row(1, n, n.to_string().as_bytes()));
    for case in known["trees"].as_array().unwrap() {
        let (mut builder, mut out) = (tree::Builder::default(), Vec::new());
        for hash in numbered(case["size"].as_u64().unwrap()) {
            stored::push(&mut builder, Subtree { level: 0, hash }, &mut out);
        }
        stored::close(&builder, &mut out);
        assert_eq!(hex(&builder.root()), of(&case["root"]), "{case}");
        assert_eq!(Some(out.len() as u64 / 32), case["stored"].as_u64(), "{case}");
        assert_eq!(Algorithm::Sha256.digest(&out).to_string(), of(&case["storedSha256"]), "{case}");
    }
    for case in known["proofs"].as_array().unwrap() {
        let size = case["size"].as_u64().unwrap();
        let all: Vec<Hash> = numbered(size).collect();
        let wanted: Vec<u64> =
            case["leaves"].as_array().unwrap().iter().map(|n| n.as_u64().unwrap()).collect();
        let Ok(proof) = tree::prove(size, &wanted, &mut Whole(all.clone()));
        let stated: Vec<String> = case["proof"].as_array().unwrap().iter().map(of).collect();
        assert_eq!(proof.iter().map(|hash| hex(hash)).collect::<Vec<_>>(), stated, "{case}");
        let shown: Vec<(u64, Hash)> = wanted.iter().map(|&n| (n, all[n as usize])).collect();
        let root = tree::proven_root(size, &shown, &proof).map(|root| hex(&root));
        assert_eq!(root, Some(of(&case["root"])), "{case}");
    }
    for case in known["lists"].as_array().unwrap() {
        let day =
            |value: &Value| value.as_str().map_or(Day::NONE, |text| Day::parse(text).unwrap());
        let entries: Vec<Entry> = case["entries"]
            .as_array()
            .unwrap()
            .iter()
            .map(|entry| Entry {
                event: day(&entry["event"]),
                recorded: day(&entry["recorded"]),
                row: entry["row"].as_u64().unwrap(),
            })
            .collect();
        let mut out = Vec::new();
        let mut writer = packed::Writer::new(&mut out);
        writer.part(&mut entries.clone());
        writer.finish();
        assert_eq!(hex(&out), of(&case["stored"]));
        let count = entries.len() as u64;
        assert_eq!(packed::Reader::new(&out).part(count, count), Some(entries.clone()));
        let root = list::root(&salts, case["leaf"].as_u64().unwrap(), &entries);
        assert_eq!(hex(&root), of(&case["root"]));
    }
    for case in known["records"].as_array().unwrap() {
        let text = of(&case["bytes"]);
        let rule = parts::Rule { quote: Some(b'"'), end: b'\n' };
        let mut start = 0;
        let cut = |end| text[std::mem::replace(&mut start, end)..end].to_owned();
        let found: Vec<String> = rule.ends(text.as_bytes()).into_iter().map(cut).collect();
        let stated: Vec<String> = case["records"].as_array().unwrap().iter().map(of).collect();
        assert_eq!(found, stated, "{case}");
    }
    let checkpoint = of(&known["checkpoint"]);
    assert_eq!(Checkpoint::parse(checkpoint.as_bytes()).unwrap().write(), checkpoint);
    let script = root().join("tests/judges/second_verifier.py");
    match Command::new("python3").arg(script).arg("--vectors").arg(&path).output() {
        Ok(done) => assert!(done.status.success(), "{}", text(&done)),
        Err(_) => skip("python3 is not installed"),
    }
}
