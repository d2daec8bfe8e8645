//! Compares two declared schemas: what changed, and what that means for an import that was made for
//! the first and gets data made for the second.

mod extension;

use crate::schema::Schema;
use crate::schema::draft::words;
use crate::schema::outline::{self, constraint, fields, handover, names, resources, text};
use serde_json::Value;
use std::collections::BTreeMap;

/// What a change means for an import made for the first schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// It fails, or reads something wrong.
    Breaks,
    /// It may meet what it did not have to reckon with.
    Widens,
    /// What it reckons with may no longer come.
    Narrows,
    /// None: words, names of the same thing.
    Says,
}

impl Effect {
    /// In a word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Breaks => "breaks",
            Self::Widens => "widens",
            Self::Narrows => "narrows",
            Self::Says => "says",
        }
    }
}

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What it means.
    pub effect: Effect,
    /// The table; empty: the package.
    pub resource: String,
    /// The field; empty: the table as a whole.
    pub field: String,
    /// What changed: a clause.
    pub text: String,
}

/// The changes from `a` to `b`, in the order of `a`, then what only `b` has.
pub fn compare(a: &Schema, b: &Schema) -> Vec<Change> {
    let (a, b) = (outline::of(a), outline::of(b));
    let mut changes = Changes::default();
    changes.words(&a, &b, &["title", "version", "description"]);
    changes.extension(&a, &b, &["documentation", "auditTrail"]);
    let find = |package: &Value, name: &str| -> Option<Value> {
        resources(package).iter().find(|one| text(one, "name") == name).cloned()
    };
    let gone: Vec<&Value> =
        resources(&a).iter().filter(|r| find(&b, text(r, "name")).is_none()).collect();
    let new: Vec<&Value> =
        resources(&b).iter().filter(|r| find(&a, text(r, "name")).is_none()).collect();
    let mut renamed: BTreeMap<String, &Value> = BTreeMap::new();
    for old in &gone {
        let folded = |of: &Value| words(text(of, "name")).concat();
        let same = |new: &&&Value| labels(new) == labels(old);
        let found = new.iter().filter(same).find(|new| folded(new) == folded(old));
        let taken = |new: &&&Value| !renamed.values().any(|other| std::ptr::eq(*other, **new));
        if let Some(same) = found.or_else(|| new.iter().filter(same).find(taken)) {
            renamed.entry(text(old, "name").to_owned()).or_insert(same);
        }
    }
    let a = with_names(&a, &renamed);
    for old in resources(&a) {
        let name = text(old, "name");
        changes.at(name, "");
        match find(&b, name) {
            Some(new) => changes.resource(old, &new),
            None => match renamed.get(name) {
                Some(new) => {
                    changes.add(Effect::Says, format!("the table is called {}", text(new, "name")));
                    changes.resource(old, new);
                }
                None => changes.add(Effect::Breaks, "the table is gone".into()),
            },
        }
    }
    for new in new {
        if renamed.values().any(|other| std::ptr::eq(*other, new)) {
            continue;
        }
        changes.at(text(new, "name"), "");
        changes.add(Effect::Widens, format!("a new table of {} fields", fields(new).len()));
    }
    changes.list
}

/// The package with its references under the new names of tables, so that what only leads to a table
/// of another name is no other reference.
fn with_names(package: &Value, renamed: &BTreeMap<String, &Value>) -> Value {
    let mut package = package.clone();
    let own = package.get_mut("resources").and_then(Value::as_array_mut);
    for resource in own.into_iter().flatten() {
        let name = text(resource, "name").to_owned();
        let places = ["/schema/foreignKeys", "/handover/references"];
        for place in places {
            let keys = resource.pointer_mut(place).and_then(Value::as_array_mut);
            for reference in keys.into_iter().flatten().filter_map(|key| key.get_mut("reference")) {
                let to = match text(reference, "resource") {
                    "" => name.as_str(),
                    to => to,
                };
                if let (Some(new), Some(reference)) = (renamed.get(to), reference.as_object_mut()) {
                    reference.insert("resource".into(), text(new, "name").into());
                }
            }
        }
    }
    package
}

fn labels(resource: &Value) -> Vec<&str> {
    fields(resource).iter().map(|field| text(field, "name")).collect()
}

