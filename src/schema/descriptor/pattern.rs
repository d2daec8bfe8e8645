//! Regular expressions of a descriptor, compiled so that they match whole values only.
//!
//! A descriptor may come with the extract, from anyone: what its patterns take when compiled is
//! limited, each and all together. Matching takes linear time whatever the pattern.

use super::reader::{At, Reader, shortened};
use regex::{Regex, RegexBuilder};
use std::collections::BTreeMap;

/// Sizes that a compiled pattern is tried with, in bytes; the last is the largest allowed. Nothing
/// tells how large one became, so the size that it fitted is what it is taken for. `\w{100}` fits
/// the last. `\w{255}` does not, since the class has hundreds of ranges in Unicode;
/// `[A-Za-z0-9]{255}` does.
const SIZES: [usize; 4] = [16 << 10, 128 << 10, 1 << 20, 10 << 20];

/// What all patterns of a descriptor may take together, in bytes.
const ALL: usize = 128 << 20;

/// What one thread's matching with one pattern may cache, in bytes, beyond the compiled form.
const CACHE: usize = 1 << 20;

/// Whether letter case counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Case {
    Counts,
    Ignored,
}

/// What of a value a pattern matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    Whole,
    Part,
}

/// The patterns compiled so far. One that stands at many fields is compiled once.
#[derive(Debug, Default)]
pub(super) struct Patterns {
    compiled: BTreeMap<(Case, String), Regex>,
    taken: usize,
}

/// Compiles `text` to be found anywhere in a value, as CEL's `matches` wants it; gives what is wrong
/// with it, and what to write instead.
pub(super) fn search(patterns: &mut Patterns, text: &str) -> Result<Regex, (String, String)> {
    let known = (Case::Counts, format!("search {text}"));
    if let Some(regex) = patterns.compiled.get(&known) {
        return Ok(regex.clone());
    }
    if subtracts(text) {
        let reason = format!("the pattern {} subtracts a class", shortened(text));
        return Err((reason, SUBTRACTION.into()));
    }
    let left = ALL.saturating_sub(patterns.taken);
    match within(text, Case::Counts, Reach::Part, left) {
        Ok((regex, size)) => {
            patterns.taken += size;
            patterns.compiled.insert(known, regex.clone());
            Ok(regex)
        }
        Err(error) => Err(refusal(patterns.taken, text, &error)),
    }
}

/// Compiles `text`; tells what is wrong with it.
pub(super) fn compile(reader: &mut Reader, at: &At, text: &str, case: Case) -> Option<Regex> {
    if let Some(known) = reader.patterns.compiled.get(&(case, text.to_owned())) {
        return Some(known.clone());
    }
    if reader.full() {
        return None;
    }
    if subtracts(text) {
        let reason = format!("the pattern {} subtracts a class", shortened(text));
        reader.mistake(at, reason, SUBTRACTION);
        return None;
    }
    match within(text, case, Reach::Whole, ALL.saturating_sub(reader.patterns.taken)) {
        Ok((regex, size)) => {
            reader.patterns.taken += size;
            reader.patterns.compiled.insert((case, text.to_owned()), regex.clone());
            Some(regex)
        }
        Err(error) => {
            let (reason, hint) = refusal(reader.patterns.taken, text, &error);
            reader.mistake(at, reason, hint);
            None
        }
    }
}

const SUBTRACTION: &str = "write the class [a-z-[aeiou]] of XML Schema as [a-z--[aeiou]]";

/// Why a pattern is refused, and what to write instead.
fn refusal(taken: usize, text: &str, error: &regex::Error) -> (String, String) {
    let text_shown = shortened(text);
    if let regex::Error::CompiledTooBig(_) = error {
        let reason = match taken > ALL - 2 * SIZES[3] {
            true => "the patterns up to here are too large together".to_owned(),
            false => format!("the pattern {text_shown} is too large"),
        };
        return (reason, "repeat less, or use \"minLength\" and \"maxLength\"".into());
    }
    let cause = cause(&error.to_string());
    let hint = match text {
        _ if text.contains("(?=") || text.contains("(?!") || text.contains("(?<") => {
            "look-around is not supported: state what the value is"
        }
        _ if cause.contains("backreference") => "a group cannot be referred to",
        _ => "write a regular expression; a literal sign as . + ( needs a backslash",
    };
    (format!("the pattern {text_shown}: {cause}"), hint.into())
}

