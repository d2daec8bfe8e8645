//! The extract as it was delivered: which files it has, and their bytes with exact positions.
//!
//! **Invariant:** nothing is ever written into the input, no link is followed, and no size or count
//! that a container states is believed. What cannot be read because the operating system refuses is
//! an error; what is wrong with the delivery itself is a finding.

pub mod block;
mod codec;
mod folder;
pub mod masks;
mod payload;
mod reading;
pub mod records;
mod seal;
pub mod sheet;
pub mod sniff;
pub mod structure;
mod taped;
pub mod utf16;
pub mod workbook;
mod zipped;

pub use crate::archive::read::Fault;
pub use payload::Delivered;
pub use reading::{Faults, MemberReader, Reading};
pub use seal::{Holds, Seal};

use crate::archive::tape;
use crate::error::{Error, ErrorKind, Result};
use crate::finding::{Code, Facts, Gap, Group, Place, Sample, Severity};
use crate::path::MemberPath;
use codec::Codec;
use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use workbook::Workbooks;

/// Limits that protect this machine from a delivery. Reaching one is a finding.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Files in an extract. Default: 100,000.
    pub files: usize,
    /// How many times its packed size an archive, or a compressed file, may unpack to. Default:
    /// 1,000.
    pub expansion: u64,
    /// How workbooks are read; without it they are not opened, which is a finding. Default: none,
    /// since the library cannot know where the program is.
    pub workbooks: Option<Workbooks>,
}

impl Limits {
    /// How many bytes so many may unpack to. Small files repeat themselves more than large ones.
    fn unpacked(&self, packed: u64) -> u64 {
        packed.saturating_mul(self.expansion).max(1 << 20)
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self { files: 100_000, expansion: 1_000, workbooks: None }
    }
}

/// One file of the extract: delivered as such, or found inside a delivered one.
#[derive(Debug, Clone)]
pub struct Member {
    /// Path inside the extract, with `/` between its parts. What is found inside a file is called
    /// by that file's path without the ending `.gz`, or with `#` and the sheet's name behind it.
    pub path: String,
    /// Size in bytes as the folder or archive states it: a hint until it was read.
    pub stated_size: u64,
    /// Left behind by an operating system, not part of what was meant: `__MACOSX`, `Thumbs.db`.
    pub litter: bool,
    /// The delivered file that this one is inside of, by its index.
    pub within: Option<u32>,
    /// The number of the sheet among the workbook's, from 1, where it is one.
    pub sheet: Option<u32>,
    /// Whether it is a sheet that is hidden.
    pub hidden: bool,
    /// Why it cannot be looked into.
    pub seal: Option<Seal>,
    handle: Handle,
}

/// How a member is found in its container.
#[derive(Debug, Clone)]
enum Handle {
    /// A file on disk, and what it looked like when it was listed.
    File(PathBuf, Stamp),
    /// The entry of that number in the zip archive.
    Entry(usize),
    /// The bytes of an entry in a tar archive that is not compressed.
    Span { at: u64, size: u64 },
    /// The entry of that number in a tar archive that is compressed.
    Taped(u64),
    /// What is compressed in the member that this one is within.
    Inside(Codec),
    /// A sheet of the workbook that this one is within.
    Sheet,
}

impl Member {
    fn delivered(path: String, stated_size: u64, handle: Handle) -> Self {
        Self {
            litter: is_litter(&path),
            seal: Seal::of_name(&path),
            path,
            stated_size,
            within: None,
            sheet: None,
            hidden: false,
            handle,
        }
    }

    /// Whether its own bytes can be read.
    pub fn is_readable(&self) -> bool {
        self.seal.as_ref().is_none_or(|seal| seal.holds != Holds::Itself)
    }
}

/// What tells that a file was changed: compared before and after it is read.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Stamp {
    length: u64,
    modified: Option<std::time::SystemTime>,
    /// Device, number, and the time of the last change, which no program can set back.
    #[cfg(unix)]
    inode: (u64, u64, i64, i64),
}

impl Stamp {
    fn of(metadata: &std::fs::Metadata) -> Self {
        #[cfg(unix)]
        use std::os::unix::fs::MetadataExt;
        Self {
            length: metadata.len(),
            modified: metadata.modified().ok(),
            #[cfg(unix)]
            inode: (metadata.dev(), metadata.ino(), metadata.ctime(), metadata.ctime_nsec()),
        }
    }
}

