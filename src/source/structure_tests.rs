use super::*;
use proptest::prelude::*;

const COMMA: Grammar = Grammar {
    delimiter: b',',
    quote: Some(b'"'),
    double_quote: true,
    escape: None,
    skip_initial_space: false,
    terminator: Terminator::LineFeed,
};

/// Records as the definition reads them.
fn exact(grammar: Grammar, bytes: &[u8]) -> Vec<Vec<Vec<u8>>> {
    let mut records = Vec::new();
    let mut start = 0;
    let mut scratch = Vec::new();
    while start < bytes.len() {
        let mut cells = Vec::new();
        let record = grammar.exact(bytes, start, true, |cell| cells.push(cell)).unwrap();
        assert!(record.end > start);
        start = record.end;
        records.push(
            cells.iter().map(|&cell| grammar.value(bytes, cell, &mut scratch).to_vec()).collect(),
        );
    }
    records
}

fn ends_by_definition(grammar: Grammar, bytes: &[u8]) -> Vec<u32> {
    let mut ends = Vec::new();
    let mut start = 0;
    while let Some(record) = grammar.exact(bytes, start, false, |_| ()) {
        if record.end == start {
            break;
        }
        start = record.end;
        ends.push(start as u32);
    }
    ends
}

macro_rules! reads {
    ($($name:ident: $bytes:expr => $($record:expr),*;)*) => {$(
        #[test]
        fn $name() {
            let expected: Vec<Vec<&[u8]>> = vec![$($record.iter().map(|c: &&str| c.as_bytes()).collect()),*];
            assert_eq!(exact(COMMA, $bytes.as_bytes()), expected);
            let mut ends = Vec::new();
            COMMA.record_ends($bytes.as_bytes(), &mut ends);
            assert_eq!(ends, ends_by_definition(COMMA, $bytes.as_bytes()));
        }
    )*};
}

reads! {
    plain: "a,b\nc,d\n" => ["a", "b"], ["c", "d"];
    crlf: "a,b\r\nc,d\r\n" => ["a", "b"], ["c", "d"];
    no_final_line_end: "a,b\nc,d" => ["a", "b"], ["c", "d"];
    blank_records_are_records: "a\n\n\r\nb\n" => ["a"], [""], [""], ["b"];
    quoted: "\"a\",\"b\"\n" => ["a", "b"];
    quoted_delimiter: "\"a,b\",c\n" => ["a,b", "c"];
    quoted_line_end: "\"a\nb\",c\r\nd,e\n" => ["a\nb", "c"], ["d", "e"];
    doubled: "\"a\"\"b\",\"\"\"\"\n" => ["a\"b", "\""];
    empty_quoted: "\"\",\"\"\n" => ["", ""];
    stray_in_unquoted: "a\"b,c\nd\"e,f\n" => ["a\"b", "c"], ["d\"e", "f"];
    text_after_closing: "\"a\"b,c\nd,e\n" => ["ab", "c"], ["d", "e"];
    lone_return_is_data: "a\rb,c\n" => ["a\rb", "c"];
    return_after_closing: "\"a\"\rb,c\nd,e\n" => ["a\rb", "c"], ["d", "e"];
    unclosed: "a,\"b\nc,d\n" => ["a", "b"], ["c", "d"];
    unclosed_before_another: "\"a,b\r\nc,\"d\"\r\n" => ["a,b"], ["c", "d"];
    unclosed_before_another_at_a_line: "a,\"b\n\"c\",d\n" => ["a", "b"], ["c", "d"];
    unclosed_before_its_neighbour: "\"a,\"b\",\"c\nd\"\ne,f,g\n" => ["a", "b", "c\nd"], ["e", "f", "g"];
    ends_with_delimiter: "a,\nb,\n" => ["a", ""], ["b", ""];
}

#[test]
fn return_alone_ends_records_where_the_file_says_so() {
    let grammar = Grammar { terminator: Terminator::CarriageReturn, ..COMMA };
    assert_eq!(exact(grammar, b"a,\"b\r\"\rc,d\r"), [[&b"a"[..], b"b\r"], [b"c", b"d"]]);
}

#[test]
fn escapes_take_the_meaning_of_the_next_byte() {
    let grammar = Grammar { escape: Some(b'\\'), double_quote: false, ..COMMA };
    assert_eq!(exact(grammar, b"a\\,b,\"c\\\"d\"\n"), [[&b"a,b"[..], b"c\"d"]]);
}

#[test]
fn nothing_quotes_where_no_quote_is_declared() {
    let grammar = Grammar { quote: None, ..COMMA };
    assert_eq!(exact(grammar, b"\"a,b\"\n"), [[&b"\"a"[..], b"b\""]]);
}

