//! Which more lenient form a refused cell has, and the descriptor change that would accept it.
//!
//! A form's name is a fixed text, so that a report can count cells by it and show it without
//! showing a value.

use super::pattern::{Temporal, TimePattern};
use super::text::StringFormat;
use super::{IntegerFormat, NumberFormat, Type};
use std::sync::LazyLock;

/// A way to write dates and times.
struct Form {
    /// What reports call it.
    name: &'static str,
    /// Its strptime pattern.
    pattern: &'static str,
    temporal: Temporal,
    /// Whether `format: any` takes it: it can be read in one way only.
    unambiguous: bool,
}

const fn form(
    temporal: Temporal,
    name: &'static str,
    pattern: &'static str,
    unambiguous: bool,
) -> Form {
    Form { name, pattern, temporal, unambiguous }
}

/// The usual ways to write dates and times, in the order in which they are tried: a numeric date
/// that could have the day or the month first has the day first, as is the use in Britain.
static FORMS: &[Form] = &[
    form(Temporal::Date, "yyyy-mm-dd", "%Y-%m-%d", true),
    form(Temporal::Date, "yyyymmdd", "%Y%m%d", true),
    form(Temporal::Date, "yyyy/mm/dd", "%Y/%m/%d", true),
    form(Temporal::Date, "dd/mm/yyyy", "%d/%m/%Y", false),
    form(Temporal::Date, "mm/dd/yyyy", "%m/%d/%Y", false),
    form(Temporal::Date, "d/m/yyyy", "%-d/%-m/%Y", false),
    form(Temporal::Date, "m/d/yyyy", "%-m/%-d/%Y", false),
    form(Temporal::Date, "dd-mm-yyyy", "%d-%m-%Y", false),
    form(Temporal::Date, "dd.mm.yyyy", "%d.%m.%Y", false),
    form(Temporal::Date, "dd MMM yyyy", "%d %b %Y", true),
    form(Temporal::Date, "d MMM yyyy", "%-d %b %Y", true),
    form(Temporal::Date, "dd-MMM-yyyy", "%d-%b-%Y", true),
    form(Temporal::Date, "d-MMM-yyyy", "%-d-%b-%Y", true),
    form(Temporal::Date, "dd/MMM/yyyy", "%d/%b/%Y", false),
    form(Temporal::Date, "dd MMMM yyyy", "%d %B %Y", true),
    form(Temporal::Date, "d MMMM yyyy", "%-d %B %Y", true),
    form(Temporal::Date, "dd/mm/yy", "%d/%m/%y", false),
    form(Temporal::Date, "mm/dd/yy", "%m/%d/%y", false),
    form(Temporal::Date, "dd-MMM-yy", "%d-%b-%y", false),
    form(Temporal::Date, "dd MMM yy", "%d %b %y", false),
    form(Temporal::Date, "yyyy-m-d", "%Y-%-m-%-d", false),
    form(Temporal::Date, "mm/yyyy", "%m/%Y", false),
    form(Temporal::Date, "MMM yyyy", "%b %Y", false),
    form(Temporal::Date, "yyyymm", "%Y%m", false),
    form(Temporal::Datetime, "yyyy-mm-ddThh:mm:ss", "%Y-%m-%dT%H:%M:%S", true),
    form(Temporal::Datetime, "yyyy-mm-dd hh:mm:ss", "%Y-%m-%d %H:%M:%S", true),
    form(Temporal::Datetime, "yyyy-mm-ddThh:mm:ss.f", "%Y-%m-%dT%H:%M:%S.%f", true),
    form(Temporal::Datetime, "yyyy-mm-dd hh:mm:ss.f", "%Y-%m-%d %H:%M:%S.%f", true),
    form(Temporal::Datetime, "yyyy-mm-ddThh:mm:ss with zone", "%Y-%m-%dT%H:%M:%S%z", true),
    form(Temporal::Datetime, "yyyy-mm-ddThh:mm:ss.f with zone", "%Y-%m-%dT%H:%M:%S.%f%z", true),
    form(Temporal::Datetime, "yyyy-mm-dd hh:mm:ss with zone", "%Y-%m-%d %H:%M:%S%z", true),
    form(Temporal::Datetime, "yyyy-mm-dd hh:mm:ss.f with zone", "%Y-%m-%d %H:%M:%S.%f%z", true),
    form(Temporal::Datetime, "yyyy-mm-ddThh:mm", "%Y-%m-%dT%H:%M", true),
    form(Temporal::Datetime, "yyyy-mm-dd hh:mm", "%Y-%m-%d %H:%M", true),
    form(Temporal::Datetime, "yyyy/mm/dd hh:mm:ss", "%Y/%m/%d %H:%M:%S", true),
    form(Temporal::Datetime, "yyyy/mm/dd hh:mm", "%Y/%m/%d %H:%M", true),
    form(Temporal::Datetime, "yyyymmdd hh:mm:ss", "%Y%m%d %H:%M:%S", true),
    form(Temporal::Datetime, "yyyymmdd hh:mm", "%Y%m%d %H:%M", true),
    form(Temporal::Datetime, "yyyymmddhhmmss", "%Y%m%d%H%M%S", false),
    form(Temporal::Datetime, "dd/mm/yyyy hh:mm:ss", "%d/%m/%Y %H:%M:%S", false),
    form(Temporal::Datetime, "mm/dd/yyyy hh:mm:ss", "%m/%d/%Y %H:%M:%S", false),
    form(Temporal::Datetime, "dd/mm/yyyy hh:mm", "%d/%m/%Y %H:%M", false),
    form(Temporal::Datetime, "mm/dd/yyyy hh:mm", "%m/%d/%Y %H:%M", false),
    form(Temporal::Datetime, "d/m/yyyy hh:mm", "%-d/%-m/%Y %H:%M", false),
    form(Temporal::Datetime, "mm/dd/yyyy hh:mm:ss AM", "%m/%d/%Y %I:%M:%S %p", false),
    form(Temporal::Datetime, "dd-mm-yyyy hh:mm:ss", "%d-%m-%Y %H:%M:%S", false),
    form(Temporal::Datetime, "dd MMM yyyy hh:mm:ss", "%d %b %Y %H:%M:%S", true),
    form(Temporal::Datetime, "dd MMM yyyy hh:mm", "%d %b %Y %H:%M", true),
    form(Temporal::Datetime, "d MMM yyyy hh:mm:ss", "%-d %b %Y %H:%M:%S", true),
    form(Temporal::Datetime, "d MMM yyyy hh:mm", "%-d %b %Y %H:%M", true),
    form(Temporal::Datetime, "dd-MMM-yyyy hh:mm:ss", "%d-%b-%Y %H:%M:%S", true),
    form(Temporal::Datetime, "dd-MMM-yyyy hh:mm", "%d-%b-%Y %H:%M", true),
    form(Temporal::Datetime, "d-MMM-yyyy hh:mm:ss", "%-d-%b-%Y %H:%M:%S", true),
    form(Temporal::Datetime, "d-MMM-yyyy hh:mm", "%-d-%b-%Y %H:%M", true),
    form(Temporal::Datetime, "dd MMMM yyyy hh:mm:ss", "%d %B %Y %H:%M:%S", true),
    form(Temporal::Datetime, "dd MMMM yyyy hh:mm", "%d %B %Y %H:%M", true),
    form(Temporal::Datetime, "d MMMM yyyy hh:mm:ss", "%-d %B %Y %H:%M:%S", true),
    form(Temporal::Datetime, "d MMMM yyyy hh:mm", "%-d %B %Y %H:%M", true),
    form(Temporal::Time, "hh:mm:ss", "%H:%M:%S", true),
    form(Temporal::Time, "hh:mm", "%H:%M", true),
    form(Temporal::Time, "hh:mm:ss.f", "%H:%M:%S.%f", true),
    form(Temporal::Time, "h:mm", "%-H:%M", false),
    form(Temporal::Time, "h:mm:ss", "%-H:%M:%S", false),
    form(Temporal::Time, "hhmm", "%H%M", false),
    form(Temporal::Time, "hhmmss", "%H%M%S", false),
    form(Temporal::Time, "hh.mm", "%H.%M", false),
    form(Temporal::Time, "hh:mm AM", "%I:%M %p", true),
    form(Temporal::Time, "h:mm AM", "%-I:%M %p", false),
    form(Temporal::Time, "hh:mm:ss AM", "%I:%M:%S %p", true),
    form(Temporal::Time, "h:mm:ss AM", "%-I:%M:%S %p", false),
];

