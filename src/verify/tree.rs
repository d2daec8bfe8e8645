//! The files of a bag, whether it is a folder or lies in a zip.

use crate::archive::bytes::Bytes;
use crate::archive::findings::Findings;
use crate::archive::names::{self, Named};
use crate::archive::read::{Archive, Fault, Limits};
use crate::error::{Error, ErrorKind, Result};
use crate::finding::Group;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

/// One file of the container.
#[derive(Debug)]
pub(super) struct Member {
    /// The path in the container, as it is written.
    pub(super) path: Box<str>,
    /// Its size, as listed.
    pub(super) size: u64,
    /// Whether it can be read: no link, no device, no unsafe name, not encrypted.
    pub(super) readable: bool,
    /// Index of the archive's entry.
    pub(super) entry: usize,
}

/// What an entry with a name of usual length takes in memory, its digests included.
const ENTRY_MEMORY: u64 = 256;

/// What holds the bag.
#[derive(Debug)]
pub(super) enum Container {
    Archive(Box<Archive>),
    Folder(PathBuf),
}

/// The files of a container, in the order of their paths.
#[derive(Debug)]
pub(super) struct Tree {
    pub(super) container: Container,
    pub(super) members: Vec<Member>,
    /// What is wrong with the archive, or with a folder's names; places name entries.
    pub(super) groups: Vec<Group>,
    /// Members that are links or otherwise no files, and why (folders only).
    pub(super) refused: Vec<(usize, &'static str)>,
}

impl Tree {
    /// Lists a folder, or the entries of a file that is an archive.
    ///
    /// `memory` bounds how many entries of an archive are taken.
    pub(super) fn open(path: &Path, memory: u64) -> Result<Self> {
        let metadata = fs::metadata(path).map_err(|source| Error::io("read", path, source))?;
        if metadata.is_dir() {
            Self::folder(path)
        } else if metadata.is_file() {
            Self::archive(Bytes::open(path)?, memory)
        } else {
            let message = format!("{} is neither a file nor a folder", path.display());
            Err(Error::new(ErrorKind::Usage, message).with_path(path))
        }
    }

    /// Lists the entries of an archive.
    pub(super) fn archive(bytes: Bytes, memory: u64) -> Result<Self> {
        // Nothing is unpacked, so sizes are no danger: no byte is read for two entries, and deflate
        // gives at most 1032 for one.
        let limits = Limits {
            entries: memory / ENTRY_MEMORY,
            names: memory / 4,
            ratio: 1033,
            ..Limits::default()
        };
        let (archive, groups) = Archive::read(bytes, &limits)?;
        let mut members: Vec<Member> = archive
            .entries
            .iter()
            .enumerate()
            .filter(|(_, entry)| !entry.directory)
            .map(|(index, entry)| Member {
                path: entry.name.clone(),
                size: entry.size,
                readable: !entry.special
                    && !entry.encrypted
                    && !entry.overlapping
                    && matches!(entry.method, 0 | 8),
                entry: index,
            })
            .collect();
        members.sort_by(|one, two| one.path.cmp(&two.path).then(one.entry.cmp(&two.entry)));
        let container = Container::Archive(Box::new(archive));
        Ok(Self { container, members, groups, refused: Vec::new() })
    }

