//! Identifiers: what the documentation says of them is what the program checks.

#![allow(clippy::unwrap_used, reason = "what fails here fails the test")]

use crate::support::root;
use handover::schema::identifier::Identifier;
use std::fs;

#[test]
fn the_documented_kinds_are_those_that_are_checked() {
    let text = fs::read_to_string(root().join("docs/identifiers.md")).unwrap();
    let rows: Vec<[String; 3]> = text
        .lines()
        .filter(|line| line.starts_with("| `") && !line.contains("`rdfType`"))
        .map(|line| {
            let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
            [cells[0].trim_matches('`').to_owned(), cells[1].to_owned(), cells[2].to_owned()]
        })
        .collect();
    let kinds: Vec<[String; 3]> = Identifier::all()
        .map(|kind| [kind.uri().to_owned(), kind.name().to_owned(), kind.form().to_owned()])
        .collect();
    assert_eq!(rows, kinds);
}