/// [`FORMS`], compiled on first use.
static COMPILED: LazyLock<Vec<(&'static Form, TimePattern)>> = LazyLock::new(|| {
    FORMS.iter().filter_map(|form| Some((form, TimePattern::parse(form.pattern).ok()?))).collect()
});

/// The patterns that `format: any` takes.
pub(super) fn unambiguous(temporal: Temporal) -> impl Iterator<Item = &'static TimePattern> {
    COMPILED
        .iter()
        .filter(move |(form, _)| form.temporal == temporal && form.unambiguous)
        .map(|(_, pattern)| pattern)
}

/// The strptime pattern of a form named as in [`FORMS`], in any case: what the author of
/// `"format": "DD/MM/YYYY"` meant.
pub(super) fn pattern_named(name: &str) -> Option<&'static str> {
    FORMS.iter().find(|form| form.name.eq_ignore_ascii_case(name)).map(|form| form.pattern)
}

const SPACE: &str = "surrounding space";
const QUOTES: &str = "in quotes";
const BRACES: &str = "in braces";
const EMPTY: &str = "empty";
const SERIAL: &str = "spreadsheet serial number";
const YEAR: &str = "yyyy";
const YEAR_MONTH: &str = "yyyy-mm";
const COMMAS: &str = "thousands separated by commas";
const SPACES: &str = "thousands separated by spaces";
const POINTS_COMMA: &str = "thousands separated by points, decimal comma";
const DECIMAL_COMMA: &str = "decimal comma";
const ZERO_DECIMALS: &str = "decimals that are zero";
const DECIMALS: &str = "decimal number";
const SCIENTIFIC: &str = "scientific notation";
const UNITS: &str = "number with other characters around it";
const UNDERSCORES: &str = "digits with underscores";
const WIDE: &str = "full-width digits";
const INFINITY: &str = "Infinity";
const UUID_BRACES: &str = "uuid in braces";
const UUID_PLAIN: &str = "uuid without hyphens";
const UUID_URN: &str = "urn:uuid:";
const MAILTO: &str = "mailto:";
const NO_SCHEME: &str = "address without a scheme";
const UNPADDED_BASE64: &str = "base64 without padding";
const URL_BASE64: &str = "base64url";

