//! A package's files, read where they lie: in a zip, or in an unzipped folder.

use crate::archive::deflate::Inflater;
use crate::archive::read::{Archive, Entry, Limits};
use crate::bag::{blocks, layout};
use crate::digest::{Algorithm, Hasher};
use crate::error::{Error, ErrorKind, Result};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// A package that was opened.
pub(super) struct Opened {
    /// Where it is.
    pub(super) path: PathBuf,
    /// The top folder in the container, with its slash; empty where there is none.
    pub(super) top: String,
    container: Container,
    /// Where the blocks of each payload file begin: bytes before and after compression.
    blocks: BTreeMap<String, Vec<Block>>,
}

enum Container {
    Archive(Box<Archive>),
    Folder(PathBuf),
}

/// A block of a payload file.
#[derive(Debug, Clone, Copy)]
struct Block {
    begin: u64,
    length: u32,
    packed_begin: u64,
    packed: u32,
}

impl Opened {
    /// Opens a zip or a folder that holds a bag.
    pub(super) fn new(path: &Path) -> Result<Self> {
        let metadata = std::fs::metadata(path).map_err(|error| Error::io("read", path, error))?;
        let (container, top) = if metadata.is_dir() {
            (Container::Folder(path.to_owned()), folder_top(path)?)
        } else {
            let (archive, _) = Archive::open(path, &Limits { ratio: 2000, ..Limits::default() })?;
            let top = archive.entries.iter().find_map(|entry| {
                let (top, rest) = entry.name.split_once('/')?;
                (rest == layout::DECLARATION).then(|| format!("{top}/"))
            });
            (Container::Archive(Box::new(archive)), top)
        };
        let Some(top) = top else {
            let message = format!("{} is no package", path.display());
            return Err(Error::new(ErrorKind::Usage, message).with_path(path).with_hint(
                "give a package as handover package writes it, or the folder that it unpacks to",
            ));
        };
        let mut opened = Self { path: path.to_owned(), top, container, blocks: BTreeMap::new() };
        let table = opened.read(layout::BLOCKS)?.and_then(|bytes| blocks::parse(&bytes).ok());
        for file in table.unwrap_or_default() {
            let (mut begin, mut packed_begin) = (0_u64, 0_u64);
            let each = file.blocks.iter().map(|block| {
                let own = Block { begin, length: block.length, packed_begin, packed: block.packed };
                begin += u64::from(block.length);
                packed_begin += u64::from(block.packed);
                own
            });
            let blocks = each.collect();
            opened.blocks.insert(file.path, blocks);
        }
        Ok(opened)
    }

    fn entry(&self, path: &str) -> Option<&Entry> {
        let Container::Archive(archive) = &self.container else { return None };
        let name = format!("{}{path}", self.top);
        let usable = |entry: &&Entry| {
            !entry.directory && !entry.special && !entry.encrypted && !entry.overlapping
        };
        archive.entries.iter().filter(usable).find(|entry| *entry.name == *name)
    }

    fn on_disk(&self, path: &str) -> Option<PathBuf> {
        let Container::Folder(root) = &self.container else { return None };
        let path = root.join(&self.top).join(path);
        path.symlink_metadata().is_ok_and(|found| found.is_file()).then_some(path)
    }

    /// How large a file is; `None` where it is not there.
    pub(super) fn size(&self, path: &str) -> Option<u64> {
        match self.entry(path) {
            Some(entry) => Some(entry.size),
            None => self.on_disk(path)?.metadata().ok().map(|found| found.len()),
        }
    }

    /// A whole file below the top folder; `None` where it is not there, or damaged.
    pub(super) fn read(&self, path: &str) -> Result<Option<Vec<u8>>> {
        let Some(size) = self.size(path) else { return Ok(None) };
        let mut bytes = Vec::new();
        let whole = self.stream(path, &mut |piece| {
            bytes.extend_from_slice(piece);
            Ok(())
        })?;
        Ok((whole && bytes.len() as u64 == size).then_some(bytes))
    }

