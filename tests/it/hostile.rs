//! Hostile and odd archives as extracts: each with exactly the findings that it must give, nothing
//! written, no link followed.
//!
//! What each gives stands in fixtures/archives/expected.txt.

use crate::archive::Raw;
use crate::source::{DESCRIPTOR, ENTRY, Folder, PATIENT, files, findings_with, gz, tar, zip, zst};
use handover::source::Limits;
use std::fmt::Write as _;
use std::fs;
use std::io::Read;
use std::path::Path;

/// Limits small enough to be reached.
pub fn limits() -> Limits {
    Limits { files: 40, expansion: 40, ..Limits::default() }
}

/// A zip of the two tables, the first of them changed, and a third file.
fn zipped(change: impl Fn(&mut Raw)) -> Vec<u8> {
    let mut entries = [
        Raw::new(b"entry.csv", ENTRY.as_bytes()),
        Raw::new(b"patient.csv", PATIENT.as_bytes()),
        Raw::new(b"notes.txt", b"notes"),
    ];
    change(&mut entries[2]);
    Raw::zip(&entries)
}

fn named(name: &[u8]) -> Vec<u8> {
    zipped(|entry| (entry.name, entry.local_name) = (name.to_vec(), name.to_vec()))
}

/// A header of a tar archive, with its sum.
fn header(name: &[u8], kind: u8, size: &[u8], link: &[u8]) -> Vec<u8> {
    let mut block = vec![0; 512];
    block[..name.len()].copy_from_slice(name);
    block[100..108].copy_from_slice(b"0000644\0");
    block[124..124 + size.len()].copy_from_slice(size);
    block[156] = kind;
    block[157..157 + link.len()].copy_from_slice(link);
    block[257..265].copy_from_slice(b"ustar\x0000");
    summed(block)
}

