//! The command line: text in, library calls, exit code out.
//!
//! **Invariant:** the clock, the environment, the terminal and the process's streams are looked at
//! here and nowhere else.

mod access_plan;
mod args;
mod check;
mod explain;
mod form;
mod key;
mod lone;
mod package;
mod progress;
mod rejects;
mod retrieve;
mod schema;
mod shell;
mod verify;
mod workbook;

use crate::error::{Error, ErrorKind};
use crate::output::{Existing, Output};
use crate::pipeline::Interrupt;
use crate::schema::value::{Date, Moment};
use args::{Cli, Command, Global, ShowProgress, When};
use clap::Parser;
use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// How a command ended, when it did its job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Status {
    /// All is well.
    Well,
    /// Problems were found.
    Problems,
}

/// What a command may know of the world.
struct Context<'a> {
    out: &'a mut dyn Write,
    err: &'a mut dyn Write,
    color: bool,
    quiet: bool,
    progress: ShowProgress,
    jobs: usize,
    memory: usize,
    temp_dir: PathBuf,
    interrupt: Interrupt,
    started: Clock,
}

/// When the program began.
struct Clock {
    /// Seconds since 1970, or what SOURCE_DATE_EPOCH says.
    seconds: i64,
    /// Whether SOURCE_DATE_EPOCH asks for outputs that do not depend on the clock.
    reproducible: bool,
    instant: Instant,
}

impl Clock {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the clock")]
    fn start() -> Result<Self, Error> {
        let given = std::env::var_os("SOURCE_DATE_EPOCH");
        let seconds = match &given {
            Some(text) => text.to_str().and_then(|text| text.parse().ok()).ok_or_else(|| {
                Error::new(ErrorKind::Usage, "SOURCE_DATE_EPOCH is not a number of seconds")
            })?,
            None => {
                let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
                i64::try_from(since.as_secs()).unwrap_or(0)
            }
        };
        Ok(Self { seconds, reproducible: given.is_some(), instant: Instant::now() })
    }

    /// The day, in UTC.
    fn day(&self) -> Option<Date> {
        Moment { seconds: self.seconds, fraction: 0, zoned: true }.date()
    }
}

/// Runs the program on its arguments, its own name first.
pub fn run(
    arguments: impl IntoIterator<Item = OsString>,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().map(without_quote).collect();
    if let Some((memory, seconds)) = workbook::asked(&arguments) {
        return ended(workbook::run(memory, seconds, out), err);
    }
    if let Some(path) = lone::path(&arguments) {
        return lone_path(&arguments, &path, out, err);
    }
    let cli = match Cli::try_parse_from(&arguments) {
        Ok(cli) => cli,
        Err(error) => {
            let to: &mut dyn Write = if error.use_stderr() { err } else { out };
            let text = error.render();
            let text = if io::stderr().is_terminal() && io::stdout().is_terminal() {
                text.ansi().to_string()
            } else {
                text.to_string()
            };
            let _ = to.write_all(text.as_bytes());
            return ExitCode::from(if error.use_stderr() { 2 } else { 0 });
        }
    };
    let done = dispatch(cli, out, err);
    ended(done, err)
}

/// What was typed after the name of a folder that ends in a backslash, on Windows: `"C:\dir\"` comes
/// as `C:\dir"`, and no path there has a quote.
fn without_quote(argument: OsString) -> OsString {
    match argument.to_str() {
        Some(text) if cfg!(windows) && text.ends_with('"') => {
            text.trim_end_matches('"').to_owned().into()
        }
        _ => argument,
    }
}

/// The start without a command. A window that was opened for it stays until it was read.
fn lone_path(
    arguments: &[OsString],
    path: &std::path::Path,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> ExitCode {
    let name = arguments.first().cloned().unwrap_or_else(|| "handover".into());
    let done = match Cli::try_parse_from([name, "explain".into()]) {
        Ok(cli) => {
            context(&cli.global, out, err).and_then(|mut context| lone::run(path, &mut context))
        }
        Err(error) => Err(Error::internal(error.kind())),
    };
    let code = ended(done, err);
    if cfg!(windows) && io::stdin().is_terminal() && io::stdout().is_terminal() {
        let _ = writeln!(err, "handover: press Enter to close");
        let _ = io::stdin().read_line(&mut String::new());
    }
    code
}

/// Says why the job could not be done, where it could not.
fn ended(done: Result<Status, Error>, err: &mut dyn Write) -> ExitCode {
    match done {
        Ok(Status::Well) => ExitCode::SUCCESS,
        Ok(Status::Problems) => ExitCode::from(1),
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(err, "handover: error: {}", one_line(&with_path(&error)));
            if let Some(hint) = error.hint() {
                let _ = writeln!(err, "handover: hint: {}", one_line(hint));
            }
            ExitCode::from(if error.kind() == ErrorKind::Interrupted { 130 } else { 2 })
        }
    }
}

