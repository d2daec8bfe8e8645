//! What changed in what Data Package has no word for: rules, references of some rows, deleted rows,
//! how grave it is where something does not hold, units, what refers to nothing.

use super::{Changes, Effect, shown};
use crate::schema::outline::{handover, items, names, text};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// How grave: the rank, and the word.
fn rank(level: &str) -> u8 {
    match level {
        "error" => 2,
        "warning" => 1,
        _ => 0,
    }
}

fn object<'v>(of: &'v Value, name: &str) -> Option<&'v Map<String, Value>> {
    handover(of, name).and_then(Value::as_object)
}

/// A condition in words: `ItemType is "Observation"`.
fn condition(when: Option<&Value>) -> String {
    let Some(Value::Object(fields)) = when else { return "always".into() };
    let parts = fields.iter().map(|(field, value)| match value {
        Value::Array(values) => {
            format!(
                "{field} is one of {}",
                values.iter().map(Value::to_string).collect::<Vec<_>>().join(", ")
            )
        }
        Value::Null => format!("{field} is null"),
        value => format!("{field} is {value}"),
    });
    parts.collect::<Vec<_>>().join(" and ")
}

impl Changes {
    /// The extension of a table.
    pub(super) fn of_table(&mut self, a: &Value, b: &Value) {
        for (name, words) in [
            ("deleted", "which rows say that something was deleted"),
            ("mode", "the mode"),
            ("trailer", "the record at the end of the file"),
        ] {
            self.property(Effect::Breaks, words, handover(a, name), handover(b, name));
        }
        for (name, words) in [
            ("patientVia", "the way to the patient"),
            ("manifest", "what the manifest says"),
            ("rowCount", "the number of rows"),
            ("controlTotals", "the control totals"),
        ] {
            self.property(Effect::Says, words, handover(a, name), handover(b, name));
        }
        self.rules(a, b);
        self.sometimes(a, b);
        self.severities(a, b);
    }

    /// The extension of a field, beside what says nothing about values.
    pub(super) fn of_field(&mut self, a: &Value, b: &Value) {
        match (handover(a, "unit"), handover(b, "unit")) {
            (a, b) if a == b => {}
            (None, Some(unit)) => {
                self.add(Effect::Says, format!("the unit is {}", shown(Some(unit))))
            }
            (Some(unit), None) => {
                self.add(
                    Effect::Says,
                    format!("the unit is not said any more, was {}", shown(Some(unit))),
                );
            }
            (a, b) => self.property(Effect::Breaks, "the unit", a, b),
        }
        self.property(
            Effect::Breaks,
            "the field of the time",
            handover(a, "time"),
            handover(b, "time"),
        );
        let precision = |of| handover(of, "precision");
        self.property(Effect::Breaks, "the field of the precision", precision(a), precision(b));
        let is = |of| handover(of, "requiredUnlessDeleted").and_then(Value::as_bool) == Some(true);
        match (is(a), is(b)) {
            (true, false) => self
                .add(Effect::Widens, "is no longer required of rows that are not deleted".into()),
            (false, true) => {
                self.add(Effect::Narrows, "is now required of rows that are not deleted".into())
            }
            _ => {}
        }
        let nothing = |of| names(handover(of, "nullReferences"));
        let (old, new) = (nothing(a), nothing(b));
        let added: Vec<&str> =
            new.iter().filter(|one| !old.contains(one)).map(String::as_str).collect();
        let gone: Vec<&str> =
            old.iter().filter(|one| !new.contains(one)).map(String::as_str).collect();
        if !added.is_empty() {
            self.add(Effect::Breaks, format!("{} refer to nothing now", added.join(", ")));
        }
        if !gone.is_empty() {
            self.add(
                Effect::Narrows,
                format!("{} no longer stand for no reference", gone.join(", ")),
            );
        }
        self.severities(a, b);
    }

    /// Values of one meaning that have another now.
    pub(super) fn meanings(&mut self, old: &[(String, String)], new: &[(String, String)]) {
        let changed = old.iter().filter(|(code, meaning)| {
            let other = |(other, now): &(String, String)| {
                other == code && now != meaning && !now.is_empty()
            };
            !meaning.is_empty() && new.iter().any(other)
        });
        let changed: Vec<&str> = changed.map(|(code, _)| code.as_str()).collect();
        if !changed.is_empty() {
            self.add(
                Effect::Breaks,
                format!("values with another meaning: {}", changed.join(", ")),
            );
        }
    }

