//! `rules` of a resource: what must hold between the fields of a row.

use super::extension::SEVERITIES;
use super::pattern;
use super::properties::Level;
use super::reader::{At, Reader};
use crate::finding::Severity;
use crate::schema::Field;
use crate::schema::rule::{self, Expression, Fields, Rule};
use std::collections::BTreeSet;

pub(super) fn read(reader: &mut Reader, at: &At, fields: &[Field]) -> Vec<Rule> {
    let fields = Fields::new(fields);
    let mut names = BTreeSet::new();
    let mut found = Vec::new();
    for item in reader.array(at).unwrap_or_default() {
        let Some(rule) = one(reader, &item, &fields) else { continue };
        if !names.insert(rule.name.clone()) {
            let reason = format!("\"{}\" is the name of a rule above", rule.name);
            reader.mistake(&item, reason, "give each rule a name of its own");
        }
        found.push(rule);
    }
    found
}

fn one(reader: &mut Reader, at: &At, fields: &Fields) -> Option<Rule> {
    let object = reader.object_of(at, Level::Rule)?;
    let name = match object.get("name") {
        Some(at) => reader.text(&at).map(str::to_owned),
        None => {
            let hint = "name it in a few words, as \"ends after it begins\"";
            reader.mistake(at, "has no \"name\"", hint);
            None
        }
    };
    let severity = object.get("severity").and_then(|at| reader.choice(&at, &SEVERITIES));
    let message = object.get("message").and_then(|at| reader.text(&at)).map(str::to_owned);
    let when = object.get("when").map(|at| expression(reader, &at, fields));
    let then = match object.get("then") {
        Some(at) => expression(reader, &at, fields),
        None => {
            let hint = "say what must hold: \"then\": \"EndDate == null || EndDate >= StartDate\"";
            reader.mistake(at, "has no \"then\"", hint);
            None
        }
    };
    let when = match when {
        Some(None) => return None,
        Some(when) => when,
        None => None,
    };
    let severity = severity.unwrap_or(Severity::Error);
    Some(Rule { name: name?, when, then: then?, severity, message })
}

fn expression(reader: &mut Reader, at: &At, fields: &Fields) -> Option<Expression> {
    let text = reader.text(at)?;
    if reader.full() {
        return None;
    }
    let patterns = &mut reader.patterns;
    match rule::read(text, fields, &mut |text| pattern::search(patterns, text)) {
        Ok(expression) => Some(expression),
        Err(fault) => {
            let column = text.get(..fault.at).unwrap_or(text).chars().count() + 1;
            reader.mistake(at, format!("character {column}: {}", fault.reason), fault.hint);
            None
        }
    }
}
