//! Tar archives, as POSIX.1-2001 (pax), ustar and GNU tar write them, read from front to back.
//!
//! [`Tape::advance`] gives the entries in the archive's order; between two calls the tape itself gives
//! the bytes of the entry at hand. The `tar` crate is not used for it, because it takes a long name
//! or a pax header into memory whatever length the archive states.
//!
//! **Invariant:** nothing is unpacked, no link is followed, and no stated size decides how much
//! memory is used.

use crate::archive::bytes::Span;
use crate::archive::entry::Fault;
use crate::finding::Code;
use std::io::{self, Read};

/// Bytes of a block: headers are one, contents are filled up to whole ones.
const BLOCK: usize = 512;

/// The longest GNU long name or pax header that is taken, in bytes.
const LONGEST_HEADER: u64 = 256 << 10;

/// Bytes that can be passed over faster than by reading them.
pub trait Skip: Read {
    /// Passes over `count` bytes, or those of them that there are, and says how many.
    ///
    /// # Errors
    /// Those of reading.
    fn skip(&mut self, count: u64) -> io::Result<u64>;
}

impl Skip for Span<'_> {
    fn skip(&mut self, count: u64) -> io::Result<u64> {
        Ok(self.advance(count))
    }
}

impl Skip for Box<dyn Read + '_> {
    fn skip(&mut self, count: u64) -> io::Result<u64> {
        io::copy(&mut self.by_ref().take(count), &mut io::sink())
    }
}

/// What an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A file with its bytes.
    File,
    /// A folder.
    Folder,
    /// A file whose bytes are not here as they are: sparse, or continued from another volume.
    Partial,
    /// A link or a device, which is never followed.
    Special,
}

/// An entry, as its header states it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TapeEntry {
    /// The name, without `./` before it and the slash that ends a folder's. Not safe.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// Bytes of its content as stated.
    pub size: u64,
    /// Where its header begins in the unpacked archive.
    pub header: u64,
    /// Where its content begins.
    pub data: u64,
    /// What the headers show to be wrong.
    pub wrong: Vec<(Code, &'static str)>,
}

/// A tar archive on its way past.
pub struct Tape<R> {
    input: R,
    /// Bytes taken from the input.
    at: u64,
    /// Bytes of the entry at hand that are still to come, and the filling behind them.
    left: u64,
    filling: u64,
    ended: bool,
}

/// What the headers before an entry's own say of it.
#[derive(Default)]
struct Extended {
    name: Option<Vec<u8>>,
    size: Option<u64>,
    sparse: bool,
    malformed: bool,
}

impl<R: Skip> Tape<R> {
    /// A tape at its beginning.
    pub fn new(input: R) -> Self {
        Self { input, at: 0, left: 0, filling: 0, ended: false }
    }

    /// How many bytes of the unpacked archive have passed.
    pub fn position(&self) -> u64 {
        self.at
    }

    /// Goes on to the next entry; `None` at the archive's end mark.
    ///
    /// # Errors
    /// Of kind `InvalidData` with a [`Fault`]: [`Fault::Cut`] where the archive is cut off,
    /// [`Fault::Header`] where a header is none. Others are the input's.
    pub fn advance(&mut self) -> io::Result<Option<TapeEntry>> {
        if self.ended {
            return Ok(None);
        }
        let rest = self.left + self.filling;
        (self.left, self.filling) = (0, 0);
        self.pass(rest)?;
        let mut extended = Extended::default();
        let header = self.at;
        loop {
            let Some(block) = self.block()? else {
                self.ended = true;
                return Ok(None);
            };
            let size = number(field(&block, 124, 12)).ok_or_else(|| data(Fault::Header))?;
            match block[156] {
                b'L' => extended.name = Some(until_nul(&self.content(size)?)),
                b'K' => {
                    self.content(size)?;
                }
                b'x' | b'X' => extended.read(&self.content(size)?),
                // What holds for all entries is of times and owners; a name or size is not.
                b'g' => {
                    let mut all = Extended::default();
                    all.read(&self.content(size)?);
                    extended.malformed |= all.name.is_some() || all.size.is_some() || all.malformed;
                }
                b'V' => {
                    self.content(size)?;
                }
                kind => return self.entry(&block, kind, size, header, extended).map(Some),
            }
        }
    }

