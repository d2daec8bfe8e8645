//! Payload names that are safe on every system.
//!
//! A name that some system cannot hold, or would hold as another file's, is replaced; the name as
//! delivered is kept in `metadata/received.json`.

use crate::path::{MemberPath, collision_key};
use std::collections::BTreeSet;

/// For each delivered path the path below `data/`.
pub(super) fn payload<'a>(delivered: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut taken = BTreeSet::new();
    let mut names = Vec::new();
    for path in delivered {
        let portable = MemberPath::new(path).is_ok_and(|path| path.is_portable());
        let base = if portable { path.to_owned() } else { portable_form(path) };
        let mut name = base.clone();
        let mut number = 2;
        while !taken.insert(collision_key(&name)) {
            name = format!("{base}~{number}");
            number += 1;
        }
        names.push(name);
    }
    names
}

/// The nearest name that every system can hold.
fn portable_form(path: &str) -> String {
    let part = |part: &str| {
        let kept: String = part
            .chars()
            .map(|c| {
                let bad = c.is_control()
                    || matches!(c, '%' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|');
                if bad { '_' } else { c }
            })
            .collect();
        let kept = kept.trim_end_matches(['.', ' ']).to_owned();
        let alone = MemberPath::new(&kept).is_ok_and(|path| path.is_portable());
        if alone { kept } else { format!("_{kept}") }
    };
    let parts: Vec<String> = path.split('/').filter(|p| !p.is_empty()).map(part).collect();
    if parts.is_empty() { "_".into() } else { parts.join("/") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_kept_where_they_are_safe_and_told_apart_where_not() {
        let names = payload(
            ["a/b.csv", "A/B.csv", "con.txt", "x%0A.csv", "dot.", "a\\b", "..", "fine é.csv"]
                .into_iter(),
        );
        assert_eq!(names[0], "a/b.csv");
        assert_eq!(names[7], "fine é.csv");
        for name in &names {
            assert!(MemberPath::new(name).unwrap().is_portable(), "{name}");
        }
        let keys: BTreeSet<String> = names.iter().map(|name| collision_key(name)).collect();
        assert_eq!(keys.len(), names.len());
    }
}
