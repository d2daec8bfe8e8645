//! JSON text as a tree that keeps what the usual tree drops: where each value stands, members
//! of one name, and numbers digit for digit.
//!
//! `serde_json` judges the syntax (RFC 8259); the walk after it may therefore assume JSON. Digits
//! matter, since a bound or an enumerated code of 18 digits is not a float.

use crate::error::{Error, Result};
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// A value and the byte offset at which it begins.
#[derive(Debug)]
pub(super) struct Node {
    pub at: usize,
    pub end: usize,
    pub json: Json,
}

/// A JSON value.
#[derive(Debug)]
pub(super) enum Json {
    Null,
    Bool(bool),
    /// Its digits are the text from `at` to `end`.
    Number,
    String(String),
    Array(Vec<Node>),
    Object(Vec<Member>),
}

/// A member of an object; two of one name are both kept.
#[derive(Debug)]
pub(super) struct Member {
    pub name: String,
    pub at: usize,
    pub value: Node,
}

/// Why a text is no JSON.
#[derive(Debug)]
pub(super) struct Syntax {
    pub line: usize,
    pub column: usize,
    pub reason: String,
    /// The text ends before the value does.
    pub cut_off: bool,
}

/// Reads a JSON text.
///
/// # Errors
/// The inner error where the text is no JSON; the outer one is a fault in this program.
pub(super) fn parse(text: &str) -> Result<std::result::Result<Node, Syntax>> {
    if let Err(error) = serde_json::from_str::<Judged>(text) {
        return Ok(Err(syntax(text, &error)));
    }
    let mut walk = Walk { text, at: 0 };
    walk.value().map(Ok).ok_or_else(|| Error::internal("a walk over JSON text that was accepted"))
}

/// Any JSON value, read and dropped: the judgement without a second tree in memory.
struct Judged;

impl<'de> Deserialize<'de> for Judged {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        deserializer.deserialize_any(Judged)
    }
}

impl<'de> Visitor<'de> for Judged {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> std::result::Result<Self, E> {
        Ok(self)
    }

    fn visit_bool<E>(self, _: bool) -> std::result::Result<Self, E> {
        Ok(self)
    }

    fn visit_i64<E>(self, _: i64) -> std::result::Result<Self, E> {
        Ok(self)
    }

    fn visit_u64<E>(self, _: u64) -> std::result::Result<Self, E> {
        Ok(self)
    }

    fn visit_f64<E>(self, _: f64) -> std::result::Result<Self, E> {
        Ok(self)
    }

