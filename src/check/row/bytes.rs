//! What is wrong with the bytes of a row, whatever they mean.

use super::{Around, Checked, Row, Worker};
use crate::check::tally::RowSlot;
use crate::finding::{Facts, Place};
use crate::schema::Encoding;
use crate::source::block::Block;
use memchr::memmem;

/// What a block's rows are to be looked at for: most blocks need none of it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Suspicion {
    encoding: bool,
    nul: bool,
    control: bool,
    mojibake: bool,
}

/// Text that was UTF-8, was taken for Windows-1252, and was written as UTF-8 again: how its marks
/// begin. "Ã" and "Â" before a character that no text has there, "â€", and the replacement
/// character, which stands where something was lost before.
const MOJIBAKE: [&[u8]; 4] =
    [b"\xC3\x83\xC2", b"\xC3\x82\xC2", b"\xC3\xA2\xE2\x82\xAC", b"\xEF\xBF\xBD"];

/// Control characters that no text has: all but tab, line feed and carriage return; NUL is told by
/// itself.
fn is_control(byte: u8) -> bool {
    (byte < 0x20 && !matches!(byte, 0 | b'\t' | b'\n' | b'\r')) || byte == 0x7F
}

/// Whether any of [`MOJIBAKE`] is in there: by their first bytes, which few characters begin with,
/// since to look for each by itself is to read all four times.
fn has_mojibake(bytes: &[u8]) -> bool {
    memchr::memchr2_iter(0xC3, 0xEF, bytes).any(|at| {
        let rest = bytes.get(at..).unwrap_or_default();
        MOJIBAKE.iter().any(|mark| rest.starts_with(mark))
    })
}

impl Suspicion {
    /// Looks at a whole block; `is_text` says that it is valid UTF-8.
    pub(super) fn of(block: &Block, encoding: Encoding, is_text: bool) -> Self {
        let bytes = block.bytes.as_slice();
        let utf8 = encoding == Encoding::Utf8;
        // Without a jump in it, the loop is done many bytes at once: as many as there can be.
        let any = pulp::Arch::new().dispatch(
            #[inline(always)]
            || bytes.iter().fold(false, |any, &byte| any | is_control(byte) | (byte == 0)),
        );
        Self {
            encoding: (utf8 && !is_text) || !block.malformed().is_empty(),
            nul: any && memchr::memchr(0, bytes).is_some(),
            control: any && bytes.iter().any(|&byte| is_control(byte)),
            mojibake: utf8 && !bytes.is_ascii() && has_mojibake(bytes),
        }
    }

    fn any(self) -> bool {
        self.encoding || self.nul || self.control || self.mojibake
    }
}

impl Worker {
    /// Counts what is wrong with the bytes of a row, each kind once.
    pub(super) fn bytes(
        &self,
        checked: &mut Checked,
        suspicion: Suspicion,
        around: &Around<'_>,
        row: Row,
    ) {
        if !suspicion.any() {
            return;
        }
        let record = around.bytes(row);
        let mut tell = |slot: RowSlot, word: &str, offset: Option<usize>| {
            if let Some(offset) = offset {
                let byte = around.byte_at(row, row.start as usize + offset);
                let fact = Facts::Text(format!("{word} byte {byte}"));
                self.count_row(checked, slot, around, row, fact);
            }
        };
        if suspicion.nul {
            tell(RowSlot::NulByte, "at", memchr::memchr(0, record));
        }
        let half = around.malformed_in(row.start..row.end);
        if suspicion.encoding {
            let half = half.map(|at| (at - row.start) as usize);
            let bad = || std::str::from_utf8(record).err().map(|error| error.valid_up_to());
            tell(RowSlot::EncodingError, "near", half.or_else(bad));
        }
        if suspicion.control {
            let at = record.iter().position(|&byte| is_control(byte));
            tell(RowSlot::ControlCharacter, "at", at);
        }
        // What stands there for half a character was just put there.
        if suspicion.mojibake && half.is_none() {
            let at = MOJIBAKE.iter().filter_map(|mark| memmem::find(record, mark)).min();
            tell(RowSlot::Mojibake, "at", at);
        }
    }
}

/// How the records of a file end: how many so, and the first of them.
#[derive(Debug, Default, Clone, Copy)]
pub(in crate::check) struct LineEnds {
    /// With CR and LF.
    pub(in crate::check) both: Counted,
    /// With LF alone.
    pub(in crate::check) feed: Counted,
    /// With CR alone.
    pub(in crate::check) carriage: Counted,
}

/// A number, and the first.
#[derive(Debug, Default, Clone, Copy)]
pub(in crate::check) struct Counted {
    pub(in crate::check) count: u64,
    pub(in crate::check) first: Option<Place>,
}

impl LineEnds {
    /// Counts the end of a record.
    pub(super) fn add(&mut self, around: &Around<'_>, row: Row) {
        let record = around.bytes(row);
        let kind = if record.ends_with(b"\r\n") {
            &mut self.both
        } else if record.ends_with(b"\n") {
            &mut self.feed
        } else if record.ends_with(b"\r") {
            &mut self.carriage
        } else {
            return;
        };
        kind.count += 1;
        if kind.first.is_none() {
            kind.first = Some(around.place(row));
        }
    }

    /// Adds those of later blocks.
    pub(in crate::check) fn append(&mut self, later: Self) {
        for (into, from) in [
            (&mut self.both, later.both),
            (&mut self.feed, later.feed),
            (&mut self.carriage, later.carriage),
        ] {
            into.count += from.count;
            into.first = into.first.or(from.first);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn marks_are_found_by_their_first_bytes(
            bytes in prop::collection::vec(
                prop::sample::select(&b"a\xC3\x83\xC2\x82\xA2\xE2\xAC\xEF\xBF\xBD"[..]), 0..12),
        ) {
            let expected = MOJIBAKE.iter().any(|mark| memmem::find(&bytes, mark).is_some());
            prop_assert_eq!(has_mojibake(&bytes), expected);
        }
    }
}
