//! Cases in tables, one a line, and properties against naive oracles.

use super::*;
use proptest::prelude::*;
use std::collections::BTreeSet;

/// A type as a case table writes it: `name`, or `name:format`, or the properties named here.
fn kind(spec: &str) -> Type {
    let (name, format) = spec.split_once(':').unwrap_or((spec, "default"));
    match name {
        "any" => Type::Any,
        "string" => Type::String(StringFormat::from_name(format).unwrap()),
        "date" => Type::date(format).unwrap(),
        "datetime" => Type::datetime(format).unwrap(),
        "time" => Type::time(format).unwrap(),
        "integer" => Type::Integer(match format {
            "group" => IntegerFormat::new(Some(","), true).unwrap(),
            "loose" => IntegerFormat::new(None, false).unwrap(),
            _ => IntegerFormat::default(),
        }),
        "number" => Type::Number(match format {
            "group" => NumberFormat::new(".", Some(","), true).unwrap(),
            "comma" => NumberFormat::new(",", Some("."), true).unwrap(),
            "space" => NumberFormat::new(".", Some("\u{a0}"), true).unwrap(),
            "loose" => NumberFormat::new(".", None, false).unwrap(),
            _ => NumberFormat::default(),
        }),
        "boolean" => Type::Boolean(match format.split_once('/') {
            Some((yes, no)) => BooleanFormat::new(vec![yes.into()], vec![no.into()]).unwrap(),
            None => BooleanFormat::default(),
        }),
        "object" => Type::Object,
        "array" => Type::Array,
        "list" => {
            let item = ItemType::from_name(format).unwrap_or_default();
            Type::List(ListFormat::new(if format == "pipe" { "||" } else { "," }, item).unwrap())
        }
        "year" => Type::Year,
        "yearmonth" => Type::Yearmonth,
        "duration" => Type::Duration,
        "geopoint" => Type::Geopoint(GeopointFormat::from_name(format).unwrap()),
        "geojson" => Type::Geojson(GeojsonFormat::from_name(format).unwrap()),
        _ => panic!("no type {spec}"),
    }
}

/// One of each type and format, for properties that hold for all.
fn kinds() -> Vec<Type> {
    [
        "any",
        "string",
        "string:email",
        "string:uri",
        "string:binary",
        "string:uuid",
        "integer",
        "integer:group",
        "integer:loose",
        "number",
        "number:group",
        "number:comma",
        "number:space",
        "number:loose",
        "boolean",
        "boolean:Y/N",
        "object",
        "array",
        "list",
        "list:integer",
        "list:date",
        "list:pipe",
        "date",
        "date:any",
        "date:%d/%m/%Y",
        "date:%a %-d %B %Y",
        "date:%Y-%j",
        "datetime",
        "datetime:any",
        "datetime:%d %b %Y %I:%M:%S.%f %p %z",
        "time",
        "time:any",
        "time:%H%M",
        "year",
        "yearmonth",
        "duration",
        "geopoint",
        "geopoint:array",
        "geopoint:object",
        "geojson",
        "geojson:topojson",
    ]
    .map(kind)
    .to_vec()
}

fn key(kind: &Type, cell: &str) -> Option<Vec<u8>> {
    let mut out = vec![0xAA];
    match kind.key_form(cell, &mut out) {
        Ok(()) => Some(out),
        Err(Mismatch) => {
            assert_eq!(out, [0xAA], "a refused cell leaves the buffer as it was");
            None
        }
    }
}

/// What must hold of every cell, whatever it is.
fn consistent(kind: &Type, cell: &str) {
    let value = kind.read(cell);
    assert_eq!(kind.accepts(cell), value.is_ok(), "{kind}: accepts and read disagree");
    let key = key(kind, cell);
    assert_eq!(key.is_some(), value.is_ok(), "{kind}: key_form and read disagree");
    if let (Some(key), Ok(value)) = (key, value) {
        let mut again = vec![0xAA];
        value.write_key(&mut again);
        assert_eq!(key, again, "{kind}: the value's key is the cell's");
        assert_eq!(key[1], kind.family() as u8);
        assert_eq!(value, value.clone());
        assert_eq!(value.length().is_some(), kind.has_length() || matches!(kind, Type::Geojson(_)));
    }
    let form = kind.lenient(cell);
    assert!(form.is_none() || !kind.accepts(cell), "{kind}: a valid cell has no lenient form");
    let _ = form.and_then(|form| kind.change_for(form));
}

/// The verdict on each cell: cells before `bad` are accepted, those after it refused.
fn check(spec: &str, good: &[&str], bad: &[&str]) {
    let kind = kind(spec);
    for (cells, accepted) in [(good, true), (bad, false)] {
        for cell in cells {
            assert_eq!(kind.accepts(cell), accepted, "{spec}: {cell:?}");
            consistent(&kind, cell);
        }
    }
}

#[test]
fn integers() {
    let good = ["0", "7", "007", "-7", "+7", "-0", "123456789012345678901234567890123456789012"];
    let bad = [
        "",
        "1_000",
        "１２",
        " 12 ",
        "12 ",
        "1.0",
        "1e3",
        "+",
        "-",
        "--1",
        "1,000",
        "0x10",
        "12a",
        "NaN",
        "INF",
        "٣",
        "−1",
        "1\n",
        "\u{feff}1",
        "1\0",
    ];
    check("integer", &good, &bad);
    let good = ["1", "1,000", "12,345,678", "1000", "1234567", "-1,000", "12,34,567"];
    let bad =
        ["1,00", "1,0000", "1234,567", ",100", "100,", "1,,000", "1.000", "1,2,345", "1,000.0"];
    check("integer:group", &good, &bad);
    let good = ["95%", "€95", "EUR 95", "95", "-95 km", "£-95", "95."];
    let bad = ["9 5", "95.5%", "-£95", "£(95)", "(95)", "95-", "km", "", "95m2", "−95", "1 ٣"];
    check("integer:loose", &good, &bad[..3]);
    check("integer:loose", &[], &bad[3..]);
}

#[test]
fn numbers() {
    let good = [
        "0",
        "1",
        "1.5",
        "-1.23",
        "12678967.543233",
        "+100000.00",
        "210",
        ".5",
        "5.",
        "1e3",
        "1E3",
        "1E+3",
        "1e-3",
        "1.5E10",
        "NaN",
        "nan",
        "INF",
        "inf",
        "-INF",
        "-Inf",
        "00.10",
        "1e0000001",
        "0.1234567890123456789012345678901234567890123456789",
        "1e99999999999999999",
    ];
    let bad = [
        "",
        ".",
        "1_0.5",
        "Infinity",
        "-Infinity",
        "+INF",
        "-NaN",
        "１.5",
        " 1",
        "1 ",
        "1,5",
        "1.2.3",
        "1e",
        "1e+",
        "e3",
        "+",
        "1e1.5",
        "0x1p3",
        "1d3",
        "1f",
        "--1",
        "1,000.0",
        "1e999999999999999999999",
        "∞",
        "1\t",
    ];
    check("number", &good, &bad);
    check(
        "number:group",
        &["1,000.5", "1,000", "1000.5", "1,000e2"],
        &["1,00.5", "1.000,5", "1,5"],
    );
    check("number:comma", &["1.000,5", "1,5", "-1.234.567,89"], &["1.5", "1,000.5", "1.0000,5"]);
    check("number:space", &["1\u{a0}000.5", "1000"], &["1 000.5", "1\u{a0}00"]);
    let good = ["95.5%", "€1.50", "$.50", "£-.5", "1e3m", "95"];
    check("number:loose", &good, &["1.5.2", "-£1.5", "(1.5)", "a", "", "1 2", "1.5 m2"]);
}

