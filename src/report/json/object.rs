//! Writes a JSON object member by member, so that long lists need not be held in memory.

use serde::Serialize;
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
        serde_json::to_writer(&mut *self.out, name)?;
        self.out.write_all(b": ")
    }

    /// Where a value is written after [`Object::key`].
    pub(super) fn out(&mut self) -> &mut dyn Write {
        self.out
    }

    /// Writes a member.
    pub(super) fn field<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> io::Result<()> {
        self.key(name)?;
        serde_json::to_writer(&mut *self.out, value)?;
        Ok(())
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
            serde_json::to_writer(&mut *self.out, &element)?;
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
