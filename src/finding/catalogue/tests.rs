use super::*;
use std::collections::BTreeSet;

#[test]
fn names_are_unique_kebab_case_words() {
    let mut seen = BTreeSet::new();
    for entry in CATALOGUE {
        assert!(seen.insert(entry.name), "{} stands twice", entry.name);
        let parts_are_words = entry
            .name
            .split('-')
            .all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase()));
        assert!(parts_are_words, "{}", entry.name);
    }
}

#[test]
fn a_code_finds_its_own_entry_and_name() {
    for entry in CATALOGUE {
        assert_eq!(entry.code.entry().code, entry.code);
        assert_eq!(Code::from_name(entry.name), Some(entry.code));
        assert_eq!(entry.code.to_string(), entry.name);
        // The name is the variant's, in kebab case.
        let variant = format!("{:?}", entry.code).to_lowercase();
        assert_eq!(entry.name.replace('-', ""), variant);
    }
    assert_eq!(Code::from_name("no-such-code"), None);
    assert_eq!(Code::from_name(""), None);
}

#[test]
fn texts_are_one_line_sentences() {
    for entry in CATALOGUE {
        for text in [entry.title, entry.cause, entry.why, entry.remedy] {
            assert!(text.ends_with('.'), "{}: {text}", entry.name);
            assert!(text.starts_with(|c: char| c.is_uppercase() || c.is_numeric() || c == 'b'));
        }
        for text in [entry.title, entry.cause, entry.why, entry.remedy, entry.example] {
            assert!(!text.trim().is_empty(), "{}", entry.name);
            assert!(text.chars().count() <= 240, "{}: {text}", entry.name);
            assert!(!text.contains(char::is_control), "{}: {text}", entry.name);
        }
        assert!(!entry.title.trim_end_matches('.').contains(". "), "one sentence: {}", entry.name);
    }
}

#[test]
fn the_areas_stand_in_order() {
    assert!(CATALOGUE.windows(2).all(|pair| pair[0].area <= pair[1].area));
}

/// Every name here is an error type of Frictionless 5.21 with the meaning that the catalogue gives
/// it, and no other name of the catalogue is.
#[test]
fn frictionless_types_are_shared_or_general() {
    const FRICTIONLESS: &[&str] = &[
        "hash-count",
        "byte-count",
        "row-count",
        "blank-header",
        "extra-label",
        "missing-label",
        "blank-label",
        "duplicate-label",
        "incorrect-label",
        "blank-row",
        "primary-key",
        "foreign-key",
        "duplicate-row",
        "row-constraint",
        "extra-cell",
        "missing-cell",
        "type-error",
        "constraint-error",
        "unique-error",
        "encoding-error",
        "schema-error",
    ];
    for entry in CATALOGUE {
        let shared = entry.origin == Origin::Frictionless;
        assert_eq!(shared, FRICTIONLESS.contains(&entry.name), "{}", entry.name);
        assert_eq!(shared, entry.frictionless() == entry.name);
    }
}