    /// Lists a folder and all below it; no link is followed.
    fn folder(root: &Path) -> Result<Self> {
        let mut members = Vec::new();
        let mut why = Vec::new();
        let mut open = vec![(root.to_owned(), String::new())];
        while let Some((folder, prefix)) = open.pop() {
            let failed = |source| Error::io("read", &folder, source);
            for item in fs::read_dir(&folder).map_err(failed)? {
                let item = item.map_err(failed)?;
                let path = item.path();
                let failed = |source| Error::io("read", &path, source);
                let name = item.file_name();
                let metadata = fs::symlink_metadata(&path).map_err(failed)?;
                let text = format!("{prefix}{}", name.to_string_lossy());
                let reason = if metadata.is_symlink() {
                    Some("it is a link")
                } else if name.to_str().is_none() {
                    Some("its name is not UTF-8")
                } else if metadata.is_dir() {
                    open.push((path, format!("{text}/")));
                    continue;
                } else if !metadata.is_file() {
                    Some("it is no file and no folder")
                } else {
                    None
                };
                members.push(Member {
                    path: text.into(),
                    size: metadata.len(),
                    readable: reason.is_none(),
                    entry: members.len(),
                });
                why.push(reason);
            }
        }
        let groups = collisions(&members);
        members.sort_by(|one, two| one.path.cmp(&two.path));
        let refused = members
            .iter()
            .enumerate()
            .filter_map(|(at, member)| {
                why.get(member.entry).copied().flatten().map(|reason| (at, reason))
            })
            .collect();
        let container = Container::Folder(root.to_owned());
        Ok(Self { container, members, groups, refused })
    }

    /// The archive, where it is one.
    pub(super) fn as_archive(&self) -> Option<&Archive> {
        match &self.container {
            Container::Archive(archive) => Some(archive),
            Container::Folder(_) => None,
        }
    }

    /// Index of the file of that path.
    pub(super) fn find(&self, path: &str) -> Option<usize> {
        self.members.binary_search_by(|member| (*member.path).cmp(path)).ok()
    }

    /// Hands a file's bytes to `each`. The inner result says whether they are as the archive's
    /// headers state.
    pub(super) fn stream(
        &self,
        index: usize,
        mut each: impl FnMut(&[u8]) -> Result<()>,
    ) -> Result<std::result::Result<(), Fault>> {
        let member = self.members.get(index).ok_or_else(|| Error::internal("no such member"))?;
        let root = match &self.container {
            Container::Folder(root) => root,
            Container::Archive(archive) => {
                let entry = archive.entries.get(member.entry);
                let entry = entry.ok_or_else(|| Error::internal("no such entry"))?;
                return archive.stream(entry, each);
            }
        };
        let path = root.join(&*member.path);
        let failed = |source| Error::io("read", &path, source);
        let mut file = File::open(&path).map_err(failed)?;
        let before = file.metadata().map_err(failed)?;
        let mut buffer = vec![0; 128 * 1024];
        let mut total = 0_u64;
        loop {
            match file.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => {
                    total += count as u64;
                    each(buffer.get(..count).unwrap_or_default())?;
                }
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(failed(error)),
            }
        }
        let after = file.metadata().map_err(failed)?;
        if total != member.size
            || before.len() != after.len()
            || before.modified().ok() != after.modified().ok()
        {
            let message = format!("{} changed while it was read", path.display());
            return Err(Error::new(ErrorKind::Changed, message).with_path(path));
        }
        Ok(Ok(()))
    }

    /// A small file's bytes; `None` where it has more than `limit`. What can be read of a damaged
    /// file is given.
    pub(super) fn read(&self, index: usize, limit: u64) -> Result<Option<Vec<u8>>> {
        if self.members.get(index).is_none_or(|member| member.size > limit) {
            return Ok(None);
        }
        let mut bytes = Vec::new();
        // The reading stops beyond the stated size, so this is bounded by `limit` and one piece.
        let _ = self.stream(index, |piece| {
            bytes.extend_from_slice(piece);
            Ok(())
        })?;
        Ok(Some(bytes))
    }
}

/// Names of a folder's files that some system takes for one, as they are found in an archive: the
/// same bag gives the same findings either way. The files stand in the order of their entries.
fn collisions(members: &[Member]) -> Vec<Group> {
    let named: Vec<Named<'_>> = members
        .iter()
        .map(|member| Named { name: &member.path, directory: false, offset: 0 })
        .collect();
    let mut findings = Findings::default();
    names::compare(&named, &mut findings);
    let mut groups = findings.into_groups();
    for group in &mut groups {
        let samples = group.samples.iter_mut().map(|sample| &mut sample.place);
        for place in [&mut group.first, &mut group.last].into_iter().chain(samples) {
            place.byte = None;
        }
    }
    groups
}
