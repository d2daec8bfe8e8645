//! What the user typed: what all commands share here, and each command in a file of its own.

mod access_plan;
mod check;
mod explain;
mod key;
mod package;
mod retrieve;
mod schema;
mod shell;
mod verify;

pub use access_plan::AccessPlan;
pub use check::{Check, Checking};
pub use explain::Explain;
pub use key::{Generate, Key, KeyCommand};
pub use package::{DigestChoice, Package};
pub use retrieve::{Retrieve, Which};
pub use schema::{Diff, Export, ExportForm, Form, Import, Infer, Lint, Schema, SchemaCommand};
pub use shell::{Completions, Man};
pub use verify::{Moment, Show, Verify};

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Checks documented data extracts of GP clinical systems, packages them as evidence, and verifies
/// the packages years later.
#[derive(Debug, Parser)]
#[command(
    name = "handover",
    version,
    max_term_width = 100,
    after_help = "Exit status: 0 all is well; 1 problems were found; 2 the job could not be done; \
                  130 interrupted.\nStart with: handover check EXTRACT"
)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
    #[command(flatten)]
    pub global: Global,
}

/// Options of every command.
#[derive(Debug, Args)]
pub struct Global {
    /// Worker threads [default: one for each processor]
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub jobs: Option<u16>,
    /// Memory for key tables; what does not fit goes to temporary files
    #[arg(long, global = true, value_name = "SIZE", default_value = "512M", value_parser = size)]
    pub memory: usize,
    /// Folder for temporary files, which hold keyed hashes only [default: the system's]
    #[arg(long, global = true, value_name = "DIR")]
    pub temp_dir: Option<PathBuf>,
    /// How far it has come, on standard error: auto means a line that is redrawn, on a terminal only;
    /// plain, a line every 30 seconds
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub progress: ShowProgress,
    /// Print the result only: no notes, no progress
    #[arg(long, short, global = true)]
    pub quiet: bool,
    /// Colour: auto means when standard output is a terminal and NO_COLOR is not set
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub color: When,
}

/// When to use colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum When {
    /// On a terminal, unless NO_COLOR is set.
    Auto,
    /// Into files and pipes too.
    Always,
    /// Not at all.
    Never,
}

/// How progress is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ShowProgress {
    /// A line that is redrawn, where standard error is a terminal
    Auto,
    /// A line every 30 seconds, for logs
    Plain,
    /// Not at all
    Never,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Compare an extract with its declared schema and report what is wrong
    Check(Check),
    /// Check an extract and pack it, from one read, into a package that proves what it held
    Package(Package),
    /// Say whether a package or a bag is complete and unaltered, and what is damaged
    Verify(Verify),
    /// Take one patient's record and audit trail out of a package, with the proofs that it is all
    Retrieve(Retrieve),
    /// Show what a package holds, without reading it all
    Show(Show),
    /// Say what a finding means, why it matters, and what to do
    Explain(Explain),
    /// Work out the dates after go-live, and what each way to the old audit trail costs
    AccessPlan(AccessPlan),
    /// Work on declared schemas
    Schema(Schema),
    /// Make keys that sign packages
    Key(Key),
    /// Print a script that completes commands and options in a shell
    Completions(Completions),
    /// Print the manual page, or write one for each command
    Man(Man),
}

/// Form of a result on standard output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Text,
    /// For machines.
    Json,
}

/// `256M`, `2G`, `1048576`.
fn size(text: &str) -> Result<usize, String> {
    let help = || "give a number with K, M or G, as 512M".to_owned();
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = text.get(digits.len()..).unwrap_or_default().to_ascii_uppercase();
    let unit = match unit.trim_end_matches('B').trim_end_matches('I') {
        "" => 1,
        "K" => 1 << 10,
        "M" => 1 << 20,
        "G" => 1 << 30,
        _ => return Err(help()),
    };
    let number: usize = digits.parse().map_err(|_| help())?;
    number.checked_mul(unit).ok_or_else(|| "that is more than this machine can count".into())
}

/// `2026-03-02`.
fn date(text: &str) -> Result<jiff::civil::Date, String> {
    crate::access::calendar::parse(text)
        .ok_or_else(|| "give a date of the calendar as 2026-03-02".into())
}
