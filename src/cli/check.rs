//! `handover check`.

use super::form::{self, Form};
use super::rejects::{self, Asked, TokenKey};
use super::{Context, Status, args, output_failed, progress};
use crate::check::select::{self, Chosen};
use crate::check::{self, Acceptance, Applied, Options, Outcome};
use crate::error::{Error, ErrorKind, Result};
use crate::finding::message::counted;
use crate::finding::{Group, Severity};
use crate::report::json::lines::Stream;
use crate::report::{self, Report, Run, Samples, Tool};
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
    let baseline = baseline(&args.checking)?;
    let (extract, chosen) = open(&args.extract, &args.checking)?;
    for (path, _) in &reports {
        refuse_inside(path, &extract)?;
        context.clear_leftovers(path);
    }
    let asked = Asked {
        rejects: args.rejects.as_deref(),
        key: args.token_key.as_deref().map(TokenKey::read).transpose()?,
    };
    if let Some(folder) = asked.rejects {
        // A file in it stands for the folder itself.
        refuse_inside(&folder.join("x"), &extract)?;
        refuse_inside(folder, &extract)?;
        rejects::private_folder(folder)?;
    }
    let mut options = options(&args.checking, context)?;
    if asked.rejects.is_some() {
        options.key_samples = rejects::KEY_SAMPLES;
    }
    let schema = chosen.as_ref().map(|(schema, used)| (schema, used.clone()));
    let mut display = Some(progress::show(&extract, &options.progress, context));
    // Tokens are known only after the rows were read again, so nothing is told before.
    let mut outcome = if args.format == Form::Jsonl && asked.key.is_none() {
        let Context { out, err, quiet, .. } = context;
        let mut out = BufWriter::new(&mut **out);
        // What was accepted is known to be so only in the end.
        let most = if baseline.is_empty() { args.checking.samples } else { 0 };
        let mut stream = Stream::begin(&Tool::default(), args.checking.reveal, most, &mut out)
            .map_err(output_failed)?;
        let mut watch =
            |named: &Outcome, group: &Group| stream.found(named, group).map_err(output_failed);
        let mut outcome = check::run_watched(&extract, schema.clone(), &options, Some(&mut watch))?;
        display = None;
        accept(&mut outcome, &baseline, *err, *quiet);
        let report = Report {
            samples: samples(&args.checking),
            reveals: args.checking.reveal,
            ..Report::new(&outcome)
        };
        stream.end(&report).and_then(|()| out.flush()).map_err(output_failed)?;
        outcome
    } else {
        let mut outcome = check::run(&extract, schema.clone(), &options)?;
        accept(&mut outcome, &baseline, context.err, context.quiet);
        outcome
    };
    rejects::run(&asked, &extract, schema, &options, &mut outcome, context)?;
    drop(display);
    let report = report(&outcome, &args.extract, &args.checking, context);
    for (path, form) in reports {
        form::save(form, &report, path, context)?;
    }
    if args.format != Form::Jsonl || asked.key.is_some() {
        form::print(&report, args.format, context)?;
    }
    let warnings = if args.strict { outcome.count(Severity::Warning) } else { 0 };
    Ok(if outcome.is_valid() && warnings == 0 { Status::Well } else { Status::Problems })
}

/// The findings that were accepted before.
pub(super) fn baseline(args: &args::Checking) -> Result<Vec<Acceptance>> {
    match &args.baseline {
        Some(path) => report::baseline::read(path, &workbooks(args)?),
        None => Ok(Vec::new()),
    }
}

/// Takes out what was accepted.
fn accept(outcome: &mut Outcome, baseline: &[Acceptance], err: &mut dyn Write, quiet: bool) {
    if baseline.is_empty() {
        return;
    }
    applied(outcome.accept(baseline), err, quiet);
}

/// Says where what was accepted does not fit what was found.
pub(super) fn applied(applied: Applied, err: &mut dyn Write, quiet: bool) {
    let mut notes = vec![format!(
        "{} accepted, as the baseline says",
        counted(applied.findings, "finding is", "findings are")
    )];
    if applied.exceeded > 0 {
        notes.push(format!(
            "{} not accepted: there are more findings than were accepted",
            counted(applied.exceeded, "cause of the baseline is", "causes of the baseline are")
        ));
    }
    if applied.unmatched > 0 {
        notes.push(format!(
            "{} not found any more",
            counted(applied.unmatched, "cause of the baseline is", "causes of the baseline are")
        ));
    }
    for note in notes.into_iter().filter(|_| !quiet) {
        let _ = writeln!(err, "handover: {note}");
    }
}

/// What is not read beyond.
fn limits(args: &args::Checking) -> Result<Limits> {
    Ok(Limits {
        files: args.max_files,
        expansion: args.max_expansion,
        workbooks: Some(workbooks(args)?),
    })
}

/// How workbooks are read.
fn workbooks(args: &args::Checking) -> Result<Workbooks> {
    let program = std::env::current_exe()
        .map_err(|error| Error::io("find", "this program on the disk", error))?;
    Ok(Workbooks {
        cells: args.max_sheet_cells,
        memory: args.max_workbook_memory as u64,
        ..Workbooks::new(program)
    })
}

/// Opens the extract and finds its schema.
pub(super) fn open(path: &Path, args: &args::Checking) -> Result<(Extract, Option<Chosen>)> {
    let limits = limits(args)?;
    let given = args.schema.as_deref().map(select::given).transpose()?;
    let mut extract = Extract::open(path, &limits)?;
    let chosen = match given {
        Some(chosen) => Some(select::fitted(chosen, &extract)?),
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
        today: context.started.day(),
        interrupt: context.interrupt.clone(),
        ..Options::new(Context::random_key()?, context.temp_dir.clone())
    })
}

/// How many examples are rendered.
fn samples(args: &args::Checking) -> Samples {
    match args.samples {
        usize::MAX => Samples::All,
        most => Samples::First(most),
    }
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
        samples: samples(args),
        reveals: args.reveal,
        extract: Some(extract.display().to_string()),
        ..Report::new(outcome)
    }
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
