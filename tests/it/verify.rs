//! Verify and show, from outside.

use crate::bag::{Package, table};
use handover::archive::bytes::Bytes;
use handover::archive::read::{Archive, Limits};
use handover::finding::{Facts, Severity};
use handover::verify::{self, Options, Outcome, Verdict, show};
use std::path::Path;
use std::process::Command;

fn verify_with(bytes: Vec<u8>, jobs: usize) -> Outcome {
    let options = Options { jobs, ..Options::default() };
    verify::run_on(Bytes::from_vec(bytes, "test.zip"), &options).unwrap()
}

fn verify(bytes: Vec<u8>) -> Outcome {
    verify_with(bytes, 1)
}

/// Every finding as "code file: text".
fn lines(outcome: &Outcome) -> Vec<String> {
    let mut out = Vec::new();
    for group in &outcome.groups {
        let text = |facts: &Facts| match facts {
            Facts::None => String::new(),
            Facts::Text(text) => text.clone(),
            Facts::Digest { algorithm, .. } => format!("{algorithm} differs"),
            Facts::Count { what, expected, found } => format!("{what} {expected} {found}"),
            facts => format!("{facts:?}"),
        };
        for sample in &group.samples {
            let file = sample.place.file.map_or("-", |file| &outcome.files[file as usize].shown);
            let line = sample.place.line.map_or(String::new(), |line| format!(":{line}"));
            let severity = if group.severity == Severity::Error { "" } else { "w " };
            out.push(format!(
                "{severity}{} {file}{line}: {}{}",
                group.code.name(),
                text(&group.facts),
                text(&sample.facts)
            ));
        }
    }
    out
}

fn has(outcome: &Outcome, wanted: &str) -> bool {
    lines(outcome).iter().any(|line| line.contains(wanted))
}

const UNSIGNED: &str =
    "w signature-missing -: nobody signed it, so whoever can write the file can replace all of it";

#[test]
fn a_package_is_intact_whatever_the_number_of_workers() {
    let mut package = Package::small();
    package.payload.insert("large.csv".into(), table(3000));
    for jobs in [1, 2, 8] {
        let outcome = verify_with(package.bytes(), jobs);
        assert_eq!(lines(&outcome), [UNSIGNED]);
        assert_eq!(outcome.verdict, Verdict::IntactUnsigned);
        assert!(outcome.ours && outcome.canonical && outcome.gaps.is_empty());
        assert_eq!(outcome.payload.files, 4);
        assert_eq!(outcome.manifests.len(), 1);
        assert_eq!(outcome.info.get("Source-Organization"), Some("A81001"));
    }
}

/// Where each entry's data lies: (from, to, path below the top).
fn data_ranges(bytes: &[u8]) -> Vec<(usize, usize, String)> {
    let (archive, _) =
        Archive::read(Bytes::from_vec(bytes.to_vec(), "test.zip"), &Limits::default()).unwrap();
    archive
        .entries
        .iter()
        .map(|entry| {
            let from = entry.data_offset as usize;
            let path = entry.name.split_once('/').unwrap().1.to_owned();
            (from, from + entry.packed as usize, path)
        })
        .collect()
}

#[test]
fn every_flipped_bit_is_found_and_the_file_named() {
    let mut package = Package::small();
    package.payload.insert("Care Record/table.csv".into(), table(8));
    package.block = 200;
    let good = package.bytes();
    assert!((3_000..40_000).contains(&good.len()), "{} bytes", good.len());
    flip_every_bit(&good);
}

/// The same of a package as the program makes it, with its proofs and pages.
#[test]
#[ignore = "long: run by .ci/long"]
fn every_flipped_bit_of_a_package_as_it_is_made_is_found_and_the_file_named() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("p.zip");
    let extract = crate::support::root().join("tests/cmd/cli.in/people");
    let made = crate::support::run(&[&"package", &extract, &"--output", &path]);
    assert_eq!(made.status.code(), Some(0), "{}", String::from_utf8_lossy(&made.stderr));
    let good = std::fs::read(path).unwrap();
    assert!(good.len() > 20_000, "{} bytes", good.len());
    flip_every_bit(&good);
}

