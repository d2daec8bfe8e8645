//! The declared encoding of a file against its first bytes.

use super::opening::{Opening, PEEK};
use super::table::TablePlan;
use crate::finding::{Code, Facts, Group, Place, Severity};
use crate::schema::Encoding;
use crate::source::utf16::{self, Order};

impl Opening {
    /// Whether the file is none that is read as a table: UTF-32, or compressed under another name. That
    /// is one finding, and the file's rows are a gap.
    pub(super) fn is_no_table(&mut self, table: &TablePlan<'_>, member: u32, bytes: &[u8]) -> bool {
        let (code, text) = if utf16::is_utf32(bytes) {
            let text =
                "the file is UTF-32, four bytes a character, which is not read: ask for UTF-8";
            (Code::EncodingError, text)
        } else if bytes.starts_with(&[0x1F, 0x8B, 8]) {
            let text = "the file is compressed by gzip, which its name does not say: add .gz to it";
            (Code::UnreadableArchive, text)
        } else if bytes.starts_with(&[0x28, 0xB5, 0x2F, 0xFD]) {
            let text =
                "the file is compressed by zstd, which its name does not say: add .zst to it";
            (Code::UnreadableArchive, text)
        } else {
            return false;
        };
        self.unreadable(table, member, code, text.to_owned());
        true
    }

    /// Decides how the file is read; gives the order of the bytes where that is UTF-16. A file in
    /// another encoding than declared is a finding, and is read in the one that it has.
    pub(super) fn encoding(
        &mut self,
        table: &TablePlan<'_>,
        member: u32,
        bytes: &[u8],
    ) -> Option<Order> {
        let declared = match table.encoding {
            Encoding::Utf16Le => Some(Order::Little),
            Encoding::Utf16Be => Some(Order::Big),
            Encoding::Utf8 | Encoding::Windows1252 => None,
        };
        let is_text = !bytes.is_empty() && memchr::memchr(0, bytes).is_none();
        let (order, is) = match (declared, utf16::detect(bytes)) {
            // A mark has the last word: "utf-16" leaves the order open.
            (Some(_), Some((order, true))) => (Some(order), None),
            (Some(declared), Some((order, false))) => {
                (Some(order), (order != declared).then(|| name(order)))
            }
            (Some(_), None) if is_text => (None, Some("8-bit text")),
            (declared, None) => (declared, None),
            (None, Some((order, _))) => (Some(order), Some(name(order))),
        };
        self.encoding = match (order, table.encoding) {
            (None, Encoding::Windows1252) => Encoding::Windows1252,
            // Declared as UTF-16, which it is not: what is no UTF-8 then is most likely this.
            (None, Encoding::Utf16Le | Encoding::Utf16Be) if cannot_be_utf8(bytes) => {
                Encoding::Windows1252
            }
            _ => Encoding::Utf8,
        };
        if let Some(is) = is {
            let declared = match table.encoding {
                Encoding::Utf8 => "UTF-8",
                Encoding::Windows1252 => "Windows-1252",
                Encoding::Utf16Le => name(Order::Little),
                Encoding::Utf16Be => name(Order::Big),
            };
            let word = if table.declares_encoding { "declared is" } else { "the default is" };
            let text = format!("the file is {is}, {word} {declared}; it was read as what it is");
            let place = Place { file: Some(member), byte: Some(0), ..Place::default() };
            let facts = Facts::Text(text);
            let mut group = Group::single(Code::EncodingError, Some(table.resource), facts, place);
            if !table.declares_encoding {
                group.severity = Severity::Warning;
            }
            self.found.push(group);
        }
        order
    }
}

/// Whether the first bytes of a file, of which the last may be cut in two, are no UTF-8.
fn cannot_be_utf8(bytes: &[u8]) -> bool {
    match std::str::from_utf8(bytes) {
        Ok(_) => false,
        Err(error) => error.error_len().is_some() || bytes.len() < PEEK,
    }
}

/// UTF-16 in words.
fn name(order: Order) -> &'static str {
    match order {
        Order::Little => "UTF-16 with the little end first",
        Order::Big => "UTF-16 with the big end first",
    }
}
