//! Keys and references against a naive oracle, with so little memory that everything spills.

#![allow(clippy::unwrap_used, reason = "what fails here fails the test")]

use crate::support::{checked, folder, json_text, options};
use handover::check::Outcome;
use handover::finding::{Code, Facts, Group};
use proptest::prelude::*;
use std::collections::BTreeMap;

const DESCRIPTOR: &str = r#"{"name": "keys", "handover": {"auditTrail": {"absent": "a test"}},
 "resources": [
  {"name": "parent", "path": ["parent-1.csv", "parent-2.csv"], "handover": {"role": "patient"},
   "schema": {"primaryKey": ["id", "org"], "uniqueKeys": [["code"]], "fields": [
     {"name": "id", "type": "integer"}, {"name": "org"}, {"name": "code"}]}},
  {"name": "child", "path": "child.csv",
   "schema": {"fields": [
     {"name": "own", "type": "integer"}, {"name": "parent", "type": "integer"}, {"name": "org"},
     {"name": "before", "type": "integer"}],
    "uniqueKeys": [["own"]],
    "foreignKeys": [
     {"fields": ["parent", "org"], "reference": {"resource": "parent", "fields": ["id", "org"]}},
     {"fields": ["before"], "reference": {"resource": "", "fields": ["own"]}}]}}]}"#;

/// A number as it may be written, or nothing.
#[derive(Debug, Clone)]
struct Written {
    number: Option<u8>,
    zeros: u8,
}

impl Written {
    fn text(&self) -> String {
        match self.number {
            Some(number) => format!("{}{number}", "0".repeat(self.zeros.into())),
            None => String::new(),
        }
    }
}

fn written(below: u8) -> impl Strategy<Value = Written> {
    (proptest::option::weighted(0.9, 0..below), 0_u8..3)
        .prop_map(|(number, zeros)| Written { number, zeros })
}

