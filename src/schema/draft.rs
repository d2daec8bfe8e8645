//! A descriptor that is being written: by an importer, from documentation, or by `infer`, from data.
//!
//! **Invariant:** the text that [`Draft::text`] gives is read by [`super::descriptor`] without a
//! mistake and without a property that is not supported, is the same for the same draft, and has one
//! line for each field and reference, so that a change shows as its line.

use super::descriptor;
use crate::error::{Error, Result};
use serde_json::{Map, Value, json};
use std::fmt::Write as _;

/// A package on its way.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Draft {
    /// `name`.
    pub name: String,
    /// `title`; empty: none.
    pub title: String,
    /// `version`; empty: none.
    pub version: String,
    /// `description`; empty: none.
    pub description: String,
    /// Further properties of the package, as `sources`.
    pub more: Map<String, Value>,
    /// The resources, in order.
    pub resources: Vec<Resource>,
}

/// A table on its way.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Resource {
    /// `name`.
    pub name: String,
    /// `title`; empty: none.
    pub title: String,
    /// `description`; empty: none.
    pub description: String,
    /// `path`; empty where `handover` has a `filePattern`.
    pub paths: Vec<String>,
    /// `encoding`; empty: not declared.
    pub encoding: String,
    /// `dialect`; empty: not declared.
    pub dialect: Map<String, Value>,
    /// `handover`; empty: not declared.
    pub handover: Map<String, Value>,
    /// `fieldsMatch`; empty: not declared.
    pub fields_match: &'static str,
    /// `missingValues`; empty: not declared.
    pub missing_values: Vec<String>,
    /// `fields`.
    pub fields: Vec<Field>,
    /// `primaryKey`.
    pub primary_key: Vec<String>,
    /// `uniqueKeys`.
    pub unique_keys: Vec<Vec<String>>,
    /// `foreignKeys`.
    pub foreign_keys: Vec<Reference>,
}

/// A reference on its way.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reference {
    /// The referring fields.
    pub fields: Vec<String>,
    /// The resource referred to.
    pub resource: String,
    /// Its fields.
    pub reference: Vec<String>,
}

/// A column on its way.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Field {
    /// `name`.
    pub name: String,
    /// `title`; empty: none.
    pub title: String,
    /// `description`; empty: none.
    pub description: String,
    /// `example`; empty: none.
    pub example: String,
    /// `type`; empty: not declared.
    pub kind: &'static str,
    /// `format`; empty: not declared.
    pub format: String,
    /// Further properties, as `rdfType` or `trueValues`.
    pub more: Map<String, Value>,
    /// `constraints`; empty: not declared.
    pub constraints: Map<String, Value>,
    /// `categories`: value and label; an empty label is none.
    pub categories: Vec<(Value, String)>,
    /// `handover`; empty: not declared.
    pub handover: Map<String, Value>,
}

impl Draft {
    /// The resource of that name.
    pub fn resource(&self, name: &str) -> Option<&Resource> {
        self.resources.iter().find(|resource| resource.name == name)
    }

    /// The descriptor's text.
    ///
    /// # Errors
    /// [`crate::error::ErrorKind::Schema`] where the draft is no sound descriptor, with what is
    /// wrong with it.
    pub fn text(&self) -> Result<String> {
        let mut text = String::new();
        pretty(&self.value(), "", 0, &mut text);
        text.push('\n');
        descriptor::read(text.as_bytes())?;
        Ok(text)
    }

    /// The descriptor's JSON.
    pub fn value(&self) -> Value {
        let mut package = Map::new();
        package.insert(
            "$schema".into(),
            json!("https://datapackage.org/profiles/2.0/datapackage.json"),
        );
        text(&mut package, "name", &self.name);
        text(&mut package, "title", &self.title);
        text(&mut package, "version", &self.version);
        text(&mut package, "description", &self.description);
        package.extend(self.more.clone());
        package.insert(
            "resources".into(),
            self.resources.iter().map(Resource::value).collect::<Vec<_>>().into(),
        );
        Value::Object(package)
    }
}

