//! The types of an expression, found before any row is seen: what leaves here cannot fail.

use super::parse::{Ast, Binary, Part};
use super::{Compile, Fault, Fields};
use crate::schema::descriptor::did_you_mean;
use crate::schema::regex::Regex;
use crate::schema::value::{Family, Number, Type, Value};

/// An expression whose types are right.
#[derive(Debug)]
pub(super) enum Node {
    Constant(Value),
    /// A field by its index, and its type.
    Field(usize, Type),
    Not(Box<Node>),
    /// All of them, from left to right.
    And(Vec<Node>),
    /// Any of them, from left to right.
    Or(Vec<Node>),
    Compare(Comparison, Box<Node>, Box<Node>),
    /// Whether it is null.
    IsNull(Box<Node>),
    In(Box<Node>, Vec<Value>),
    Arithmetic(Arithmetic, Box<Node>, Box<Node>),
    Negate(Box<Node>),
    Size(Box<Node>),
    Text(TextTest, Box<Node>, Box<Node>),
    Matches(Box<Node>, Regex),
    /// The date of a datetime.
    DateOf(Box<Node>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    Unequal,
    Less,
    AtMost,
    Greater,
    AtLeast,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Arithmetic {
    Plus,
    Minus,
    Times,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TextTest {
    StartsWith,
    EndsWith,
    Contains,
}

const FUNCTIONS: [&str; 8] =
    ["size", "startsWith", "endsWith", "contains", "matches", "date", "time", "datetime"];

/// Checks a whole expression, which must be true or false; gives the fields that it names, too.
pub(super) fn check(
    part: &Part,
    fields: &Fields,
    regex: &mut Compile,
) -> Result<(Node, Vec<usize>), Fault> {
    let mut checker = Checker { fields, used: Vec::new(), regex };
    let root = checker.condition(part)?;
    checker.used.sort_unstable();
    checker.used.dedup();
    Ok((root, checker.used))
}

struct Checker<'c> {
    fields: &'c Fields<'c>,
    used: Vec<usize>,
    regex: &'c mut Compile<'c>,
}

/// The type of a part, in words.
fn name(family: Family) -> &'static str {
    match family {
        Family::Text => "a text",
        Family::Uuid => "a UUID",
        Family::Number => "a number",
        Family::Boolean => "true or false",
        Family::Date => "a date",
        Family::Time => "a time",
        Family::Datetime => "a datetime",
        Family::Year => "a year",
        Family::Yearmonth => "a month",
        Family::Duration => "a duration",
        Family::List => "a list",
        Family::Json => "JSON",
        Family::Geopoint => "a point",
    }
}

fn is_ordered(family: Family) -> bool {
    !matches!(
        family,
        Family::Uuid | Family::Boolean | Family::List | Family::Json | Family::Geopoint
    )
}

impl Checker<'_> {
    /// A part that must be true or false.
    fn condition(&mut self, part: &Part) -> Result<Node, Fault> {
        let (node, family) = self.value(part)?;
        if family == Family::Boolean {
            return Ok(node);
        }
        let hint = match family {
            Family::Text => "compare it, as in x == 'y', or test it with x != null",
            _ => "compare it, as in x > 0, or test it with x != null",
        };
        Err(Fault::new(part.at, format!("is {}, not a condition", name(family)), hint))
    }

    fn value(&mut self, part: &Part) -> Result<(Node, Family), Fault> {
        let at = part.at;
        Ok(match &part.ast {
            Ast::Null => {
                let hint = "null only stands beside == or !=, as in x == null";
                return Err(Fault::new(at, "null is no value", hint));
            }
            Ast::List(_) => {
                let hint = "a list stands behind \"in\", as in x in ['a', 'b']";
                return Err(Fault::new(at, "a list is no value", hint));
            }
            Ast::Bool(value) => (Node::Constant(Value::Boolean(*value)), Family::Boolean),
            Ast::Number(digits) => (Node::Constant(number(digits, at)?), Family::Number),
            Ast::Text(text) => (Node::Constant(Value::Text(text.clone())), Family::Text),
            Ast::Field(name) => self.field(name, at)?,
            Ast::Not(inner) => (Node::Not(Box::new(self.condition(inner)?)), Family::Boolean),
            Ast::Negate(inner) => {
                let inner = self.wanted(inner, Family::Number, "-")?;
                (Node::Negate(Box::new(inner)), Family::Number)
            }
            Ast::Call(name, arguments) => self.call(name, arguments, at)?,
            Ast::Binary(operator, left, right) => self.binary(*operator, left, right, at)?,
        })
    }

