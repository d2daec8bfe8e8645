//! Names of entries: decoding, and what two of them may not have in common.

use crate::archive::findings::Findings;
use crate::finding::Code;
use crate::path::collision_key;
use std::hash::{DefaultHasher, Hash, Hasher};

/// The upper half of code page 437, which names are in that do not say they are UTF-8 (APPNOTE
/// appendix D).
const CP437: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀\
αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}";

/// A name, and whether it is not the UTF-8 that it says it is. Without the flag, a name that happens
/// to be UTF-8 is taken for it, as most systems write it today.
pub(super) fn decode(bytes: &[u8], says_utf8: bool) -> (String, bool) {
    match std::str::from_utf8(bytes) {
        Ok(text) => (text.to_owned(), false),
        Err(_) if says_utf8 => (String::from_utf8_lossy(bytes).into_owned(), true),
        Err(_) => {
            let upper: Vec<char> = CP437.chars().collect();
            let letter = |byte: &u8| match byte.checked_sub(128) {
                None => char::from(*byte),
                Some(at) => upper.get(usize::from(at)).copied().unwrap_or('\u{fffd}'),
            };
            (bytes.iter().map(letter).collect(), false)
        }
    }
}

/// An entry as far as its name goes.
#[derive(Debug, Clone, Copy)]
pub struct Named<'a> {
    /// The name, without the slash that ends a folder's.
    pub name: &'a str,
    /// Whether it is a folder.
    pub directory: bool,
    /// Where its header begins.
    pub offset: u64,
}

/// Finds entries of the same name, of names that some system takes for the same, and files that
/// other entries take for a folder, in so many letters or on some system.
pub fn compare(entries: &[Named<'_>], findings: &mut Findings) {
    let mut order: Vec<usize> = (0..entries.len()).collect();
    let name = |index: usize| entries.get(index).map_or("", |entry| entry.name);
    let offset = |index: usize| entries.get(index).map_or(0, |entry| entry.offset);
    order.sort_by(|one, two| name(*one).cmp(name(*two)).then(one.cmp(two)));
    for pair in order.windows(2) {
        if let [one, two] = pair
            && name(*one) == name(*two)
        {
            let text = "two entries have the same name";
            findings.of(Code::AmbiguousArchive, text, *two, offset(*two));
        }
    }
    for (index, entry) in entries.iter().enumerate() {
        for (at, _) in entry.name.match_indices('/') {
            let parent = entry.name.get(..at).unwrap_or_default();
            let found = order.partition_point(|other| name(*other) < parent);
            let is_file = order
                .get(found)
                .and_then(|other| entries.get(*other))
                .is_some_and(|other| other.name == parent && !other.directory);
            if is_file {
                let text = "an entry lies in a folder whose name is that of a file";
                findings.of(Code::AmbiguousArchive, text, index, entry.offset);
            }
        }
    }
    let hash = |index: usize| {
        let mut hasher = DefaultHasher::new();
        collision_key(name(index)).hash(&mut hasher);
        hasher.finish()
    };
    let mut keys: Vec<(u64, usize)> = order.iter().map(|index| (hash(*index), *index)).collect();
    keys.sort_unstable();
    for pair in keys.windows(2) {
        if let [(one_key, one), (two_key, two)] = pair
            && one_key == two_key
            && name(*one) != name(*two)
            && collision_key(name(*one)) == collision_key(name(*two))
        {
            let text = "two names differ only in case or in how accents are written";
            findings.of(Code::NameCollision, text, *two, offset(*two));
        }
    }
    // In the order of names, entries of a folder stand together: each folder is looked up once.
    let mut seen = "";
    for &index in &order {
        for (at, _) in name(index).match_indices('/') {
            let parent = name(index).get(..at).unwrap_or_default();
            if seen.starts_with(parent) && matches!(seen.as_bytes().get(at), None | Some(b'/')) {
                continue;
            }
            let mut hasher = DefaultHasher::new();
            collision_key(parent).hash(&mut hasher);
            let key = hasher.finish();
            let from = keys.partition_point(|(other, _)| *other < key);
            let same = keys.iter().skip(from).take_while(|(other, _)| *other == key);
            for (_, other) in same {
                let is_file = entries.get(*other).is_some_and(|entry| !entry.directory);
                if is_file
                    && name(*other) != parent
                    && collision_key(name(*other)) == collision_key(parent)
                {
                    let text = "a file has the name of a folder, but for case or accents";
                    findings.of(Code::NameCollision, text, *other, offset(*other));
                }
            }
        }
        seen = name(index).rsplit_once('/').map_or("", |(folder, _)| folder);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_some_system_takes_for_a_folder_is_found_once() {
        let entry = |name| Named { name, directory: false, offset: 0 };
        let of = |names: &[&'static str]| {
            let mut findings = Findings::default();
            let entries: Vec<Named<'_>> = names.iter().copied().map(entry).collect();
            compare(&entries, &mut findings);
            let groups = findings.into_groups();
            groups.iter().map(|group| (group.code.name(), group.occurrences)).collect::<Vec<_>>()
        };
        let none: Vec<(&str, u64)> = Vec::new();
        assert_eq!(of(&["a/b/c", "a/b/d", "a/bc", "ab"]), none);
        assert_eq!(of(&["top/a/x", "top/A", "top/a/y", "top/b"]), [("name-collision", 1)]);
        assert_eq!(of(&["é/x/y", "E\u{301}/X"]), [("name-collision", 1)]);
        assert_eq!(of(&["a/x", "a"]), [("ambiguous-archive", 1)]);
    }

    #[test]
    fn names_are_decoded_as_their_flag_says() {
        assert_eq!(CP437.chars().count(), 128);
        assert_eq!(decode("é".as_bytes(), true), ("é".into(), false));
        assert_eq!(decode("é".as_bytes(), false), ("é".into(), false));
        assert_eq!(decode(b"caf\x82", false), ("café".into(), false));
        assert_eq!(decode(b"caf\x82", true), ("caf\u{fffd}".into(), true));
    }
}
