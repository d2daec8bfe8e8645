//! The arguments of `handover verify` and `handover show`.

use super::Format;
use clap::Args;
use std::path::PathBuf;

/// `handover verify`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  handover verify A81001.zip\n  \
    handover verify A81001.zip --signers allowed_signers --report certificate.html\n  \
    handover verify a-bag-folder/ --format json")]
pub struct Verify {
    /// A package, or any BagIt bag as folder or zip
    pub package: PathBuf,
    /// Accept only what is signed by a key on this list (OpenSSH's allowed_signers)
    #[arg(long, value_name = "FILE")]
    pub signers: Option<PathBuf>,
    /// Accept only this name of the list
    #[arg(long, value_name = "NAME", requires = "signers")]
    pub identity: Option<String>,
    /// When the signer's key must have been valid: a date, a time, or now [default: the time that
    /// the package claims]
    #[arg(long, value_name = "DATE", requires = "signers", value_parser = moment)]
    pub at: Option<Moment>,
    /// Read the lists and signatures only, not the payload: what is missing is found, what was changed
    /// is not, and nothing is called intact
    #[arg(long)]
    pub quick: bool,
    /// Also make all row proofs anew from the payload, attribution too, and compare them with those in
    /// the package; takes as long as packaging
    #[arg(long, conflicts_with = "quick")]
    pub deep: bool,
    /// Write a certificate or a report too; its form follows the extension: .html .txt .json. May be
    /// repeated
    #[arg(long = "report", value_name = "FILE")]
    pub reports: Vec<PathBuf>,
    /// Form of the result on standard output
    #[arg(long, value_name = "FORM", default_value = "text")]
    pub format: Format,
}

/// `handover show`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  handover show A81001.zip\n  \
    handover show A81001.zip --format json")]
pub struct Show {
    /// A package, or any BagIt bag as folder or zip
    pub package: PathBuf,
    /// Form of the result on standard output
    #[arg(long, value_name = "FORM", default_value = "text")]
    pub format: Format,
}

/// A moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// When the program runs.
    Now,
    /// Seconds since 1970.
    At(i64),
}

/// `now`, `2026-11-23`, `2026-11-23T08:26:18Z`, or as OpenSSH writes times; a date is its first
/// moment in UTC.
fn moment(text: &str) -> Result<Moment, String> {
    if text == "now" {
        return Ok(Moment::Now);
    }
    let date = || crate::signature::parse_time(&text.replace('-', ""));
    let time = || text.parse::<jiff::Timestamp>().ok().map(|time| time.as_second());
    date()
        .or_else(time)
        .map(Moment::At)
        .ok_or_else(|| "give a date as 2026-11-23, a time as 2026-11-23T08:26:18Z, or now".into())
}
