//! The archive writer before other people's readers, and the reader before hostile archives.

use crate::bag::{Package, TIME, table};
use handover::archive::bytes::Bytes;
use handover::archive::deflate::{Deflater, FINAL};
use handover::archive::read::{Archive, Limits};
use handover::archive::write::{COMMENT, Writer};
use handover::finding::Group;
use std::io::{Cursor, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::process::Command;

/// Reads an archive and says what was found: "code: text".
fn read(bytes: Vec<u8>) -> (Archive, Vec<String>) {
    let (archive, groups) =
        Archive::read(Bytes::from_vec(bytes, "test.zip"), &Limits::default()).unwrap();
    (archive, groups.iter().map(sentence).collect())
}

fn sentence(group: &Group) -> String {
    match &group.facts {
        handover::finding::Facts::Text(text) => format!("{}: {text}", group.code.name()),
        facts => format!("{}: {facts:?}", group.code.name()),
    }
}

fn contents(archive: &Archive) -> Vec<(String, Vec<u8>)> {
    archive
        .entries
        .iter()
        .map(|entry| {
            let mut bytes = Vec::new();
            archive.reader(entry).unwrap().read_to_end(&mut bytes).unwrap();
            (entry.name.to_string(), bytes)
        })
        .collect()
}

#[test]
fn what_is_written_is_canonical_and_read_by_every_reader() {
    let package = Package::small();
    let bytes = package.bytes();
    let (archive, found) = read(bytes.clone());
    assert_eq!(found, [""; 0]);
    assert!(archive.is_canonical());
    let ours = contents(&archive);
    assert_eq!(ours.len(), 10);
    assert_eq!(ours[0].1, table(20));

    let mut zip = zip::ZipArchive::new(Cursor::new(bytes.clone())).unwrap();
    let slice = rawzip::ZipArchive::from_slice(&bytes).unwrap();
    let mut raw = slice.entries();
    for (index, (name, content)) in ours.iter().enumerate() {
        let mut file = zip.by_index(index).unwrap();
        assert_eq!(file.name().unwrap(), *name);
        let mut theirs = Vec::new();
        file.read_to_end(&mut theirs).unwrap();
        assert_eq!(&theirs, content);
        let entry = raw.next_entry().unwrap().unwrap();
        assert_eq!(entry.file_path().as_ref(), name.as_bytes());
        assert_eq!(entry.uncompressed_size_hint(), content.len() as u64);
    }
    assert!(raw.next_entry().unwrap().is_none());
}

/// A second implementation, made from docs/format.md, that compares every byte.
const CANONICAL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/judges/canonical_bag.py");

/// Runs a judge that may not be installed; says so where it is not.
fn judge(program: &str, arguments: &[&str], folder: &Path) {
    match Command::new(program).args(arguments).current_dir(folder).output() {
        Err(_) => eprintln!("skipped: {program} is not installed"),
        Ok(output) => assert!(
            output.status.success(),
            "{program} {arguments:?}: {}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        ),
    }
}

#[test]
fn stock_tools_accept_what_is_written() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("p.zip"), Package::small().bytes()).unwrap();
    judge("unzip", &["-tqq", "p.zip"], folder.path());
    judge("7z", &["t", "p.zip"], folder.path());
    judge("zip", &["-T", "p.zip"], folder.path());
    judge("python3", &["-m", "zipfile", "-t", "p.zip"], folder.path());
    judge("python3", &[CANONICAL, "p.zip"], folder.path());
    judge("unzip", &["-qq", "p.zip"], folder.path());
    let bag = folder.path().join("A81001-2026-11-23");
    if bag.exists() {
        judge("sha512sum", &["--quiet", "-c", "manifest-sha512.txt"], &bag);
        judge("sha512sum", &["--quiet", "-c", "tagmanifest-sha512.txt"], &bag);
    }
}

#[test]
fn more_entries_than_sixteen_bits_count() {
    let mut writer = Writer::new(Cursor::new(Vec::new()), "test.zip", TIME);
    for number in 0..70_000 {
        writer.store(&format!("f{number}"), b"").unwrap();
    }
    let bytes = writer.finish(COMMENT).unwrap().into_inner();
    let (archive, found) = read(bytes.clone());
    assert_eq!(found, [""; 0]);
    assert_eq!(archive.entries.len(), 70_000);
    assert_eq!(zip::ZipArchive::new(Cursor::new(bytes.clone())).unwrap().len(), 70_000);
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("p.zip"), bytes).unwrap();
    judge("unzip", &["-tqq", "p.zip"], folder.path());
    judge("python3", &["-m", "zipfile", "-t", "p.zip"], folder.path());
    judge("python3", &[CANONICAL, "p.zip"], folder.path());
}