fn summed(mut block: Vec<u8>) -> Vec<u8> {
    block[148..156].fill(b' ');
    let sum: u32 = block[..512].iter().map(|&byte| u32::from(byte)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    block
}

/// A header and its content, filled up to whole blocks.
fn with_content(name: &[u8], kind: u8, content: &[u8]) -> Vec<u8> {
    let size = format!("{:011o}", content.len());
    let mut bytes = [header(name, kind, size.as_bytes(), b""), content.to_vec()].concat();
    bytes.resize(bytes.len().next_multiple_of(512), 0);
    bytes
}

/// A tar of the two tables with something between them.
fn taped(between: &[u8]) -> Vec<u8> {
    let mut bytes = with_content(b"entry.csv", b'0', ENTRY.as_bytes());
    bytes.extend_from_slice(between);
    bytes.extend(with_content(b"patient.csv", b'0', PATIENT.as_bytes()));
    bytes.extend([0; 1024]);
    bytes
}

fn pax(records: &str) -> Vec<u8> {
    with_content(b"PaxHeaders/x", b'x', records.as_bytes())
}

/// One pax record with its own length before it.
fn record(text: &str) -> String {
    let mut length = text.len() + 3;
    while length != text.len() + 2 + length.to_string().len() {
        length += 1;
    }
    format!("{length} {text}\n")
}

pub fn zips() -> Vec<(&'static str, Vec<u8>)> {
    let bomb = vec![b'\n'; 4 << 20];
    let overlapping = {
        // Every entry has the same bytes, as in a zip bomb without nesting.
        let mut entries: Vec<Raw> = Vec::new();
        for number in 0..30 {
            let mut entry = Raw::new(format!("{number:02}.csv").as_bytes(), &[b'x'; 200_000]);
            if number > 0 {
                (entry.offset, entry.local_name) = (Some(0), entry.name.clone());
                entry.data = vec![0; 0];
                entry.size = 200_000;
            }
            entries.push(entry);
        }
        Raw::zip(&entries)
    };
    vec![
        ("up.zip", named(b"../patient.csv")),
        ("up-in-the-middle.zip", named(b"a/../../b.csv")),
        ("absolute.zip", named(b"/etc/passwd")),
        ("drive.zip", named(b"C:\\patient.csv")),
        ("network.zip", named(b"\\\\server\\share\\x.csv")),
        ("backslash.zip", named(b"a\\b.csv")),
        ("nul-in-name.zip", named(b"patient.csv\0.txt")),
        ("escape-in-name.zip", named(b"a\x1b[2Jb.csv")),
        ("device-name.zip", named(b"CON.csv")),
        ("trailing-dot.zip", named(b"notes.txt.")),
        ("stream-name.zip", named(b"notes.txt:hidden")),
        ("case-twin.zip", named(b"Patient.CSV")),
        ("normal-form-twin.zip", {
            let mut entries =
                vec![Raw::new("é.txt".as_bytes(), b"a"), Raw::new("e\u{301}.txt".as_bytes(), b"b")];
            entries.push(Raw::new(b"entry.csv", ENTRY.as_bytes()));
            entries.push(Raw::new(b"patient.csv", PATIENT.as_bytes()));
            Raw::zip(&entries)
        }),
        ("same-name-twice.zip", named(b"patient.csv")),
        (
            "link.zip",
            zipped(|entry| {
                entry.attributes = 0o120_777 << 16;
                entry.data = b"/etc/passwd".to_vec();
                entry.size = 11;
                entry.crc = crc32fast::hash(&entry.data);
                entry.local_crc = entry.crc;
            }),
        ),
        ("fifo.zip", zipped(|entry| entry.attributes = 0o010_644 << 16)),
        ("encrypted-entry.zip", {
            let mut entries = [
                Raw::new(b"entry.csv", ENTRY.as_bytes()),
                Raw::new(b"patient.csv", b"0123456789abcdef"),
            ];
            (entries[1].flags, entries[1].local_flags) = (1, 1);
            Raw::zip(&entries)
        }),
        ("unknown-method.zip", {
            let mut entries = [
                Raw::new(b"entry.csv", ENTRY.as_bytes()),
                Raw::new(b"patient.csv", b"0123456789abcdef"),
            ];
            entries[1].method = 14;
            Raw::zip(&entries)
        }),
        ("crc.zip", zipped(|entry| (entry.crc, entry.local_crc) = (7, 7))),
        ("crc-of-a-table.zip", {
            let mut entries = [
                Raw::new(b"entry.csv", b"id,patient,text\n"),
                Raw::new(b"patient.csv", PATIENT.as_bytes()),
            ];
            (entries[1].crc, entries[1].local_crc) = (7, 7);
            Raw::zip(&entries)
        }),
        ("two-headers.zip", zipped(|entry| entry.local_name[0] = b'x')),
        ("hidden-between.zip", zipped(|entry| entry.after = b"hidden".to_vec())),
        ("prepended.zip", [b"#!/bin/sh\n".to_vec(), zip(&files())].concat()),
        ("appended.zip", [zip(&files()), b"more".to_vec()].concat()),
        ("decoy-in-comment.zip", {
            let inner = Raw::zip(&[]);
            let mut bytes = zipped(|_| ());
            let at = bytes.len() - 2;
            bytes[at..].copy_from_slice(&(inner.len() as u16).to_le_bytes());
            [bytes, inner].concat()
        }),
        ("bomb.zip", zip(&[("entry.csv", ENTRY.as_bytes()), ("patient.csv", &bomb)])),
        ("overlapping.zip", overlapping),
        ("too-many-entries.zip", {
            let names: Vec<String> = (0..50).map(|n| format!("{n}.txt")).collect();
            let entries: Vec<Raw> =
                names.iter().map(|name| Raw::new(name.as_bytes(), b"x")).collect();
            Raw::zip(&entries)
        }),
        ("cut-off.zip", {
            let bytes = zip(&files());
            bytes[..bytes.len() - 30].to_vec()
        }),
        ("part-of-several.zip", {
            let mut bytes = zipped(|_| ());
            let at = bytes.len() - 18;
            bytes[at] = 1;
            bytes
        }),
        ("empty.zip", Raw::zip(&[])),
        ("nested.zip", zip(&[("inner.zip", &zip(&files()))])),
        ("nested-beside.zip", {
            let inner = zip(&[("letter.txt", b"x")]);
            zip(&[("documents/letter.zip", &inner), files()[0], files()[1]])
        }),
        (
            "litter.zip",
            zip(&[
                ("__MACOSX/._patient.csv", b"x"),
                (".DS_Store", b"x"),
                ("Thumbs.db", b"x"),
                ("~$book.xlsx", b"x"),
                files()[0],
                files()[1],
            ]),
        ),
        ("split.z01", zip(&files())),
        ("first-part.zip", [b"PK\x07\x08".to_vec(), zip(&files())].concat()),
    ]
}

pub fn tars() -> Vec<(&'static str, Vec<u8>)> {
    let plain = taped(b"");
    vec![
        ("up.tar", taped(&with_content(b"../patient.csv", b'0', b"x"))),
        ("absolute.tar", taped(&with_content(b"/etc/passwd", b'0', b"x"))),
        ("escape-in-name.tar", taped(&with_content(b"a\x1b[2J", b'0', b"x"))),
        ("link.tar", taped(&header(b"link", b'2', b"00000000000", b"/etc/passwd"))),
        ("hard-link.tar", taped(&header(b"link", b'1', b"00000000000", b"../../x"))),
        (
            "link-then-through.tar",
            taped(
                &[
                    header(b"dir", b'2', b"00000000000", b"/etc"),
                    with_content(b"dir/passwd", b'0', b"x"),
                ]
                .concat(),
            ),
        ),
        ("device.tar", taped(&header(b"sda", b'4', b"00000000000", b""))),
        ("fifo.tar", taped(&header(b"pipe", b'6', b"00000000000", b""))),
        ("sized-link.tar", taped(&header(b"link", b'2', b"00000001000", b"x"))),
        ("same-name-twice.tar", taped(&with_content(b"patient.csv", b'0', b"id,name\n"))),
        ("case-twin.tar", taped(&with_content(b"PATIENT.csv", b'0', b"x"))),
        ("folder-and-file.tar", taped(&with_content(b"patient.csv/x", b'0', b"x"))),
        ("sparse.tar", taped(&with_content(b"disk.img", b'S', b"x"))),
        (
            "pax-sparse.tar",
            taped(
                &[pax(&record("GNU.sparse.major=1")), with_content(b"disk.img", b'0', b"x")]
                    .concat(),
            ),
        ),
        ("other-volume.tar", taped(&with_content(b"rest.csv", b'M', b"x"))),
        (
            "long-name.tar",
            taped(
                &[
                    with_content(
                        b"././@LongLink",
                        b'L',
                        &[b"d/".repeat(80), b"n.txt\0".to_vec()].concat(),
                    ),
                    with_content(b"short", b'0', b"x"),
                ]
                .concat(),
            ),
        ),
        (
            "pax-name.tar",
            taped(
                &[pax(&record("path=letters/für.txt")), with_content(b"short", b'0', b"x")]
                    .concat(),
            ),
        ),
        (
            "pax-name-up.tar",
            taped(&[pax(&record("path=../../x.txt")), with_content(b"short", b'0', b"x")].concat()),
        ),
        (
            "pax-malformed.tar",
            taped(&[pax("99 path=x\n"), with_content(b"x", b'0', b"x")].concat()),
        ),
        ("pax-global-name.tar", taped(&with_content(b"g", b'g', record("path=x").as_bytes()))),
        ("long-name-bomb.tar", taped(&header(b"././@LongLink", b'L', b"77777777777", b""))),
        ("size-beyond.tar", taped(&header(b"x.csv", b'0', b"77777777777", b""))),
        (
            "size-overflow.tar",
            taped(&header(
                b"x.csv",
                b'0',
                &[0x80, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF],
                b"",
            )),
        ),
        ("size-negative.tar", taped(&header(b"x.csv", b'0', &[0xFF; 12], b""))),
        ("size-not-octal.tar", taped(&header(b"x.csv", b'0', b"99999999999", b""))),
        ("not-utf-8.tar", taped(&with_content(b"caf\xE9.txt", b'0', b"x"))),
        ("sum.tar", {
            let mut bytes = taped(b"");
            bytes[1024 + 150] ^= 1;
            bytes
        }),
        ("lone-zero-block.tar", taped(&[0; 512])),
        ("end-in-the-middle.tar", taped(&[0; 1024])),
        ("no-end-mark.tar", plain[..plain.len() - 1024].to_vec()),
        ("cut-in-a-header.tar", plain[..1024 + 100].to_vec()),
        ("cut-in-a-file.tar", plain[..1024 + 512 + 10].to_vec()),
        ("cut.tar.gz", {
            let bytes = gz(&plain);
            bytes[..bytes.len() - 12].to_vec()
        }),
        ("cut.tar.zst", {
            let bytes = zst(&plain);
            bytes[..bytes.len() - 7].to_vec()
        }),
        ("damaged.tgz", {
            let mut bytes = gz(&plain);
            let at = bytes.len() - 5;
            bytes[at] ^= 1;
            bytes
        }),
        ("not-a-tar.tar.gz", gz(b"id,name\n")),
        ("bomb.tar.gz", gz(tar(&[("patient.csv", &vec![b'\n'; 8 << 20])]))),
        ("nested.tar", tar(&[("inner.tar.gz", &gz(&plain))])),
        ("windows.tar", taped(&with_content(b"a\\b.csv", b'0', b"x"))),
        ("too-many-entries.tar", {
            let names: Vec<String> = (0..50).map(|n| format!("{n}.txt")).collect();
            tar(&names.iter().map(|name| (name.as_str(), &b"x"[..])).collect::<Vec<_>>())
        }),
    ]
}

pub fn others() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("x.7z", b"7z\xBC\xAF\x27\x1C\0\x04rest".to_vec()),
        ("x.rar", b"Rar!\x1A\x07\x01\0rest".to_vec()),
        ("x.zip.gpg", b"\x85\x01\x0C\x03rest".to_vec()),
        ("x.zip.asc", b"-----BEGIN PGP MESSAGE-----\n".to_vec()),
        ("x.tar.bz2", b"BZh91AY&SY".to_vec()),
        ("x.zip.age", b"age-encryption.org/v1\n".to_vec()),
        ("patient.csv.gpg", b"\x85\x01\x0C\x03rest".to_vec()),
        ("patient.csv.xz", b"\xFD7zXZ\0\0".to_vec()),
    ]
}

