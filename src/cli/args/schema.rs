//! The arguments of `handover schema`.

use clap::{Args, Subcommand, ValueEnum};
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
    /// Look for contradictions in a descriptor, and for what DMI02 asks of the documentation and it
    /// lacks
    Lint(Lint),
    /// Say what changed between two schemas, and which changes break an import
    Diff(Diff),
    /// Write a schema as documentation: a workbook, Markdown, or a page
    Export(Export),
}

/// `handover schema lint`.
#[derive(Debug, Args)]
#[command(after_help = "Exit status: 1 where something in it cannot hold.\n\n\
    Example:\n  handover schema lint schema.json")]
pub struct Lint {
    /// A descriptor, or the name of a carried schema
    pub schema: String,
    /// Form of the result
    #[arg(long, value_name = "FORM", default_value = "text")]
    pub format: Form,
}

/// `handover schema diff`.
#[derive(Debug, Args)]
#[command(after_help = "breaks: an import made for A fails, or reads something wrong\n\
    widens: it may meet what it did not have to reckon with\n\
    narrows: what it reckons with may no longer come\n\
    says: words only\n\nExit status: 1 where something breaks.\n\n\
    Example:\n  handover schema diff old.json new.json")]
pub struct Diff {
    /// The first schema: a descriptor, or the name of a carried one
    pub a: String,
    /// The second
    pub b: String,
    /// Form of the result
    #[arg(long, value_name = "FORM", default_value = "text")]
    pub format: Form,
}

/// `handover schema export`.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  handover schema export schema.json --to xlsx --output dictionary.xlsx"
)]
pub struct Export {
    /// A descriptor, or the name of a carried schema
    pub schema: String,
    /// Form of the documentation
    #[arg(long, value_name = "FORM")]
    pub to: ExportForm,
    /// Where it goes; a file that exists is never replaced [default: standard output]
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// Form of a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Form {
    /// For people.
    Text,
    /// For machines.
    Json,
}

/// Form of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ExportForm {
    /// A workbook, which `schema import` reads back.
    Xlsx,
    /// Markdown.
    Md,
    /// One page, to read and to print.
    Html,
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
