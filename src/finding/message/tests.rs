use super::*;
use crate::finding::{Code, Place};
use proptest::prelude::*;

fn group(code: Code, facts: Facts) -> Group {
    let mut group = Group::single(code, Some(0), facts, Place::default());
    group.fields = vec![FieldRef { number: 6, name: "DateOfBirth".into() }];
    group
}

fn at(row: u64) -> Sample {
    Sample { place: Place { row: Some(row), ..Place::default() }, ..Sample::default() }
}

#[test]
fn a_message_names_the_place_and_what_was_expected() {
    let group = group(Code::TypeError, Facts::Type { expected: "date (%Y-%m-%d)".into() });
    let mut sample = at(1_017);
    sample.shape = Some("99/99/9999".into());
    assert_eq!(location(&group, &sample), "row 1,017, column DateOfBirth (F)");
    assert_eq!(note(&group, &sample), "expected date (%Y-%m-%d)");
    assert_eq!(
        message(&group, &sample),
        "Row 1,017, column DateOfBirth (F): a cell does not have the declared type or format; \
         expected date (%Y-%m-%d); its shape is 99/99/9999."
    );
    assert_eq!(
        title(&group),
        "A cell does not have the declared type or format; expected date (%Y-%m-%d)"
    );
}

#[test]
fn a_value_is_shown_only_where_the_sample_has_one_and_then_harmlessly() {
    let group = group(Code::TypeError, Facts::None);
    let mut sample = at(2);
    sample.shape = Some("aaaa".into());
    sample.value = Some(format!("\u{1b}[31m\u{202e}x\ny{}", "z".repeat(100)));
    let text = message(&group, &sample);
    assert!(!text.contains("aaaa"));
    assert!(text.ends_with(&format!("; it is \"[31mx y{}…\".", "z".repeat(52))), "{text}");
}

#[test]
fn without_a_place_the_sentence_stands_alone() {
    let mut group = group(Code::MissingFile, Facts::None);
    group.fields.clear();
    assert_eq!(message(&group, &Sample::default()), "A declared file is not in the extract.");
}

#[test]
fn clauses() {
    let name = |expected: Option<&str>, found: Option<&str>| Facts::Name {
        expected: expected.map(Into::into),
        found: found.map(Into::into),
    };
    for (facts, expected) in [
        (Facts::Constraint { name: "maxLength", limit: "7".into() }, "at most 7 long (maxLength)"),
        (Facts::Constraint { name: "required", limit: "true".into() }, "a value is required"),
        (
            Facts::Constraint { name: "jsonSchema", limit: "true".into() },
            "must be as the field's JSON Schema says (jsonSchema)",
        ),
        (Facts::Constraint { name: "other", limit: "{}".into() }, "other is {}"),
        (Facts::Width { expected: 5, found: 3 }, "expected 5 cells, found 3"),
        (name(Some("NHSNumber"), Some("NHS No")), "expected NHSNumber, found NHS No"),
        (name(Some("NHSNumber"), None), "expected NHSNumber"),
        (name(None, Some("Extra")), "found Extra"),
        (
            Facts::Count { what: "rows", expected: 74_298, found: 9 },
            "expected 74,298 rows, found 9",
        ),
        (
            Facts::Digest {
                algorithm: "sha512",
                expected: "0123456789abcdef0123".into(),
                found: "fedc".into(),
            },
            "expected sha512 0123456789abcdef…, found fedc",
        ),
        (
            Facts::Reference {
                resource: "concept".into(),
                fields: vec!["concept_id".into()],
                distinct: 812,
            },
            "not in concept (concept_id); 812 different missing keys",
        ),
        (
            Facts::Duplicate { first: row(12), rows: 2, members: vec![row(12), row(15)] },
            "first used in row 12",
        ),
        (
            Facts::Duplicate {
                first: row(12),
                rows: 3,
                members: vec![row(12), row(15), row(1_200)],
            },
            "first used in row 12; 3 rows have it: 12, 15, 1,200",
        ),
        (
            Facts::Duplicate { first: row(12), rows: 1_000, members: (12..32).map(row).collect() },
            "first used in row 12; 1,000 rows have it: 12, 13, 14, 15, 16, 17, …",
        ),
        (Facts::Duplicate { first: row(12), rows: 9, members: vec![] }, "first used in row 12"),
        (Facts::Repeated { keys: 1 }, "1 key is used more than once"),
        (Facts::Repeated { keys: 1_234 }, "1,234 keys are used more than once"),
        (Facts::Orphan { rows: 1_234 }, "1,234 rows refer to the same missing key"),
        (Facts::Text("the quote opened in row 35".into()), "the quote opened in row 35"),
    ] {
        assert_eq!(clause(&facts).unwrap(), expected);
    }
    assert_eq!(clause(&Facts::None), None);
    assert_eq!(clause(&Facts::Orphan { rows: 1 }), None);
    assert_eq!(clause(&name(None, None)), None);
}

#[test]
fn a_sample_adds_what_is_particular_to_it() {
    let facts = Facts::Reference {
        resource: "concept".into(),
        fields: vec!["concept_id".into()],
        distinct: 812,
    };
    let references = group(Code::ForeignKey, facts.clone());
    let mut sample = at(5);
    sample.facts = facts;
    assert_eq!(note(&references, &sample), "not in concept (concept_id)");

    let keys = group(Code::PrimaryKey, Facts::None);
    sample.facts = Facts::Duplicate { first: row(2), rows: 2, members: Vec::new() };
    assert_eq!(note(&keys, &sample), "first used in row 2");
}

fn row(row: u64) -> Place {
    Place { row: Some(row), ..Place::default() }
}

#[test]
fn spreadsheet_letters() {
    for (number, expected) in
        [(0, ""), (1, "A"), (26, "Z"), (27, "AA"), (702, "ZZ"), (703, "AAA"), (16_384, "XFD")]
    {
        assert_eq!(letters(number), expected);
    }
    assert!(!letters(u32::MAX).is_empty());
}

#[test]
fn several_columns_are_joined() {
    let field = |number, name: &str| FieldRef { number, name: name.into() };
    assert_eq!(
        columns(&[field(1, "Id"), field(2, ""), field(0, "Code")]).unwrap(),
        "columns Id (A), B and Code"
    );
    assert_eq!(columns(&[]), None);
}

#[test]
fn numbers_have_separators() {
    for (number, expected) in [
        (0, "0"),
        (999, "999"),
        (1_000, "1,000"),
        (1_234_567, "1,234,567"),
        (u64::MAX, "18,446,744,073,709,551,615"),
    ] {
        assert_eq!(thousands(number), expected);
    }
    assert_eq!(counted(1, "error", "errors"), "1 error");
    assert_eq!(counted(1_000, "error", "errors"), "1,000 errors");
}

proptest! {
    #[test]
    fn plain_text_holds_nothing_that_acts(text in "(?s).{0,80}", longest in 1_usize..50) {
        let shown = plain(&text, longest);
        prop_assert!(shown.chars().count() <= longest);
        prop_assert!(shown.chars().all(|c| !c.is_control() && !is_invisible(c)));
    }
}
