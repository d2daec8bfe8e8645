//! Extracts in every container: what is read out of it, and what is found where it is hostile, cut
//! off or closed.

use crate::support::{findings_at, names, root};
use handover::check::{self, Options, Outcome, select};
use handover::finding::{Facts, Severity};
use handover::schema::descriptor;
use handover::source::{Extract, Limits};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

pub const PATIENT: &str = "id,name\n1,Ann\n2,Bob\n3,Cyd\n";
pub const ENTRY: &str = "id,patient,text\n1,1,seen\n2,3,\"called, twice\"\n";

/// Two tables, one referring to the other.
pub const DESCRIPTOR: &str = r#"{"name": "small", "handover": {"auditTrail": {"absent": "test"}},
"resources": [
 {"name": "entry", "path": "entry.csv", "schema": {"fields": [
   {"name": "id", "type": "integer"}, {"name": "patient", "type": "integer"},
   {"name": "text", "type": "string"}], "primaryKey": "id",
   "foreignKeys": [{"fields": "patient", "reference": {"resource": "patient", "fields": "id"}}]}},
 {"name": "patient", "path": "patient.csv", "schema": {"fields": [
   {"name": "id", "type": "integer"}, {"name": "name", "type": "string"}], "primaryKey": "id"}}]}"#;

/// What a check finds: one line for each group, then one for each gap.
pub fn findings(path: &Path) -> Vec<String> {
    findings_with(path, &Limits::default())
}

pub fn findings_with(path: &Path, limits: &Limits) -> Vec<String> {
    told(&outcome(path, limits, 2, 300))
}

fn outcome(path: &Path, limits: &Limits, jobs: usize, block_size: usize) -> Outcome {
    let schema = descriptor::read(DESCRIPTOR.as_bytes()).unwrap();
    let extract = Extract::open(path, limits).unwrap();
    let (_, used) = select::given("omop-cdm-5.4").unwrap();
    let mut options = Options::new([1; 16], std::env::temp_dir());
    (options.jobs, options.block_size) = (jobs, block_size);
    check::run(&extract, Some((&schema, used)), &options).unwrap()
}

/// Groups and gaps as lines: "error code file: text ×3", "gap resource: check: reason".
pub fn told(outcome: &Outcome) -> Vec<String> {
    let groups = outcome.all_groups().map(|(task, group)| {
        let file = group.first.file.map(|file| outcome.files[file as usize].shown.clone());
        let name = file.or_else(|| task.map(|task| task.name.clone())).unwrap_or_default();
        let text = match &group.facts {
            Facts::Text(text) => format!(": {text}"),
            Facts::None => String::new(),
            facts => format!(": {facts:?}"),
        };
        let times = match group.occurrences {
            1 => String::new(),
            times => format!(" ×{times}"),
        };
        let severity = match group.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info => "info",
        };
        format!("{severity} {} {name}{text}{times}", group.code)
    });
    let gaps = outcome.gaps.iter().filter(|gap| gap.check != "the audit trail").map(|gap| {
        let task = gap.resource.map(|r| outcome.tasks[r as usize].name.as_str());
        format!("gap {}: {}: {}", task.unwrap_or("-"), gap.check, gap.reason)
    });
    groups.chain(gaps).collect()
}

/// Rows read of each resource.
pub fn rows(path: &Path) -> Vec<u64> {
    let outcome = outcome(path, &Limits::default(), 1, 1 << 18);
    outcome.tasks.iter().map(|task| task.rows).collect()
}

pub struct Folder(pub tempfile::TempDir);

impl Folder {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn put(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        path
    }
}

pub fn gz(bytes: impl AsRef<[u8]>) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes.as_ref()).unwrap();
    encoder.finish().unwrap()
}

pub fn zst(bytes: impl AsRef<[u8]>) -> Vec<u8> {
    let level = ruzstd::encoding::CompressionLevel::Fastest;
    ruzstd::encoding::compress_to_vec(bytes.as_ref(), level)
}

/// A tar archive of files, in this order.
pub fn tar(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, bytes) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        builder.append_data(&mut header, name, *bytes).unwrap();
    }
    builder.into_inner().unwrap()
}

/// The two tables, the one that refers to the other last, so that the order differs from the paths'.
pub fn files() -> [(&'static str, &'static [u8]); 2] {
    [("patient.csv", PATIENT.as_bytes()), ("entry.csv", ENTRY.as_bytes())]
}

