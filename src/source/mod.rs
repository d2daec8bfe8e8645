//! The extract as it was delivered: bytes with exact positions.

pub mod block;
pub mod structure;
