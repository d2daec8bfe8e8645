//! One binary for all tests from outside.

mod archive;
mod bag;
mod docs;
mod generate;
mod hostile;
mod report;
mod schema;
mod source;
mod tidy;
mod verify;
mod workbook;