/// An extract that was opened: its files, and what is wrong with it as a whole.
#[derive(Debug)]
pub struct Extract {
    /// Where it is.
    pub path: PathBuf,
    /// What it is: "folder", "zip archive", "tar archive", "workbook", "file".
    pub container: &'static str,
    /// Its files: those delivered, ordered by the bytes of their paths, then those inside them.
    pub members: Vec<Member>,
    /// What is wrong with the container itself.
    pub findings: Vec<Group>,
    /// What of the container could not be looked at.
    pub gaps: Vec<Gap>,
    delivered: usize,
    /// The order of those delivered, where there is but one to read them in: that of a compressed tar
    /// archive, or the one in which a package's payload was read.
    only_order: Option<Vec<u32>>,
    archive: Archived,
    limits: Limits,
}

/// The archive behind an extract.
#[derive(Debug)]
enum Archived {
    None,
    Zip(zipped::Zipped),
    Tape(taped::Taped),
}

/// What a container holds, before it is put in order.
struct Listing {
    container: &'static str,
    members: Vec<Member>,
    /// The file of a place is an index into `members`.
    findings: Vec<Group>,
    gaps: Vec<Gap>,
    archive: Archived,
}

impl Extract {
    /// Opens a folder, a zip or tar archive, a workbook, or a single file.
    ///
    /// # Errors
    /// Where the path does not exist or may not be read.
    pub fn open(path: &Path, limits: &Limits) -> Result<Self> {
        let metadata = std::fs::metadata(path).map_err(|error| Error::io("read", path, error))?;
        let listing = if metadata.is_dir() {
            folder::open(path, limits)?
        } else if metadata.is_file() {
            let mut magic = [0; 512];
            let mut file = File::open(path).map_err(|error| Error::io("read", path, error))?;
            let length = read_up_to(&mut file, &mut magic)
                .map_err(|error| Error::io("read", path, error))?;
            file_of(path, &metadata, magic.get(..length).unwrap_or_default(), limits)?
        } else {
            let message = format!("{} is neither a folder nor a file", path.display());
            return Err(Error::new(ErrorKind::Usage, message).with_path(path));
        };
        let mut extract = Self::of_listing(path, listing, limits);
        if let (false, [member]) = (metadata.is_dir(), extract.members.as_slice())
            && extract.is_workbook(member)
        {
            extract.container = "workbook";
            extract.look_into(&|_| true)?;
        }
        Ok(extract)
    }

    /// Whether a member is a workbook that was not looked into yet.
    pub fn is_workbook(&self, member: &Member) -> bool {
        let looked_into = || {
            let this = |inside: &Member| {
                let carrier = inside.within.and_then(|number| self.members.get(number as usize));
                inside.sheet.is_some() && carrier.is_some_and(|c| std::ptr::eq(c, member))
            };
            self.members.iter().any(this)
        };
        workbook::has_name(&member.path)
            && member.within.is_none()
            && member.seal.is_none()
            && !member.litter
            && !looked_into()
    }

    /// Looks into the workbooks among the files, of those paths that are wanted: their sheets become
    /// members. For a workbook that is the extract, [`Extract::open`] has done so. Others are looked
    /// into only on request, because each costs a process, and documents may be workbooks by the
    /// thousand.
    ///
    /// # Errors
    /// Where a file cannot be read, or the reader of workbooks cannot be started.
    pub fn look_into(&mut self, wanted: &dyn Fn(&str) -> bool) -> Result<()> {
        for number in 0..self.delivered {
            let Some(member) = self.members.get(number) else { break };
            if !self.is_workbook(member) || !wanted(&member.path) {
                continue;
            }
            let listed = match &self.limits.workbooks {
                None => Err((Code::UnreadableArchive, "a workbook, which was not opened")),
                Some(workbooks) => {
                    let mut reader = self.reader(member)?;
                    let listed = workbook::list(workbooks, &mut reader)?;
                    let failure = reader.faults().get().map(workbook::Failure::Fault);
                    failure.map_or(listed, Err).map_err(workbook::why)
                }
            };
            let path = member.path.clone();
            match listed {
                Ok(sheets) => {
                    for ((name, hidden), sheet) in sheets.into_iter().zip(1..) {
                        self.members.push(Member {
                            path: format!("{path}#{name}"),
                            stated_size: 0,
                            litter: false,
                            within: u32::try_from(number).ok(),
                            sheet: Some(sheet),
                            hidden,
                            seal: None,
                            handle: Handle::Sheet,
                        });
                    }
                }
                Err((code, reason)) => {
                    if let Some(member) = self.members.get_mut(number) {
                        let (code, reason) = (Some(code), reason.to_owned());
                        member.seal = Some(Seal { holds: Holds::Files, code, reason });
                    }
                }
            }
        }
        Ok(())
    }

