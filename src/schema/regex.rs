//! Regular expressions, in the syntax of the `regex` crate and with its engine, which takes linear time
//! whatever the expression.
//!
//! A schema has one for each of its files, and a check of a small extract used to spend a third of its
//! time on compiling them: so each is read once, and is given only the engines that pay for their making.

use regex_automata::meta::{self, Config};
use regex_automata::util::captures::Captures;
use regex_automata::util::syntax;
use regex_syntax::hir::{Capture, Class, ClassUnicode, ClassUnicodeRange, Hir, HirKind, Look};

/// What one thread's matching with one expression may cache, in bytes, beyond the compiled form.
const CACHE: usize = 1 << 20;

/// Whether letter case counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Case {
    /// It does.
    Counts,
    /// It does not, as simple case folding of Unicode has it, save that the sign of kelvin is no `k` and
    /// the long s no `s` of an expression in ASCII.
    Ignored,
}

/// What is matched, and how often.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// Whole values, millions of them.
    Value,
    /// Any part of a value, of millions.
    PartOfValue,
    /// A whole name of a file: short ones, some thousands.
    Name,
}

/// Reads an expression.
///
/// # Errors
/// What is wrong with it.
pub fn parse(text: &str, case: Case) -> Result<Hir, Box<regex_syntax::Error>> {
    let config = syntax::Config::new().case_insensitive(case == Case::Ignored);
    let parsed = syntax::parse_with(text, &config).map_err(Box::new)?;
    let may_mean_them =
        !text.is_ascii() || [r"\x", r"\u", r"\U"].iter().any(|sign| text.contains(sign));
    let as_read = case == Case::Counts || may_mean_them;
    Ok(if as_read { parsed } else { without_far_folds(parsed) })
}

/// Two letters beyond ASCII fold to `k` and `s`: the sign of kelvin and the long s. A class that only
/// they keep from being one of ASCII costs more to compile than all the rest, so it goes without them.
fn without_far_folds(hir: Hir) -> Hir {
    rebuilt(hir, &|kind| match kind {
        HirKind::Class(Class::Unicode(mut class)) => {
            let far = ['\u{17F}', '\u{212A}'].map(|far| ClassUnicodeRange::new(far, far));
            let mut near = class.clone();
            near.difference(&ClassUnicode::new(far));
            if near.is_ascii() && !near.ranges().is_empty() {
                class = near;
            }
            Hir::class(Class::Unicode(class))
        }
        kind => made(kind),
    })
}

/// Without the groups that nobody asks for: each would take room in every state.
fn without_groups(hir: Hir, asked_for: impl Fn(&Capture) -> bool) -> Hir {
    rebuilt(hir, &|kind| match kind {
        HirKind::Capture(group) if !asked_for(&group) => *group.sub,
        kind => made(kind),
    })
}

/// The same, each part of it made by `make`, inner ones first. (A parser nests them 250 deep at most.)
fn rebuilt(hir: Hir, make: &impl Fn(HirKind) -> Hir) -> Hir {
    let inner = |hir: Hir| rebuilt(hir, make);
    make(match hir.into_kind() {
        HirKind::Repetition(mut repetition) => {
            *repetition.sub = inner(*repetition.sub);
            HirKind::Repetition(repetition)
        }
        HirKind::Capture(mut capture) => {
            *capture.sub = inner(*capture.sub);
            HirKind::Capture(capture)
        }
        HirKind::Concat(parts) => HirKind::Concat(parts.into_iter().map(inner).collect()),
        HirKind::Alternation(ways) => HirKind::Alternation(ways.into_iter().map(inner).collect()),
        kind => kind,
    })
}

/// The same, matched by whole subjects alone.
fn whole(hir: Hir) -> Hir {
    Hir::concat(vec![Hir::look(Look::Start), hir, Hir::look(Look::End)])
}

fn made(kind: HirKind) -> Hir {
    match kind {
        HirKind::Empty => Hir::empty(),
        HirKind::Literal(literal) => Hir::literal(literal.0),
        HirKind::Class(class) => Hir::class(class),
        HirKind::Look(look) => Hir::look(look),
        HirKind::Repetition(repetition) => Hir::repetition(repetition),
        HirKind::Capture(capture) => Hir::capture(capture),
        HirKind::Concat(parts) => Hir::concat(parts),
        HirKind::Alternation(ways) => Hir::alternation(ways),
    }
}

/// A compiled expression.
#[derive(Debug, Clone)]
pub struct Regex(meta::Regex);

impl Regex {
    /// Compiles what was read; `None` where its automaton would take more than `limit` bytes.
    pub fn new(parsed: Hir, subject: Subject, limit: usize) -> Option<Self> {
        /// For a name's pattern that is no larger, making a lazy automaton costs more than it spares.
        /// Patterns of real schemas take half of it.
        const SMALL: usize = 8 << 10;
        let parsed = match subject {
            Subject::PartOfValue => without_groups(parsed, |_| false),
            Subject::Value => whole(without_groups(parsed, |_| false)),
            Subject::Name => whole(without_groups(parsed, |group| group.name.is_some())),
        };
        let built = |config: Config, limit: usize| {
            let config = config.nfa_size_limit(Some(limit)).hybrid_cache_capacity(CACHE);
            meta::Builder::new().configure(config).build_from_hir(&parsed).ok().map(Self)
        };
        match subject {
            Subject::Value | Subject::PartOfValue => built(Config::new(), limit),
            Subject::Name => {
                let all = Config::new().dfa(false).onepass(false).auto_prefilter(false);
                let small = built(all.clone().hybrid(false), limit.min(SMALL));
                small.or_else(|| built(all, limit))
            }
        }
    }

