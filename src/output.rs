//! Output files that appear whole or not at all.
//!
//! An output is written under a temporary name beside its final one, readable by its owner only,
//! synced, and renamed when it is complete. Dropped before that, the temporary file goes. What a run
//! that was killed could not take away is told by its name and by nobody holding it any more, and
//! [`clear_leftovers`] takes it away.

use crate::error::{Error, ErrorKind, Result};
use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;
use tempfile::NamedTempFile;

/// What to do where a file of that name exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    /// It stays, and there is an error.
    Keep,
    /// It is replaced.
    Replace,
}

/// A file on its way.
#[derive(Debug)]
pub struct Output {
    file: NamedTempFile,
    path: PathBuf,
    existing: Existing,
    ahead: Ahead,
}

/// A large file is brought to the disk while it is written: then there is little to wait for when it
/// is complete.
#[derive(Debug, Default)]
struct Ahead {
    /// Bytes that were written since the last request.
    since: usize,
    /// The request at work. What it fails with is told once, so it is not lost.
    request: Option<JoinHandle<io::Result<()>>>,
}

impl Ahead {
    /// Bytes that are worth a request.
    const PIECE: usize = 32 << 20;

    /// Notes that so much more of a file was written, and asks for it to be brought to the disk. Where
    /// that cannot be asked for, or the disk is still at work, it is left to the end.
    fn wrote(&mut self, file: &File, bytes: usize) -> io::Result<()> {
        self.since = self.since.saturating_add(bytes);
        let is_at_work = self.request.as_ref().is_some_and(|request| !request.is_finished());
        if self.since < Self::PIECE || is_at_work {
            return Ok(());
        }
        self.since = 0;
        self.wait()?;
        if let Ok(file) = file.try_clone() {
            let request = std::thread::Builder::new().spawn(move || file.sync_data());
            self.request = request.ok();
        }
        Ok(())
    }

    /// Waits for the request at work.
    fn wait(&mut self) -> io::Result<()> {
        match self.request.take().map(JoinHandle::join) {
            None => Ok(()),
            Some(Ok(result)) => result,
            Some(Err(_)) => Err(io::Error::other("a thread failed")),
        }
    }
}

/// Begin of the names of files on their way.
pub const PREFIX: &str = ".handover-partial-";

impl Output {
    /// Begins an output at `path`.
    ///
    /// # Errors
    /// Where the folder does not exist or may not be written, `path` is a folder, or a file exists
    /// there and is to be kept.
    pub fn create(path: &Path, existing: Existing) -> Result<Self> {
        if path.is_dir() {
            let message = format!("cannot write {}: it is a folder", path.display());
            return Err(Error::new(ErrorKind::Output, message).with_path(path));
        }
        if existing == Existing::Keep && path.symlink_metadata().is_ok() {
            let message = format!("{} exists already", path.display());
            return Err(Error::new(ErrorKind::Output, message)
                .with_path(path)
                .with_hint("give another name, or move the file away; it was not touched"));
        }
        let file =
            begin(folder(path)).map_err(|error| Error::io("write into", folder(path), error))?;
        Ok(Self { file, path: path.to_path_buf(), existing, ahead: Ahead::default() })
    }

    /// The final path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The temporary path, for reading what was written before it is complete.
    pub fn partial_path(&self) -> &Path {
        self.file.path()
    }

    /// Sees to it that all that was written is on the disk.
    ///
    /// # Errors
    /// Where the system refuses.
    pub fn sync(&mut self) -> Result<()> {
        let path = self.path.clone();
        let failed = |error| Error::io("write", &path, error);
        self.file.flush().map_err(failed)?;
        self.ahead.wait().map_err(failed)?;
        self.file.as_file().sync_all().map_err(failed)
    }

    /// Gives the output its final name; where a file of that name is held by another program, as
    /// spreadsheet programs do on Windows, the first free name of "report (2).xlsx" and so on. Says
    /// which it was.
    ///
    /// # Errors
    /// Where the system refuses for another reason.
    pub fn commit_beside(mut self) -> Result<PathBuf> {
        self.sync()?;
        let Self { file, path, .. } = self;
        let mut refused = match file.persist(&path) {
            Ok(_) => {
                sync_folder(&path)?;
                return Ok(path);
            }
            Err(refused) => refused,
        };
        for number in 2..=99 {
            if !is_held(&refused.error) {
                break;
            }
            let other = beside(&path, number);
            match refused.file.persist_noclobber(&other) {
                Ok(_) => {
                    sync_folder(&other)?;
                    return Ok(other);
                }
                Err(again) if again.error.kind() == io::ErrorKind::AlreadyExists => {
                    refused = tempfile::PersistError { error: refused.error, file: again.file };
                }
                Err(again) => {
                    refused = again;
                    break;
                }
            }
        }
        Err(Error::io("write", &path, refused.error)
            .with_hint("another program may have it open; close it there, or give another name"))
    }

