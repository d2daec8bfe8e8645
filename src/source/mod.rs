//! The extract as it was delivered: which files it has, and their bytes with exact positions.
//!
//! **Invariant:** nothing is ever written into the input, no link is followed, and no size or count
//! that a container states is believed. What cannot be read because the operating system refuses is
//! an error; what is wrong with the delivery itself is a finding.

pub mod block;
mod folder;
mod masks;
pub mod records;
pub mod structure;
mod zipped;

pub use crate::archive::read::Fault;

use crate::error::{Error, ErrorKind, Result};
use crate::finding::Group;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Limits that protect this machine from a delivery. Reaching one is a finding.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Files in an extract. Default: 100,000.
    pub files: usize,
    /// How many times its packed size an archive may unpack to, as a whole. Default: 1,000.
    pub expansion: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { files: 100_000, expansion: 1_000 }
    }
}

/// One file of the extract.
#[derive(Debug, Clone)]
pub struct Member {
    /// Path inside the extract, with `/` between its parts.
    pub path: String,
    /// Size in bytes as the folder or archive states it: a hint until it was read.
    pub stated_size: u64,
    /// Left behind by an operating system, not part of what was meant: `__MACOSX`, `Thumbs.db`.
    pub litter: bool,
    handle: Handle,
}

/// How a member is found in its container.
#[derive(Debug, Clone)]
enum Handle {
    /// A file on disk, and what it looked like when it was listed.
    File(PathBuf, Stamp),
    /// The entry of that number in the archive.
    Entry(usize),
}

/// What tells that a file was changed: compared before and after it is read.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Stamp {
    length: u64,
    modified: Option<std::time::SystemTime>,
    #[cfg(unix)]
    inode: (u64, u64),
}

impl Stamp {
    fn of(metadata: &std::fs::Metadata) -> Self {
        #[cfg(unix)]
        use std::os::unix::fs::MetadataExt;
        Self {
            length: metadata.len(),
            modified: metadata.modified().ok(),
            #[cfg(unix)]
            inode: (metadata.dev(), metadata.ino()),
        }
    }
}

/// An extract that was opened: its files in path order, and what is wrong with it as a whole.
#[derive(Debug)]
pub struct Extract {
    /// Where it is.
    pub path: PathBuf,
    /// What it is: "folder", "zip archive", "file".
    pub container: &'static str,
    /// Its files, ordered by the bytes of their paths.
    pub members: Vec<Member>,
    /// What is wrong with the container itself.
    pub findings: Vec<Group>,
    archive: Option<zipped::Zipped>,
}

impl Extract {
    /// Opens a folder, a zip archive, or a single file.
    ///
    /// # Errors
    /// Where the path does not exist or may not be read.
    pub fn open(path: &Path, limits: &Limits) -> Result<Self> {
        let metadata = std::fs::metadata(path).map_err(|error| Error::io("read", path, error))?;
        let mut extract = if metadata.is_dir() {
            folder::open(path, limits)?
        } else if metadata.is_file() {
            let mut magic = [0; 4];
            let mut file = File::open(path).map_err(|error| Error::io("read", path, error))?;
            let length = read_up_to(&mut file, &mut magic)
                .map_err(|error| Error::io("read", path, error))?;
            if magic[..length].starts_with(b"PK\x03\x04")
                || magic[..length].starts_with(b"PK\x05\x06")
            {
                zipped::open(path, Stamp::of(&metadata), limits)?
            } else {
                folder::single(path, &metadata)
            }
        } else {
            let message = format!("{} is neither a folder nor a file", path.display());
            return Err(Error::new(ErrorKind::Usage, message).with_path(path));
        };
        extract.members.sort_by(|a, b| a.path.as_bytes().cmp(b.path.as_bytes()));
        Ok(extract)
    }

