use super::shape;
use proptest::prelude::*;
use regex::Regex;

#[test]
fn shapes() {
    let long_word = "a".repeat(10_000_000);
    for (cell, expected) in [
        ("", ""),
        ("02/03/1999", "99/99/9999"),
        ("LS21 5MU", "AA99 9AA"),
        ("9990000001", "9{10}"),
        ("9999", "9999"),
        ("99999", "9{5}"),
        (" Type", "␣Aaaa"),
        ("Type ", "Aaaa␣"),
        ("a  b", "a␣␣a"),
        ("a\tb\r\nc", "a<TAB>a<CR><LF>a"),
        ("\0\u{1b}[31m", "<NUL><ESC>[99a"),
        ("\u{85}\u{202e}\u{2003}", "<CTL><INV><SP>"),
        ("Zoë", "Aaa"),
        ("１２", "99"),
        ("½", "9"),
        ("£5 – ok", "¤9 ¤ aa"),
        ("{5}", "{9}"),
        ("\u{a0}x", "<NBSP>a"),
        (&long_word, "a{10000000}"),
    ] {
        assert_eq!(shape(cell), expected, "{:?}", cell.get(..20));
    }
}

#[test]
fn a_long_shape_is_cut_at_forty_characters() {
    let fits = "aA".repeat(20);
    assert_eq!(shape(&fits), fits);
    let too_long = "aA".repeat(21);
    assert_eq!(shape(&too_long), format!("{}a…", "aA".repeat(19)));
}

proptest! {
    #[test]
    fn nothing_of_the_value_comes_through(cell in "(?s).{0,80}|[a-zA-Z0-9 ]{0,60}|[<>{}A-Z\\n\\t\u{80}-\u{ff}]{0,60}") {
        let shape = shape(&cell);
        prop_assert!(shape.chars().count() <= 40);
        let named = Regex::new("<(TAB|LF|CR|NUL|ESC|NBSP|BOM|BAD|CTL|INV|SP)>").unwrap();
        let counted = Regex::new(r"\{[0-9]+\}").unwrap();
        let rest = named.replace_all(&shape, "");
        let rest = counted.replace_all(&rest, "");
        for c in rest.chars() {
            prop_assert!(
                matches!(c, 'a' | 'A' | '9' | ' ' | '␣' | '¤' | '…') || c.is_ascii_punctuation(),
                "{c:?} in {shape:?}"
            );
        }
    }
}