    /// Puts the members in order, and adds those that are compressed inside of others.
    fn of_listing(path: &Path, listing: Listing, limits: &Limits) -> Self {
        let Listing { container, members, mut findings, gaps, archive } = listing;
        let mut numbered: Vec<(usize, Member)> = members.into_iter().enumerate().collect();
        numbered.sort_by(|(_, a), (_, b)| a.path.as_bytes().cmp(b.path.as_bytes()));
        let mut place = vec![None; numbered.len()];
        for (at, (listed, _)) in numbered.iter().enumerate() {
            if let Some(place) = place.get_mut(*listed) {
                *place = u32::try_from(at).ok();
            }
        }
        let moved = |file: &mut Option<u32>| {
            *file = file.and_then(|file| place.get(file as usize).copied().flatten());
        };
        for group in &mut findings {
            moved(&mut group.first.file);
            moved(&mut group.last.file);
            group.samples.iter_mut().for_each(|sample| moved(&mut sample.place.file));
        }
        let mut members: Vec<Member> = numbered.into_iter().map(|(_, member)| member).collect();
        let delivered = members.len();
        findings.extend(not_portable(&members));
        if container == "folder" {
            findings.extend(folder::collisions(&members));
        }
        for number in 0..delivered {
            let Some(member) = members.get(number).filter(|m| m.seal.is_none() && !m.litter) else {
                continue;
            };
            if let Some((codec, plain)) = Codec::of_name(&member.path) {
                let inside = Member {
                    path: plain.to_owned(),
                    stated_size: 0,
                    litter: false,
                    within: u32::try_from(number).ok(),
                    sheet: None,
                    hidden: false,
                    seal: None,
                    handle: Handle::Inside(codec),
                };
                members.push(inside);
            }
        }
        let only_order = taped_order(&members);
        Self {
            path: path.to_path_buf(),
            container,
            members,
            findings,
            gaps,
            delivered,
            only_order,
            archive,
            limits: limits.clone(),
        }
    }

    /// The files that were delivered: a package holds these. They come first among the members.
    pub fn delivered(&self) -> &[Member] {
        self.members.get(..self.delivered).unwrap_or(&self.members)
    }

    /// Begins to read the members one after the other.
    pub fn read(&self) -> Reading<'_> {
        self.read_in(self.order(&|_| 0))
    }

    /// The same in an order that [`Extract::order`] gave.
    pub fn read_in(&self, order: Vec<u32>) -> Reading<'_> {
        Reading::new(self, order)
    }

    /// The order in which members are read, by their indices: first those delivered, by their weight,
    /// those of one weight as they stand; save where there is but one order. Then what is inside of
    /// them, in the order of its carriers, sheet by sheet.
    pub fn order(&self, weight: &dyn Fn(usize) -> u64) -> Vec<u32> {
        let mut order = self.only_order.clone().unwrap_or_else(|| {
            let mut order: Vec<u32> = (0u32..).take(self.delivered).collect();
            order.sort_by_key(|&number| weight(number as usize));
            order
        });
        let mut turns = vec![0; self.delivered];
        for (turn, &number) in order.iter().enumerate() {
            if let Some(place) = turns.get_mut(number as usize) {
                *place = turn;
            }
        }
        let inside = (0u32..).zip(&self.members).skip(self.delivered);
        let mut inside: Vec<_> = inside
            .map(|(number, member)| {
                let carrier = member.within.and_then(|carrier| turns.get(carrier as usize));
                (carrier.copied(), member.sheet, number)
            })
            .collect();
        inside.sort_unstable();
        order.extend(inside.into_iter().map(|(_, _, number)| number));
        order
    }

    /// Opens one member for reading from its beginning. Of a compressed tar archive all that stands
    /// before it is unpacked anew: [`Extract::read`] is the way to read many.
    ///
    /// # Errors
    /// Where it cannot be opened, or is no longer what was listed.
    pub fn reader(&self, member: &Member) -> Result<MemberReader<'_>> {
        reading::one(self, member)
    }

    /// Whether the container itself is still what was opened. Called when all was read.
    ///
    /// # Errors
    /// Of kind [`ErrorKind::Changed`].
    pub fn check_unchanged(&self) -> Result<()> {
        match &self.archive {
            Archived::None => Ok(()),
            Archived::Zip(archive) => archive.check_unchanged(),
            Archived::Tape(archive) => archive.check_unchanged(),
        }
    }
}

