//! The words of an expression.

use super::Fault;

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    /// A name; in backticks it may hold any character and is never a word of the language.
    Name(String, Quoted),
    /// Digits, with a point and exponent if need be.
    Number(String),
    Text(String),
    /// An operator or bracket.
    Sign(&'static str),
    End,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quoted {
    Yes,
    No,
}

/// Longer ones first.
const SIGNS: [&str; 24] = [
    "==", "!=", "<=", ">=", "&&", "||", "<", ">", "!", "+", "-", "*", "(", ")", "[", "]", ",", ".",
    "/", "%", "?", ":", "{", "}",
];

/// All tokens with the offsets at which they begin; the last is [`Token::End`].
pub(super) fn tokens(text: &str) -> Result<Vec<(usize, Token)>, Fault> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(rest) = text.get(at..) {
        let Some(first) = rest.chars().next() else { break };
        if first.is_whitespace() {
            at += first.len_utf8();
            continue;
        }
        let (token, length) = match first {
            '\'' | '"' => string(rest, at, first)?,
            'r' | 'R' if rest[1..].starts_with(['\'', '"']) => raw(rest, at)?,
            '`' => quoted_name(rest, at)?,
            _ if first.is_ascii_digit() => number(rest, at)?,
            _ if first.is_alphabetic() || first == '_' => {
                let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_');
                let name = &rest[..end.unwrap_or(rest.len())];
                (Token::Name(name.to_owned(), Quoted::No), name.len())
            }
            _ => sign(rest, at, first)?,
        };
        found.push((at, token));
        at += length;
    }
    found.push((text.len(), Token::End));
    Ok(found)
}

fn sign(rest: &str, at: usize, first: char) -> Result<(Token, usize), Fault> {
    if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
        return Ok((Token::Sign(sign), sign.len()));
    }
    let hint = match first {
        '=' => "equality is \"==\"",
        '&' => "and is \"&&\"",
        '|' => "or is \"||\"",
        '‘' | '’' | '“' | '”' => "write text in straight quote marks, as 'text'",
        _ => "fields, literals, comparisons, && || !, in, + - * and a few functions exist",
    };
    Err(Fault::new(at, format!("\"{first}\" means nothing here"), hint))
}

fn number(rest: &str, at: usize) -> Result<(Token, usize), Fault> {
    let bytes = rest.as_bytes();
    let digits = |from: usize| {
        let digits = bytes.get(from..).unwrap_or_default();
        from + digits.iter().take_while(|byte| byte.is_ascii_digit()).count()
    };
    let mut end = digits(0);
    if bytes.get(end) == Some(&b'.') && digits(end + 1) > end + 1 {
        end = digits(end + 1);
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        if digits(end + 1 + sign) > end + 1 + sign {
            end = digits(end + 1 + sign);
        }
    }
    let after = rest[end..].chars().next();
    if after.is_some_and(|c| c.is_alphanumeric() || c == '_') {
        let reason = format!("\"{}\" is no number", &rest[..end + 1]);
        let hint = "write a decimal number; a name that begins with a digit stands in `backticks`";
        return Err(Fault::new(at, reason, hint));
    }
    Ok((Token::Number(rest[..end].to_owned()), end))
}

fn raw(rest: &str, at: usize) -> Result<(Token, usize), Fault> {
    let quote = &rest[1..2];
    match rest[2..].find(quote) {
        Some(length) => Ok((Token::Text(rest[2..2 + length].to_owned()), length + 3)),
        None => Err(unclosed(at)),
    }
}

fn unclosed(at: usize) -> Fault {
    Fault::new(at, "a text begins and does not end", "close it with the quote mark it begins with")
}

fn quoted_name(rest: &str, at: usize) -> Result<(Token, usize), Fault> {
    match rest[1..].find('`') {
        Some(0) => Err(Fault::new(at, "an empty name", "write the field's name in backticks")),
        Some(length) => Ok((Token::Name(rest[1..=length].to_owned(), Quoted::Yes), length + 2)),
        None => Err(Fault::new(at, "a name begins and does not end", "close it with a backtick")),
    }
}

fn string(rest: &str, at: usize, quote: char) -> Result<(Token, usize), Fault> {
    let mut text = String::new();
    let mut characters = rest.char_indices().skip(1);
    while let Some((place, character)) = characters.next() {
        match character {
            _ if character == quote => return Ok((Token::Text(text), place + 1)),
            '\\' => {
                let Some((_, escaped)) = characters.next() else { break };
                text.push(match escaped {
                    'n' => '\n',
                    'r' => '\r',
                    't' => '\t',
                    '\\' | '\'' | '"' | '`' | '?' => escaped,
                    'u' => {
                        let digits: String = characters.by_ref().take(4).map(|(_, c)| c).collect();
                        let number = u32::from_str_radix(&digits, 16).ok();
                        let Some(found) = number.and_then(char::from_u32) else {
                            let hint = "write four hexadecimal digits, as \\u00e9";
                            return Err(Fault::new(at + place, "\\u without its digits", hint));
                        };
                        found
                    }
                    _ => {
                        let reason = format!("\\{escaped} is no escape");
                        let hint = "a backslash is \\\\; in JSON each is doubled once more; r'…' \
                                    takes all as it stands";
                        return Err(Fault::new(at + place, reason, hint));
                    }
                });
            }
            _ => text.push(character),
        }
    }
    Err(unclosed(at))
}
