//! The members of an extract, read one after the other.

use super::codec::Unpacked;
use super::taped::Strip;
use super::workbook::{Answer, Notes, Wanted};
use super::{Archived, Extract, Handle, Member, Stamp, changed};
use crate::archive::read::Fault;
use crate::error::{Error, Result};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Reads members in the order of [`Extract::order`].
pub struct Reading<'a> {
    extract: &'a Extract,
    order: Vec<u32>,
    next: usize,
    strip: Option<Strip<'a>>,
    book: Option<Book>,
}

/// A workbook whose sheets are being read.
struct Book {
    /// The delivered file.
    carrier: u32,
    answer: Answer,
    /// The sheets that were asked for and are still to come.
    sheets: Vec<u32>,
}

impl<'a> Reading<'a> {
    pub(super) fn new(extract: &'a Extract, order: Vec<u32>) -> Self {
        Self { extract, order, next: 0, strip: None, book: None }
    }

    /// Opens the next member that is wanted, by its index; `None` after the last. One whose bytes
    /// cannot be had is passed over: its [`Member::seal`] says why. How a member is wanted matters
    /// for sheets only.
    ///
    /// # Errors
    /// Where it cannot be opened, or is no longer what was listed.
    pub fn next(
        &mut self,
        wanted: &dyn Fn(usize) -> Option<Wanted>,
    ) -> Result<Option<(usize, MemberReader<'_>)>> {
        loop {
            let Some(&number) = self.order.get(self.next) else { return Ok(None) };
            self.next += 1;
            let number = number as usize;
            let Some(member) = self.extract.members.get(number) else { continue };
            if !member.is_readable() || wanted(number).is_none() {
                continue;
            }
            if let (Some(sheet), Some(carrier)) = (member.sheet, member.within) {
                self.ask(carrier, sheet, wanted)?;
                return Ok(self
                    .book
                    .as_mut()
                    .map(|book| (number, sheet_of(&mut book.answer, sheet))));
            }
            let strip = &mut self.strip;
            return open(self.extract, member, Some(strip)).map(|reader| Some((number, reader)));
        }
    }
}

impl Reading<'_> {
    /// Sees to it that the answer at hand has the sheet still before it: one child reads all the
    /// sheets of a workbook that are wanted.
    fn ask(
        &mut self,
        carrier: u32,
        sheet: u32,
        wanted: &dyn Fn(usize) -> Option<Wanted>,
    ) -> Result<()> {
        if let Some(book) = &mut self.book
            && book.carrier == carrier
            && book.sheets.contains(&sheet)
        {
            book.sheets.retain(|&other| other != sheet);
            return Ok(());
        }
        self.book = None;
        let members = self.extract.members.iter().enumerate();
        let mut sheets: Vec<Wanted> = members
            .filter(|(_, member)| member.within == Some(carrier))
            .filter_map(|(number, member)| Some((member.sheet?, number)))
            .filter(|(other, _)| *other >= sheet)
            .filter_map(|(number, member)| Some(Wanted { number, ..wanted(member)? }))
            .collect();
        sheets.sort_by_key(|wanted| wanted.number);
        let Some(file) = self.extract.members.get(carrier as usize) else { return Ok(()) };
        let raw = open(self.extract, file, Some(&mut self.strip))?;
        let answer = answer(self.extract, raw, &sheets)?;
        let sheets = sheets.iter().map(|wanted| wanted.number).filter(|&n| n != sheet).collect();
        self.book = Some(Book { carrier, answer, sheets });
        Ok(())
    }
}

/// Gives a workbook to a child.
fn answer(extract: &Extract, mut raw: MemberReader<'_>, sheets: &[Wanted]) -> Result<Answer> {
    let workbooks = extract.limits.workbooks.as_ref();
    let workbooks = workbooks.ok_or_else(|| Error::internal("nothing that reads workbooks"))?;
    let mut answer = Answer::ask(workbooks, sheets, &mut raw)?;
    if let Some(fault) = raw.faults.get() {
        answer.fail(fault);
    }
    Ok(answer)
}

fn sheet_of(answer: &mut Answer, sheet: u32) -> MemberReader<'_> {
    let notes = answer.go_to(sheet);
    let faults = Faults::default();
    MemberReader { input: Box::new(answer), watch: None, read: 0, faults, notes }
}

