//! The bag: RFC 8493 (BagIt) and our package's form of it, read and written in one place.
//!
//! **Invariant:** nothing here opens a file or an archive; bytes come in and go out.

pub mod blocks;
pub mod layout;
pub mod manifest;
pub mod tag;