#[test]
fn every_hostile_archive_gives_exactly_its_findings() {
    let mut told = String::new();
    let cases: Vec<_> = [zips(), tars(), others()].into_iter().flatten().collect();
    assert!(cases.len() >= 45, "{} cases", cases.len());
    for (name, bytes) in cases {
        // Only what is put there stands in the folder afterwards.
        let folder = Folder::new();
        let path = folder.put(name, &bytes);
        let found = findings_with(&path, &limits());
        let left: Vec<_> = fs::read_dir(path.parent().unwrap()).unwrap().collect();
        assert_eq!(left.len(), 1, "{name}: something was written");
        assert_eq!(fs::read(&path).unwrap(), bytes, "{name}: it was changed");
        let all: String = found.iter().map(|line| format!("  {line}\n")).collect();
        let _ = write!(told, "{name}\n{}", if all.is_empty() { "  nothing\n" } else { &all });
    }
    let expected = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/archives/expected.txt");
    let expected = fs::read_to_string(expected).unwrap_or_default();
    assert!(told == expected, "fixtures/archives/expected.txt differs; found:\n{told}");
    assert!(DESCRIPTOR.contains("patient.csv"));
}

/// What a second, independent reader finds in a zip: names and contents of all that is no folder, by
/// name; `None` where it refuses the archive or an entry.
fn second_reader(bytes: &[u8]) -> Option<Vec<(String, Vec<u8>)>> {
    let archive = rawzip::ZipArchive::from_slice(bytes).ok()?;
    let mut entries = archive.entries();
    let mut all = Vec::new();
    while let Some(entry) = entries.next_entry().ok()? {
        let name = String::from_utf8(entry.file_path().as_ref().to_vec()).ok()?;
        if name.ends_with('/') {
            continue;
        }
        let kept = archive.get_entry(entry.wayfinder()).ok()?;
        let mut content = Vec::new();
        match entry.compression_method() {
            rawzip::CompressionMethod::STORE => content.extend_from_slice(kept.data()),
            rawzip::CompressionMethod::DEFLATE => {
                flate2::read::DeflateDecoder::new(kept.data()).read_to_end(&mut content).ok()?;
            }
            rawzip::CompressionMethod::DEFLATE64 => {
                deflate64::Deflate64Decoder::new(kept.data()).read_to_end(&mut content).ok()?;
            }
            _ => return None,
        }
        if content.len() as u64 != entry.uncompressed_size_hint()
            || crc32fast::hash(&content) != entry.crc32()
        {
            return None;
        }
        all.push((name, content));
    }
    all.sort();
    Some(all)
}

