//! An extract that is a tar archive: plain, or compressed as one stream.
//!
//! A plain archive is listed by jumping from header to header, and its files are then read in path
//! order, from where they lie. A compressed one can only be read from its beginning: it is unpacked
//! once to list it, and once more to read its files, in the order in which the archive has them.
//! Nothing of it is kept on disk or as a whole in memory.

use super::codec::{Codec, Unpacked};
use super::{Archived, Handle, Holds, Limits, Listing, Member, Seal, Stamp, check_stamp};
use crate::archive::bytes::{Bytes, Span};
use crate::archive::findings::Findings;
use crate::archive::names::{self, Named};
use crate::archive::read::Fault;
use crate::archive::tape::{self, Kind, Skip, Tape, TapeEntry};
use crate::error::{Error, Result};
use crate::finding::{Code, Gap};
use crate::path::MemberPath;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// The archive behind an extract.
#[derive(Debug)]
pub(super) struct Taped {
    path: PathBuf,
    stamp: Stamp,
    codec: Option<Codec>,
    bytes: Bytes,
    most: u64,
}

/// Whether a name ends as those of compressed tar archives do.
pub(super) fn has_tape_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    [".tar.gz", ".tgz", ".tar.zst", ".tar.zstd", ".tzst"].iter().any(|end| name.ends_with(end))
}

/// Whether what is compressed in a file begins as a tar archive does.
pub(super) fn is_tape(path: &Path, codec: Codec) -> Result<bool> {
    let bytes = Bytes::open(path)?;
    let input = Box::new(bytes.span(0, bytes.length()));
    let mut block = [0; 512];
    match super::read_up_to(&mut Unpacked::new(codec, input, u64::MAX), &mut block) {
        Ok(length) => Ok(tape::is_header(block.get(..length).unwrap_or_default())),
        Err(error) if Fault::of(&error).is_some() => Ok(false),
        Err(error) => Err(super::MemberReader::error(&path.to_string_lossy(), error)),
    }
}

/// Opens an archive and lists its files.
pub(super) fn open(
    path: &Path,
    stamp: Stamp,
    codec: Option<Codec>,
    limits: &Limits,
) -> Result<Listing> {
    let bytes = Bytes::open(path)?;
    let most = limits.unpacked(bytes.length());
    let taped = Taped { path: path.to_path_buf(), stamp, codec, bytes, most };
    let mut list = List::default();
    let ended = match codec {
        None => list.read(&mut Tape::new(taped.span(0, taped.bytes.length())), limits),
        Some(codec) => list.read(&mut taped.unpacked(codec), limits),
    };
    let mut stopped = list.stopped.take();
    if let Err((error, at)) = ended {
        let Some(fault) = Fault::of(&error) else {
            return Err(super::MemberReader::error(&path.to_string_lossy(), error));
        };
        let reason = match (fault, codec) {
            (Fault::Cut, None) => "the archive is cut off".to_owned(),
            (Fault::Cut | Fault::Packed, _) => {
                "the archive is cut off, or its compressed data is".to_owned()
            }
            (fault, _) => fault.to_string(),
        };
        list.findings.at(fault.code(), &*reason, at);
        stopped = Some(reason);
    }
    let List { entries, mut findings, more, .. } = list;
    if more {
        let text = "there are more bytes behind the end mark of the archive";
        findings.at(Code::AmbiguousArchive, text, 0);
        stopped.get_or_insert_with(|| text.to_owned());
    }
    let named: Vec<Named<'_>> = entries
        .iter()
        .map(|entry| Named {
            name: &entry.name,
            directory: entry.kind == Kind::Folder,
            offset: entry.header,
        })
        .collect();
    let mut by_entry = Findings::default();
    names::compare(&named, &mut by_entry);
    let mut groups = findings.into_groups();
    groups.extend(by_entry.into_groups());
    let (members, listed) = members(&entries, codec, &taped.bytes);
    for group in &mut groups {
        for place in [&mut group.first, &mut group.last]
            .into_iter()
            .chain(group.samples.iter_mut().map(|sample| &mut sample.place))
        {
            place.file = place.file.and_then(|n| listed.get(n as usize).copied().flatten());
        }
    }
    let gap = |reason| Gap { resource: None, check: "the rest of the archive".into(), reason };
    let gaps = stopped.map(gap).into_iter().collect();
    let archive = Archived::Tape(taped);
    Ok(Listing { container: "tar archive", members, findings: groups, gaps, archive })
}

