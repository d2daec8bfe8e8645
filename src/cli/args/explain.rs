//! The arguments of `handover explain`.

use clap::Args;

/// `handover explain`.
#[derive(Debug, Args)]
pub struct Explain {
    /// A code, as foreign-key; without one, all are listed
    pub code: Option<String>,
}