/// What we read of an archive, and whether something is told of it: a finding, a gap, a file that
/// is not looked into, a fault while it is read.
fn ours(path: &Path) -> (Vec<(String, Vec<u8>)>, bool) {
    let extract = handover::source::Extract::open(path, &Limits::default()).unwrap();
    let mut is_told = !extract.findings.is_empty()
        || !extract.gaps.is_empty()
        || extract.members.iter().any(|member| member.seal.is_some());
    let mut all = Vec::new();
    let mut reading = extract.read();
    let delivered = |number: usize| (number < extract.delivered().len()).then(Default::default);
    while let Some((number, mut reader)) = reading.next(&delivered).unwrap() {
        let mut content = Vec::new();
        reader.read_to_end(&mut content).unwrap();
        is_told |= reader.faults().get().is_some();
        all.push((extract.members[number].path.clone(), content));
    }
    all.sort();
    (all, is_told)
}

/// Two readers see the same entries with the same bytes in every archive, or something is told of it.
#[test]
fn a_second_reader_of_zips_agrees_on_every_entry_or_the_archive_is_told() {
    let mut agreed = 0;
    let windows = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/archives/deflate64.zip");
    let more = [
        ("deflate64.zip", fs::read(windows).unwrap()),
        ("sound.zip", zip(&files())),
        ("with-a-folder.zip", zip(&[("f/", b""), ("f/a.csv", b"id\n"), files()[0]])),
        ("empty-file.zip", zip(&[("a.csv", b""), files()[0]])),
    ];
    for (name, bytes) in zips().into_iter().chain(more) {
        let folder = Folder::new();
        let (ours, is_told) = ours(&folder.put(name, &bytes));
        let theirs = second_reader(&bytes);
        let same = theirs.as_ref() == Some(&ours);
        let names = |all: &[(String, Vec<u8>)]| -> Vec<(String, usize)> {
            all.iter().map(|(name, bytes)| (name.clone(), bytes.len())).collect()
        };
        assert!(
            same || is_told,
            "{name}: {:?} and {:?}, and nothing is told",
            names(&ours),
            theirs.as_deref().map(names)
        );
        agreed += usize::from(same);
    }
    assert!(agreed >= 10, "only {agreed} archives are read alike");
}

