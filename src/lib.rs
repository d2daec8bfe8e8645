//! Checks, packages, verifies and retrieves from documented data extracts of GP clinical systems.

pub mod error;

pub mod digest;

pub mod finding;

pub mod schema;

pub mod check;

pub mod report;
