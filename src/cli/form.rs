//! The forms of a check's report, on standard output and in files.

use super::{Context, output_failed};
use crate::error::{Error, ErrorKind, Result};
use crate::output::{Existing, Output};
use crate::pipeline::Interrupt;
use crate::report::json::lines;
use crate::report::text::Style;
use crate::report::{self, Report};
use clap::ValueEnum;
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// A form of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Form {
    /// For people, in a terminal
    Text,
    /// For programs; Frictionless reads it too
    Json,
    /// JSON Lines, each finding as it is found
    Jsonl,
    /// One line an example
    Csv,
    /// SARIF 2.1.0, for tools that show findings
    Sarif,
    /// JUnit XML, for build servers
    Junit,
    /// A page to read and print
    #[value(skip)]
    Html,
    /// A workbook to work on
    #[value(skip)]
    Xlsx,
}

/// The endings of report files, as messages name them.
const ENDINGS: &str = ".html, .xlsx, .json, .jsonl, .csv, .sarif, .xml (JUnit) or .txt";

impl Form {
    /// The form that a file's name asks for.
    pub fn of(path: &Path) -> Result<Self> {
        let extension = path.extension().map(|e| e.to_string_lossy().to_lowercase());
        match extension.as_deref() {
            Some("html" | "htm") => Ok(Self::Html),
            Some("xlsx") => Ok(Self::Xlsx),
            Some("json") => Ok(Self::Json),
            Some("jsonl" | "ndjson") => Ok(Self::Jsonl),
            Some("csv") => Ok(Self::Csv),
            Some("sarif") => Ok(Self::Sarif),
            Some("xml") => Ok(Self::Junit),
            Some("txt") => Ok(Self::Text),
            _ => {
                let message = format!("cannot tell the form of the report {}", path.display());
                Err(Error::new(ErrorKind::Usage, message).with_hint(format!("name it {ENDINGS}")))
            }
        }
    }

    fn write(
        self,
        report: &Report<'_>,
        out: &mut (dyn Write + Send),
        context: &Context<'_>,
    ) -> Result<io::Result<()>> {
        Ok(match self {
            Self::Text => report::text::write(report, out, Style::default()),
            Self::Json => report::json::write(report, out),
            Self::Jsonl => lines::write(report, out),
            Self::Csv => report::csv::write(report, out),
            Self::Sarif => report::sarif::write(report, out),
            Self::Junit => report::junit::write(report, out),
            Self::Html => report::html::write(report, out),
            Self::Xlsx => {
                return report::xlsx::write(report, out, &context.temp_dir, &context.interrupt);
            }
        })
    }
}

/// Writes a report file, whole or not at all.
pub(super) fn save(
    form: Form,
    report: &Report<'_>,
    path: &Path,
    context: &mut Context<'_>,
) -> Result<()> {
    let mut output = Output::create(path, Existing::Replace)?;
    let mut buffered =
        BufWriter::new(Stoppable { out: &mut output, interrupt: context.interrupt.clone() });
    let written = form.write(report, &mut buffered, context)?.and_then(|()| buffered.flush());
    // What could not be written is not tried again.
    drop(buffered.into_parts());
    context.interrupt.check()?;
    written.map_err(|error| Error::io("write", path, error))?;
    output.sync()?;
    context.interrupt.check()?;
    let written = output.commit_beside()?;
    if written != path {
        context.note(&format!(
            "{} is in use by another program; wrote {} instead",
            path.display(),
            written.display()
        ));
    }
    Ok(())
}

/// Prints a report on standard output.
pub(super) fn print(report: &Report<'_>, form: Form, context: &mut Context<'_>) -> Result<()> {
    let style = Style { color: context.color, ..Style::default() };
    let interrupt = context.interrupt.clone();
    let mut out = BufWriter::new(Stoppable { out: &mut *context.out, interrupt });
    let written = match form {
        Form::Text => report::text::write(report, &mut out, style),
        Form::Json => report::json::write(report, &mut out),
        Form::Jsonl => lines::write(report, &mut out),
        Form::Csv => report::csv::write(report, &mut out),
        Form::Sarif => report::sarif::write(report, &mut out),
        Form::Junit => report::junit::write(report, &mut out),
        Form::Html | Form::Xlsx => return Err(Error::internal("a form for files only")),
    }
    .and_then(|()| out.flush());
    drop(out.into_parts());
    context.interrupt.check()?;
    written.map_err(output_failed)
}

/// An output that takes no more once a stop was asked for: a report of a million findings takes
/// minutes.
struct Stoppable<'a, W: Write + ?Sized> {
    out: &'a mut W,
    interrupt: Interrupt,
}

impl<W: Write + ?Sized> Write for Stoppable<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.interrupt.check().map_err(io::Error::other)?;
        self.out.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
