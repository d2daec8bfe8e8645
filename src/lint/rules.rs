//! What cannot hold, or is probably not meant.

use super::Problem;
use crate::finding::Severity;
use crate::schema::identifier::{Identifier, Judgement};
use crate::schema::outline::{self, text};
use crate::schema::value::Type;
use crate::schema::{Constraints, Field, Resource, Role, Schema, Table};
use regex_syntax::hir::Hir;
use serde_json::Value;

struct Look<'p> {
    problems: &'p mut Vec<Problem>,
}

impl Look<'_> {
    fn tell(&mut self, severity: Severity, place: &str, text: impl Into<String>, hint: &str) {
        self.problems.push(Problem {
            severity,
            place: place.to_owned(),
            text: text.into(),
            hint: hint.to_owned(),
        });
    }
}

/// Looks at a whole schema.
pub(super) fn look(schema: &Schema, package: &Value, problems: &mut Vec<Problem>) {
    let mut look = Look { problems };
    let outlines = outline::resources(package);
    for (resource, outline) in schema.resources.iter().zip(outlines) {
        files(schema, resource, &mut look);
        let Some(table) = &resource.table else { continue };
        for (field, described) in table.fields.iter().zip(outline::fields(outline)) {
            let place = format!("{}.{}", resource.name, field.name);
            self::field(field, described, &place, &mut look);
            missing_values(table, field, &place, &mut look);
        }
        names(table, &resource.name, &mut look);
        references(schema, resource, table, &mut look);
    }
    spelling(schema, &mut look);
    whole(schema, package, &mut look);
}

/// What belongs to the extract as a whole.
fn whole(schema: &Schema, package: &Value, look: &mut Look<'_>) {
    let role = |role: Role| schema.resources.iter().any(|resource| resource.role == Some(role));
    if !role(Role::Patient) {
        look.tell(
            Severity::Warning,
            "package",
            "no table has the role patient",
            "give the table with one row for each patient \"handover\": {\"role\": \"patient\"}",
        );
    }
    if !role(Role::AuditTrail) && outline::handover(package, "auditTrail").is_none() {
        look.tell(
            Severity::Warning,
            "package",
            "no table has the role audit-trail, and nothing says that there is none",
            "give it the role, or write \"handover\": {\"auditTrail\": {\"absent\": \"the reason\"}}",
        );
    }
}

/// File patterns and paths of a resource, and of all others.
fn files(schema: &Schema, resource: &Resource, look: &mut Look<'_>) {
    let Some(pattern) = &resource.file_pattern else { return };
    let base = |path: &str| path.rsplit('/').next().unwrap_or(path).to_owned();
    for path in &resource.paths {
        if !pattern.is_match(&base(path)) {
            let said = format!("the filePattern does not match the path {path}");
            look.tell(Severity::Error, &resource.name, said, "one of the two is wrong");
        }
    }
    for other in schema.resources.iter().filter(|other| other.name != resource.name) {
        for path in &other.paths {
            let sheet = other.table.as_ref().is_some_and(|table| table.dialect.sheet.is_some());
            if pattern.is_match(&base(path)) && !sheet {
                let said = format!("the filePattern matches {path} too, which is {}'s", other.name);
                look.tell(Severity::Error, &resource.name, said, "make the pattern narrower");
            }
        }
    }
}

fn field(field: &Field, described: &Value, place: &str, look: &mut Look<'_>) {
    pattern(&field.constraints, place, look);
    allowed(field, place, look);
    for example in examples(described) {
        self::example(field, &example, place, look);
    }
    let says = format!("{} {}", text(described, "description"), text(described, "title"));
    let lower = says.trim().to_lowercase();
    let conditional = lower.starts_with("if ")
        || [
            " if this ",
            " may be blank",
            " may be empty",
            " may be null",
            "where applicable",
            "if applicable",
            "if any",
            "optional",
            "where known",
            "if known",
        ]
        .iter()
        .any(|part| format!(" {lower}").contains(part));
    if field.constraints.required && conditional {
        look.tell(
            Severity::Warning,
            place,
            "is required, and its description says that it may lack",
            "ask the supplier which of the two is true",
        );
    }
    let never = [
        "always empty",
        "currently unavailable",
        "not populated",
        "not currently populated",
        "not used",
    ];
    if field.constraints.required && never.iter().any(|part| lower.contains(part)) {
        look.tell(
            Severity::Error,
            place,
            "is required, and its description says that it is never filled",
            "ask the supplier which of the two is true",
        );
    }
    if let Some(rdf_type) = &field.rdf_type
        && Identifier::named(rdf_type).is_none()
    {
        look.tell(
            Severity::Info,
            place,
            format!("the rdfType {rdf_type} names no kind of identifier that is checked"),
            "",
        );
    }
}