#[derive(Default)]
struct Changes {
    list: Vec<Change>,
    resource: String,
    field: String,
}

/// How a value is shown.
fn shown(value: Option<&Value>) -> String {
    match value {
        None => "not declared".into(),
        Some(Value::String(text)) => format!("\"{text}\""),
        Some(other) => other.to_string(),
    }
}

impl Changes {
    fn at(&mut self, resource: &str, field: &str) {
        resource.clone_into(&mut self.resource);
        field.clone_into(&mut self.field);
    }

    fn add(&mut self, effect: Effect, text: String) {
        let (resource, field) = (self.resource.clone(), self.field.clone());
        self.list.push(Change { effect, resource, field, text });
    }

    /// A property that changed, with one effect.
    fn property(&mut self, effect: Effect, name: &str, a: Option<&Value>, b: Option<&Value>) {
        if a != b {
            self.add(effect, format!("{name} was {}, is {}", shown(a), shown(b)));
        }
    }

    /// Properties that are words.
    fn words(&mut self, a: &Value, b: &Value, names: &[&str]) {
        for name in names {
            match (a.get(*name), b.get(*name)) {
                (a, b) if a == b => {}
                (None, Some(_)) => self.add(Effect::Says, format!("a new {name}")),
                (Some(_), None) => self.add(Effect::Says, format!("no {name} any more")),
                _ => self.add(Effect::Says, format!("another {name}")),
            }
        }
    }

    fn extension(&mut self, a: &Value, b: &Value, names: &[&str]) {
        for name in names {
            if handover(a, name) != handover(b, name) {
                self.add(Effect::Says, format!("another handover.{name}"));
            }
        }
    }

    fn resource(&mut self, a: &Value, b: &Value) {
        let name = self.resource.clone();
        self.words(a, b, &["title", "description"]);
        self.property(Effect::Breaks, "path", a.get("path"), b.get("path"));
        let pattern = |of| handover(of, "filePattern");
        self.property(Effect::Breaks, "filePattern", pattern(a), pattern(b));
        let encoding = |of: &Value| match text(of, "encoding").to_lowercase().as_str() {
            "" => "utf-8".to_owned(),
            other => other.to_owned(),
        };
        if encoding(a) != encoding(b) {
            self.add(Effect::Breaks, format!("encoding was {}, is {}", encoding(a), encoding(b)));
        }
        self.dialect(a, b);
        let presence = |of: &Value| match handover(of, "presence").and_then(Value::as_str) {
            Some(presence) => presence.to_owned(),
            None => "required".into(),
        };
        match (presence(a), presence(b)) {
            (a, b) if a == b => {}
            (a, b) if a == "required" => {
                self.add(Effect::Widens, format!("the file was {a}, is {b}"))
            }
            (a, b) => self.add(Effect::Narrows, format!("the file was {a}, is {b}")),
        }
        self.extension(a, b, &["role", "documentation"]);
        self.of_table(a, b);
        let schema =
            |of: &'_ Value, name: &str| of.get("schema").and_then(|s| s.get(name)).cloned();
        let missing = |of: &Value| names(schema(of, "missingValues").as_ref());
        let (old, new) = (missing(a), missing(b));
        if old != new && !(old.is_empty() && new == [""] || new.is_empty() && old == [""]) {
            self.add(Effect::Breaks, format!("missing values were {old:?}, are {new:?}"));
        }
        self.fields(a, b, &name);
        self.at(&name, "");
        self.keys(a, b);
    }

    fn dialect(&mut self, a: &Value, b: &Value) {
        let of = |of: &Value, name: &str| of.get("dialect").and_then(|d| d.get(name)).cloned();
        let defaults: [(&str, Value); 7] = [
            ("header", true.into()),
            ("delimiter", ",".into()),
            ("quoteChar", "\"".into()),
            ("doubleQuote", true.into()),
            ("escapeChar", Value::Null),
            ("sheetName", Value::Null),
            ("skipInitialSpace", false.into()),
        ];
        for (name, default) in defaults {
            let (old, new) =
                (of(a, name).unwrap_or_else(|| default.clone()), of(b, name).unwrap_or(default));
            if old != new {
                let text = format!("{name} was {}, is {}", shown(Some(&old)), shown(Some(&new)));
                self.add(Effect::Breaks, text);
            }
        }
    }