#[test]
fn booleans() {
    let good = ["true", "True", "TRUE", "1", "false", "False", "FALSE", "0"];
    check("boolean", &good, &["tRUE", "yes", "Y", "T", "01", "1.0", "", " true", "-1", "false "]);
    check("boolean:Y/N", &["Y", "N"], &["y", "n", "true", "1", "Yes", "0"]);
    assert_eq!(kind("boolean").read("1"), Ok(Value::Boolean(true)));
    assert_eq!(kind("boolean").read("FALSE"), Ok(Value::Boolean(false)));
    assert_eq!(kind("boolean:Y/N").read("N"), Ok(Value::Boolean(false)));
}

#[test]
fn dates() {
    let good = ["2020-01-01", "2024-02-29", "2000-02-29", "1899-12-31", "0001-01-01", "9999-12-31"];
    let bad = [
        "",
        "2019-1-1",
        "2021-02-29",
        "1900-02-29",
        "2020-02-31",
        "2020-04-31",
        "2020-13-01",
        "2020-00-01",
        "2020-01-00",
        "0000-01-01",
        "20200101",
        "2020/01/01",
        "2020-01-01T00:00:00",
        "2020-01-01Z",
        "2020-01-01 ",
        " 2020-01-01",
        "-2020-01-01",
        "12020-01-01",
        "２020-01-01",
        "2020-01-0１",
        "01/02/2020",
        "+020-01-01",
        "2020--1-01",
        "202O-01-01",
    ];
    check("date", &good, &bad);
    let good = ["01/02/2020", "31/12/1999", "29/02/2024"];
    let bad = [
        "1/2/2020",
        "31/02/2020",
        "2020-02-01",
        "01/13/2020",
        "01-02-2020",
        "01/02/20",
        "01/02/2020 ",
    ];
    check("date:%d/%m/%Y", &good, &bad);
    check(
        "date:%d %b %Y",
        &["01 Jan 2020", "01 JAN 2020", "01 jan 2020"],
        &["1 Jan 2020", "01 Janvier 2020", "01  Jan 2020", "31 Feb 2020"],
    );
    check("date:%d %B %Y", &["01 January 2020", "09 may 2020"], &["01 Jan 2020"]);
    check(
        "date:%-d/%-m/%Y",
        &["1/2/2020", "31/12/2020"],
        &["01/02/2020", "/2/2020", "1/2/20", "0/1/2020", "100/1/2020"],
    );
    check("date:%y%m%d", &["690101", "681231"], &["19690101", "691301"]);
    check(
        "date:%Y-%j",
        &["2020-366", "2021-001", "2021-060"],
        &["2021-366", "2021-000", "2021-1", "2021-999"],
    );
    check("date:%a %d %b %Y", &["Wed 01 Jan 2020"], &["Thu 01 Jan 2020", "Wednesday 01 Jan 2020"]);
    check("date:%A, %d %B %Y", &["Wednesday, 01 January 2020"], &["Wednesday 01 January 2020"]);
    check("date:%Y%m%d", &["20200101"], &["2020-01-01", "2020011", "202001011"]);
    check("date:%D", &["12/31/99"], &["31/12/99"]);
    check("date:%Y-%m", &["2020-12"], &["2020-13", "2020-12-01"]);
    check("date:100%% %Y", &["100% 2020"], &["100%% 2020"]);
    check("date:%dé%m%Y", &["01é022020"], &["01e022020"]);
    let good = [
        "2020-01-01",
        "20200101",
        "2020/01/01",
        "01 Jan 2020",
        "1 Jan 2020",
        "1-Jan-2020",
        "1 January 2020",
    ];
    let bad = ["01/02/2020", "13/01/2020", "2020-1-1", "01-Jan-20", "Jan 2020", "31 Feb 2020", ""];
    check("date:any", &good, &bad);
    let first = Value::Date(Date { year: 1969, month: 1, day: 1 });
    assert_eq!(kind("date:%y%m%d").read("690101"), Ok(first));
    let leap = Value::Date(Date { year: 2020, month: 12, day: 31 });
    assert_eq!(kind("date:%Y-%j").read("2020-366"), Ok(leap));
    assert_eq!(kind("date:fmt:%Y"), kind("date:%Y"));
}

#[test]
fn times() {
    let good = ["15:00:00", "00:00:00", "23:59:59"];
    let bad = [
        "24:00:00",
        "15:00",
        "15:00:60",
        "15:60:00",
        "5:00:00",
        "15:00:00.0",
        "15:00:00Z",
        "",
        "150000",
    ];
    check("time", &good, &bad);
    check("time:%H:%M", &["15:00"], &["5:00", "15:00:00", "24:00"]);
    check("time:%H%M", &["1500"], &["15:00", "2500"]);
    check(
        "time:%I:%M %p",
        &["03:00 PM", "12:59 am"],
        &["15:00 PM", "00:00 AM", "3:00 PM", "03:00PM"],
    );
    check(
        "time:%H:%M:%S.%f",
        &["15:00:00.5", "15:00:00.123456789"],
        &["15:00:00", "15:00:00.", "15:00:00.1234567890"],
    );
    check("time:any", &["15:00", "15:00:00", "15:00:00.25", "03:00 pm"], &["3:00", "1500", "3pm"]);
    check("time:%Y-%m-%d %H:%M", &["1899-12-30 15:00"], &["1899-13-30 15:00"]);
    let read = |spec, cell| kind(spec).read(cell);
    assert_eq!(read("time:%I:%M %p", "12:00 AM"), read("time", "00:00:00"));
    assert_eq!(read("time:%I:%M %p", "12:00 PM"), read("time", "12:00:00"));
    assert_eq!(read("time:%I:%M %p", "01:00 PM"), read("time:%H%M", "1300"));
}

