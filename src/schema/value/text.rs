//! `string` and its formats: email, uri, binary, uuid.

use std::net::{Ipv4Addr, Ipv6Addr};

/// Characters of a UUID's text.
pub(super) const UUID_LENGTH: usize = 36;

/// `format` of a string.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum StringFormat {
    /// `default`: any text.
    #[default]
    Default,
    /// `email`: RFC 5322 `addr-spec` without comments and folding, within the lengths of RFC 5321
    /// section 4.5.3.1; characters beyond ASCII as RFC 6531 allows. A domain has at least two
    /// labels (RFC 5321 section 2.3.5 wants it fully qualified) or is an address in brackets.
    Email,
    /// `uri`: RFC 3986 `URI`, so with a scheme; characters beyond ASCII must be percent-encoded.
    Uri,
    /// `binary`: base64 of RFC 4648 section 4, with padding, without line breaks, spare bits zero.
    Binary,
    /// `uuid`: 8-4-4-4-12 hexadecimal digits in either case (RFC 9562 section 4), any version.
    Uuid,
}

impl StringFormat {
    /// The format that a descriptor calls so; `None` where the standard has no such one.
    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "default" => Self::Default,
            "email" => Self::Email,
            "uri" => Self::Uri,
            "binary" => Self::Binary,
            "uuid" => Self::Uuid,
            _ => return None,
        })
    }

    /// The format's name in the standard.
    pub fn name(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Email => "email",
            Self::Uri => "uri",
            Self::Binary => "binary",
            Self::Uuid => "uuid",
        }
    }

    pub(super) fn accepts(self, cell: &str) -> bool {
        match self {
            Self::Default => true,
            Self::Email => is_email(cell),
            Self::Uri => is_uri(cell),
            Self::Binary => is_base64(cell.as_bytes()),
            Self::Uuid => uuid(cell.as_bytes()).is_some(),
        }
    }
}

/// Reads a UUID. Always inlined, so that where only the verdict is wanted, no value is put together:
/// half the time.
#[inline(always)]
pub(super) fn uuid(cell: &[u8]) -> Option<u128> {
    let cell: &[u8; UUID_LENGTH] = cell.try_into().ok()?;
    if [cell[8], cell[13], cell[18], cell[23]] != [b'-'; 4] {
        return None;
    }
    let four = |at: usize| Some(u32::from_be_bytes(*cell.get(at..)?.first_chunk()?));
    let eight = |a, b| Some(u64::from(four(a)?) << 32 | u64::from(four(b)?));
    let first = hexadecimal(eight(0, 4)?);
    let second = hexadecimal(eight(9, 14)?);
    let third = hexadecimal(eight(19, 24)?);
    let fourth = hexadecimal(eight(28, 32)?);
    let (first, second, third, fourth) = (first?, second?, third?, fourth?);
    let high = u64::from(first) << 32 | u64::from(second);
    let low = u64::from(third) << 32 | u64::from(fourth);
    Some(u128::from(high) << 64 | u128::from(low))
}

/// Eight hexadecimal digits in either case, all tested and read at once: a UUID stands in most rows
/// of an extract, several times.
///
/// A range is tested by adding what lifts its first value to 0x80, and seeing that bit; bytes of
/// 0x80 and above are refused at the end, since their sums run over into the next byte.
#[inline(always)]
fn hexadecimal(bytes: u64) -> Option<u32> {
    const fn each(byte: u8) -> u64 {
        u64::from_be_bytes([byte; 8])
    }
    let lower = bytes | each(0x20);
    let digit = bytes.wrapping_add(each(0x80 - b'0')) & !bytes.wrapping_add(each(0x7f - b'9'));
    let letter = lower.wrapping_add(each(0x80 - b'a')) & !lower.wrapping_add(each(0x7f - b'f'));
    if (digit | letter) & !bytes & each(0x80) != each(0x80) {
        return None;
    }
    let nine_for_letters = ((letter & each(0x80)) >> 7).wrapping_mul(9);
    let nibbles = (bytes & each(0x0f)).wrapping_add(nine_for_letters);
    let pairs = (nibbles | nibbles >> 4) & 0x00ff_00ff_00ff_00ff;
    let quads = (pairs | pairs >> 8) & 0x0000_ffff_0000_ffff;
    Some((quads | quads >> 16) as u32)
}

