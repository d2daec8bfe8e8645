//! What all parts of the reader share: a place in a descriptor, typed access to what stands there,
//! and the mistakes found.

use super::json::{Json, Node, pointer, position};
use super::pattern::Patterns;
use super::properties::{Level, PROPERTIES, Property, Treatment};
use super::{Mistake, Unsupported};
use crate::schema::DateChecks;
use crate::schema::json_schema::Budget;
use std::fmt::Write as _;

/// How many mistakes are kept: one descriptor may have one slip in each of its fields, and placing
/// each takes a walk over the text.
const MISTAKES: usize = 1000;

/// How many names a misspelt one is compared with.
const CANDIDATES: usize = 2000;

/// A JSON text and the name by which the descriptor refers to it; `None` for the descriptor itself.
#[derive(Debug)]
pub(super) struct Source {
    pub name: Option<String>,
    pub text: String,
}

/// A value at its place.
#[derive(Debug, Clone, Copy)]
pub(super) struct At<'n> {
    pub node: &'n Node,
    /// The whole text's value.
    root: &'n Node,
    pub source: &'n Source,
}

impl<'n> At<'n> {
    pub fn root(node: &'n Node, source: &'n Source) -> Self {
        Self { node, root: node, source }
    }

    /// A value that stands within this one.
    pub fn child(&self, node: &'n Node) -> Self {
        Self { node, ..*self }
    }

    /// Where it is, as a JSON Pointer. Few are asked for, so it is looked for then.
    fn pointer(&self) -> String {
        pointer(self.root, self.node)
    }

    /// The value as a message has it: on one line, and cut where it is long.
    pub fn shown(&self) -> String {
        shortened(&self.written().split_whitespace().collect::<Vec<_>>().join(" "))
    }

    /// The value as written.
    pub fn written(&self) -> &'n str {
        self.source.text.get(self.node.at..self.node.end).unwrap_or_default()
    }

    /// Where it is, for [`Unsupported`]: a pointer, behind the name of a file that was loaded.
    pub fn place(&self) -> String {
        match &self.source.name {
            Some(name) => format!("{name}#{}", self.pointer()),
            None => self.pointer(),
        }
    }
}

/// An object at its place.
#[derive(Debug, Clone)]
pub(super) struct Object<'n> {
    pub at: At<'n>,
}

impl<'n> Object<'n> {
    /// The member of that name; the first where there are several (which is a mistake already).
    pub fn get(&self, name: &str) -> Option<At<'n>> {
        let Json::Object(members) = &self.at.node.json else { return None };
        let member = members.iter().find(|member| member.name == name)?;
        Some(self.at.child(&member.value))
    }

    /// All members, where each is named by the author.
    pub fn members(&self) -> Vec<(&'n str, At<'n>)> {
        let Json::Object(members) = &self.at.node.json else { return Vec::new() };
        let members = members.iter();
        members.map(|one| (one.name.as_str(), self.at.child(&one.value))).collect()
    }
}

/// What was found so far.
#[derive(Debug, Default)]
pub(super) struct Reader {
    pub mistakes: Vec<Mistake>,
    pub unsupported: Vec<Unsupported>,
    /// The resource being read.
    pub resource: Option<usize>,
    pub patterns: Patterns,
    pub json_schemas: Budget,
    /// What the package says of all dates.
    pub dates: DateChecks,
}

impl Reader {
    pub fn mistake(&mut self, at: &At, reason: impl Into<String>, hint: impl Into<String>) {
        self.mistake_at(at, at.node.at, reason, hint);
    }

    /// Whether so many mistakes were found that no more are kept.
    pub fn full(&self) -> bool {
        self.mistakes.len() >= MISTAKES
    }

    fn mistake_at(
        &mut self,
        at: &At,
        offset: usize,
        reason: impl Into<String>,
        hint: impl Into<String>,
    ) {
        if self.full() {
            return;
        }
        let (line, column) = position(&at.source.text, offset);
        self.mistakes.push(Mistake {
            file: at.source.name.clone(),
            pointer: printable(&at.pointer()),
            line,
            column,
            reason: printable(&reason.into()),
            hint: printable(&hint.into()),
        });
    }

