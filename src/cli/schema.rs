//! `handover schema`.

mod judge;

use super::args::{self, ExportForm, SchemaCommand};
use super::{Context, Status, output_failed};
use crate::check::select;
use crate::error::{Error, Result};
use crate::import::{self, Imported, counted};
use crate::output::Existing;
use crate::report::dictionary;
use crate::schema::{carried, outline};
use crate::source::workbook::Workbooks;
use crate::source::{Extract, Limits};
use std::fmt::Write as _;
use std::io::Write;
use std::path::Path;

pub(super) fn run(args: args::Schema, context: &mut Context<'_>) -> Result<Status> {
    let text = match args.command {
        SchemaCommand::List => carried::all()
            .iter()
            .map(|carried| format!("{:<20} {}\n", carried.name, carried.title))
            .collect(),
        SchemaCommand::Show { name } => carried::get(&name)?.descriptor.to_owned(),
        SchemaCommand::Import(args) => return import(&args, context),
        SchemaCommand::Infer(args) => return infer(&args, context),
        SchemaCommand::Lint(args) => return judge::lint(&args, context),
        SchemaCommand::Diff(args) => return judge::diff(&args, context),
        SchemaCommand::Export(args) => return export(&args, context),
    };
    context.out.write_all(text.as_bytes()).map_err(output_failed)?;
    Ok(Status::Well)
}

/// What is not read beyond.
fn limits() -> Result<Limits> {
    let program = std::env::current_exe()
        .map_err(|error| Error::io("find", "this program on the disk", error))?;
    Ok(Limits { workbooks: Some(Workbooks::new(program)), ..Limits::default() })
}

fn import(args: &args::Import, context: &mut Context<'_>) -> Result<Status> {
    let limits = limits()?;
    let mut imported = import::import(&args.file, &limits)?;
    if let Some(path) = &args.extract {
        let mut extract = Extract::open(path, &limits)?;
        extract.look_into(&|_| true)?;
        import::match_files(&mut imported, &extract)?;
    }
    let text = imported.text()?;
    deliver(&text, &told(&imported), args.output.as_deref(), context)
}

fn infer(args: &args::Infer, context: &mut Context<'_>) -> Result<Status> {
    if let Some(path) = &args.output {
        // Better told before the work than after it.
        drop(context.create(path, Existing::Keep)?);
    }
    let mut extract = Extract::open(&args.extract, &limits()?)?;
    extract.look_into(&|_| true)?;
    let options = crate::infer::Options {
        jobs: context.jobs,
        memory: context.memory,
        temp_dir: context.temp_dir.clone(),
        key: Context::random_key()?,
        interrupt: context.interrupt.clone(),
        progress: crate::pipeline::Progress::default(),
    };
    let name = args.extract.file_stem().map(|name| name.to_string_lossy().into_owned());
    let inferred = crate::infer::infer(&extract, &name.unwrap_or_default(), &options)?;
    deliver(&inferred.draft.text()?, &inferred.to_string(), args.output.as_deref(), context)
}

fn export(args: &args::Export, context: &mut Context<'_>) -> Result<Status> {
    let (schema, _) = select::given(&args.schema)?;
    let package = outline::of(&schema);
    let mut bytes = Vec::new();
    let written = match args.to {
        ExportForm::Xlsx => dictionary::xlsx::write(&package, &mut bytes)?,
        ExportForm::Md => dictionary::markdown::write(&package, &mut bytes),
        ExportForm::Html => dictionary::html::write(&package, &mut bytes),
    };
    written.map_err(output_failed)?;
    match &args.output {
        Some(path) => {
            let mut output = context.create(path, Existing::Keep)?;
            output.write_all(&bytes).map_err(|error| Error::io("write", path, error))?;
            output.commit()?;
        }
        None => context.out.write_all(&bytes).map_err(output_failed)?,
    }
    let left_out = dictionary::left_out(&package);
    if !left_out.is_empty() && !context.quiet {
        let _ =
            writeln!(context.err, "handover: not in the documentation: {}", left_out.join(", "));
    }
    Ok(Status::Well)
}

/// The descriptor goes into its file and what there is to say to standard output; or the descriptor
/// to standard output, and the rest to standard error.
fn deliver(
    descriptor: &str,
    told: &str,
    output: Option<&Path>,
    context: &mut Context<'_>,
) -> Result<Status> {
    match output {
        Some(path) => {
            let mut output = context.create(path, Existing::Keep)?;
            output
                .write_all(descriptor.as_bytes())
                .map_err(|error| Error::io("write", path, error))?;
            output.commit()?;
            context.out.write_all(told.as_bytes()).map_err(output_failed)?;
        }
        None => {
            context.out.write_all(descriptor.as_bytes()).map_err(output_failed)?;
            if !context.quiet {
                let _ = context.err.write_all(told.as_bytes());
            }
        }
    }
    Ok(Status::Well)
}

/// What an import did, for people.
fn told(imported: &Imported) -> String {
    let resources = &imported.draft.resources;
    let fields: usize = resources.iter().map(|resource| resource.fields.len()).sum();
    let keys = resources.iter().filter(|resource| !resource.primary_key.is_empty()).count();
    let references: usize = resources.iter().map(|resource| resource.foreign_keys.len()).sum();
    let mut text = format!(
        "Read as {}: {}, {}, {}, {}\n",
        imported.kind,
        counted(resources.len(), "table", "tables"),
        counted(fields, "field", "fields"),
        counted(keys, "primary key", "primary keys"),
        counted(references, "reference", "references"),
    );
    if !imported.notes.is_empty() {
        text.push_str("\nWhat to know of it:\n");
    }
    for note in &imported.notes {
        let _ = writeln!(text, "- {note}");
    }
    text
}