    fn entry(
        &mut self,
        block: &[u8; BLOCK],
        kind: u8,
        size: u64,
        header: u64,
        extended: Extended,
    ) -> io::Result<TapeEntry> {
        let mut wrong = Vec::new();
        let mut name = extended.name.unwrap_or_else(|| own_name(block));
        while let Some(rest) = name.strip_prefix(b"./") {
            name = rest.to_vec();
        }
        let by_slash = name.last() == Some(&b'/');
        if by_slash {
            name.pop();
        }
        let name = String::from_utf8(name).unwrap_or_else(|error| {
            wrong.push((Code::AmbiguousArchive, "a name is not UTF-8, so its letters are unknown"));
            String::from_utf8_lossy(error.as_bytes()).into_owned()
        });
        let kind = match kind {
            b'0' | 0 | b'7' if by_slash => Kind::Folder,
            b'0' | 0 | b'7' if extended.sparse => Kind::Partial,
            b'0' | 0 | b'7' => Kind::File,
            b'5' | b'D' => Kind::Folder,
            b'S' | b'M' => Kind::Partial,
            _ => Kind::Special,
        };
        let size = extended.size.unwrap_or(size);
        let has_content = matches!(kind, Kind::File | Kind::Partial);
        let text = match (kind, block[156]) {
            (Kind::Special, b'1' | b'2') => Some((Code::UnsafePath, "an entry is a link")),
            (Kind::Special, _) => Some((Code::UnsafePath, "an entry is no file and no folder")),
            (Kind::Partial, b'M') => {
                Some((Code::UnreadableArchive, "an entry goes on in another volume of the archive"))
            }
            (Kind::Partial, _) => {
                Some((Code::UnreadableArchive, "an entry is stored as a sparse file, in pieces"))
            }
            _ => None,
        };
        wrong.extend(text);
        if !has_content && size > 0 {
            let text = "an entry that is no file states a size, which programs treat differently";
            wrong.push((Code::AmbiguousArchive, text));
        }
        if extended.malformed {
            let text = "the extended header of an entry is malformed";
            wrong.push((Code::AmbiguousArchive, text));
        }
        if has_content || block[156] == b'1' {
            // Contents beyond what can be counted are no contents.
            self.filling = (BLOCK as u64 - size % BLOCK as u64) % BLOCK as u64;
            self.left = size;
            if size.checked_add(self.filling).and_then(|all| all.checked_add(self.at)).is_none() {
                return Err(data(Fault::Header));
            }
        }
        Ok(TapeEntry { name, kind, size, header, data: self.at, wrong })
    }

    /// The next header, or `None` at the end mark: two blocks of zeros.
    fn block(&mut self) -> io::Result<Option<[u8; BLOCK]>> {
        let block = self.whole_block()?;
        if block.iter().any(|&byte| byte != 0) {
            return if is_header(&block) { Ok(Some(block)) } else { Err(data(Fault::Header)) };
        }
        let second = self.whole_block()?;
        match second.iter().all(|&byte| byte == 0) {
            true => Ok(None),
            false => Err(data(Fault::Header)),
        }
    }