#[test]
fn datetimes() {
    let good = [
        "2024-01-26T15:00:00",
        "2024-01-26T15:00:00.300-05:00",
        "2024-01-26T15:00:00Z",
        "2024-01-26T24:00:00",
        "2024-01-26T15:00:00+14:00",
        "12024-01-26T15:00:00",
        "-0044-03-15T12:00:00",
        "2024-01-26T15:00:00.123456789012345678",
        "2024-01-26T15:00:00.1000000000000000000000",
    ];
    let bad = [
        "2024-01-26 15:00:00",
        "2024-01-26",
        "2024-01-26T15:00",
        "2024-01-26T24:00:01",
        "2024-01-26T24:00:00.1",
        "2024-01-26T15:00:00+14:01",
        "2024-01-26T15:00:00+0100",
        "2024-02-30T15:00:00",
        "0000-01-01T00:00:00",
        "02024-01-26T15:00:00",
        "2024-01-26T15:00:00.",
        "2024-01-26t15:00:00",
        "2024-01-26T15:00:00z",
        "",
        "2024-01-26T15:00:00.1234567890123456789",
        "2024-01-26T15:00:60",
        "2024-1-26T15:00:00",
        "99999999999-01-01T00:00:00",
        "2024-01-26T15:00:00 Z",
        "2024-01-26T15:00:00+01",
    ];
    check("datetime", &good, &bad);
    check(
        "datetime:%d/%m/%Y %H:%M:%S",
        &["12/11/2018 09:15:32"],
        &["12/11/2018 9:15:32", "12/11/2018", "12/11/2018 09:15:32.0"],
    );
    check("datetime:%d %b %Y %H:%M:%S", &["12 Nov 2018 09:15:32"], &["12 Nov 2018 09:15"]);
    check(
        "datetime:%Y-%m-%dT%H:%M:%S%z",
        &["2020-01-01T00:00:00+0100", "2020-01-01T00:00:00+01:00", "2020-01-01T00:00:00Z"],
        &["2020-01-01T00:00:00", "2020-01-01T00:00:00+1", "2020-01-01T00:00:00+15:00"],
    );
    check(
        "datetime:%F %T %Z",
        &["2020-01-01 00:00:00 GMT", "2020-07-01 00:00:00 BST"],
        &["2020-01-01 00:00:00 EST", "2020-01-01 00:00:00 "],
    );
    let good = [
        "2020-01-01T00:00:00",
        "2020-01-01 00:00",
        "2020-01-01 00:00:00.5",
        "1 Jan 2020 10:00",
        "20200101 10:00:00",
    ];
    check("datetime:any", &good, &["01/02/2020 10:00", "2020-01-01", "2020-02-30 00:00"]);
    let read = |spec, cell| kind(spec).read(cell);
    assert_eq!(read("datetime", "2024-01-26T24:00:00"), read("datetime", "2024-01-27T00:00:00"));
    assert_eq!(
        read("datetime", "2024-01-26T15:00:00+01:00"),
        read("datetime", "2024-01-26T14:00:00Z")
    );
    assert_ne!(read("datetime", "2024-01-26T14:00:00"), read("datetime", "2024-01-26T14:00:00Z"));
    let summer = read("datetime:%F %T %Z", "2020-07-01 01:00:00 BST");
    assert_eq!(summer, read("datetime", "2020-07-01T00:00:00Z"));
}

#[test]
fn years_and_months() {
    let good = ["2020", "0001", "-0044", "12020", "2020Z", "2020+01:00"];
    check(
        "year",
        &good,
        &[
            "20",
            "0000",
            "020",
            "02020",
            "+2020",
            "2020 ",
            "2020-01",
            "20２0",
            "",
            "12345678901",
            "2020+1",
        ],
    );
    let good = ["2020-01", "2020-12Z", "-0001-06", "2020-05-05:00"];
    check(
        "yearmonth",
        &good,
        &["2020-1", "2020-13", "2020-00", "202001", "2020-01-01", "2020", "0000-01", ""],
    );
}

#[test]
fn durations() {
    let good = [
        "P1Y",
        "P1Y2M3DT10H30M",
        "-P120D",
        "PT0S",
        "P0M",
        "PT1.5S",
        "PT36H",
        "P400D",
        "PT0000000000000001S",
    ];
    let bad = [
        "",
        "P",
        "PT",
        "P1YT",
        "1Y",
        "P-1Y",
        "P1M1Y",
        "P1H",
        "PT1D",
        "P1.5D",
        "P1W",
        "p1y",
        "PT1S1M",
        "PT.5S",
        "PT1.S",
        "P1Y1Y",
        "+P1Y",
        "P1",
        " P1Y",
        "PT1234567890123S",
        "PT1H1",
        "PTT1H",
    ];
    check("duration", &good, &bad);
}

#[test]
fn strings() {
    check("any", &["", "anything", "\0"], &[]);
    check("string", &["", " a ", "１２"], &[]);
    let good = [
        "a@example.org",
        "first.last+tag@sub.example.co.uk",
        "\"john doe\"@example.org",
        "o'brien@example.org",
        "a@[192.0.2.1]",
        "a@[IPv6:2001:db8::1]",
        "é@exämple.org",
        "a@b.c",
    ];
    let bad = [
        "",
        "a",
        "@example.org",
        "a@",
        "a@@example.org",
        "a b@example.org",
        ".a@example.org",
        "a.@example.org",
        "a..b@example.org",
        "a@localhost",
        "a@-x.org",
        "a@x-.org",
        "a@x..org",
        "A Name <a@example.org>",
        "a@example.org ",
        "a@[999.0.0.1]",
        "a@exam_ple.org",
        "a@x.org.",
        "\"a\"b\"@example.org",
        "a\u{a0}@example.org",
    ];
    check("string:email", &good, &bad);
    let good = [
        "https://example.org",
        "http://a:b@example.org:80/p?q=1#f",
        "urn:isbn:0451450523",
        "mailto:a@example.org",
        "file:///C:/x",
        "http://[2001:db8::1]:80/",
        "x:",
        "ftp://h/%20",
    ];
    let bad = [
        "",
        "example.org",
        "/path",
        "http://exa mple.org",
        "1http://x",
        "http://x/%2",
        "http://x/é",
        "http://[::1",
        "http://x:port/",
        "://x",
        "http://x/a#b#c",
        "http://x/<y>",
        "http://x/\n",
    ];
    check("string:uri", &good, &bad);
    let good = ["", "AA==", "AAA=", "AAAA", "aGVsbG8gd29ybGQ=", "+/+/"];
    let bad =
        ["A", "AA", "AA=", "AAA", "A===", "AB==", "AAB=", "AA==\n", "-_-_", "AA =", "====", "A=AA"];
    check("string:binary", &good, &bad);
    let good = [
        "00000000-0000-0000-0000-000000000000",
        "123e4567-e89b-12d3-a456-426614174000",
        "123E4567-E89B-12D3-A456-426614174000",
    ];
    let bad = [
        "",
        "{123e4567-e89b-12d3-a456-426614174000}",
        "123e4567e89b12d3a456426614174000",
        "123e4567-e89b-12d3-a456-42661417400",
        "123e4567-e89b-12d3-a456-4266141740000",
        "g23e4567-e89b-12d3-a456-426614174000",
        "123e4567_e89b-12d3-a456-426614174000",
        "urn:uuid:123e4567-e89b-12d3-a456-426614174000",
        "123e-4567e89b-12d3-a456-426614174000",
        "é23e4567-e89b-12d3-a456-42661417400",
    ];
    check("string:uuid", &good, &bad);
}