/// The files among the entries, and for each entry its number among the files.
fn members(
    entries: &[TapeEntry],
    codec: Option<Codec>,
    bytes: &Bytes,
) -> (Vec<Member>, Vec<Option<u32>>) {
    let mut members = Vec::new();
    let mut listed = vec![None; entries.len()];
    for (number, entry) in entries.iter().enumerate() {
        if !matches!(entry.kind, Kind::File | Kind::Partial) {
            continue;
        }
        let Ok(inside) = MemberPath::new(&entry.name) else { continue };
        if let Some(listed) = listed.get_mut(number) {
            *listed = u32::try_from(members.len()).ok();
        }
        let handle = match codec {
            None => Handle::Span { at: entry.data, size: entry.size },
            Some(_) => Handle::Taped(number as u64),
        };
        let size = entry.size.min(if codec.is_none() { bytes.length() } else { u64::MAX });
        let mut member = Member::delivered(inside.as_str().to_owned(), size, handle);
        if entry.kind == Kind::Partial {
            member.seal = Some(Seal {
                holds: Holds::Itself,
                ..Seal::itself("its entry in the archive does not hold its bytes as they are")
            });
        }
        members.push(member);
    }
    (members, listed)
}

/// What a first pass over an archive finds.
#[derive(Default)]
struct List {
    entries: Vec<TapeEntry>,
    findings: Findings,
    /// Why it ended early.
    stopped: Option<String>,
    /// Whether something other than zeros stands behind the end mark.
    more: bool,
}

impl List {
    fn read<R: Skip>(
        &mut self,
        tape: &mut Tape<R>,
        limits: &Limits,
    ) -> Result<(), (io::Error, u64)> {
        loop {
            let entry = match tape.advance() {
                Ok(Some(entry)) => entry,
                Ok(None) => break,
                Err(error) => return Err((error, tape.position())),
            };
            let number = self.entries.len();
            if number >= limits.files {
                let text = format!("there are more than {} entries", limits.files);
                self.findings.at(Code::ArchiveLimit, &*text, entry.header);
                self.stopped = Some(text);
                return Ok(());
            }
            for (code, text) in &entry.wrong {
                match code {
                    Code::UnsafePath => {
                        let named = (number, &*entry.name);
                        self.findings.left_out(*code, *text, named, entry.header);
                    }
                    _ => self.findings.of(*code, *text, number, entry.header),
                }
            }
            // The archive's own folder, which `tar -C folder .` writes.
            let is_top = entry.kind == Kind::Folder && matches!(&*entry.name, "" | ".");
            if let Err(fault) = MemberPath::new(&entry.name)
                && !is_top
            {
                let named = (number, &*entry.name);
                self.findings.left_out(Code::UnsafePath, fault.reason(), named, entry.header);
            }
            self.entries.push(entry);
        }
        let position = tape.position();
        self.more = tape.has_more().map_err(|error| (error, position))?;
        Ok(())
    }
}

impl Taped {
    pub(super) fn span(&self, at: u64, size: u64) -> Span<'_> {
        self.bytes.span(at, size)
    }

    fn unpacked(&self, codec: Codec) -> Tape<Box<dyn Read + '_>> {
        let input = Box::new(self.span(0, self.bytes.length()));
        Tape::new(Box::new(Unpacked::new(codec, input, self.most)))
    }

    /// A compressed archive from its beginning.
    pub(super) fn strip(&self) -> Result<Strip<'_>> {
        let codec = self.codec.ok_or_else(|| Error::internal("a tar that is not compressed"))?;
        Ok(Strip { tape: self.unpacked(codec), passed: 0, broken: false })
    }

    pub(super) fn check_unchanged(&self) -> Result<()> {
        check_stamp(&self.path, &self.stamp)
    }
}

/// A compressed archive on its way past.
pub(super) struct Strip<'a> {
    tape: Tape<Box<dyn Read + 'a>>,
    /// Entries that have begun.
    passed: u64,
    /// What was met; nothing behind it can be read.
    broken: bool,
}

impl Strip<'_> {
    /// Whether an entry is still to come.
    pub(super) fn is_before(&self, number: u64) -> bool {
        self.passed <= number
    }

    /// Goes on to the entry of that number, whose bytes it then gives.
    pub(super) fn go_to(&mut self, number: u64) -> io::Result<()> {
        while self.passed <= number {
            self.passed += 1;
            let step = if self.broken { Ok(None) } else { self.tape.advance() };
            if !matches!(step, Ok(Some(_))) {
                self.broken = true;
                return Err(step.err().map_or_else(cut, told));
            }
        }
        Ok(())
    }
}

impl Read for Strip<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.tape.read(buffer).map_err(told)
    }
}

/// What is wrong with the archive was told when it was listed: for its files it is one thing.
fn told(error: io::Error) -> io::Error {
    if Fault::of(&error).is_some() { cut() } else { error }
}

fn cut() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, Fault::Cut)
}
