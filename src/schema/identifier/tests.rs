use super::Judgement::{Placeholder, WellFormed, Wrong};
use super::*;
use proptest::prelude::*;

const VECTORS: &str = include_str!("../../../fixtures/identifiers/vectors.csv");

/// The kinds that a type of the vectors stands for.
fn kinds(name: &str) -> &'static [Identifier] {
    match name {
        "nhs_number" => &[Identifier::NhsNumber],
        "sctid" => &[Identifier::Snomed, Identifier::Dmd],
        "icd10_loose" => &[Identifier::Icd10],
        "opcs4_loose" => &[Identifier::Opcs4],
        "read5" => &[Identifier::ReadV2, Identifier::Ctv3],
        "postcode" => &[Identifier::Postcode],
        "gmp_ppd8" => &[Identifier::Gmp],
        "ods_gp_practice" => &[Identifier::OdsPractice],
        other => panic!("{other}: no such kind"),
    }
}

#[test]
fn every_vector_holds() {
    let mut lines = 0;
    for row in csv::Reader::from_reader(VECTORS.as_bytes()).records() {
        let row = row.unwrap();
        lines += 1;
        for kind in kinds(&row[0]) {
            let judged = kind.judge(&row[1]);
            let is_pseudo = row[3].contains("pseudo");
            match &row[2] {
                "true" => assert!(!matches!(judged, Wrong(_)), "{row:?}: {judged:?}"),
                _ if is_pseudo => assert!(matches!(judged, Placeholder(_)), "{row:?}: {judged:?}"),
                _ => assert!(matches!(judged, Wrong(_)), "{row:?}: {judged:?}"),
            }
        }
    }
    assert_eq!(lines, 108);
}

#[test]
fn placeholders_are_told_from_wrong_numbers() {
    for digit in '0'..='9' {
        let number: String = std::iter::repeat_n(digit, 10).collect();
        assert!(matches!(Identifier::NhsNumber.judge(&number), Placeholder(_)), "{number}");
    }
    for (kind, value) in [
        (Identifier::NhsNumber, "1234567881"),
        (Identifier::Gmp, "G9999998"),
        (Identifier::Gmp, "G9999981"),
        (Identifier::Ods, "V81999"),
        (Identifier::OdsPractice, "V81997"),
        (Identifier::Gmc, "0000000"),
        (Identifier::Gmc, "C9999998"),
        (Identifier::Postcode, "ZZ99 3VZ"),
        (Identifier::Postcode, "ZZ993VZ"),
    ] {
        assert!(matches!(kind.judge(value), Placeholder(_)), "{value}");
    }
    assert_eq!(Identifier::NhsNumber.judge("9990000018"), WellFormed);
}

#[test]
fn what_is_wrong_is_named() {
    for (kind, value, part) in [
        (Identifier::NhsNumber, "943 476 5919", "groups of 3, 3 and 4"),
        (Identifier::NhsNumber, "943-476-5919", "groups of 3, 3 and 4"),
        (Identifier::NhsNumber, "943476591", "leading zero"),
        (Identifier::NhsNumber, "9434765918", "wrong check digit"),
        (Identifier::NhsNumber, " 9434765919", "space before or after"),
        (Identifier::NhsNumber, "9.43477E+09", "scientific"),
        (Identifier::NhsNumber, "９４３４７６５９１９", "other characters"),
        (Identifier::NhsNumber, "", "other characters"),
        (Identifier::Snomed, "1777541000006110", "rounded"),
        (Identifier::Snomed, "1.77754E+15", "scientific"),
        (Identifier::Snomed, "21433011000036106", "wrong check digit"),
        (Identifier::Snomed, "0438505003", "leading zero"),
        (Identifier::Snomed, "1234", "fewer than 6"),
        (Identifier::ReadV2, "A2-1", "synonym"),
        (Identifier::ReadV2, "A9\u{2026}", "ellipsis"),
        (Identifier::ReadV2, ".a009", "four characters"),
        (Identifier::ReadV2, "A00A", "dots after it were lost"),
        (Identifier::ReadV2, "10a.f", "before a letter"),
        (Identifier::Icd10, "a54", "lower case"),
        (Identifier::OdsPractice, "F86644a", "at its end"),
        (Identifier::Postcode, "ls1 4ap", "lower case"),
        (Identifier::Postcode, "LS1", "first half"),
        (Identifier::Postcode, "LS21 5MU", "second half"),
        (Identifier::Postcode, "QS1 1AA", "first half that no"),
        (Identifier::Postcode, "LS1 4AP ", "space before or after"),
        (Identifier::Gmp, "G6999999", "6 or 7"),
    ] {
        match kind.judge(value) {
            Wrong(what) => assert!(what.contains(part), "{value}: {what}"),
            other => panic!("{value}: {other:?}"),
        }
    }
}