impl Resource {
    /// The field of that name.
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    fn value(&self) -> Value {
        let mut resource = Map::new();
        text(&mut resource, "name", &self.name);
        text(&mut resource, "title", &self.title);
        text(&mut resource, "description", &self.description);
        match self.paths.as_slice() {
            [] => {}
            [path] => _ = resource.insert("path".into(), json!(path)),
            paths => _ = resource.insert("path".into(), json!(paths)),
        }
        text(&mut resource, "type", "table");
        if self.dialect.get("sheetName").is_none() {
            text(&mut resource, "format", "csv");
            text(&mut resource, "mediatype", "text/csv");
        }
        text(&mut resource, "encoding", &self.encoding);
        object(&mut resource, "dialect", &self.dialect);
        let mut schema = Map::new();
        text(&mut schema, "fieldsMatch", self.fields_match);
        if !self.missing_values.is_empty() {
            schema.insert("missingValues".into(), json!(self.missing_values));
        }
        schema.insert(
            "fields".into(),
            self.fields.iter().map(Field::value).collect::<Vec<_>>().into(),
        );
        if !self.primary_key.is_empty() {
            schema.insert("primaryKey".into(), json!(self.primary_key));
        }
        if !self.unique_keys.is_empty() {
            schema.insert("uniqueKeys".into(), json!(self.unique_keys));
        }
        if !self.foreign_keys.is_empty() {
            let keys = self.foreign_keys.iter().map(|key| {
                json!({
                    "fields": key.fields,
                    "reference": {"resource": key.resource, "fields": key.reference},
                })
            });
            schema.insert("foreignKeys".into(), keys.collect::<Vec<_>>().into());
        }
        resource.insert("schema".into(), Value::Object(schema));
        object(&mut resource, "handover", &self.handover);
        Value::Object(resource)
    }
}

impl Field {
    fn value(&self) -> Value {
        let mut field = Map::new();
        text(&mut field, "name", &self.name);
        text(&mut field, "title", &self.title);
        text(&mut field, "description", &self.description);
        text(&mut field, "example", &self.example);
        text(&mut field, "type", self.kind);
        text(&mut field, "format", &self.format);
        field.extend(self.more.clone());
        if !self.categories.is_empty() {
            let categories = self.categories.iter().map(|(value, label)| match label.is_empty() {
                true => value.clone(),
                false => json!({"value": value, "label": label}),
            });
            // The standard wants values, or objects, and not both.
            let plain = self.categories.iter().all(|(_, label)| label.is_empty());
            let categories: Vec<Value> = match plain {
                true => categories.collect(),
                false => categories
                    .map(|one| if one.is_object() { one } else { json!({"value": one}) })
                    .collect(),
            };
            field.insert("categories".into(), categories.into());
        }
        object(&mut field, "constraints", &self.constraints);
        object(&mut field, "handover", &self.handover);
        Value::Object(field)
    }
}

fn text(into: &mut Map<String, Value>, name: &str, value: &str) {
    if !value.is_empty() {
        into.insert(name.into(), json!(value));
    }
}

fn object(into: &mut Map<String, Value>, name: &str, value: &Map<String, Value>) {
    if !value.is_empty() {
        into.insert(name.into(), Value::Object(value.clone()));
    }
}

