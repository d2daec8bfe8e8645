//! Bits into bytes, the first bit the lowest (RFC 1951 §3.1.1).

/// Writes bits into a slice that is long enough; what does not fit is left out, and [`Bits::at`]
/// then stands behind the end.
#[derive(Debug)]
pub struct Bits<'a> {
    out: &'a mut [u8],
    at: usize,
    /// Bits not yet written, `count` of them.
    held: u64,
    count: u32,
}

impl<'a> Bits<'a> {
    /// Goes on at byte `at` of `out` with the bits that are left there, fewer than eight.
    pub fn new(out: &'a mut [u8], at: usize, left: Left) -> Self {
        Self { out, at, held: left.held, count: left.count }
    }

    /// Adds the lowest `length` bits of `value`, whose others are zero. Between two calls of
    /// [`Bits::flush`], at most 56 bits may be added.
    #[inline(always)]
    pub fn put(&mut self, value: u64, length: u32) {
        self.held |= value << (self.count & 63);
        self.count = self.count.wrapping_add(length);
    }

    /// Writes all whole bytes: eight are stored, and as many as are whole passed over.
    #[inline(always)]
    pub fn flush(&mut self) {
        if let Some(place) = self.out.get_mut(self.at..).and_then(<[u8]>::first_chunk_mut) {
            *place = self.held.to_le_bytes();
        }
        self.at = self.at.wrapping_add((self.count >> 3) as usize);
        self.held >>= self.count & 56;
        self.count &= 7;
    }

    /// Fills the last byte with zeros.
    pub fn align(&mut self) {
        self.flush();
        if self.count > 0 {
            self.count = 8;
            self.flush();
        }
    }

    /// Writes whole bytes, after [`Bits::align`].
    pub fn bytes(&mut self, bytes: &[u8]) {
        let end = self.at.saturating_add(bytes.len());
        if let Some(place) = self.out.get_mut(self.at..end) {
            place.copy_from_slice(bytes);
        }
        self.at = end;
    }

    /// How many bytes are whole, and the bits behind them.
    pub fn finish(mut self) -> (usize, Left) {
        self.flush();
        (self.at, Left { held: self.held, count: self.count })
    }
}

/// Bits that do not fill a byte yet.
#[derive(Debug, Clone, Copy, Default)]
pub struct Left {
    held: u64,
    count: u32,
}

impl Left {
    /// How many they are.
    pub const fn count(self) -> u64 {
        self.count as u64
    }

    /// How many bits a stored block takes until its first byte: three, and those that fill a byte.
    pub const fn until_stored(self) -> u64 {
        3 + (8 - (self.count as u64 + 3) % 8) % 8
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_go_on_where_they_were_left() {
        let mut out = [0; 24];
        let mut bits = Bits::new(&mut out, 0, Left::default());
        bits.put(0b101, 3);
        let (at, left) = bits.finish();
        assert_eq!((at, left.until_stored()), (0, 5));
        let mut bits = Bits::new(&mut out, at, left);
        bits.put(0xfff, 12);
        let (at, left) = bits.finish();
        assert_eq!((at, left.until_stored()), (1, 9));
        let mut bits = Bits::new(&mut out, at, left);
        bits.align();
        bits.bytes(b"ab");
        assert_eq!(bits.finish().0, 4);
        assert_eq!(out[..5], [0b1111_1101, 0b0111_1111, b'a', b'b', 0]);
    }

    #[test]
    fn as_many_bits_as_are_allowed_at_once() {
        let mut out = [0; 24];
        let mut bits = Bits::new(&mut out, 0, Left::default());
        bits.put(0x7f, 7);
        bits.put((1 << 56) - 1, 56);
        bits.flush();
        bits.put(1, 1);
        assert_eq!(bits.finish().0, 8);
        assert_eq!(out[..9], [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0]);
    }
}