/// Words that stand for "no value".
const NO_VALUE: [&str; 14] = [
    "NULL", "null", "Null", "N/A", "n/a", "NA", "#N/A", "None", "none", "NaN", "nan", "\\N", "-",
    "?",
];

/// Pairs of words for true and false: name, true, false.
const PAIRS: [(&str, &str, &str); 14] = [
    ("Y/N", "Y", "N"),
    ("y/n", "y", "n"),
    ("Yes/No", "Yes", "No"),
    ("YES/NO", "YES", "NO"),
    ("yes/no", "yes", "no"),
    ("T/F", "T", "F"),
    ("t/f", "t", "f"),
    ("true/false", "true", "false"),
    ("True/False", "True", "False"),
    ("TRUE/FALSE", "TRUE", "FALSE"),
    ("1/0", "1", "0"),
    ("-1/0", "-1", "0"),
    ("on/off", "on", "off"),
    ("X or blank", "X", ""),
];

/// The form of a cell that the type refuses.
pub(super) fn form_of(kind: &Type, cell: &str) -> Option<&'static str> {
    if kind.accepts(cell) {
        return None;
    }
    if cell.is_empty() {
        return Some(EMPTY);
    }
    let trimmed = cell.trim();
    if trimmed.len() < cell.len() && (trimmed.is_empty() || kind.accepts(trimmed)) {
        return Some(SPACE);
    }
    let special = match kind {
        Type::Date(_) | Type::Datetime(_) | Type::Time(_) | Type::Year | Type::Yearmonth => {
            temporal_form(kind, cell)
        }
        Type::Integer(format) => integer_form(format, cell),
        Type::Number(_) => number_form(cell),
        Type::Boolean(_) => {
            PAIRS.iter().find(|(_, yes, no)| cell == *yes || cell == *no).map(|(name, _, _)| *name)
        }
        Type::String(format) => string_form(*format, cell),
        _ => None,
    };
    special
        .or_else(|| enclosed(kind, cell))
        .or_else(|| NO_VALUE.iter().copied().find(|word| *word == cell))
}

