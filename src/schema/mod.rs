//! The declared schema: what the documentation says the extract is.

pub mod carried;
pub mod descriptor;
pub mod draft;
pub mod form;
pub mod identifier;
mod json_schema;
mod model;
pub mod outline;
mod pattern;
mod regex;
pub mod rule;
pub mod value;

pub use json_schema::JsonSchema;
pub use model::*;
pub use pattern::{FilePattern, Pattern};
