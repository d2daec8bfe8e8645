//! `handover schema`.

use super::args::{self, SchemaCommand};
use super::{Context, Status, output_failed};
use crate::error::Result;
use crate::schema::carried;

pub(super) fn run(args: args::Schema, context: &mut Context<'_>) -> Result<Status> {
    let text = match args.command {
        SchemaCommand::List => carried::all()
            .iter()
            .map(|carried| format!("{:<20} {}\n", carried.name, carried.title))
            .collect(),
        SchemaCommand::Show { name } => carried::get(&name)?.descriptor.to_owned(),
    };
    context.out.write_all(text.as_bytes()).map_err(output_failed)?;
    Ok(Status::Well)
}