pub fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in files {
        writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

const NOTHING: [&str; 0] = [];

#[test]
fn every_container_gives_the_same_tables() {
    let folder = Folder::new();
    let plain = Folder::new();
    for (name, bytes) in files() {
        plain.put(name, bytes);
    }
    let tape = tar(&files());
    let containers = [
        folder.put("x.zip", zip(&files())),
        folder.put("x.tar", &tape),
        folder.put("x.tar.gz", gz(&tape)),
        folder.put("x.tgz", gz(&tape)),
        folder.put("x.tar.zst", zst(&tape)),
        folder.put("unnamed", gz(&tape)),
        folder.put(
            "below.tar",
            tar(&[("./a/patient.csv", PATIENT.as_bytes()), ("./a/entry.csv", ENTRY.as_bytes())]),
        ),
        plain.0.path().to_path_buf(),
    ];
    for path in &containers {
        assert_eq!(findings(path), NOTHING, "{}", path.display());
        assert_eq!(rows(path), [2, 3], "{}", path.display());
    }
}

#[test]
fn compressed_files_are_read_through() {
    let packed = [("patient.csv.gz", gz(PATIENT)), ("entry.csv.zst", zst(ENTRY))];
    let files: Vec<(&str, &[u8])> = packed.iter().map(|(n, b)| (*n, b.as_slice())).collect();
    let out = Folder::new();
    let plain = Folder::new();
    for (name, bytes) in &files {
        plain.put(name, bytes);
    }
    let tape = tar(&files);
    for path in [
        out.put("x.zip", zip(&files)),
        out.put("x.tar", &tape),
        out.put("x.tar.gz", gz(&tape)),
        plain.0.path().to_path_buf(),
    ] {
        assert_eq!(findings(&path), NOTHING, "{}", path.display());
        assert_eq!(rows(&path), [2, 3], "{}", path.display());
    }
    // Several members after one another are one file.
    let twice = [gz("id,name\n1,Ann\n"), gz("2,Bob\n3,Cyd\n")].concat();
    plain.put("patient.csv.gz", twice);
    let frames = [zst(&ENTRY[..10]), b"\x50\x2A\x4D\x18\x02\0\0\0xx".to_vec(), zst(&ENTRY[10..])];
    plain.put("entry.csv.zst", frames.concat());
    assert_eq!(findings(plain.0.path()), NOTHING);
}

#[test]
fn damage_inside_a_compressed_file_is_one_finding_and_a_gap() {
    for (name, packed) in [("patient.csv.gz", gz(PATIENT)), ("patient.csv.zst", zst(PATIENT))] {
        let folder = Folder::new();
        folder.put("entry.csv", "id,patient,text\n");
        folder.put(name, &packed[..packed.len() - 5]);
        let found = findings(folder.0.path());
        let expected = [
            "error unreadable-archive patient.csv: the compressed data does not end where it should",
            "gap entry: references to patient: not all rows of patient could be read",
            "gap patient: the rest of the file: the compressed data does not end where it should",
        ];
        assert_eq!(found, expected, "{name}");
    }
    let folder = Folder::new();
    folder.put("entry.csv", "id,patient,text\n");
    let mut packed = gz(PATIENT);
    let at = packed.len() - 6;
    packed[at] ^= 1;
    folder.put("patient.csv.gz", &packed);
    assert!(findings(folder.0.path())[0].contains("the compressed data is damaged"));
    let mut packed = zst(PATIENT);
    let at = packed.len() - 1;
    packed[at] ^= 1;
    fs::remove_file(folder.0.path().join("patient.csv.gz")).unwrap();
    folder.put("patient.csv.zst", &packed);
    assert!(findings(folder.0.path())[0].contains("the CRC-32 is not as stated"));
}

#[test]
fn what_unpacks_to_too_much_is_not_read_to_its_end() {
    let folder = Folder::new();
    folder.put("entry.csv", "id,patient,text\n");
    let mut bomb = b"id,name\n".to_vec();
    bomb.resize(20 << 20, b'\n');
    folder.put("patient.csv.gz", gz(&bomb));
    let limits = Limits { expansion: 10, ..Limits::default() };
    let found = findings_with(folder.0.path(), &limits);
    let told = "patient.csv: it unpacks to more than the limit allows";
    assert!(found.iter().any(|line| *line == format!("error archive-limit {told}")), "{found:?}");
    let path = folder.put("x.tar.gz", gz(tar(&[("patient.csv", &bomb)])));
    let found = findings_with(&path, &limits);
    assert_eq!(found[0], "error archive-limit : it unpacks to more than the limit allows");
    assert!(!found.iter().any(|line| line.contains("missing-file")), "{found:?}");
}

#[test]
fn a_report_is_the_same_whatever_the_jobs_and_blocks() {
    let folder = Folder::new();
    let bad = "id,name\n1,Ann\nx,Bob\n\"3\",Cyd\n1,Dan\n";
    let entries = "id,patient,text\n1,9,a\n2,\"1\",b,c\n";
    let tape = tar(&[("patient.csv", bad.as_bytes()), ("entry.csv", entries.as_bytes())]);
    let path = folder.put("x.tar.gz", gz(&tape));
    let one = told(&outcome(&path, &Limits::default(), 1, 1 << 18));
    assert_eq!(one.len(), 4, "{one:?}");
    for jobs in [1, 2, 8] {
        for block in [1, 7, 64, 1000] {
            assert_eq!(told(&outcome(&path, &Limits::default(), jobs, block)), one);
        }
    }
}

#[test]
fn names_in_a_folder_that_become_one_elsewhere_are_found() {
    let folder = Folder::new();
    for (name, bytes) in files() {
        folder.put(name, bytes);
    }
    folder.put("Letters/É.txt", "one");
    folder.put("letters/e\u{301}.txt", "other");
    if fs::read_dir(folder.0.path()).unwrap().count() < 4 {
        return crate::support::skip("this file system takes the two names for one");
    }
    let text = "two names differ only in case or in how accents are written";
    let told = format!("error name-collision letters/e\u{301}.txt: {text}");
    let found = findings(folder.0.path());
    assert!(found.contains(&told), "{found:?}");
}

/// A table in UTF-16 is checked as text; what is packed are the bytes as they came.
#[test]
fn utf_16_is_packed_as_it_came() {
    use crate::support::{root, run};
    use std::io::Read as _;
    for name in ["valid-utf-16-little-end", "valid-utf-16-big-end-by-its-mark"] {
        let extract = root().join("fixtures/extracts").join(name).join("extract");
        let folder = Folder::new();
        let output = folder.0.path().join("p.zip");
        let done = run(&[&"package", &extract, &"--output", &output]);
        assert_eq!(done.status.code(), Some(0), "{done:?}");
        let mut archive = zip::ZipArchive::new(fs::File::open(&output).unwrap()).unwrap();
        let names =
            (0..archive.len()).map(|at| archive.by_index(at).unwrap().name().unwrap().into_owned());
        let at = names.collect::<Vec<_>>().iter().position(|n| n.ends_with("/data/people.csv"));
        let mut packed = Vec::new();
        archive.by_index(at.unwrap()).unwrap().read_to_end(&mut packed).unwrap();
        assert_eq!(packed, fs::read(extract.join("people.csv")).unwrap(), "{name}");
        assert_eq!(run(&[&"verify", &output]).status.code(), Some(0));
    }
}

/// Parts of a table of which the first alone has the header, in a compressed archive that has them in
/// another order: what is found is what is found in the folder. (Which of two rows of one key is the
/// second depends on the order.)
#[test]
fn parts_have_the_header_of_the_first_in_whatever_order_they_come() {
    for name in [
        "valid-split-parts-header-in-first",
        "valid-split-parts-one-header",
        "type-error-in-a-part-without-header",
        "repeated-header-in-a-part-without-header",
    ] {
        let folder = root().join("fixtures/extracts").join(name).join("extract");
        let found = |path: &Path| -> Vec<String> {
            let without_place = |line: String| match line.strip_prefix("primary-key") {
                Some(_) => "primary-key".to_owned(),
                None => line,
            };
            findings_at(path).into_iter().map(without_place).collect()
        };
        let expected = found(&folder);
        let mut names = names(&folder);
        names.sort();
        let files: Vec<(String, Vec<u8>)> = names
            .into_iter()
            .map(|name| (name.clone(), fs::read(folder.join(name)).unwrap()))
            .collect();
        let place = tempfile::tempdir().unwrap();
        for turn in 0..files.len() {
            let mut files: Vec<(&str, &[u8])> =
                files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
            files.reverse();
            files.rotate_left(turn);
            let path = place.path().join(format!("{turn}.tar.gz"));
            fs::write(&path, gz(tar(&files))).unwrap();
            assert_eq!(found(&path), expected, "{name} {turn}");
        }
    }
}

/// Many links are one finding, which names the first of them.
#[cfg(unix)]
#[test]
fn what_is_left_out_of_a_folder_is_told_by_name() {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files() {
        fs::write(folder.path().join(name), bytes).unwrap();
    }
    fs::create_dir(folder.path().join("b")).unwrap();
    for number in [4, 2, 5, 1, 3] {
        let link = folder.path().join(format!("b/link {number}"));
        std::os::unix::fs::symlink("/etc/hostname", link).unwrap();
    }
    let expected = "error unsafe-path : a link; it was not followed: b/link 1, b/link 2, b/link 3 and 2 more ×5";
    let found = findings(folder.path());
    assert!(found.contains(&expected.to_owned()), "{found:?}");
}
