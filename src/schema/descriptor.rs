//! Reads a descriptor.

use super::Schema;
use crate::error::{Error, ErrorKind, Result};

/// Reads a descriptor from its bytes.
///
/// # Errors
/// Where it is wrong.
pub fn read(bytes: &[u8]) -> Result<Schema> {
    let _ = bytes;
    Err(Error::new(ErrorKind::Schema, "cannot read descriptor"))
}
