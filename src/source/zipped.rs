//! An extract that is a zip archive.
//!
//! Two readers look at it: ours, which believes nothing, and the `zip` crate's. Where they do not
//! see the same entries, other people's tools will not either, and that is a finding. Bytes are
//! always ours.

use super::{Extract, Handle, Limits, Member, Stamp, changed, is_litter};
use crate::archive::read::{Archive, EntryReader, Limits as ArchiveLimits};
use crate::error::{Error, Result};
use crate::finding::{Code, Facts, Group, Place};
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use zip::ZipArchive;

/// The archive behind an extract.
pub(super) struct Zipped {
    path: PathBuf,
    stamp: Stamp,
    archive: Archive,
}

impl std::fmt::Debug for Zipped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Zipped").field("path", &self.path).finish_non_exhaustive()
    }
}

/// Opens an archive and lists its files.
pub(super) fn open(path: &Path, stamp: Stamp, limits: &Limits) -> Result<Extract> {
    let archive_limits = ArchiveLimits {
        entries: limits.files as u64,
        ratio: limits.expansion,
        ..ArchiveLimits::default()
    };
    let (archive, mut findings) = Archive::open(path, &archive_limits)?;
    findings.extend(disagreement(path, &archive)?);
    let mut members = Vec::new();
    for (number, entry) in archive.entries.iter().enumerate() {
        if entry.directory || entry.special {
            continue;
        }
        // A name that is not safe is a finding of the archive; nothing is read under it.
        let Ok(inside) = entry.path() else { continue };
        members.push(Member {
            litter: is_litter(inside.as_str()),
            path: inside.as_str().to_owned(),
            stated_size: entry.size,
            handle: Handle::Entry(number),
        });
    }
    let archive = Some(Zipped { path: path.to_path_buf(), stamp, archive });
    Ok(Extract { path: path.to_path_buf(), container: "zip archive", members, findings, archive })
}

/// Whether the second reader sees other entries than ours.
fn disagreement(path: &Path, archive: &Archive) -> Result<Option<Group>> {
    if archive.entries.is_empty() {
        return Ok(None);
    }
    let file = File::open(path).map_err(|error| Error::io("read", path, error))?;
    let said = |text: String| {
        Some(Group::single(Code::AmbiguousArchive, None, Facts::Text(text), Place::default()))
    };
    let mut second = match ZipArchive::new(BufReader::new(file)) {
        Ok(second) => second,
        Err(_) => return Ok(said("a second reader cannot read the archive's directory".into())),
    };
    let mut theirs = Vec::new();
    for number in 0..second.len() {
        if let Ok(entry) = second.by_index_raw(number) {
            theirs.push((
                entry.header_start(),
                entry.size(),
                entry.compressed_size(),
                entry.crc32(),
            ));
        }
    }
    let mut ours: Vec<_> = archive
        .entries
        .iter()
        .map(|entry| (entry.offset, entry.size, entry.packed, entry.crc32))
        .collect();
    theirs.sort_unstable();
    ours.sort_unstable();
    if theirs == ours {
        return Ok(None);
    }
    let (a, b) = (ours.len(), theirs.len());
    Ok(said(format!(
        "two readers see different entries: one finds {a}, the other {b}, or of other sizes"
    )))
}

impl Zipped {
    /// Reads an entry; `None` where its method is not one that is read.
    pub(super) fn entry(&self, number: usize) -> Option<EntryReader<'_>> {
        self.archive.reader(self.archive.entries.get(number)?).ok()
    }

    pub(super) fn check_unchanged(&self) -> Result<()> {
        let metadata =
            std::fs::metadata(&self.path).map_err(|error| Error::io("read", &self.path, error))?;
        if Stamp::of(&metadata) == self.stamp { Ok(()) } else { Err(changed(&self.path)) }
    }
}
