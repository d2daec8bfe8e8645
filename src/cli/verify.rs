//! `handover verify` and `handover show`.

use super::args::{self, Format, Moment};
use super::{Context, Status, key, output_failed, progress};
use crate::error::{Error, ErrorKind, Result};
use crate::output::{Existing, Output};
use crate::report::certificate::Certificate;
use crate::report::verdict;
use crate::verify::{self, Reading};
use serde_json::Value;
use std::io::Write;
use std::path::Path;

pub(super) fn run(args: args::Verify, context: &mut Context<'_>) -> Result<Status> {
    if super::retrieve::is_log(&args.package) {
        return log(&args, context);
    }
    let reports: Vec<(&Path, Form)> = args
        .reports
        .iter()
        .map(|path| Ok((path.as_path(), Form::of(path)?)))
        .collect::<Result<_>>()?;
    for (path, _) in &reports {
        refuse_inside(path, &args.package)?;
        context.clear_leftovers(path);
    }
    let options = verify::Options {
        jobs: context.jobs,
        memory: context.memory as u64,
        interrupt: context.interrupt.clone(),
        signers: args.signers.as_deref().map(key::signers).transpose()?,
        identity: args.identity.clone(),
        reading: if args.quick { Reading::Quick } else { Reading::Whole },
        at: args.at.map(|moment| match moment {
            Moment::Now => context.started.seconds,
            Moment::At(seconds) => seconds,
        }),
        ..verify::Options::default()
    };
    let display = progress::display(Vec::new(), &options.progress, context);
    let mut outcome = verify::run(&args.package, &options)?;
    drop(display);
    crate::retrieve::again(&args.package, &mut outcome, Context::random_key()?)?;
    if args.deep && outcome.verdict.is_intact() && outcome.proven.is_none() {
        let found = crate::retrieve::deep(
            &args.package,
            &super::retrieve::reading(context)?,
            &super::retrieve::limits()?,
        )?;
        if !found.is_empty() {
            outcome.verdict = verify::Verdict::Altered;
            outcome.groups.extend(found);
        }
    }
    let certificate = || {
        let on = crate::bag::layout::time(context.started.seconds);
        let checked = verify::show::show(&args.package).ok().and_then(|summary| summary.checked);
        Certificate::of_outcome(&outcome, checked.as_ref(), &on)
    };
    for (path, form) in reports {
        let text = match form {
            Form::Json => format!("{:#}\n", verdict::to_json(&outcome)),
            Form::Text => certificate().text(),
            Form::Html => certificate().html(),
        };
        let mut output = Output::create(path, Existing::Replace)?;
        output.write_all(text.as_bytes()).map_err(|error| Error::io("write", path, error))?;
        output.commit()?;
    }
    match args.format {
        Format::Text => verdict::write_text(&outcome, context.out).map_err(output_failed)?,
        Format::Json => print(&verdict::to_json(&outcome), context.out)?,
    }
    Ok(if outcome.is_accepted() { Status::Well } else { Status::Problems })
}

/// Verifies a log of retrievals, of which there is less to say than of a package.
fn log(args: &args::Verify, context: &mut Context<'_>) -> Result<Status> {
    let unfit = [
        ("--report", !args.reports.is_empty()),
        ("--signers", args.signers.is_some()),
        ("--quick", args.quick),
        ("--deep", args.deep),
    ];
    if let Some((option, _)) = unfit.iter().find(|(_, is_given)| *is_given) {
        let message = format!("{}: {option} is not for a log", args.package.display());
        return Err(Error::new(ErrorKind::Usage, message).with_path(&args.package).with_hint(
            "it is said on standard output whether a log is whole; --format json serves too",
        ));
    }
    super::retrieve::verify_log(&args.package, args.format, context)
}

/// The form of a report file.
#[derive(Debug, Clone, Copy)]
enum Form {
    Text,
    Html,
    Json,
}

impl Form {
    fn of(path: &Path) -> Result<Self> {
        let extension = path.extension().map(|e| e.to_string_lossy().to_lowercase());
        match extension.as_deref() {
            Some("txt") => Ok(Self::Text),
            Some("html" | "htm") => Ok(Self::Html),
            Some("json") => Ok(Self::Json),
            _ => {
                let message = format!("cannot tell the form of the report {}", path.display());
                Err(Error::new(ErrorKind::Usage, message)
                    .with_path(path)
                    .with_hint("name it .html, .txt or .json"))
            }
        }
    }
}

/// Nothing is ever written into a bag, nor over a package.
fn refuse_inside(report: &Path, package: &Path) -> Result<()> {
    let folder = match report.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let (Ok(folder), Ok(input)) = (folder.canonicalize(), package.canonicalize()) else {
        return Ok(());
    };
    let target = report.file_name().map(|name| folder.join(name));
    if folder.starts_with(&input) || target.is_some_and(|target| target == input) {
        let message = format!("{} would be written into the package", report.display());
        return Err(Error::new(ErrorKind::Output, message)
            .with_path(report)
            .with_hint("write it elsewhere: what is verified is never changed"));
    }
    Ok(())
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
