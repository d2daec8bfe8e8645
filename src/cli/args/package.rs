//! The arguments of `handover package`.

use super::Checking;
use crate::cli::form::Form;
use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// `handover package`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    handover package extract/ --schema extract/datapackage.json --output A81001.zip\n  \
    handover package extract.zip --schema omop-cdm-5.4 --output P.zip \\\n    \
    --accept \"vocabulary tables are cut down on purpose\" --accepted-by \"J. Smith, practice manager\"")]
pub struct Package {
    /// A folder, a zip or tar archive (plain, .gz, .zst), a workbook, or a delimited file
    pub extract: PathBuf,
    #[command(flatten)]
    pub checking: Checking,
    /// The package to write; a file that exists is never replaced
    #[arg(long, short, value_name = "FILE")]
    pub output: PathBuf,
    /// Package in spite of error findings, for this reason, which the package states
    #[arg(long, value_name = "REASON")]
    pub accept: Option<String>,
    /// Who accepted the findings, as the package states it
    #[arg(long, value_name = "NAME", requires = "accept", default_value = "not stated")]
    pub accepted_by: String,
    /// A fact for bag-info.txt; may be repeated. Known: ods, practice, system, system-version,
    /// supplier, extract-date, go-live, notice-given, extended-to, bedding-in-months,
    /// notice-months; others are kept as they are
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
    pub info: Vec<(String, String)>,
    /// Digest of the manifests
    #[arg(long, value_name = "NAME", default_value = "sha512")]
    pub digest: DigestChoice,
    /// Effort of compression, 0 (none) to 9: up to 3 is fast, and made for tables
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(0..=9))]
    pub level: u32,
    /// Neither unpack again what is packed, nor read the package back before it gets its name; the
    /// package says so
    #[arg(long)]
    pub no_reread: bool,
    /// Sign it with this secret key (OpenSSH's form, Ed25519): see handover key generate
    #[arg(long, value_name = "KEY")]
    pub sign: Option<PathBuf>,
    /// A file whose first line is the key's passphrase [default: it is asked for]
    #[arg(long, value_name = "FILE", requires = "sign")]
    pub passphrase_file: Option<PathBuf>,
    /// A file with the secret of the row proofs: 64 hexadecimal digits, as proof/secret.txt of a
    /// package has them [default: derived from the key that signs, else random]
    #[arg(long, value_name = "FILE")]
    pub secret: Option<PathBuf>,
    /// Form of the report on standard output
    #[arg(long, value_name = "FORM", default_value = "text")]
    pub format: Form,
}

/// `--digest`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DigestChoice {
    /// SHA-512, as RFC 8493 asks.
    Sha512,
    /// SHA-256.
    Sha256,
    /// Both.
    Both,
}

/// `NAME=VALUE`.
fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() && !value.trim().is_empty() => {
            Ok((name.trim().to_owned(), value.trim().to_owned()))
        }
        _ => Err("give NAME=VALUE, as ods=A81001".into()),
    }
}