    /// Notes a property that is not checked; `effect` says what is not done.
    pub fn unsupported(&mut self, at: &At, effect: impl Into<String>) {
        let note =
            Unsupported { pointer: at.place(), resource: self.resource, effect: effect.into() };
        self.unsupported.push(note);
    }

    /// Members of one name, anywhere below: JSON readers differ in which one they take.
    pub fn duplicates(&mut self, at: &At) {
        match &at.node.json {
            Json::Array(items) => {
                for item in items {
                    self.duplicates(&at.child(item));
                }
            }
            Json::Object(members) => {
                let mut seen = std::collections::BTreeSet::new();
                for member in members {
                    let here = at.child(&member.value);
                    if !seen.insert(member.name.as_str()) {
                        let reason =
                            format!("the name \"{}\" occurs twice in one object", member.name);
                        self.mistake_at(&here, member.at, reason, "keep one of them");
                    }
                    self.duplicates(&here);
                }
            }
            _ => {}
        }
    }

    pub fn object<'n>(&mut self, at: &At<'n>) -> Option<Object<'n>> {
        match at.node.json {
            Json::Object(_) => Some(Object { at: *at }),
            _ => self.wrong_kind(at, "an object"),
        }
    }

    /// An object whose members the standard (or our extension) lists: what is listed as not
    /// supported is noted, and so is a name that looks like a slip of the pen.
    pub fn object_of<'n>(&mut self, at: &At<'n>, level: Level) -> Option<Object<'n>> {
        let object = self.object(at)?;
        let members: &[_] = match &at.node.json {
            Json::Object(members) => members,
            _ => &[],
        };
        for member in members {
            let name = member.name.as_str();
            let here = at.child(&member.value);
            match PROPERTIES.iter().find(|one| one.level == level && one.name == name) {
                Some(property) => {
                    if let Treatment::Unsupported(effect) = property.treatment {
                        self.unsupported(&here, effect);
                    }
                }
                None => self.unknown(&here, level, name),
            }
        }
        Some(object)
    }

    /// Other members are the author's own, save in `handover` and `constraints`, where every name
    /// asks for a check, and save misspellings of a name of the standard.
    fn unknown(&mut self, at: &At, level: Level, name: &str) {
        let known = || PROPERTIES.iter().filter(|one| one.level == level).map(|one| one.name);
        if level.closed() {
            let mut effect = format!("unknown property \"{name}\": it is not used");
            if let Some(near) = nearest(name, known()) {
                let _ = write!(effect, "; did you mean \"{near}\"?");
            }
            self.unsupported(at, effect);
        } else if let Some(meant) = known().find(|one| plain(one) == plain(name)) {
            self.unsupported(at, format!("ignored: the name of the standard is \"{meant}\""));
        } else if let Some((_, home)) = level.inner().iter().find(|(inner, _)| {
            let checked = |one: &&Property| one.level == *inner && one.name == name;
            PROPERTIES.iter().find(checked).is_some_and(|one| one.treatment == Treatment::Checked)
        }) {
            self.unsupported(at, format!("ignored here: it belongs into \"{home}\""));
        }
    }

    pub fn array<'n>(&mut self, at: &At<'n>) -> Option<Vec<At<'n>>> {
        match &at.node.json {
            Json::Array(items) => Some(items.iter().map(|item| at.child(item)).collect()),
            _ => self.wrong_kind(at, "an array"),
        }
    }

    pub fn string<'n>(&mut self, at: &At<'n>) -> Option<&'n str> {
        match &at.node.json {
            Json::String(text) => Some(text),
            _ => self.wrong_kind(at, "a string"),
        }
    }

    /// A string that says something.
    pub fn text<'n>(&mut self, at: &At<'n>) -> Option<&'n str> {
        let text = self.string(at)?;
        if text.trim().is_empty() {
            self.mistake(at, "is empty", "write a value");
            return None;
        }
        Some(text)
    }

    pub fn strings<'n>(&mut self, at: &At<'n>) -> Option<Vec<(At<'n>, &'n str)>> {
        let items = self.array(at)?;
        let count = items.len();
        let strings: Vec<_> =
            items.into_iter().filter_map(|item| Some((item, self.string(&item)?))).collect();
        (strings.len() == count).then_some(strings)
    }

    pub fn boolean(&mut self, at: &At) -> Option<bool> {
        match at.node.json {
            Json::Bool(value) => Some(value),
            _ => self.wrong_kind(at, "true or false"),
        }
    }

    /// A whole number from `least` up. `1e3` and `1.0` are not taken for one.
    pub fn count(&mut self, at: &At, least: u64) -> Option<u64> {
        let Json::Number = &at.node.json else { return self.wrong_kind(at, "a number") };
        let text = at.written();
        match text.parse::<u64>() {
            Ok(number) if number >= least => Some(number),
            _ => {
                let reason = format!("is {text}, not a whole number from {least} up");
                let hint = format!("write a whole number from {least} up, without a point");
                self.mistake(at, reason, hint);
                None
            }
        }
    }

    /// One of the words listed.
    pub fn choice<T: Copy>(&mut self, at: &At, choices: &[(&str, T)]) -> Option<T> {
        let text = self.string(at)?;
        if let Some((_, value)) = choices.iter().find(|(word, _)| *word == text) {
            return Some(*value);
        }
        let words: Vec<_> = choices.iter().map(|(word, _)| *word).collect();
        let hint = did_you_mean(text, &words, &format!("write {}", listed(&words)));
        self.mistake(at, format!("\"{text}\" is not one of the words allowed"), hint);
        None
    }

    fn wrong_kind<T>(&mut self, at: &At, wanted: &str) -> Option<T> {
        let found = match &at.node.json {
            Json::Null => "null",
            Json::Bool(_) => "true or false",
            Json::Number => "a number",
            Json::String(_) => "a string",
            Json::Array(_) => "an array",
            Json::Object(_) => "an object",
        };
        let hint = match (wanted, &at.node.json) {
            (_, Json::Null) => format!("write {wanted}, or leave the property out"),
            ("a string", Json::Number | Json::Bool(_)) => {
                format!("write it in quote marks, as \"{}\"", at.written())
            }
            ("a number" | "true or false", Json::String(_)) => {
                format!("write {wanted}, without quote marks")
            }
            ("an array", Json::String(_)) => format!("write it in brackets, as [{}]", at.shown()),
            _ => format!("write {wanted}"),
        };
        self.mistake(at, format!("must be {wanted}, but is {found}"), hint);
        None
    }
}

