//! `boolean`: the words of `trueValues` and `falseValues`, byte for byte.

use std::collections::BTreeSet;
use std::fmt;

/// The words that mean true and false.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BooleanFormat {
    true_values: Vec<String>,
    false_values: Vec<String>,
    /// All of them, sorted, with what they mean.
    words: Vec<(String, bool)>,
}

impl Default for BooleanFormat {
    fn default() -> Self {
        let owned = |words: [&str; 4]| words.map(str::to_owned).to_vec();
        Self::of(owned(["true", "True", "TRUE", "1"]), owned(["false", "False", "FALSE", "0"]))
    }
}

impl BooleanFormat {
    /// The words of `trueValues` and `falseValues`.
    ///
    /// # Errors
    /// Says what to write where a word is in both lists, or both lists are empty.
    pub fn new(true_values: Vec<String>, false_values: Vec<String>) -> Result<Self, String> {
        let no: BTreeSet<&String> = false_values.iter().collect();
        if let Some(word) = true_values.iter().find(|word| no.contains(word)) {
            return Err(format!(
                "{word:?} is in trueValues and in falseValues; leave it in one of them"
            ));
        }
        if true_values.is_empty() && false_values.is_empty() {
            return Err("trueValues and falseValues are both empty; write the words used, as \
                        [\"Y\"] and [\"N\"]"
                .into());
        }
        Ok(Self::of(true_values, false_values))
    }

    fn of(true_values: Vec<String>, false_values: Vec<String>) -> Self {
        let meaning = |words: &[String], means: bool| {
            words.iter().map(move |word| (word.clone(), means)).collect::<Vec<_>>()
        };
        let mut words = meaning(&true_values, true);
        words.extend(meaning(&false_values, false));
        words.sort_unstable();
        Self { true_values, false_values, words }
    }

    /// `trueValues`. Default: `true`, `True`, `TRUE`, `1`.
    pub fn true_values(&self) -> &[String] {
        &self.true_values
    }

    /// `falseValues`. Default: `false`, `False`, `FALSE`, `0`.
    pub fn false_values(&self) -> &[String] {
        &self.false_values
    }

    /// Reads a cell; `None` where it is neither word.
    pub(super) fn read(&self, cell: &str) -> Option<bool> {
        let at = self.words.binary_search_by(|(word, _)| word.as_str().cmp(cell)).ok()?;
        self.words.get(at).map(|(_, means)| *means)
    }
}

impl fmt::Display for BooleanFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::default() {
            return Ok(());
        }
        write!(f, " ({} / {})", self.true_values.join(", "), self.false_values.join(", "))
    }
}
