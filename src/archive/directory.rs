//! The end records and the central directory, as an archive states them; nothing is believed.

use crate::archive::bytes::{Bytes, Window};
use crate::archive::findings::Findings;
use crate::archive::header::{self, END_LENGTH, END64_LENGTH, LOCATOR_LENGTH};
use crate::error::Result;
use crate::finding::Code;

/// What the end records state.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct End {
    pub(super) entries: u64,
    pub(super) size: u64,
    pub(super) offset: u64,
    pub(super) comment: Vec<u8>,
    /// Where the end records begin, which is where the directory must end.
    pub(super) position: u64,
}

/// One central header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Central {
    pub(super) made_by: u8,
    pub(super) flags: u16,
    pub(super) method: u16,
    pub(super) time: u16,
    pub(super) date: u16,
    pub(super) crc32: u32,
    pub(super) packed: u64,
    pub(super) size: u64,
    pub(super) disk: u16,
    pub(super) attributes: u32,
    pub(super) offset: u64,
    pub(super) name: Vec<u8>,
    pub(super) unicode_name: Option<Vec<u8>>,
    /// Length of the whole header.
    pub(super) length: u64,
    /// Whether its extra field is no sequence of fields, or lacks a number that it should have.
    pub(super) malformed: bool,
}

/// Numbers from bytes that are known to be there; 0 where they are not.
pub(super) fn u16_at(bytes: &[u8], at: usize) -> u16 {
    let found = bytes.get(at..).and_then(|rest| rest.first_chunk::<2>());
    found.map_or(0, |two| u16::from_le_bytes(*two))
}

pub(super) fn u32_at(bytes: &[u8], at: usize) -> u32 {
    let found = bytes.get(at..).and_then(|rest| rest.first_chunk::<4>());
    found.map_or(0, |four| u32::from_le_bytes(*four))
}

pub(super) fn u64_at(bytes: &[u8], at: usize) -> u64 {
    let found = bytes.get(at..).and_then(|rest| rest.first_chunk::<8>());
    found.map_or(0, |eight| u64::from_le_bytes(*eight))
}

/// Finds and reads the end records; `None` where there are none.
///
/// Readers differ in which end record they take where more than one could be meant; so that is a
/// finding, and so is every number that two records state differently.
pub(super) fn find_end(bytes: &Bytes, findings: &mut Findings) -> Result<Option<End>> {
    let reach = (END_LENGTH + usize::from(u16::MAX) + 1024 * 64) as u64;
    let base = bytes.length().saturating_sub(reach);
    let tail = bytes.range(base, bytes.length())?;
    let is_end = |at: &usize| {
        let at = *at;
        let whole = at + END_LENGTH + usize::from(u16_at(&tail, at + 20));
        at + END_LENGTH <= tail.len() && whole <= tail.len()
    };
    let found: Vec<usize> = memchr::memmem::find_iter(&tail, &header::END).filter(is_end).collect();
    let reaches = |at: usize| at + END_LENGTH + usize::from(u16_at(&tail, at + 20)) == tail.len();
    let exact: Vec<usize> = found.iter().copied().filter(|at| reaches(*at)).collect();
    let Some(at) = exact.last().or(found.last()).copied() else {
        return Ok(None);
    };
    let position = base + at as u64;
    let end = at + END_LENGTH + usize::from(u16_at(&tail, at + 20));
    if end != tail.len() {
        let text = "bytes follow the end of the archive";
        findings.at(Code::AmbiguousArchive, text, base + end as u64);
    }
    let comment = tail.get(at + END_LENGTH..end).unwrap_or_default().to_vec();
    if exact.len() > 1 || memchr::memmem::find(&comment, b"PK\x05\x06").is_some() {
        let text = "more than one record could be the end of the archive";
        findings.at(Code::AmbiguousArchive, text, position);
    }
    let record = tail.get(at..).unwrap_or_default();
    let plain = End {
        entries: u64::from(u16_at(record, 10)),
        size: u64::from(u32_at(record, 12)),
        offset: u64::from(u32_at(record, 16)),
        comment,
        position,
    };
    let disks = [u16_at(record, 4), u16_at(record, 6)];
    let wants64 = plain.entries == 0xffff
        || plain.size == u64::from(u32::MAX)
        || plain.offset == u64::from(u32::MAX)
        || disks.contains(&u16::MAX);
    let locator = at
        .checked_sub(LOCATOR_LENGTH)
        .and_then(|from| tail.get(from..at))
        .filter(|locator| locator.starts_with(&header::LOCATOR));
    if let Some(locator) = locator {
        let locator = locator.to_vec();
        return Ok(Some(read_end64(bytes, &plain, &locator, findings)?));
    }
    if wants64 {
        let text = "a number that does not fit is not stated in ZIP64 form";
        findings.at(Code::AmbiguousArchive, text, position);
    }
    if disks != [0, 0] || u64::from(u16_at(record, 8)) != plain.entries {
        let text = "the archive is one part of several, or says so";
        findings.at(Code::UnreadableArchive, text, position);
    }
    Ok(Some(plain))
}