/// Each bit alone is flipped: that is found, and the file named whose bytes it is among.
fn flip_every_bit(good: &[u8]) {
    let begun = std::time::Instant::now();
    let ranges = data_ranges(good);
    let flip = |at: usize| {
        for bit in 0..8 {
            let mut bytes = good.to_vec();
            bytes[at] ^= 1 << bit;
            let outcome = verify(bytes);
            assert!(!outcome.verdict.is_intact(), "bit {bit} of byte {at} is not seen");
            let inside = ranges.iter().find(|(from, to, _)| (*from..*to).contains(&at));
            if let Some((_, _, path)) = inside {
                let named = lines(&outcome).iter().any(|line| line.contains(&format!(" {path}:")));
                assert!(named, "byte {at} of {path}: {:?}", lines(&outcome));
            }
        }
    };
    std::thread::scope(|scope| {
        let flip = &flip;
        for part in 0..2 {
            scope.spawn(move || (part..good.len()).step_by(2).for_each(flip));
        }
    });
    let (bytes, seconds) = (good.len(), begun.elapsed().as_secs_f32());
    println!(
        "a package of {bytes} bytes: each of its {} bits was tried, {seconds:.0} s",
        8 * bytes
    );
}

/// Takes minutes; run it with a memory limit to see that it stays within it.
#[test]
#[ignore = "long: run by .ci/long"]
fn a_million_files_are_verified() {
    let mut package = Package::small();
    package.payload =
        (0..1_000_000).map(|n| (format!("{}/{n}.txt", n % 100), Vec::new())).collect();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("p.zip");
    std::fs::write(&path, package.bytes()).unwrap();
    drop(package);
    let outcome = verify::run(&path, &Options { jobs: 2, ..Options::default() }).unwrap();
    assert_eq!(lines(&outcome), [UNSIGNED]);
    assert_eq!(outcome.payload.files, 1_000_000);
}

#[test]
fn no_truncation_is_intact() {
    let good = Package::small().bytes();
    for length in 0..good.len() {
        let outcome = verify(good[..length].to_vec());
        assert!(!outcome.verdict.is_intact(), "cut at {length}");
    }
}

#[test]
fn a_changed_block_is_named_by_number_bytes_and_rows() {
    let mut package = Package::small();
    package.payload.insert("large.csv".into(), table(3000));
    let mut bytes = package.bytes();
    let (from, to, _) =
        data_ranges(&bytes).into_iter().find(|(_, _, path)| path == "data/large.csv").unwrap();
    bytes[(from + to) / 2] ^= 4;
    let mut all = Vec::new();
    for jobs in [1, 4] {
        let outcome = verify_with(bytes.clone(), jobs);
        assert_eq!(outcome.verdict, Verdict::Altered);
        let group = outcome.groups.iter().find(|group| group.first.row.is_some()).unwrap();
        assert_eq!(group.code.name(), "digest-mismatch");
        assert_eq!(group.occurrences, 1);
        assert!(group.first.row.unwrap() > 100 && group.first.byte.unwrap() > 1000);
        assert!(has(&outcome, "digest-mismatch data/large.csv"));
        all.push(lines(&outcome));
    }
    assert_eq!(all[0], all[1]);
}

/// A bag whose parts can be changed without making its digests again.
fn rebuilt(change: impl FnOnce(&mut Vec<(String, Vec<u8>)>)) -> Outcome {
    verify(rezipped(&Package::small().bytes(), change))
}