#[test]
fn entries_as_windows_packs_large_ones_are_read() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/archives/deflate64.zip");
    assert_eq!(findings_with(&path, &Limits::default()), [""; 0]);
    assert_eq!(crate::source::rows(&path), [9000, 3]);
    // Each flipped bit is noticed.
    let good = fs::read(&path).unwrap();
    let folder = Folder::new();
    for at in [60, 100, 1000, 20_000, 45_000, good.len() - 190] {
        let mut bytes = good.clone();
        bytes[at] ^= 4;
        let found = findings_with(&folder.put("x.zip", &bytes), &Limits::default());
        assert!(found.iter().any(|line| line.starts_with("error ")), "{at}: {found:?}");
    }
}

#[test]
fn what_is_closed_in_a_folder_is_one_finding_and_no_missing_file() {
    let folder = Folder::new();
    folder.put("entry.csv", ENTRY);
    folder.put("patient.csv.gpg", b"\x85\x01");
    assert_eq!(
        findings_with(folder.0.path(), &limits()),
        [
            "error encrypted-file patient.csv.gpg: the file is encrypted: decrypt it with gpg, then \
             check the result",
            "gap entry: references to patient: the file of patient is not there",
            "gap patient: the contents of the file: patient.csv.gpg: the file is encrypted: decrypt \
             it with gpg, then check the result",
        ]
    );
    let folder = Folder::new();
    folder.put("all.7z", b"7z");
    let found = findings_with(folder.0.path(), &limits());
    assert!(found[0].starts_with("error unreadable-archive all.7z"), "{found:?}");
    assert!(!found.iter().any(|line| line.contains("missing-file")), "{found:?}");
}