    /// Hands a file's bytes to `each`; whether they are whole.
    pub(super) fn stream(
        &self,
        path: &str,
        each: &mut dyn FnMut(&[u8]) -> Result<()>,
    ) -> Result<bool> {
        if let (Container::Archive(archive), Some(entry)) = (&self.container, self.entry(path)) {
            return Ok(archive.stream(entry, each)?.is_ok());
        }
        let Some(path) = self.on_disk(path) else { return Ok(false) };
        let failed = |error| Error::io("read", &path, error);
        let mut file = File::open(&path).map_err(failed)?;
        let mut buffer = vec![0; 128 << 10];
        loop {
            let read = file.read(&mut buffer).map_err(failed)?;
            if read == 0 {
                return Ok(true);
            }
            each(buffer.get(..read).unwrap_or_default())?;
        }
    }

    /// Bytes of a file that is stored as it is; `None` where there are not so many.
    pub(super) fn range(&self, path: &str, at: u64, length: usize) -> Result<Option<Vec<u8>>> {
        let end = at.saturating_add(length as u64);
        if let (Container::Archive(archive), Some(entry)) = (&self.container, self.entry(path)) {
            if end > entry.size {
                return Ok(None);
            }
            if entry.method != 0 {
                // Someone zipped it anew.
                let whole = self.read(path)?.unwrap_or_default();
                return Ok(whole.get(at as usize..end as usize).map(<[u8]>::to_vec));
            }
            let mut bytes = vec![0; length];
            archive.packed(entry, at, &mut bytes)?;
            return Ok(Some(bytes));
        }
        let Some(path) = self.on_disk(path) else { return Ok(None) };
        let failed = |error| Error::io("read", &path, error);
        let mut file = File::open(&path).map_err(failed)?;
        if file.metadata().map_err(failed)?.len() < end {
            return Ok(None);
        }
        file.seek(SeekFrom::Start(at)).map_err(failed)?;
        let mut bytes = vec![0; length];
        file.read_exact(&mut bytes).map_err(failed)?;
        Ok(Some(bytes))
    }

    /// Whether a payload file is the one that the strongest manifest lists.
    pub(super) fn is_as_listed(&self, path: &str) -> Result<bool> {
        for algorithm in [Algorithm::Sha512, Algorithm::Sha256] {
            let Some(manifest) = self.read(&layout::manifest(algorithm))? else { continue };
            let text = String::from_utf8_lossy(&manifest);
            let mut lines = text.lines().filter_map(|line| line.split_once("  "));
            let Some((stated, _)) = lines.find(|(_, listed)| *listed == path) else {
                return Ok(false);
            };
            let mut hasher = Hasher::new(algorithm);
            let whole = self.stream(path, &mut |piece| {
                hasher.update(piece);
                Ok(())
            })?;
            return Ok(whole && hasher.finish().to_string() == stated);
        }
        Ok(false)
    }

    /// Hands bytes of a payload file to `each`: for each range, in rising order, its number and what
    /// stands there; `None` for what cannot be had. Says whether the whole file had to be read for it;
    /// then a range may come twice.
    pub(super) fn payload(
        &self,
        path: &str,
        ranges: &[(u64, u64)],
        each: &mut dyn FnMut(usize, Option<&[u8]>),
    ) -> Result<bool> {
        if let Container::Folder(_) = self.container {
            for (number, &(from, to)) in ranges.iter().enumerate() {
                let length = usize::try_from(to - from).unwrap_or(usize::MAX);
                each(number, self.range(path, from, length)?.as_deref());
            }
            return Ok(false);
        }
        if self.by_blocks(path, ranges, each)? {
            return Ok(false);
        }
        // Without a block table that fits, the file is read from its beginning.
        let mut picked = Ranges::new(ranges, each);
        self.stream(path, &mut |piece| {
            picked.push(piece);
            Ok(())
        })?;
        picked.finish();
        Ok(true)
    }