/// Writes JSON with an indent of two; what stands in `fields` and `foreignKeys`, and small things,
/// on one line each.
fn pretty(value: &Value, name: &str, depth: usize, out: &mut String) {
    const SMALL: [&str; 5] = ["primaryKey", "dialect", "handover", "missingValues", "keywords"];
    let indent = |depth: usize, out: &mut String| {
        out.push('\n');
        out.extend(std::iter::repeat_n("  ", depth));
    };
    let each_on_a_line = matches!(name, "fields" | "foreignKeys" | "uniqueKeys" | "sources");
    match value {
        Value::Array(items) if !items.is_empty() && !SMALL.contains(&name) => {
            out.push('[');
            for (number, item) in items.iter().enumerate() {
                out.push_str(if number == 0 { "" } else { "," });
                indent(depth + 1, out);
                match each_on_a_line {
                    true => compact(item, out),
                    false => pretty(item, "", depth + 1, out),
                }
            }
            indent(depth, out);
            out.push(']');
        }
        Value::Object(members) if !members.is_empty() && !SMALL.contains(&name) => {
            out.push('{');
            for (number, (name, member)) in members.iter().enumerate() {
                out.push_str(if number == 0 { "" } else { "," });
                indent(depth + 1, out);
                let _ = write!(out, "{}: ", Value::from(name.as_str()));
                pretty(member, name, depth + 1, out);
            }
            indent(depth, out);
            out.push('}');
        }
        other => compact(other, out),
    }
}

/// Writes JSON on one line, with a space after each comma and colon.
fn compact(value: &Value, out: &mut String) {
    match value {
        Value::Array(items) => {
            out.push('[');
            for (number, item) in items.iter().enumerate() {
                out.push_str(if number == 0 { "" } else { ", " });
                compact(item, out);
            }
            out.push(']');
        }
        Value::Object(members) => {
            out.push('{');
            for (number, (name, member)) in members.iter().enumerate() {
                out.push_str(if number == 0 { "" } else { ", " });
                let _ = write!(out, "{}: ", Value::from(name.as_str()));
                compact(member, out);
            }
            out.push('}');
        }
        other => _ = write!(out, "{other}"),
    }
}

/// A name as Data Package wants it: lower-case letters, digits, `.`, `-`, `_`; never empty.
pub fn plain_name(text: &str) -> String {
    let mut name = String::new();
    for c in text.trim().chars().flat_map(char::to_lowercase) {
        match c {
            'a'..='z' | '0'..='9' | '.' | '_' | '-' => name.push(c),
            _ if name.ends_with('-') || name.is_empty() => {}
            _ => name.push('-'),
        }
    }
    name.truncate(name.trim_end_matches('-').len());
    if name.is_empty() { "table".into() } else { name }
}

/// The words of a name, in lower case: `CareRecord_Observation` has three, `IDPatient` two.
pub fn words(name: &str) -> Vec<String> {
    let chars: Vec<char> = name.chars().collect();
    let mut words = vec![String::new()];
    for (at, c) in chars.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| chars.get(at));
        let after = chars.get(at + 1);
        let begins = c.is_uppercase()
            && before.is_some_and(|before| {
                !before.is_uppercase() || after.is_some_and(|after| after.is_lowercase())
            });
        if !c.is_alphanumeric() || begins {
            words.push(String::new());
        }
        if c.is_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.extend(c.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Makes the draft a descriptor can be read from, or tells what stands in the way.
///
/// # Errors
/// As [`Draft::text`]; the message says that it is the draft, and not a file of the user's.
pub fn finish(draft: &Draft, from: &str) -> Result<String> {
    draft.text().map_err(|error| {
        let message = format!("what {from} says makes no sound descriptor: {error}");
        let hint = error.hint().unwrap_or_default().to_owned();
        Error::new(error.kind(), message).with_hint(hint)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_that_the_standard_wants() {
        for (text, name) in [
            ("Admin_Patient", "admin_patient"),
            ("Patient details (GP)", "patient-details-gp"),
            ("  ", "table"),
            ("Größe", "gr-e"),
        ] {
            assert_eq!(plain_name(text), name);
        }
    }

    #[test]
    fn each_field_has_a_line() {
        let field = |name: &str| Field { name: name.into(), kind: "string", ..Field::default() };
        let resource = Resource {
            name: "a".into(),
            paths: vec!["a.csv".into()],
            fields: vec![field("b"), field("c")],
            ..Resource::default()
        };
        let draft = Draft { name: "d".into(), resources: vec![resource], ..Draft::default() };
        let text = draft.text().unwrap();
        assert!(text.contains("\n          {\"name\": \"b\", \"type\": \"string\"},\n"), "{text}");
    }
}
