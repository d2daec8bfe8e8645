use super::*;
use crate::source::masks::Walked;
use crate::source::structure::Terminator;
use proptest::prelude::*;

const COMMA: Grammar = Grammar {
    delimiter: b',',
    quote: Some(b'"'),
    double_quote: true,
    escape: None,
    skip_initial_space: false,
    terminator: Terminator::LineFeed,
};

fn of_width(width: usize) -> Records {
    Records { grammar: COMMA, width: Some(width), reach: 4096 }
}

/// Record by record, as the definition says.
fn by_definition(records: Records, bytes: &[u8], at_end: bool) -> Found {
    let mut found = Found::default();
    let mut start = 0;
    while start < bytes.len() {
        match records.judge(bytes, start, at_end) {
            Judged::Record(end, reading) => {
                assert!(end > start);
                if let Some(reading) = reading {
                    found.odd.push((found.ends.len() as u32, reading));
                }
                found.ends.push(end as u32);
                start = end;
            }
            Judged::Unfinished => break,
            Judged::Oversize => {
                found.oversize = true;
                break;
            }
        }
    }
    found
}

fn found(records: Records, text: &str) -> (Vec<String>, Vec<(u32, Reading)>) {
    let mut found = Found::default();
    records.find(text.as_bytes(), 0, true, &mut found);
    let mut start = 0;
    let mut rows = Vec::new();
    for end in found.ends {
        rows.push(text[start..end as usize].to_owned());
        start = end as usize;
    }
    (rows, found.odd)
}

#[test]
fn a_quote_that_swallows_rows_costs_its_own_only() {
    let text = "1,\"a,x\n2,b,y\n3,\"c\",z\n4,d,w\n";
    let (rows, odd) = found(of_width(3), text);
    assert_eq!(rows, ["1,\"a,x\n", "2,b,y\n", "3,\"c\",z\n", "4,d,w\n"]);
    assert_eq!(odd, [(0, Reading::Line { swallowed: 2 })]);
}

#[test]
fn a_quote_that_nothing_closes_costs_its_own_row_only() {
    let (rows, odd) = found(of_width(3), "1,\"a,x\n2,b,y\n3,c,z\n");
    assert_eq!(rows.len(), 3);
    assert_eq!(odd, [(0, Reading::Line { swallowed: 2 })]);
}

#[test]
fn quotes_as_text_inside_a_quoted_cell_do_not_tear_it() {
    let (rows, odd) = found(of_width(3), "1,\"she said \"no, no\" twice\",x\n2,b,y\n");
    assert_eq!(rows.len(), 2);
    assert_eq!(odd, [(0, Reading::Lenient)]);
    let note = "1,\"first, line\nsecond \"word\" line\nthird\",x\n2,b,y\n";
    let (rows, odd) = found(of_width(3), note);
    assert_eq!(rows.len(), 2);
    assert_eq!(odd, [(0, Reading::Lenient)]);
}

#[test]
fn sound_records_have_no_reading_of_their_own() {
    for text in ["1,\"a\nb\",x\n2,\"\"\"\",y\n", "1,2,3\n\n4,5\n6,\"7\",8", "a\"b,c,d\n1,2,3\n"] {
        assert_eq!(found(of_width(3), text).1, [], "{text}");
    }
}

#[test]
fn a_row_of_several_lines_with_a_cell_too_many_is_one_row() {
    let (rows, odd) = found(of_width(3), "1,\"a\nb\",x,extra\n2,b,y\n");
    assert_eq!((rows.len(), odd.len()), (2, 0));
}

/// Bytes in which structure is dense.
fn dense() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![
        4 => Just(b'"'), 4 => Just(b','), 2 => Just(b'\n'), 1 => Just(b'\r'), 6 => Just(b'a')
    ];
    prop::collection::vec(byte, 0..400)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn the_fast_search_is_the_definition(
        bytes in dense(),
        width in prop::option::of(1usize..5),
        reach in prop::sample::select(vec![5usize, 40, 4096]),
        at_end in any::<bool>(),
    ) {
        let records = Records { grammar: COMMA, width, reach };
        let mut fast = Found::default();
        records.find(&bytes, 0, at_end, &mut fast);
        let slow = by_definition(records, &bytes, at_end);
        // The cutter never has more bytes at hand than the reach, so the fast search never meets a
        // record that is longer.
        let starts = std::iter::once(&0).chain(&fast.ends);
        if fast.ends.iter().zip(starts).all(|(end, start)| ((end - start) as usize) < reach) {
            prop_assert_eq!(&fast.ends, &slow.ends);
            prop_assert_eq!(&fast.odd, &slow.odd);
        }
        if !fast.unclean {
            let whole = &bytes[..fast.reached(0)];
            let mut anew = Delimiters::default();
            anew.find(&COMMA, whole, 0);
            let places = |delimiters: &Delimiters| {
                let mut walked = Walked::default();
                std::iter::from_fn(|| delimiters.next_before(whole.len(), &mut walked))
                    .map(|at| at as u32)
                    .collect::<Vec<_>>()
            };
            let delimiters = places(&anew);
            if let Some(found) = &fast.delimiters {
                prop_assert_eq!(places(found), delimiters.clone());
                let within = |pairs: &[u32]| {
                    let within = pairs.iter().filter(|&&at| (at as usize) < whole.len());
                    within.copied().collect::<Vec<_>>()
                };
                prop_assert_eq!(within(found.pairs()), within(anew.pairs()));
            }
            let mut expected = Vec::new();
            let mut start = 0;
            for &end in &fast.ends {
                COMMA.exact(&whole[..end as usize], start, true, |cell| {
                    if whole.get(cell.end as usize) == Some(&b',') {
                        expected.push(cell.end);
                    }
                });
                start = end as usize;
            }
            prop_assert_eq!(delimiters, expected);
        }
    }

    #[test]
    fn what_was_found_stays_when_more_bytes_come(bytes in dense(), cut in 0usize..400) {
        let records = of_width(3);
        let part = &bytes[..cut.min(bytes.len())];
        let (mut early, mut late) = (Found::default(), Found::default());
        records.find(part, 0, false, &mut early);
        records.find(&bytes, 0, true, &mut late);
        prop_assert_eq!(&early.ends, &late.ends[..early.ends.len()]);
        let odd = late.odd.iter().filter(|(n, _)| (*n as usize) < early.ends.len());
        prop_assert_eq!(early.odd.clone(), odd.copied().collect::<Vec<_>>());
    }
}