#[test]
fn what_is_odd_is_told() {
    let record = COMMA.exact(b"a,\"b\nc", 0, true, |_| ()).unwrap();
    assert_eq!((record.open_quote, record.stray), (Some(2), None));
    let record = COMMA.exact(b"\"a,\"b\"\n", 0, true, |_| ()).unwrap();
    assert_eq!((record.open_quote, record.stray, record.end), (Some(0), None, 7));
    let record = COMMA.exact(b"\"a, \"b\" c\"\n", 0, true, |_| ()).unwrap();
    assert_eq!((record.open_quote, record.stray), (None, Some(5)));
    let record = COMMA.exact(b"a\"b,c\n", 0, true, |_| ()).unwrap();
    assert_eq!((record.open_quote, record.stray), (None, Some(1)));
    let record = COMMA.exact(b"\"a\" ,c\n", 0, true, |_| ()).unwrap();
    assert_eq!((record.open_quote, record.stray), (None, Some(3)));
    let mut ends = Vec::new();
    assert!(COMMA.record_ends(b"\"a\"\"\",b\r\n\"\",\"x\"\r\n", &mut ends));
    assert!(!COMMA.record_ends(b"a\"b\n", &mut ends));
}

/// Bytes in which structure is dense.
fn dense() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![
        4 => Just(b'"'), 4 => Just(b','), 2 => Just(b'\n'), 1 => Just(b'\r'), 6 => Just(b'a')
    ];
    prop::collection::vec(byte, 0..400)
}

/// A well-formed document and its cells.
fn well_formed() -> impl Strategy<Value = (Vec<u8>, Vec<Vec<Vec<u8>>>)> {
    let cell = prop::collection::vec(prop::sample::select(&b"ab,\"\n\r "[..]), 0..9);
    let record = prop::collection::vec((cell, any::<bool>()), 1..6);
    (prop::collection::vec(record, 0..40), any::<bool>()).prop_map(|(records, crlf)| {
        let mut bytes = Vec::new();
        for record in &records {
            for (number, (cell, quote)) in record.iter().enumerate() {
                if number > 0 {
                    bytes.push(b',');
                }
                let must = cell.iter().any(|b| b",\"\n\r".contains(b));
                if *quote || must || (record.len() == 1 && cell.is_empty()) {
                    bytes.push(b'"');
                    for &byte in cell {
                        bytes.extend(std::iter::repeat_n(byte, 1 + usize::from(byte == b'"')));
                    }
                    bytes.push(b'"');
                } else {
                    bytes.extend(cell);
                }
            }
            bytes.extend(if crlf { &b"\r\n"[..] } else { b"\n" });
        }
        let cells =
            records.into_iter().map(|r| r.into_iter().map(|(cell, _)| cell).collect()).collect();
        (bytes, cells)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn fast_and_exact_agree_on_anything(bytes in dense()) {
        let mut ends = Vec::new();
        let clean = COMMA.record_ends(&bytes, &mut ends);
        prop_assert_eq!(&ends, &ends_by_definition(COMMA, &bytes));
        if clean {
            let whole = ends.last().map_or(0, |&end| end as usize);
            let bytes = &bytes[..whole];
            let (mut delimiters, mut pairs) = (Vec::new(), Vec::new());
            COMMA.delimiters(bytes, &mut delimiters, &mut pairs);
            let mut expected = Vec::new();
            let mut start = 0;
            for &end in &ends {
                COMMA.exact(bytes, start, true, |cell| {
                    if bytes[cell.end as usize] == b',' {
                        expected.push(cell.end);
                    }
                });
                start = end as usize;
            }
            prop_assert_eq!(delimiters, expected);
        }
    }

    #[test]
    fn well_formed_is_clean_and_read_as_written((bytes, cells) in well_formed()) {
        let mut ends = Vec::new();
        prop_assert!(COMMA.record_ends(&bytes, &mut ends));
        prop_assert_eq!(ends.len(), cells.len());
        prop_assert_eq!(exact(COMMA, &bytes), cells);
    }

    #[test]
    fn the_csv_crate_agrees_on_well_formed_input((bytes, cells) in well_formed()) {
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false).flexible(true).terminator(csv::Terminator::CRLF).from_reader(&bytes[..]);
        let theirs: Vec<Vec<Vec<u8>>> = reader
            .byte_records()
            .map(|record| record.unwrap().iter().map(<[u8]>::to_vec).collect())
            .collect();
        prop_assert_eq!(theirs, cells);
    }
}
