use super::*;
use crate::schema::descriptor;
use proptest::prelude::*;
use serde_json::json;

fn table(rules: serde_json::Value) -> serde_json::Value {
    json!({"resources": [{
        "name": "t", "path": "t.csv", "handover": {"rules": rules},
        "schema": {"fields": [
            {"name": "text", "type": "string"},
            {"name": "other", "type": "string"},
            {"name": "number", "type": "number"},
            {"name": "count", "type": "integer"},
            {"name": "flag", "type": "boolean"},
            {"name": "start", "type": "date"},
            {"name": "end", "type": "date", "format": "%d/%m/%Y"},
            {"name": "at", "type": "datetime"},
            {"name": "clock", "type": "time"},
            {"name": "year", "type": "year"},
            {"name": "id", "type": "string", "format": "uuid"},
            {"name": "items", "type": "list"},
            {"name": "a name", "type": "integer"}
        ]}
    }]})
}

fn schema(then: &str) -> crate::schema::Schema {
    let descriptor = table(json!([{"name": "r", "then": then}]));
    match descriptor::read(descriptor.to_string().as_bytes()) {
        Ok(schema) => schema,
        Err(error) => panic!("{then}: {error} ({})", error.hint().unwrap_or_default()),
    }
}

/// Cells in the order of the fields; an empty one is null.
struct Row<'a>(Vec<&'a str>);

impl Cells for Row<'_> {
    fn cell(&self, field: usize) -> Option<Cow<'_, str>> {
        self.0.get(field).copied().filter(|cell| !cell.is_empty()).map(Cow::Borrowed)
    }
}

const FULL: [&str; 13] = [
    "Smith",
    "Smyth",
    "12.50",
    "007",
    "true",
    "2024-01-31",
    "29/02/2024",
    "2024-01-31T23:59:59",
    "08:30:00",
    "1950",
    "6F9619FF-8B86-D011-B42D-00C04FC964FF",
    "a,b,c",
    "3",
];

fn holds(then: &str, row: &[&str]) -> bool {
    let schema = schema(then);
    schema.resources[0].table.as_ref().unwrap().rules[0].holds(&Row(row.to_vec()))
}

#[test]
fn what_holds_of_a_full_row() {
    for (then, expected) in [
        ("true", true),
        ("!flag", false),
        ("flag && flag == true", true),
        ("text == 'Smith'", true),
        ("text == \"Smith\"", true),
        ("text != other", true),
        ("text < other", true),
        ("number == 12.5", true),
        ("number == 125e-1", true),
        ("count == 7", true),
        ("count + 1 == 8 && count - 8 == -1 && count * 2 == 14", true),
        ("0.1 + 0.2 == 0.3", true),
        ("number * count == 87.5", true),
        ("-count < 0", true),
        ("1 + 2 * 3 == 7", true),
        ("(1 + 2) * 3 == 9", true),
        ("10 - 2 - 3 == 5", true),
        ("123456789012345678901234567890 > 123456789012345678901234567889", true),
        ("start < end", true),
        ("start == date('2024-01-31')", true),
        ("end == date('2024-02-29')", true),
        ("date(at) == start", true),
        ("at > datetime('2024-01-31T23:59:58')", true),
        ("clock >= time('08:30:00')", true),
        ("year >= 1900 && year < 2000", true),
        ("id == '6f9619ff-8b86-d011-b42d-00c04fc964ff'", true),
        ("id in ['6f9619ff-8b86-d011-b42d-00c04fc964ff']", true),
        ("text in ['Jones', 'Smith']", true),
        ("!(text in ['Jones'])", true),
        ("count in [1, 7, -3]", true),
        ("start in [date('1900-01-01')]", false),
        ("size(text) == 5 && text.size() == 5", true),
        ("size(items) == 3", true),
        ("text.startsWith('Sm') && text.endsWith('th') && text.contains('mit')", true),
        ("startsWith(text, 'sm')", false),
        ("text.matches('^S.*h$') && text.matches('mi')", true),
        ("text.matches(r'^\\w{4}$')", false),
        ("`a name` == 3", true),
        ("false || text == null || count > 6", true),
        ("true || false && false", true),
        ("(flag == true) == (count > 3)", true),
    ] {
        assert_eq!(holds(then, &FULL), expected, "{then}");
    }
}

