//! Each folder `fixtures/extracts/<code>-<name>` holds one problem, and `expect.txt` says all that
//! must be found there: nothing less, nothing more, at exactly these places.

#![allow(clippy::unwrap_used, reason = "what fails here fails the test")]

use crate::support::{checked, findings, json_text, options, root};
use std::fs;
use std::path::PathBuf;

fn fixtures() -> Vec<PathBuf> {
    let entries = fs::read_dir(root().join("fixtures/extracts")).unwrap();
    let mut folders: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    folders.retain(|folder| folder.join("expect.txt").is_file());
    folders.sort();
    folders
}

#[test]
fn every_fixture_gives_what_it_was_made_for_and_nothing_else() {
    let fixtures = fixtures();
    assert!(fixtures.len() > 80, "only {} fixtures were found", fixtures.len());
    let mut wrong = String::new();
    for folder in fixtures {
        let outcome = checked(&folder.join("extract"), &options());
        let found = findings(&serde_json::from_str(&json_text(&outcome)).unwrap());
        let expected = fs::read_to_string(folder.join("expect.txt")).unwrap();
        let mut expected: Vec<&str> = expected.lines().collect();
        expected.sort();
        if found != expected {
            let name = folder.file_name().unwrap().to_string_lossy();
            wrong += &format!("{name}\n");
            for line in found.iter().filter(|line| !expected.contains(&line.as_str())) {
                wrong += &format!("  found    {line}\n");
            }
            for line in expected.iter().filter(|line| !found.iter().any(|found| found == *line)) {
                wrong += &format!("  expected {line}\n");
            }
        }
        let named = folder.file_name().unwrap().to_str().unwrap();
        if named.starts_with("valid-") && !outcome.is_valid() {
            wrong += &format!("{named}: is not valid\n");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}