/// Opens a member by itself. Of a sheet, the first row is taken for the header.
pub(super) fn one<'a>(extract: &'a Extract, member: &Member) -> Result<MemberReader<'a>> {
    let Some(number) = member.sheet else { return open(extract, member, None) };
    let raw = open(extract, carrier(extract, member), None)?;
    let wanted = Wanted { number, header_row: 1, ..Wanted::default() };
    let mut answer = answer(extract, raw, &[wanted])?;
    let notes = answer.go_to(number);
    let faults = Faults::default();
    Ok(MemberReader { input: Box::new(answer), watch: None, read: 0, faults, notes })
}

/// The delivered file that a member is, or is inside of.
fn carrier<'m>(extract: &'m Extract, member: &'m Member) -> &'m Member {
    member.within.and_then(|number| extract.members.get(number as usize)).unwrap_or(member)
}

fn open<'r, 'a: 'r>(
    extract: &'a Extract,
    member: &Member,
    strip: Option<&'r mut Option<Strip<'a>>>,
) -> Result<MemberReader<'r>> {
    let carrier = carrier(extract, member);
    let faults = Faults::default();
    let mut watch = None;
    let input: Box<dyn Read + 'r> = match (&carrier.handle, &extract.archive) {
        (Handle::File(path, stamp), _) => {
            let file = File::open(path).map_err(|error| Error::io("read", path, error))?;
            let watched = file.try_clone().map_err(|error| Error::io("read", path, error))?;
            let watching = Watch { file: watched, path: path.clone(), stamp: stamp.clone() };
            watching.check()?;
            watch = Some(watching);
            Box::new(file)
        }
        (Handle::Entry(number), Archived::Zip(archive)) => match archive.entry(*number) {
            Some(entry) => Box::new(entry),
            None => {
                faults.set(Fault::Method);
                Box::new(io::empty())
            }
        },
        (Handle::Span { at, size }, Archived::Tape(taped)) => Box::new(taped.span(*at, *size)),
        (Handle::Taped(number), Archived::Tape(taped)) => match strip {
            Some(strip) => {
                if !strip.as_ref().is_some_and(|strip| strip.is_before(*number)) {
                    *strip = Some(taped.strip()?);
                }
                match strip {
                    Some(strip) => {
                        go_to(strip, *number, &faults, &carrier.path)?;
                        Box::new(strip)
                    }
                    None => Box::new(io::empty()),
                }
            }
            None => {
                let mut own = taped.strip()?;
                go_to(&mut own, *number, &faults, &carrier.path)?;
                Box::new(own)
            }
        },
        _ => return Err(Error::internal("a member without its container")),
    };
    inside(
        extract,
        member,
        carrier,
        MemberReader { input, watch, read: 0, faults, notes: Notes::default() },
    )
}

/// Goes to an entry of a compressed archive. Damage before it ends the reading of all after it.
fn go_to(strip: &mut Strip<'_>, number: u64, faults: &Faults, name: &str) -> Result<()> {
    match strip.go_to(number) {
        Ok(()) => Ok(()),
        Err(error) => match Fault::of(&error) {
            Some(fault) => {
                faults.set(fault);
                Ok(())
            }
            None => Err(MemberReader::error(name, error)),
        },
    }
}

/// What is to be read of a delivered file: itself, or what is compressed in it.
fn inside<'r>(
    extract: &Extract,
    member: &Member,
    carrier: &Member,
    raw: MemberReader<'r>,
) -> Result<MemberReader<'r>> {
    match &member.handle {
        Handle::Inside(codec) => {
            let most = extract.limits.unpacked(carrier.stated_size);
            let faults = raw.faults();
            let input = Box::new(Unpacked::new(*codec, Box::new(raw), most));
            Ok(MemberReader { input, watch: None, read: 0, faults, notes: Notes::default() })
        }
        _ => Ok(raw),
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

/// What was wrong with a member's bytes, known when it has been read.
#[derive(Debug, Clone, Default)]
pub struct Faults(Arc<Mutex<Option<Fault>>>);

impl Faults {
    /// The first one counts: what follows from it is no news.
    fn set(&self, fault: Fault) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(fault);
    }

    /// The fault at which reading stopped.
    pub fn get(&self) -> Option<Fault> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads one member.
///
/// One whose bytes are damaged ends where the damage is met; [`Faults`] then tells. Errors are of
/// the system, or say that the input changed.
pub struct MemberReader<'a> {
    input: Box<dyn Read + 'a>,
    watch: Option<Watch>,
    read: u64,
    faults: Faults,
    notes: Notes,
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

    /// What tells afterwards what was noticed in a sheet.
    pub fn notes(&self) -> Notes {
        self.notes.clone()
    }

    /// What tells afterwards whether the bytes were sound.
    pub fn faults(&self) -> Faults {
        self.faults.clone()
    }
}