    fn fields(&mut self, a: &Value, b: &Value, resource: &str) {
        let by_position = |of: &Value| {
            of.get("dialect").and_then(|d| d.get("header")) == Some(&Value::Bool(false))
        };
        let ordered = by_position(a) || by_position(b);
        let (old, new) = (fields(a), fields(b));
        let at = |fields: &[Value], name: &str| fields.iter().position(|f| text(f, "name") == name);
        let mut claimed: Vec<usize> = Vec::new();
        for (place, field) in old.iter().enumerate() {
            let name = text(field, "name");
            self.at(resource, name);
            if let Some(now) = at(new, name) {
                claimed.push(now);
                if ordered && now != place {
                    let text = format!("was column {}, is column {}", place + 1, now + 1);
                    self.add(Effect::Breaks, text);
                }
                if let Some(new) = new.get(now) {
                    self.field(field, new);
                }
                continue;
            }
            let takes_its_place = |(now, candidate): &(usize, &Value)| {
                at(old, text(candidate, "name")).is_none() && {
                    let others = handover(candidate, "otherNames").cloned().unwrap_or_default();
                    let listed = others.as_array().is_some_and(|others| {
                        others
                            .iter()
                            .any(|one| one.as_str() == Some(name) || text(one, "name") == name)
                    });
                    let folded = |name: &str| words(name).concat();
                    listed
                        || folded(text(candidate, "name")) == folded(name)
                        || (*now == place && candidate.get("type") == field.get("type"))
                }
            };
            match new.iter().enumerate().find(takes_its_place) {
                Some((now, candidate)) => {
                    claimed.push(now);
                    let effect = if ordered { Effect::Says } else { Effect::Breaks };
                    self.add(effect, format!("is called {}", text(candidate, "name")));
                    self.field(field, candidate);
                }
                None => self.add(Effect::Breaks, "the field is gone".into()),
            }
        }
        for (place, field) in new.iter().enumerate() {
            if claimed.contains(&place) {
                continue;
            }
            self.at(resource, text(field, "name"));
            let shifts = ordered && place + 1 < new.len();
            let effect = if shifts { Effect::Breaks } else { Effect::Widens };
            self.add(effect, format!("a new field, column {}", place + 1));
        }
    }

    fn field(&mut self, a: &Value, b: &Value) {
        self.words(a, b, &["title", "description", "example"]);
        self.extension(
            a,
            b,
            &["role", "sensitivity", "otherNames", "documentation", "dates", "folder"],
        );
        self.of_field(a, b);
        let kind = |of: &Value| match text(of, "type") {
            "" => "any".to_owned(),
            kind => kind.to_owned(),
        };
        match (kind(a), kind(b)) {
            (a, b) if a == b => {}
            (a, b) => {
                let effect = match (a.as_str(), b.as_str()) {
                    ("number", "integer") | ("any" | "string", _) => Effect::Narrows,
                    ("integer", "number") => Effect::Widens,
                    _ => Effect::Breaks,
                };
                self.add(effect, format!("the type was {a}, is {b}"));
            }
        }
        let format = |of: &Value| match text(of, "format") {
            "default" => String::new(),
            format => format.to_owned(),
        };
        if format(a) != format(b) {
            let named = |format: String| if format.is_empty() { "default".into() } else { format };
            let text = format!("the format was {}, is {}", named(format(a)), named(format(b)));
            self.add(Effect::Breaks, text);
        }
        for name in
            ["trueValues", "falseValues", "decimalChar", "groupChar", "missingValues", "rdfType"]
        {
            let effect = if name == "rdfType" { Effect::Narrows } else { Effect::Breaks };
            self.property(effect, name, a.get(name), b.get(name));
        }
        for name in ["required", "unique"] {
            let is = |of: &Value| constraint(of, name).and_then(Value::as_bool) == Some(true);
            match (is(a), is(b)) {
                (true, false) => self.add(Effect::Widens, format!("is no longer {name}")),
                (false, true) => self.add(Effect::Narrows, format!("is now {name}")),
                _ => {}
            }
        }
        self.bounds(a, b);
        self.codes(a, b);
    }