/// Takes minutes and five gigabytes of reading.
#[test]
#[ignore = "long: run by .ci/long"]
fn an_entry_and_offsets_beyond_four_gigabytes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("p.zip");
    let file = std::fs::File::create(&path).unwrap();
    let mut writer = Writer::new(file, &path, TIME);
    let (zeros, count) = (vec![0; 1 << 20], 4200);
    let mut packed = Vec::new();
    Deflater::new(6).block(&zeros, &mut packed).unwrap();
    let mut crc = crc32fast::Hasher::new();
    writer.begin("deflated").unwrap();
    for _ in 0..count {
        writer.write(&packed).unwrap();
        crc.update(&zeros);
    }
    writer.write(&FINAL).unwrap();
    let crc = crc.finalize();
    writer.end(crc, count << 20).unwrap();
    writer.begin_stored("stored", count << 20).unwrap();
    for _ in 0..count {
        writer.write(&zeros).unwrap();
    }
    writer.end(crc, count << 20).unwrap();
    writer.store("behind", b"x").unwrap();
    writer.finish(COMMENT).unwrap();
    let (archive, groups) = Archive::open(&path, &Limits::default()).unwrap();
    assert!(groups.is_empty(), "{groups:?}");
    for entry in &archive.entries {
        assert_eq!(archive.stream(entry, |_| Ok(())).unwrap(), Ok(()));
    }
    assert_eq!(archive.entries[2].size, 1);
    judge("unzip", &["-tqq", "p.zip"], folder.path());
    judge("7z", &["t", "p.zip"], folder.path());
    judge("python3", &["-m", "zipfile", "-t", "p.zip"], folder.path());
}

/// The writer must go back to the end after it filled in a header.
#[test]
fn the_output_is_left_at_its_end() {
    let mut writer = Writer::new(Cursor::new(Vec::new()), "test.zip", TIME);
    writer.store("a", b"b").unwrap();
    let mut output = writer.finish("").unwrap();
    assert_eq!(output.stream_position().unwrap(), output.get_ref().len() as u64);
}