/// Compiles within `left` bytes, and says within how many.
fn within(
    text: &str,
    case: Case,
    reach: Reach,
    left: usize,
) -> Result<(Regex, usize), regex::Error> {
    let build = |text: &str, size: usize| {
        let mut builder = RegexBuilder::new(text);
        builder.size_limit(size).dfa_size_limit(CACHE);
        builder.case_insensitive(case == Case::Ignored).build()
    };
    let mut last = regex::Error::CompiledTooBig(left);
    for size in SIZES.into_iter().filter(|size| *size <= left) {
        // Alone first: `a)|(b` would be accepted within the group, and mean something else.
        let built = build(text, size).and_then(|alone| match reach {
            Reach::Part => Ok(alone),
            Reach::Whole => build(&format!(r"\A(?:{text})\z"), size),
        });
        match built {
            Ok(regex) => return Ok((regex, size)),
            Err(regex::Error::CompiledTooBig(limit)) => last = regex::Error::CompiledTooBig(limit),
            Err(error) => return Err(error),
        }
    }
    Err(last)
}

/// `[a-z-[aeiou]]` of XML Schema is another class in the `regex` crate, which must not go unseen.
fn subtracts(text: &str) -> bool {
    let mut within = false;
    let mut escaped = false;
    let mut last = ' ';
    for (at, character) in text.char_indices() {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '[' if within && last == '-' && !text[..at].ends_with("--") => return true,
            '[' => within = true,
            ']' => within = false,
            _ => {}
        }
        last = character;
    }
    false
}

/// The last line of a message of several, without its label.
fn cause(message: &str) -> String {
    let last = message.lines().last().unwrap_or_default().trim();
    last.strip_prefix("error: ").unwrap_or(last).to_owned()
}

#[cfg(test)]
mod tests {
    use super::super::mistakes;
    use serde_json::json;

    /// The mistakes of a table with these patterns.
    fn told(patterns: Vec<String>) -> Vec<String> {
        let field = |(index, pattern): (usize, String)| {
            let constraints = json!({"pattern": pattern});
            json!({"name": index.to_string(), "type": "string", "constraints": constraints})
        };
        let fields: Vec<_> = patterns.into_iter().enumerate().map(field).collect();
        let descriptor =
            json!({"resources": [{"name": "t", "path": "t", "schema": {"fields": fields}}]});
        let found = mistakes(descriptor.to_string().as_bytes(), &mut |_| None).unwrap();
        found.into_iter().map(|one| one.reason).collect()
    }

    #[test]
    fn many_small_patterns_are_no_matter() {
        let small = |index| format!("[A-Z]{{2}}[0-9]{{6}}{index}");
        assert_eq!(told((0..1500).map(small).collect()), <[String; 0]>::default());
        assert_eq!(told(vec![r"\w{100}".into(); 100]), <[String; 0]>::default());
    }

    #[test]
    fn many_large_patterns_are_refused() {
        let found = told((0..20).map(|index| format!(r"\w{{90}}{index}")).collect());
        assert_eq!(found.len(), 8);
        assert!(found.iter().all(|one| one == "the patterns up to here are too large together"));
    }

    #[test]
    fn an_escaped_bracket_is_no_class() {
        for pattern in [r"[a\-\[]", r"\[-[a]", r"[^-]-[a]", "[a-z--[b]]", r"[-\]]-[a]"] {
            assert_eq!(told(vec![pattern.into()]), <[String; 0]>::default(), "{pattern}");
        }
        assert_eq!(told(vec!["x[a-[b]]".into()]), ["the pattern x[a-[b]] subtracts a class"]);
    }
}