    /// Opens one member for reading from its beginning.
    ///
    /// # Errors
    /// Where it cannot be opened, or is no longer what was listed.
    pub fn reader(&self, member: &Member) -> Result<MemberReader<'_>> {
        let faults = Faults::default();
        let (input, watch): (Box<dyn Read + '_>, _) = match (&member.handle, &self.archive) {
            (Handle::File(path, stamp), _) => {
                let file = File::open(path).map_err(|error| Error::io("read", path, error))?;
                let watched = file.try_clone().map_err(|error| Error::io("read", path, error))?;
                let watch = Watch { file: watched, path: path.clone(), stamp: stamp.clone() };
                watch.check()?;
                (Box::new(file), Some(watch))
            }
            (Handle::Entry(number), Some(archive)) => match archive.entry(*number) {
                Some(entry) => (Box::new(entry), None),
                None => {
                    faults.set(Fault::Method);
                    (Box::new(io::empty()), None)
                }
            },
            (Handle::Entry(_), None) => {
                return Err(Error::internal("an entry without its archive"));
            }
        };
        Ok(MemberReader { input, watch, read: 0, faults })
    }

    /// Whether the container itself is still what was opened. Called when all was read.
    ///
    /// # Errors
    /// Of kind [`ErrorKind::Changed`].
    pub fn check_unchanged(&self) -> Result<()> {
        self.archive.as_ref().map_or(Ok(()), zipped::Zipped::check_unchanged)
    }
}

/// A file under watch while it is read.
struct Watch {
    file: File,
    path: PathBuf,
    stamp: Stamp,
}

impl Watch {
    fn check(&self) -> Result<()> {
        let metadata =
            self.file.metadata().map_err(|error| Error::io("read", &self.path, error))?;
        if Stamp::of(&metadata) == self.stamp { Ok(()) } else { Err(changed(&self.path)) }
    }
}

/// The error for an input that changed.
fn changed(path: &Path) -> Error {
    let message = format!("{} changed while it was read", path.display());
    Error::new(ErrorKind::Changed, message)
        .with_path(path)
        .with_hint("wait until the transfer is complete, then run again")
}

/// What was wrong with a member's bytes, known when it has been read.
#[derive(Debug, Clone, Default)]
pub struct Faults(Arc<Mutex<Option<Fault>>>);

impl Faults {
    fn set(&self, fault: Fault) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(fault);
    }

    /// The fault at which reading stopped.
    pub fn get(&self) -> Option<Fault> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads one member.
///
/// An archive's entry whose bytes are damaged ends where the damage is met; [`Faults`] then tells.
/// Errors are of the system, or say that the input changed.
pub struct MemberReader<'a> {
    input: Box<dyn Read + 'a>,
    watch: Option<Watch>,
    read: u64,
    faults: Faults,
}

impl Read for MemberReader<'_> {
    /// At the end of a file on disk, an input that changed since it was listed is an error.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = match self.input.read(buffer) {
            Ok(read) => read,
            Err(error) => match Fault::of(&error) {
                Some(fault) => {
                    self.faults.set(fault);
                    self.input = Box::new(io::empty());
                    return Ok(0);
                }
                None => return Err(error),
            },
        };
        self.read += read as u64;
        if let Some(watch) = &self.watch {
            let ended = read == 0 && !buffer.is_empty();
            if self.read > watch.stamp.length || (ended && self.read != watch.stamp.length) {
                return Err(io::Error::other(changed(&watch.path)));
            }
            if ended {
                watch.check().map_err(io::Error::other)?;
            }
        }
        Ok(read)
    }
}

impl MemberReader<'_> {
    /// The error for a failure of reading `name`: the one inside, where it is ours.
    pub fn error(name: &str, error: io::Error) -> Error {
        match error.downcast::<Error>() {
            Ok(ours) => ours,
            Err(other) => Error::io("read", Path::new(name), other),
        }
    }

    /// What tells afterwards whether the bytes were sound.
    pub fn faults(&self) -> Faults {
        self.faults.clone()
    }
}

/// Fills as much of `buffer` as the input has; returns how much.
fn read_up_to(input: &mut dyn Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut length = 0;
    while length < buffer.len() {
        match input.read(&mut buffer[length..]) {
            Ok(0) => break,
            Ok(read) => length += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(length)
}

/// Whether a path is litter of an operating system.
fn is_litter(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    path.split('/').any(|part| part == "__MACOSX")
        || name.starts_with("._")
        || matches!(
            name.to_ascii_lowercase().as_str(),
            ".ds_store" | "thumbs.db" | "desktop.ini" | "ehthumbs.db" | ".localized"
        )
}
