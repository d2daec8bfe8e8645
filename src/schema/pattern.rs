//! Patterns that cells and the names of files must match.
//!
//! Many patterns of real schemas have one length: a GUID in braces, a code, a number of ten digits.
//! Such a pattern is a list of byte sets, one for each place, and is compared without the regular
//! expression engine, which takes about five times as long. Which way is taken changes no answer, and
//! the expression is not even compiled.

use super::regex::{Regex, Subject};
use regex_syntax::hir::{Class, Hir, HirKind, Look};

/// What a whole value must match.
#[derive(Debug, Clone)]
pub struct Pattern {
    /// As written.
    pub text: String,
    way: Way,
}

/// How values are compared with a pattern.
#[derive(Debug, Clone)]
enum Way {
    /// It has one length, and at each place up to two ranges of characters, as most have.
    Ranges(Ranges),
    /// It has one length, and any characters at each place.
    Sets(Vec<ByteSet>),
    /// All others.
    Engine(Regex),
}

/// `handover.filePattern`: a regular expression over the whole file name, folders excluded and without
/// regard to case, whose named groups (batch, date, agreement …) must agree across all files of the
/// batch. A group named `part` tells the parts of one split file apart and orders them.
#[derive(Debug, Clone)]
pub struct FilePattern {
    /// As written.
    pub text: String,
    regex: Regex,
}

impl FilePattern {
    /// A pattern of that text; `regex` is the same, compiled for names.
    pub(super) fn new(text: &str, regex: Regex) -> Self {
        Self { text: text.to_owned(), regex }
    }

    /// Whether the name of a file matches, without the folders before it.
    pub fn is_match(&self, name: &str) -> bool {
        self.regex.is_match(name)
    }

    /// What of the name each named group is; `None` where it does not match.
    pub fn groups<'p, 'n>(&'p self, name: &'n str) -> Option<Vec<(&'p str, &'n str)>> {
        self.regex.groups(name)
    }
}

/// Two ranges for each place. Compared sixteen places at once and without a branch, a GUID takes
/// 4 ns, where sets take 28.
#[derive(Debug, Clone, Default)]
struct Ranges {
    /// How many places there are.
    length: usize,
    /// Sixteen after sixteen; the last sixteen are the last of all, some of them once more.
    sixteens: Vec<(usize, Sixteen)>,
    /// Where there are fewer: each.
    few: Vec<[(u8, u8); 2]>,
}

/// Sixteen places: two ranges each, by their first characters and how many follow.
#[derive(Debug, Clone)]
struct Sixteen {
    first: [u8; 16],
    follow: [u8; 16],
    other_first: [u8; 16],
    other_follow: [u8; 16],
}

impl Sixteen {
    fn of(ranges: &[[(u8, u8); 2]; 16]) -> Self {
        Self {
            first: ranges.map(|[(first, _), _]| first),
            follow: ranges.map(|[(_, follow), _]| follow),
            other_first: ranges.map(|[_, (first, _)]| first),
            other_follow: ranges.map(|[_, (_, follow)]| follow),
        }
    }

    #[inline]
    fn match_all(&self, bytes: &[u8; 16]) -> bool {
        let mut wrong = 0;
        for (place, &byte) in bytes.iter().enumerate() {
            wrong |= outside(byte, self.first[place], self.follow[place])
                & outside(byte, self.other_first[place], self.other_follow[place]);
        }
        wrong == 0
    }
}

/// 1 where a character is in no range.
#[inline]
fn outside(byte: u8, first: u8, follow: u8) -> u8 {
    u8::from(byte.wrapping_sub(first) > follow)
}

impl Ranges {
    /// `None` where a place has more than two.
    fn of(sets: &[ByteSet]) -> Option<Self> {
        let few: Vec<_> = sets.iter().map(|set| set.ranges()).collect::<Option<_>>()?;
        let Some(last) = few.last_chunk::<16>() else {
            return Some(Self { length: few.len(), sixteens: Vec::new(), few });
        };
        let (whole, rest) = few.as_chunks::<16>();
        let whole = whole.iter().enumerate().map(|(number, ranges)| (number * 16, ranges));
        let last = (!rest.is_empty()).then_some((few.len() - 16, last));
        let sixteens = whole.chain(last).map(|(at, ranges)| (at, Sixteen::of(ranges))).collect();
        Some(Self { length: few.len(), sixteens, few: Vec::new() })
    }

    #[inline]
    fn match_all(&self, value: &[u8]) -> bool {
        if value.len() != self.length {
            return false;
        }
        let sixteen = |(at, places): &(usize, Sixteen)| {
            let bytes = value.get(*at..).and_then(|rest| rest.first_chunk());
            bytes.is_some_and(|bytes| places.match_all(bytes))
        };
        let each = |(&byte, [one, other]): (&u8, &[(u8, u8); 2])| {
            outside(byte, one.0, one.1) & outside(byte, other.0, other.1) == 0
        };
        self.sixteens.iter().all(sixteen) && value.iter().zip(&self.few).all(each)
    }
}

/// Places that a pattern of one length may have; a longer one is left to the engine.
const MOST_PLACES: usize = 128;

/// A set of ASCII characters, one bit each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct ByteSet(u128);

impl ByteSet {
    fn has(self, byte: u8) -> bool {
        byte < 128 && self.0 >> byte & 1 == 1
    }

    /// The set as two ranges (first character, how many follow), the same twice where there is one.
    fn ranges(self) -> Option<[(u8, u8); 2]> {
        let mut ranges: Vec<(u8, u8)> = Vec::new();
        for byte in (0..128).filter(|&byte| self.has(byte)) {
            match ranges.last_mut() {
                Some((first, follow)) if *first + *follow + 1 == byte => *follow += 1,
                _ => ranges.push((byte, 0)),
            }
        }
        match *ranges.as_slice() {
            [only] => Some([only, only]),
            [one, other] => Some([one, other]),
            _ => None,
        }
    }
}

