//! One binary for all tests from outside.

// Helpers of tests may stop a test and say why; `allow-unwrap-in-tests` covers test functions only.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(clippy::print_stdout, clippy::print_stderr, clippy::disallowed_methods)]
#![allow(clippy::disallowed_types)]

mod access;
mod archive;
mod bag;
mod births;
mod canary;
mod check;
mod damage;
mod determinism;
mod differential;
// strace is of Linux, and its unlink of this kind of processor.
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod disk;
mod docs;
mod errors;
mod extension;
mod forged;
mod forms;
mod generate;
mod hostile;
mod hostile_tables;
mod html;
mod identifiers;
mod import;
mod infer;
mod keys;
mod lint;
mod odd_workbooks;
mod package;
mod places;
mod profile;
mod report;
mod retrieve;
mod retrieve_edges;
mod retrieve_inside;
mod scan;
mod schema;
mod sign;
mod single_fault;
mod source;
mod support;
mod systems;
mod tidy;
mod transcripts;
mod verify;
mod workbook;
