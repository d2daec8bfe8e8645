//! The encoding of SSH's messages and keys (RFC 4251 §5): numbers of four bytes, the most
//! significant first, and strings that follow their length.

/// Reads what was encoded; `None` where the bytes end too early.
#[derive(Debug, Clone)]
pub(super) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The next `count` bytes as they are.
    pub(super) fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    /// A number.
    pub(super) fn number(&mut self) -> Option<u32> {
        Some(u32::from_be_bytes(self.take(4)?.try_into().ok()?))
    }

    /// A string.
    pub(super) fn string(&mut self) -> Option<&'a [u8]> {
        let length = usize::try_from(self.number()?).ok()?;
        self.take(length)
    }

    /// Whether nothing is left.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What is left.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.0
    }
}

/// Appends a string: its length and its bytes. Longer ones than four gigabytes, which nothing here
/// has, would be cut.
pub(super) fn put(out: &mut Vec<u8>, bytes: &[u8]) {
    let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_cut_off_is_not_read() {
        let mut bytes = Vec::new();
        put(&mut bytes, b"abc");
        put(&mut bytes, b"");
        let mut reader = Reader::new(&bytes);
        assert_eq!(reader.string(), Some(&b"abc"[..]));
        assert_eq!(reader.string(), Some(&b""[..]));
        assert!(reader.is_empty() && reader.string().is_none());
        for length in 0..7 {
            assert_eq!(Reader::new(&bytes[..length]).string(), None, "{length}");
        }
        assert_eq!(Reader::new(b"\xff\xff\xff\xffabc").string(), None);
    }
}