#[derive(Debug, Clone)]
struct Parent(Written, &'static str, Option<u8>);

#[derive(Debug, Clone)]
struct Child(Written, Written, &'static str, Written);

fn org() -> impl Strategy<Value = &'static str> {
    prop_oneof![8 => Just("A"), 4 => Just("a"), 1 => Just("")]
}

/// What is found in one relation: rows of all files counted through, with the first row of the same
/// key and the number of rows that have it; the number of different keys.
#[derive(Debug, PartialEq, Eq, Default)]
struct Found {
    rows: Vec<(usize, Option<usize>, u64)>,
    distinct: u64,
}

/// Duplicates among keys; a key with a null part is none.
fn duplicates<K: Ord + Clone>(keys: &[Option<K>]) -> Found {
    let mut rows: BTreeMap<K, Vec<usize>> = BTreeMap::new();
    for (row, key) in keys.iter().enumerate() {
        if let Some(key) = key {
            rows.entry(key.clone()).or_default().push(row);
        }
    }
    let mut found = Found::default();
    for members in rows.into_values().filter(|members| members.len() > 1) {
        found.distinct += 1;
        let repeats = members.iter().skip(1);
        found.rows.extend(repeats.map(|&row| (row, Some(members[0]), members.len() as u64)));
    }
    found.rows.sort();
    found
}

fn orphans<K: Ord + Clone>(children: &[Option<K>], parents: &[Option<K>]) -> Found {
    let mut missing: BTreeMap<K, Vec<usize>> = BTreeMap::new();
    for (row, key) in children.iter().enumerate() {
        if let Some(key) = key
            && !parents.contains(&Some(key.clone()))
        {
            missing.entry(key.clone()).or_default().push(row);
        }
    }
    let mut found = Found { distinct: missing.len() as u64, ..Found::default() };
    for rows in missing.into_values() {
        found.rows.extend(rows.iter().map(|&row| (row, None, rows.len() as u64)));
    }
    found.rows.sort();
    found
}

/// What the program found of a code on a field; `starts` says which row of all the first data row of
/// each file is.
fn found(outcome: &Outcome, code: Code, field: &str, starts: &BTreeMap<u32, usize>) -> Found {
    let mut groups = outcome.all_groups().map(|(_, group)| group);
    let is_meant = |group: &&Group| {
        // A null in a primary key is a finding of its own, with the same code.
        group.code == code
            && group.fields[0].name == field
            && !matches!(group.facts, Facts::Text(_))
    };
    let Some(group) = groups.find(is_meant) else { return Found::default() };
    let row = |place: &handover::finding::Place| {
        starts[&place.file.unwrap()] + usize::try_from(place.row.unwrap()).unwrap() - 2
    };
    let distinct = match &group.facts {
        Facts::Repeated { keys } => *keys,
        Facts::Reference { distinct, .. } => *distinct,
        other => panic!("{other:?}"),
    };
    let rows: Vec<_> = group
        .samples
        .iter()
        .map(|sample| match &sample.facts {
            Facts::Duplicate { first, rows, members } => {
                let members: Vec<usize> = members.iter().map(row).collect();
                assert!(members.is_sorted());
                if !members.is_empty() {
                    assert_eq!(members.len() as u64, (*rows).min(20));
                    assert_eq!((members[0], members[1]), (row(first), row(&sample.place)));
                }
                (row(&sample.place), Some(row(first)), *rows)
            }
            Facts::Orphan { rows } => (row(&sample.place), None, *rows),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(group.occurrences, rows.len() as u64);
    Found { rows, distinct }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn joins_agree_with_a_naive_oracle_when_everything_spills(
        parents in proptest::collection::vec(
            (written(40), org(), proptest::option::of(0_u8..60)).prop_map(|(a, b, c)| Parent(a, b, c)),
            0..120,
        ),
        cut in 0_usize..120,
        children in proptest::collection::vec(
            (written(90), written(44), org(), written(99))
                .prop_map(|(a, b, c, d)| Child(a, b, c, d)),
            0..150,
        ),
        memory in prop_oneof![Just(0_usize), Just(3_000), Just(40_000), Just(64 << 20)],
        jobs in 1_usize..4,
        block_size in prop_oneof![Just(24_usize), Just(100), Just(1 << 18)],
    ) {
        let cut = cut.min(parents.len());
        let parent_lines = |parents: &[Parent]| {
            let mut text = "id,org,code\n".to_owned();
            for Parent(id, org, code) in parents {
                let code = code.map_or(String::new(), |code| format!("c{code}"));
                text += &format!("{},{org},{code}\n", id.text());
            }
            text
        };
        let mut child_lines = "own,parent,org,before\n".to_owned();
        for Child(own, parent, org, before) in &children {
            child_lines +=
                &format!("{},{},{org},{}\n", own.text(), parent.text(), before.text());
        }
        let (first, second) = (parent_lines(&parents[..cut]), parent_lines(&parents[cut..]));
        let files = [
            ("datapackage.json", DESCRIPTOR.as_bytes()),
            ("child.csv", child_lines.as_bytes()),
            ("parent-1.csv", first.as_bytes()),
            ("parent-2.csv", second.as_bytes()),
        ];
        let extract = folder(&files);
        let mut options = options();
        (options.memory, options.jobs, options.block_size) = (memory, jobs, block_size);
        let outcome = checked(extract.path(), &options);

        let file = |name: &str| {
            u32::try_from(outcome.files.iter().position(|file| file.shown == name).unwrap()).unwrap()
        };
        let starts = BTreeMap::from([
            (file("child.csv"), 0), (file("parent-1.csv"), 0), (file("parent-2.csv"), cut),
        ]);
        // A row without any content is blank, and has no key.
        let some = |org: &'static str| (!org.is_empty()).then_some(org);
        let ids: Vec<Option<(u8, &str)>> =
            parents.iter().map(|Parent(id, org, _)| Some((id.number?, some(org)?))).collect();
        let codes: Vec<Option<u8>> = parents.iter().map(|Parent(_, _, code)| *code).collect();
        let owns: Vec<Option<u8>> = children.iter().map(|child| child.0.number).collect();
        let befores: Vec<Option<u8>> = children.iter().map(|child| child.3.number).collect();
        let refers: Vec<Option<(u8, &str)>> = children
            .iter()
            .map(|Child(_, parent, org, _)| Some((parent.number?, some(org)?)))
            .collect();
        let of = |code, field| found(&outcome, code, field, &starts);
        prop_assert_eq!(of(Code::PrimaryKey, "id"), duplicates(&ids));
        prop_assert_eq!(of(Code::UniqueError, "code"), duplicates(&codes));
        prop_assert_eq!(of(Code::UniqueError, "own"), duplicates(&owns));
        prop_assert_eq!(of(Code::ForeignKey, "parent"), orphans(&refers, &ids));
        prop_assert_eq!(of(Code::ForeignKey, "before"), orphans(&befores, &owns));

        let distinct = |keys: &[Option<(u8, &str)>]| {
            let mut keys: Vec<_> = keys.iter().flatten().collect();
            keys.sort();
            keys.dedup();
            Some(keys.len() as u64)
        };
        for profile in &outcome.profile {
            let expected = if profile.task == 0 { distinct(&ids) } else { distinct(&refers) };
            prop_assert_eq!(profile.patients, expected);
        }
    }
}

/// A key that many rows share: the finding names the first of them, and says how many there are.
#[test]
fn a_duplicate_names_the_rows_that_share_its_key() {
    let descriptor =
        crate::support::one_table(r#"[{"name": "id", "constraints": {"unique": true}}]"#);
    let rows: String = (0..50).map(|n| format!("{}\n", if n % 2 == 0 { 7 } else { n })).collect();
    let table = format!("id\n{rows}");
    let files = [("datapackage.json", descriptor.as_bytes()), ("t.csv", table.as_bytes())];
    let extract = folder(&files);
    let report: serde_json::Value =
        serde_json::from_str(&json_text(&checked(extract.path(), &options()))).unwrap();
    let errors = report["tasks"][0]["errors"].as_array().unwrap();
    // 7 stands in 25 rows of even and one of odd number.
    assert_eq!(errors.len(), 25);
    assert_eq!(errors[0]["sameKeyRows"], 26);
    let members: Vec<u64> = errors[0]["sameKey"]
        .as_array()
        .unwrap()
        .iter()
        .map(|place| place["rowNumber"].as_u64().unwrap())
        .collect();
    assert_eq!(members[..6], [2, 4, 6, 8, 9, 10]);
    assert_eq!(members.len(), 20);
    let message = errors[0]["message"].as_str().unwrap();
    assert!(
        message.contains("first used in row 2; 26 rows have it: 2, 4, 6, 8, 9, 10, …"),
        "{message}"
    );
    assert!(errors[1]["sameKey"].is_null(), "named once");
    assert_eq!(report["tasks"][0]["groups"][0]["distinct"], 1);
}
