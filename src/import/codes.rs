//! Lists of codes as documentation writes them.

use serde_json::{Value, json};

/// The codes of a cell: `M = Male; F = Female`, `1: yes, 2: no`, one on each line, or `M, F, U`. The
/// answer is `None` where the text is no list.
pub(super) fn codes(text: &str) -> Option<Vec<(String, String)>> {
    let dividers: [&[char]; 3] = [&['\n', ';'], &['\n'], &[',']];
    for divider in dividers {
        let parts: Vec<&str> =
            text.split(divider).map(str::trim).filter(|part| !part.is_empty()).collect();
        let pairs: Option<Vec<(String, String)>> = parts.iter().map(|part| pair(part)).collect();
        if let Some(pairs) = pairs.filter(|pairs| pairs.len() > 1) {
            return Some(pairs);
        }
    }
    if let Some(pairs) = numbered(text) {
        return Some(pairs);
    }
    let words = ['|', '\n', ';', ',', '/'].into_iter().find_map(|divider| {
        let words: Vec<&str> = text.split(divider).map(str::trim).collect();
        let sound = |word: &&str| {
            !word.is_empty() && word.chars().count() <= 20 && word.split(' ').count() <= 2
        };
        (words.len() > 1 && words.iter().all(sound)).then_some(words)
    })?;
    let words = words.iter().map(|word| (unquoted(word).to_owned(), String::new()));
    Some(words.collect())
}

/// `1. Male 2. Female 9. Not known`, `1) yes 2) no`.
fn numbered(text: &str) -> Option<Vec<(String, String)>> {
    let is_mark = |word: &str| {
        let code = word.strip_suffix(['.', ')'])?;
        let sound = !code.is_empty() && code.len() <= 3 && code.bytes().all(|b| b.is_ascii_digit());
        sound.then(|| code.to_owned())
    };
    let mut pairs: Vec<(String, String)> = Vec::new();
    for word in text.split_whitespace() {
        match (is_mark(word), pairs.last_mut()) {
            (Some(code), _) => pairs.push((code, String::new())),
            (None, Some((_, meaning))) => {
                if !meaning.is_empty() {
                    meaning.push(' ');
                }
                meaning.push_str(word.trim_end_matches([',', ';']));
            }
            (None, None) => return None,
        }
    }
    (pairs.len() > 1 && pairs.iter().all(|(_, meaning)| !meaning.is_empty())).then_some(pairs)
}

/// `M = Male`, `1: yes`, `2 - no`, `U – unknown`.
fn pair(text: &str) -> Option<(String, String)> {
    let divided = ["=", ":", " – ", " — ", " - ", "\t", "->", "→"]
        .into_iter()
        .filter_map(|by| text.split_once(by).map(|parts| (text.find(by), parts)))
        .min_by_key(|(at, _)| *at)?;
    let (code, meaning) = (unquoted(divided.1.0.trim()), divided.1.1.trim());
    let sound = !code.is_empty() && code.chars().count() <= 20 && code.split(' ').count() <= 3;
    (sound && !meaning.is_empty()).then(|| (code.to_owned(), meaning.to_owned()))
}

fn unquoted(text: &str) -> &str {
    text.trim_matches(['"', '\'', '‘', '’', '“', '”', '`'])
}

/// A code as the field's type has it; `None`: it is not of the type.
pub(super) fn code_value(code: &str, kind: &str) -> Option<Value> {
    match kind {
        "integer" => code.parse::<i64>().ok().map(|number| json!(number)),
        "string" => Some(json!(code)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_known_in_many_forms() {
        let pairs = |text: &str| codes(text).unwrap_or_default();
        let expected = vec![("M".to_owned(), "Male".to_owned()), ("F".into(), "Female".into())];
        for text in [
            "M = Male; F = Female",
            "M: Male\nF: Female",
            "M - Male, F - Female",
            "'M'=Male,'F'=Female",
        ] {
            assert_eq!(pairs(text), expected, "{text}");
        }
        assert_eq!(pairs("1. Male 2. Female 9. Not known").len(), 3);
        assert_eq!(pairs("1. Male 2. Female 9. Not known")[2].1, "Not known");
        assert_eq!(pairs("I|U|D").len(), 3);
        assert_eq!(pairs("See the code list"), []);
        assert_eq!(pairs("Any value that the user may type, as long as it is one"), []);
    }
}