#[test]
fn a_failing_disk_is_an_error_that_names_the_path() {
    #[derive(Debug)]
    struct Full;
    impl Write for Full {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    impl Seek for Full {
        fn seek(&mut self, _: SeekFrom) -> std::io::Result<u64> {
            Ok(0)
        }
    }
    let error = Writer::new(Full, "out/p.zip", TIME).store("a", b"").unwrap_err();
    assert_eq!(error.to_string(), "cannot write out/p.zip: the disk is full");
}

/// A zip made by hand, in which anything can be wrong.
#[derive(Clone)]
struct Raw {
    local_name: Vec<u8>,
    name: Vec<u8>,
    flags: u16,
    local_flags: u16,
    method: u16,
    data: Vec<u8>,
    crc: u32,
    local_crc: u32,
    size: u32,
    attributes: u32,
    central_extra: Vec<u8>,
    after: Vec<u8>,
    offset: Option<u32>,
}

impl Raw {
    fn new(name: &[u8], data: &[u8]) -> Self {
        Self {
            local_name: name.to_vec(),
            name: name.to_vec(),
            flags: 0,
            local_flags: 0,
            method: 0,
            data: data.to_vec(),
            crc: crc32fast::hash(data),
            local_crc: crc32fast::hash(data),
            size: data.len() as u32,
            attributes: 0o100_644 << 16,
            central_extra: Vec::new(),
            after: Vec::new(),
            offset: None,
        }
    }

    fn zip(entries: &[Self]) -> Vec<u8> {
        let (mut out, mut directory) = (Vec::new(), Vec::new());
        for entry in entries {
            let offset = entry.offset.unwrap_or(out.len() as u32);
            let put = |out: &mut Vec<u8>, flags: u16, crc: u32| {
                out.extend_from_slice(&flags.to_le_bytes());
                out.extend_from_slice(&entry.method.to_le_bytes());
                out.extend_from_slice(&[0, 0, 0x21, 0]);
                out.extend_from_slice(&crc.to_le_bytes());
                out.extend_from_slice(&(entry.data.len() as u32).to_le_bytes());
                out.extend_from_slice(&entry.size.to_le_bytes());
            };
            out.extend_from_slice(b"PK\x03\x04\x14\x00");
            put(&mut out, entry.local_flags, entry.local_crc);
            out.extend_from_slice(&(entry.local_name.len() as u16).to_le_bytes());
            out.extend_from_slice(&[0, 0]);
            out.extend_from_slice(&entry.local_name);
            out.extend_from_slice(&entry.data);
            out.extend_from_slice(&entry.after);
            directory.extend_from_slice(b"PK\x01\x02\x14\x03\x14\x00");
            put(&mut directory, entry.flags, entry.crc);
            directory.extend_from_slice(&(entry.name.len() as u16).to_le_bytes());
            directory.extend_from_slice(&(entry.central_extra.len() as u16).to_le_bytes());
            directory.extend_from_slice(&[0; 6]);
            directory.extend_from_slice(&entry.attributes.to_le_bytes());
            directory.extend_from_slice(&offset.to_le_bytes());
            directory.extend_from_slice(&entry.name);
            directory.extend_from_slice(&entry.central_extra);
        }
        let start = out.len() as u32;
        out.extend_from_slice(&directory);
        out.extend_from_slice(b"PK\x05\x06\0\0\0\0");
        out.extend_from_slice(&(entries.len() as u16).to_le_bytes());
        out.extend_from_slice(&(entries.len() as u16).to_le_bytes());
        out.extend_from_slice(&(directory.len() as u32).to_le_bytes());
        out.extend_from_slice(&start.to_le_bytes());
        out.extend_from_slice(&[0, 0]);
        out
    }
}

/// A change to one entry between two good ones.
fn changed(change: impl Fn(&mut Raw)) -> Vec<u8> {
    let mut entries =
        [Raw::new(b"a.csv", b"one"), Raw::new(b"b.csv", b"two"), Raw::new(b"c.csv", b"three")];
    change(&mut entries[1]);
    Raw::zip(&entries)
}

fn named(name: &'static [u8]) -> Vec<u8> {
    changed(|entry| {
        entry.name = name.to_vec();
        entry.local_name = name.to_vec();
    })
}

/// Replaces the end record's field at `at` by `value`.
fn end_field(at: usize, value: u16) -> Vec<u8> {
    let mut bytes = changed(|_| ());
    let from = bytes.len() - 22 + at;
    bytes[from..from + 2].copy_from_slice(&value.to_le_bytes());
    bytes
}

#[test]
fn a_plain_zip_of_others_is_taken() {
    assert_eq!(read(changed(|_| ())).1, [""; 0]);
    assert_eq!(read(Raw::zip(&[])).1, [""; 0]);
    assert_eq!(read(named("é.csv".as_bytes())).1, [""; 0]);
    // Names in code page 437.
    let (archive, found) = read(named(b"caf\x82.csv"));
    assert_eq!((&*archive.entries[1].name, found), ("café.csv", vec![]));
    // Data descriptors in all four forms.
    for (wide, signed) in [(false, false), (false, true), (true, false), (true, true)] {
        let bytes = changed(|entry| {
            (entry.flags, entry.local_flags, entry.local_crc) = (8, 8, 0);
            if signed {
                entry.after.extend_from_slice(b"PK\x07\x08");
            }
            entry.after.extend_from_slice(&entry.crc.to_le_bytes());
            for size in [3_u64, 3] {
                let length = if wide { 8 } else { 4 };
                entry.after.extend_from_slice(&size.to_le_bytes()[..length]);
            }
        });
        assert_eq!(read(bytes).1, [""; 0]);
    }
}

#[test]
fn hostile_archives_are_named_by_what_is_wrong() {
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("unsafe-path: the name leads out", named(b"../b.csv")),
        ("unsafe-path: the name leads out", named(b"a/../../b.csv")),
        ("unsafe-path: the name begins with a slash", named(b"/etc/passwd")),
        ("unsafe-path: the name begins with a drive", named(b"C:/b.csv")),
        ("unsafe-path: the name points to another machine", named(b"//server/b.csv")),
        ("unsafe-path: the name points to another machine", named(b"\\\\server\\b.csv")),
        ("unsafe-path: the name has a backslash", named(b"x\\b.csv")),
        ("unsafe-path: the name has a NUL", named(b"b.csv\0.txt")),
        ("unsafe-path: the name has a control", named(b"b\x1b[2J.csv")),
        ("unsafe-path: the name is empty", named(b"")),
        ("unsafe-path: the name has an empty segment", named(b"x//b.csv")),
        ("unsafe-path: an entry is a link", changed(|e| e.attributes = 0o120_777 << 16)),
        ("unsafe-path: an entry is no file", changed(|e| e.attributes = 0o010_644 << 16)),
        ("ambiguous-archive: two entries have the same name", named(b"a.csv")),
        (
            "ambiguous-archive: an entry lies in a folder whose name is that of a file",
            named(b"a.csv/b"),
        ),
        ("name-collision: two names differ only in case", named(b"A.csv")),
        (
            "ambiguous-archive: the two headers of an entry give different names",
            changed(|e| e.local_name[0] = b'x'),
        ),
        (
            "ambiguous-archive: the two headers of an entry have different flags",
            changed(|e| e.local_flags = 2),
        ),
        (
            "ambiguous-archive: the two headers of an entry give different CRC-32",
            changed(|e| e.local_crc ^= 1),
        ),
        (
            "ambiguous-archive: there are bytes before an entry",
            changed(|e| e.after = b"hidden".to_vec()),
        ),
        ("ambiguous-archive: an entry overlaps another", changed(|e| e.offset = Some(0))),
        ("ambiguous-archive: there is no header where", changed(|e| e.offset = Some(3))),
        (
            "ambiguous-archive: the data descriptor behind an entry",
            changed(|e| (e.flags, e.local_flags) = (8, 8)),
        ),
        (
            "ambiguous-archive: an entry that is not compressed has two sizes",
            changed(|e| e.size += 1),
        ),
        ("ambiguous-archive: a folder has bytes of its own", named(b"b/")),
        (
            "ambiguous-archive: an entry is a folder by its mode",
            changed(|e| e.attributes = 0o040_755 << 16),
        ),
        (
            "ambiguous-archive: an entry has two names",
            changed(|e| {
                e.central_extra = [
                    b"up\x0a\x00\x01".to_vec(),
                    crc32fast::hash(&e.name).to_le_bytes().to_vec(),
                    b"other".to_vec(),
                ]
                .concat();
            }),
        ),
        (
            "ambiguous-archive: the extra field",
            changed(|e| e.central_extra = b"xx\xff\xff".to_vec()),
        ),
        (
            "ambiguous-archive: a name is not the UTF-8",
            changed(|e| {
                (e.flags, e.local_flags) = (1 << 11, 1 << 11);
                e.name = b"caf\x82".to_vec();
                e.local_name = e.name.clone();
            }),
        ),
        ("encrypted-file: an entry is encrypted", changed(|e| (e.flags, e.local_flags) = (1, 1))),
        ("unreadable-archive: an entry is compressed by method 9", changed(|e| e.method = 9)),
        ("ambiguous-archive: bytes follow the end", [changed(|_| ()), b"x".to_vec()].concat()),
        (
            "ambiguous-archive: the directory of the archive is not where",
            [b"#!/bin/sh\n".to_vec(), changed(|_| ())].concat(),
        ),
        ("ambiguous-archive: the archive says 4 entries and has 3", {
            let mut bytes = end_field(8, 4);
            let from = bytes.len() - 12;
            bytes[from..from + 2].copy_from_slice(&4_u16.to_le_bytes());
            bytes
        }),
        ("unreadable-archive: the archive is one part of several", end_field(4, 1)),
        ("ambiguous-archive: a number that does not fit is not stated", end_field(10, 0xffff)),
        (
            "ambiguous-archive: the directory of the archive does not end where",
            end_field(12, 0xfff0),
        ),
        ("unreadable-archive: this is no zip archive", b"a,b\r\n1,2\r\n".to_vec()),
        ("unreadable-archive: this is no zip archive", Vec::new()),
        ("unreadable-archive: the archive is cut off", changed(|_| ())[..60].to_vec()),
        ("ambiguous-archive: more than one record", {
            // A whole archive as the comment of another: readers differ in which they open.
            let inner = Raw::zip(&[]);
            let mut bytes = changed(|_| ());
            let at = bytes.len() - 2;
            bytes[at..].copy_from_slice(&(inner.len() as u16).to_le_bytes());
            [bytes, inner].concat()
        }),
    ];
    for (expected, bytes) in cases {
        let (_, found) = read(bytes);
        assert!(found.iter().any(|text| text.starts_with(expected)), "{expected}: {found:?}");
    }
}

