//! The forms of a check's report, on standard output and in files.

use super::{Context, output_failed};
use crate::error::{Error, ErrorKind, Result};
use crate::output::{Existing, Output};
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
            Self::Xlsx => return report::xlsx::write(report, out, &context.temp_dir),
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
    let mut buffered = BufWriter::new(&mut output);
    form.write(report, &mut buffered, context)?
        .and_then(|()| buffered.flush())
        .map_err(|error| Error::io("write", path, error))?;
    drop(buffered);
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
    let mut out = BufWriter::new(&mut *context.out);
    match form {
        Form::Text => report::text::write(report, &mut out, style),
        Form::Json => report::json::write(report, &mut out),
        Form::Jsonl => lines::write(report, &mut out),
        Form::Csv => report::csv::write(report, &mut out),
        Form::Sarif => report::sarif::write(report, &mut out),
        Form::Junit => report::junit::write(report, &mut out),
        Form::Html | Form::Xlsx => return Err(Error::internal("a form for files only")),
    }
    .and_then(|()| out.flush())
    .map_err(output_failed)
}