    fn field(&mut self, name: &str, at: usize) -> Result<(Node, Family), Fault> {
        match self.fields.by_name.get(name) {
            Some((index, field, 1)) => {
                let index = *index;
                self.used.push(index);
                let family = match field.kind.family() {
                    // A year compares with a number.
                    Family::Year => Family::Number,
                    family => family,
                };
                Ok((Node::Field(index, field.kind.clone()), family))
            }
            Some(_) => {
                let reason = format!("\"{name}\" is the name of several fields");
                Err(Fault::new(at, reason, "a rule needs fields with names of their own"))
            }
            None => {
                let known: Vec<&str> = self.fields.by_name.keys().copied().collect();
                let otherwise = "write a field's name as declared, in `backticks` where it has \
                                 other signs than letters, digits and _; text stands in 'quotes'";
                let hint = did_you_mean(name, &known, otherwise);
                Err(Fault::new(at, format!("this table has no field \"{name}\""), hint))
            }
        }
    }

    fn wanted(&mut self, part: &Part, wanted: Family, of: &str) -> Result<Node, Fault> {
        let (node, family) = self.value(part)?;
        if family == wanted {
            return Ok(node);
        }
        let reason = format!("\"{of}\" takes {}, not {}", name(wanted), name(family));
        Err(Fault::new(part.at, reason, format!("give it {}", name(wanted))))
    }

    fn binary(
        &mut self,
        operator: Binary,
        left: &Part,
        right: &Part,
        at: usize,
    ) -> Result<(Node, Family), Fault> {
        let node = match operator {
            Binary::And | Binary::Or => self.chain(operator, left, right)?,
            Binary::In => self.is_in(left, right, at)?,
            Binary::Plus | Binary::Minus | Binary::Times => {
                let arithmetic = match operator {
                    Binary::Plus => Arithmetic::Plus,
                    Binary::Minus => Arithmetic::Minus,
                    _ => Arithmetic::Times,
                };
                let left = self.wanted(left, Family::Number, operator.sign())?;
                let right = self.wanted(right, Family::Number, operator.sign())?;
                let node = Node::Arithmetic(arithmetic, Box::new(left), Box::new(right));
                return Ok((node, Family::Number));
            }
            _ => self.comparison(operator, left, right, at)?,
        };
        Ok((node, Family::Boolean))
    }

    /// `a && b && c` as one node, so that a long chain is no deep tree.
    fn chain(&mut self, operator: Binary, left: &Part, right: &Part) -> Result<Node, Fault> {
        let mut parts = vec![right];
        let mut rest = left;
        while let Ast::Binary(inner, left, right) = &rest.ast
            && *inner == operator
        {
            parts.push(right);
            rest = left;
        }
        parts.push(rest);
        let nodes = parts.into_iter().rev().map(|part| self.condition(part));
        let nodes = nodes.collect::<Result<Vec<_>, _>>()?;
        Ok(match operator {
            Binary::And => Node::And(nodes),
            _ => Node::Or(nodes),
        })
    }

    fn comparison(
        &mut self,
        operator: Binary,
        left: &Part,
        right: &Part,
        at: usize,
    ) -> Result<Node, Fault> {
        let comparison = match operator {
            Binary::Equal => Comparison::Equal,
            Binary::Unequal => Comparison::Unequal,
            Binary::Less => Comparison::Less,
            Binary::AtMost => Comparison::AtMost,
            Binary::Greater => Comparison::Greater,
            _ => Comparison::AtLeast,
        };
        let tested = match (&left.ast, &right.ast) {
            (_, Ast::Null) => Some(left),
            (Ast::Null, _) => Some(right),
            _ => None,
        };
        if let Some(tested) = tested {
            let is_null = Node::IsNull(Box::new(self.value(tested)?.0));
            return match comparison {
                Comparison::Equal => Ok(is_null),
                Comparison::Unequal => Ok(Node::Not(Box::new(is_null))),
                _ => {
                    let reason = format!("\"{}\" beside null never holds", operator.sign());
                    Err(Fault::new(at, reason, "null is tested with == null or != null"))
                }
            };
        }
        let (left_node, left_family) = self.value(left)?;
        let (right_node, right_family) = self.value(right)?;
        let (left_node, right_node, family) = match (left_family, right_family) {
            (Family::Uuid, Family::Text) => (left_node, uuid(right_node, right.at)?, Family::Uuid),
            (Family::Text, Family::Uuid) => (uuid(left_node, left.at)?, right_node, Family::Uuid),
            (a, b) if a == b => (left_node, right_node, a),
            (a, b) => {
                let reason =
                    format!("\"{}\" compares {} with {}", operator.sign(), name(a), name(b));
                return Err(Fault::new(at, reason, comparable(a, b)));
            }
        };
        let orders = !matches!(comparison, Comparison::Equal | Comparison::Unequal);
        if orders && !is_ordered(family) {
            let reason = format!("\"{}\" does not apply to {}", operator.sign(), name(family));
            return Err(Fault::new(at, reason, "use == or !="));
        }
        Ok(Node::Compare(comparison, Box::new(left_node), Box::new(right_node)))
    }

