//! `boolean`: the words of `trueValues` and `falseValues`, byte for byte.

use std::fmt;

/// The words that mean true and false.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BooleanFormat {
    /// `trueValues`. Default: `true`, `True`, `TRUE`, `1`.
    pub true_values: Vec<String>,
    /// `falseValues`. Default: `false`, `False`, `FALSE`, `0`.
    pub false_values: Vec<String>,
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
    /// Reads a cell; `None` where it is neither word. A word in both lists is true.
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
