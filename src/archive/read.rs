//! Reads any zip archive, strictly: what two readers could take differently is a finding.
//!
//! Findings are `ambiguous-archive`, `unsafe-path`, `archive-limit`, `encrypted-file`,
//! `unreadable-archive` and `name-collision`. A place's `file` is the entry's index in
//! [`Archive::entries`], its `byte` an offset in the archive.
//!
//! **Invariant:** nothing is extracted, no name is followed, and no size or count that the archive
//! states decides how much memory is used.

use crate::archive::bytes::{Bytes, Window};
use crate::archive::directory::{self, Central};
use crate::archive::findings::Findings;
use crate::archive::header::{self, DosTime, FLAG_UTF8, Method};
use crate::archive::local::{FLAG_DESCRIPTOR, compare_local, descriptor_length, read_local};
use crate::archive::{names, write};
use crate::error::Result;
use crate::finding::{Code, Group};
use crate::path::{MemberPath, PathFault};
use std::io::Read;
use std::path::Path;

pub use crate::archive::entry::{EntryReader, Fault};

/// What is not read beyond.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Entries; 100,000 unless changed. More are counted, not read.
    pub entries: u64,
    /// Bytes of all names together; 256 MiB unless changed.
    pub names: u64,
    /// Bytes of all entries together by what is stated, for each byte of the archive; 1000 unless
    /// changed. Deflate reaches 1032.
    pub ratio: u64,
    /// The methods that are taken; stored (0) and deflate (8) unless changed. Deflate64 (9) can be
    /// read too.
    pub methods: &'static [u16],
}

impl Default for Limits {
    fn default() -> Self {
        Self { entries: 100_000, names: 256 << 20, ratio: 1000, methods: &[0, 8] }
    }
}

/// An entry of an archive, as its headers state it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The name, without the slash that ends a folder's. Not safe: see [`Entry::path`].
    pub name: Box<str>,
    /// Whether it is a folder.
    pub directory: bool,
    /// Whether it is a link or a device, which is never followed.
    pub special: bool,
    /// Whether it is encrypted.
    pub encrypted: bool,
    /// Whether its bytes are also those of an entry before it. Such an entry is not read: a small
    /// archive could else stand for any number of bytes.
    pub overlapping: bool,
    /// The method of compression: 0 stored, 8 deflate, 9 deflate64.
    pub method: u16,
    /// CRC-32 of the bytes before compression.
    pub crc32: u32,
    /// Their number.
    pub size: u64,
    /// How many bytes are kept.
    pub packed: u64,
    /// Where the local header begins.
    pub offset: u64,
    /// Where the kept bytes begin.
    pub data_offset: u64,
    /// Date and time, as MS-DOS keeps them.
    pub time: DosTime,
}

impl Entry {
    fn named(&self) -> names::Named<'_> {
        names::Named { name: &self.name, directory: self.directory, offset: self.offset }
    }

    /// The path, where it is safe.
    ///
    /// # Errors
    /// Why it is not.
    pub fn path(&self) -> std::result::Result<MemberPath, PathFault> {
        MemberPath::new(&self.name)
    }
}

/// An archive that was opened.
#[derive(Debug)]
pub struct Archive {
    bytes: Bytes,
    /// Its entries, in the order of the directory.
    pub entries: Vec<Entry>,
    /// Its comment.
    pub comment: Vec<u8>,
}

impl Archive {
    /// Opens an archive and reads its headers. What is wrong with it is given as findings; where it
    /// cannot be read at all there are no entries.
    ///
    /// # Errors
    /// The file cannot be opened or read.
    pub fn open(path: &Path, limits: &Limits) -> Result<(Self, Vec<Group>)> {
        Self::read(Bytes::open(path)?, limits)
    }

    /// As [`Archive::open`], of bytes that are there.
    ///
    /// # Errors
    /// Reading fails.
    pub fn read(bytes: Bytes, limits: &Limits) -> Result<(Self, Vec<Group>)> {
        let mut findings = Findings::default();
        let mut archive = Self { bytes, entries: Vec::new(), comment: Vec::new() };
        archive.load(limits, &mut findings)?;
        Ok((archive, findings.into_groups()))
    }

    /// Whether the comment promises the canonical form, so that every byte of the headers was
    /// compared with what it must be.
    pub fn is_canonical(&self) -> bool {
        self.comment == write::COMMENT.as_bytes()
    }

    /// The archive's size in bytes.
    pub fn length(&self) -> u64 {
        self.bytes.length()
    }