/// "a", "b" or "c".
pub(super) fn listed(words: &[&str]) -> String {
    let quoted: Vec<_> = words.iter().map(|word| format!("\"{word}\"")).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
        None => String::new(),
    }
}

/// A hint that names the nearest of `words`, or else `otherwise`.
pub(in crate::schema) fn did_you_mean(word: &str, words: &[&str], otherwise: &str) -> String {
    match nearest(word, words.iter().copied()) {
        Some(near) => format!("did you mean \"{near}\"?"),
        None => otherwise.to_owned(),
    }
}

/// The word that `word` most likely was meant to be; `None` where none is near. Long words may
/// differ more; letter case does not count.
pub(super) fn nearest<'w>(word: &str, words: impl Iterator<Item = &'w str>) -> Option<&'w str> {
    if word.len() > 200 {
        return None;
    }
    let lower = word.to_lowercase();
    let allowed = (word.chars().count() / 3).clamp(1, 4);
    words
        .take(CANDIDATES)
        .map(|one| (strsim::damerau_levenshtein(&lower, &one.to_lowercase()), one))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, one)| one)
}

/// The text with control characters escaped: a descriptor's words reach terminals.
fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character.is_control() {
            true => out.extend(character.escape_default()),
            false => out.push(character),
        }
    }
    out
}

/// At most 60 characters of a text.
pub(super) fn shortened(text: &str) -> String {
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// The name without what people vary: `primary_key` and `primarykey` are `primaryKey`.
fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase()
}
