//! What a group of findings is about, and its cause where the data shows one.
//!
//! A column that fails from the first row to the last has one cause: another way to write dates,
//! another letter case, a limit that the documentation states too low. The group then says so, and
//! which change to the descriptor would accept the values as they are.

use super::profile::Cells;
use super::table::TablePlan;
use super::tally::{CellSlot, oddity_text};
use crate::finding::message::thousands;
use crate::finding::{Facts, FieldRef, Group};
use crate::schema::{Bound, Field};
use std::collections::BTreeMap;

/// From so many values on, a column that fails throughout says something.
const FEW: u64 = 10;

/// How a field fails.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fails {
    /// A [`CellSlot`].
    pub(super) kind: u32,
    /// The field's cells.
    pub(super) cells: Cells,
    /// The length that is furthest beyond its limit.
    pub(super) extreme: Option<u64>,
}

impl Fails {
    fn is(&self, slot: CellSlot) -> bool {
        self.kind == slot as u32
    }

    /// Which of the values are meant: all of the column, or those that were refused.
    fn which(&self, group: &Group) -> String {
        match self.is_whole_column(group) {
            true => format!("all {} values of the column are", thousands(group.occurrences)),
            false => "all of these values are".to_owned(),
        }
    }

    /// Whether every value of the column fails, and there are several.
    fn is_whole_column(&self, group: &Group) -> bool {
        group.occurrences == self.cells.filled && group.occurrences > 1
    }

    /// Whether (nearly) nothing in the column is right.
    fn is_throughout(&self, group: &Group) -> bool {
        is_most(group.occurrences, self.cells.filled) && self.cells.filled >= FEW
    }
}

/// Whether some are at least nine in ten of all.
pub(super) fn is_most(some: u64, all: u64) -> bool {
    all > 0 && some.saturating_mul(10) >= all.saturating_mul(9)
}

impl TablePlan<'_> {
    /// Fills in what a group about cells of a field is about, and what would accept them.
    pub(super) fn describe(&self, field: usize, fails: Fails, group: &mut Group) {
        let Some(declared) = self.table.fields.get(field) else { return };
        group.fields = vec![FieldRef { number: field as u32 + 1, name: declared.name.clone() }];
        if let Some(text) = oddity_text(fails.kind) {
            if !text.is_empty() {
                group.facts = Facts::Text(text.into());
            }
            return;
        }
        group.suggestion = suggestion(declared, &fails, group);
        if fails.is(CellSlot::Type) {
            group.facts = Facts::Type { expected: declared.kind.to_string() };
        } else if fails.is(CellSlot::Document) {
            group.facts = Facts::None;
        } else if fails.is(CellSlot::KeyNull) {
            group.facts = Facts::Text("a part of the primary key is empty".into());
            group.severity = self.table.severities.of("primaryKey").unwrap_or(group.severity);
        } else if fails.is(CellSlot::Identifier) || fails.is(CellSlot::Placeholder) {
            let identifier = self.fields.get(field).and_then(|field| field.identifier);
            let expected = identifier.map(|kind| match fails.is(CellSlot::Identifier) {
                true => format!("{}: {}", kind.name(), kind.form()),
                false => kind.name().to_owned(),
            });
            group.facts = Facts::Type { expected: expected.unwrap_or_default() };
        } else {
            let limit = match self.today.filter(|_| fails.is(CellSlot::Future)) {
                Some(today) => {
                    format!("{:04}-{:02}-{:02}", today.year, today.month, today.day)
                }
                None => limit(declared, &fails),
            };
            let name = constraint_name(&fails);
            group.facts = Facts::Constraint { name, limit };
        }
    }
}

