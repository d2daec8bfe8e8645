//! `handover retrieve`.

use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// `handover retrieve`.
#[derive(Debug, Args)]
#[command(
    override_usage = "handover retrieve [OPTIONS] --patient <ID> --reason <TEXT> \
                      --requested-by <TEXT>\n       --output <FILE> <PACKAGE>",
    after_help = "Examples:\n  \
    handover retrieve A81001.zip --patient 9434765919 --from 2011-01-01 --to 2012-12-31 \\\n    \
    --reason \"claim 2026/117\" --requested-by \"J. Smith, records officer\" --output E.zip\n  \
    echo 9434765919 | handover retrieve A81001.zip --patient - --reason ... --requested-by ... --output E.zip"
)]
pub struct Retrieve {
    /// A package, or the folder that it unpacks to
    pub package: PathBuf,
    /// The NHS number, with or without blanks, or the source system's identifier; -: it is read from
    /// standard input, which keeps it out of the shell's history
    #[arg(long, value_name = "ID")]
    pub patient: String,
    /// First day, as 2011-01-31 [default: from the beginning]
    #[arg(long, value_name = "DATE", value_parser = super::date)]
    pub from: Option<jiff::civil::Date>,
    /// Last day [default: to the end]
    #[arg(long, value_name = "DATE", value_parser = super::date)]
    pub to: Option<jiff::civil::Date>,
    /// Which date of a row must lie in the range
    #[arg(long, value_name = "WHICH", default_value = "event")]
    pub date: Which,
    /// Why it is retrieved, as the export states it
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    /// Who asked for it, as the export states it
    #[arg(long, value_name = "TEXT")]
    pub requested_by: String,
    /// The export to write; a file that exists is never replaced
    #[arg(long, short, value_name = "FILE")]
    pub output: PathBuf,
    /// Append the retrieval to this log, whose entries are chained by their hashes
    #[arg(long, value_name = "FILE")]
    pub log: Option<PathBuf>,
}

/// `--date`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Which {
    /// When it happened.
    Event,
    /// When it was entered.
    Recorded,
}
