//! Lists of signers: whose keys count, for what, and when (ssh-keygen(1), ALLOWED SIGNERS).

use super::KIND;
use super::public::PublicKey;
use crate::error::{Error, ErrorKind, Result};
use jiff::civil::Date;

/// The longest list that is taken, in bytes.
const LONGEST: usize = 16 << 20;

/// A list of signers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Signers {
    entries: Vec<Entry>,
    /// Lines (from 1) that list an authority, whose certificates are not supported: they let nobody
    /// in, and whoever uses the list is to be told.
    pub authorities: Vec<u64>,
    /// Lines (from 1) with keys of other kinds than Ed25519, which are passed over.
    pub other_kinds: Vec<u64>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    line: u64,
    principals: String,
    key: PublicKey,
    namespaces: Option<String>,
    after: Option<i64>,
    before: Option<i64>,
}

/// Where a key stands on a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// It may sign.
    Listed(Listed),
    /// It may not.
    Refused(Refusal),
}

/// The line that lets a key sign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Whose key it is, as the list has it.
    pub principals: String,
    /// The line, from 1.
    pub line: u64,
}

/// Why a key may not sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// No line has it.
    Unlisted,
    /// It is another's than was asked for.
    Identity,
    /// It is listed for other purposes.
    Namespace,
    /// It was not valid yet.
    NotYet,
    /// It was not valid any more.
    Expired,
    /// It is valid in a limited time, and there is no time to compare.
    NoTime,
}

impl Refusal {
    /// A clause for a finding.
    pub fn reason(self) -> &'static str {
        match self {
            Self::Unlisted => "the list of signers does not have its key",
            Self::Identity => "the list of signers has its key for another name than was asked for",
            Self::Namespace => "the list of signers has its key for other purposes",
            Self::NotYet => "its key was not valid yet",
            Self::Expired => "its key was not valid any more",
            Self::NoTime => {
                "its key is valid for a limited time, and no time of signing is claimed"
            }
        }
    }
}

impl Signers {
    /// Reads a list.
    ///
    /// Times without `Z` are taken as UTC: what is accepted must not depend on where the program
    /// runs.
    ///
    /// # Errors
    /// A line is none, has an option that is not known, or a key that anyone can sign with.
    pub fn parse(text: &str) -> Result<Self> {
        if text.len() > LONGEST {
            return Err(Error::new(ErrorKind::Usage, "the list of signers is too large"));
        }
        let mut signers = Self::default();
        for (number, line) in (1..).zip(text.lines()) {
            let line = line.trim_matches([' ', '\t', '\r']);
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            signers.add(number, line).map_err(|reason| {
                Error::new(ErrorKind::Usage, format!("line {number} of the list: {reason}"))
                    .with_hint(
                        "a line is: NAME namespaces=\"handover\" ssh-ed25519 AAAA…, as \
                         handover key generate prints it",
                    )
            })?;
        }
        Ok(signers)
    }

    fn add(&mut self, line: u64, text: &str) -> Result<(), &'static str> {
        let (principals, rest) = word(text).ok_or("a quotation mark is not closed")?;
        let principals = principals.trim_matches('"').to_owned();
        let (mut first, mut rest) = word(rest).ok_or("a quotation mark is not closed")?;
        let mut options = Options::default();
        if !is_kind(first) {
            options = Options::parse(first)?;
            (first, rest) = word(rest).ok_or("a quotation mark is not closed")?;
        }
        if principals.is_empty() || !is_kind(first) {
            return Err("it does not have a name, options if any, and a key");
        }
        if options.authority {
            self.authorities.push(line);
            return Ok(());
        }
        if first != KIND {
            self.other_kinds.push(line);
            return Ok(());
        }
        let digits = rest.split([' ', '\t']).next().unwrap_or_default();
        let key = PublicKey::from_base64(digits)
            .ok_or("its key is damaged, or one for which anyone can make signatures")?;
        let Options { namespaces, after, before, .. } = options;
        self.entries.push(Entry { line, principals, key, namespaces, after, before });
        Ok(())
    }

    /// Whether no key is on it.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Whether `key` may sign for `namespace`, in the name of `identity` if one is asked for, at a
    /// time in seconds since 1970 (both bounds belong to the time of validity, as with OpenSSH).
    pub fn judge(
        &self,
        key: &PublicKey,
        namespace: &str,
        identity: Option<&str>,
        at: Option<i64>,
    ) -> Standing {
        let mut why = Refusal::Unlisted;
        for entry in self.entries.iter().filter(|entry| entry.key == *key) {
            match entry.refusal(namespace, identity, at) {
                None => {
                    let principals = entry.principals.clone();
                    return Standing::Listed(Listed { principals, line: entry.line });
                }
                Some(refusal) => why = refusal,
            }
        }
        Standing::Refused(why)
    }
}

