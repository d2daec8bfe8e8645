//! Checks, packages, verifies and retrieves from documented data extracts of GP clinical systems.
//!
//! The modules stand in the order in which they build on each other; ARCHITECTURE.md tells how a
//! byte travels through them.
//!
//! ```
//! use handover::check::{self, Options, select};
//! use handover::source::{Extract, Limits};
//! use std::path::Path;
//!
//! let extract = Extract::open(Path::new("fixtures/extracts/emis-small"), &Limits::default())?;
//! let (schema, used) = select::found(&extract)?.ok_or("no schema")?;
//! let options = Options::new([7; 16], ".".into());
//! let outcome = check::run(&extract, Some((&schema, used)), &options)?;
//! assert!(outcome.is_valid());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod error;

pub mod digest;

pub mod path;

pub mod pipeline;

pub mod spill;

pub mod output;

pub mod finding;

pub mod schema;

pub mod archive;

pub mod signature;

pub mod source;

pub mod bag;

pub mod proof;

pub mod attribution;

pub mod check;

pub mod verify;

pub mod access;

pub mod import;

pub mod lint;

pub mod evidence;

pub mod report;

pub mod package;

pub mod infer;

pub mod compare;

pub mod retrieve;

pub mod cli;