#[test]
fn every_truncation_of_a_tape_ends_with_a_finding_or_a_gap() {
    let whole = taped(b"");
    let folder = Folder::new();
    for end in 1..whole.len() {
        let path = folder.put("x.tar", &whole[..end]);
        let extract = handover::source::Extract::open(&path, &limits()).unwrap();
        // Shorter than one header, it is no archive but some file.
        assert_eq!(extract.findings.is_empty(), end < 512, "{end}");
        assert_eq!(extract.gaps.is_empty(), end < 512, "{end}");
    }
}

#[test]
fn our_tape_and_the_tar_crate_see_the_same_files() {
    let long = format!("{}/n.txt", "d".repeat(150));
    let members: Vec<(String, Vec<u8>)> = vec![
        ("a.csv".into(), b"1".to_vec()),
        (long, vec![7; 513]),
        ("empty".into(), Vec::new()),
        ("x/y/z.bin".into(), vec![9; 1024]),
    ];
    let list: Vec<(&str, &[u8])> =
        members.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
    let bytes = tar(&list);
    let folder = Folder::new();
    let path = folder.put("x.tar", &bytes);
    let extract = handover::source::Extract::open(&path, &Limits::default()).unwrap();
    let mut ours: Vec<(String, Vec<u8>)> = Vec::new();
    for member in extract.delivered() {
        let mut content = Vec::new();
        std::io::Read::read_to_end(&mut extract.reader(member).unwrap(), &mut content).unwrap();
        ours.push((member.path.clone(), content));
    }
    let mut theirs: Vec<(String, Vec<u8>)> = tar::Archive::new(bytes.as_slice())
        .entries()
        .unwrap()
        .map(|entry| {
            let mut entry = entry.unwrap();
            let mut content = Vec::new();
            std::io::Read::read_to_end(&mut entry, &mut content).unwrap();
            (entry.path().unwrap().to_string_lossy().into_owned(), content)
        })
        .collect();
    theirs.sort();
    assert_eq!(ours, theirs);
}

/// Archives for the fuzzer to begin with: `fuzz/fuzz_targets/archive.rs` takes the name from the first
/// byte.
#[test]
#[ignore = "writes into fuzz/found"]
fn seeds_of_archives() {
    let endings = [".zip", ".tar", ".tar.gz", ".tar.zst", ".csv.gz", ".csv.zst", "", ".zip.001"];
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/found/archive");
    fs::create_dir_all(&folder).unwrap();
    let compressed = [
        ("table.csv.gz", gz(PATIENT)),
        ("two.csv.gz", [gz(PATIENT), gz("4,Dee\n")].concat()),
        ("table.csv.zst", zst(PATIENT)),
        ("sound.zip", zip(&files())),
        ("sound.tar.gz", gz(tar(&files()))),
        ("sound.tar.zst", zst(tar(&files()))),
    ];
    let cases = [zips(), tars(), others(), compressed.to_vec()].into_iter().flatten();
    for (name, bytes) in cases.filter(|(_, bytes)| bytes.len() <= 8192) {
        let name = name.replace(".tgz", ".tar.gz");
        let longest = endings.iter().enumerate().filter(|(_, end)| name.ends_with(**end));
        let (choice, _) = longest.max_by_key(|(_, end)| end.len()).unwrap();
        fs::write(folder.join(&name), [&[choice as u8], bytes.as_slice()].concat()).unwrap();
    }
}