impl Pattern {
    /// A pattern of that text, which `parsed` is read from; `None` where its automaton would
    /// take more than `limit` bytes.
    pub fn new(text: &str, parsed: Hir, limit: usize) -> Option<Self> {
        let way = match places(&parsed) {
            Some(sets) => Ranges::of(&sets).map_or(Way::Sets(sets), Way::Ranges),
            None => Way::Engine(Regex::new(parsed, Subject::Value, limit)?),
        };
        Some(Self { text: text.to_owned(), way })
    }

    /// Bytes that are taken by what can be large of it.
    pub(super) fn cost(&self) -> usize {
        match &self.way {
            Way::Ranges(_) | Way::Sets(_) => 0,
            Way::Engine(regex) => regex.cost(),
        }
    }

    /// Whether matching costs more than remembering the value that matched last.
    pub fn is_costly(&self) -> bool {
        !matches!(self.way, Way::Ranges(_))
    }

    /// Whether the whole value matches.
    #[inline]
    pub fn is_match(&self, value: &str) -> bool {
        match &self.way {
            Way::Ranges(ranges) => ranges.match_all(value.as_bytes()),
            Way::Sets(sets) => {
                value.len() == sets.len()
                    && value.bytes().zip(sets).all(|(byte, set)| set.has(byte))
            }
            Way::Engine(regex) => regex.is_match(value),
        }
    }
}

/// The places of a pattern that has one length and ASCII characters only.
fn places(hir: &Hir) -> Option<Vec<ByteSet>> {
    let mut places = Vec::new();
    // Anchors at the ends say what holds anyway: the whole value is matched.
    let parts = match hir.kind() {
        HirKind::Concat(parts) => parts.as_slice(),
        _ => std::slice::from_ref(hir),
    };
    for (number, part) in parts.iter().enumerate() {
        match part.kind() {
            HirKind::Look(Look::Start) if number == 0 => {}
            HirKind::Look(Look::End) if number + 1 == parts.len() => {}
            _ => add(part, &mut places)?,
        }
    }
    Some(places)
}

/// Appends the places of a part; `None` where it has no single length.
fn add(hir: &Hir, places: &mut Vec<ByteSet>) -> Option<()> {
    match hir.kind() {
        HirKind::Empty => {}
        HirKind::Literal(literal) if literal.0.is_ascii() => {
            places.extend(literal.0.iter().map(|&byte| ByteSet(1 << byte)));
        }
        HirKind::Class(class) => places.push(set(class)?),
        HirKind::Capture(capture) => add(&capture.sub, places)?,
        HirKind::Concat(parts) => parts.iter().try_for_each(|part| add(part, places))?,
        HirKind::Repetition(repetition) if repetition.max == Some(repetition.min) => {
            for _ in 0..repetition.min {
                add(&repetition.sub, places)?;
            }
        }
        _ => return None,
    }
    (places.len() <= MOST_PLACES).then_some(())
}

fn set(class: &Class) -> Option<ByteSet> {
    let mut bits = 0;
    let mut include = |start: u32, end: u32| {
        (start..=end).try_for_each(|character| {
            let bit = 1_u128.checked_shl(character)?;
            bits |= bit;
            Some(())
        })
    };
    match class {
        Class::Unicode(class) => {
            class.iter().try_for_each(|range| include(range.start() as u32, range.end() as u32))?;
        }
        Class::Bytes(class) => class
            .iter()
            .try_for_each(|range| include(u32::from(range.start()), u32::from(range.end())))?,
    }
    Some(ByteSet(bits))
}

#[cfg(test)]
mod tests {
    use super::super::regex::{Case, parse};
    use super::*;
    use proptest::prelude::*;

    const GUID: &str = r"\{[0-9A-F]{8}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{12}\}";

    fn pattern(text: &str) -> Pattern {
        Pattern::new(text, parse(text, Case::Counts).unwrap(), usize::MAX).unwrap()
    }

    #[test]
    fn patterns_of_one_length_need_no_engine() {
        for text in [GUID, "[0-9]{10}", "^A[0-9]{5}$", "(ab)c", "", "[A-Z][A-Z]", "(?i)ab"] {
            assert!(!matches!(pattern(text).way, Way::Engine(_)), "{text}");
        }
        for text in [r"\d{3}", "a|bc", "a*", "é", "[a-z]{1,2}", r"\bab", "a^b", "[^a]", "x{200}"] {
            assert!(matches!(pattern(text).way, Way::Engine(_)), "{text}");
        }
        let guid = pattern(GUID);
        assert!(guid.is_match("{0C88A469-BAE6-4616-903E-1001280F2FD8}"));
        assert!(!guid.is_match("{0c88a469-BAE6-4616-903E-1001280F2FD8}"));
        assert!(!guid.is_match("0C88A469-BAE6-4616-903E-1001280F2FD8"));
    }

    proptest! {
        #[test]
        fn both_ways_agree(
            text in prop::sample::select(vec![
                "[0-9]{3}", "^A[0-9]{2}$", "(ab)c", "(?i)ab", "[A-C][x-z]", "", "a{2}b", "[Aaxz][0-2b-c]",
                "[A-C]é?", "[x-z0][^a]",
            ]),
            value in "[A-Ca-cx-z0-9é]{0,4}",
        ) {
            let engine = Regex::new(parse(text, Case::Counts).unwrap(), Subject::Value, usize::MAX);
            prop_assert_eq!(pattern(text).is_match(&value), engine.unwrap().is_match(&value));
        }
    }
}
