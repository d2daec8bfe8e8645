//! Payload names that are safe on every system.
//!
//! A name that some system cannot hold, or would hold as another file's or a folder's, is replaced;
//! the name as delivered is kept in `metadata/received.json`.

use crate::path::{LONGEST, LONGEST_SEGMENT, MemberPath, collision_key, is_portable_char};
use std::collections::BTreeSet;

/// What a path in a package has before the delivered one, at most: top folder and `data/`.
const BEFORE: usize = 128;

/// The longest ending of a name that is kept when the name is cut, with its dot, in bytes.
const LONGEST_ENDING: usize = 16;

/// For each delivered path the path below `data/`.
pub(super) fn payload<'a>(delivered: impl Iterator<Item = &'a str>) -> Vec<String> {
    let wanted: Vec<String> = delivered
        .map(|path| {
            let portable = MemberPath::new(path).is_ok_and(|path| path.is_portable())
                && path.len() + BEFORE <= LONGEST;
            if portable { path.to_owned() } else { portable_form(path) }
        })
        .collect();
    let folders: BTreeSet<String> = wanted
        .iter()
        .flat_map(|path| path.match_indices('/').filter_map(|(at, _)| path.get(..at)))
        .map(collision_key)
        .collect();
    let mut taken = BTreeSet::new();
    let mut names = Vec::with_capacity(wanted.len());
    for base in wanted {
        let mut name = base.clone();
        let mut number = 2_u64;
        loop {
            let key = collision_key(&name);
            if !folders.contains(&key) && taken.insert(key) {
                break;
            }
            name = numbered(&base, number);
            number += 1;
        }
        names.push(name);
    }
    names
}

/// The nearest path that every system can hold.
fn portable_form(path: &str) -> String {
    let parts: Vec<String> = path.split('/').filter(|part| !part.is_empty()).map(segment).collect();
    let joined = parts.join("/");
    match parts.last() {
        None => "_".into(),
        Some(_) if joined.len() + BEFORE <= LONGEST => joined,
        // A path that is too long keeps its file's name alone.
        Some(name) => format!("_/{name}"),
    }
}

/// The nearest segment that every system can hold.
fn segment(part: &str) -> String {
    let kept: String = part.chars().map(|c| if is_portable_char(c) { c } else { '_' }).collect();
    let kept = cut(kept.trim_end_matches(['.', ' ']), "");
    match MemberPath::new(&kept).is_ok_and(|path| path.is_portable()) {
        true => kept,
        // A device of Windows, a blank in front, or nothing that is left.
        false => format!("_{}", cut(&kept, "_")),
    }
}

/// The name with a number before its ending: `letter~2.pdf`.
fn numbered(path: &str, number: u64) -> String {
    let mark = format!("~{number}");
    let (folder, name) = match path.rsplit_once('/') {
        Some((folder, name)) => (format!("{folder}/"), name),
        None => (String::new(), path),
    };
    let name = cut(name, &mark);
    let at = name.len() - ending(&name).len();
    let (stem, ending) = name.split_at_checked(at).unwrap_or((&name, ""));
    format!("{folder}{stem}{mark}{ending}")
}

/// The ending of a name with its dot; empty where there is none, or it is long.
fn ending(name: &str) -> &str {
    match name.rfind('.') {
        Some(at) if at > 0 && name.len() - at <= LONGEST_ENDING => {
            name.get(at..).unwrap_or_default()
        }
        _ => "",
    }
}

/// A segment cut before its ending so that it is short enough with `mark`.
fn cut(name: &str, mark: &str) -> String {
    let most = LONGEST_SEGMENT - mark.len();
    if name.len() <= most {
        return name.to_owned();
    }
    let ending = ending(name);
    let mut at = most - ending.len();
    while !name.is_char_boundary(at) {
        at -= 1;
    }
    let stem = name.get(..at).unwrap_or_default();
    format!("{stem}{ending}").trim_end_matches(['.', ' ']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn are_safe(delivered: &[&str]) -> Vec<String> {
        let names = payload(delivered.iter().copied());
        assert_eq!(names.len(), delivered.len());
        for name in &names {
            let path = MemberPath::new(name).unwrap();
            assert!(path.is_portable(), "{name:?}");
            assert!(name.len() + BEFORE <= LONGEST);
        }
        let keys: BTreeSet<String> = names.iter().map(|name| collision_key(name)).collect();
        assert_eq!(keys.len(), names.len(), "{names:?}");
        for name in &names {
            for (at, _) in name.match_indices('/') {
                assert!(!keys.contains(&collision_key(&name[..at])), "{name} lies in a file");
            }
        }
        names
    }

    #[test]
    fn names_are_kept_where_they_are_safe_and_told_apart_where_not() {
        let names = are_safe(&[
            "a/b.csv",
            "A/B.csv",
            "con.txt",
            "x%0A.csv",
            "dot.",
            "a\\b",
            "..",
            "fine é.csv",
            "zero\u{200b}width.csv",
            " blank",
            "/",
            "",
        ]);
        assert_eq!(names[0], "a/b.csv");
        assert_eq!(names[1], "A/B~2.csv");
        assert_eq!(names[2], "_con.txt");
        assert_eq!(names[3], "x_0A.csv");
        assert_eq!(names[7], "fine é.csv");
        assert_eq!(names[8], "zero_width.csv");
    }

    #[test]
    fn a_file_is_never_named_as_a_folder_is() {
        let names = are_safe(&["Letters", "letters/a.pdf", "letters~2", "LETTERS"]);
        assert_eq!(names[1], "letters/a.pdf");
        assert_eq!(names[0], "Letters~2");
    }

    #[test]
    fn long_names_are_cut_and_keep_their_ending() {
        let long = format!("{}.pdf", "é".repeat(200));
        let deep = format!("{}x.csv", "folder/".repeat(700));
        let upper = format!("{}.PDF", "É".repeat(200));
        let names = are_safe(&[&long, &upper, &deep, &"n".repeat(300), &".".repeat(300)]);
        assert!(names[0].ends_with("é.pdf") && names[0].len() <= 255);
        assert!(names[1].ends_with("~2.PDF"), "{}", names[1]);
        assert_eq!(names[2], "_/x.csv");
    }

    proptest! {
        #[test]
        fn any_names_come_out_safe_and_different(
            paths in prop::collection::vec("[aAé./ ~%:\u{200b}\ncon2]{0,12}|.{0,300}", 0..12)
        ) {
            let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
            are_safe(&paths);
        }
    }
}