#[test]
fn lies_about_the_content_are_faults_of_the_entry() {
    let fault = |bytes: Vec<u8>| {
        let (archive, _) = read(bytes);
        let entry = &archive.entries[1];
        archive.stream(entry, |_| Ok(())).unwrap().unwrap_err().to_string()
    };
    let text = b"text text text text text text text";
    let deflated = |change: fn(&mut Raw)| {
        changed(|entry| {
            let mut packed = Vec::new();
            Deflater::new(6).block(text, &mut packed).unwrap();
            packed.extend_from_slice(&FINAL);
            entry.method = 8;
            entry.data = packed;
            entry.size = text.len() as u32;
            entry.crc = crc32fast::hash(text);
            entry.local_crc = entry.crc;
            change(entry);
        })
    };
    assert_eq!(read(deflated(|_| ())).1, [""; 0]);
    assert_eq!(contents(&read(deflated(|_| ())).0)[1].1, text);
    assert_eq!(fault(deflated(|e| e.size -= 1)), "the size is not as stated");
    assert_eq!(fault(deflated(|e| e.size += 1)), "the size is not as stated");
    assert_eq!(fault(deflated(|e| e.crc ^= 1)), "the CRC-32 is not as stated");
    assert_eq!(
        fault(deflated(|e| e.data.push(0))),
        "the compressed data does not end where it should"
    );
    assert_eq!(
        fault(deflated(|e| e.data.truncate(4))),
        "the compressed data does not end where it should"
    );
    assert_eq!(fault(deflated(|e| e.data[0] = 7)), "the compressed data is damaged");
    assert_eq!(fault(changed(|e| e.crc ^= 1)), "the CRC-32 is not as stated");
    assert_eq!(fault(changed(|e| e.method = 12)), "the method of compression is not supported");
}

