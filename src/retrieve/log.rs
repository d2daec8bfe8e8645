//! The custody log: one line of JSON for each retrieval, each bound to the one before by its hash.

use crate::digest::Algorithm;
use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;

/// What an entry says of a retrieval.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Logged {
    /// When, as `2026-11-23T08:26:18Z`.
    pub time: String,
    /// By whom.
    pub requested_by: String,
    /// Why.
    pub reason: String,
    /// The package: `urn:uuid:` and its identifier.
    pub package: String,
    /// Its root.
    pub root: String,
    /// The patient, as a keyed token: HMAC-SHA-256 under the package's secret.
    pub patient: String,
    /// First and last day.
    pub range: (Option<String>, Option<String>),
    /// Rows that were given out.
    pub rows: u64,
    /// `written`, `unknown-patient` or `altered`.
    pub outcome: String,
    /// SHA-256 of the export.
    pub export: Option<String>,
}

/// A line: what is logged, and the SHA-256 of the line before (of nothing for the first).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Line {
    format: String,
    number: u64,
    before: String,
    #[serde(flatten)]
    entry: Logged,
}

/// The value of `format`.
const FORMAT: &str = "handover-log/1";

fn digest(line: &[u8]) -> String {
    Algorithm::Sha256.digest(line).to_string()
}

/// Appends an entry to the log at `path`, which only its owner may read, and syncs it.
///
/// # Errors
/// Where the log cannot be read or written, or is broken: then nothing is added to it.
pub fn append(path: &Path, entry: &Logged) -> Result<()> {
    let failed = |error| Error::io("write the log", path, error);
    let mut options = OpenOptions::new();
    options.create(true).append(true).read(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path).map_err(failed)?;
    // Two retrievals at once must not both follow the same entry.
    file.lock().map_err(failed)?;
    let (count, last) = match read(path)? {
        Ok(found) => found,
        Err(number) => return Err(broken(path, number)),
    };
    let line =
        Line { format: FORMAT.into(), number: count + 1, before: last, entry: entry.clone() };
    let mut text = serde_json::to_string(&line).map_err(Error::internal)?;
    text.push('\n');
    file.write_all(text.as_bytes()).map_err(failed)?;
    file.sync_all().map_err(failed)
}

/// Whether others than its owner may read a log: one that was there before stays as it was.
#[cfg(unix)]
pub fn is_open_to_others(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).is_ok_and(|found| found.permissions().mode() & 0o077 != 0)
}

/// Windows says it otherwise; who may read a folder there decides.
#[cfg(not(unix))]
pub fn is_open_to_others(_: &Path) -> bool {
    false
}

/// Sees to it that a log can be added to, so that nothing is retrieved that could not be recorded.
///
/// # Errors
/// Where there is something at `path` that cannot be read or added to, or is no whole log; or where
/// none can be begun there.
pub fn require_whole(path: &Path) -> Result<()> {
    let failed = |error| Error::io("write the log", path, error);
    match path.exists() {
        true => {
            OpenOptions::new().append(true).open(path).map_err(failed)?;
            read(path)?.map(|_| ()).map_err(|number| broken(path, number))
        }
        false => {
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
            let folder = folder.unwrap_or(Path::new("."));
            std::fs::read_dir(folder).map(|_| ()).map_err(failed)
        }
    }
}

fn broken(path: &Path, number: u64) -> Error {
    let message =
        format!("{} is no whole log of retrievals: entry {number} is wrong", path.display());
    Error::new(crate::error::ErrorKind::Usage, message)
        .with_path(path)
        .with_hint("give another name to --log: nothing is added to a log that was changed")
}

/// Reads a log: how many entries it has and the digest of the last, or which entry (from 1) is wrong.
fn read(path: &Path) -> Result<std::result::Result<(u64, String), u64>> {
    let failed = |error| Error::io("read", path, error);
    let file = File::open(path).map_err(failed)?;
    let mut reader = BufReader::new(file);
    let (mut count, mut last) = (0, digest(b""));
    loop {
        let mut line = Vec::new();
        // No entry is longer than this; so no file makes the reader run out of memory.
        let length = reader.by_ref().take(1 << 20).read_until(b'\n', &mut line).map_err(failed)?;
        if length == 0 {
            return Ok(Ok((count, last)));
        }
        let Some(bytes) = line.strip_suffix(b"\n") else { return Ok(Err(count + 1)) };
        let parsed: Option<Line> = serde_json::from_slice(bytes).ok();
        let sound = parsed.is_some_and(|line| {
            line.format == FORMAT && line.number == count + 1 && line.before == last
        });
        if !sound {
            return Ok(Err(count + 1));
        }
        count += 1;
        last = digest(bytes);
    }
}

/// Whether a file begins as a log does.
pub fn is_log(path: &Path) -> bool {
    let mut head = [0; 32];
    let read = File::open(path).and_then(|mut file| file.read(&mut head));
    let head = head.get(..read.unwrap_or(0)).unwrap_or_default();
    head.starts_with(format!("{{\"format\":\"{FORMAT}\"").as_bytes())
}

/// Checks a log: how many entries it has and the digest of the last, by which the loss of its end can
/// be told later; or which entry, from 1, is the first that is wrong.
///
/// # Errors
/// Where it cannot be read.
pub fn verify(path: &Path) -> Result<std::result::Result<(u64, String), u64>> {
    read(path)
}
