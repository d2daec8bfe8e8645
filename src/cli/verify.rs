//! `handover verify` and `handover show`.

use super::args;
use super::{Context, Status};
use crate::error::Result;
use crate::verify;

pub(super) fn run(args: args::Verify, context: &mut Context<'_>) -> Result<Status> {
    let options = verify::Options {
        jobs: context.jobs,
        memory: context.memory as u64,
        interrupt: context.interrupt.clone(),
        ..verify::Options::default()
    };
    let outcome = verify::run(&args.package, &options)?;
    context.note(outcome.verdict.name());
    Ok(if outcome.verdict.is_intact() { Status::Well } else { Status::Problems })
}

pub(super) fn show(args: args::Show, context: &mut Context<'_>) -> Result<Status> {
    let summary = verify::show::show(&args.package)?;
    context.note(&summary.top);
    Ok(if summary.is_bag { Status::Well } else { Status::Problems })
}