/// A pattern against the lengths beside it.
fn pattern(constraints: &Constraints, place: &str, look: &mut Look<'_>) {
    let Some(pattern) = &constraints.pattern else { return };
    let Ok(hir) = regex_syntax::parse(&pattern.text) else { return };
    let (least, most) = lengths(&hir, &pattern.text);
    let Some(least) = least else {
        look.tell(Severity::Error, place, "the pattern can match nothing", "mend the pattern");
        return;
    };
    if let Some(longest) = constraints.max_length
        && least > longest
    {
        let said =
            format!("the pattern wants at least {least} characters, maxLength allows {longest}");
        look.tell(Severity::Error, place, said, "one of the two is wrong");
    }
    if let (Some(shortest), Some(most)) = (constraints.min_length, most)
        && most < shortest
    {
        let said =
            format!("the pattern allows at most {most} characters, minLength wants {shortest}");
        look.tell(Severity::Error, place, said, "one of the two is wrong");
    }
}

/// The least and most characters of what a pattern matches; the least is `None` where that is
/// nothing.
fn lengths(hir: &Hir, text: &str) -> (Option<u64>, Option<u64>) {
    let properties = hir.properties();
    let most = properties.maximum_len().map(|most| most as u64);
    // Lengths are in bytes. A class that reaches beyond ASCII may take four for one character.
    let ascii = text.is_ascii()
        && !["[^", ".", "\\w", "\\W", "\\D", "\\S", "\\p", "\\P"]
            .iter()
            .any(|wide| text.replace("\\.", "").contains(wide));
    let least = properties
        .minimum_len()
        .map(|least| if ascii { least as u64 } else { (least as u64).div_ceil(4) });
    (least, most)
}

/// Values that are allowed, against the other constraints.
fn allowed(field: &Field, place: &str, look: &mut Look<'_>) {
    let constraints = &field.constraints;
    for bound in constraints.allowed.iter().flatten() {
        if let Some(broken) = broken(field, &bound.text, false) {
            let said = format!("a value that is allowed breaks {broken}: it can never be");
            look.tell(Severity::Error, place, said, "one of the two is wrong");
        }
    }
}

fn missing_values(table: &Table, field: &Field, place: &str, look: &mut Look<'_>) {
    let missing = field.missing_values.as_ref().unwrap_or(&table.missing_values);
    for bound in field.constraints.allowed.iter().flatten() {
        if missing.contains(&bound.text) {
            look.tell(
                Severity::Error,
                place,
                "a value is allowed, and stands among the missing values too",
                "it will be read as missing: take it out of one of the two",
            );
        }
    }
}

/// What a value breaks, by the constraint's name.
fn broken(field: &Field, value: &str, with_allowed: bool) -> Option<&'static str> {
    let Ok(read) = field.kind.read(value) else { return Some("the type") };
    let constraints = &field.constraints;
    let length = read.length();
    let less = |a: &crate::schema::value::Value, b: &crate::schema::value::Value| {
        a.compare(b) == Some(std::cmp::Ordering::Less)
    };
    if constraints.pattern.as_ref().is_some_and(|pattern| !pattern.is_match(value)) {
        return Some("the pattern");
    }
    if constraints.max_length.zip(length).is_some_and(|(most, length)| length > most) {
        return Some("maxLength");
    }
    if constraints.min_length.zip(length).is_some_and(|(least, length)| length < least) {
        return Some("minLength");
    }
    if constraints.minimum.as_ref().is_some_and(|bound| less(&read, &bound.value)) {
        return Some("minimum");
    }
    if constraints.maximum.as_ref().is_some_and(|bound| less(&bound.value, &read)) {
        return Some("maximum");
    }
    if constraints.exclusive_minimum.as_ref().is_some_and(|bound| !less(&bound.value, &read)) {
        return Some("exclusiveMinimum");
    }
    if constraints.exclusive_maximum.as_ref().is_some_and(|bound| !less(&read, &bound.value)) {
        return Some("exclusiveMaximum");
    }
    let allowed = constraints.allowed.as_ref().filter(|_| with_allowed)?;
    (!allowed.iter().any(|bound| bound.value == read)).then_some("the values that are allowed")
}

/// The examples of a field, as text.
fn examples(described: &Value) -> Vec<String> {
    let shown = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        _ => None,
    };
    match described.get("example") {
        Some(Value::Array(items)) => items.iter().filter_map(shown).collect(),
        Some(one) => shown(one).into_iter().collect(),
        None => Vec::new(),
    }
}

/// An example against the field's own rules; it may be shown, since it is documentation.
fn example(field: &Field, example: &str, place: &str, look: &mut Look<'_>) {
    let shown = crate::finding::message::plain(example, 40);
    if let Some(broken) = broken(field, example, true) {
        let spoiled = spoiled(field, example);
        let said = match spoiled {
            Some(how) => format!("the example \"{shown}\" {how}, and so breaks {broken}"),
            None => format!("the example \"{shown}\" breaks {broken}"),
        };
        let hint = match spoiled {
            Some(_) => {
                "the documentation went through a spreadsheet: ask for an example as it is in the files"
            }
            None => "ask the supplier which of the two is true",
        };
        look.tell(Severity::Error, place, said, hint);
        return;
    }
    if let Some(identifier) = field.rdf_type.as_deref().and_then(Identifier::named)
        && matches!(identifier.judge(example), Judgement::Wrong(_))
    {
        let said = format!("the example \"{shown}\" is no {}", identifier.name());
        look.tell(Severity::Error, place, said, "ask the supplier for a true one");
        return;
    }
    let digits = example.bytes().all(|byte| byte.is_ascii_digit());
    if digits && example.len() > 15 && example.bytes().skip(15).all(|byte| byte == b'0') {
        let said = format!("the example \"{shown}\" has lost the digits after the fifteenth");
        look.tell(
            Severity::Warning,
            place,
            said,
            "the documentation went through a spreadsheet: ask for an example as it is in the files",
        );
    }
}

