//! `handover completions` and `handover man`.

use super::args::{self, Cli};
use super::{Context, Status, output_failed};
use crate::error::{Error, Result};
use crate::output::Existing;
use clap::CommandFactory;
use std::io::Write;

/// Prints a script that completes commands and options.
pub(super) fn completions(args: &args::Completions, context: &mut Context<'_>) -> Result<Status> {
    // The library panics where its output cannot be written, so it writes to memory.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "handover", &mut script);
    context.out.write_all(&script).map_err(output_failed)?;
    Ok(Status::Well)
}

/// Prints the manual page, or writes one for each command.
pub(super) fn man(args: &args::Man, context: &mut Context<'_>) -> Result<Status> {
    let mut command = Cli::command();
    command.build();
    let Some(folder) = &args.folder else {
        let page = page(command)?;
        context.out.write_all(&page).map_err(output_failed)?;
        return Ok(Status::Well);
    };
    let mut written = 0_u64;
    let mut rest = vec![command];
    while let Some(command) = rest.pop() {
        let inside = command.get_subcommands().filter(|inside| !inside.is_hide_set());
        rest.extend(inside.filter(|inside| inside.get_name() != "help").cloned());
        let path = folder.join(clap_mangen::Man::new(command.clone()).get_filename());
        let mut output = context.create(&path, Existing::Replace)?;
        output.write_all(&page(command)?).map_err(|error| Error::io("write", &path, error))?;
        output.commit()?;
        written += 1;
    }
    context.note(&format!("wrote {written} pages into {}", folder.display()));
    Ok(Status::Well)
}

fn page(command: clap::Command) -> Result<Vec<u8>> {
    let mut page = Vec::new();
    clap_mangen::Man::new(command).render(&mut page).map_err(Error::internal)?;
    Ok(page)
}
