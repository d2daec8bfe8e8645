//! What documentation says of a field's type, length and form, as the standard has it.

use crate::schema::draft::Field;
use crate::schema::identifier::Identifier;
use crate::source::sheet::key;
use serde_json::json;

/// What could not be carried over of a type: a clause.
pub(super) type Lost = Vec<String>;

/// Sets type, format and lengths of a field from the words of its documentation. `length` and `form`
/// are those of columns of their own; empty: none.
pub(super) fn set(field: &mut Field, words: &str, form: &str, length: &str, scale: &str) -> Lost {
    let mut lost = Vec::new();
    let (name, inside) = divide(words);
    let word = key(&name);
    let words_of = word.split(' ').collect::<Vec<_>>();
    let kind = kind(&word, &words_of);
    let (kind, nhs) = match kind {
        Some(kind) => (kind, None),
        // NHS Data Dictionary: an5, max an35, n10.
        None => match nhs_format(&word) {
            Some((kind, length)) => (kind, Some(length)),
            None => {
                if !word.is_empty() {
                    lost.push(format!(
                        "the type \"{}\" is not known: any value is allowed",
                        short(words)
                    ));
                }
                match time_pattern(words) {
                    Some((kind, pattern)) => {
                        lost.clear();
                        field.kind = kind;
                        field.format = pattern;
                        return lost;
                    }
                    None => (if word.is_empty() { "string" } else { "any" }, None),
                }
            }
        },
    };
    field.kind = kind;
    let form = if form.is_empty() { inside.as_str() } else { form };
    match kind {
        "string" | "any" => {
            let text = [inside.as_str(), length].into_iter().find(|text| !text.is_empty());
            // `Text 50`, `Char 1`.
            let behind = words_of.last().filter(|_| words_of.len() > 1 && inside.is_empty());
            let behind = behind.and_then(|word| word.parse::<u64>().ok());
            let number = nhs.flatten().or_else(|| text.and_then(most)).or(behind);
            if let (Some(most), "string") = (number.filter(|most| *most > 0), kind) {
                field.constraints.insert("maxLength".into(), json!(most));
            }
            form_of_text(field, form);
            if word.contains("guid") || word.contains("uuid") || word == "uniqueidentifier" {
                guid(field, &inside);
            } else if let Some(list) = alternatives(&inside) {
                field.categories =
                    list.into_iter().map(|one| (json!(one), String::new())).collect();
                field.constraints.remove("maxLength");
            }
        }
        // `Y/N flag`: the type itself may say the words.
        "boolean" if form.is_empty() => {
            let said = words.split([' ', ',', ';']).find(|word| word.contains('/'));
            boolean(field, said.unwrap_or_default());
        }
        "boolean" => boolean(field, form),
        "date" | "time" | "datetime" => {
            match time_pattern(form) {
                _ if form == "any" => field.format = "any".into(),
                Some((_, pattern)) => field.format = pattern,
                None if !form.is_empty() && form.chars().any(char::is_alphabetic) => {
                    lost.push(format!("the form \"{}\" of a {kind} is not known", short(form)));
                }
                None => {}
            }
            if !length.is_empty() && most(length).is_some() {
                lost.push(format!("the length of a {kind}, which says how it is stored"));
            }
        }
        _ => {
            form_of_text(field, form);
            if !scale.is_empty()
                || inside.contains(',')
                || (!length.is_empty() && most(length).is_some())
            {
                lost.push(format!("the number of digits or bytes of {} {kind}", article(kind)));
            }
        }
    }
    lost
}

fn article(word: &str) -> &'static str {
    if word.starts_with('i') { "an" } else { "a" }
}

/// Text as a note may hold it.
pub(super) fn short(text: &str) -> String {
    crate::finding::message::plain(text, 60)
}

/// The name of a type and what stands in brackets behind it.
fn divide(words: &str) -> (String, String) {
    match words.split_once(['(', '[']) {
        Some((name, inside)) => {
            let inside = inside.rsplit_once([')', ']']).map_or(inside, |(inside, _)| inside);
            (name.trim().to_owned(), inside.trim().to_owned())
        }
        None => (words.trim().to_owned(), String::new()),
    }
}

