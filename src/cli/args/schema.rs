//! The arguments of `handover schema`.

use clap::{Args, Subcommand};
use std::path::PathBuf;

/// `handover schema`.
#[derive(Debug, Args)]
pub struct Schema {
    #[command(subcommand)]
    pub command: SchemaCommand,
}

/// The commands of `handover schema`.
#[derive(Debug, Subcommand)]
pub enum SchemaCommand {
    /// List the schemas that the program carries
    List,
    /// Print a carried schema's descriptor
    Show {
        /// Its name
        name: String,
    },
    /// Make a descriptor from documentation: a data dictionary, or a supplier's own document
    Import(Import),
    /// Draft a descriptor from an extract that has none, with the evidence for each key and reference
    Infer(Infer),
}

/// `handover schema infer`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    handover schema infer extract.zip --output schema.json\n  \
    handover check extract.zip --schema schema.json")]
pub struct Infer {
    /// A folder, a zip or tar archive (plain, .gz, .zst), a workbook, or a delimited file
    pub extract: PathBuf,
    /// Where the descriptor goes; a file that exists is never replaced. The evidence is then printed
    /// [default: standard output]
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// `handover schema import`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    handover schema import dictionary.xlsx --extract extract.zip --output schema.json\n  \
    handover schema import \"Specification v123.csv\" --output tpp.json")]
pub struct Import {
    /// The documentation: XLSX, XLS, ODS or CSV, or a folder or archive of CSV files, one for each
    /// table
    pub file: PathBuf,
    /// The extract that it describes: its files tell which is which table, and how they are written
    #[arg(long, value_name = "EXTRACT")]
    pub extract: Option<PathBuf>,
    /// Where the descriptor goes; a file that exists is never replaced. What could not be carried
    /// over is then printed [default: standard output]
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
}