    fn visit_str<E>(self, _: &str) -> std::result::Result<Self, E> {
        Ok(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> std::result::Result<Self, A::Error> {
        while items.next_element::<Self>()?.is_some() {}
        Ok(self)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> std::result::Result<Self, A::Error> {
        while members.next_entry::<String, Self>()?.is_some() {}
        Ok(self)
    }
}

fn syntax(text: &str, error: &serde_json::Error) -> Syntax {
    let message = error.to_string();
    let reason = match message.rfind(" at line ") {
        Some(end) => message[..end].to_owned(),
        None => message,
    };
    let line = error.line().max(1);
    let bytes = text.split('\n').nth(line - 1).unwrap_or_default();
    let before = error.column().saturating_sub(1);
    let column = bytes.char_indices().take_while(|(at, _)| *at < before).count() + 1;
    Syntax { line, column, reason, cut_off: error.is_eof() }
}

/// Line and column, both counted from 1, the column in characters.
pub(super) fn position(text: &str, at: usize) -> (usize, usize) {
    let mut end = at.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let before = &text[..end];
    let start = before.rfind('\n').map_or(0, |found| found + 1);
    (before.matches('\n').count() + 1, before[start..].chars().count() + 1)
}

/// The JSON Pointer (RFC 6901) to a value below `root`, the value being told by where it stands.
pub(super) fn pointer(root: &Node, node: &Node) -> String {
    let mut pointer = String::new();
    let mut here = root;
    while (here.at, here.end) != (node.at, node.end) {
        // They stand in the order of the text, so the first that does not end before it holds it.
        let before = |value: &Node| value.end < node.end;
        let (token, next) = match &here.json {
            Json::Array(items) => {
                let number = items.partition_point(before);
                (number.to_string(), items.get(number))
            }
            Json::Object(members) => {
                let number = members.partition_point(|member| before(&member.value));
                let member = members.get(number);
                let name = member.map_or("", |member| &member.name);
                (name.replace('~', "~0").replace('/', "~1"), member.map(|member| &member.value))
            }
            _ => break,
        };
        let Some(next) = next else { break };
        pointer.push('/');
        pointer.push_str(&token);
        here = next;
    }
    pointer
}

/// A walk over text that is known to be JSON, at most 128 levels deep (the limit of `serde_json`).
/// `None` means that it was none after all.
struct Walk<'t> {
    text: &'t str,
    at: usize,
}

impl Walk<'_> {
    fn value(&mut self) -> Option<Node> {
        self.space();
        let at = self.at;
        let json = match self.peek()? {
            b'{' => self.object()?,
            b'[' => self.array()?,
            b'"' => Json::String(self.string()?),
            b't' => self.word("true", Json::Bool(true))?,
            b'f' => self.word("false", Json::Bool(false))?,
            b'n' => self.word("null", Json::Null)?,
            _ => self.number()?,
        };
        Some(Node { at, end: self.at, json })
    }

    fn object(&mut self) -> Option<Json> {
        let mut members = Vec::new();
        self.at += 1;
        self.space();
        if self.take(b'}') {
            return Some(Json::Object(members));
        }
        loop {
            self.space();
            let at = self.at;
            let name = self.string()?;
            self.space();
            if !self.take(b':') {
                return None;
            }
            let value = self.value()?;
            members.push(Member { name, at, value });
            self.space();
            if self.take(b'}') {
                return Some(Json::Object(members));
            }
            if !self.take(b',') {
                return None;
            }
        }
    }

    fn array(&mut self) -> Option<Json> {
        let mut items = Vec::new();
        self.at += 1;
        self.space();
        if self.take(b']') {
            return Some(Json::Array(items));
        }
        loop {
            items.push(self.value()?);
            self.space();
            if self.take(b']') {
                return Some(Json::Array(items));
            }
            if !self.take(b',') {
                return None;
            }
        }
    }

    fn string(&mut self) -> Option<String> {
        let bytes = self.text.as_bytes();
        let start = self.at;
        if bytes.get(start) != Some(&b'"') {
            return None;
        }
        let mut end = start + 1;
        loop {
            match bytes.get(end)? {
                b'"' => break,
                b'\\' => end += 2,
                _ => end += 1,
            }
        }
        self.at = end + 1;
        serde_json::from_str(self.text.get(start..self.at)?).ok()
    }

    fn number(&mut self) -> Option<Json> {
        let start = self.at;
        while self
            .peek()
            .is_some_and(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E'))
        {
            self.at += 1;
        }
        (self.at > start).then_some(Json::Number)
    }

    fn word(&mut self, word: &str, json: Json) -> Option<Json> {
        self.text.get(self.at..)?.starts_with(word).then_some(())?;
        self.at += word.len();
        Some(json)
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The tree as `serde_json` would have it: numbers as floats, the last of members of one name.
    fn plain(node: &Node, text: &str) -> serde_json::Value {
        match &node.json {
            Json::Null => serde_json::Value::Null,
            Json::Bool(value) => (*value).into(),
            Json::Number => serde_json::from_str(&text[node.at..node.end]).unwrap(),
            Json::String(string) => string.clone().into(),
            Json::Array(items) => items.iter().map(|item| plain(item, text)).collect(),
            Json::Object(members) => {
                members.iter().map(|one| (one.name.clone(), plain(&one.value, text))).collect()
            }
        }
    }

    fn any_json() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<bool>().prop_map(Into::into),
            any::<i64>().prop_map(Into::into),
            any::<f64>().prop_map(Into::into),
            any::<String>().prop_map(Into::into),
        ];
        leaf.prop_recursive(4, 40, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
                prop::collection::vec((any::<String>(), inner), 0..6)
                    .prop_map(|members| members.into_iter().collect()),
            ]
        })
    }

    proptest! {
        #[test]
        fn agrees_with_serde_json(value in any_json(), pretty in any::<bool>()) {
            let text = if pretty {
                serde_json::to_string_pretty(&value).unwrap()
            } else {
                value.to_string()
            };
            // Not `value` itself: a float read back may differ in its last bit.
            let judged: serde_json::Value = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(plain(&parse(&text).unwrap().unwrap(), &text), judged);
        }

        #[test]
        fn never_panics_and_accepts_what_serde_json_accepts(text in r#"[\[\]{}:,"\\ \na0-9eE.+-]{0,24}"#) {
            let judged = serde_json::from_str::<serde_json::Value>(&text).is_ok();
            prop_assert_eq!(parse(&text).unwrap().is_ok(), judged);
        }

        #[test]
        fn position_never_panics(text in any::<String>(), at in 0usize..100) {
            let (line, column) = position(&text, at);
            prop_assert!(line >= 1 && column >= 1);
        }
    }

    #[test]
    fn digits_and_members_are_kept() {
        let text = r#" {"a": 999999999999999999999, "a": 1.50}"#;
        let node = parse(text).unwrap().unwrap();
        let Json::Object(members) = node.json else { panic!("no object") };
        let places: Vec<_> =
            members.iter().map(|one| (one.at, one.value.at, one.value.end)).collect();
        assert_eq!(places, [(2, 7, 28), (30, 35, 39)]);
        assert_eq!((&text[7..28], &text[35..39]), ("999999999999999999999", "1.50"));
    }

    /// What a reader that skips a value would not see.
    #[test]
    fn strings_are_judged() {
        for text in
            [r#"["\ud800"]"#, r#"{"\ud800": 1}"#, r#"["\x"]"#, "[\"\u{1}\"]", "[1e999]", "[01]"]
        {
            assert!(parse(text).unwrap().is_err(), "{text}");
        }
    }

    #[test]
    fn columns_count_characters() {
        let text = "{\n  \"é\": é\n}";
        let error = parse(text).unwrap().unwrap_err();
        assert_eq!((error.line, error.column, error.reason.as_str()), (2, 8, "expected value"));
        assert_eq!(position(text, text.len()), (3, 2));
    }

    #[test]
    fn deep_nesting_is_refused() {
        let text = "[".repeat(100_000);
        assert_eq!(parse(&text).unwrap().unwrap_err().reason, "recursion limit exceeded");
    }
}
