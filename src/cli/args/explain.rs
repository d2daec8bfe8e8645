//! The arguments of `handover explain`.

use super::Format;
use clap::Args;

/// `handover explain`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  handover explain foreign-key\n  handover explain\n  \
    handover explain --format json")]
pub struct Explain {
    /// A code, as foreign-key; without one, all are listed
    pub code: Option<String>,
    /// Explain all codes, not just list them
    #[arg(long, conflicts_with = "code")]
    pub all: bool,
    /// Form of the explanation: json has all that the catalogue says of each code
    #[arg(long, value_name = "FORM", default_value = "text")]
    pub format: Format,
}