fn dispatch(cli: Cli, out: &mut dyn Write, err: &mut dyn Write) -> Result<Status, Error> {
    let mut context = context(&cli.global, out, err)?;
    match cli.command {
        Command::Check(args) => check::run(args, &mut context),
        Command::Package(args) => package::run(args, &mut context),
        Command::Verify(args) => verify::run(args, &mut context),
        Command::Retrieve(args) => retrieve::run(args, &mut context),
        Command::Show(args) => verify::show(args, &mut context),
        Command::Explain(args) => explain::run(&args, &mut context),
        Command::Completions(args) => shell::completions(&args, &mut context),
        Command::Man(args) => shell::man(&args, &mut context),
        Command::AccessPlan(args) => access_plan::run(args, &mut context),
        Command::Key(args) => key::run(args, &mut context),
        Command::Schema(args) => schema::run(args, &mut context),
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
fn context<'a>(
    global: &Global,
    out: &'a mut dyn Write,
    err: &'a mut dyn Write,
) -> Result<Context<'a>, Error> {
    let interrupt = Interrupt::default();
    let asked = interrupt.clone();
    // A second handler in one process cannot be set; then the first one stays, which is as good.
    let _ = ctrlc::set_handler(move || asked.request());
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let temp_dir = global.temp_dir.clone().unwrap_or_else(std::env::temp_dir);
    if !temp_dir.is_dir() {
        let message = format!("{} is not a folder", temp_dir.display());
        return Err(Error::new(ErrorKind::Usage, message)
            .with_path(&temp_dir)
            .with_hint("give a folder that exists with --temp-dir"));
    }
    Ok(Context {
        out,
        err,
        color: match global.color {
            When::Auto => io::stdout().is_terminal() && !no_color,
            When::Always => true,
            When::Never => false,
        },
        quiet: global.quiet,
        progress: global.progress,
        jobs: global.jobs.map_or(cores, usize::from),
        memory: global.memory,
        temp_dir,
        interrupt,
        started: Clock::start()?,
    })
}

impl Context<'_> {
    /// A key for this run's key hashes.
    fn random_key() -> Result<[u8; 16], Error> {
        let mut key = [0; 16];
        getrandom::fill(&mut key)
            .map_err(|error| Error::internal(format!("no random numbers: {error}")))?;
        Ok(key)
    }

    /// Takes away what runs that were killed have left beside an output, and says so.
    fn clear_leftovers(&mut self, output: &Path) {
        let found = crate::output::clear_leftovers(output);
        for path in found.removed {
            self.note(&format!("removed {}, left by a run that was stopped", path.display()));
        }
        for path in found.kept {
            self.note(&format!(
                "{} was left by a run that was stopped, and cannot be removed",
                path.display()
            ));
        }
    }

    /// Begins an output file, after what killed runs have left beside it was cleared.
    fn create(&mut self, path: &Path, existing: Existing) -> Result<Output, Error> {
        self.clear_leftovers(path);
        Output::create(path, existing)
    }

    /// A note for the user beside the result.
    fn note(&mut self, text: &str) {
        if !self.quiet {
            let _ = writeln!(self.err, "handover: {}", one_line(text));
        }
    }
}

/// The error's message, and before it the path concerned, unless the message names it.
fn with_path(error: &Error) -> String {
    let message = error.to_string();
    match error.path().map(|path| path.display().to_string()) {
        Some(path) if !message.contains(&path) => format!("{path}: {message}"),
        _ => message,
    }
}

/// The error for standard output that cannot be written.
fn output_failed(error: io::Error) -> Error {
    Error::io("write to", "standard output", error)
}

/// Whoever reads our output had enough of it: no failure of ours.
fn is_broken_pipe(error: &Error) -> bool {
    let source = std::error::Error::source(error).and_then(|s| s.downcast_ref::<io::Error>());
    source.is_some_and(|source| source.kind() == io::ErrorKind::BrokenPipe)
}

/// A message on one line, without control characters from file names.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}
