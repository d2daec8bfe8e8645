//! One binary for all tests from outside.

mod docs;
mod report;
mod tidy;
mod generate;
mod schema;