/// Empty is null; a comparison with null is false.
#[test]
fn what_holds_of_nulls() {
    for (then, expected) in [
        ("text == null", true),
        ("null == text", true),
        ("text != null", false),
        ("text == other", false),
        ("text != other", false),
        ("text == 'x'", false),
        ("text != 'x'", false),
        ("!(text == 'x')", true),
        ("count < 1 || count >= 1", false),
        ("count + 1 == null", true),
        ("-count == null", true),
        ("size(text) == null", true),
        ("size(text) == 0", false),
        ("text.startsWith('')", false),
        ("text.matches('')", false),
        ("date(at) == null", true),
        ("flag", false),
        ("!flag", true),
        ("flag == false", false),
        ("text in ['x']", false),
        ("text == null && count == null", true),
    ] {
        assert_eq!(holds(then, &[""; 13]), expected, "{then}");
    }
}

#[test]
fn a_rule_is_about_the_rows_that_its_when_holds_for() {
    let descriptor =
        table(json!([{"name": "r", "when": "flag", "then": "count > 0", "severity": "info"}]));
    let schema = descriptor::read(descriptor.to_string().as_bytes()).unwrap();
    let rule = &schema.resources[0].table.as_ref().unwrap().rules[0];
    assert_eq!(rule.fields(), [3, 4]);
    assert_eq!(rule.severity, Severity::Info);
    assert_eq!(rule.statement(), "when flag then count > 0");
    for (count, flag, expected) in
        [("0", "true", false), ("1", "true", true), ("0", "false", true), ("", "true", false)]
    {
        let row = Row(vec!["", "", "", count, flag]);
        assert_eq!(rule.holds(&row), expected, "{count} {flag}");
    }
}

/// Numbers beyond what arithmetic keeps are null, never wrong.
#[test]
fn arithmetic_is_exact_or_null() {
    let long = "9".repeat(38);
    for (then, expected) in [
        (format!("{long} + 1 > 0"), true),
        (format!("{long} * {long} == null"), true),
        ("1e30 + 1e-30 == null".to_owned(), true),
        ("1e15 + 1e-15 == 1000000000000000.000000000000001".to_owned(), true),
        ("1e400000000 == 1e400000000".to_owned(), true),
    ] {
        assert_eq!(holds(&then, &FULL), expected, "{then}");
    }
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    for (then, expected, hint) in [
        ("", "is empty", "write a value"),
        ("text", "character 1: is a text, not a condition", "compare it"),
        ("count + 1", "character 7: is a number, not a condition", "compare it"),
        ("txt == 'x'", "character 1: this table has no field \"txt\"", "did you mean \"text\"?"),
        ("text = 'x'", "character 6: \"=\" means nothing here", "equality is \"==\""),
        ("text == 'x", "character 9: a text begins and does not end", "close it"),
        ("text == ‘x’", "character 9: \"‘\" means nothing here", "straight quote marks"),
        ("count / 2 > 1", "character 7: \"/\" does not go on", "no division"),
        ("flag ? true : false", "character 6: \"?\" does not go on", "no choice"),
        ("count == '7'", "character 7: \"==\" compares a number with a text", "without quote"),
        ("start > '2024-01-01'", "character 7: \">\" compares a date with a text", "date('2024"),
        ("start > at", "character 7: \">\" compares a date with a datetime", "date(x)"),
        ("start > date('01/02/2024')", "\"01/02/2024\" is no date", "write date('2024-01-31')"),
        ("flag > false", "character 6: \">\" does not apply to true or false", "use == or !="),
        ("text > null", "character 6: \">\" beside null never holds", "== null"),
        ("null", "character 1: null is no value", "x == null"),
        ("text in 'x'", "character 9: \"in\" without a list", "write x in"),
        ("text in []", "character 9: an empty list", "list the values"),
        ("text in [other]", "character 10: the list names \"other\"", "x == other"),
        ("text in [1]", "character 6: looks for a text in a list of a number", "quote marks"),
        ("['a'] == text", "character 1: a list is no value", "behind \"in\""),
        ("text.length() == 1", "character 6: there is no function \"length\"", "there are size"),
        ("text.startswith('x')", "there is no function \"startswith\"", "did you mean"),
        ("items.all(i, i > 0)", "the macro \"all\" does not exist here", "one row"),
        ("text.contains()", "\"contains\" with 1 values", "x.contains('y')"),
        ("count.contains('x')", "\"contains\" takes a text, not a number", "give it a text"),
        ("text.matches(other)", "character 14: the pattern is no literal", "the pattern itself"),
        ("text.matches('(')", "the pattern (: unclosed group", "regular expression"),
        ("text.matches('(?=a)')", "look-around", "look-around is not supported"),
        ("text.name == 'x'", "character 6: \"name\" is not called", "backticks"),
        ("(count > 1", "character 1: a bracket that is not closed", "close it"),
        ("count > 1)", "character 10: \")\" does not go on", "remove the bracket"),
        ("1 < count < 3", "character 11: a second comparison in one", "a < b && b < c"),
        ("count > 0x10", "character 9: \"0x\" is no number", "decimal number"),
        ("text == '\\d'", "\\d is no escape", "r'…'"),
        ("count > ", "the end where a value should be", "write a field"),
        ("count == 1 and flag", "character 12: \"and\" does not go on", "and is \"&&\""),
        ("text is null", "character 6: \"is\" does not go on", "== null"),
        ("count in", "character 9: the end where a value should be", "literal"),
        ("!count", "character 2: is a number, not a condition", "x > 0"),
        ("id == 'x'", "character 7: \"x\" is no UUID", "write it as"),
        ("clock == '08:00:00'", "compares a time with a text", "time('08:30:00')"),
        ("text + 'x' == 'y'", "\"+\" takes a number, not a text", "give it a number"),
    ] {
        let descriptor = table(json!([{"name": "r", "then": then}])).to_string();
        let found = descriptor::mistakes(descriptor.as_bytes(), &mut |_| None).unwrap();
        let [mistake] = found.as_slice() else { panic!("{then}: {found:?}") };
        assert_eq!(mistake.pointer, "/resources/0/handover/rules/0/then", "{then}");
        if expected != "look-around" {
            assert!(mistake.reason.contains(expected), "{then}: {}", mistake.reason);
        }
        assert!(mistake.hint.contains(hint), "{then}: {}", mistake.hint);
    }
}

