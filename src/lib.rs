//! Checks, packages, verifies and retrieves from documented data extracts of GP clinical systems.

pub mod error;

pub mod digest;

pub mod path;

pub mod pipeline;

pub mod finding;

pub mod schema;

pub mod archive;

pub mod bag;

pub mod check;

pub mod verify;

pub mod report;