impl Entry {
    fn refusal(&self, namespace: &str, identity: Option<&str>, at: Option<i64>) -> Option<Refusal> {
        if identity.is_some_and(|identity| !in_list(identity, &self.principals)) {
            return Some(Refusal::Identity);
        }
        if self.namespaces.as_deref().is_some_and(|list| !in_list(namespace, list)) {
            return Some(Refusal::Namespace);
        }
        match (at, self.after, self.before) {
            (_, None, None) => None,
            (None, ..) => Some(Refusal::NoTime),
            (Some(at), Some(after), _) if at < after => Some(Refusal::NotYet),
            (Some(at), _, Some(before)) if at > before => Some(Refusal::Expired),
            _ => None,
        }
    }
}

/// What stands before a key.
#[derive(Default)]
struct Options {
    authority: bool,
    namespaces: Option<String>,
    after: Option<i64>,
    before: Option<i64>,
}

impl Options {
    fn parse(text: &str) -> Result<Self, &'static str> {
        let mut out = Self::default();
        let mut rest = text;
        loop {
            let end = rest.find([',', '=']).unwrap_or(rest.len());
            let (name, after) = rest.split_at(end);
            let (value, after) = match after.strip_prefix('=') {
                None => (None, after),
                Some(after) => {
                    let (value, after) =
                        quoted(after).ok_or("the value of an option is not in quotation marks")?;
                    (Some(value), after)
                }
            };
            let time = |value: &Option<String>| {
                let time = value.as_deref().and_then(parse_time);
                time.map(Some).ok_or("a time is not as 20261123 or 20261123082618Z")
            };
            match name.to_ascii_lowercase().as_str() {
                "cert-authority" if value.is_none() => out.authority = true,
                "namespaces" if value.is_some() && out.namespaces.is_none() => {
                    out.namespaces = value;
                }
                "valid-after" if out.after.is_none() => out.after = time(&value)?,
                "valid-before" if out.before.is_none() => out.before = time(&value)?,
                _ => return Err("an option is not known, stands twice, or has no value"),
            }
            match after.strip_prefix(',') {
                Some(after) => rest = after,
                None if after.is_empty() => break,
                None => return Err("options are not parted by commas"),
            }
        }
        if let (Some(after), Some(before)) = (out.after, out.before)
            && after >= before
        {
            return Err("it is valid before it is valid after");
        }
        Ok(out)
    }
}

/// A time as OpenSSH writes it: `YYYYMMDD`, `YYYYMMDDHHMM` or `YYYYMMDDHHMMSS`, with `Z` or not; in
/// UTC. Seconds since 1970.
pub fn parse_time(text: &str) -> Option<i64> {
    let digits = text.strip_suffix(['Z', 'z']).unwrap_or(text);
    if !digits.bytes().all(|b| b.is_ascii_digit()) || !matches!(digits.len(), 8 | 12 | 14) {
        return None;
    }
    let part = |from: usize, to: usize| digits.get(from..to)?.parse::<i8>().ok();
    let year = digits.get(..4)?.parse().ok()?;
    let date = Date::new(year, part(4, 6)?, part(6, 8)?).ok()?;
    let (hour, minute) = if digits.len() > 8 { (part(8, 10)?, part(10, 12)?) } else { (0, 0) };
    let second = if digits.len() > 12 { part(12, 14)? } else { 0 };
    let time = jiff::civil::Time::new(hour, minute, second, 0).ok()?;
    let zoned = date.to_datetime(time).to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    Some(zoned.timestamp().as_second())
}

/// Whether a word is a kind of key, and so no options.
fn is_kind(word: &str) -> bool {
    ["ssh-", "ecdsa-", "sk-", "rsa-", "webauthn-"].iter().any(|start| word.starts_with(start))
}

/// The next word, in which blanks between quotation marks do not count, and what follows it; `None`
/// where a quotation mark is not closed.
fn word(text: &str) -> Option<(&str, &str)> {
    let mut inside = false;
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            '"' if !escaped => inside = !inside,
            ' ' | '\t' if !inside => {
                let (word, rest) = text.split_at_checked(at)?;
                return Some((word, rest.trim_start_matches([' ', '\t'])));
            }
            _ => {}
        }
        escaped = c == '\\' && !escaped;
    }
    (!inside).then_some((text, ""))
}

/// What stands between quotation marks, where `\"` is one of its own, and what follows.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut chars = text.strip_prefix('"')?.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((value, text.get(at + 2..)?)),
            '\\' if chars.as_str().starts_with('"') => {
                value.push('"');
                chars.next();
            }
            c => value.push(c),
        }
    }
    None
}

/// Whether a list of patterns, parted by commas, has `text`: one pattern matches, and none with `!`
/// before it does.
fn in_list(text: &str, list: &str) -> bool {
    let mut found = false;
    for pattern in list.split(',').map(str::trim) {
        match pattern.strip_prefix('!') {
            Some(pattern) if matches(text, pattern) => return false,
            Some(_) => {}
            None => found |= matches(text, pattern),
        }
    }
    found
}