/// The entries of a package, changed and zipped by another writer.
fn rezipped(bytes: &[u8], change: impl FnOnce(&mut Vec<(String, Vec<u8>)>)) -> Vec<u8> {
    use std::io::{Cursor, Read, Write};
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes.to_vec())).unwrap();
    let mut files: Vec<(String, Vec<u8>)> = Vec::new();
    for index in 0..archive.len() {
        let mut file = archive.by_index(index).unwrap();
        let mut content = Vec::new();
        file.read_to_end(&mut content).unwrap();
        files.push((file.name().unwrap().split_once('/').unwrap().1.to_owned(), content));
    }
    change(&mut files);
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (path, content) in files {
        let options = zip::write::SimpleFileOptions::default();
        writer.start_file(format!("bag/{path}"), options).unwrap();
        writer.write_all(&content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn content<'a>(files: &'a mut [(String, Vec<u8>)], path: &str) -> &'a mut Vec<u8> {
    &mut files.iter_mut().find(|(found, _)| found == path).unwrap().1
}

fn position(files: &[(String, Vec<u8>)], path: &str) -> usize {
    files.iter().position(|(found, _)| found == path).unwrap()
}

#[test]
fn an_honestly_rezipped_package_is_intact() {
    let outcome = rebuilt(|_| ());
    assert_eq!(lines(&outcome), [UNSIGNED]);
    assert!(outcome.ours && !outcome.canonical);
}

#[test]
fn each_way_of_tampering_has_its_finding() {
    type Change = fn(&mut Vec<(String, Vec<u8>)>);
    let cases: [(&str, Change); 23] = [
        ("payload-missing data/letter.pdf: manifest-sha512.txt lists it", |files| {
            files.remove(position(files, "data/letter.pdf"));
        }),
        ("payload-missing VERIFY.txt: tagmanifest-sha512.txt lists it", |files| {
            files.remove(position(files, "VERIFY.txt"));
        }),
        ("payload-unlisted data/more.csv", |files| {
            files.push(("data/more.csv".into(), Vec::new()));
        }),
        ("tag-unlisted metadata/more.txt", |files| {
            files.push(("metadata/more.txt".into(), Vec::new()));
        }),
        ("tag-unlisted signatures/note.txt", |files| {
            files.push(("signatures/note.txt".into(), b"x".to_vec()));
        }),
        ("tag-unlisted signatures/checkpoint.txt.sig", |files| {
            files.push(("signatures/checkpoint.txt.sig".into(), b"x".to_vec()));
        }),
        ("digest-mismatch data/letter.pdf: sha512 differs", |files| {
            content(files, "data/letter.pdf")[7] ^= 1;
        }),
        ("digest-mismatch data/letter.pdf: sha512 differs", |files| {
            let (one, two) =
                (position(files, "data/letter.pdf"), position(files, "data/empty.csv"));
            let name = files[one].0.clone();
            files[one].0 = std::mem::replace(&mut files[two].0, name);
        }),
        ("payload-unlisted data/renamed.pdf", |files| {
            let at = position(files, "data/letter.pdf");
            files[at].0 = "data/renamed.pdf".into();
        }),
        ("oxum-mismatch bag-info.txt: bytes", |files| {
            content(files, "data/letter.pdf").pop();
        }),
        ("digest-mismatch bag-info.txt: sha512 differs", |files| {
            content(files, "bag-info.txt").extend_from_slice(b"Note: 1066\n");
        }),
        ("tag-manifest-missing -", |files| {
            files.remove(position(files, "tagmanifest-sha512.txt"));
        }),
        ("bag-declaration -: bagit.txt is missing", |files| {
            files.remove(position(files, "bagit.txt"));
        }),
        ("manifest-malformed manifest-sha512.txt:1: the line does not begin", |files| {
            content(files, "manifest-sha512.txt")[0] = b'x';
        }),
        ("manifest-malformed -: there is no payload manifest", |files| {
            files.remove(position(files, "manifest-sha512.txt"));
        }),
        ("unsafe-path manifest-sha512.txt:4: the name leads out", |files| {
            let line = format!("{}  data/../../x\n", "0".repeat(128));
            content(files, "manifest-sha512.txt").extend_from_slice(line.as_bytes());
        }),
        ("payload-missing fetch.txt: fetch.txt names files", |files| {
            files.push(("fetch.txt".into(), b"https://example.org/x 1 data/x\n".to_vec()));
        }),
        ("tag-unlisted other/bagit.txt: a second bag lies in it", |files| {
            files.push(("other/bagit.txt".into(), b"BagIt-Version: 1.0\n".to_vec()));
        }),
        ("bag-declaration bag-info.txt: bag-info.txt of a package must state it", |files| {
            let info = content(files, "bag-info.txt");
            *info =
                String::from_utf8_lossy(info).replace("Package-Time", "Other-Time").into_bytes();
        }),
        ("digest-mismatch bag-info.txt: External-Identifier is not that", |files| {
            let info = content(files, "bag-info.txt");
            *info = String::from_utf8_lossy(info).replace("2026-11-23T08", "2026-11-23T09").into();
        }),
        ("digest-mismatch retrieval/blocks.tsv: sha512 differs", |files| {
            content(files, "retrieval/blocks.tsv").push(b'\n');
        }),
        ("digest-mismatch data/Care Record/table.csv: sha512 differs", |files| {
            // The last row is dropped.
            let table = content(files, "data/Care Record/table.csv");
            let end = table.len() - 2;
            let from = table[..end].iter().rposition(|byte| *byte == b'\n').unwrap();
            table.truncate(from + 1);
        }),
        ("digest-mismatch data/Care Record/table.csv: sha512 differs", |files| {
            // Two rows of equal length are swapped.
            let table = content(files, "data/Care Record/table.csv");
            let mut rows: Vec<Vec<u8>> =
                table.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
            assert_eq!(rows[3].len(), rows[7].len());
            rows.swap(3, 7);
            *table = rows.concat();
        }),
    ];
    for (wanted, change) in cases {
        let outcome = rebuilt(change);
        assert_eq!(outcome.verdict, Verdict::Altered, "{wanted}");
        assert!(has(&outcome, wanted), "{wanted}: {:#?}", lines(&outcome));
    }
}