/// A cell that the type would accept without what encloses it.
fn enclosed(kind: &Type, cell: &str) -> Option<&'static str> {
    let inner = |open: char, close: char| cell.strip_prefix(open)?.strip_suffix(close);
    if inner('"', '"').or_else(|| inner('\'', '\'')).is_some_and(|inner| kind.accepts(inner)) {
        Some(QUOTES)
    } else if inner('{', '}').is_some_and(|inner| kind.accepts(inner)) {
        Some(BRACES)
    } else {
        None
    }
}

fn temporal_form(kind: &Type, cell: &str) -> Option<&'static str> {
    let bytes = cell.as_bytes();
    let matches = |(form, pattern): &(&'static Form, TimePattern)| match form.temporal {
        Temporal::Date => pattern.date(bytes).is_some(),
        Temporal::Time => pattern.time(bytes).is_some(),
        Temporal::Datetime => pattern.datetime(bytes).is_some(),
    };
    // Every form holds a separator or only digits: a cell without any digit has none of them.
    if !bytes.iter().any(u8::is_ascii_digit) {
        return None;
    }
    let find = |times: bool| {
        let mut forms = COMPILED.iter();
        forms.find(|entry| (entry.0.temporal == Temporal::Time) == times && matches(entry))
    };
    // Times first where a time is wanted, and not at all where a date is: 1205 and 120512 could
    // be either.
    let found = match kind {
        Type::Time(_) => find(true).or_else(|| find(false)),
        _ => find(false),
    };
    if let Some((form, _)) = found {
        return Some(form.name);
    }
    if !matches!(kind, Type::Year) && Type::Year.accepts(cell) && cell.len() == 4 {
        return Some(YEAR);
    }
    if !matches!(kind, Type::Yearmonth) && Type::Yearmonth.accepts(cell) && cell.len() == 7 {
        return Some(YEAR_MONTH);
    }
    is_serial(kind, cell).then_some(SERIAL)
}

/// Days since 1900 as spreadsheets count them, for 1920 to 2119; a fraction is the time of day.
fn is_serial(kind: &Type, cell: &str) -> bool {
    let (days, fraction) = cell.split_once('.').unwrap_or((cell, "0"));
    let is_fraction = !fraction.is_empty() && fraction.bytes().all(|b| b.is_ascii_digit());
    let in_range = days.len() <= 5
        && days.bytes().all(|b| b.is_ascii_digit())
        && match kind {
            Type::Time(_) => days == "0" && cell.contains('.'),
            Type::Date(_) | Type::Datetime(_) => {
                days.parse::<u32>().is_ok_and(|days| (7_306..=80_353).contains(&days))
            }
            _ => false,
        };
    is_fraction && in_range
}