/// What a spreadsheet did to an example.
fn spoiled(field: &Field, example: &str) -> Option<&'static str> {
    let number: f64 = example.parse().ok()?;
    match &field.kind {
        Type::Date(_) | Type::Datetime(_) if (1.0..100_000.0).contains(&number) => {
            Some("is a date as a spreadsheet counts it")
        }
        Type::Time(_) if (0.0..1.0).contains(&number) => {
            Some("is a time as a spreadsheet counts it")
        }
        _ if example.contains(['E', 'e']) => Some("is a number as a spreadsheet shortens it"),
        _ => None,
    }
}

/// Names that differ in case and separators only.
fn names(table: &Table, resource: &str, look: &mut Look<'_>) {
    let folded = |name: &str| {
        name.chars()
            .filter(|c| c.is_alphanumeric())
            .flat_map(char::to_lowercase)
            .collect::<String>()
    };
    for (at, field) in table.fields.iter().enumerate() {
        let same = |other: &&Field| folded(&other.name) == folded(&field.name);
        if let Some(other) = table.fields.iter().take(at).find(same) {
            let said = format!("differs from {} in letter case or separators only", other.name);
            look.tell(Severity::Warning, &format!("{resource}.{}", field.name), said, "");
        }
    }
}

/// The same field under names that differ in letter case, in different tables.
fn spelling(schema: &Schema, look: &mut Look<'_>) {
    let mut seen: std::collections::BTreeMap<String, (String, String)> = Default::default();
    for resource in &schema.resources {
        for field in resource.table.iter().flat_map(|table| &table.fields) {
            let place = format!("{}.{}", resource.name, field.name);
            let entry = seen.entry(field.name.to_lowercase());
            let (first, name) =
                entry.or_insert_with(|| (place.clone(), field.name.clone())).clone();
            if name != field.name {
                let said = format!("is written as in {first} but for letter case");
                look.tell(Severity::Info, &place, said, "look which the files have");
            }
        }
    }
}

fn references(schema: &Schema, resource: &Resource, table: &Table, look: &mut Look<'_>) {
    for key in &table.foreign_keys {
        let Some(target) = schema.resources.get(key.resource) else { continue };
        let Some(parent) = &target.table else { continue };
        let named = |table: &Table, fields: &[usize]| {
            let names = fields.iter().filter_map(|field| table.fields.get(*field));
            names.map(|field| field.name.as_str()).collect::<Vec<_>>().join("+")
        };
        let mut wanted = key.reference.clone();
        wanted.sort_unstable();
        let is = |fields: &Vec<usize>| {
            let mut fields = fields.clone();
            fields.sort_unstable();
            fields == wanted
        };
        let single =
            |field: &usize| parent.fields.get(*field).is_some_and(|field| field.constraints.unique);
        let unique = is(&parent.primary_key)
            || parent.unique_keys.iter().any(is)
            || (key.reference.len() == 1 && key.reference.iter().all(single));
        let place = format!("{}.{}", resource.name, named(table, &key.fields));
        if !unique {
            let said = format!(
                "refers to {}.{}, which is not declared to be a key",
                target.name,
                named(parent, &key.reference)
            );
            look.tell(
                Severity::Warning,
                &place,
                said,
                "declare it as primaryKey or uniqueKeys there, or ask which key is meant",
            );
        }
        if key.resource < schema.resources.len()
            && std::ptr::eq(target, resource)
            && key.fields == key.reference
        {
            look.tell(Severity::Error, &place, "refers to itself", "name the field that is meant");
        }
        // An optional parent that is absent leaves a required reference to nothing.
        let required = key
            .fields
            .iter()
            .all(|field| table.fields.get(*field).is_some_and(|field| field.constraints.required));
        if required
            && target.presence == crate::schema::Presence::Optional
            && resource.presence == crate::schema::Presence::Required
        {
            let said = format!("is required and refers to {}, whose file is optional", target.name);
            look.tell(Severity::Warning, &place, said, "");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_patterns() {
        let of = |pattern: &str| lengths(&regex_syntax::parse(pattern).unwrap(), pattern);
        assert_eq!(of("[0-9]{10}"), (Some(10), Some(10)));
        assert_eq!(of("[A-Z]{2,4}x?"), (Some(2), Some(5)));
        assert_eq!(of("a+"), (Some(1), None));
        assert_eq!(of(".{8}").0, Some(2));
        assert_eq!(of("[a&&b]").0, None);
    }
}
