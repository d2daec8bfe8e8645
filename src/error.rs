//! The one error type: why the job could not be done.
//!
//! **Invariant:** a problem in the data is a finding, never an `Error`. An `Error` says that the
//! program could not do its work: a path that is not there, a descriptor that is wrong, a disk that
//! is full, an input that changed while it was read. It never holds a cell value.

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// A result whose error is [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why the job could not be done.
#[derive(Debug)]
pub struct Error(Box<Inner>);

#[derive(Debug)]
struct Inner {
    kind: ErrorKind,
    message: String,
    path: Option<PathBuf>,
    hint: Option<String>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// The kinds of [`Error`], for callers that act on them.
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// Reading or writing failed.
    Io,
    /// What was asked for makes no sense: contradictory options, an unknown name.
    Usage,
    /// The descriptor is wrong.
    Schema,
    /// The input changed while it was read.
    Changed,
    /// A limit that protects this machine was reached.
    Limit,
    /// The output cannot be made: it exists already, or lies inside the input.
    Output,
    /// The user asked to stop.
    Interrupted,
    /// A fault in this program.
    Internal,
}

impl Error {
    /// An error of `kind` with a message: lower case, no full stop, no cell value.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            message: message.into(),
            path: None,
            hint: None,
            source: None,
        }))
    }

    /// A failure of the operating system while doing `what` (as "read") with `path`.
    pub fn io(what: &str, path: impl AsRef<Path>, source: io::Error) -> Self {
        let path = path.as_ref();
        let reason = reason(&source);
        let message = format!("cannot {what} {}: {reason}", path.display());
        let mut error = Self::new(ErrorKind::Io, message).with_path(path);
        error.0.source = Some(Box::new(source));
        error
    }

    /// The stop request of the user.
    pub fn interrupted() -> Self {
        Self::new(ErrorKind::Interrupted, "interrupted")
    }

    /// A fault in this program, named by what was expected.
    pub fn internal(what: impl fmt::Display) -> Self {
        Self::new(ErrorKind::Internal, format!("fault in this program: {what}"))
            .with_hint("please report it with the command and the version; no data is needed")
    }

    /// Adds the path concerned (the message names it already where it helps).
    pub fn with_path(mut self, path: impl Into<PathBuf>) -> Self {
        self.0.path = Some(path.into());
        self
    }

    /// Adds what the user can do about it: one sentence, no full stop.
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    /// What kind of error it is.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The path concerned, if there is one.
    pub fn path(&self) -> Option<&Path> {
        self.0.path.as_deref()
    }

    /// What the user can do about it.
    pub fn hint(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }
}

/// The operating system's reason in plain words, without the number it carries.
fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "no such file or folder".into(),
        io::ErrorKind::PermissionDenied => "permission denied".into(),
        io::ErrorKind::StorageFull => "the disk is full".into(),
        io::ErrorKind::IsADirectory => "it is a folder".into(),
        io::ErrorKind::NotADirectory => "a part of the path is not a folder".into(),
        _ => {
            let text = error.to_string();
            match text.find(" (os error") {
                Some(at) => text[..at].to_lowercase(),
                None => text,
            }
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as &(dyn StdError + 'static))
    }
}