    /// Gives the output its final name.
    ///
    /// # Errors
    /// Where the system refuses, or a file that is to be kept has come there meanwhile. Where the
    /// folder cannot be brought to the disk, the file is there nevertheless.
    pub fn commit(mut self) -> Result<()> {
        self.sync()?;
        let Self { file, path, existing, .. } = self;
        let persisted = match existing {
            Existing::Keep => file.persist_noclobber(&path),
            Existing::Replace => file.persist(&path),
        };
        persisted.map_err(|error| Error::io("write", &path, error.error))?;
        sync_folder(&path)
    }
}

/// Whether a name cannot be taken because its file is in use. 32 and 33 are the sharing and lock
/// violations of Windows.
fn is_held(error: &io::Error) -> bool {
    let held = cfg!(windows) && matches!(error.raw_os_error(), Some(5 | 32 | 33));
    held || matches!(error.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::ResourceBusy)
}

/// "report (2).xlsx" of "report.xlsx".
fn beside(path: &Path, number: u32) -> PathBuf {
    let mut name = path.file_stem().unwrap_or_default().to_os_string();
    name.push(format!(" ({number})"));
    if let Some(extension) = path.extension() {
        name.push(".");
        name.push(extension);
    }
    path.with_file_name(name)
}

/// A new temporary file that is held, so that [`clear_leftovers`] leaves it alone.
fn begin(folder: &Path) -> io::Result<NamedTempFile> {
    loop {
        let file = tempfile::Builder::new().prefix(PREFIX).tempfile_in(folder)?;
        // Between its making and its holding another run may have taken it for a leftover.
        if hold(file.as_file()) && file.path().symlink_metadata().is_ok() {
            return Ok(file);
        }
    }
}

/// What runs that were killed have left in a folder.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Leftovers {
    /// Temporary files that nobody held, and which are gone now.
    pub removed: Vec<PathBuf>,
    /// Temporary files that nobody seems to hold, and which could not be taken away.
    pub kept: Vec<PathBuf>,
}

/// Takes away what runs that were killed have left beside an output that is to be written at `path`:
/// files that begin with [`PREFIX`] and that no process holds. Those of runs at work stay.
pub fn clear_leftovers(path: &Path) -> Leftovers {
    let mut found = Leftovers::default();
    let Ok(items) = std::fs::read_dir(folder(path)) else { return found };
    for item in items.flatten() {
        let is_file = item.file_type().is_ok_and(|kind| kind.is_file());
        if !is_file || !item.file_name().to_string_lossy().starts_with(PREFIX) {
            continue;
        }
        let path = item.path();
        match take_away(&path) {
            Ok(true) => found.removed.push(path),
            Ok(false) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(_) => found.kept.push(path),
        }
    }
    found.removed.sort();
    found.kept.sort();
    found
}

/// Keeps a file from being taken for a leftover as long as it is open, where the system can; false
/// where another run looks at it.
#[cfg(unix)]
fn hold(file: &File) -> bool {
    !matches!(file.try_lock(), Err(std::fs::TryLockError::WouldBlock))
}

/// On Windows, a file that is open cannot be opened by others alone: see [`take_away`].
#[cfg(not(unix))]
fn hold(_: &File) -> bool {
    true
}

/// Removes a file that nobody holds, and says whether it did.
#[cfg(unix)]
fn take_away(path: &Path) -> io::Result<bool> {
    let file = File::options().read(true).write(true).open(path)?;
    match file.try_lock() {
        Ok(()) => std::fs::remove_file(path).map(|()| true),
        Err(std::fs::TryLockError::WouldBlock) => Ok(false),
        Err(std::fs::TryLockError::Error(error)) => Err(error),
    }
}