/// Whether a pattern, in which `*` is any number of characters and `?` one, is all of `text`. It
/// goes back to the last `*` only, so that the time is bounded by the product of the lengths.
fn matches(text: &str, pattern: &str) -> bool {
    let (text, pattern): (Vec<char>, Vec<char>) =
        (text.chars().collect(), pattern.chars().collect());
    let (mut t, mut p) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(c) if *c == '?' || text.get(t) == Some(c) => {
                p += 1;
                t += 1;
            }
            _ => match star {
                Some((at, from)) => {
                    star = Some((at, from + 1));
                    p = at + 1;
                    t = from + 1;
                }
                None => return false,
            },
        }
    }
    pattern.get(p..).unwrap_or_default().iter().all(|c| *c == '*')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signature::{NAMESPACE, SecretKey};

    fn key(seed: u8) -> PublicKey {
        SecretKey::from_seed(&[seed; 32], "").public()
    }

    fn judge(list: &str, identity: Option<&str>, at: Option<i64>) -> Standing {
        let list = list.replace("KEY", &key(1).to_string());
        Signers::parse(&list).unwrap().judge(&key(1), NAMESPACE, identity, at)
    }

    fn refused(list: &str, identity: Option<&str>, at: Option<i64>) -> Option<Refusal> {
        match judge(list, identity, at) {
            Standing::Listed(_) => None,
            Standing::Refused(refusal) => Some(refusal),
        }
    }

    #[test]
    fn a_listed_key_may_sign_for_what_and_when_its_line_says() {
        let listed = |line| Standing::Listed(Listed { principals: "a@b".into(), line });
        assert_eq!(judge("# x\n\n a@b KEY comment\n", None, None), listed(3));
        assert_eq!(judge("x@y ssh-rsa AAAA\r\n\"a@b\" KEY\r\n", None, None), listed(2));
        assert_eq!(judge("a@b namespaces=\"git,handover\" KEY", None, None), listed(1));
        assert_eq!(
            judge("a@b NAMESPACES=\"hand*\",valid-after=\"19700101\" KEY", None, Some(0)),
            listed(1)
        );
        assert_eq!(refused("a@b namespaces=\"git\" KEY", None, None), Some(Refusal::Namespace));
        assert_eq!(
            refused("a@b namespaces=\"*,!handover\" KEY", None, None),
            Some(Refusal::Namespace)
        );
        let other = format!("a@b {}", key(2));
        assert_eq!(refused(&other, None, None), Some(Refusal::Unlisted));
        assert_eq!(refused("", None, None), Some(Refusal::Unlisted));
        assert_eq!(refused("a@b cert-authority KEY", None, None), Some(Refusal::Unlisted));
    }

    #[test]
    fn the_bounds_belong_to_the_time() {
        let line = "a valid-after=\"19700101000010Z\",valid-before=\"197001010001\" KEY";
        for (at, expected) in [
            (None, Some(Refusal::NoTime)),
            (Some(9), Some(Refusal::NotYet)),
            (Some(10), None),
            (Some(60), None),
            (Some(61), Some(Refusal::Expired)),
        ] {
            assert_eq!(refused(line, None, at), expected, "{at:?}");
        }
        // One line that lets it sign is enough.
        assert_eq!(refused(&format!("{line}\nb KEY"), None, Some(61)), None);
    }

    #[test]
    fn names_are_patterns() {
        let list = "*@example.org,!old*,J?N KEY";
        for (name, good) in [
            ("jo@example.org", true),
            ("old@example.org", false),
            ("JAN", true),
            ("JN", false),
            ("jan", false),
            ("jo@example.org.uk", false),
        ] {
            assert_eq!(refused(list, Some(name), None).is_none(), good, "{name}");
        }
        assert!(matches("", "") && matches("", "**") && !matches("", "?") && matches("ab", "a*b"));
        // This takes for ever where each star is tried at each place.
        assert!(!matches(&"a".repeat(2000), &format!("{}b", "*a".repeat(500))));
    }

    #[test]
    fn a_wrong_line_is_named() {
        for wrong in [
            "a",
            "a KEY2",
            "\"a KEY",
            "a namespaces=x KEY",
            "a namespaces=\"x KEY",
            "a namespaces=\"x\"y KEY",
            "a unknown KEY",
            "a valid-after=\"2026\" KEY",
            "a valid-after=\"20260230\" KEY",
            "a valid-after=\"20260102\",valid-before=\"20260101\" KEY",
            "a valid-after=\"20260102\",valid-after=\"20260101\" KEY",
            "a ssh-ed25519 AAAA",
            "a namespaces=\"x\"",
        ] {
            let text =
                format!("\n{}", wrong.replace("KEY2", "x").replace("KEY", &key(1).to_string()));
            let error = Signers::parse(&text).unwrap_err().to_string();
            assert!(error.starts_with("line 2 of the list: "), "{wrong}: {error}");
        }
        let weak = "AAAAC3NzaC1lZDI1NTE5AAAAIAEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
        assert!(Signers::parse(&format!("a ssh-ed25519 {weak}")).is_err());
    }

    #[test]
    fn times_are_those_of_openssh() {
        assert_eq!(parse_time("19700102"), Some(86_400));
        assert_eq!(parse_time("197001020001Z"), Some(86_460));
        assert_eq!(parse_time("19700102000101"), Some(86_461));
        for wrong in ["", "1970", "19701301", "1970-01-02", "197001022400", "19700102é"] {
            assert_eq!(parse_time(wrong), None, "{wrong}");
        }
    }
}