#[test]
fn a_downgraded_manifest_is_found() {
    use handover::digest::Algorithm;
    let mut package = Package::small();
    package.algorithms = vec![Algorithm::Sha256, Algorithm::Sha512];
    let good = package.bytes();
    assert_eq!(lines(&verify(good.clone())), [UNSIGNED]);
    let outcome = verify(rezipped(&good, |files| {
        files.remove(position(files, "manifest-sha512.txt"));
        files.remove(position(files, "tagmanifest-sha512.txt"));
    }));
    assert!(has(&outcome, "payload-missing manifest-sha512.txt: tagmanifest-sha256.txt lists it"));
    let outcome = verify(rezipped(&good, |files| {
        let manifest = content(files, "manifest-sha256.txt");
        let end = manifest.iter().position(|byte| *byte == b'\n').unwrap();
        manifest.drain(..=end);
    }));
    assert!(has(&outcome, "payload-unlisted data/Care Record/table.csv: one manifest lists it"));
}

#[test]
fn without_a_block_table_or_with_a_wrong_one_the_verdict_is_the_same() {
    let mut package = Package::small();
    package.block_table = false;
    let outcome = verify(package.bytes());
    assert_eq!(outcome.verdict, Verdict::IntactUnsigned);
    assert!(has(&outcome, "w index-stale -: there is no block table"));
    for (table, wanted) in [
        ("nonsense\n", "w index-stale retrieval/blocks.tsv:1: the block table cannot be read"),
        ("handover-blocks/1\n", "w index-stale data/letter.pdf: the block table does not fit"),
    ] {
        package.tags.insert("retrieval/blocks.tsv".into(), table.into());
        let outcome = verify(package.bytes());
        assert_eq!(outcome.verdict, Verdict::IntactUnsigned);
        assert!(has(&outcome, wanted), "{:?}", lines(&outcome));
    }
}

#[test]
fn a_comment_that_is_nearly_ours_is_found() {
    let mut package = Package::small();
    package.comment = "handover-package/2".into();
    let outcome = verify(package.bytes());
    assert!(has(&outcome, "ambiguous-archive -: the archive's comment is not that of a package"));
    package.comment = String::new();
    assert_eq!(verify(package.bytes()).verdict, Verdict::IntactUnsigned);
}