/// Removes a file that nobody has open, and says whether it did.
#[cfg(windows)]
fn take_away(path: &Path) -> io::Result<bool> {
    use std::os::windows::fs::OpenOptionsExt;
    /// `ERROR_SHARING_VIOLATION`: someone has it open.
    const SHARING_VIOLATION: i32 = 32;
    match File::options().read(true).share_mode(0).open(path) {
        Ok(file) => drop(file),
        Err(error) if error.raw_os_error() == Some(SHARING_VIOLATION) => return Ok(false),
        Err(error) => return Err(error),
    }
    std::fs::remove_file(path).map(|()| true)
}

/// The folder of a path.
fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// Makes the name that a file was given last over a loss of power. A folder that may be written and
/// not read, and a file system that knows no such request, leave that to the system.
#[cfg(unix)]
fn sync_folder(path: &Path) -> Result<()> {
    let Ok(folder) = File::open(folder(path)) else { return Ok(()) };
    match folder.sync_all() {
        Err(error)
            if !matches!(
                error.kind(),
                io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported
            ) =>
        {
            Err(Error::io("bring to the disk the name of", path, error).with_hint(
                "the file is there and whole, but a loss of power might undo that; do it again",
            ))
        }
        _ => Ok(()),
    }
}

/// Windows has no such request for a folder: its file systems keep a journal of names.
#[cfg(not(unix))]
fn sync_folder(_: &Path) -> Result<()> {
    Ok(())
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.as_file_mut().write(bytes)?;
        self.ahead.wrote(self.file.as_file(), written)?;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.as_file_mut().flush()
    }
}

impl Seek for Output {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.as_file_mut().seek(to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_in_use_gives_way_to_the_next() {
        assert_eq!(beside(Path::new("a/report.xlsx"), 2), Path::new("a/report (2).xlsx"));
        assert_eq!(beside(Path::new("report"), 3), Path::new("report (3)"));
        assert!(is_held(&io::Error::from(io::ErrorKind::PermissionDenied)));
        assert!(!is_held(&io::Error::from(io::ErrorKind::StorageFull)));
    }

    #[test]
    fn an_output_appears_whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txt");
        let mut output = Output::create(&path, Existing::Keep).unwrap();
        output.write_all(b"half").unwrap();
        assert!(!path.exists());
        drop(output);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);

        let mut output = Output::create(&path, Existing::Keep).unwrap();
        output.write_all(b"whole").unwrap();
        output.commit().unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"whole");
        assert_eq!(Output::create(&path, Existing::Keep).unwrap_err().kind(), ErrorKind::Output);
        Output::create(&path, Existing::Replace).unwrap().commit().unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"");
    }

    #[test]
    fn a_large_file_is_brought_to_the_disk_while_it_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.bin");
        let mut output = Output::create(&path, Existing::Keep).unwrap();
        let piece = vec![7; Ahead::PIECE / 4];
        for number in 0..9 {
            output.write_all(&piece).unwrap();
            assert_eq!(output.ahead.request.is_some(), number >= 3);
        }
        output.commit().unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().len(), 9 * piece.len() as u64);

        // What fails on the way is told by the next write, or in the end.
        let fails =
            || Some(std::thread::spawn(|| Err(io::Error::from(io::ErrorKind::StorageFull))));
        let other = folder.path().join("b.bin");
        let mut output = Output::create(&other, Existing::Keep).unwrap();
        output.ahead.request = fails();
        assert_eq!(output.sync().unwrap_err().kind(), ErrorKind::Io);
        output.ahead.request = fails();
        while !output.ahead.request.as_ref().unwrap().is_finished() {
            std::thread::yield_now();
        }
        output.ahead.since = Ahead::PIECE;
        assert!(output.write_all(b"more").is_err());
    }

    #[test]
    fn what_a_killed_run_left_is_taken_away_and_what_is_at_work_stays() {
        let folder = tempfile::tempdir().unwrap();
        let beside = folder.path().join("a.txt");
        let left = folder.path().join(format!("{PREFIX}left"));
        std::fs::write(&left, b"half of a table").unwrap();
        std::fs::write(folder.path().join("other"), b"").unwrap();
        std::fs::create_dir(folder.path().join(format!("{PREFIX}folder"))).unwrap();
        let output = Output::create(&beside, Existing::Keep).unwrap();
        let found = clear_leftovers(&beside);
        assert_eq!(found, Leftovers { removed: vec![left.clone()], kept: Vec::new() });
        assert!(!left.exists() && output.partial_path().exists());
        assert_eq!(clear_leftovers(&beside), Leftovers::default());
        output.commit().unwrap();
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 3);
        assert_eq!(clear_leftovers(Path::new("/no/such/folder/x")), Leftovers::default());
    }
}