    /// Reads an entry's bytes from first to last.
    ///
    /// # Errors
    /// [`Fault::Method`] where it is encrypted or its method is not supported, [`Fault::Overlap`]
    /// where its bytes are also another's.
    pub fn reader(&self, entry: &Entry) -> std::result::Result<EntryReader<'_>, Fault> {
        EntryReader::new(&self.bytes, entry)
    }

    /// Hands an entry's bytes to `each`, piece by piece. The inner result says whether they are as
    /// the headers state.
    ///
    /// # Errors
    /// Reading fails, or `each` does.
    pub fn stream(
        &self,
        entry: &Entry,
        mut each: impl FnMut(&[u8]) -> Result<()>,
    ) -> Result<std::result::Result<(), Fault>> {
        let mut reader = match self.reader(entry) {
            Ok(reader) => reader,
            Err(fault) => return Ok(Err(fault)),
        };
        let mut buffer = vec![0; 128 * 1024];
        loop {
            match reader.read(&mut buffer) {
                Ok(0) => return Ok(Ok(())),
                Ok(count) => each(buffer.get(..count).unwrap_or_default())?,
                Err(error) => match Fault::of(&error) {
                    Some(fault) => return Ok(Err(fault)),
                    None => {
                        let inner = error.into_inner().and_then(|inner| inner.downcast().ok());
                        return Err(match inner {
                            Some(error) => *error,
                            None => crate::error::Error::internal("reading an entry failed"),
                        });
                    }
                },
            }
        }
    }

    /// Fills `buffer` with kept bytes of an entry, from `at` bytes after their beginning on.
    ///
    /// # Errors
    /// Reading fails; of kind `Internal` where they are not all the entry's.
    pub fn packed(&self, entry: &Entry, at: u64, buffer: &mut [u8]) -> Result<()> {
        if at.checked_add(buffer.len() as u64).is_none_or(|end| end > entry.packed) {
            return Err(crate::error::Error::internal("bytes outside an entry were asked for"));
        }
        self.bytes.fill(entry.data_offset.saturating_add(at), buffer)
    }

    fn load(&mut self, limits: &Limits, findings: &mut Findings) -> Result<()> {
        let Some(end) = directory::find_end(&self.bytes, findings)? else {
            let text = if self.bytes.range(0, 4)? == header::LOCAL {
                "the archive is cut off: its directory is missing"
            } else {
                "this is no zip archive"
            };
            findings.at(Code::UnreadableArchive, text, self.bytes.length());
            return Ok(());
        };
        self.comment = end.comment.clone();
        let canonical = self.is_canonical();
        let Some(start) = directory::find_start(&self.bytes, &end, findings)? else {
            let text = "the directory of the archive is not where it should be";
            findings.at(Code::UnreadableArchive, text, end.position);
            return Ok(());
        };
        let (centrals, count) = self.load_directory(start, &end, limits, findings)?;
        let mut order: Vec<usize> = (0..centrals.len()).collect();
        order.sort_by_key(|index| centrals.get(*index).map_or(0, |central| central.offset));
        // Where entries were left out, what lies between the others cannot be judged.
        let complete = centrals.len() as u64 == count;
        self.load_locals(&centrals, &order, start, complete, findings)?;
        if canonical && complete {
            self.compare_directory(&centrals, &order, start, &end, findings)?;
        }
        drop(centrals);
        let named: Vec<_> = self.entries.iter().map(Entry::named).collect();
        names::compare(&named, findings);
        let total = self.entries.iter().fold(0_u64, |sum, entry| sum.saturating_add(entry.size));
        if total > self.bytes.length().saturating_mul(limits.ratio) {
            let text = format!("the entries would be more than {} times the archive", limits.ratio);
            findings.at(Code::ArchiveLimit, text, start);
        }
        Ok(())
    }

    /// Reads the central headers from `start` on, and makes entries of them; also says how many there
    /// are, where the limits leave some out.
    fn load_directory(
        &mut self,
        start: u64,
        end: &directory::End,
        limits: &Limits,
        findings: &mut Findings,
    ) -> Result<(Vec<Central>, u64)> {
        let mut window = Window::new(&self.bytes);
        let mut at = start;
        let mut centrals = Vec::new();
        let mut count = 0_u64;
        let mut names = 0_u64;
        while at < end.position {
            let Some(central) = directory::read_central(&mut window, at)? else {
                let text = "the directory of the archive is damaged";
                findings.at(Code::UnreadableArchive, text, at);
                break;
            };
            let after = at + central.length;
            count += 1;
            names += central.name.len() as u64;
            if count <= limits.entries && names <= limits.names {
                let entry = entry(&central, centrals.len(), at, limits, findings);
                self.entries.push(entry);
                centrals.push(central);
            }
            at = after;
        }
        if at > end.position {
            let text = "the directory of the archive does not end where it should";
            findings.at(Code::AmbiguousArchive, text, end.position);
        }
        if count > limits.entries {
            let text = format!("there are more than {} entries", limits.entries);
            findings.at(Code::ArchiveLimit, text, start);
        }
        if names > limits.names {
            let text = format!("the names of the entries have more than {} bytes", limits.names);
            findings.at(Code::ArchiveLimit, text, start);
        }
        if count != end.entries {
            let text = format!("the archive says {} entries and has {count}", end.entries);
            findings.at(Code::AmbiguousArchive, text, end.position);
        }
        Ok((centrals, count))
    }

    /// Compares the local headers with the central ones, and finds what lies between the entries.
    fn load_locals(
        &mut self,
        centrals: &[Central],
        order: &[usize],
        directory_start: u64,
        complete: bool,
        findings: &mut Findings,
    ) -> Result<()> {
        let canonical = self.is_canonical();
        let mut window = Window::new(&self.bytes);
        let mut expected = 0_u64;
        for (nth, index) in order.iter().copied().enumerate() {
            let (Some(central), Some(entry)) = (centrals.get(index), self.entries.get_mut(index))
            else {
                continue;
            };
            let next = match order.get(nth + 1).and_then(|next| centrals.get(*next)) {
                Some(next) => next.offset,
                None => directory_start,
            };
            let at = central.offset;
            let mut wrong = |text: &str| findings.of(Code::AmbiguousArchive, text, index, at);
            if at > expected && complete {
                wrong("there are bytes before an entry that belong to none");
            } else if at < expected {
                wrong("an entry overlaps another");
                entry.overlapping = true;
            }
            let before = findings.len();
            let same_image = canonical && {
                let image = canonical_local(central);
                window.get(at, image.len())? == Some(&*image)
            };
            let local = read_local(&mut window, at)?;
            let mut wrong = |text: &str| findings.of(Code::AmbiguousArchive, text, index, at);
            let Some(local) = local else {
                wrong("there is no header where the directory says that an entry begins");
                entry.packed = 0;
                entry.data_offset = at;
                expected = expected.max(at);
                continue;
            };
            entry.data_offset = at + local.length;
            let mut after = entry.data_offset.saturating_add(central.packed);
            if !same_image {
                compare_local(central, &local, &mut wrong);
                if central.flags & FLAG_DESCRIPTOR != 0 && after <= next {
                    let between = usize::try_from(next - after).unwrap_or(usize::MAX).min(25);
                    let bytes = window.get(after, between)?.unwrap_or_default();
                    let mut wrong =
                        |text: &str| findings.of(Code::AmbiguousArchive, text, index, at);
                    match descriptor_length(bytes, central) {
                        Some(length) => after += length,
                        None => wrong("the data descriptor behind an entry is missing or differs"),
                    }
                }
                if canonical && findings.len() == before {
                    let text = "a header is not as the archive's comment promises";
                    findings.of(Code::AmbiguousArchive, text, index, at);
                }
            }
            if after > directory_start {
                let text = "an entry reaches into the directory of the archive";
                findings.of(Code::AmbiguousArchive, text, index, at);
                entry.packed = directory_start.saturating_sub(entry.data_offset);
                after = directory_start;
            }
            expected = expected.max(after);
        }
        if expected < directory_start && complete {
            let text = "there are bytes before the directory that belong to no entry";
            findings.at(Code::AmbiguousArchive, text, expected);
        }
        Ok(())
    }

    /// Compares the directory and the end records with what they must be.
    fn compare_directory(
        &self,
        centrals: &[Central],
        order: &[usize],
        start: u64,
        end: &directory::End,
        findings: &mut Findings,
    ) -> Result<()> {
        if !order.is_sorted() {
            let text = "the directory does not have the order of the entries";
            findings.at(Code::AmbiguousArchive, text, start);
        }
        let time = self.entries.first().map(|entry| entry.time);
        let mut window = Window::new(&self.bytes);
        let mut at = start;
        for (index, central) in centrals.iter().enumerate() {
            let mut image = Vec::new();
            with_canonical(central, |entry| entry.central(&mut image));
            let entry_time = DosTime { date: central.date, time: central.time };
            if window.get(at, image.len())? != Some(&*image)
                || image.len() as u64 != central.length
                || Some(entry_time) != time
            {
                let text = "a header is not as the archive's comment promises";
                findings.of(Code::AmbiguousArchive, text, index, at);
            }
            at += central.length;
        }
        let mut image = Vec::new();
        let count = centrals.len() as u64;
        header::end(&mut image, count, at.saturating_sub(start), start, &end.comment);
        if self.bytes.range(at, self.bytes.length())? != image {
            let text = "the end of the archive is not as its comment promises";
            findings.at(Code::AmbiguousArchive, text, at);
        }
        Ok(())
    }
}