/// The order in which a compressed tar archive gives its files, where they are of one: any other would
/// unpack it more than once.
fn taped_order(members: &[Member]) -> Option<Vec<u32>> {
    let of_tape = |member: &Member| match &member.handle {
        Handle::Taped(nth) => Some(*nth),
        _ => None,
    };
    let taped = (0u32..).zip(members).filter(|(_, member)| member.within.is_none());
    let mut taped: Vec<_> = taped.map(|(number, member)| (of_tape(member), number)).collect();
    taped.sort_unstable();
    let is_tape = taped.last().is_some_and(|(place, _)| place.is_some());
    is_tape.then(|| taped.into_iter().map(|(_, number)| number).collect())
}

/// Names that some system cannot hold, or takes for another file's. (A percent sign is only in the
/// way of manifests, and so no concern of the sender.)
fn not_portable(members: &[Member]) -> Option<Group> {
    let portable =
        |path: &str| MemberPath::new(&path.replace('%', "_")).is_ok_and(|path| path.is_portable());
    let odd = members.iter().zip(0..).filter(|(m, _)| !m.litter && !portable(&m.path));
    let places: Vec<Place> =
        odd.map(|(_, number)| Place { file: Some(number), ..Place::default() }).collect();
    let text = "some systems cannot hold this name, or take it for another";
    let mut group =
        Group::single(Code::UnsafePath, None, Facts::Text(text.into()), *places.first()?);
    group.severity = Severity::Warning;
    group.occurrences = places.len() as u64;
    group.last = *places.last()?;
    group.samples = places.iter().map(|&place| Sample { place, ..Sample::default() }).collect();
    Some(group)
}

/// Lists what a single file holds, told by its first bytes and, where these leave it open, its name.
fn file_of(path: &Path, metadata: &Metadata, magic: &[u8], limits: &Limits) -> Result<Listing> {
    let stamp = Stamp::of(metadata);
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let is_zip = magic.starts_with(b"PK\x03\x04") || magic.starts_with(b"PK\x05\x06");
    if is_zip && !workbook::has_name(&name) {
        return zipped::open(path, stamp, limits);
    }
    // A program may stand before an archive: then its name tells.
    let lower = name.to_ascii_lowercase();
    if Seal::of_magic(magic).is_none() && lower.ends_with(".zip") {
        return zipped::open(path, stamp, limits);
    }
    if tape::is_header(magic) {
        return taped::open(path, stamp, None, limits);
    }
    if let Some(codec) = Codec::of_magic(magic)
        && (taped::is_tape(path, codec)? || taped::has_tape_name(&name))
    {
        return taped::open(path, stamp, Some(codec), limits);
    }
    let mut listing = folder::single(path, metadata);
    if let (Some(member), Some(seal)) = (listing.members.first_mut(), Seal::of_magic(magic)) {
        member.seal = Some(seal);
    }
    Ok(listing)
}

/// Whether the file at `path` is still what it was.
fn check_stamp(path: &Path, stamp: &Stamp) -> Result<()> {
    let metadata = std::fs::metadata(path).map_err(|error| Error::io("read", path, error))?;
    if Stamp::of(&metadata) == *stamp { Ok(()) } else { Err(changed(path)) }
}

/// The error for an input that changed.
fn changed(path: &Path) -> Error {
    let message = format!("{} changed while it was read", path.display());
    Error::new(ErrorKind::Changed, message)
        .with_path(path)
        .with_hint("wait until the transfer is complete, then run again")
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
    let folders = ["__MACOSX", "$RECYCLE.BIN", "System Volume Information", ".Trashes", "@eaDir"];
    path.split('/').any(|part| folders.contains(&part))
        || name.starts_with("._")
        // A document that someone has open in Excel, or in LibreOffice.
        || name.starts_with("~$")
        || name.starts_with(".~lock.")
        || matches!(
            name.to_ascii_lowercase().as_str(),
            ".ds_store" | "thumbs.db" | "desktop.ini" | "ehthumbs.db" | ".localized"
        )
}
