//! UTF-16 on its way through the cutter: what is looked at is its text in UTF-8, what is handed on
//! are the bytes as delivered, and each place in the text has its place in the bytes.
//!
//! The way back needs no table: a character of up to three bytes in UTF-8 has one unit of two bytes
//! in UTF-16, one of four bytes has two units. What is no character (half of a surrogate pair) is
//! one unit, and becomes U+FFFD, which is one unit too. Only at the end of a file may an odd byte be
//! left over; it belongs to the last record.

use encoding_rs::{Decoder, DecoderResult};

/// The order of the bytes in a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Little end first.
    Little,
    /// Big end first.
    Big,
}

/// How many bytes of UTF-16 a text has.
pub fn length(text: &[u8]) -> usize {
    // A loop without a jump in it is done many bytes at once.
    let units = |&byte: &u8| usize::from(byte & 0xC0 != 0x80) + usize::from(byte >= 0xF0);
    2 * text.iter().map(units).sum::<usize>()
}

/// Whether bytes at the beginning of a file are UTF-16: told by its mark, or by the zeros that most
/// of its text has. The second part says that there is a mark.
pub fn detect(bytes: &[u8]) -> Option<(Order, bool)> {
    match bytes {
        // This is UTF-32, or UTF-16 that begins with a NUL: neither is a table.
        [0xFF, 0xFE, 0, 0, ..] => return None,
        [0xFF, 0xFE, ..] => return Some((Order::Little, true)),
        [0xFE, 0xFF, ..] => return Some((Order::Big, true)),
        _ => {}
    }
    let (pairs, _) = bytes.as_chunks::<2>();
    let zeros = |at: usize| pairs.iter().filter(|pair| pair[at] == 0).count();
    let (even, odd) = (zeros(0), zeros(1));
    let is = |these: usize, others: usize| {
        pairs.len() >= 4 && these * 10 >= pairs.len() * 6 && others * 10 < pairs.len()
    };
    if is(odd, even) {
        Some((Order::Little, false))
    } else if is(even, odd) {
        Some((Order::Big, false))
    } else {
        None
    }
}

/// Whether bytes at the beginning of a file are UTF-32, with a mark or without: each four of them are
/// a character. (No other text is so: of UTF-16 a unit would have to be zero in every second place.)
pub fn is_utf32(bytes: &[u8]) -> bool {
    let (quads, _) = bytes.as_chunks::<4>();
    let is = |read: fn([u8; 4]) -> u32| {
        quads.iter().all(|&quad| read(quad) != 0 && char::from_u32(read(quad)).is_some())
    };
    let marked = bytes.starts_with(&[0xFF, 0xFE, 0, 0]) || bytes.starts_with(&[0, 0, 0xFE, 0xFF]);
    let enough = if marked { 1 } else { 4 };
    quads.len() >= enough && (is(u32::from_le_bytes) || is(u32::from_be_bytes))
}

/// The text of the first bytes of a file. A character that is cut in two at their end is left out.
pub fn text(bytes: &[u8], order: Order) -> String {
    let mut text = Vec::new();
    Utf16::new(order).decode(bytes, false, &mut text);
    String::from_utf8_lossy(&text).into_owned()
}

/// Decodes what comes, piece by piece.
pub(super) struct Utf16 {
    decoder: Decoder,
    /// Bytes as delivered that were not handed on yet.
    delivered: Vec<u8>,
    start: usize,
    /// How many bytes of text there were before those at hand.
    before: u64,
    /// Where, in all the text, something is no character.
    malformed: Vec<u64>,
    /// How much text was decoded.
    decoded: u64,
}

impl Utf16 {
    pub(super) fn new(order: Order) -> Self {
        let encoding = match order {
            Order::Little => encoding_rs::UTF_16LE,
            Order::Big => encoding_rs::UTF_16BE,
        };
        Self {
            decoder: encoding.new_decoder_without_bom_handling(),
            delivered: Vec::new(),
            start: 0,
            before: 0,
            malformed: Vec::new(),
            decoded: 0,
        }
    }

    /// Decodes the next bytes, behind `text`; `last` says that the file ends with them.
    pub(super) fn decode(&mut self, bytes: &[u8], last: bool, text: &mut Vec<u8>) {
        if self.start > 0 {
            self.delivered.drain(..self.start);
            self.start = 0;
        }
        self.delivered.extend_from_slice(bytes);
        let mut rest = bytes;
        loop {
            let length = text.len();
            // Three bytes a unit is the most; a few more for what was left over before.
            let room = rest.len() / 2 * 3 + 16;
            text.resize(length + room, 0);
            let into = text.get_mut(length..).unwrap_or_default();
            let (result, read, written) =
                self.decoder.decode_to_utf8_without_replacement(rest, into, last);
            text.truncate(length + written);
            self.decoded += written as u64;
            rest = rest.get(read..).unwrap_or_default();
            match result {
                DecoderResult::InputEmpty => return,
                DecoderResult::OutputFull => {}
                DecoderResult::Malformed(..) => {
                    self.malformed.push(self.decoded);
                    text.extend_from_slice("\u{FFFD}".as_bytes());
                    self.decoded += 3;
                }
            }
        }
    }

