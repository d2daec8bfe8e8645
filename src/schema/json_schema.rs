//! The `jsonSchema` constraint: what the JSON of an `object` or `array` field must be like.
//!
//! A descriptor may come with the extract, from anyone. So nothing outside of the schema is
//! fetched, patterns match in linear time, and a schema that would apply itself to one value over
//! and over is not used: [`cost`] judges that before the schema is compiled.

mod cost;

use jsonschema::error::ValidationErrorKind;
use jsonschema::{PatternOptions, ValidationError, Validator};
use serde_json::Value;
use std::fmt;

/// What one pattern may take when compiled, in bytes.
const PATTERN: usize = 256 << 10;

/// What one thread's matching with one pattern may cache, in bytes.
const CACHE: usize = 256 << 10;

const TOO_LARGE: &str = "values are not checked against the JSON Schema: it is too large";

/// What all JSON Schemas of one descriptor may take together.
#[derive(Debug)]
pub(super) struct Budget {
    /// Steps of judging them.
    work: u64,
    schemas: u64,
    patterns: u64,
}

impl Default for Budget {
    fn default() -> Self {
        Self { work: 100_000_000, schemas: 20_000, patterns: 256 }
    }
}

impl Budget {
    fn spend(&mut self, work: u64) -> Result<(), Refusal> {
        take(&mut self.work, work)
    }

    fn schema(&mut self, schema: &Value) -> Result<(), Refusal> {
        let by_pattern = schema.get("patternProperties").and_then(Value::as_object);
        let patterns = by_pattern.map_or(0, serde_json::Map::len) as u64;
        take(&mut self.schemas, 1)?;
        take(&mut self.patterns, patterns + u64::from(schema.get("pattern").is_some()))
    }
}

fn take(left: &mut u64, wanted: u64) -> Result<(), Refusal> {
    *left = left.checked_sub(wanted).ok_or(Refusal::TooMuch(TOO_LARGE))?;
    Ok(())
}

/// A compiled `jsonSchema`.
pub struct JsonSchema {
    validator: Validator,
}

/// Why a schema cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Refusal {
    /// It is wrong: why, and what to write instead.
    Wrong(String, String),
    /// It is right, and not checked: why.
    TooMuch(&'static str),
}

impl JsonSchema {
    /// Compiles a schema.
    ///
    /// # Errors
    /// It is no JSON Schema, refers to what is not in it, or would take too much time or memory.
    pub(super) fn new(schema: &Value, budget: &mut Budget) -> Result<Self, Refusal> {
        cost::judge(schema, budget)?;
        let patterns = PatternOptions::regex().size_limit(PATTERN).dfa_size_limit(CACHE);
        let options = jsonschema::options().with_pattern_options(patterns);
        match options.build(schema) {
            Ok(validator) => Ok(Self { validator }),
            Err(error) => {
                let error = innermost(&error);
                let place = match error.instance_path().as_str() {
                    "" => "it".to_owned(),
                    place => place.to_owned(),
                };
                let reason = format!("is no JSON Schema that can be used: {place}: {error}");
                let hint =
                    "write a JSON Schema of draft 4 to 2020-12; patterns have no look-around";
                Err(Refusal::Wrong(reason, hint.into()))
            }
        }
    }

    /// Whether a value is as the schema says.
    pub fn accepts(&self, value: &Value) -> bool {
        self.validator.is_valid(value)
    }

    /// Where in the schema stands what a value is not: a JSON Pointer, as `/properties/dose/type`.
    /// It holds nothing of the value.
    pub fn broken_by(&self, value: &Value) -> Option<String> {
        let error = self.validator.validate(value).err()?;
        Some(error.schema_path().as_str().to_owned())
    }
}

/// Of the reasons why nothing of a choice holds, the one that went furthest.
fn innermost<'e>(error: &'e ValidationError<'static>) -> &'e ValidationError<'static> {
    let depth = |error: &ValidationError<'_>| error.instance_path().as_str().len();
    let choice = match error.kind() {
        ValidationErrorKind::AnyOf { context } | ValidationErrorKind::OneOfNotValid { context } => {
            context.iter().flatten().max_by_key(|inner| depth(inner))
        }
        _ => None,
    };
    match choice.filter(|inner| depth(inner) > depth(error)) {
        Some(inner) => innermost(inner),
        None => error,
    }
}

impl fmt::Debug for JsonSchema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JsonSchema")
    }
}

#[cfg(test)]
mod tests;
