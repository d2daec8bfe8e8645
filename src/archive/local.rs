//! Local headers and data descriptors, beside the central headers.

use crate::archive::bytes::Window;
use crate::archive::directory::{Central, Extra, u16_at, u32_at, u64_at};
use crate::archive::header;
use crate::error::Result;

/// General purpose bit 3: sizes and CRC follow the data (4.4.4).
pub(super) const FLAG_DESCRIPTOR: u16 = 1 << 3;

/// What a local header states.
#[derive(Debug)]
pub(super) struct Local {
    pub(super) flags: u16,
    pub(super) method: u16,
    pub(super) crc32: u32,
    pub(super) packed: u64,
    pub(super) size: u64,
    pub(super) name: Vec<u8>,
    pub(super) malformed: bool,
    pub(super) length: u64,
}

/// Reads the local header at `at`; `None` where none is.
pub(super) fn read_local(window: &mut Window<'_>, at: u64) -> Result<Option<Local>> {
    let Some(fixed) = window.get(at, header::LOCAL_LENGTH)? else {
        return Ok(None);
    };
    if !fixed.starts_with(&header::LOCAL) {
        return Ok(None);
    }
    let name_length = usize::from(u16_at(fixed, 26));
    let extra_length = usize::from(u16_at(fixed, 28));
    let whole = header::LOCAL_LENGTH + name_length + extra_length;
    let Some(image) = window.get(at, whole)? else {
        return Ok(None);
    };
    let extra_at = header::LOCAL_LENGTH + name_length;
    let extra = Extra::parse(image.get(extra_at..).unwrap_or_default());
    let (packed, size) = (u32_at(image, 18), u32_at(image, 22));
    let mut malformed = extra.malformed;
    let (packed, size) = if packed == u32::MAX || size == u32::MAX {
        // Both must be there in a local header (4.5.3).
        malformed |= extra.zip64.len() < 16;
        let wide = |small: u32, at: usize| {
            if small == u32::MAX { u64_at(extra.zip64, at) } else { u64::from(small) }
        };
        (wide(packed, 8), wide(size, 0))
    } else {
        let (packed, size) = (u64::from(packed), u64::from(size));
        // A reader that prefers the ZIP64 field must come to the same.
        malformed |= extra.zip64.len() >= 16
            && (u64_at(extra.zip64, 0), u64_at(extra.zip64, 8)) != (size, packed);
        (packed, size)
    };
    Ok(Some(Local {
        flags: u16_at(image, 6),
        method: u16_at(image, 8),
        crc32: u32_at(image, 14),
        packed,
        size,
        name: image.get(header::LOCAL_LENGTH..extra_at).unwrap_or_default().to_vec(),
        malformed,
        length: whole as u64,
    }))
}

/// Names every difference between the two headers of an entry.
pub(super) fn compare_local(central: &Central, local: &Local, wrong: &mut impl FnMut(&str)) {
    if local.name != central.name {
        wrong("the two headers of an entry give different names");
    }
    if local.flags != central.flags {
        wrong("the two headers of an entry have different flags");
    }
    if local.method != central.method {
        wrong("the two headers of an entry give different methods");
    }
    if local.malformed {
        wrong("the extra field of an entry's header is malformed");
    }
    // With a data descriptor the local header may leave them zero (4.4.4).
    let left_out = |value: u64| central.flags & FLAG_DESCRIPTOR != 0 && value == 0;
    if local.crc32 != central.crc32 && !left_out(u64::from(local.crc32)) {
        wrong("the two headers of an entry give different CRC-32 values");
    }
    if (local.size != central.size && !left_out(local.size))
        || (local.packed != central.packed && !left_out(local.packed))
    {
        wrong("the two headers of an entry give different sizes");
    }
}

/// The length of the data descriptor that `bytes` begin with: with or without its signature, with
/// sizes of four or eight bytes (4.3.9). All bytes up to the next entry must belong to it.
pub(super) fn descriptor_length(bytes: &[u8], central: &Central) -> Option<u64> {
    let (body, signature) = match bytes.len() {
        16 | 24 if bytes.starts_with(&header::DESCRIPTOR) => (bytes.get(4..)?, 4),
        12 | 20 => (bytes, 0),
        _ => return None,
    };
    let (packed, size) = match body.len() {
        12 => (u64::from(u32_at(body, 4)), u64::from(u32_at(body, 8))),
        _ => (u64_at(body, 4), u64_at(body, 12)),
    };
    let same = (u32_at(body, 0), packed, size) == (central.crc32, central.packed, central.size);
    same.then_some(body.len() as u64 + signature)
}
