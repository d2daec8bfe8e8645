//! The arguments of `handover schema`.

use clap::{Args, Subcommand};

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
}
