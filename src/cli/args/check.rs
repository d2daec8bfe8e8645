//! The arguments of `handover check`, and how a check is made.

use super::size;
use crate::cli::form::Form;
use clap::Args;
use std::path::PathBuf;

/// `handover check`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  handover check extract.zip\n  \
    handover check extract/ --schema omop-cdm-5.4 --report report.json\n  \
    handover check extract/ --schema extract/datapackage.json --format json")]
pub struct Check {
    /// A folder, a zip or tar archive (plain, .gz, .zst), a workbook, or a delimited file
    pub extract: PathBuf,
    #[command(flatten)]
    pub checking: Checking,
    /// Form of the report on standard output
    #[arg(long, value_name = "FORM", default_value = "text")]
    pub format: Form,
    /// Write a report too; its form follows the extension: .html .xlsx .json .jsonl .csv .sarif
    /// .xml (JUnit) .txt. May be repeated
    #[arg(long = "report", value_name = "FILE")]
    pub reports: Vec<PathBuf>,
    /// Write the rows with errors, as they stand and with their numbers and codes, into files in this
    /// new folder, for the supplier. They are patient data
    #[arg(long, value_name = "DIR")]
    pub rejects: Option<PathBuf>,
    /// Give each example a token, an HMAC of its row's key with this file's key, by which the supplier
    /// finds the row without a value in the report
    #[arg(long, value_name = "FILE")]
    pub token_key: Option<PathBuf>,
    /// Count warnings as problems in the exit status
    #[arg(long)]
    pub strict: bool,
}

/// How a check is made, for `check` and `package`.
#[derive(Debug, Args)]
pub struct Checking {
    /// A descriptor (datapackage.json), or the name of a carried schema (handover schema list)
    /// [default: the extract's own, else one recognised by its files]
    #[arg(long, value_name = "SCHEMA")]
    pub schema: Option<String>,
    /// Examples kept of each group of findings: a number, or all. Totals are always exact
    #[arg(long, value_name = "N", default_value = "20", value_parser = samples)]
    pub samples: usize,
    /// Findings accepted before: the workbook of an earlier check in whose sheet Groups they have the
    /// status Accepted, or a list or report in JSON. They no longer count, and are listed as accepted
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
    /// Show cell values. The report then holds patient data
    #[arg(long)]
    pub reveal: bool,
    /// Files that an extract may have
    #[arg(long, value_name = "N", default_value_t = 100_000)]
    pub max_files: usize,
    /// How many times its own size an archive may unpack to
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    pub max_expansion: u64,
    /// Cells that a sheet of a workbook may have
    #[arg(long, value_name = "N", default_value_t = 50_000_000)]
    pub max_sheet_cells: u64,
    /// Memory that reading a workbook may take, in a process of its own
    #[arg(long, value_name = "SIZE", default_value = "1G", value_parser = size)]
    pub max_workbook_memory: usize,
}

/// A number, or `all`.
fn samples(text: &str) -> Result<usize, String> {
    if text == "all" {
        return Ok(usize::MAX);
    }
    text.parse().map_err(|_| "give a number, or all".into())
}