#[test]
fn the_bytes_of_overlapping_entries_are_given_once() {
    // One kernel, many headers that point to it, as in Fifield's bombs.
    let mut entries = vec![Raw::new(b"a", &[0; 1000])];
    for number in 0..50 {
        let mut entry = Raw::new(format!("b{number}").as_bytes(), &[0; 1000]);
        entry.offset = Some(0);
        entries.push(entry);
    }
    let (archive, found) = read(Raw::zip(&entries));
    assert!(found.iter().any(|text| text.contains("overlaps another")), "{found:?}");
    let readable = archive.entries.iter().filter(|entry| archive.reader(entry).is_ok()).count();
    assert_eq!(readable, 1);
}

#[test]
fn limits_are_findings() {
    let limits = Limits { entries: 2, names: 11, ratio: 0, ..Limits::default() };
    let (archive, groups) =
        Archive::read(Bytes::from_vec(changed(|_| ()), "test.zip"), &limits).unwrap();
    let found: Vec<String> = groups.iter().map(sentence).collect();
    assert!(
        found.contains(&"archive-limit: there are more than 2 entries".to_owned()),
        "{found:?}"
    );
    assert!(found.iter().any(|text| text.contains("would be more than 0 times")), "{found:?}");
    assert!(found.iter().any(|text| text.contains("names of the entries have more than 11")));
    assert_eq!(found.len(), 3, "{found:?}");
    assert_eq!(archive.entries.len(), 2);
}

#[test]
fn no_truncation_and_no_flipped_byte_of_a_foreign_zip_panics() {
    let good = changed(|_| ());
    for at in 0..good.len() {
        let (archive, found) = read(good[..at].to_vec());
        assert!(!found.is_empty(), "cut at {at}");
        archive.entries.iter().for_each(|entry| {
            let _ = archive.stream(entry, |_| Ok(())).unwrap();
        });
        for value in [0, 1, 0x7f, 0x80, 0xff] {
            let mut bytes = good.clone();
            bytes[at] = value;
            let (archive, _) = read(bytes);
            archive.entries.iter().for_each(|entry| {
                let _ = archive.stream(entry, |_| Ok(())).unwrap();
            });
        }
    }
}