#[test]
fn a_quick_look_finds_what_is_missing_and_calls_nothing_intact() {
    let options = Options { reading: verify::Reading::Quick, ..Options::default() };
    let quick =
        |bytes: Vec<u8>| verify::run_on(Bytes::from_vec(bytes, "test.zip"), &options).unwrap();
    let good = Package::small().bytes();
    let outcome = quick(good.clone());
    assert_eq!((outcome.verdict.name(), outcome.is_accepted()), ("not-verified", true));
    assert!(!outcome.verdict.is_intact());
    assert_eq!(outcome.gaps.len(), 1);
    assert!(text(&outcome).starts_with("NOT VERIFIED: "));
    // A change within the payload is not seen, and nothing says that there is none.
    let mut changed = good.clone();
    let (from, ..) = data_ranges(&good)[0];
    changed[from + 9] ^= 1;
    assert_eq!(quick(changed).verdict, Verdict::NotVerified);
    type Change = fn(&mut Vec<(String, Vec<u8>)>);
    let cases: [(&str, Change); 4] = [
        ("payload-missing data/letter.pdf", |files| {
            files.remove(position(files, "data/letter.pdf"));
        }),
        ("payload-unlisted data/more.csv", |files| files.push(("data/more.csv".into(), vec![]))),
        ("oxum-mismatch bag-info.txt", |files| content(files, "data/letter.pdf").push(1)),
        ("digest-mismatch VERIFY.txt", |files| content(files, "VERIFY.txt")[0] ^= 1),
    ];
    for (wanted, change) in cases {
        let outcome = quick(rezipped(&good, change));
        assert_eq!(outcome.verdict, Verdict::Altered, "{wanted}");
        assert!(has(&outcome, wanted), "{wanted}: {:#?}", lines(&outcome));
    }
    let signers = Some(handover::signature::Signers::parse("").unwrap());
    let options = Options { signers, ..options };
    let outcome = verify::run_on(Bytes::from_vec(good, "test.zip"), &options).unwrap();
    assert_eq!((outcome.verdict, outcome.is_accepted()), (Verdict::NotVerified, false));
    assert!(text(&outcome).starts_with("NOT ACCEPTED: "));
}

#[test]
fn a_file_outside_the_bag_is_found() {
    let outcome = rebuilt(|files| files.push(("../other.txt".into(), Vec::new())));
    assert_eq!(outcome.verdict, Verdict::Altered);
}

#[test]
fn what_is_no_bag_is_said_to_be_none() {
    for bytes in [Vec::new(), b"a,b\n1,2\n".to_vec()] {
        let outcome = verify(bytes);
        assert_eq!(outcome.verdict, Verdict::NotAPackage);
        assert!(has(&outcome, "unreadable-archive -: this is no zip archive"));
    }
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    writer.start_file("a.csv", zip::write::SimpleFileOptions::default()).unwrap();
    let outcome = verify(writer.finish().unwrap().into_inner());
    assert_eq!(outcome.verdict, Verdict::NotAPackage);
    assert!(has(&outcome, "bag-declaration -: there is no bag"));
}

#[test]
fn long_numbers_in_names_are_not_shown() {
    let mut package = Package::small();
    package.payload.insert("9990000018.pdf".into(), b"x".to_vec());
    let outcome = verify(package.bytes());
    assert!(!format!("{outcome:?}").contains("9990000018"));
}

/// Runs a program in a folder; false where it is not installed.
fn runs(program: &str, arguments: &[&str], folder: &Path) -> bool {
    match Command::new(program).args(arguments).current_dir(folder).output() {
        Err(_) => {
            eprintln!("skipped: {program} is not installed");
            false
        }
        Ok(output) => {
            assert!(output.status.success(), "{program}: {output:?}");
            true
        }
    }
}

