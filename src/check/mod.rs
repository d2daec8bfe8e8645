//! Compares an extract with its declared schema.

mod outcome;

pub use outcome::{File, Outcome, SchemaUsed, Task};
