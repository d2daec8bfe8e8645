//! Values that a descriptor lists: looked up in time that hardly grows with their number.

use super::Bound;
use crate::schema::value::Type;
use std::ops::Deref;

/// Up to so many are gone through one by one.
const FEW: usize = 8;

/// Values under one type, in the descriptor's order.
#[derive(Debug, Clone, Default)]
pub struct Listed {
    bounds: Vec<Bound>,
    /// Their texts, sorted, where they are many.
    texts: Vec<String>,
    /// Forms under which equal values are equal, sorted, where they are many.
    keys: Vec<Vec<u8>>,
}

impl Listed {
    /// Whether a cell is one of them as written.
    pub fn has_text(&self, cell: &str) -> bool {
        match self.texts.is_empty() {
            true => self.bounds.iter().any(|bound| bound.text == cell),
            false => self.texts.binary_search_by(|text| text.as_str().cmp(cell)).is_ok(),
        }
    }

    /// Whether a cell is one of them, as written or by what it means.
    pub fn has(&self, kind: &Type, cell: &str) -> bool {
        if self.bounds.len() <= FEW {
            return self.bounds.iter().any(|bound| bound.text == cell)
                || (!self.bounds.is_empty()
                    && kind
                        .read(cell)
                        .is_ok_and(|value| self.bounds.iter().any(|bound| bound.value == value)));
        }
        if self.has_text(cell) {
            return true;
        }
        let mut key = Vec::new();
        let Ok(value) = kind.read(cell) else { return false };
        value.write_key(&mut key);
        self.keys.binary_search(&key).is_ok()
    }
}

impl From<Vec<Bound>> for Listed {
    fn from(bounds: Vec<Bound>) -> Self {
        let (mut texts, mut keys) = (Vec::new(), Vec::new());
        if bounds.len() > FEW {
            texts = bounds.iter().map(|bound| bound.text.clone()).collect();
            texts.sort_unstable();
            let key = |bound: &Bound| {
                let mut key = Vec::new();
                bound.value.write_key(&mut key);
                key
            };
            keys = bounds.iter().map(key).collect();
            keys.sort_unstable();
        }
        Self { bounds, texts, keys }
    }
}

impl Deref for Listed {
    type Target = [Bound];

    fn deref(&self) -> &[Bound] {
        &self.bounds
    }
}

impl<'a> IntoIterator for &'a Listed {
    type Item = &'a Bound;
    type IntoIter = std::slice::Iter<'a, Bound>;

    fn into_iter(self) -> Self::IntoIter {
        self.bounds.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::value::Value;

    #[test]
    fn few_and_many_are_looked_up_alike() {
        let kind = Type::Integer(Default::default());
        let bound = |number: usize| {
            let text = format!("{}", number * 3);
            Bound { value: kind.read(&text).unwrap(), text }
        };
        for many in [0, 1, FEW, FEW + 1, 1000] {
            let listed = Listed::from((0..many).map(bound).collect::<Vec<_>>());
            for number in 0..=many * 3 + 3 {
                let expected = number % 3 == 0 && number < many * 3;
                for text in [number.to_string(), format!("00{number}")] {
                    assert_eq!(listed.has(&kind, &text), expected, "{many}: {text}");
                }
            }
            assert!(!listed.has(&kind, "x") && !listed.has(&kind, ""));
            assert_eq!(listed.len(), many);
            assert!(listed.iter().all(|bound| matches!(bound.value, Value::Number(_))));
        }
    }
}