#[test]
fn unpacked_and_zipped_again_by_stock_tools_it_is_intact() {
    let folder = tempfile::tempdir().unwrap();
    let mut package = Package::small();
    package.payload.insert("Übersicht.csv".into(), table(50));
    std::fs::write(folder.path().join("p.zip"), package.bytes()).unwrap();
    let options = Options::default();
    let check = |name: &str| {
        let outcome = verify::run(&folder.path().join(name), &options).unwrap();
        assert_eq!(lines(&outcome), [UNSIGNED], "{name}");
        assert_eq!(outcome.verdict, Verdict::IntactUnsigned, "{name}");
    };
    let bag = "A81001-2026-11-23";
    let extract = "import zipfile; zipfile.ZipFile('p.zip').extractall()";
    if !runs("python3", &["-c", extract], folder.path()) {
        return;
    }
    check(bag);
    if runs("zip", &["-qr", "again.zip", bag], folder.path()) {
        check("again.zip");
    }
    if runs("python3", &["-m", "zipfile", "-c", "python.zip", bag], folder.path()) {
        check("python.zip");
    }
    let streamed = format!(
        "import zipfile, os, sys
class Out:
    def __init__(self, f): self.f = f
    def write(self, b): return self.f.write(b)
    def flush(self): self.f.flush()
with open('streamed.zip', 'wb') as f, zipfile.ZipFile(Out(f), 'w', zipfile.ZIP_DEFLATED) as z:
    for d, _, names in os.walk('{bag}'):
        for n in names: z.write(os.path.join(d, n))"
    );
    if runs("python3", &["-c", &streamed], folder.path()) {
        check("streamed.zip");
    }
}

#[cfg(unix)]
#[test]
fn links_in_a_folder_are_named_and_not_followed() {
    let folder = tempfile::tempdir().unwrap();
    let bag = folder.path();
    std::fs::create_dir(bag.join("data")).unwrap();
    std::fs::write(bag.join("bagit.txt"), handover::bag::tag::DECLARATION).unwrap();
    std::fs::write(bag.join("manifest-md5.txt"), "").unwrap();
    std::os::unix::fs::symlink("/etc", bag.join("data/etc")).unwrap();
    let outcome = verify::run(bag, &Options::default()).unwrap();
    assert!(has(&outcome, "unsafe-path data/etc: it is a link"), "{:?}", lines(&outcome));
    assert_eq!(outcome.verdict, Verdict::Altered);
}

/// As in an archive: a bag that is whole here and cannot be copied everywhere.
#[cfg(target_os = "linux")]
#[test]
fn names_that_some_system_takes_for_one_are_found_in_a_folder_too() {
    use handover::digest::Algorithm;
    let folder = tempfile::tempdir().unwrap();
    let bag = folder.path();
    std::fs::create_dir(bag.join("data")).unwrap();
    std::fs::write(bag.join("bagit.txt"), handover::bag::tag::DECLARATION).unwrap();
    let mut manifest = String::new();
    for (name, bytes) in
        [("\u{e9}.csv", "1"), ("e\u{301}.csv", "2"), ("E.csv", "3"), ("e.csv", "4")]
    {
        std::fs::write(bag.join("data").join(name), bytes).unwrap();
        let digest = Algorithm::Sha512.digest(bytes.as_bytes());
        handover::bag::manifest::write_line(&mut manifest, &digest, &format!("data/{name}"));
    }
    std::fs::write(bag.join("manifest-sha512.txt"), manifest).unwrap();
    let outcome = verify::run(bag, &Options::default()).unwrap();
    assert_eq!(outcome.verdict, Verdict::IntactUnsigned, "{:?}", lines(&outcome));
    for name in ["data/e.csv", "data/\u{e9}.csv"] {
        assert!(has(&outcome, &format!("w name-collision {name}: ")), "{:?}", lines(&outcome));
    }
}

#[test]
fn what_is_not_there_or_forbidden_is_an_error() {
    let error = verify::run(Path::new("no/such/path"), &Options::default()).unwrap_err();
    assert_eq!(error.to_string(), "cannot read no/such/path: no such file or folder");
}

