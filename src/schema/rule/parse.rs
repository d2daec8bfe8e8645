//! The syntax of an expression: CEL's precedence, without what the subset leaves out.

use super::Fault;
use super::lex::{self, Quoted, Token};

/// How deep brackets and operators may nest.
const DEPTH: usize = 64;

/// A part of an expression and the offset at which it stands: of an operator, its sign.
#[derive(Debug)]
pub(super) struct Part {
    pub at: usize,
    pub ast: Ast,
}

#[derive(Debug)]
pub(super) enum Ast {
    Null,
    Bool(bool),
    Number(String),
    Text(String),
    Field(String),
    List(Vec<Part>),
    Not(Box<Part>),
    Negate(Box<Part>),
    Binary(Binary, Box<Part>, Box<Part>),
    /// A function; a receiver, as in `x.contains('y')`, is the first of its arguments.
    Call(String, Vec<Part>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Binary {
    Or,
    And,
    Equal,
    Unequal,
    Less,
    AtMost,
    Greater,
    AtLeast,
    In,
    Plus,
    Minus,
    Times,
}

impl Binary {
    pub fn sign(self) -> &'static str {
        match self {
            Self::Or => "||",
            Self::And => "&&",
            Self::Equal => "==",
            Self::Unequal => "!=",
            Self::Less => "<",
            Self::AtMost => "<=",
            Self::Greater => ">",
            Self::AtLeast => ">=",
            Self::In => "in",
            Self::Plus => "+",
            Self::Minus => "-",
            Self::Times => "*",
        }
    }

    /// How strongly it binds: a larger number, more strongly.
    fn power(self) -> u8 {
        match self {
            Self::Or => 1,
            Self::And => 2,
            Self::Plus | Self::Minus => 4,
            Self::Times => 5,
            _ => 3,
        }
    }
}

pub(super) fn parse(text: &str) -> Result<Part, Fault> {
    let mut parser = Parser { tokens: lex::tokens(text)?, next: 0, depth: 0 };
    let part = parser.expression(0)?;
    let (at, token) = parser.peek();
    match token {
        Token::End => Ok(part),
        _ => Err(left_out(at, token)),
    }
}

/// What stands where an operator or the end should, and what CEL has and the subset has not.
fn left_out(at: usize, token: &Token) -> Fault {
    let hint = match token {
        Token::Sign("/" | "%") => "there is no division: multiply the other side",
        Token::Sign("?" | ":") => "there is no choice: write two rules, each with its \"when\"",
        Token::Sign("[") => "there is no access by index: name the field itself",
        Token::Sign("{") => "there are no maps",
        Token::Sign(")") => "remove the bracket, or open one before",
        Token::Name(name, _) if name.eq_ignore_ascii_case("and") => "and is \"&&\"",
        Token::Name(name, _) if name.eq_ignore_ascii_case("or") => "or is \"||\"",
        Token::Name(name, _) if name.eq_ignore_ascii_case("is") => "write \"== null\"",
        _ => "join parts by a comparison, &&, ||, in, +, - or *",
    };
    Fault::new(at, format!("{} does not go on from what is before", shown(token)), hint)
}

fn shown(token: &Token) -> String {
    match token {
        Token::Name(name, _) => format!("\"{name}\""),
        Token::Number(digits) => digits.clone(),
        Token::Text(_) => "a text".into(),
        Token::Sign(sign) => format!("\"{sign}\""),
        Token::End => "the end".into(),
    }
}

struct Parser {
    tokens: Vec<(usize, Token)>,
    next: usize,
    depth: usize,
}

const END: &(usize, Token) = &(0, Token::End);

impl Parser {
    fn peek(&self) -> (usize, &Token) {
        let (at, token) = self.tokens.get(self.next).or(self.tokens.last()).unwrap_or(END);
        (*at, token)
    }

    fn take(&mut self) -> (usize, Token) {
        let (at, token) = self.peek();
        let taken = (at, token.clone());
        self.next += 1;
        taken
    }

    fn takes(&mut self, sign: &str) -> bool {
        let is = matches!(self.peek().1, Token::Sign(found) if *found == sign);
        self.next += usize::from(is);
        is
    }

    fn deeper<T>(&mut self, inner: impl FnOnce(&mut Self) -> Result<T, Fault>) -> Result<T, Fault> {
        self.depth += 1;
        if self.depth > DEPTH {
            let reason = format!("nests more than {DEPTH} deep");
            return Err(Fault::new(self.peek().0, reason, "write several rules"));
        }
        let found = inner(self);
        self.depth -= 1;
        found
    }