/// The constraints by their slots.
const CONSTRAINTS: [(CellSlot, &str); 12] = [
    (CellSlot::Required, "required"),
    (CellSlot::RequiredUnlessDeleted, "requiredUnlessDeleted"),
    (CellSlot::MinLength, "minLength"),
    (CellSlot::MaxLength, "maxLength"),
    (CellSlot::Minimum, "minimum"),
    (CellSlot::Maximum, "maximum"),
    (CellSlot::ExclusiveMinimum, "exclusiveMinimum"),
    (CellSlot::ExclusiveMaximum, "exclusiveMaximum"),
    (CellSlot::Pattern, "pattern"),
    (CellSlot::Allowed, "enum"),
    (CellSlot::JsonSchema, "jsonSchema"),
    (CellSlot::Future, "future"),
];

/// The name of the constraint that is broken.
fn constraint_name(fails: &Fails) -> &'static str {
    let found = CONSTRAINTS.iter().find(|(slot, _)| fails.is(*slot));
    found.map_or("enum", |(_, name)| name)
}

/// What the constraint that is broken demands, as the descriptor has it.
fn limit(declared: &Field, fails: &Fails) -> String {
    let rules = &declared.constraints;
    let text =
        |bound: &Option<Bound>| bound.as_ref().map(|bound| bound.text.clone()).unwrap_or_default();
    let number = |limit: Option<u64>| limit.map(|limit| limit.to_string()).unwrap_or_default();
    match constraint_name(fails) {
        "minLength" => number(rules.min_length),
        "maxLength" => number(rules.max_length),
        "minimum" => text(&rules.minimum),
        "maximum" => text(&rules.maximum),
        "exclusiveMinimum" => text(&rules.exclusive_minimum),
        "exclusiveMaximum" => text(&rules.exclusive_maximum),
        "pattern" => rules.pattern.as_ref().map(|p| p.text.clone()).unwrap_or_default(),
        "enum" => {
            let allowed = rules.allowed.as_deref().unwrap_or_default();
            let some: Vec<&str> =
                allowed.iter().take(10).map(|bound| bound.text.as_str()).collect();
            let more = if allowed.len() > some.len() { ", …" } else { "" };
            format!("{}{more}", some.join(", "))
        }
        _ => "true".to_owned(),
    }
}

/// The cause of a group, and what would accept its values.
fn suggestion(declared: &Field, fails: &Fails, group: &Group) -> Option<String> {
    if fails.is(CellSlot::Required) || fails.is(CellSlot::RequiredUnlessDeleted) {
        let is_empty = group.occurrences == fails.cells.all && group.occurrences >= FEW;
        return is_empty.then(|| {
            format!(
                "the column is empty in all {} rows; if the system never fills it, leave \
                 \"{}\" out of the descriptor",
                thousands(group.occurrences),
                constraint_name(fails)
            )
        });
    }
    if let (Some(length), Some(property)) = (fails.extreme, length_property(fails)) {
        let extreme = if property == "maxLength" { "longest" } else { "shortest" };
        return Some(format!(
            "the {extreme} value is {length} long; in the descriptor, \"{property}\": {length} would \
             accept them"
        ));
    }
    if fails.is(CellSlot::Document) {
        return fails.is_throughout(group).then(|| {
            format!(
                "hardly one of the {} documents named is in the extract: they may have been delivered \
                 apart, or stand in another folder than the descriptor's \"folder\"",
                thousands(fails.cells.filled)
            )
        });
    }
    if fails.is(CellSlot::Placeholder) {
        return None;
    }
    let form = common_form(group.occurrences, &group.forms);
    if let Some((form, times)) = form {
        let which = match times == group.occurrences {
            true => fails.which(group),
            false => "nearly all of these values are".to_owned(),
        };
        return match change(declared, fails, form) {
            Some(change) => Some(format!("{which} {form}; {change}")),
            // Which forms the values have is said beside the group; news is that all have one.
            None => fails.is_whole_column(group).then(|| format!("{which} {form}")),
        };
    }
    let says_little = group.forms.is_empty() || fails.is(CellSlot::Identifier);
    (says_little && fails.is_throughout(group)).then(|| {
        format!(
            "the column fails throughout, in {} of {} values: it may hold something else than the \
             descriptor says",
            thousands(group.occurrences),
            thousands(fails.cells.filled)
        )
    })
}

