//! Committed files that are made by the program are what the program makes.

#![allow(clippy::unwrap_used)]

use handover::finding::catalogue::CATALOGUE;
use std::path::Path;

/// Compares a committed file with what the program makes; with `HANDOVER_UPDATE=1` in the
/// environment it is written instead.
pub fn assert_committed(path: &str, made: &str) {
    let full = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    #[expect(clippy::disallowed_methods, reason = "a test, and asked for by its caller")]
    let update = std::env::var_os("HANDOVER_UPDATE").is_some();
    if update {
        std::fs::create_dir_all(full.parent().unwrap()).unwrap();
        std::fs::write(&full, made).unwrap();
    }
    // A checkout on Windows may have other line ends.
    let committed = std::fs::read_to_string(&full).unwrap_or_default().replace("\r\n", "\n");
    assert!(
        committed == made,
        "{path} is not what the program makes; run HANDOVER_UPDATE=1 cargo test --test it, look at \
         the difference and commit it"
    );
}

#[test]
fn findings_md_is_made_from_the_catalogue() {
    assert_committed("docs/findings.md", &handover::report::findings_markdown());
}

#[test]
fn every_code_has_a_heading_in_findings_md() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/findings.md");
    let text = std::fs::read_to_string(path).unwrap();
    let headings: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("### ")).collect();
    let codes: Vec<&str> = CATALOGUE.iter().map(|entry| entry.name).collect();
    assert_eq!(headings, codes);
}