fn kind(word: &str, words: &[&str]) -> Option<&'static str> {
    let has = |names: &[&str]| words.iter().any(|word| names.contains(word));
    Some(match word {
        "y n" | "yes no" | "t f" | "true false" | "0 1" | "1 0" => "boolean",
        _ if has(&["boolean", "bool", "bit", "logical", "flag", "indicator"]) => "boolean",
        _ if has(&["datetime", "datetime2", "timestamp", "smalldatetime", "datetimeoffset"])
            || (has(&["date"]) && has(&["time"])) =>
        {
            "datetime"
        }
        _ if has(&["date"]) => "date",
        _ if has(&["time"]) => "time",
        _ if has(&[
            "integer",
            "int",
            "bigint",
            "smallint",
            "tinyint",
            "mediumint",
            "long",
            "int4",
            "int8",
            "int2",
            "int16",
            "int32",
            "int64",
            "serial",
            "bigserial",
            "whole",
            "short",
            "byte",
            "counter",
            "autonumber",
        ]) =>
        {
            "integer"
        }
        _ if has(&[
            "decimal",
            "numeric",
            "number",
            "float",
            "real",
            "double",
            "money",
            "smallmoney",
            "float4",
            "float8",
            "currency",
            "single",
            "binary double",
        ]) =>
        {
            "number"
        }
        _ if has(&[
            "varchar",
            "varchar2",
            "nvarchar",
            "nvarchar2",
            "char",
            "nchar",
            "character",
            "text",
            "ntext",
            "string",
            "alphanumeric",
            "alpha",
            "clob",
            "nclob",
            "memo",
            "longtext",
            "mediumtext",
            "characters",
            "str",
            "uniqueidentifier",
            "guid",
            "uuid",
            "code",
            "coded",
            "enum",
            "enumeration",
            "xml",
            "citext",
            "bpchar",
            "id",
            "identifier",
            "list",
            "choice",
            "lookup",
            "postcode",
            "freetext",
            "free",
        ]) =>
        {
            "string"
        }
        _ if word == "year" => "year",
        _ if has(&["any", "variant", "binary", "varbinary", "blob", "image", "unknown"]) => "any",
        _ => return None,
    })
}

/// The formats of the NHS Data Dictionary: `an5`, `max an35`, `n10`, `a..12`.
fn nhs_format(word: &str) -> Option<(&'static str, Option<u64>)> {
    let words: Vec<&str> =
        word.split(' ').filter(|word| *word != "max" && *word != "min").collect();
    let joined = words.concat();
    let digits = joined.trim_start_matches(|c: char| c.is_ascii_alphabetic());
    let letters = joined.get(..joined.len() - digits.len())?;
    let length: u64 = digits.parse().ok()?;
    // A number of a fixed length, as an NHS number, keeps its leading zeros.
    matches!(letters, "an" | "a" | "n").then_some(("string", Some(length)))
}

/// The largest number in text: `50`, `varchar(10)`, `5..8`, `10 chars`; "max" and "-1" are none.
pub(super) fn most(text: &str) -> Option<u64> {
    if text.trim_start().starts_with('-') || text.to_lowercase().contains("max)") {
        return None;
    }
    // `50.0` is how a spreadsheet may write a whole number.
    let text = text.trim().strip_suffix(".0").unwrap_or(text);
    let numbers = text.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty());
    let most =
        numbers.map(str::parse::<u64>).collect::<Result<Vec<_>, _>>().ok()?.into_iter().max()?;
    (most < 1 << 31).then_some(most)
}

/// `I|U|D`, `Y/N`: at least two short words.
fn alternatives(text: &str) -> Option<Vec<String>> {
    let divider = ['|', '/', ','].into_iter().find(|divider| text.contains(*divider))?;
    let words: Vec<String> = text.split(divider).map(|word| word.trim().to_owned()).collect();
    let sound =
        words.iter().all(|word| !word.is_empty() && word.len() <= 20 && !word.contains(' '));
    let numbers = divider == ',' && words.iter().all(|word| word.parse::<u64>().is_ok());
    (sound && !numbers && words.len() > 1).then_some(words)
}

/// The form of a text or number: a pattern, a format of the standard, a kind of identifier by its URI.
fn form_of_text(field: &mut Field, form: &str) {
    let (mut rest, mut kind) = (form.trim(), "");
    if let Some(at) = rest.rfind("http") {
        let (before, uri) = rest.split_at(at);
        if before.is_empty() || before.ends_with("; ") {
            (rest, kind) = (before.trim_end_matches([';', ' ']), uri);
        }
    }
    if Identifier::named(kind).is_some() {
        field.more.insert("rdfType".into(), json!(kind));
    }
    if field.kind != "string" {
        return;
    }
    if let Some((format, pattern)) = rest.split_once("; pattern ") {
        field.format = format.into();
        field.constraints.insert("pattern".into(), json!(pattern));
    } else if let Some(pattern) = rest.strip_prefix("pattern ") {
        field.constraints.insert("pattern".into(), json!(pattern));
    } else if matches!(rest, "email" | "uri" | "binary" | "uuid") {
        field.format = rest.into();
    }
}