fn length_property(fails: &Fails) -> Option<&'static str> {
    match () {
        () if fails.is(CellSlot::MaxLength) => Some("maxLength"),
        () if fails.is(CellSlot::MinLength) => Some("minLength"),
        () => None,
    }
}

/// The change that would accept values of a form, or what else there is to do about it.
fn change(declared: &Field, fails: &Fails, form: &str) -> Option<String> {
    let accepts = |change: String| format!("in the descriptor, {change} would accept them");
    if fails.is(CellSlot::Type) {
        return declared.kind.change_for(form).map(accepts);
    }
    if fails.is(CellSlot::Identifier) {
        let is_spoilt = form.contains("spreadsheets");
        return is_spoilt
            .then(|| "ask for the file as the system wrote it, not opened in between".to_owned());
    }
    match form {
        LOWER_CASE | UPPER_CASE | OTHER_CASE if fails.is(CellSlot::Pattern) => {
            Some(accepts("(?i) at the beginning of the pattern".to_owned()))
        }
        LOWER_CASE | UPPER_CASE | OTHER_CASE if fails.is(CellSlot::Allowed) => {
            Some(accepts("\"enum\" with the values as the file writes them".to_owned()))
        }
        _ => None,
    }
}

/// The form that at least nine in ten refused values have, and how many have it.
fn common_form(
    occurrences: u64,
    forms: &BTreeMap<&'static str, u64>,
) -> Option<(&'static str, u64)> {
    let (form, &times) = forms.iter().max_by_key(|&(_, times)| times)?;
    is_most(times, occurrences).then_some((*form, times))
}

const SPACE: &str = "right but for space around them";
const LOWER_CASE: &str = "right but in lower case";
const UPPER_CASE: &str = "right but in capital letters";
const OTHER_CASE: &str = "right but for their letter case";
const BRACES: &str = "right but for braces around them";
const NO_BRACES: &str = "right but for the braces that lack";

/// How a value differs from one that `accepts` takes, where that is a known way.
pub(super) fn nearly(value: &str, accepts: &dyn Fn(&str) -> bool) -> Option<&'static str> {
    let trimmed = value.trim();
    if trimmed.len() < value.len() && accepts(trimmed) {
        return Some(SPACE);
    }
    let has_lower = value.contains(|c: char| c.is_lowercase());
    let has_upper = value.contains(|c: char| c.is_uppercase());
    if has_lower && accepts(&value.to_uppercase()) {
        return Some(if has_upper { OTHER_CASE } else { LOWER_CASE });
    }
    if has_upper && accepts(&value.to_lowercase()) {
        return Some(if has_lower { OTHER_CASE } else { UPPER_CASE });
    }
    let bare = value.strip_prefix('{').and_then(|value| value.strip_suffix('}'));
    if bare.is_some_and(accepts) {
        return Some(BRACES);
    }
    let is_bare = bare.is_none() && value.len() < 64;
    (is_bare && accepts(&format!("{{{value}}}"))).then_some(NO_BRACES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_are_nearly_right_are_known() {
        let accepts = |value: &str| matches!(value, "Male" | "F" | "{AB}" | "cd" | "é");
        for (value, expected) in [
            ("Male ", Some(SPACE)),
            ("f", Some(LOWER_CASE)),
            ("CD", Some(UPPER_CASE)),
            ("cD", Some(OTHER_CASE)),
            ("É", Some(UPPER_CASE)),
            ("{F}", Some(BRACES)),
            ("AB", Some(NO_BRACES)),
            ("x", None),
            ("", None),
        ] {
            assert_eq!(nearly(value, &accepts), expected, "{value}");
        }
    }

    #[test]
    fn most_is_nine_in_ten() {
        assert!(is_most(9, 10) && is_most(1, 1) && is_most(u64::MAX, u64::MAX));
        assert!(!is_most(8, 10) && !is_most(0, 0) && !is_most(89, 99));
    }
}
