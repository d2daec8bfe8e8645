//! Names in little room: long ones are cut in the middle, since both ends tell files apart.

/// A name of at most `width` characters, of which `tail` are its end.
fn cut_in_the_middle(name: &str, width: usize, tail: usize) -> String {
    let length = name.chars().count();
    if length <= width {
        return name.to_owned();
    }
    let tail = tail.min(width.saturating_sub(1));
    let head = width.saturating_sub(tail + 1);
    let start = name.chars().take(head);
    let end = name.chars().skip(length - tail);
    start.chain(std::iter::once('…')).chain(end).collect()
}

/// A name of at most `width` characters.
pub(super) fn shortened(name: &str, width: usize) -> String {
    cut_in_the_middle(name, width, width / 3)
}

/// Names of at most `width` characters each, cut where they still differ, if there is such a place.
pub(super) fn told_apart(names: &[&str], width: usize) -> Vec<String> {
    let cut = |tail| -> Vec<String> {
        names.iter().map(|name| cut_in_the_middle(name, width, tail)).collect()
    };
    let differ = |cut: &Vec<String>| {
        let mut sorted: Vec<&String> = cut.iter().collect();
        sorted.sort_unstable();
        sorted.windows(2).all(|two| two.first() != two.last())
    };
    let tails = [width / 3, width * 2 / 3, width, 0];
    tails.into_iter().map(cut).find(differ).unwrap_or_else(|| cut(width / 3))
}

/// Text whose words have at most `width` characters each.
pub(super) fn fitted(text: &str, width: usize) -> String {
    text.split_whitespace().map(|word| shortened(word, width)).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_keep_both_ends_and_stay_different() {
        assert_eq!(shortened("short.csv", 12), "short.csv");
        assert_eq!(shortened("291_Admin_Patient_2024.csv", 13), "291_Admi….csv");
        let same_ends = ["291_Observation_1_2024_GUID.csv", "291_Observation_2_2024_GUID.csv"];
        let cut = told_apart(&same_ends, 18);
        assert_ne!(cut[0], cut[1]);
        assert!(cut.iter().all(|name| name.chars().count() == 18));
        assert_eq!(told_apart(&["a", "b"], 12), ["a", "b"]);
        assert_eq!(fitted("in äöüäöüäöüäöü.csv today", 9), "in äöüäö…csv today");
    }
}
