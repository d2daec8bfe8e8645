//! `boolean`: the words of `trueValues` and `falseValues`, byte for byte.

use std::fmt;

/// The words that mean true and false.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BooleanFormat {
    true_values: Vec<String>,
    false_values: Vec<String>,
}

impl Default for BooleanFormat {
    fn default() -> Self {
        let owned = |words: [&str; 4]| words.map(str::to_owned).to_vec();
        Self {
            true_values: owned(["true", "True", "TRUE", "1"]),
            false_values: owned(["false", "False", "FALSE", "0"]),
        }
    }
}

impl BooleanFormat {
    /// The words of `trueValues` and `falseValues`.
    ///
    /// # Errors
    /// Says what to write where a word is in both lists, or both lists are empty.
    pub fn new(true_values: Vec<String>, false_values: Vec<String>) -> Result<Self, String> {
        if let Some(word) = true_values.iter().find(|word| false_values.contains(word)) {
            return Err(format!(
                "{word:?} is in trueValues and in falseValues; leave it in one of them"
            ));
        }
        if true_values.is_empty() && false_values.is_empty() {
            return Err("trueValues and falseValues are both empty; write the words used, as \
                        [\"Y\"] and [\"N\"]"
                .into());
        }
        Ok(Self { true_values, false_values })
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
        if self.true_values.iter().any(|word| word == cell) {
            Some(true)
        } else if self.false_values.iter().any(|word| word == cell) {
            Some(false)
        } else {
            None
        }
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
