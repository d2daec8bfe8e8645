//! The arguments of `handover key`.

use clap::{Args, Subcommand};
use std::path::PathBuf;

/// `handover key`.
#[derive(Debug, Args)]
pub struct Key {
    #[command(subcommand)]
    pub command: KeyCommand,
}

/// The commands of `handover key`.
#[derive(Debug, Subcommand)]
pub enum KeyCommand {
    /// Make a key (Ed25519, OpenSSH's form): FILE, which is secret, and FILE.pub
    Generate(Generate),
}

/// `handover key generate`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    handover key generate practice.key --principal records@a81001.example\n  \
    handover package extract/ --output A81001.zip --sign practice.key")]
pub struct Generate {
    /// Where the secret key goes; a file that exists is never replaced
    pub file: PathBuf,
    /// What the key is called in its own files
    #[arg(long, value_name = "TEXT", default_value = "handover")]
    pub comment: String,
    /// Whose key it is, for the line that is printed for a list of signers
    #[arg(long, value_name = "NAME", default_value = "NAME")]
    pub principal: String,
    /// A file whose first line is the passphrase [default: it is asked for]
    #[arg(long, value_name = "FILE")]
    pub passphrase_file: Option<PathBuf>,
    /// Protect the secret key by the file's permissions alone
    #[arg(long, conflicts_with = "passphrase_file")]
    pub no_passphrase: bool,
}