/// Bits 0, 6 and 13: encryption (4.4.4).
const FLAGS_ENCRYPTED: u16 = 1 | 1 << 6 | 1 << 13;

/// Calls `with` with what the canonical headers of an entry are made from.
fn with_canonical(central: &Central, with: impl FnOnce(header::Entry<'_>)) {
    with(header::Entry {
        name: std::str::from_utf8(&central.name).unwrap_or_default(),
        method: if central.method == 8 { Method::Deflated } else { Method::Stored },
        time: DosTime { date: central.date, time: central.time },
        crc32: central.crc32,
        size: central.size,
        packed: central.packed,
        offset: central.offset,
    });
}

fn canonical_local(central: &Central) -> Vec<u8> {
    let mut image = Vec::new();
    with_canonical(central, |entry| entry.local(&mut image));
    image
}

/// An entry from its central header, and what that alone shows to be wrong.
fn entry(
    central: &Central,
    index: usize,
    at: u64,
    limits: &Limits,
    findings: &mut Findings,
) -> Entry {
    let mut found = |code: Code, text: &str| findings.of(code, text, index, at);
    let says_utf8 = central.flags & FLAG_UTF8 != 0;
    let (mut name, broken) = names::decode(&central.name, says_utf8);
    if broken {
        found(Code::AmbiguousArchive, "a name is not the UTF-8 that it says it is");
    }
    if let Some(unicode) = &central.unicode_name
        && unicode != &central.name
    {
        if says_utf8 || central.name.is_ascii() {
            found(Code::AmbiguousArchive, "an entry has two names");
        }
        name = names::decode(unicode, true).0;
    }
    let directory = name.ends_with('/');
    if directory {
        name.pop();
    }
    if let Err(fault) = MemberPath::new(&name) {
        findings.left_out(Code::UnsafePath, fault.reason(), (index, &name), at);
    }
    if directory && central.size != 0 {
        findings.of(Code::AmbiguousArchive, "a folder has bytes of its own", index, at);
    }
    // The type of a Unix file; 0 where the writer did not state it.
    let kind = (central.attributes >> 16) & 0o170_000;
    let unix = matches!(central.made_by, 3 | 19);
    let special = unix && !matches!(kind, 0 | 0o100_000 | 0o040_000);
    if special {
        let link = kind == 0o120_000;
        let text = if link { "an entry is a link" } else { "an entry is no file and no folder" };
        findings.left_out(Code::UnsafePath, text, (index, &name), at);
    } else if unix && kind == 0o040_000 && !directory {
        let text = "an entry is a folder by its mode and a file by its name";
        findings.of(Code::AmbiguousArchive, text, index, at);
    }
    let mut found = |code: Code, text: &str| findings.of(code, text, index, at);
    let encrypted = central.flags & FLAGS_ENCRYPTED != 0;
    if encrypted {
        found(Code::EncryptedFile, "an entry is encrypted");
    } else if !limits.methods.contains(&central.method) {
        let text = format!("an entry is compressed by method {}", central.method);
        found(Code::UnreadableArchive, &text);
    }
    if central.method == 0 && !encrypted && central.packed != central.size {
        found(Code::AmbiguousArchive, "an entry that is not compressed has two sizes");
    }
    if central.disk != 0 {
        found(Code::UnreadableArchive, "an entry lies in another part of the archive");
    }
    if central.malformed {
        found(Code::AmbiguousArchive, "the extra field of an entry's header is malformed");
    }
    Entry {
        name: name.into(),
        directory,
        special,
        encrypted,
        overlapping: false,
        method: central.method,
        crc32: central.crc32,
        size: central.size,
        packed: central.packed,
        offset: central.offset,
        data_offset: central.offset,
        time: DosTime { date: central.date, time: central.time },
    }
}
