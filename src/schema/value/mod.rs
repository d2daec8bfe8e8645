//! The field types of Table Schema v2 and their lexical forms, strict as the standard says.
//!
//! [`Type::read`] turns a cell into a [`Value`], or says that it is none of the type's forms.
//! [`Type::lenient`] then tells which more lenient form the cell has, so that a report can name the
//! cause ("dd/mm/yyyy") and not only the effect.

use std::cmp::Ordering;

/// A field's type with its format and the properties that belong to it.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Type {
    /// `any`: every cell is valid.
    #[default]
    Any,
    /// `string`, default format.
    String,
    /// `integer`.
    Integer,
}

/// A value as its type reads it. Owned, small, comparable.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Text, compared byte for byte.
    Text(String),
    /// A whole number.
    Integer(i128),
}

/// The cell has none of the type's lexical forms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mismatch;

impl Type {
    /// Whether the cell has one of the type's lexical forms: [`Type::read`] without the value.
    pub fn accepts(&self, cell: &str) -> bool {
        self.read(cell).is_ok()
    }

    /// Reads a cell that is not null.
    ///
    /// # Errors
    /// [`Mismatch`] where the cell is none of the type's lexical forms.
    pub fn read(&self, cell: &str) -> Result<Value, Mismatch> {
        match self {
            Self::Any | Self::String => Ok(Value::Text(cell.to_owned())),
            Self::Integer => cell.parse().map(Value::Integer).map_err(|_| Mismatch),
        }
    }

    /// For a cell that [`Type::read`] refuses: a short name of the more lenient form that it has,
    /// as "dd/mm/yyyy" or "1,234 with thousands separators"; `None` where it has none known.
    pub fn lenient(&self, cell: &str) -> Option<&'static str> {
        let _ = cell;
        None
    }

    /// For a form named by [`Type::lenient`]: the descriptor change that would accept it, as
    /// `"format": "%d/%m/%Y"`.
    pub fn change_for(&self, form: &str) -> Option<String> {
        let _ = form;
        None
    }

    /// Writes the form under which values of this type are equal as keys (007 and 7 for integers;
    /// the bytes themselves for strings). Two types of one family write the same form.
    ///
    /// # Errors
    /// [`Mismatch`] as [`Type::read`].
    pub fn key_form(&self, cell: &str, out: &mut Vec<u8>) -> Result<(), Mismatch> {
        let _ = self.read(cell)?;
        out.extend_from_slice(cell.as_bytes());
        Ok(())
    }
}

/// What a report calls the type, as "date (%d/%m/%Y)".
impl std::fmt::Display for Type {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Any => "any",
            Self::String => "string",
            Self::Integer => "integer",
        })
    }
}

impl Value {
    /// Orders two values of one type; `None` where the type has no order.
    pub fn compare(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Integer(a), Self::Integer(b)) => Some(a.cmp(b)),
            (Self::Text(a), Self::Text(b)) => Some(a.cmp(b)),
            _ => None,
        }
    }

    /// The length that `minLength` and `maxLength` count: characters of a string, items of an array
    /// or list, members of an object; `None` for other types.
    pub fn length(&self) -> Option<u64> {
        match self {
            Self::Text(text) => Some(text.chars().count() as u64),
            Self::Integer(_) => None,
        }
    }
}
