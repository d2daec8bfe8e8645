//! Zip archives, both directions: APPNOTE.TXT 6.3.x of PKWARE, ZIP64, deflate (RFC 1951).
//!
//! [`mod@write`] makes canonical archives: given the entries, every byte of the container follows.
//! [`read`] reads any archive and believes none of its names, sizes or counts. [`deflate`]
//! compresses in blocks that can be read alone.
//!
//! **Invariant:** the bytes of the headers are made in one place, [`header`], for the writer and for
//! the reader that compares them.

pub mod bytes;
pub mod deflate;
mod directory;
mod entry;
mod findings;
pub mod header;
mod local;
mod names;
pub mod read;
pub mod write;
