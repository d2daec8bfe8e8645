//! `list`: values of one type between delimiters.

use super::number::{IntegerFormat, NumberFormat};
use super::pattern::TimeFormat;
use super::text::StringFormat;
use super::{Type, Value};
use std::fmt;

/// The type of a list's items, each in its default form: `itemType`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ItemType {
    /// `string`, the default.
    #[default]
    String,
    /// `integer`.
    Integer,
    /// `boolean`.
    Boolean,
    /// `number`.
    Number,
    /// `datetime`.
    Datetime,
    /// `date`.
    Date,
    /// `time`.
    Time,
}

/// How a list is written. An empty cell is a list without items; a space beside a delimiter belongs
/// to the item.
#[derive(Debug, Clone, PartialEq)]
pub struct ListFormat {
    delimiter: String,
    item: ItemType,
    /// `item` as a type, made once so that reading a cell makes nothing.
    kind: Box<Type>,
}

impl Default for ListFormat {
    fn default() -> Self {
        Self::with(",".to_owned(), ItemType::default())
    }
}

impl ListFormat {
    /// A list with this `delimiter` (the standard's default is a comma) and `itemType`.
    ///
    /// # Errors
    /// Says what to write where the delimiter is empty.
    pub fn new(delimiter: &str, item: ItemType) -> Result<Self, String> {
        if delimiter.is_empty() {
            return Err("delimiter is empty; write the characters between items, as \",\"".into());
        }
        Ok(Self::with(delimiter.to_owned(), item))
    }

    fn with(delimiter: String, item: ItemType) -> Self {
        let kind = Box::new(match item {
            ItemType::String => Type::String(StringFormat::Default),
            ItemType::Integer => Type::Integer(IntegerFormat::default()),
            ItemType::Boolean => Type::Boolean(super::BooleanFormat::default()),
            ItemType::Number => Type::Number(NumberFormat::default()),
            ItemType::Datetime => Type::Datetime(TimeFormat::Default),
            ItemType::Date => Type::Date(TimeFormat::Default),
            ItemType::Time => Type::Time(TimeFormat::Default),
        });
        Self { delimiter, item, kind }
    }

    /// `delimiter`.
    pub fn delimiter(&self) -> &str {
        &self.delimiter
    }

    /// `itemType`.
    pub fn item(&self) -> ItemType {
        self.item
    }

    pub(super) fn accepts(&self, cell: &str) -> bool {
        cell.is_empty() || cell.split(self.delimiter.as_str()).all(|item| self.kind.accepts(item))
    }

    pub(super) fn read(&self, cell: &str) -> Option<Vec<Value>> {
        if cell.is_empty() {
            return Some(Vec::new());
        }
        cell.split(self.delimiter.as_str()).map(|item| self.kind.read(item).ok()).collect()
    }
}

impl ItemType {
    /// The item type that a descriptor calls so; `None` where the standard has no such one.
    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "string" => Self::String,
            "integer" => Self::Integer,
            "boolean" => Self::Boolean,
            "number" => Self::Number,
            "datetime" => Self::Datetime,
            "date" => Self::Date,
            "time" => Self::Time,
            _ => return None,
        })
    }
}

impl fmt::Display for ListFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, " of {}", self.kind.name())?;
        if self.delimiter != "," {
            write!(f, " (delimiter {})", self.delimiter.escape_debug())?;
        }
        Ok(())
    }
}