    fn whole_block(&mut self) -> io::Result<[u8; BLOCK]> {
        let mut block = [0; BLOCK];
        let mut filled = 0;
        while let Some(room) = block.get_mut(filled..).filter(|room| !room.is_empty()) {
            match self.input.read(room) {
                Ok(0) => return Err(data(Fault::Cut)),
                Ok(read) => filled += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        self.at += BLOCK as u64;
        Ok(block)
    }

    /// The content of a header that belongs to the next entry.
    fn content(&mut self, size: u64) -> io::Result<Vec<u8>> {
        if size > LONGEST_HEADER {
            return Err(data(Fault::Limit));
        }
        let mut content = Vec::new();
        let read = self.input.by_ref().take(size).read_to_end(&mut content)? as u64;
        self.at += read;
        if read < size {
            return Err(data(Fault::Cut));
        }
        self.pass((BLOCK as u64 - size % BLOCK as u64) % BLOCK as u64)?;
        Ok(content)
    }

    /// Passes over bytes that must be there.
    fn pass(&mut self, count: u64) -> io::Result<()> {
        let passed = self.input.skip(count)?;
        self.at += passed;
        if passed < count { Err(data(Fault::Cut)) } else { Ok(()) }
    }

    /// Reads what follows the end mark, and says whether there is anything but zeros.
    ///
    /// # Errors
    /// Those of the input.
    pub fn has_more(&mut self) -> io::Result<bool> {
        let mut buffer = vec![0; 64 << 10];
        loop {
            match self.input.read(&mut buffer) {
                Ok(0) => return Ok(false),
                Ok(read) if buffer.iter().take(read).any(|&byte| byte != 0) => return Ok(true),
                Ok(read) => self.at += read as u64,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}

impl<R: Read> Read for Tape<R> {
    /// The bytes of the entry at hand; a [`Fault::Cut`] where the archive ends before them.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        let room = buffer.get_mut(..most).unwrap_or_default();
        if room.is_empty() {
            return Ok(0);
        }
        let read = self.input.read(room)?;
        if read == 0 {
            return Err(data(Fault::Cut));
        }
        self.at += read as u64;
        self.left -= read as u64;
        Ok(read)
    }
}

impl Extended {
    /// Reads pax records, "LENGTH KEY=VALUE\n" each.
    fn read(&mut self, mut content: &[u8]) {
        while !content.is_empty() {
            let Some((key, value, rest)) = record(content) else {
                self.malformed = true;
                return;
            };
            match key {
                b"path" => self.name = Some(value.to_vec()),
                b"size" => {
                    self.size = std::str::from_utf8(value).ok().and_then(|text| text.parse().ok());
                    self.malformed |= self.size.is_none();
                }
                _ if key.starts_with(b"GNU.sparse.") => self.sparse = true,
                _ => {}
            }
            content = rest;
        }
    }
}

/// The first pax record: key, value, and what follows it.
fn record(content: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let space = content.iter().position(|&byte| byte == b' ')?;
    let length: usize = std::str::from_utf8(content.get(..space)?).ok()?.parse().ok()?;
    let record = content.get(space + 1..length)?.strip_suffix(b"\n")?;
    let equals = record.iter().position(|&byte| byte == b'=')?;
    Some((record.get(..equals)?, record.get(equals + 1..)?, content.get(length..)?))
}

/// Whether 512 bytes are the header of an entry: their sum is the one they state.
pub fn is_header(block: &[u8]) -> bool {
    let Some(block) = block.first_chunk::<BLOCK>() else { return false };
    let Some(stated) = number(field(block, 148, 8)) else { return false };
    // The eight bytes of the sum itself count as spaces.
    let counted = |at: usize, byte: u8| if (148..156).contains(&at) { b' ' } else { byte };
    let bytes = block.iter().enumerate().map(|(at, &byte)| counted(at, byte));
    let unsigned: u64 = bytes.clone().map(u64::from).sum();
    // Some old writers added the bytes as signed numbers.
    let signed: i64 = bytes.map(|byte| i64::from(byte.cast_signed())).sum();
    stated == unsigned || i64::try_from(stated) == Ok(signed)
}

/// The name in an entry's own header, with the prefix that ustar has.
fn own_name(block: &[u8; BLOCK]) -> Vec<u8> {
    let name = until_nul(field(block, 0, 100));
    let prefix = until_nul(field(block, 345, 155));
    // GNU tar keeps times where ustar has the prefix, and says so by its magic.
    if field(block, 257, 6) != b"ustar\0" || prefix.is_empty() {
        return name;
    }
    [prefix, b"/".to_vec(), name].concat()
}

fn field(block: &[u8; BLOCK], at: usize, length: usize) -> &[u8] {
    block.get(at..at + length).unwrap_or_default()
}

fn until_nul(bytes: &[u8]) -> Vec<u8> {
    bytes.split(|&byte| byte == 0).next().unwrap_or_default().to_vec()
}

/// A number: octal digits, or, with the highest bit set, binary as GNU tar writes large ones.
fn number(field: &[u8]) -> Option<u64> {
    if let Some((first, rest)) = field.split_first()
        && *first == 0x80
    {
        return rest
            .iter()
            .try_fold(0_u64, |sum, &byte| sum.checked_mul(256).map(|sum| sum + u64::from(byte)));
    }
    let text = field.split(|&byte| byte == 0).next().unwrap_or_default().trim_ascii();
    text.iter().try_fold(0_u64, |sum, &byte| match byte {
        b'0'..=b'7' => sum.checked_mul(8).map(|sum| sum + u64::from(byte - b'0')),
        _ => None,
    })
}

fn data(fault: Fault) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, fault)
}