#[test]
fn other_forms_that_are_in_use_are_right() {
    for (kind, value) in [
        (Identifier::ReadV2, "A9f..00"),
        (Identifier::Ctv3, "XaBVJ"),
        (Identifier::Icd10, "A009-A"),
        (Identifier::Icd10, "A00X-"),
        (Identifier::Icd10, "A17.0D"),
        (Identifier::Ods, "RJ1"),
        (Identifier::Ods, "F86644001"),
        (Identifier::Gmc, "6054321"),
        (Identifier::Gmc, "C6054321"),
        (Identifier::Postcode, "LS14AP"),
        (Identifier::Postcode, "LS1  4AP"),
        (Identifier::Postcode, "M1   1AE"),
        (Identifier::Postcode, "E1W 2RG"),
        (Identifier::Postcode, "SW1A1AA"),
    ] {
        assert_eq!(kind.judge(value), WellFormed, "{value}");
    }
    assert!(matches!(Identifier::Postcode.judge("M1  1AE"), Wrong(_)), "two spaces of three");
}

#[test]
fn kinds_are_known_by_their_uris() {
    assert_eq!(Identifier::all().count(), KINDS.len());
    for kind in Identifier::all() {
        assert_eq!(Identifier::named(kind.uri()), Some(kind));
        assert_eq!(kind.entry().0, kind);
    }
    assert_eq!(Identifier::named("http://FHIR.nhs.uk/Id/nhs-number/"), Some(Identifier::NhsNumber));
    assert_eq!(Identifier::named("https://snomed.info/sct"), Some(Identifier::Snomed));
    assert_eq!(Identifier::named("http://snomed.info/sct/83821000000107"), None);
    assert_eq!(Identifier::named("https://schema.org/Person"), None);
}

proptest! {
    #[test]
    fn nothing_panics_and_no_judgement_shows_the_value(value in ".{0,24}", kind in 0_usize..12) {
        let kind = Identifier::all().nth(kind).unwrap();
        let told = match kind.judge(&value) {
            WellFormed => "",
            Placeholder(what) | Wrong(what) => what,
        };
        prop_assert!(value.len() < 8 || !told.contains(&value) || told.starts_with(&value));
    }

    #[test]
    fn one_changed_digit_or_two_neighbours_swapped_are_seen(at in 0_usize..14, digit in b'0'..=b'9') {
        let number = *b"1777541000006114";
        let mut changed = number;
        changed[at] = digit;
        let is_same = changed == number;
        let judged = Identifier::Snomed.judge(std::str::from_utf8(&changed).unwrap());
        prop_assert_eq!(judged == WellFormed, is_same, "{:?}", judged);
        let mut swapped = number;
        swapped.swap(at, at + 1);
        let judged = Identifier::Snomed.judge(std::str::from_utf8(&swapped).unwrap());
        prop_assert_eq!(judged == WellFormed, swapped == number, "{:?}", judged);
    }
}