#[test]
fn json_types() {
    check(
        "object",
        &["{}", "{\"a\": 1}", " {\"a\":[]}\n"],
        &["", "[]", "{", "{a:1}", "{'a':1}", "{} {}", "null", "1", "{\"a\":NaN}"],
    );
    check(
        "array",
        &["[]", "[1,\"a\",null]"],
        &["", "{}", "[1,]", "1,2", "[", "\"[]\"", "\u{a0}[]"],
    );
    check("list", &["", "a", "a,b", "a,,b", ","], &[]);
    check("list:integer", &["", "1", "1,2,-3"], &["1,", "1, 2", "1.5", "a", ",1"]);
    check("list:boolean", &["true,0"], &["true,yes"]);
    check("list:number", &["1.5,2"], &["1.5,x"]);
    check("list:date", &["2020-01-01,2020-01-02"], &["01/02/2020", "2020-01-01;2020-01-02"]);
    check("list:datetime", &["2020-01-01T00:00:00"], &["2020-01-01"]);
    check("list:time", &["10:00:00,11:00:00"], &["10:00"]);
    check("list:pipe", &["a||b"], &[]);
    assert_eq!(kind("list:pipe").read("a||b|c").unwrap().length(), Some(2));
}

#[test]
fn places() {
    let good = ["90.50, 45.50", "90.50,45.50", "-180,90", "0,0", "180.0, -90"];
    let bad = [
        "",
        "90.50",
        "181,0",
        "0,91",
        "0;0",
        "1,2,3",
        "0,  1",
        "0 ,1",
        "NaN,0",
        "INF,0",
        " 0,0",
        "180.0000000001,0",
    ];
    check("geopoint", &good, &bad);
    check(
        "geopoint:array",
        &["[90.50, 45.50]", "[0,0]"],
        &["[1]", "[1,2,3]", "[\"1\",\"2\"]", "1,2", "[181,0]"],
    );
    check(
        "geopoint:object",
        &["{\"lon\": 90.50, \"lat\": 45.50}"],
        &[
            "{\"lon\":1}",
            "{\"lon\":1,\"lat\":2,\"x\":3}",
            "{\"lon\":\"1\",\"lat\":2}",
            "{\"lat\":91,\"lon\":0}",
        ],
    );
    let good = [
        r#"{"type":"Point","coordinates":[1,2]}"#,
        r#"{"type":"Feature","geometry":null,"properties":null}"#,
        r#"{"type":"FeatureCollection","features":[]}"#,
        r#"{"type":"Polygon","coordinates":[[[0,0],[0,1],[1,1],[0,0]]]}"#,
        r#"{"type":"MultiPolygon","coordinates":[[[[0,0],[0,1],[1,1],[0,0]]]]}"#,
        r#"{"type":"GeometryCollection","geometries":[{"type":"MultiPoint","coordinates":[]}]}"#,
    ];
    let bad = [
        "{}",
        r#"{"type":"Point"}"#,
        r#"{"type":"Point","coordinates":[1]}"#,
        "[]",
        "",
        r#"{"type":"Nothing","coordinates":[1,2]}"#,
        r#"{"type":"Feature","properties":{}}"#,
        r#"{"type":"LineString","coordinates":[[0,0]]}"#,
        r#"{"type":1}"#,
        r#"{"type":"Polygon","coordinates":[[[0,0],[0,1],[1,1],[1,0]]]}"#,
        r#"{"type":"FeatureCollection","features":[{"type":"Point","coordinates":[1,2]}]}"#,
    ];
    check("geojson", &good, &bad);
    let good = [r#"{"type":"Topology","objects":{},"arcs":[[[0,0],[1,1]]]}"#];
    check(
        "geojson:topojson",
        &good,
        &["{}", r#"{"type":"Topology"}"#, r#"{"type":"Topology","objects":{},"arcs":[1]}"#],
    );
}

#[test]
fn patterns_that_cannot_be_read_say_what_to_write() {
    let cases = [
        ("dd/mm/yyyy", "write \"%d/%m/%Y\""),
        ("YYYY-MM-DD", "write \"%Y-%m-%d\""),
        ("something", "write a strptime pattern"),
        ("", "write a strptime pattern"),
        ("%d/%m/%q", "%q is not supported"),
        ("%x", "depends on the locale"),
        ("%e %b %Y", "write %-d"),
        ("%Y-%m-%d %", "write %%"),
        ("%Y %Y", "the year twice"),
        ("%d %b %m %Y", "the month twice"),
        ("%Y %j %d", "the day twice"),
        ("%Y %j %m", "beside %j"),
        ("%Y-%m-%d %I:%M", "without %p"),
        ("%Y-%m-%d %H:%M %p", "without %I"),
        ("%-d%m%Y", "length varies"),
        ("%-Y", "goes with m, d, H"),
        ("%d/%m", "has no year; write %Y"),
        ("%H:%M", "has no year; write %Y"),
    ];
    for (pattern, wanted) in cases {
        let message = Type::date(pattern).unwrap_err();
        assert!(message.contains(wanted), "{pattern}: {message}");
    }
    assert!(Type::datetime("%H:%M").unwrap_err().contains("has no year"));
    assert!(Type::time("%Y-%m-%d").unwrap_err().contains("has no hour"));
    assert!(NumberFormat::new(",", Some(","), true).unwrap_err().contains("both"));
    assert!(NumberFormat::new("", None, true).unwrap_err().contains("decimalChar is empty"));
    assert!(IntegerFormat::new(Some("0"), true).unwrap_err().contains("no digit"));
    let (words, none) = (vec!["1".to_owned()], Vec::new());
    assert!(BooleanFormat::new(words.clone(), words).unwrap_err().contains("in one of them"));
    assert!(BooleanFormat::new(none.clone(), none).unwrap_err().contains("both empty"));
    assert!(ListFormat::new("", ItemType::String).unwrap_err().contains("empty"));
}

#[test]
fn lenient_forms_and_the_change_that_accepts_them() {
    // Type, cell, form, change (empty: none).
    let cases = [
        ("date", "01/02/2020", "dd/mm/yyyy", "\"format\": \"%d/%m/%Y\""),
        ("date", "01/31/2020", "mm/dd/yyyy", "\"format\": \"%m/%d/%Y\""),
        ("date", "1/2/2020", "d/m/yyyy", "\"format\": \"%-d/%-m/%Y\""),
        ("date", "01-Jan-2020", "dd-MMM-yyyy", "\"format\": \"%d-%b-%Y\""),
        ("date", "01 JAN 2020", "dd MMM yyyy", "\"format\": \"%d %b %Y\""),
        ("date", "1 January 2020", "d MMMM yyyy", "\"format\": \"%-d %B %Y\""),
        ("date", "20200101", "yyyymmdd", "\"format\": \"%Y%m%d\""),
        ("date", "2020-1-1", "yyyy-m-d", "\"format\": \"%Y-%-m-%-d\""),
        ("date", "01/02/20", "dd/mm/yy", "\"format\": \"%d/%m/%y\""),
        (
            "date",
            "2020-01-01T10:00:00",
            "yyyy-mm-ddThh:mm:ss",
            "\"type\": \"datetime\", \"format\": \"default\"",
        ),
        (
            "date",
            "2020-01-01 00:00:00",
            "yyyy-mm-dd hh:mm:ss",
            "\"type\": \"datetime\", \"format\": \"%Y-%m-%d %H:%M:%S\"",
        ),
        (
            "date",
            "2020-01-01 00:00:00.000",
            "yyyy-mm-dd hh:mm:ss.f",
            "\"type\": \"datetime\", \"format\": \"%Y-%m-%d %H:%M:%S.%f\"",
        ),
        ("date", "43831", "spreadsheet serial number", ""),
        ("date", "2020", "yyyy", "\"type\": \"year\""),
        ("date", "2020-01", "yyyy-mm", "\"type\": \"yearmonth\""),
        ("date", "01/2020", "mm/yyyy", "\"format\": \"%m/%Y\""),
        ("date", " 2020-01-01", "surrounding space", ""),
        ("date", "'2020-01-01'", "in quotes", ""),
        ("date", "NULL", "NULL", "\"missingValues\": [\"\", \"NULL\"]"),
        ("date", "", "empty", "\"missingValues\": [\"\"]"),
        ("date:%d/%m/%Y", "2020-02-01", "yyyy-mm-dd", "\"format\": \"default\""),
        ("date:%d/%m/%Y", "1/2/2020", "d/m/yyyy", "\"format\": \"%-d/%-m/%Y\""),
        (
            "datetime",
            "2020-01-01 10:00:00",
            "yyyy-mm-dd hh:mm:ss",
            "\"format\": \"%Y-%m-%d %H:%M:%S\"",
        ),
        ("datetime", "01/02/2020 10:00", "dd/mm/yyyy hh:mm", "\"format\": \"%d/%m/%Y %H:%M\""),
        (
            "datetime",
            "01 Feb 2020 10:00:00",
            "dd MMM yyyy hh:mm:ss",
            "\"format\": \"%d %b %Y %H:%M:%S\"",
        ),
        ("datetime", "2020-01-01", "yyyy-mm-dd", "\"type\": \"date\", \"format\": \"default\""),
        ("datetime", "43831.5", "spreadsheet serial number", ""),
        ("time", "10:00", "hh:mm", "\"format\": \"%H:%M\""),
        ("time", "1000", "hhmm", "\"format\": \"%H%M\""),
        ("time", "120512", "hhmmss", "\"format\": \"%H%M%S\""),
        ("time", "9:30", "h:mm", "\"format\": \"%-H:%M\""),
        ("time", "03:00 PM", "hh:mm AM", "\"format\": \"%I:%M %p\""),
        ("time", "10:00:00.25", "hh:mm:ss.f", "\"format\": \"%H:%M:%S.%f\""),
        (
            "time",
            "2020-01-01T10:00:00",
            "yyyy-mm-ddThh:mm:ss",
            "\"type\": \"datetime\", \"format\": \"default\"",
        ),
        ("time", "0.5", "spreadsheet serial number", ""),
        ("year", "2020-01-01", "yyyy-mm-dd", "\"type\": \"date\", \"format\": \"default\""),
        ("yearmonth", "202001", "yyyymm", "\"type\": \"date\", \"format\": \"%Y%m\""),
        ("yearmonth", "2020", "yyyy", "\"type\": \"year\""),
        ("integer", "1,234", "thousands separated by commas", "\"groupChar\": \",\""),
        ("integer", "1 234", "thousands separated by spaces", "\"groupChar\": \" \""),
        ("integer", "12.00", "decimals that are zero", "\"type\": \"number\""),
        ("integer", "12.5", "decimal number", "\"type\": \"number\""),
        ("integer", "1.23457E+11", "scientific notation", ""),
        ("integer", " 12 ", "surrounding space", ""),
        ("integer", "{12}", "in braces", ""),
        ("integer", "\"12\"", "in quotes", ""),
        ("integer", "1_000", "digits with underscores", ""),
        ("integer", "１２", "full-width digits", ""),
        ("integer", "95%", "number with other characters around it", "\"bareNumber\": false"),
        ("integer", "N/A", "N/A", "\"missingValues\": [\"\", \"N/A\"]"),
        ("integer", "\\N", "\\N", "\"missingValues\": [\"\", \"\\\\N\"]"),
        ("number", "1,234.5", "thousands separated by commas", "\"groupChar\": \",\""),
        ("number", "1,5", "decimal comma", "\"decimalChar\": \",\""),
        (
            "number",
            "1.234,56",
            "thousands separated by points, decimal comma",
            "\"decimalChar\": \",\", \"groupChar\": \".\"",
        ),
        ("number", "Infinity", "Infinity", ""),
        ("number", "1_0.5", "digits with underscores", ""),
        ("number", "£1.50", "number with other characters around it", "\"bareNumber\": false"),
        ("boolean", "Y", "Y/N", "\"trueValues\": [\"Y\"], \"falseValues\": [\"N\"]"),
        ("boolean", "no", "yes/no", "\"trueValues\": [\"yes\"], \"falseValues\": [\"no\"]"),
        ("boolean", "t", "t/f", "\"trueValues\": [\"t\"], \"falseValues\": [\"f\"]"),
        ("boolean", "-1", "-1/0", "\"trueValues\": [\"-1\"], \"falseValues\": [\"0\"]"),
        ("boolean", "X", "X or blank", "\"trueValues\": [\"X\"]"),
        ("boolean:Y/N", "1", "1/0", "\"trueValues\": [\"1\"], \"falseValues\": [\"0\"]"),
        (
            "string:uuid",
            "123e4567e89b12d3a456426614174000",
            "uuid without hyphens",
            "\"format\": \"default\", \"constraints\": {\"pattern\": \"[0-9A-Fa-f]{8}([0-9A-Fa-f]{4}){3}[0-9A-Fa-f]{12}\"}",
        ),
        ("string:email", "mailto:a@example.org", "mailto:", "\"format\": \"uri\""),
        ("string:uri", "www.example.org", "address without a scheme", ""),
        ("string:binary", "AA", "base64 without padding", ""),
        ("string:binary", "-_-_", "base64url", ""),
        ("geopoint", "(1,2)", "", ""),
        ("integer", "twelve", "", ""),
        ("date", "31/02/2020", "", ""),
        ("date", "2020-02-31", "", ""),
    ];
    for (spec, cell, form, change) in cases {
        let kind = kind(spec);
        let found = kind.lenient(cell);
        assert_eq!(found.unwrap_or(""), form, "{spec}: {cell:?}");
        let proposed = found.and_then(|form| kind.change_for(form)).unwrap_or_default();
        assert_eq!(proposed, change, "{spec}: {cell:?}");
        let parsed = serde_json::from_str::<serde_json::Value>(&format!("{{{change}}}"));
        assert!(parsed.is_ok(), "{change} stands in a JSON object");
    }
}

#[test]
fn a_temporal_change_accepts_the_cell() {
    let cells = [
        "01/02/2020",
        "01/31/2020",
        "1/2/2020",
        "1/31/2020",
        "01-02-2020",
        "01.02.2020",
        "01 Jan 2020",
        "1-Jan-2020",
        "01/Jan/2020",
        "01 January 2020",
        "01/02/20",
        "01/31/20",
        "01-Jan-20",
        "2020/01/02",
        "20200102",
        "2020-1-2",
        "2020-01-02 03:04",
        "20200102030405",
        "2020-01-02T03:04:05+01:00",
        "2020-01-02 03:04:05.678Z",
        "01/31/2020 03:04:05 PM",
        "10:00",
        "9:30:00 am",
        "Jan 2020",
        "10.30",
    ];
    for spec in ["date", "datetime", "time"] {
        let kind = kind(spec);
        for cell in cells {
            let Some(form) = kind.lenient(cell) else {
                let is_time = super::tests::kind("time:any").accepts(cell)
                    || cell.starts_with("9:")
                    || cell == "10.30";
                assert!(kind.accepts(cell) || is_time, "{spec}: {cell}");
                continue;
            };
            let change = kind.change_for(form).unwrap();
            let change: serde_json::Value = serde_json::from_str(&format!("{{{change}}}")).unwrap();
            let name = change.get("type").map_or(spec, |name| name.as_str().unwrap());
            let changed =
                super::tests::kind(&format!("{name}:{}", change["format"].as_str().unwrap()));
            assert!(changed.accepts(cell), "{spec}: {cell} as {change}");
        }
    }
}

#[test]
fn uuid_in_braces_is_named_and_its_pattern_matches() {
    let kind = kind("string:uuid");
    let cell = "{123E4567-E89B-12D3-A456-426614174000}";
    assert_eq!(kind.lenient(cell), Some("uuid in braces"));
    let change = kind.change_for("uuid in braces").unwrap();
    let change: serde_json::Value = serde_json::from_str(&format!("{{{change}}}")).unwrap();
    let pattern = change["constraints"]["pattern"].as_str().unwrap();
    let regex = regex::Regex::new(&format!("^(?:{pattern})$")).unwrap();
    assert!(regex.is_match(cell));
    assert!(!regex.is_match("{123E4567-E89B-12D3-A456-426614174000"));
}

#[test]
fn keys_are_equal_where_values_are() {
    let equal = [
        ("integer", "007", "integer", "7"),
        ("integer", "7", "number", "7.0"),
        ("integer", "1000", "number", "1e3"),
        ("integer", "-0", "integer", "0"),
        ("integer", "-0", "number", "0e5"),
        ("number", "1.0", "number", "1.00"),
        ("number", "0.1", "number", ".10"),
        ("number", "123456789012345678901", "integer", "0123456789012345678901"),
        ("integer", "1000", "integer:group", "1,000"),
        ("integer", "-50", "number", "-5e1"),
        ("number", "1e20", "integer", "100000000000000000000"),
        ("integer", "999999999999999999", "number", "999999999999999999.0"),
        ("integer", "1000000000000000000", "number", "1e18"),
        ("number", "NaN", "number", "nan"),
        ("integer:group", "1,000", "integer", "1000"),
        ("number:comma", "1.000,50", "number", "1000.5"),
        ("integer:loose", "95%", "integer", "95"),
        ("date", "2020-02-01", "date:%d/%m/%Y", "01/02/2020"),
        ("date", "2020-02-01", "date:any", "1 Feb 2020"),
        ("datetime", "2020-01-01T01:00:00+01:00", "datetime", "2020-01-01T00:00:00.0Z"),
        ("datetime", "2018-11-12T09:15:32", "datetime:%d/%m/%Y %H:%M:%S", "12/11/2018 09:15:32"),
        ("time", "15:00:00", "time:%I:%M %p", "03:00 PM"),
        ("boolean", "1", "boolean:Y/N", "Y"),
        ("duration", "P1Y", "duration", "P12M"),
        ("duration", "P1D", "duration", "PT24H"),
        ("duration", "PT1.50S", "duration", "PT1.5S"),
        (
            "string:uuid",
            "123e4567-e89b-12d3-a456-426614174000",
            "string:uuid",
            "123E4567-E89B-12D3-A456-426614174000",
        ),
        ("string", "a", "any", "a"),
        ("object", "{\"a\":1,\"b\":2}", "object", "{ \"b\": 2.0, \"a\": 1 }"),
        ("geopoint", "1.0, 2", "geopoint:array", "[1,2.0]"),
        ("list:integer", "01,2", "list:integer", "1,02"),
    ];
    for (spec_a, a, spec_b, b) in equal {
        let (key_a, key_b) = (key(&kind(spec_a), a).unwrap(), key(&kind(spec_b), b).unwrap());
        assert_eq!(key_a, key_b, "{spec_a} {a}, {spec_b} {b}");
        let values = (kind(spec_a).read(a).unwrap(), kind(spec_b).read(b).unwrap());
        if !matches!(values.0, Value::Json(_)) {
            assert_eq!(values.0, values.1, "{spec_a} {a}, {spec_b} {b}");
        }
    }
    // All of these differ from each other.
    let different = [
        ("string", "7"),
        ("integer", "7"),
        ("integer", "-7"),
        ("integer", "70"),
        ("number", "0.7"),
        ("string", "007"),
        ("boolean", "1"),
        ("string", "1"),
        ("string", "true"),
        ("integer", "1"),
        ("date", "2020-01-01"),
        ("string", "2020-01-01"),
        ("datetime", "2020-01-01T00:00:00"),
        ("datetime", "2020-01-01T00:00:00Z"),
        ("year", "2020"),
        ("integer", "2020"),
        ("year", "2020Z"),
        ("yearmonth", "2020-01"),
        ("time", "00:00:00"),
        ("string", "a"),
        ("string", "A"),
        ("string", "a "),
        ("string", "e\u{301}"),
        ("string", "\u{e9}"),
        ("number", "INF"),
        ("number", "-INF"),
        ("number", "NaN"),
        ("integer", "123456789012345678"),
        ("integer", "123456789012345679"),
        ("integer", "12345678901234567890123456789012345678901"),
        ("integer", "12345678901234567890123456789012345678902"),
        ("number", "1e19"),
        ("number", "1e-19"),
        ("list", "a,b"),
        ("list", "ab"),
        ("array", "[\"a\",\"b\"]"),
        ("array", "[\"ab\"]"),
        ("array", "[[\"a\"],\"b\"]"),
        ("array", "[1]"),
        ("array", "[\"1\"]"),
        ("duration", "P1M"),
        ("duration", "P30D"),
        ("duration", "PT1M"),
        ("string", "123e4567-e89b-12d3-a456-426614174000"),
        ("string:uuid", "123e4567-e89b-12d3-a456-426614174000"),
    ];
    let keys: BTreeSet<_> =
        different.iter().map(|(spec, c)| key(&kind(spec), c).unwrap()).collect();
    assert_eq!(keys.len(), different.len());
}

#[test]
fn values_have_the_order_of_the_standard() {
    use Ordering::{Equal, Greater, Less};
    let cases = [
        ("integer", "2", "10", Some(Less)),
        ("integer", "-2", "-10", Some(Greater)),
        ("integer", "-1", "0", Some(Less)),
        ("integer", "007", "7", Some(Equal)),
        (
            "integer",
            "99999999999999999999999999999999999999999",
            "99999999999999999999999999999999999999998",
            Some(Greater),
        ),
        ("integer", "99999999999999999999999999999999999999999", "9", Some(Greater)),
        (
            "integer",
            "12345678901234567890123456789012345678900",
            "12345678901234567890123456789012345678901",
            Some(Less),
        ),
        ("number", "0.1", "0.09", Some(Greater)),
        ("number", "1.10", "1.1", Some(Equal)),
        ("number", "0.30000000000000001", "0.3", Some(Greater)),
        ("number", "1e-400", "0", Some(Greater)),
        ("number", "-1e400", "-INF", Some(Greater)),
        ("number", "INF", "1e400", Some(Greater)),
        ("number", "INF", "INF", Some(Equal)),
        ("number", "NaN", "1", None),
        ("number", "NaN", "NaN", None),
        ("date", "2020-01-02", "2020-02-01", Some(Less)),
        ("date:%d/%m/%Y", "02/01/2020", "01/02/2020", Some(Less)),
        ("time", "09:00:00", "10:00:00", Some(Less)),
        ("datetime", "2020-01-01T00:00:00Z", "2020-01-01T00:30:00+01:00", Some(Greater)),
        ("datetime", "2020-01-01T00:00:00.1", "2020-01-01T00:00:00.09", Some(Greater)),
        ("datetime", "2020-01-01T00:00:00", "2020-01-01T12:00:00Z", None),
        ("datetime", "2020-01-01T00:00:00", "2020-01-01T14:00:00Z", None),
        ("datetime", "2020-01-01T00:00:00", "2020-01-01T14:00:01Z", Some(Less)),
        ("datetime", "-0001-12-31T23:59:59", "0001-01-01T00:00:00", Some(Less)),
        ("year", "2019", "2020", Some(Less)),
        ("year", "-0044", "0001", Some(Less)),
        ("yearmonth", "2019-12", "2020-01", Some(Less)),
        ("duration", "P1Y", "P12M", Some(Equal)),
        ("duration", "P1M", "P30D", None),
        ("duration", "P1M", "P27D", Some(Greater)),
        ("duration", "P1M", "P32D", Some(Less)),
        ("duration", "-P1Y", "P1D", Some(Less)),
        ("duration", "PT36H", "P1DT12H", Some(Equal)),
        ("boolean", "true", "false", None),
        ("object", "{}", "{}", None),
    ];
    for (spec, a, b, order) in cases {
        let kind = kind(spec);
        let (a_value, b_value) = (kind.read(a).unwrap(), kind.read(b).unwrap());
        assert_eq!(a_value.compare(&b_value), order, "{spec}: {a} {b}");
        assert_eq!(b_value.compare(&a_value), order.map(Ordering::reverse), "{spec}: {b} {a}");
    }
    let (date, integer) = (kind("date").read("2020-01-01"), kind("integer").read("1"));
    assert_eq!(date.unwrap().compare(&integer.unwrap()), None);
}

#[test]
fn lengths_count_characters_items_and_members() {
    let cases = [
        ("string", "", Some(0)),
        ("string", "é😀", Some(2)),
        ("list", "a,b,c", Some(3)),
        ("list", "", Some(0)),
        ("array", "[1,[2,3]]", Some(2)),
        ("object", "{\"a\":1}", Some(1)),
        ("string:uuid", "123e4567-e89b-12d3-a456-426614174000", Some(36)),
        ("integer", "12", None),
        ("date", "2020-01-01", None),
    ];
    for (spec, cell, length) in cases {
        assert_eq!(kind(spec).read(cell).unwrap().length(), length, "{spec}: {cell}");
    }
}

#[test]
fn reports_name_the_type_with_its_format() {
    let cases = [
        ("any", "any"),
        ("string", "string"),
        ("string:uuid", "string (uuid)"),
        ("date", "date"),
        ("date:%d/%m/%Y", "date (%d/%m/%Y)"),
        ("datetime:any", "datetime (any)"),
        ("integer:group", "integer (groupChar ,)"),
        ("number", "number"),
        ("boolean", "boolean"),
        ("number:comma", "number (decimalChar ,, groupChar .)"),
        ("boolean:Y/N", "boolean (Y / N)"),
        ("integer:loose", "integer (not bare)"),
        ("list:integer", "list of integer"),
        ("list:pipe", "list of string (delimiter ||)"),
        ("geopoint:array", "geopoint (array)"),
        ("geojson:topojson", "geojson (topojson)"),
        ("yearmonth", "yearmonth"),
    ];
    for (spec, name) in cases {
        assert_eq!(kind(spec).to_string(), name);
    }
}

#[test]
fn every_form_compiles_and_has_its_own_name() {
    lenient::check_forms();
}

/// Cells near the forms of the types, so that a property does not only see refusals.
fn cell() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[-+]?[0-9]{0,45}([.,][0-9]{0,6})?([eE][-+]?[0-9]{0,22})?",
        "-?[0-9]{1,6}[-/ ][0-9]{1,2}[-/ ][0-9]{1,2}([T ][0-9:.]{0,14}(Z|[-+][0-9:]{0,6})?)?",
        "[0-9]{1,2}[-/ ]([0-9]{1,2}|Jan|feb|MAY|June)[-/ ][0-9]{2,4}( [0-9]{1,2}:[0-9]{2}( ?[ap]m)?)?",
        "-?P([0-9]{0,14}[YMD]){0,3}(T([0-9.]{0,25}[HMS]){0,3})?",
        "[{(\"' €]{0,2}[0-9A-Fa-f-]{30,38}[})\"' %]{0,2}",
        "[{\\[][]\\[{}:,\"a-c0-9. ]{0,20}[}\\]]",
        "[a-z.@:/%\\[\\]?#é ]{0,20}",
        "[€$ (+-]{0,3}[0-9.,]{0,8}[%) €a-z-]{0,3}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn every_type_is_consistent_on_every_cell(cell in cell()) {
        for kind in kinds() {
            consistent(&kind, &cell);
        }
    }

    #[test]
    fn both_ways_to_match_a_pattern_agree(
        parts in prop::collection::vec((0_usize..8, "[0-9]{2}|[0-9]{4}|Jan|dEC|/| |:|x"), 1..8),
    ) {
        let directives = ["%d", "%m", "%Y", "%H", "%M", "%S", "%b", "/"];
        let pattern: String = parts.iter().map(|(index, _)| directives[*index]).collect();
        if let Ok(TimeFormat::Pattern(pattern)) = TimeFormat::parse(&pattern) {
            let cell: String = parts.iter().map(|(_, text)| text.as_str()).collect();
            prop_assert!(pattern.is_consistent(cell.as_bytes()));
            let samples = ["01", "12", "2020", "23", "59", "00", "Feb", "/"];
            let good: String = parts.iter().map(|(index, _)| samples[*index]).collect();
            prop_assert!(pattern.is_consistent(good.as_bytes()));
        }
    }

    #[test]
    fn any_pattern_compiles_or_is_refused(pattern in "[%YmdbyHIMSfpzZja/: -]{0,12}", cell in cell()) {
        if let Ok(kind) = Type::datetime(&pattern) {
            consistent(&kind, &cell);
        }
    }

    #[test]
    fn integers_agree_with_the_standard_library(cell in "[-+]?[0-9_ ]{0,20}") {
        let kind = kind("integer");
        let oracle = cell.parse::<i128>().ok();
        prop_assert_eq!(kind.accepts(&cell), oracle.is_some());
        if let (Ok(Value::Number(number)), Some(oracle)) = (kind.read(&cell), oracle) {
            let short = (oracle.abs() < 1_000_000_000_000_000_000).then_some(oracle as i64);
            prop_assert_eq!(number.to_i64(), short);
        }
    }

    #[test]
    fn integer_keys_and_order_agree(a in -2000_i128..2000, b in any::<i128>(), zeros in 0_usize..4, near in any::<bool>()) {
        let kind = kind("integer");
        let b = if near { b % 2000 } else { b };
        let padded = |n: i128| format!("{}{}{}", if n < 0 { "-" } else { "" }, "0".repeat(zeros), n.unsigned_abs());
        let (text_a, text_b) = (padded(a), b.to_string());
        let order = kind.read(&text_a).unwrap().compare(&kind.read(&text_b).unwrap());
        prop_assert_eq!(order, Some(a.cmp(&b)));
        prop_assert_eq!(key(&kind, &text_a) == key(&kind, &text_b), a == b);
    }

    #[test]
    fn decimals_order_like_scaled_integers(a in -100_000_i64..100_000, b in -100_000_i64..100_000, shift in 0_u32..6) {
        let kind = kind("number");
        let text = |n: i64| format!("{n}e-{shift}");
        let plain = |n: i64| {
            let scale = 10_u64.pow(shift);
            let size = n.unsigned_abs();
            let sign = if n < 0 { "-" } else { "" };
            format!("{sign}{}.{:0width$}", size / scale, size % scale, width = shift as usize)
        };
        let (value_a, value_b) = (kind.read(&text(a)).unwrap(), kind.read(&plain(b)).unwrap());
        prop_assert_eq!(value_a.compare(&value_b), Some(a.cmp(&b)));
        prop_assert_eq!(value_a == value_b, a == b);
        prop_assert_eq!(key(&kind, &text(a)) == key(&kind, &plain(b)), a == b);
    }

    #[test]
    fn dates_agree_with_jiff(year in 0_i16..=9999, month in 0_i8..=13, day in 0_i8..=32, other in 1_i16..=9999) {
        let oracle = jiff::civil::Date::new(year, month, day).ok().filter(|_| year != 0);
        let iso = format!("{year:04}-{month:02}-{day:02}");
        let british = format!("{day:02}/{month:02}/{year:04}");
        let (date, slashed) = (kind("date"), kind("date:%d/%m/%Y"));
        prop_assert_eq!(date.accepts(&iso), oracle.is_some());
        prop_assert_eq!(slashed.accepts(&british), oracle.is_some());
        prop_assert_eq!(key(&date, &iso), key(&slashed, &british));
        if let (Some(oracle), Ok(Value::Date(date))) = (oracle, date.read(&iso)) {
            let epoch = jiff::civil::date(1970, 1, 1);
            let days = oracle.since((jiff::Unit::Day, epoch)).unwrap().get_days();
            prop_assert_eq!(date.days(), i64::from(days));
            prop_assert_eq!(i8::try_from(date.weekday()).unwrap(), oracle.weekday().to_monday_zero_offset());
            let same_day = Date::new(i32::from(other), 3, 1).unwrap();
            prop_assert_eq!(date.cmp(&same_day), oracle.cmp(&jiff::civil::date(other, 3, 1)));
        }
    }

    #[test]
    fn patterns_read_what_jiff_writes(seconds in -60_000_000_000_i64..250_000_000_000) {
        // Directives that both know and that keep the whole second.
        let moment = jiff::civil::date(1970, 1, 1).at(0, 0, 0, 0)
            .checked_add(jiff::SignedDuration::from_secs(seconds)).unwrap();
        for pattern in [
            "%Y-%m-%d %H:%M:%S", "%d %b %Y %I:%M:%S %p", "%A, %d %B %Y %H.%M.%S", "%Y%j%H%M%S",
            "%-d/%-m/%Y %-H:%-M:%-S", "%a %F %T",
        ] {
            let text = jiff::fmt::strtime::format(pattern, moment).unwrap();
            let value = Type::datetime(pattern).unwrap().read(&text);
            let expected = Value::Datetime(Moment { seconds, fraction: 0, zoned: false });
            prop_assert_eq!(value, Ok(expected), "{} {}", pattern, text);
        }
    }

    #[test]
    fn the_year_of_a_moment_is_that_of_its_date(days in -800_000_i64..2_900_000) {
        let date = jiff::civil::date(1970, 1, 1)
            .checked_add(jiff::SignedDuration::from_hours(24 * days)).unwrap();
        for seconds in [days * 86_400, days * 86_400 + 86_399] {
            let moment = Moment { seconds, fraction: 0, zoned: false };
            let year = i32::from(date.year());
            prop_assert_eq!(moment.year(), if year <= 0 { year - 1 } else { year });
        }
    }

    #[test]
    fn uuids_agree_with_a_naive_reader(bits in any::<u128>(), damage in 0_usize..40, byte in any::<char>()) {
        let hex = format!("{bits:032x}");
        let mut text: String = [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-");
        prop_assert_eq!(kind("string:uuid").read(&text), Ok(Value::Uuid(bits)));
        if damage < 36 {
            let before = text.clone();
            text.replace_range(damage..=damage, &byte.to_string());
            let fits = if before.as_bytes()[damage] == b'-' { byte == '-' } else { byte.is_ascii_hexdigit() };
            prop_assert_eq!(kind("string:uuid").accepts(&text), fits);
        }
    }
}
