//! The shape of a value: what may be said of it without saying it.
//!
//! **Invariant:** no letter of the value comes through, no digit, and no character beyond ASCII:
//! only classes, ASCII punctuation, lengths, and names of what cannot be seen.

use super::message::is_invisible;

/// The longest shape, in characters.
const LONGEST: usize = 40;

/// The longest run that is written out.
const LONGEST_RUN: usize = 4;

/// The shape of a cell: lower-case letters as `a`, upper-case letters as `A`, digits as `9`, ASCII
/// punctuation as it is, and `¤` for any other character.
///
/// Runs of more than four are counted, as `9{14}`. A space is shown as such between other
/// characters and as `␣` elsewhere; other white space, control characters and invisible ones are
/// named, as `<TAB>` and `<LF>`. A shape has at most 40 characters; a longer one ends in `…`.
pub fn shape(cell: &str) -> String {
    let mut shape = Shape::default();
    let mut rest = cell.chars().map(class).peekable();
    let mut at_start = true;
    while let Some(first) = rest.next() {
        let mut length = 1_usize;
        while rest.next_if_eq(&first).is_some() {
            length += 1;
        }
        let plain_space = first == " " && length == 1 && !at_start && rest.peek().is_some();
        let mark = if first == " " && !plain_space { "␣" } else { first };
        if !shape.push_run(mark, length) {
            break;
        }
        at_start = false;
    }
    shape.text
}

/// The text so far, and where to cut it if more follows than fits.
#[derive(Default)]
struct Shape {
    text: String,
    length: usize,
    cut: usize,
}

impl Shape {
    /// Adds a run; `false` where it no longer fits.
    fn push_run(&mut self, mark: &str, length: usize) -> bool {
        if length <= LONGEST_RUN {
            (0..length).all(|_| self.push(mark))
        } else {
            self.push(&format!("{mark}{{{length}}}"))
        }
    }

    fn push(&mut self, piece: &str) -> bool {
        let added = piece.chars().count();
        if self.length + added > LONGEST {
            self.text.truncate(self.cut);
            self.text.push('…');
            return false;
        }
        self.text.push_str(piece);
        self.length += added;
        if self.length < LONGEST {
            self.cut = self.text.len();
        }
        true
    }
}

/// What stands for a character.
fn class(c: char) -> &'static str {
    match c {
        ' ' => " ",
        '\t' => "<TAB>",
        '\n' => "<LF>",
        '\r' => "<CR>",
        '\0' => "<NUL>",
        '\u{1b}' => "<ESC>",
        '\u{a0}' => "<NBSP>",
        '\u{feff}' => "<BOM>",
        '\u{fffd}' => "<BAD>",
        _ if c.is_control() => "<CTL>",
        _ if is_invisible(c) => "<INV>",
        _ if c.is_whitespace() => "<SP>",
        _ if c.is_uppercase() => "A",
        _ if c.is_alphabetic() => "a",
        _ if c.is_numeric() => "9",
        _ => punctuation(c),
    }
}

/// ASCII punctuation as it is; `¤` for all else.
fn punctuation(c: char) -> &'static str {
    const ASCII: &str = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";
    ASCII.find(c).and_then(|at| ASCII.get(at..at + 1)).unwrap_or("¤")
}

#[cfg(test)]
mod tests;