    fn is_in(&mut self, left: &Part, right: &Part, at: usize) -> Result<Node, Fault> {
        let (node, family) = self.value(left)?;
        let Ast::List(items) = &right.ast else {
            let hint = "write x in ['a', 'b']";
            return Err(Fault::new(right.at, "\"in\" without a list", hint));
        };
        if items.is_empty() {
            return Err(Fault::new(right.at, "an empty list: it never holds", "list the values"));
        }
        let mut values = Vec::with_capacity(items.len());
        for item in items {
            let (item_node, item_family) = match &item.ast {
                Ast::Field(name) => {
                    let hint = format!("only literals stand in a list: write x == {name}");
                    return Err(Fault::new(item.at, format!("the list names \"{name}\""), hint));
                }
                _ => self.value(item)?,
            };
            let item_node = match (family, item_family) {
                (Family::Uuid, Family::Text) => uuid(item_node, item.at)?,
                (a, b) if a == b => item_node,
                (a, b) => {
                    let reason = format!("looks for {} in a list of {}", name(a), name(b));
                    return Err(Fault::new(at, reason, comparable(a, b)));
                }
            };
            match constant(item_node) {
                Some(value) => values.push(value),
                None => {
                    let hint = "only literals stand in a list";
                    return Err(Fault::new(item.at, "the list holds no literal", hint));
                }
            }
        }
        Ok(Node::In(Box::new(node), values))
    }

    fn call(
        &mut self,
        function: &str,
        arguments: &[Part],
        at: usize,
    ) -> Result<(Node, Family), Fault> {
        let count = match function {
            "size" | "date" | "time" | "datetime" => 1,
            "startsWith" | "endsWith" | "contains" | "matches" => 2,
            "all" | "exists" | "exists_one" | "map" | "filter" | "has" => {
                let reason = format!("the macro \"{function}\" does not exist here");
                return Err(Fault::new(at, reason, "a rule is about the fields of one row"));
            }
            _ => {
                let otherwise = format!("there are {}", FUNCTIONS.join(", "));
                let hint = did_you_mean(function, &FUNCTIONS, &otherwise);
                return Err(Fault::new(at, format!("there is no function \"{function}\""), hint));
            }
        };
        let ([first, ..], true) = (arguments, arguments.len() == count) else {
            let form = match count {
                1 => format!("{function}(x)"),
                _ => format!("x.{function}('y')"),
            };
            let reason = format!("\"{function}\" with {} values", arguments.len());
            return Err(Fault::new(at, reason, format!("write {form}")));
        };
        let test = match function {
            "size" => {
                let (node, family) = self.value(first)?;
                if !matches!(family, Family::Text | Family::List | Family::Json) {
                    let reason = format!("\"size\" takes a text or list, not {}", name(family));
                    return Err(Fault::new(first.at, reason, "give it a text"));
                }
                return Ok((Node::Size(Box::new(node)), Family::Number));
            }
            "date" | "time" | "datetime" => return self.moment(function, first),
            "startsWith" => TextTest::StartsWith,
            "endsWith" => TextTest::EndsWith,
            "contains" => TextTest::Contains,
            _ => {
                let text = self.wanted(first, Family::Text, function)?;
                return Ok((self.matches(text, arguments)?, Family::Boolean));
            }
        };
        let text = self.wanted(first, Family::Text, function)?;
        let part = match arguments.get(1) {
            Some(part) => self.wanted(part, Family::Text, function)?,
            None => Node::Constant(Value::Text(String::new())),
        };
        Ok((Node::Text(test, Box::new(text), Box::new(part)), Family::Boolean))
    }

