//! What is spoilt between writing and reading back is found, wherever it stands.

use super::*;
use crate::archive::read::{Archive, Limits as ArchiveLimits};
use crate::check::select;
use crate::error::ErrorKind;
use crate::source::Limits;
use crate::source::block::Block;
use std::fs;
use std::io::Write;
use std::path::Path;

const DESCRIPTOR: &str = r#"{"name": "two", "handover": {"auditTrail": {"absent": "a test"}}, "resources": [
    {"name": "a", "path": "a.csv", "schema": {"fields": [{"name": "id", "type": "integer"}]}}]}"#;

/// An extract of a table and of files that are none.
fn extract(rows: u32) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut table = b"id\n".to_vec();
    (0..rows).for_each(|row| writeln!(table, "{}", row * 7919).unwrap());
    for (name, bytes) in [
        ("datapackage.json", DESCRIPTOR.as_bytes()),
        ("a.csv", &table),
        ("empty.txt", b""),
        ("scan.bin", &[7, 0, 255, 7]),
    ] {
        fs::write(folder.path().join(name), bytes).unwrap();
    }
    folder
}

fn options(output: PathBuf, level: u32) -> Options {
    let mut check = check::Options::new([7; 16], std::env::temp_dir());
    check.jobs = 1;
    Options {
        check,
        output,
        time: 1_772_409_600,
        acceptance: None,
        baseline: Vec::new(),
        info: Vec::new(),
        algorithms: vec![Algorithm::Sha256],
        level,
        reread: true,
        key: None,
        secret: Secret::Given(Zeroizing::new([7; 32])),
        tool: Tool::default(),
    }
}

/// Packs; the package has no name yet.
fn whole(folder: &Path, options: &Options) -> Whole {
    let extract = Extract::open(folder, &Limits::default()).unwrap();
    let chosen = select::found(&extract).unwrap();
    pack(&extract, chosen.as_ref(), options).unwrap().whole.unwrap()
}

/// What reading back says once the bytes are changed; they are then put right again.
fn said(whole: &Whole, options: &Options, change: impl FnOnce(&mut Vec<u8>)) -> String {
    let path = whole.output.partial_path();
    let good = fs::read(path).unwrap();
    let mut bytes = good.clone();
    change(&mut bytes);
    assert!(bytes != good);
    put(path, &bytes);
    let result = whole.read_back(options);
    put(path, &good);
    match result {
        Ok(()) => "nothing".to_owned(),
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::Output, "{error}");
            error.to_string()
        }
    }
}

/// Writes over what stands there; a file that is cut off first would be brought to the disk each time.
fn put(path: &Path, bytes: &[u8]) {
    let mut file = fs::File::options().write(true).open(path).unwrap();
    file.write_all(bytes).unwrap();
    file.set_len(bytes.len() as u64).unwrap();
}

#[test]
fn what_is_spoilt_before_it_is_read_back_is_found_wherever_it_stands() {
    let place = tempfile::tempdir().unwrap();
    let options = options(place.path().join("p.zip"), 3);
    let folder = extract(60);
    let whole = whole(folder.path(), &options);
    whole.read_back(&options).unwrap();
    let path = whole.output.partial_path();
    let (archive, _) = Archive::open(path, &ArchiveLimits::default()).unwrap();
    // Every bit of the payload; of all else, headers too, bits of many bytes.
    let payload = archive.entries.iter().filter(|entry| entry.name.contains("/data/"));
    let payload: Vec<_> = payload
        .map(|entry| entry.data_offset as usize..(entry.data_offset + entry.packed) as usize)
        .collect();
    assert_eq!(payload.len(), 4);
    let length = fs::metadata(path).unwrap().len() as usize;
    let mut tried = [0; 2];
    for at in 0..length {
        let is_payload = payload.iter().any(|range| range.contains(&at));
        let bits = match is_payload {
            true => 0..8,
            false if at % 97 == 0 => at % 8..at % 8 + 1,
            false => continue,
        };
        for bit in bits {
            let said = said(&whole, &options, |bytes| bytes[at] ^= 1 << bit);
            assert!(said.contains("did not read back as it was written"), "{at}.{bit}: {said}");
            tried[usize::from(is_payload)] += 1;
        }
    }
    assert!(tried[0] > 150 && tried[1] > 1000, "{tried:?}");
    for cut in [1, 22, 1000, length - 1] {
        let said = said(&whole, &options, |bytes| bytes.truncate(length - cut));
        assert!(said.contains("did not read back"), "{cut}: {said}");
    }
    let said = said(&whole, &options, |bytes| bytes.push(0));
    assert!(said.contains("did not read back"), "{said}");
    whole.read_back(&options).unwrap();
    let written = whole.commit(&options).unwrap();
    assert!(crate::verify::run(&written.path, &Default::default()).unwrap().verdict.is_intact());
}

#[test]
fn a_block_among_many_is_found_at_every_level() {
    for level in [0, 3, 6] {
        let place = tempfile::tempdir().unwrap();
        let mut options = options(place.path().join("p.zip"), level);
        options.check.jobs = 3;
        let folder = extract(150_000);
        let whole = whole(folder.path(), &options);
        whole.read_back(&options).unwrap();
        let (archive, _) =
            Archive::open(whole.output.partial_path(), &ArchiveLimits::default()).unwrap();
        let table = archive.entries.iter().find(|entry| entry.name.ends_with("/data/a.csv"));
        let table = table.unwrap();
        for part in 0..8 {
            let at = (table.data_offset + part * (table.packed - 1) / 7) as usize;
            let said = said(&whole, &options, |bytes| bytes[at] ^= 16);
            assert!(said.contains("did not read back"), "level {level}, byte {at}: {said}");
        }
    }
}

/// What is known of how it was written counts, not what the package says of itself.
#[test]
fn a_package_that_agrees_with_itself_but_is_another_is_found() {
    let place = tempfile::tempdir().unwrap();
    let first = options(place.path().join("first.zip"), 3);
    let second = options(place.path().join("second.zip"), 3);
    let third = options(place.path().join("third.zip"), 4);
    let folder = extract(300);
    let one = whole(folder.path(), &first);
    let same = whole(folder.path(), &second);
    let packed_otherwise = fs::read(whole(folder.path(), &third).output.partial_path()).unwrap();
    let other = extract(301);
    let other = fs::read(whole(other.path(), &second).output.partial_path()).unwrap();
    let same = fs::read(same.output.partial_path()).unwrap();
    assert!(same == fs::read(one.output.partial_path()).unwrap());
    for (name, bytes) in [("other", other), ("packed otherwise", packed_otherwise)] {
        let said = said(&one, &first, |old| *old = bytes);
        assert!(said.contains("did not read back"), "{name}: {said}");
    }
}

#[test]
fn a_block_that_changes_before_it_is_hashed_is_refused() {
    let place = tempfile::tempdir().unwrap();
    let options = options(place.path().join("p.zip"), 3);
    let names = ["a.csv".to_owned()];
    let output = Output::create(&options.output, Existing::Keep).unwrap();
    let mut writer = PayloadWriter::new(output, "top", &names, &options);
    let mut block = Block::default();
    block.bytes = b"id\n1\n".to_vec();
    block.last = true;
    let packed = Packer::new(3, true, &names).pack(&block, Vec::new()).unwrap();
    block.bytes[3] ^= 1;
    let error = writer.block(&block, &packed).unwrap_err();
    assert_eq!(error.to_string(), "block 1 of a.csv could not be packed: it changed in memory");
}