/// Reads the ZIP64 end record that the locator points to, and compares it with the plain one.
fn read_end64(bytes: &Bytes, plain: &End, locator: &[u8], findings: &mut Findings) -> Result<End> {
    let locator_at = plain.position - LOCATOR_LENGTH as u64;
    let at = u64_at(locator, 8);
    let mut wrong = |text: &str| findings.at(Code::AmbiguousArchive, text, locator_at);
    let record = bytes.range(at, at.saturating_add(END64_LENGTH as u64))?;
    if record.len() < END64_LENGTH || !record.starts_with(&header::END64) {
        wrong("the ZIP64 end record is not where it should be");
        return Ok(End { position: locator_at, ..plain.clone() });
    }
    let length = u64_at(&record, 4).saturating_add(12);
    if at.saturating_add(length) != locator_at {
        wrong("the ZIP64 end record does not end where it should");
    }
    if u32_at(locator, 4) != 0 || u32_at(locator, 16) != 1 {
        wrong("the archive is one part of several, or says so");
    }
    let end = End {
        entries: u64_at(&record, 32),
        size: u64_at(&record, 40),
        offset: u64_at(&record, 48),
        comment: plain.comment.clone(),
        position: at,
    };
    if u64_at(&record, 24) != end.entries || u64_at(&record, 16) != 0 {
        wrong("the archive is one part of several, or says so");
    }
    let agrees = |small: u64, most: u64, large: u64| small == most || small == large;
    let most = u64::from(u32::MAX);
    if !agrees(plain.entries, 0xffff, end.entries)
        || !agrees(plain.size, most, end.size)
        || !agrees(plain.offset, most, end.offset)
    {
        wrong("the two end records state different numbers");
    }
    Ok(end)
}

/// Where the directory begins: where the end record says, or, where bytes were put before the
/// archive, as far before the end record as it is long. `None` where it is at neither.
pub(super) fn find_start(bytes: &Bytes, end: &End, findings: &mut Findings) -> Result<Option<u64>> {
    let wrong = |text: &str, findings: &mut Findings| {
        findings.at(Code::AmbiguousArchive, text, end.position);
    };
    if end.offset.checked_add(end.size) == Some(end.position) {
        return Ok(Some(end.offset));
    }
    let is_start =
        |at: u64| -> Result<bool> { Ok(bytes.range(at, at.saturating_add(4))? == header::CENTRAL) };
    if is_start(end.offset)? {
        wrong("the directory of the archive does not end where it should", findings);
        return Ok(Some(end.offset));
    }
    match end.position.checked_sub(end.size) {
        Some(at) if is_start(at)? => {
            wrong("the directory of the archive is not where it should be", findings);
            Ok(Some(at))
        }
        _ => Ok(None),
    }
}

/// Reads the central header at `at`; `None` where none is.
pub(super) fn read_central(window: &mut Window<'_>, at: u64) -> Result<Option<Central>> {
    let Some(fixed) = window.get(at, header::CENTRAL_LENGTH)? else {
        return Ok(None);
    };
    if !fixed.starts_with(&header::CENTRAL) {
        return Ok(None);
    }
    let name_length = usize::from(u16_at(fixed, 28));
    let extra_length = usize::from(u16_at(fixed, 30));
    let comment_length = usize::from(u16_at(fixed, 32));
    let whole = header::CENTRAL_LENGTH + name_length + extra_length + comment_length;
    let Some(image) = window.get(at, whole)? else {
        return Ok(None);
    };
    let extra_at = header::CENTRAL_LENGTH + name_length;
    let name = image.get(header::CENTRAL_LENGTH..extra_at).unwrap_or_default().to_vec();
    let extra = Extra::parse(image.get(extra_at..extra_at + extra_length).unwrap_or_default());
    let mut malformed = extra.malformed;
    let mut wide = extra.zip64.chunks_exact(8);
    let mut widened = |small: u32| {
        if small != u32::MAX {
            return u64::from(small);
        }
        match wide.next() {
            Some(eight) => u64_at(eight, 0),
            None => {
                // A value that just happens to be the largest needs the field too (4.5.3).
                malformed = true;
                u64::from(small)
            }
        }
    };
    let size = widened(u32_at(image, 24));
    let packed = widened(u32_at(image, 20));
    let offset = widened(u32_at(image, 42));
    Ok(Some(Central {
        made_by: image.get(5).copied().unwrap_or_default(),
        flags: u16_at(image, 8),
        method: u16_at(image, 10),
        time: u16_at(image, 12),
        date: u16_at(image, 14),
        crc32: u32_at(image, 16),
        packed,
        size,
        disk: u16_at(image, 34),
        attributes: u32_at(image, 38),
        offset,
        unicode_name: extra.unicode_name(&name),
        name,
        length: whole as u64,
        malformed,
    }))
}

/// The extra field of a header, as far as it bears on what is read (4.5, 4.6.9).
#[derive(Debug, Default)]
pub(super) struct Extra<'a> {
    /// The ZIP64 field's content; empty where there is none.
    pub(super) zip64: &'a [u8],
    unicode: &'a [u8],
    /// Whether it is no sequence of fields, or has one of them twice.
    pub(super) malformed: bool,
}

impl<'a> Extra<'a> {
    pub(super) fn parse(mut bytes: &'a [u8]) -> Self {
        let mut out = Self::default();
        while bytes.len() >= 4 {
            let length = usize::from(u16_at(bytes, 2));
            let Some(content) = bytes.get(4..4 + length) else {
                out.malformed = true;
                return out;
            };
            let slot = match u16_at(bytes, 0) {
                0x0001 => Some(&mut out.zip64),
                0x7075 => Some(&mut out.unicode),
                _ => None,
            };
            if let Some(slot) = slot {
                out.malformed |= !slot.is_empty();
                *slot = content;
            }
            bytes = bytes.get(4 + length..).unwrap_or_default();
        }
        // Some writers pad with up to three zeros.
        out.malformed |= bytes.iter().any(|byte| *byte != 0);
        out
    }

    /// Info-ZIP's Unicode path, where it belongs to `name`.
    fn unicode_name(&self, name: &[u8]) -> Option<Vec<u8>> {
        let (version, rest) = self.unicode.split_first()?;
        let (crc, text) = rest.split_at_checked(4)?;
        (*version == 1 && u32_at(crc, 0) == crc32fast::hash(name)).then(|| text.to_vec())
    }
}
