//! Regular expressions of a descriptor.
//!
//! A descriptor may come with the extract, from anyone: what its patterns take when compiled is
//! limited, each and all together. Matching takes linear time whatever the pattern.

use super::reader::{At, Reader, shortened};
use crate::schema::regex::{Case, Regex, Subject, parse};
use crate::schema::{FilePattern, Pattern};
use regex_syntax::hir::Hir;
use std::collections::BTreeMap;

/// What the automaton of one pattern may take, in bytes. That of a field with `\w{100}` does not take
/// more. With `\w{255}` it does, since the class has hundreds of ranges in Unicode; with
/// `[A-Za-z0-9]{255}` it does not.
const EACH: usize = 10 << 20;

/// What all patterns of a descriptor may take together, in bytes, the groups of names included.
const ALL: usize = 128 << 20;

/// The patterns compiled so far. One that stands at many fields is compiled once.
#[derive(Debug, Default)]
pub(super) struct Patterns {
    of_values: BTreeMap<String, Pattern>,
    others: BTreeMap<(Subject, String), Regex>,
    taken: usize,
}

/// What is wrong with a pattern, and what to write instead.
type Refusal = (String, String);

impl Patterns {
    /// What a whole value must match.
    fn of_value(&mut self, text: &str) -> Result<Pattern, Refusal> {
        if let Some(known) = self.of_values.get(text) {
            return Ok(known.clone());
        }
        let pattern = Pattern::new(text, parsed(text, Case::Counts)?, self.left());
        let pattern = pattern.ok_or_else(|| self.too_large(text))?;
        self.take(pattern.cost(), text)?;
        self.of_values.insert(text.to_owned(), pattern.clone());
        Ok(pattern)
    }

    fn other(&mut self, text: &str, subject: Subject) -> Result<Regex, Refusal> {
        let key = (subject, text.to_owned());
        if let Some(known) = self.others.get(&key) {
            return Ok(known.clone());
        }
        let case = match subject {
            Subject::Name => Case::Ignored,
            Subject::Value | Subject::PartOfValue => Case::Counts,
        };
        let regex = Regex::new(parsed(text, case)?, subject, self.left());
        let regex = regex.ok_or_else(|| self.too_large(text))?;
        self.take(regex.cost(), text)?;
        self.others.insert(key, regex.clone());
        Ok(regex)
    }

    fn take(&mut self, cost: usize, text: &str) -> Result<(), Refusal> {
        if cost > ALL.saturating_sub(self.taken) {
            return Err(self.too_large(text));
        }
        self.taken += cost;
        Ok(())
    }

    /// What the automaton of a pattern may take.
    fn left(&self) -> usize {
        ALL.saturating_sub(self.taken).min(EACH)
    }

    fn too_large(&self, text: &str) -> Refusal {
        let reason = match self.left() < EACH {
            true => "the patterns up to here are too large together".to_owned(),
            false => format!("the pattern {} is too large", shortened(text)),
        };
        (reason, "repeat less, or use \"minLength\" and \"maxLength\"".into())
    }
}

/// Compiles `text` to be found anywhere in a value, as CEL's `matches` wants it; gives what is wrong
/// with it, and what to write instead.
pub(super) fn search(patterns: &mut Patterns, text: &str) -> Result<Regex, Refusal> {
    patterns.other(text, Subject::PartOfValue)
}

/// Compiles `text` for a field's values; tells what is wrong with it.
pub(super) fn of_values(reader: &mut Reader, at: &At, text: &str) -> Option<Pattern> {
    told(reader, at, |patterns| patterns.of_value(text))
}

/// Compiles `text` for the names of files; tells what is wrong with it.
pub(super) fn of_names(reader: &mut Reader, at: &At, text: &str) -> Option<FilePattern> {
    let regex = |patterns: &mut Patterns| patterns.other(text, Subject::Name);
    told(reader, at, regex).map(|regex| FilePattern::new(text, regex))
}

fn told<T>(
    reader: &mut Reader,
    at: &At,
    compile: impl FnOnce(&mut Patterns) -> Result<T, Refusal>,
) -> Option<T> {
    // What is found is not kept any more, and compiling takes its time.
    if reader.full() {
        return None;
    }
    match compile(&mut reader.patterns) {
        Ok(compiled) => Some(compiled),
        Err((reason, hint)) => {
            reader.mistake(at, reason, hint);
            None
        }
    }
}

/// Reads a pattern.
fn parsed(text: &str, case: Case) -> Result<Hir, Refusal> {
    let text_shown = shortened(text);
    if subtracts(text) {
        return Err((format!("the pattern {text_shown} subtracts a class"), SUBTRACTION.into()));
    }
    parse(text, case).map_err(|error| {
        let cause = cause(&error.to_string());
        let hint = match text {
            _ if text.contains("(?=") || text.contains("(?!") || text.contains("(?<") => {
                "look-around is not supported: state what the value is"
            }
            _ if cause.contains("backreference") => "a group cannot be referred to",
            _ => "write a regular expression; a literal sign as . + ( needs a backslash",
        };
        (format!("the pattern {text_shown}: {cause}"), hint.into())
    })
}

const SUBTRACTION: &str = "write the class [a-z-[aeiou]] of XML Schema as [a-z--[aeiou]]";

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
        let found = told((0..40).map(|index| format!(r"\w{{90}}{index}")).collect());
        assert_eq!(found.len(), 14);
        assert!(found.iter().all(|one| one == "the patterns up to here are too large together"));
    }

    #[test]
    fn named_groups_count_in_each_state() {
        let told = |groups: usize| {
            let text: String = (0..groups).map(|number| format!("(?P<g{number}>a)?")).collect();
            let descriptor = json!({"resources": [{"name": "t", "path": "t",
                "handover": {"filePattern": text}}]});
            let found = mistakes(descriptor.to_string().as_bytes(), &mut |_| None).unwrap();
            found.into_iter().map(|one| one.reason).collect::<Vec<_>>()
        };
        assert_eq!(told(100), <[String; 0]>::default());
        let found = told(5000);
        assert!(found.len() == 1 && found[0].ends_with("is too large"), "{found:?}");
    }

    #[test]
    fn an_escaped_bracket_is_no_class() {
        for pattern in [r"[a\-\[]", r"\[-[a]", r"[^-]-[a]", "[a-z--[b]]", r"[-\]]-[a]"] {
            assert_eq!(told(vec![pattern.into()]), <[String; 0]>::default(), "{pattern}");
        }
        assert_eq!(told(vec!["x[a-[b]]".into()]), ["the pattern x[a-[b]] subtracts a class"]);
    }
}