#[test]
fn hostile_expressions_are_refused_or_read() {
    let deep = format!("{}flag{}", "(".repeat(1000), ")".repeat(1000));
    let nots = format!("{}flag", "!".repeat(2000));
    let chain = vec!["flag"; 500].join("||");
    let calls = format!("text{} == 1", ".size()".repeat(300));
    let long = format!("text == '{}'", "x".repeat(LONGEST));
    for then in [deep, nots, chain, calls, long] {
        let descriptor = table(json!([{"name": "r", "then": then}])).to_string();
        let found = descriptor::mistakes(descriptor.as_bytes(), &mut |_| None).unwrap();
        assert_eq!(found.len(), 1, "{then}");
    }
    let names = vec!["flag"; 200].join(" && ");
    assert!(holds(&names, &FULL));
}

proptest! {
    /// Whatever is written is read or refused.
    #[test]
    fn nothing_panics(then in "[a-z0-9 ()'\"!&|<>=+*.,\\[\\]`-]{0,40}") {
        let descriptor = table(json!([{"name": "r", "then": then}])).to_string();
        if let Ok(schema) = descriptor::read(descriptor.as_bytes()) {
            let rule = &schema.resources[0].table.as_ref().unwrap().rules[0];
            rule.holds(&Row(FULL.to_vec()));
            rule.holds(&Row(vec![""; 13]));
        }
    }

    /// Sums and products agree with whole numbers.
    #[test]
    fn arithmetic_agrees(a in -1_000_000i64..1_000_000, b in -1_000_000i64..1_000_000, s in 0usize..6) {
        use crate::schema::value::Number;
        let scaled = |n: i128| Number::parse(&format!("{n}e-{s}")).unwrap();
        let (x, y) = (scaled(a.into()), scaled(b.into()));
        prop_assert_eq!(x.plus(&y).unwrap(), scaled(i128::from(a) + i128::from(b)));
        prop_assert_eq!(x.minus(&y).unwrap(), scaled(i128::from(a) - i128::from(b)));
        let product = Number::parse(&format!("{}e-{}", i128::from(a) * i128::from(b), 2 * s));
        prop_assert_eq!(x.times(&y).unwrap(), product.unwrap());
    }
}
