//! The start without a command: a path that was dropped on the program.
//!
//! A package is verified, anything else is checked, and a page is left beside it, so that no shell
//! is needed.

use super::args::{Cli, Command};
use super::{Context, Status, check, verify};
use crate::error::{Error, Result};
use crate::verify::show;
use clap::{CommandFactory, Parser};
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

/// The path, where the arguments are the program's name and one path that is there.
pub(super) fn path(arguments: &[OsString]) -> Option<PathBuf> {
    let [_, only] = arguments else { return None };
    let path = Path::new(only);
    let is_word = only.to_str().is_some_and(|text| text.starts_with('-') || is_command(text));
    (!is_word && path.exists()).then(|| path.to_path_buf())
}

fn is_command(text: &str) -> bool {
    Cli::command().find_subcommand(text).is_some() || text == "help"
}

/// Verifies or checks what lies there.
pub(super) fn run(path: &Path, context: &mut Context<'_>) -> Result<Status> {
    let is_package = show::show(path).is_ok_and(|summary| summary.is_bag);
    let (verb, what) = match is_package {
        true => ("verify", "certificate"),
        false => ("check", "report"),
    };
    let page = free(path, what);
    let arguments: [&OsStr; 5] =
        ["handover".as_ref(), verb.as_ref(), path.as_ref(), "--report".as_ref(), page.as_ref()];
    let parsed = Cli::try_parse_from(arguments).map_err(|error| Error::internal(error.kind()))?;
    let status = match parsed.command {
        Command::Check(args) => check::run(args, context)?,
        Command::Verify(args) => verify::run(args, context)?,
        _ => return Err(Error::internal("another command")),
    };
    context.note(&format!("the {what} is in {}", page.display()));
    Ok(status)
}

/// The first name for a page that is not taken: beside the folder or archive; of a file in a folder
/// that is an extract, beside that folder.
fn free(path: &Path, what: &str) -> PathBuf {
    // As a person writes it: what Windows resolves a path to begins with `\\?\`. But `..` has no name.
    let whole = match path.file_name() {
        Some(_) => std::path::absolute(path),
        None => path.canonicalize(),
    };
    let whole = whole.unwrap_or_else(|_| path.to_path_buf());
    let is_part = whole.is_file()
        && whole.parent().is_some_and(|folder| folder.join("datapackage.json").is_file());
    let subject = match whole.parent() {
        Some(folder) if is_part => folder.to_path_buf(),
        _ => whole.clone(),
    };
    let stem = match whole.is_dir() {
        true => whole.file_name(),
        false => whole.file_stem(),
    };
    let stem = stem.unwrap_or(OsStr::new("extract")).to_os_string();
    let folder = subject.parent().unwrap_or(&subject).to_path_buf();
    let named = |number: u32| {
        let mut name = stem.clone();
        name.push(match number {
            1 => format!("-{what}.html"),
            more => format!("-{what} ({more}).html"),
        });
        folder.join(name)
    };
    (1..100).map(named).find(|path| path.symlink_metadata().is_err()).unwrap_or_else(|| named(1))
}