#[test]
fn a_manifest_that_lists_far_more_than_there_is_does_not_fill_the_memory() {
    let line = |n: usize| format!("{:0128x}  data/{n}\n", n);
    let outcome = rebuilt(|files| {
        let text: String = (0..510_000).map(line).collect();
        content(files, "manifest-sha512.txt").extend_from_slice(text.as_bytes());
    });
    assert!(has(&outcome, "archive-limit manifest-sha512.txt"));
    assert!(outcome.files.len() < 510_000);
}

#[test]
fn a_stop_request_is_heeded() {
    let options = Options::default();
    options.interrupt.request();
    let bytes = Bytes::from_vec(Package::small().bytes(), "test.zip");
    let error = verify::run_on(bytes, &options).unwrap_err();
    assert_eq!(error.kind(), handover::error::ErrorKind::Interrupted);
}

#[test]
fn show_says_what_is_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("p.zip");
    std::fs::write(&path, Package::small().bytes()).unwrap();
    let summary = show::show(&path).unwrap();
    assert!(summary.is_bag && !summary.signed && !summary.has_errors());
    assert_eq!(summary.top, "A81001-2026-11-23");
    assert_eq!(summary.payload.files, 3);
    let checked = summary.checked.unwrap();
    assert_eq!((checked.valid, checked.errors, checked.warnings), (false, 3, 1));
    assert_eq!(checked.rows, [("table".to_owned(), 20)]);
    let names: Vec<&str> = summary.files.iter().map(|file| &*file.shown).collect();
    assert!(names.contains(&"data/Care Record/table.csv"));
}

#[test]
fn every_fixture_gives_its_findings_and_no_others() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/bags");
    let mut wrong = Vec::new();
    let mut count = 0;
    for item in std::fs::read_dir(fixtures).unwrap() {
        let folder = item.unwrap().path();
        let Ok(expected) = std::fs::read_to_string(folder.join("expect.txt")) else { continue };
        count += 1;
        let mut expected: Vec<&str> = expected.lines().collect();
        let outcome = verify::run(&folder.join("bag"), &Options::default()).unwrap();
        let mut found = vec![outcome.verdict.name().to_owned()];
        for group in outcome.groups.iter().filter(|group| group.code.name() != "signature-missing")
        {
            for sample in &group.samples {
                let file =
                    sample.place.file.map_or("-", |file| &outcome.files[file as usize].shown);
                found.push(format!("{} {} {file}", group.severity.name(), group.code.name()));
            }
        }
        expected[1..].sort();
        found[1..].sort();
        if expected != found {
            wrong.push((folder, expected.join("; "), found.join("; "), lines(&outcome)));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(count > 40, "{count}");
}

fn text(outcome: &Outcome) -> String {
    let mut out = Vec::new();
    handover::report::verdict::write_text(outcome, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn a_report_begins_with_the_outcome_and_names_what_is_wrong() {
    let intact = text(&verify(Package::small().bytes()));
    assert!(intact.starts_with("Complete and unaltered by its own manifests"), "{intact}");
    assert_eq!(intact.lines().nth(1), Some("Outcome: intact-unsigned"));
    let outcome = rebuilt(|files| content(files, "data/letter.pdf")[7] ^= 1);
    let altered = text(&outcome);
    assert_eq!(altered.lines().nth(1), Some("Outcome: altered"));
    assert!(altered.contains("\n  data/letter.pdf: sha512 is "), "{altered}");
    let json = handover::report::verdict::to_json(&outcome);
    assert_eq!(json["outcome"], "altered");
    assert_eq!(json["errors"][0]["type"], "digest-mismatch");
    assert_eq!(json["errors"][0]["file"], "data/letter.pdf");
    assert_eq!(json["stats"]["errors"], 1);
    let none = text(&verify(b"not a zip".to_vec()));
    assert_eq!(none.lines().nth(1), Some("Outcome: not-a-package"));
}
