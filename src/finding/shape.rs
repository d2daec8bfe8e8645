//! The shape of a value: what may be said of it without saying it.

/// The shape of a cell: letters as `a` or `A`, digits as `9`, others as they are; long runs cut.
pub fn shape(cell: &str) -> String {
    cell.chars()
        .map(|c| match c {
            _ if c.is_ascii_digit() => '9',
            _ if c.is_uppercase() => 'A',
            _ if c.is_alphabetic() => 'a',
            _ => c,
        })
        .collect()
}
