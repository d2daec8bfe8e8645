//! One binary for all tests from outside.

// Helpers of tests may stop a test and say why; `allow-unwrap-in-tests` covers test functions only.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(clippy::print_stdout, clippy::print_stderr, clippy::disallowed_methods)]
#![allow(clippy::disallowed_types)]

mod archive;
mod bag;
mod docs;
mod generate;
mod html;
mod report;
mod schema;
mod tidy;
mod verify;