    /// As [`Opened::payload`], block by block; not all where the table does not fit.
    fn by_blocks(
        &self,
        path: &str,
        ranges: &[(u64, u64)],
        each: &mut dyn FnMut(usize, Option<&[u8]>),
    ) -> Result<bool> {
        let (Container::Archive(archive), Some(entry), Some(blocks)) =
            (&self.container, self.entry(path), self.blocks.get(path))
        else {
            return Ok(false);
        };
        let last = blocks.last();
        let fits = last.is_none_or(|last| {
            last.begin + u64::from(last.length) == entry.size
                && last.packed_begin + u64::from(last.packed) + 2 == entry.packed
        });
        if entry.method != 8 || !fits {
            return Ok(false);
        }
        let mut inflater = Inflater::default();
        let (mut plain, mut packed, mut open) = (Vec::new(), Vec::new(), usize::MAX);
        let mut bytes = Vec::new();
        for (range, &(from, to)) in ranges.iter().enumerate() {
            bytes.clear();
            let mut at = from;
            while at < to {
                let number = blocks.partition_point(|block| block.begin <= at).saturating_sub(1);
                let Some(block) =
                    blocks.get(number).filter(|block| at < block.begin + u64::from(block.length))
                else {
                    break;
                };
                if number != open {
                    packed.resize(block.packed as usize, 0);
                    archive.packed(entry, block.packed_begin, &mut packed)?;
                    if inflater.block(&mut packed, block.length as usize, &mut plain).is_err() {
                        return Ok(false);
                    }
                    open = number;
                }
                let end = to.min(block.begin + u64::from(block.length));
                let part = plain.get((at - block.begin) as usize..(end - block.begin) as usize);
                bytes.extend_from_slice(part.unwrap_or_default());
                at = end;
            }
            each(range, (bytes.len() as u64 == to - from).then_some(bytes.as_slice()));
        }
        Ok(true)
    }
}

/// Picks ranges of bytes, in rising order and apart, out of a file that is read from its beginning.
pub(super) struct Ranges<'r> {
    wanted: &'r [(u64, u64)],
    each: &'r mut dyn FnMut(usize, Option<&[u8]>),
    /// What there is of the range at hand.
    open: Vec<u8>,
    /// Ranges that are complete.
    done: usize,
    at: u64,
}

impl<'r> Ranges<'r> {
    pub(super) fn new(
        wanted: &'r [(u64, u64)],
        each: &'r mut dyn FnMut(usize, Option<&[u8]>),
    ) -> Self {
        Self { wanted, each, open: Vec::new(), done: 0, at: 0 }
    }

    /// Takes the next bytes of the file.
    pub(super) fn push(&mut self, piece: &[u8]) {
        let end = self.at + piece.len() as u64;
        while let Some(&(from, to)) = self.wanted.get(self.done).filter(|(from, _)| *from < end) {
            let (first, last) = (from.max(self.at), to.min(end));
            if first < last {
                let part = piece.get((first - self.at) as usize..(last - self.at) as usize);
                self.open.extend_from_slice(part.unwrap_or_default());
            }
            if to > end {
                break;
            }
            (self.each)(self.done, Some(&self.open));
            self.open.clear();
            self.done += 1;
        }
        self.at = end;
    }

    /// Whether nothing more is needed.
    pub(super) fn is_done(&self) -> bool {
        self.done == self.wanted.len()
    }

    /// Tells what the file ended before.
    pub(super) fn finish(self) {
        (self.done..self.wanted.len()).for_each(|number| (self.each)(number, None));
    }
}

/// The folder that holds the bag: the one given, or the only one in it that does.
fn folder_top(path: &Path) -> Result<Option<String>> {
    if path.join(layout::DECLARATION).is_file() {
        return Ok(Some(String::new()));
    }
    let failed = |error| Error::io("read the folder", path, error);
    for entry in std::fs::read_dir(path).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        if entry.path().join(layout::DECLARATION).is_file() {
            return Ok(entry.file_name().to_str().map(|name| format!("{name}/")));
        }
    }
    Ok(None)
}
