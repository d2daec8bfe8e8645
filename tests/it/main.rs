//! One binary for all tests from outside.

mod archive;
mod bag;
mod check;
mod determinism;
mod docs;
mod generate;
mod hostile;
mod package;
mod report;
mod schema;
mod support;
mod tidy;
mod verify;
