//! Damage of a package: which rows are named, and how many patients they are of.

use crate::retrieve::{Files, packaged, rezip, text, unzip};
use crate::support::run;
use std::fs;
use std::path::Path;

const OBSERVATIONS: &str = "CareRecord_Observation_";

/// What `verify` says of a package whose observations were changed, while its manifest was not.
fn said(files: &Files, folder: &Path, change: impl FnOnce(&mut Vec<u8>)) -> String {
    let mut files = files.clone();
    let name = files.keys().find(|name| name.contains(OBSERVATIONS)).unwrap().clone();
    let manifest = files["manifest-sha512.txt"].clone();
    let tags = files["tagmanifest-sha512.txt"].clone();
    change(files.get_mut(&name).unwrap());
    let path = folder.join("changed.zip");
    rezip(files, &path);
    let mut files = unzip(&path);
    files.insert("manifest-sha512.txt".into(), manifest);
    files.insert("tagmanifest-sha512.txt".into(), tags);
    let bag = folder.join("bag");
    let _ = fs::remove_dir_all(&bag);
    for (name, bytes) in files {
        let path = bag.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    let done = run(&[&"verify", &bag]);
    assert_eq!(done.status.code(), Some(1), "{}", text(&done));
    text(&done)
}

/// Where each row begins, and where the last ends.
fn starts(bytes: &[u8]) -> Vec<usize> {
    let mut quoted = false;
    let ends = bytes.iter().enumerate().filter(|(_, byte)| {
        quoted ^= **byte == b'"';
        **byte == b'\n' && !quoted
    });
    std::iter::once(0).chain(ends.map(|(at, _)| at + 1)).collect()
}

#[test]
fn damaged_rows_are_named_without_a_deep_look() {
    let folder = tempfile::tempdir().unwrap();
    // Each observation six times, so that there are several groups of 128.
    let more = |extract: &Path| {
        let path = fs::read_dir(extract).unwrap().map(|entry| entry.unwrap().path());
        let path = path.into_iter().find(|path| path.to_string_lossy().contains(OBSERVATIONS));
        let path = path.unwrap();
        let bytes = fs::read(&path).unwrap();
        let rows = &bytes[starts(&bytes)[1]..];
        fs::write(&path, [&bytes[..], &rows.repeat(5)].concat()).unwrap();
    };
    let package = packaged(folder.path(), "p.zip", &more);
    let files = unzip(&package);
    let rows = files.iter().find(|(name, _)| name.contains(OBSERVATIONS)).unwrap().1.clone();
    let starts = starts(&rows);
    let last = starts.len() - 1;
    assert!(last > 520, "{last}");
    // The rows of a group, and whose they are.
    let patients = |from: usize, to: usize| {
        let own = (from..=to).map(|row| {
            let line = &rows[starts[row - 1]..starts[row]];
            let cells: Vec<&[u8]> = line.split(|byte| *byte == b',').collect();
            cells[1].to_vec()
        });
        let mut own: Vec<Vec<u8>> = own.collect();
        own.sort();
        own.dedup();
        own.len()
    };
    let header = String::from_utf8_lossy(&rows[..starts[1]]).into_owned();
    assert_eq!(header.split(',').nth(1), Some("PatientGuid"), "{header}");
    let of = |from, to| match patients(from, to) {
        1 => "1 patient has rows among those that are damaged".to_owned(),
        many => format!("{many} patients have rows among those that are damaged"),
    };
    // A letter in row 200.
    let out = said(&files, folder.path(), |bytes| bytes[starts[199] + 60] ^= 1);
    assert!(out.contains("rows 129 to 256"), "{out}");
    assert!(out.contains(&of(129, 256)), "{out}");
    // Letters in two places.
    let out = said(&files, folder.path(), |bytes| {
        bytes[starts[199] + 60] ^= 1;
        bytes[starts[399] + 60] ^= 1;
    });
    assert!(out.contains("rows 129 to 256") && out.contains("rows 385 to 512"), "{out}");
    assert!(!out.contains("rows 257"), "{out}");
    // Row 200 taken out, and written twice: those behind it only moved.
    let out = said(&files, folder.path(), |bytes| drop(bytes.drain(starts[199]..starts[200])));
    assert!(out.contains("rows 129 to 256"), "{out}");
    assert!(!out.contains("to 384"), "{out}");
    let out = said(&files, folder.path(), |bytes| {
        let row = bytes[starts[199]..starts[200]].to_vec();
        bytes.splice(starts[200]..starts[200], row);
    });
    assert!(out.contains("rows 129 to 256"), "{out}");
    assert!(!out.contains("to 384"), "{out}");
    // A line end more or less, where no byte is added or taken away: rows are numbered otherwise then.
    let out = said(&files, folder.path(), |bytes| bytes[starts[199] + 60] = b'\n');
    assert!(out.contains("rows 129 to 256"), "{out}");
    assert!(!out.contains("to 384"), "{out}");
    let out = said(&files, folder.path(), |bytes| bytes[starts[200] - 1] = b' ');
    assert!(out.contains("rows 129 to 256"), "{out}");
    assert!(!out.contains("to 384"), "{out}");
    // A quote: what follows it cannot be told apart, but what is before can.
    let out = said(&files, folder.path(), |bytes| bytes[starts[199] + 60] = b'"');
    assert!(out.contains(&format!("rows 129 to {last}")), "{out}");
    // Between two groups: the one where it is seen is named.
    let out = said(&files, folder.path(), |bytes| {
        bytes.splice(starts[256]..starts[256], b"more\r\n".to_vec());
    });
    assert!(out.contains("rows 257 to 384"), "{out}");
    // The end cut off, in the last group.
    let from = (last - 1) / 128 * 128 + 1;
    let out = said(&files, folder.path(), |bytes| bytes.truncate(bytes.len() - 5));
    assert!(out.contains(&format!("rows {from} to {last}")), "{out}");
    // All of it.
    let out = said(&files, folder.path(), Vec::clear);
    assert!(out.contains(&format!("rows 1 to {last}")), "{out}");
    let everyone = of(2, last);
    assert!(out.contains(&everyone), "{everyone}: {out}");
    // Proofs that are damaged themselves say nothing of rows.
    let mut broken = files.clone();
    for byte in broken.get_mut("proof/trees.bin").unwrap() {
        *byte = byte.wrapping_add(1);
    }
    let out = said(&broken, folder.path(), |bytes| bytes[starts[199] + 60] ^= 1);
    assert!(out.contains("digest-mismatch") && !out.contains("rows 129"), "{out}");
}