/// The words of a boolean, from its codes: `Y = Yes; N = No`. `false`: they do not tell.
pub(super) fn truths(field: &mut Field, codes: &[(String, String)]) -> bool {
    let [a, b] = codes else { return false };
    let before = field.more.clone();
    boolean(field, &format!("{}/{}", a.0, b.0));
    let default = |code: &str| matches!(code, "true" | "True" | "false" | "False");
    field.more != before || (default(&a.0) && default(&b.0))
}

fn guid(field: &mut Field, inside: &str) {
    field.constraints.remove("maxLength");
    if inside.contains("brace") || inside.contains('{') {
        let pattern = "\\{[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\\}";
        field.constraints.insert("pattern".into(), json!(pattern));
    }
}

/// The words of a boolean, as `true/false`, `1/0`, `Y/N`.
fn boolean(field: &mut Field, form: &str) {
    // Several words may say the same: `true,TRUE/false,FALSE`.
    let sides: Option<(Vec<&str>, Vec<&str>)> = match form.split_once('/') {
        Some((a, b)) if form.contains(',') => {
            Some((a.split(',').collect(), b.split(',').collect()))
        }
        _ => None,
    };
    let words: Vec<String> = alternatives(form).unwrap_or_default();
    let (a, b) = match (&sides, words.as_slice()) {
        (Some((a, b)), _) => (a.clone(), b.clone()),
        (None, [a, b]) => (vec![a.as_str()], vec![b.as_str()]),
        _ => return,
    };
    let truth = |words: &[&str]| {
        words.iter().all(|word| {
            matches!(word.trim().to_lowercase().as_str(), "true" | "t" | "yes" | "y" | "1" | "-1")
        })
    };
    let (yes, no) = match (truth(&a), truth(&b)) {
        (true, false) => (a, b),
        (false, true) => (b, a),
        _ => return,
    };
    // `true/false` and `True/False` are what the standard takes: a document that says so says no more.
    let plain = |words: &[&str], word: &str| {
        let same = |only: &str| only.get(1..) == word.get(1..) && only.eq_ignore_ascii_case(word);
        matches!(words, [only] if same(only.trim()))
    };
    if !plain(&yes, "true") || !plain(&no, "false") {
        for (name, words) in [("trueValues", yes), ("falseValues", no)] {
            let words: Vec<&str> = words.into_iter().map(str::trim).collect();
            field.more.insert(name.into(), json!(words));
        }
    }
}

/// The words `yes` and `no` of a table, as documentation writes them.
pub(super) fn yes(text: &str) -> Option<bool> {
    match key(text).as_str() {
        "y" | "yes" | "true" | "1" | "m" | "mandatory" | "required" | "not null" | "x" | "r"
        | "always" | "compulsory" | "notnull" => Some(true),
        "" | "n" | "no" | "false" | "0" | "o" | "optional" | "null" | "nullable" | "na" | "n a"
        | "none" | "not required" | "not mandatory" => {
            // A tick has no letters.
            Some(matches!(text.trim(), "✓" | "✔" | "☑" | "√" | "●" | "*"))
        }
        _ => None,
    }
}

/// The type and pattern of a date or time that is written in letters, as `dd/mm/yyyy` or
/// `YYYY-MM-DD HH24:MI:SS`.
pub(super) fn time_pattern(text: &str) -> Option<(&'static str, String)> {
    let text = text.split([';', '(']).next().unwrap_or_default().trim();
    let text = text.trim_start_matches("format").trim_matches([':', ' ', '"', '\'', '`']);
    if let Some(pattern) = text.strip_prefix('%').map(|_| text) {
        return of_pattern(pattern.to_owned());
    }
    let chars: Vec<char> = text.chars().collect();
    let mut pattern = String::new();
    let mut at = 0;
    let mut after_hour = false;
    while let Some(&c) = chars.get(at) {
        let run = chars.get(at..)?.iter().take_while(|other| **other == c).count();
        let rest: String = chars.get(at..)?.iter().collect::<String>().to_uppercase();
        let (directive, length) = match c.to_ascii_lowercase() {
            'c' if rest.starts_with("CCYY") => ("%Y", 4),
            'y' => match run {
                4 => ("%Y", 4),
                2 => ("%y", 2),
                _ => return None,
            },
            'h' if rest.starts_with("HH24") => ("%H", 4),
            'h' if run == 2 => ("%H", 2),
            'm' if rest.starts_with("MI") => ("%M", 2),
            'm' if rest.starts_with("MONTH") => ("%B", 5),
            'm' if rest.starts_with("MON") => ("%b", 3),
            'm' => match run {
                4 => ("%B", 4),
                3 => ("%b", 3),
                2 if after_hour => ("%M", 2),
                2 => ("%m", 2),
                _ => return None,
            },
            'd' if run == 2 => ("%d", 2),
            's' if run == 2 => ("%S", 2),
            'f' if run <= 6 => ("%f", run),
            't' if pattern.ends_with("%d") => ("T", 1),
            'z' if pattern.ends_with("%S") => ("%z", run),
            '/' | '-' | '.' | ' ' | ':' | ',' | '_' => {
                pattern.push(c);
                at += 1;
                continue;
            }
            _ => return None,
        };
        if directive == "%H" {
            after_hour = true;
        }
        pattern.push_str(directive);
        at += length;
    }
    of_pattern(pattern)
}