    fn operator(&self) -> Option<Binary> {
        Some(match self.peek().1 {
            Token::Sign("||") => Binary::Or,
            Token::Sign("&&") => Binary::And,
            Token::Sign("==") => Binary::Equal,
            Token::Sign("!=") => Binary::Unequal,
            Token::Sign("<") => Binary::Less,
            Token::Sign("<=") => Binary::AtMost,
            Token::Sign(">") => Binary::Greater,
            Token::Sign(">=") => Binary::AtLeast,
            Token::Sign("+") => Binary::Plus,
            Token::Sign("-") => Binary::Minus,
            Token::Sign("*") => Binary::Times,
            Token::Name(name, Quoted::No) if name == "in" => Binary::In,
            _ => return None,
        })
    }

    /// An expression whose operators bind more strongly than `least`.
    fn expression(&mut self, least: u8) -> Result<Part, Fault> {
        let mut left = self.deeper(Self::unary)?;
        let mut length = 0;
        while let Some(operator) = self.operator().filter(|one| one.power() > least) {
            let (at, _) = self.take();
            // The tree leans to the left, and is walked as deep as the chain is long.
            length += 1;
            if length > DEPTH * 4 {
                let reason = format!("joins more than {} parts", DEPTH * 4);
                return Err(Fault::new(at, reason, "use \"in\" with a list, or several rules"));
            }
            let right = self.deeper(|parser| parser.expression(operator.power()))?;
            if operator.power() == 3
                && let Some(next) = self.operator().filter(|next| next.power() == 3)
            {
                let hint = format!("write a {} b && b {} c", operator.sign(), next.sign());
                return Err(Fault::new(self.peek().0, "a second comparison in one", hint));
            }
            left = Part { at, ast: Ast::Binary(operator, Box::new(left), Box::new(right)) };
        }
        Ok(left)
    }

    fn unary(&mut self) -> Result<Part, Fault> {
        let (at, token) = self.peek();
        match token {
            Token::Sign("!") => {
                self.next += 1;
                Ok(Part { at, ast: Ast::Not(Box::new(self.deeper(Self::unary)?)) })
            }
            Token::Sign("-") => {
                self.next += 1;
                Ok(Part { at, ast: Ast::Negate(Box::new(self.deeper(Self::unary)?)) })
            }
            _ => self.member(),
        }
    }

    /// A value and the functions called on it.
    fn member(&mut self) -> Result<Part, Fault> {
        let mut part = self.primary()?;
        let mut calls = 0;
        while self.takes(".") {
            let (at, token) = self.take();
            calls += 1;
            let (Token::Name(name, Quoted::No), true) = (&token, calls <= DEPTH) else {
                return Err(Fault::new(
                    at,
                    "no function behind the point",
                    "write x.contains('y')",
                ));
            };
            if !self.takes("(") {
                let hint =
                    format!("a field whose name has a point stands in backticks: `x.{name}`");
                return Err(Fault::new(at, format!("\"{name}\" is not called"), hint));
            }
            let mut arguments = vec![part];
            arguments.extend(self.arguments(")")?);
            part = Part { at, ast: Ast::Call(name.clone(), arguments) };
        }
        Ok(part)
    }

    fn primary(&mut self) -> Result<Part, Fault> {
        let (at, token) = self.take();
        let ast = match token {
            Token::Number(digits) => Ast::Number(digits),
            Token::Text(text) => Ast::Text(text),
            Token::Name(name, Quoted::Yes) => Ast::Field(name),
            Token::Name(name, Quoted::No) => match name.as_str() {
                "null" => Ast::Null,
                "true" => Ast::Bool(true),
                "false" => Ast::Bool(false),
                "in" => {
                    let hint = "\"in\" stands between a value and a list; a field of that name \
                                stands in `backticks`";
                    return Err(Fault::new(at, "\"in\" where a value should be", hint));
                }
                _ if self.takes("(") => Ast::Call(name, self.arguments(")")?),
                _ => Ast::Field(name),
            },
            Token::Sign("(") => {
                let inner = self.deeper(|parser| parser.expression(0))?;
                if !self.takes(")") {
                    let (found, token) = self.peek();
                    return Err(match token {
                        Token::End => Fault::new(at, "a bracket that is not closed", "close it"),
                        _ => left_out(found, token),
                    });
                }
                return Ok(inner);
            }
            Token::Sign("[") => Ast::List(self.arguments("]")?),
            other => {
                let hint = "write a field, a literal or a function";
                return Err(Fault::new(
                    at,
                    format!("{} where a value should be", shown(&other)),
                    hint,
                ));
            }
        };
        Ok(Part { at, ast })
    }

    /// What stands between commas, up to the closing bracket.
    fn arguments(&mut self, close: &'static str) -> Result<Vec<Part>, Fault> {
        let mut found = Vec::new();
        if self.takes(close) {
            return Ok(found);
        }
        loop {
            found.push(self.deeper(|parser| parser.expression(0))?);
            if self.takes(close) {
                return Ok(found);
            }
            if !self.takes(",") {
                let (at, token) = self.peek();
                let reason = format!("{} where a comma or \"{close}\" should be", shown(token));
                return Err(Fault::new(at, reason, "close the bracket"));
            }
        }
    }
}