    fn bounds(&mut self, a: &Value, b: &Value) {
        let bounds = [
            ("maxLength", true),
            ("maximum", true),
            ("exclusiveMaximum", true),
            ("minLength", false),
            ("minimum", false),
            ("exclusiveMinimum", false),
        ];
        for (name, is_upper) in bounds {
            let (old, new) = (constraint(a, name), constraint(b, name));
            if old == new {
                continue;
            }
            let number = |value: Option<&Value>| value.and_then(Value::as_f64);
            let effect = match (old, new, number(old), number(new)) {
                (None, _, _, _) => Effect::Narrows,
                (_, None, _, _) => Effect::Widens,
                (_, _, Some(old), Some(new)) if (new > old) == is_upper => Effect::Widens,
                (_, _, Some(_), Some(_)) => Effect::Narrows,
                _ => Effect::Breaks,
            };
            self.property(effect, name, old, new);
        }
        let (old, new) = (constraint(a, "pattern"), constraint(b, "pattern"));
        let effect = match (old, new) {
            (None, _) => Effect::Narrows,
            (_, None) => Effect::Widens,
            _ => Effect::Breaks,
        };
        self.property(effect, "pattern", old, new);
    }

    /// The values that are allowed.
    fn codes(&mut self, a: &Value, b: &Value) {
        let closed =
            |of: &Value| of.get("categories").is_some() || constraint(of, "enum").is_some();
        let (old, new) = (outline::codes(a), outline::codes(b));
        match (closed(a), closed(b)) {
            (false, false) => {
                self.meanings(&old, &new);
                return;
            }
            (false, true) => {
                self.add(Effect::Narrows, format!("only {} values are allowed now", new.len()));
                return;
            }
            (true, false) => {
                self.add(Effect::Widens, "any value is allowed now".into());
                return;
            }
            (true, true) => {}
        }
        let list = |codes: Vec<&(String, String)>| {
            codes.into_iter().map(|(code, _)| code.as_str()).collect::<Vec<_>>().join(", ")
        };
        let lacks =
            |codes: &[(String, String)], code: &str| !codes.iter().any(|(other, _)| other == code);
        let added = list(new.iter().filter(|(code, _)| lacks(&old, code)).collect());
        let gone = list(old.iter().filter(|(code, _)| lacks(&new, code)).collect());
        if !added.is_empty() {
            self.add(Effect::Widens, format!("new values: {added}"));
        }
        if !gone.is_empty() {
            self.add(Effect::Narrows, format!("values that are gone: {gone}"));
        }
        self.meanings(&old, &new);
    }

    fn keys(&mut self, a: &Value, b: &Value) {
        let primary =
            |of: &Value| names(of.get("schema").and_then(|schema| schema.get("primaryKey")));
        match (primary(a), primary(b)) {
            (a, b) if a == b => {}
            (a, b) if a.is_empty() => {
                self.add(Effect::Narrows, format!("the key is {}", b.join("+")))
            }
            (a, b) if b.is_empty() => {
                self.add(Effect::Widens, format!("{} is no key any more", a.join("+")))
            }
            (a, b) => {
                let text = format!("the key was {}, is {}", a.join("+"), b.join("+"));
                self.add(Effect::Breaks, text);
            }
        }
        let (old, new) = (outline::references(a), outline::references(b));
        let shown = |(fields, to, reference): &(Vec<String>, String, Vec<String>)| {
            format!("{} to {to}.{}", fields.join("+"), reference.join("+"))
        };
        for reference in old.iter().filter(|one| !new.contains(one)) {
            match new.iter().find(|other| other.0 == reference.0 && !old.contains(other)) {
                Some(other) => {
                    let text =
                        format!("the reference {} leads to {}", shown(reference), shown(other));
                    self.add(Effect::Breaks, text);
                }
                None => {
                    self.add(Effect::Widens, format!("no reference {} any more", shown(reference)))
                }
            }
        }
        self.graveness_of_references(a, b);
        for reference in new.iter().filter(|one| !old.contains(one)) {
            if !old.iter().any(|other| other.0 == reference.0 && !new.contains(other)) {
                self.add(Effect::Narrows, format!("a new reference {}", shown(reference)));
            }
        }
    }
}