    fn matches(&mut self, text: Node, arguments: &[Part]) -> Result<Node, Fault> {
        let pattern = arguments.get(1);
        let Some(Part { at, ast: Ast::Text(pattern) }) = pattern else {
            let at = pattern.map_or(0, |part| part.at);
            let hint = "write the pattern itself: x.matches('^[A-Z]')";
            return Err(Fault::new(at, "the pattern is no literal", hint));
        };
        let regex =
            (self.regex)(pattern).map_err(|(reason, hint)| Fault::new(*at, reason, hint))?;
        Ok(Node::Matches(Box::new(text), regex))
    }

    /// A literal date, time or datetime in the standard's form; or the date of a datetime.
    fn moment(&mut self, function: &str, part: &Part) -> Result<(Node, Family), Fault> {
        let (kind, family, example) = match function {
            "date" => (Type::date("default"), Family::Date, "date('2024-01-31')"),
            "time" => (Type::time("default"), Family::Time, "time('08:30:00')"),
            _ => (Type::datetime("default"), Family::Datetime, "datetime('2024-01-31T08:30:00')"),
        };
        if let Ast::Text(text) = &part.ast {
            return match kind.ok().and_then(|kind| kind.read(text).ok()) {
                Some(value) => Ok((Node::Constant(value), family)),
                None => {
                    let reason = format!("\"{text}\" is no {function}");
                    Err(Fault::new(part.at, reason, format!("write {example}")))
                }
            };
        }
        match (function, self.value(part)?) {
            ("date", (node, Family::Datetime)) => Ok((Node::DateOf(Box::new(node)), Family::Date)),
            (_, (_, found)) => {
                let reason = format!("\"{function}\" of {}", name(found));
                let hint = match found == family {
                    true => "leave it out: the value is one already".to_owned(),
                    false => format!("it takes a literal, as {example}"),
                };
                Err(Fault::new(part.at, reason, hint))
            }
        }
    }
}

fn number(digits: &str, at: usize) -> Result<Value, Fault> {
    match Number::parse(digits) {
        Some(number) => Ok(Value::Number(number)),
        None => Err(Fault::new(at, format!("{digits} is no number"), "write a decimal number")),
    }
}

/// A text that stands beside a UUID.
fn uuid(node: Node, at: usize) -> Result<Node, Fault> {
    let hint = "write it as '00000000-0000-0000-0000-000000000000'";
    let Node::Constant(Value::Text(text)) = node else {
        let reason = "compares a UUID with a text";
        return Err(Fault::new(at, reason, "declare both fields with the format \"uuid\""));
    };
    match Type::String(crate::schema::value::StringFormat::Uuid).read(&text) {
        Ok(value) => Ok(Node::Constant(value)),
        Err(_) => Err(Fault::new(at, format!("\"{text}\" is no UUID"), hint)),
    }
}

/// The value of a literal, also of a negative number.
fn constant(node: Node) -> Option<Value> {
    match node {
        Node::Constant(value) => Some(value),
        Node::Negate(inner) => match constant(*inner)? {
            Value::Number(number) => number.negated().map(Value::Number),
            _ => None,
        },
        _ => None,
    }
}

/// What to do where two families are compared.
fn comparable(a: Family, b: Family) -> &'static str {
    match (a, b) {
        (Family::Date, Family::Text) | (Family::Text, Family::Date) => {
            "write the date as date('2024-01-31')"
        }
        (Family::Time, Family::Text) | (Family::Text, Family::Time) => {
            "write the time as time('08:30:00')"
        }
        (Family::Datetime, Family::Text) | (Family::Text, Family::Datetime) => {
            "write it as datetime('2024-01-31T08:30:00')"
        }
        (Family::Datetime, Family::Date) | (Family::Date, Family::Datetime) => {
            "take the date of the datetime: date(x)"
        }
        (Family::Number, Family::Text) => "write the number without quote marks",
        (Family::Text, Family::Number) => {
            "write the text in quote marks, or declare the field as a number"
        }
        (Family::Boolean, _) | (_, Family::Boolean) => "write x == true",
        _ => "compare values of one type",
    }
}
