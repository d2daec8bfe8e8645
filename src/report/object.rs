//! Writes a JSON object member by member, so that long lists need not be held in memory.
//!
//! Characters that a terminal or an editor would obey are written as escapes: the report says the
//! same to a program, and does nothing to a person who looks at it.

use crate::finding::message::is_invisible;
use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter, Serializer};
use std::io::{self, Write};

/// An object that is being written: one member a line, lists of findings one element a line.
pub(super) struct Object<'w> {
    out: &'w mut dyn Write,
    indent: usize,
    is_empty: bool,
}

impl<'w> Object<'w> {
    /// Begins an object whose closing brace stands `indent` double blanks from the left.
    pub(super) fn begin(out: &'w mut dyn Write, indent: usize) -> io::Result<Self> {
        out.write_all(b"{")?;
        Ok(Self { out, indent, is_empty: true })
    }

    /// Writes a key; its value is to follow on [`Object::out`].
    pub(super) fn key(&mut self, name: &str) -> io::Result<()> {
        let end = if self.is_empty { "" } else { "," };
        self.is_empty = false;
        write!(self.out, "{end}\n{:width$}", "", width = 2 * (self.indent + 1))?;
        write_value(self.out, name)?;
        self.out.write_all(b": ")
    }

    /// Where a value is written after [`Object::key`].
    pub(super) fn out(&mut self) -> &mut dyn Write {
        self.out
    }

    /// Writes a member.
    pub(super) fn field<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> io::Result<()> {
        self.key(name)?;
        write_value(self.out, value)
    }

    /// Writes a list, one element a line.
    pub(super) fn elements<T: Serialize>(
        &mut self,
        name: &str,
        elements: impl Iterator<Item = T>,
    ) -> io::Result<()> {
        self.key(name)?;
        self.out.write_all(b"[")?;
        let mut any = false;
        for element in elements {
            let end = if any { "," } else { "" };
            write!(self.out, "{end}\n{:width$}", "", width = 2 * (self.indent + 2))?;
            write_value(self.out, &element)?;
            any = true;
        }
        if any {
            write!(self.out, "\n{:width$}", "", width = 2 * (self.indent + 1))?;
        }
        self.out.write_all(b"]")
    }

    /// Ends the object; what follows is written on the output that is given back.
    pub(super) fn end(self) -> io::Result<&'w mut dyn Write> {
        write!(self.out, "\n{:width$}}}", "", width = 2 * self.indent)?;
        Ok(self.out)
    }
}

pub(super) fn write_value<T: Serialize + ?Sized>(out: &mut dyn Write, value: &T) -> io::Result<()> {
    value.serialize(&mut Serializer::with_formatter(out, Harmless))?;
    Ok(())
}

/// The compact form, with escapes for what JSON itself would leave as it is: DEL, C1 control
/// characters, marks of writing direction and other invisible characters.
struct Harmless;

impl Formatter for Harmless {
    fn write_string_fragment<W: Write + ?Sized>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let acts = |c: char| c.is_control() || is_invisible(c);
        let mut rest = fragment;
        while let Some((at, c)) = rest.char_indices().find(|(_, c)| acts(*c)) {
            let (before, after) = rest.split_at(at);
            CompactFormatter.write_string_fragment(writer, before)?;
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(writer, "\\u{unit:04x}")?;
            }
            rest = after.get(c.len_utf8()..).unwrap_or_default();
        }
        CompactFormatter.write_string_fragment(writer, rest)
    }
}
