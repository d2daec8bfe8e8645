//! One binary for all tests from outside.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr)]

mod archive;
mod bag;
mod docs;
mod report;
mod tidy;
mod verify;