fn integer_form(format: &IntegerFormat, cell: &str) -> Option<&'static str> {
    if let Ok(commas) = IntegerFormat::new(Some(","), true)
        && *format != commas
        && commas.accepts(cell)
    {
        return Some(COMMAS);
    }
    if IntegerFormat::new(Some(" "), true).is_ok_and(|spaces| spaces.accepts(cell)) {
        return Some(SPACES);
    }
    if let Some(form) = digits_form(cell) {
        return Some(form);
    }
    if let Some(fraction) = cell.split_once('.').map(|(_, fraction)| fraction)
        && NumberFormat::default().accepts(cell)
        && !cell.contains(['e', 'E'])
    {
        let is_zero = fraction.bytes().all(|b| b == b'0');
        return Some(if is_zero { ZERO_DECIMALS } else { DECIMALS });
    }
    if cell.contains(['e', 'E']) && NumberFormat::default().accepts(cell) {
        return Some(SCIENTIFIC);
    }
    let is_united = IntegerFormat::new(None, false).is_ok_and(|loose| loose.accepts(cell));
    (is_united && !is_enclosure(cell)).then_some(UNITS)
}

fn number_form(cell: &str) -> Option<&'static str> {
    let accepts = |decimal, group, bare| {
        NumberFormat::new(decimal, group, bare).is_ok_and(|format| format.accepts(cell))
    };
    if accepts(".", Some(","), true) {
        return Some(COMMAS);
    }
    if accepts(".", Some(" "), true) {
        return Some(SPACES);
    }
    if accepts(",", None, true) {
        return Some(DECIMAL_COMMA);
    }
    if accepts(",", Some("."), true) {
        return Some(POINTS_COMMA);
    }
    if let Some(form) = digits_form(cell) {
        return Some(form);
    }
    let unsigned = cell.strip_prefix(['+', '-']).unwrap_or(cell);
    if unsigned.eq_ignore_ascii_case("infinity") || cell.eq_ignore_ascii_case("+inf") {
        return Some(INFINITY);
    }
    (accepts(".", None, false) && !is_enclosure(cell)).then_some(UNITS)
}

/// Digits that other tools read as a number: with underscores, or full-width ones.
fn digits_form(cell: &str) -> Option<&'static str> {
    let is_number = |text: &str| NumberFormat::default().accepts(text);
    if cell.contains('_') && is_number(&cell.replace('_', "")) {
        return Some(UNDERSCORES);
    }
    if cell.contains(|c| ('\u{FF10}'..='\u{FF19}').contains(&c)) {
        let narrow: String = cell
            .chars()
            .map(|c| match c {
                '\u{FF10}'..='\u{FF19}' => char::from_digit(u32::from(c) - 0xFF10, 10).unwrap_or(c),
                _ => c,
            })
            .collect();
        return is_number(&narrow).then_some(WIDE);
    }
    None
}

/// Whether quotes or braces are around the cell: [`enclosed`] names them.
fn is_enclosure(cell: &str) -> bool {
    cell.starts_with(['"', '\'', '{', '('])
}

fn string_form(format: StringFormat, cell: &str) -> Option<&'static str> {
    match format {
        StringFormat::Uuid => {
            let is_uuid = |text: &str| StringFormat::Uuid.accepts(text);
            if cell.strip_prefix('{').and_then(|c| c.strip_suffix('}')).is_some_and(is_uuid) {
                Some(UUID_BRACES)
            } else if cell.strip_prefix("urn:uuid:").is_some_and(is_uuid) {
                Some(UUID_URN)
            } else if cell.len() == 32 && cell.bytes().all(|b| b.is_ascii_hexdigit()) {
                Some(UUID_PLAIN)
            } else {
                None
            }
        }
        StringFormat::Email => {
            cell.strip_prefix("mailto:").filter(|rest| format.accepts(rest)).map(|_| MAILTO)
        }
        StringFormat::Uri => {
            let is_host = cell.contains('.') && !cell.starts_with(['.', '/', '@']);
            (is_host && format.accepts(&format!("https://{cell}"))).then_some(NO_SCHEME)
        }
        StringFormat::Binary => {
            let padding = "=".repeat(3 - (cell.len() + 3) % 4);
            if format.accepts(&format!("{cell}{padding}")) {
                return Some(UNPADDED_BASE64);
            }
            let ordinary = cell.replace('-', "+").replace('_', "/");
            (format.accepts(&ordinary) || format.accepts(&format!("{ordinary}{padding}")))
                .then_some(URL_BASE64)
        }
        StringFormat::Default => None,
    }
}