    /// Bytes that it may take: the compiled form, and what a search for groups holds for each state,
    /// twice, since it goes from one set of states to the next.
    pub fn cost(&self) -> usize {
        /// A state takes no less.
        const STATE: usize = 16;
        let slots =
            self.0.captures_len().saturating_sub(1).saturating_mul(2 * 2 * size_of::<usize>());
        let size = self.0.memory_usage();
        size.saturating_add((size / STATE).saturating_mul(slots))
    }

    /// Whether it matches.
    #[inline]
    pub fn is_match(&self, subject: &str) -> bool {
        self.0.is_match(subject)
    }

    /// Where it matches: the names of its groups, and what each of them took part with.
    pub fn groups<'r, 's>(&'r self, subject: &'s str) -> Option<Vec<(&'r str, &'s str)>> {
        let mut captures: Captures = self.0.create_captures();
        self.0.captures(subject, &mut captures);
        let all = self.0.group_info().pattern_names(captures.pattern()?).enumerate();
        let took_part = |(number, name): (usize, Option<&'r str>)| {
            let span = captures.get_group(number)?;
            Some((name?, subject.get(span.start..span.end)?))
        };
        Some(all.filter_map(took_part).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn compiled(text: &str, case: Case, subject: Subject) -> Regex {
        Regex::new(parse(text, case).unwrap(), subject, usize::MAX).unwrap()
    }

    #[test]
    fn names_are_matched_whole_and_without_case() {
        let regex = compiled("(?P<a>[0-9]+)_x(_(?P<b>y))?", Case::Ignored, Subject::Name);
        assert_eq!(regex.groups("12_X"), Some(vec![("a", "12")]));
        assert_eq!(regex.groups("12_x_Y"), Some(vec![("a", "12"), ("b", "Y")]));
        assert_eq!(regex.groups("12_x_Y "), None);
        assert_eq!(regex.groups("z12_x"), None);
    }

    #[test]
    fn letters_fold_among_themselves() {
        let folds = |text, name| compiled(text, Case::Ignored, Subject::Name).is_match(name);
        assert!(folds("kis_[k-s]", "KIS_S") && !folds("kis_[k-s]", "KIſ_S"));
        assert!(!folds("kis_[k-s]", "\u{212A}IS_S") && !folds("kis_[k-s]", "KIS_ſ"));
        for text in ["kisé", r"ki\x{17F}é", r"kis\u00E9"] {
            assert!(folds(text, "KIſÉ") && folds(text, "\u{212A}iSé"), "{text}");
        }
    }

    #[test]
    fn what_is_too_large_is_not_compiled() {
        let parsed = || parse(r"\w{100}", Case::Counts).unwrap();
        assert!(Regex::new(parsed(), Subject::Value, 1000).is_none());
        assert!(Regex::new(parsed(), Subject::Value, 10 << 20).is_some());
    }

    /// What a hostile schema asks for: thousands of groups, and names that nearly match.
    #[test]
    fn groups_without_a_name_take_no_room() {
        let many = "(a)?".repeat(5000) + "x";
        for subject in [Subject::Value, Subject::PartOfValue, Subject::Name] {
            let regex = compiled(&many, Case::Counts, subject);
            assert_eq!(regex.0.captures_len(), 1, "{subject:?}");
            assert!(regex.is_match("aax") && !regex.is_match("aab"), "{subject:?}");
        }
        let named = |count: usize| {
            let group = |number: usize| format!("(?P<g{number}>a)?");
            compiled(&(0..count).map(group).collect::<String>(), Case::Counts, Subject::Name).cost()
        };
        // Each group is in each state, so they cost as the square of how many there are.
        assert!(named(10) < 100_000 && named(1000) > 20_000_000);
    }

    proptest! {
        /// The engines that are left out change no answer, and neither does the way of compiling.
        #[test]
        fn each_agrees_with_the_regex_crate(
            text in prop::sample::select(vec![
                "[0-9]{3}", "a|bc", "^a|b$", "(?i)k+", "(a|ab)(c|bcd)?", r"\bab", "(?P<x>a*)b?", "é*", "",
                r"(?m)^a$", "(?s).b", r"\w+-\w+",
            ]),
            value in "[a-dkKé0-2\n-]{0,5}", // no sign of kelvin: see above
            ignored in any::<bool>(),
        ) {
            let case = if ignored { Case::Ignored } else { Case::Counts };
            let other = |text: &str| {
                regex::RegexBuilder::new(text).case_insensitive(ignored).build().unwrap()
            };
            let whole = other(&format!(r"\A(?:{text})\z")).is_match(&value);
            let part = other(text).is_match(&value);
            prop_assert_eq!(compiled(text, case, Subject::Value).is_match(&value), whole);
            prop_assert_eq!(compiled(text, case, Subject::Name).is_match(&value), whole);
            prop_assert_eq!(compiled(text, case, Subject::Name).groups(&value).is_some(), whole);
            prop_assert_eq!(compiled(text, case, Subject::PartOfValue).is_match(&value), part);
        }
    }
}