    fn rules(&mut self, a: &Value, b: &Value) {
        let of = |of: &Value| -> Vec<Value> {
            handover(of, "rules").and_then(Value::as_array).cloned().unwrap_or_default()
        };
        let (old, new) = (of(a), of(b));
        let find = |rules: &[Value], name: &str| {
            rules.iter().find(|rule| text(rule, "name") == name).cloned()
        };
        let said = |rule: &Value| match text(rule, "when") {
            "" => text(rule, "then").to_owned(),
            when => format!("{} where {when}", text(rule, "then")),
        };
        for rule in &old {
            let name = text(rule, "name");
            let Some(now) = find(&new, name) else {
                self.add(Effect::Widens, format!("the rule \"{name}\" is gone: {}", said(rule)));
                continue;
            };
            if said(rule) != said(&now) {
                let text = format!("the rule \"{name}\" was {}, is {}", said(rule), said(&now));
                self.add(Effect::Widens, text);
            }
            let level = |rule: &Value| match text(rule, "severity") {
                "" => "error".to_owned(),
                level => level.to_owned(),
            };
            self.level(&format!("the rule \"{name}\""), &level(rule), &level(&now));
            if text(rule, "message") != text(&now, "message") {
                self.add(Effect::Says, format!("another message of the rule \"{name}\""));
            }
        }
        for rule in new.iter().filter(|rule| find(&old, text(rule, "name")).is_none()) {
            let text = format!("a new rule \"{}\": {}", text(rule, "name"), said(rule));
            self.add(Effect::Narrows, text);
        }
    }

    /// References of some rows: told apart by their fields and condition.
    fn sometimes(&mut self, a: &Value, b: &Value) {
        type Found = BTreeMap<(Vec<String>, String), (String, String)>;
        let of = |of: &Value| -> Found {
            let list = handover(of, "references").and_then(Value::as_array);
            let one = |one: &Value| {
                let to = one.get("reference");
                let table = to.map_or("", |to| text(to, "resource")).to_owned();
                let fields = names(to.and_then(|to| to.get("fields"))).join("+");
                let level = match text(one, "severity") {
                    "" => "error",
                    level => level,
                };
                let key = (names(one.get("fields")), condition(one.get("when")));
                (key, (format!("{table}.{fields}"), level.to_owned()))
            };
            list.into_iter().flatten().map(one).collect()
        };
        let (old, new) = (of(a), of(b));
        for (key, (to, level)) in &old {
            let shown = format!("the reference {} where {}", key.0.join("+"), key.1);
            match new.get(key) {
                None => self.add(Effect::Widens, format!("{shown} is gone, it led to {to}")),
                Some((now, now_level)) => {
                    if now != to {
                        self.add(Effect::Breaks, format!("{shown} led to {to}, leads to {now}"));
                    }
                    self.level(&shown, level, now_level);
                }
            }
        }
        for (key, (to, _)) in new.iter().filter(|(key, _)| !old.contains_key(key)) {
            let text = format!("a new reference {} to {to} where {}", key.0.join("+"), key.1);
            self.add(Effect::Narrows, text);
        }
    }

    /// How grave it is where a property does not hold; an error where nothing is said.
    fn severities(&mut self, a: &Value, b: &Value) {
        let (old, new) = (object(a, "severity"), object(b, "severity"));
        let level = |of: Option<&Map<String, Value>>, name: &str| {
            let level = of.and_then(|of| of.get(name)).and_then(Value::as_str);
            level.unwrap_or("error").to_owned()
        };
        let mut all: Vec<&String> = old.into_iter().chain(new).flat_map(Map::keys).collect();
        all.sort();
        all.dedup();
        for name in all {
            self.level(&format!("a breach of {name}"), &level(old, name), &level(new, name));
        }
    }

    /// References of all rows that are there in both, and less or more grave now.
    pub(super) fn graveness_of_references(&mut self, a: &Value, b: &Value) {
        let of = |of: &Value| -> BTreeMap<String, String> {
            let keys = of.get("schema").map_or(&[][..], |schema| items(schema, "foreignKeys"));
            let one = |key: &Value| {
                let to = key.get("reference");
                let table = to.map_or("", |to| text(to, "resource"));
                let fields = names(to.and_then(|to| to.get("fields"))).join("+");
                let level = handover(key, "severity").and_then(Value::as_str).unwrap_or("error");
                (
                    format!("{} to {table}.{fields}", names(key.get("fields")).join("+")),
                    level.to_owned(),
                )
            };
            keys.iter().map(one).collect()
        };
        let new = of(b);
        for (key, level) in of(a) {
            if let Some(now) = new.get(&key) {
                self.level(&format!("a missing parent of {key}"), &level, now);
            }
        }
    }

    fn level(&mut self, what: &str, old: &str, new: &str) {
        if old == new {
            return;
        }
        // What was an error and is none any more may now come.
        let effect = if rank(new) < rank(old) { Effect::Widens } else { Effect::Narrows };
        self.add(effect, format!("{what} was {}, is {}", article(old), article(new)));
    }
}

fn article(level: &str) -> String {
    match level {
        "error" => "an error".into(),
        "info" => "information".into(),
        level => format!("a {level}"),
    }
}
