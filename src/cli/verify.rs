//! `handover verify` and `handover show`.

use super::args::{self, Format};
use super::{Context, Status, output_failed};
use crate::error::Result;
use crate::report::verdict;
use crate::verify;
use serde_json::Value;
use std::io::Write;

pub(super) fn run(args: args::Verify, context: &mut Context<'_>) -> Result<Status> {
    let options = verify::Options {
        jobs: context.jobs,
        memory: context.memory as u64,
        interrupt: context.interrupt.clone(),
        ..verify::Options::default()
    };
    let outcome = verify::run(&args.package, &options)?;
    match args.format {
        Format::Text => verdict::write_text(&outcome, context.out).map_err(output_failed)?,
        Format::Json => print(&verdict::to_json(&outcome), context.out)?,
    }
    Ok(if outcome.verdict.is_intact() { Status::Well } else { Status::Problems })
}

pub(super) fn show(args: args::Show, context: &mut Context<'_>) -> Result<Status> {
    let summary = verify::show::show(&args.package)?;
    match args.format {
        Format::Text => verdict::write_summary(&summary, context.out).map_err(output_failed)?,
        Format::Json => print(&verdict::summary_json(&summary), context.out)?,
    }
    Ok(if summary.is_bag { Status::Well } else { Status::Problems })
}

fn print(value: &Value, out: &mut dyn Write) -> Result<()> {
    writeln!(out, "{value:#}").map_err(output_failed)
}
