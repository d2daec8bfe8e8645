//! `handover check`.

use super::args::{self, Format};
use super::{Context, Status, output_failed};
use crate::check::select::{self, Chosen};
use crate::check::{self, Options, Outcome};
use crate::error::{Error, ErrorKind, Result};
use crate::finding::Severity;
use crate::output::{Existing, Output};
use crate::report::text::Style;
use crate::report::{self, Report, Run, Samples};
use crate::source::workbook::Workbooks;
use crate::source::{Extract, Limits};
use std::io::{BufWriter, Write};
use std::path::Path;

pub(super) fn run(args: args::Check, context: &mut Context<'_>) -> Result<Status> {
    let reports: Vec<(&Path, Form)> = args
        .reports
        .iter()
        .map(|path| Ok((path.as_path(), Form::of(path)?)))
        .collect::<Result<_>>()?;
    let (extract, chosen) = open(&args.extract, &args.checking)?;
    for (path, _) in &reports {
        refuse_inside(path, &extract)?;
        context.clear_leftovers(path);
    }
    let options = options(&args.checking, context)?;
    let schema = chosen.as_ref().map(|(schema, used)| (schema, used.clone()));
    let outcome = check::run(&extract, schema, &options)?;
    let report = report(&outcome, &args.extract, &args.checking, context);
    for (path, form) in reports {
        let mut output = Output::create(path, Existing::Replace)?;
        let mut buffered = BufWriter::new(&mut output);
        let written = match form {
            Form::Text => report::text::write(&report, &mut buffered, Style::default()),
            Form::Json => report::json::write(&report, &mut buffered),
            Form::Html => report::html::write(&report, &mut buffered),
        };
        written.and_then(|()| buffered.flush()).map_err(|error| Error::io("write", path, error))?;
        drop(buffered);
        output.commit()?;
    }
    print(&report, args.format, context)?;
    let warnings = if args.strict { outcome.count(Severity::Warning) } else { 0 };
    Ok(if outcome.is_valid() && warnings == 0 { Status::Well } else { Status::Problems })
}

/// The form of a report file.
#[derive(Debug, Clone, Copy)]
enum Form {
    Text,
    Json,
    Html,
}

impl Form {
    fn of(path: &Path) -> Result<Self> {
        let extension = path.extension().map(|e| e.to_string_lossy().to_lowercase());
        match extension.as_deref() {
            Some("txt") => Ok(Self::Text),
            Some("json") => Ok(Self::Json),
            Some("html" | "htm") => Ok(Self::Html),
            _ => {
                let message = format!("cannot tell the form of the report {}", path.display());
                Err(Error::new(ErrorKind::Usage, message).with_hint("name it .html, .json or .txt"))
            }
        }
    }
}

/// What is not read beyond.
fn limits(args: &args::Checking) -> Result<Limits> {
    let program = std::env::current_exe()
        .map_err(|error| Error::io("find", "this program on the disk", error))?;
    Ok(Limits {
        files: args.max_files,
        expansion: args.max_expansion,
        workbooks: Some(Workbooks {
            cells: args.max_sheet_cells,
            memory: args.max_workbook_memory as u64,
            ..Workbooks::new(program)
        }),
    })
}

/// Opens the extract and finds its schema.
pub(super) fn open(path: &Path, args: &args::Checking) -> Result<(Extract, Option<Chosen>)> {
    let limits = limits(args)?;
    let given = args.schema.as_deref().map(select::given).transpose()?;
    let mut extract = Extract::open(path, &limits)?;
    let chosen = match given {
        Some(chosen) => Some(chosen),
        None => select::found(&extract)?,
    };
    if let Some((schema, _)) = &chosen {
        extract.look_into(&|path| select::names_file(schema, path))?;
    }
    Ok((extract, chosen))
}

/// How the check is to be made.
pub(super) fn options(args: &args::Checking, context: &Context<'_>) -> Result<Options> {
    Ok(Options {
        jobs: context.jobs,
        memory: context.memory,
        samples: args.samples,
        reveal: args.reveal,
        interrupt: context.interrupt.clone(),
        ..Options::new(Context::random_key()?, context.temp_dir.clone())
    })
}

/// What is rendered.
pub(super) fn report<'a>(
    outcome: &'a Outcome,
    extract: &Path,
    args: &args::Checking,
    context: &Context<'_>,
) -> Report<'a> {
    let run = (!context.started.reproducible).then(|| Run {
        started: crate::bag::layout::time(context.started.seconds),
        seconds: context.started.instant.elapsed().as_secs_f64(),
        host: None,
        jobs: Some(context.jobs),
    });
    Report {
        run,
        samples: match args.samples {
            usize::MAX => Samples::All,
            most => Samples::First(most),
        },
        reveals: args.reveal,
        extract: Some(extract.display().to_string()),
        ..Report::new(outcome)
    }
}

/// Prints a report on standard output.
pub(super) fn print(report: &Report<'_>, format: Format, context: &mut Context<'_>) -> Result<()> {
    let style = Style { color: context.color, ..Style::default() };
    let mut out = BufWriter::new(&mut *context.out);
    match format {
        Format::Text => report::text::write(report, &mut out, style),
        Format::Json => report::json::write(report, &mut out),
    }
    .and_then(|()| out.flush())
    .map_err(output_failed)
}

/// Nothing is ever written into the input.
pub(super) fn refuse_inside(output: &Path, extract: &Extract) -> Result<()> {
    let folder = match output.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let (Ok(folder), Ok(input)) = (folder.canonicalize(), extract.path.canonicalize()) else {
        return Ok(());
    };
    if folder.starts_with(&input) {
        let message = format!("{} lies inside the extract", output.display());
        return Err(Error::new(ErrorKind::Output, message)
            .with_hint("write it elsewhere: nothing is ever written into the input"));
    }
    Ok(())
}
