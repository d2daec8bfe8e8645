//! `object` and `array`: JSON (RFC 8259).
//!
//! The reader is serde_json's: it refuses nesting beyond 128 levels, numbers beyond a double, and
//! text after the value; of two members of one name the last counts.

use super::decimal::Number;
use serde_json::Value as Json;

/// Reads a JSON object.
pub(super) fn object(cell: &str) -> Option<Json> {
    read(cell, '{')
}

/// Reads a JSON array.
pub(super) fn array(cell: &str) -> Option<Json> {
    read(cell, '[')
}

/// Reads a JSON value that begins with the bracket. Most wrong cells are refused by their first
/// character.
fn read(cell: &str, bracket: char) -> Option<Json> {
    let is_space = |c| matches!(c, ' ' | '\t' | '\n' | '\r');
    if !cell.trim_start_matches(is_space).starts_with(bracket) {
        return None;
    }
    serde_json::from_str(cell).ok()
}

/// Appends a form under which equal JSON values are equal: members sorted by name, numbers by
/// value, no spaces. Each value says how long it is.
pub(super) fn write_key(value: &Json, out: &mut Vec<u8>) {
    match value {
        Json::Null => out.push(b'z'),
        Json::Bool(value) => out.push(if *value { b't' } else { b'f' }),
        Json::Number(number) => {
            let mut key = Vec::new();
            if let Some(number) = Number::parse(&number.to_string()) {
                number.write_key(&mut key);
            }
            write_part(b'n', &key, out);
        }
        Json::String(text) => write_part(b's', text.as_bytes(), out),
        Json::Array(items) => {
            out.push(b'a');
            out.extend_from_slice(&(items.len() as u64).to_be_bytes());
            for item in items {
                write_key(item, out);
            }
        }
        Json::Object(members) => {
            out.push(b'o');
            out.extend_from_slice(&(members.len() as u64).to_be_bytes());
            let mut sorted: Vec<_> = members.iter().collect();
            sorted.sort_unstable_by_key(|(name, _)| *name);
            for (name, member) in sorted {
                write_part(b's', name.as_bytes(), out);
                write_key(member, out);
            }
        }
    }
}

fn write_part(tag: u8, bytes: &[u8], out: &mut Vec<u8>) {
    out.push(tag);
    out.extend_from_slice(&(bytes.len() as u64).to_be_bytes());
    out.extend_from_slice(bytes);
}