    /// Takes the bytes that a text stands for, into `delivered`; `whole`: the file ends with it.
    /// Gives the text's own places where something is no character.
    pub(super) fn take(&mut self, text: &[u8], whole: bool, delivered: &mut Vec<u8>) -> Vec<u32> {
        let rest = self.delivered.get(self.start..).unwrap_or_default();
        let taken = if whole { rest.len() } else { length(text).min(rest.len()) };
        delivered.extend_from_slice(rest.get(..taken).unwrap_or_default());
        self.start += taken;
        let end = self.before + text.len() as u64;
        let count = self.malformed.partition_point(|&at| at < end);
        let before = self.before;
        let malformed = self.malformed.drain(..count).map(|at| at.saturating_sub(before) as u32);
        let malformed = malformed.collect();
        self.before = end;
        malformed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_mark_or_zeros_tell() {
        let wide =
            |text: &str| -> Vec<u8> { text.encode_utf16().flat_map(u16::to_le_bytes).collect() };
        assert_eq!(detect(b"\xFF\xFEa\0"), Some((Order::Little, true)));
        assert_eq!(detect(b"\xFE\xFF\0a"), Some((Order::Big, true)));
        assert_eq!(detect(&wide("id,name\r\n1,Zoë\r\n")), Some((Order::Little, false)));
        let big: Vec<u8> = "id,name\n".encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(detect(&big), Some((Order::Big, false)));
        for other in [&b""[..], b"id,name\n1,a\n", &[0; 100], b"\xFF\xFE\0\0a\0\0\0", b"a\0"] {
            assert_eq!(detect(other), None, "{other:?}");
        }
    }

    #[test]
    fn text_in_four_bytes_a_character_is_told_from_other_text() {
        let little = |text: &str| -> Vec<u8> {
            text.chars().flat_map(|c| u32::from(c).to_le_bytes()).collect()
        };
        let big = |text: &str| -> Vec<u8> {
            text.chars().flat_map(|c| u32::from(c).to_be_bytes()).collect()
        };
        for text in ["\u{FEFF}id", "id,name\n", "é😀€\n"] {
            assert!(is_utf32(&little(text)) && is_utf32(&big(text)), "{text:?}");
        }
        for other in [&b""[..], b"id,name\n1,a\n", &[0; 100], b"\xFF\xFE\0", b"i\0d\0,\0n\0a\0"] {
            assert!(!is_utf32(other), "{other:?}");
        }
    }

    proptest! {
        #[test]
        fn each_place_in_the_text_has_its_place_in_the_bytes(
            units in prop::collection::vec(
                prop_oneof![
                    prop::sample::select(vec![0x61u16, 0x0A, 0xE9, 0x20AC, 0xD83D, 0xDE00, 0xFEFF]),
                    any::<u16>(),
                ],
                0..60,
            ),
            odd in any::<bool>(), pieces in prop::collection::vec(1usize..9, 1..60),
        ) {
            let mut bytes: Vec<u8> = units.iter().flat_map(|unit| unit.to_be_bytes()).collect();
            bytes.extend(odd.then_some(b'x'));
            let mut utf16 = Utf16::new(Order::Big);
            let mut text = Vec::new();
            let mut rest = bytes.as_slice();
            for piece in pieces {
                let (now, later) = rest.split_at(piece.min(rest.len()));
                utf16.decode(now, false, &mut text);
                rest = later;
            }
            utf16.decode(rest, true, &mut text);
            let told = String::from_utf16_lossy(&units);
            let text = std::str::from_utf8(&text).unwrap();
            // An odd byte at the end, alone or after half a pair, is one thing that is no character.
            let half = odd && units.last().is_some_and(|unit| (0xD800..0xDC00).contains(unit));
            let expected = match (odd, half) {
                (true, false) => format!("{told}\u{FFFD}"),
                _ => told,
            };
            prop_assert_eq!(text, &expected);
            let mut delivered = Vec::new();
            let characters: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
            for pair in characters.windows(2) {
                let before = delivered.len();
                prop_assert_eq!(before, length(&text.as_bytes()[..pair[0]]));
                utf16.take(&text.as_bytes()[pair[0]..pair[1]], false, &mut delivered);
            }
            let tail = characters.last().copied().unwrap_or(0);
            utf16.take(&text.as_bytes()[tail..], true, &mut delivered);
            prop_assert_eq!(delivered, bytes);
        }
    }
}