/// Base64 with padding, spare bits zero: XML Schema `base64Binary` and RFC 4648 section 3.5, so
/// that one value has one form.
fn is_base64(cell: &[u8]) -> bool {
    if !cell.len().is_multiple_of(4) {
        return false;
    }
    let body = match cell {
        [body @ .., b'=', b'='] => body,
        [body @ .., b'='] => body,
        _ => cell,
    };
    if !body.iter().all(|&b| sextet(b).is_some()) {
        return false;
    }
    let spare = match cell.len() - body.len() {
        2 => 0b1111,
        1 => 0b11,
        _ => 0,
    };
    body.last().and_then(|&b| sextet(b)).is_none_or(|last| last & spare == 0)
}

fn sextet(byte: u8) -> Option<u8> {
    match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    }
}

fn is_email(cell: &str) -> bool {
    let Some((local, domain)) = cell.rsplit_once('@') else { return false };
    !local.is_empty()
        && local.len() <= 64
        && (is_dot_atom(local) || is_quoted(local))
        && (is_domain(domain) || is_address_literal(domain))
}

fn is_dot_atom(local: &str) -> bool {
    local.split('.').all(|atom| {
        !atom.is_empty()
            && atom.chars().all(|c| match c {
                '\0'..='\x7f' => c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c),
                _ => !c.is_whitespace() && !c.is_control(),
            })
    })
}

fn is_quoted(local: &str) -> bool {
    let Some(inner) = local.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) else {
        return false;
    };
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        let c = if c == '\\' { chars.next() } else { (c != '"').then_some(c) };
        if !c.is_some_and(|c| c == ' ' || !(c.is_control() || c.is_whitespace())) {
            return false;
        }
    }
    true
}

fn is_domain(domain: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| match c {
                '\0'..='\x7f' => c.is_ascii_alphanumeric() || c == '-',
                _ => c.is_alphanumeric(),
            })
    };
    domain.len() <= 253 && domain.contains('.') && domain.split('.').all(is_label)
}

fn is_address_literal(domain: &str) -> bool {
    let Some(inner) = domain.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) else {
        return false;
    };
    match inner.strip_prefix("IPv6:") {
        Some(address) => address.parse::<Ipv6Addr>().is_ok(),
        None => inner.parse::<Ipv4Addr>().is_ok(),
    }
}

/// RFC 3986 appendix A, `URI = scheme ":" hier-part [ "?" query ] [ "#" fragment ]`.
fn is_uri(cell: &str) -> bool {
    let Some((scheme, rest)) = cell.split_once(':') else { return false };
    let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b));
    if !is_scheme {
        return false;
    }
    let (rest, fragment) = rest.split_once('#').unwrap_or((rest, ""));
    let (hierarchy, query) = rest.split_once('?').unwrap_or((rest, ""));
    if !are_uri_characters(fragment, b":@/?") || !are_uri_characters(query, b":@/?") {
        return false;
    }
    let Some(rest) = hierarchy.strip_prefix("//") else {
        return are_uri_characters(hierarchy, b":@/");
    };
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    is_authority(authority) && are_uri_characters(path, b":@/")
}

fn is_authority(authority: &str) -> bool {
    let (user, host) = authority.rsplit_once('@').unwrap_or(("", authority));
    if !are_uri_characters(user, b":") {
        return false;
    }
    let (is_host, port) = match host.strip_prefix('[') {
        Some(literal) => {
            let Some((address, port)) = literal.split_once(']') else { return false };
            (address.parse::<Ipv6Addr>().is_ok(), port)
        }
        None => {
            let (name, port) = host.split_at(host.find(':').unwrap_or(host.len()));
            (are_uri_characters(name, b""), port)
        }
    };
    let is_port = match port.strip_prefix(':') {
        Some(digits) => digits.bytes().all(|b| b.is_ascii_digit()),
        None => port.is_empty(),
    };
    is_host && is_port
}

/// Unreserved characters, sub-delimiters, percent-encoded bytes, and the given ones.
fn are_uri_characters(part: &str, others: &[u8]) -> bool {
    let mut rest = part.as_bytes();
    loop {
        rest = match rest {
            [] => return true,
            [b'%', high, low, tail @ ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                tail
            }
            [byte, tail @ ..]
                if byte.is_ascii_alphanumeric()
                    || b"-._~!$&'()*+,;=".contains(byte)
                    || others.contains(byte) =>
            {
                tail
            }
            _ => return false,
        };
    }
}