/// The descriptor change that would accept the form.
pub(super) fn change_for(kind: &Type, name: &str) -> Option<String> {
    if name == EMPTY {
        return Some("\"missingValues\": [\"\"]".to_owned());
    }
    if NO_VALUE.contains(&name) {
        return Some(format!("\"missingValues\": [\"\", {}]", quoted(name)));
    }
    match kind {
        Type::Date(_) | Type::Datetime(_) | Type::Time(_) | Type::Year | Type::Yearmonth => {
            temporal_change(kind, name)
        }
        Type::Boolean(_) => boolean_change(name),
        Type::Integer(_) | Type::Number(_) => number_change(name).map(str::to_owned),
        Type::String(StringFormat::Uuid) => match name {
            UUID_BRACES => Some(uuid_pattern("\\\\{", "-", "\\\\}")),
            UUID_PLAIN => Some(uuid_pattern("", "", "")),
            UUID_URN => Some("\"format\": \"uri\"".to_owned()),
            _ => None,
        },
        Type::String(StringFormat::Email) if name == MAILTO => {
            Some("\"format\": \"uri\"".to_owned())
        }
        _ => None,
    }
}

/// A string with a pattern in place of the format `uuid`, as JSON.
fn uuid_pattern(before: &str, hyphen: &str, after: &str) -> String {
    let digits = |count: u8| format!("[0-9A-Fa-f]{{{count}}}");
    let (eight, four, twelve) = (digits(8), digits(4), digits(12));
    format!(
        "\"format\": \"default\", \"constraints\": {{\"pattern\": \
         \"{before}{eight}({hyphen}{four}){{3}}{hyphen}{twelve}{after}\"}}"
    )
}

fn temporal_change(kind: &Type, name: &str) -> Option<String> {
    match name {
        YEAR => return Some("\"type\": \"year\"".to_owned()),
        YEAR_MONTH => return Some("\"type\": \"yearmonth\"".to_owned()),
        _ => {}
    }
    let form = FORMS.iter().find(|form| form.name == name)?;
    let (wanted, is_default) = match form.temporal {
        Temporal::Date => ("date", form.name == "yyyy-mm-dd"),
        Temporal::Time => ("time", form.name == "hh:mm:ss"),
        Temporal::Datetime => ("datetime", form.name.starts_with("yyyy-mm-ddThh:mm:ss")),
    };
    let format = if is_default { "default" } else { form.pattern };
    let format = format!("\"format\": {}", quoted(format));
    if kind.name() == wanted {
        return Some(format);
    }
    Some(format!("\"type\": \"{wanted}\", {format}"))
}

fn boolean_change(name: &str) -> Option<String> {
    let (_, yes, no) = PAIRS.iter().find(|(pair, _, _)| *pair == name)?;
    if no.is_empty() {
        return Some(format!("\"trueValues\": [{}]", quoted(yes)));
    }
    Some(format!("\"trueValues\": [{}], \"falseValues\": [{}]", quoted(yes), quoted(no)))
}

fn number_change(name: &str) -> Option<&'static str> {
    Some(match name {
        COMMAS => "\"groupChar\": \",\"",
        SPACES => "\"groupChar\": \" \"",
        DECIMAL_COMMA => "\"decimalChar\": \",\"",
        POINTS_COMMA => "\"decimalChar\": \",\", \"groupChar\": \".\"",
        ZERO_DECIMALS | DECIMALS => "\"type\": \"number\"",
        UNITS => "\"bareNumber\": false",
        _ => return None,
    })
}

/// A text of this module as JSON: only a backslash needs escaping.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\"))
}
/// Whether each entry of [`FORMS`] compiles, suits its type, and has a name of its own.
#[cfg(test)]
pub(super) fn check_forms() {
    let mut names: Vec<_> = FORMS.iter().map(|form| form.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), FORMS.len());
    for form in FORMS {
        let format =
            super::TimeFormat::parse(form.pattern).and_then(|f| f.suited_to(form.temporal));
        assert!(format.is_ok(), "{}", form.name);
    }
}