/// The form of a date or time that a description tells: `Format: DD/MM/YYYY`. The words, the pattern.
pub(super) fn described_form(description: &str, kind: &str) -> Option<(String, String)> {
    let words: Vec<&str> = description.split_whitespace().collect();
    let both = words.windows(2).map(|pair| pair.join(" "));
    let alone = words.iter().map(|word| (*word).to_owned());
    both.chain(alone).find_map(|text| {
        let bare = text.trim_matches(|c: char| !c.is_alphanumeric()).to_owned();
        // Letters of a date, and not a word that happens to be of such letters.
        let sound = bare.to_lowercase().contains("yy") || bare.to_lowercase().contains("hh");
        let (found, pattern) = time_pattern(&bare).filter(|_| sound)?;
        (found == kind).then_some((bare, pattern))
    })
}

fn of_pattern(pattern: String) -> Option<(&'static str, String)> {
    let has = |directives: &[&str]| directives.iter().any(|one| pattern.contains(one));
    let (date, time) = (has(&["%Y", "%y"]), has(&["%H", "%I"]));
    let kind = match (date, time) {
        (true, true) => "datetime",
        (true, false) => "date",
        (false, true) => "time",
        (false, false) => return None,
    };
    let pattern = match (kind, pattern.as_str()) {
        ("date", "%Y-%m-%d") | ("time", "%H:%M:%S") => String::new(),
        _ => pattern,
    };
    Some((kind, pattern))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    fn of(words: &str, form: &str, length: &str) -> String {
        let mut field = Field::default();
        let lost = set(&mut field, words, form, length, "");
        format!(
            "{} {} {} {}{}",
            field.kind,
            field.format,
            Value::Object(field.constraints),
            Value::Object(field.more),
            if lost.is_empty() { "" } else { " lost" }
        )
    }

    #[test]
    fn types_are_known_in_many_forms() {
        for (words, form, length, found) in [
            ("varchar(50)", "", "", "string  {\"maxLength\":50} {}"),
            ("VARCHAR2(50 CHAR)", "", "", "string  {\"maxLength\":50} {}"),
            ("nvarchar(max)", "", "", "string  {} {}"),
            ("Text - Variable", "", "100", "string  {\"maxLength\":100} {}"),
            ("Text", "", "-1", "string  {} {}"),
            ("max an35", "", "", "string  {\"maxLength\":35} {}"),
            ("n10", "", "", "string  {\"maxLength\":10} {}"),
            ("Numeric - Integer", "", "", "integer  {} {}"),
            ("integer", "", "4", "integer  {} {} lost"),
            ("decimal(19,3)", "", "", "number  {} {} lost"),
            ("Date", "dd/mm/yyyy", "", "date %d/%m/%Y {} {}"),
            ("date(yyyy-MM-dd)", "", "", "date  {} {}"),
            ("Date and Time", "", "", "datetime  {} {}"),
            ("DD-MON-YYYY", "", "", "date %d-%b-%Y {} {}"),
            ("Timestamp", "YYYY-MM-DD HH24:MI:SS", "", "datetime %Y-%m-%d %H:%M:%S {} {}"),
            ("time", "HH:mm", "", "time %H:%M {} {}"),
            ("Y/N flag", "", "", "boolean  {} {\"trueValues\":[\"Y\"],\"falseValues\":[\"N\"]}"),
            (
                "boolean(Y/N)",
                "",
                "",
                "boolean  {} {\"trueValues\":[\"Y\"],\"falseValues\":[\"N\"]}",
            ),
            ("boolean(true/false)", "", "", "boolean  {} {}"),
            ("uniqueidentifier", "", "16", "string  {} {}"),
            ("Text 50", "", "", "string  {\"maxLength\":50} {}"),
            ("true/false", "", "", "boolean  {} {}"),
            ("geography", "", "", "any  {} {} lost"),
            ("", "", "8", "string  {\"maxLength\":8} {}"),
        ] {
            assert_eq!(of(words, form, length), found, "{words} {form} {length}");
        }
    }

    #[test]
    fn yes_and_no() {
        assert_eq!(yes("Y"), Some(true));
        assert_eq!(yes("✓"), Some(true));
        assert_eq!(yes(""), Some(false));
        assert_eq!(yes("Optional"), Some(false));
        assert_eq!(yes("if known"), None);
    }
}
