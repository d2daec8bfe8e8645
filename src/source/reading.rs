//! The members of an extract, read one after the other.

use super::codec::Unpacked;
use super::taped::Strip;
use super::{Archived, Extract, Handle, Member, Stamp, changed};
use crate::archive::read::Fault;
use crate::error::{Error, Result};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Reads members in the order in which their container gives them best.
///
/// It is that of their paths, save in a compressed tar archive, which is read in its own order so
/// that it is unpacked only once.
pub struct Reading<'a> {
    extract: &'a Extract,
    next: usize,
    strip: Option<Strip<'a>>,
}

impl<'a> Reading<'a> {
    pub(super) fn new(extract: &'a Extract) -> Self {
        Self { extract, next: 0, strip: None }
    }

    /// Opens the next member that is wanted, by its index; `None` after the last. One whose bytes
    /// cannot be had is passed over: its [`Member::seal`] says why.
    ///
    /// # Errors
    /// Where it cannot be opened, or is no longer what was listed.
    pub fn next(
        &mut self,
        wanted: &dyn Fn(usize) -> bool,
    ) -> Result<Option<(usize, MemberReader<'_>)>> {
        loop {
            let Some(&number) = self.extract.order.get(self.next) else { return Ok(None) };
            self.next += 1;
            let number = number as usize;
            let Some(member) = self.extract.members.get(number) else { continue };
            if member.is_readable() && wanted(number) {
                let strip = &mut self.strip;
                return open(self.extract, member, Some(strip))
                    .map(|reader| Some((number, reader)));
            }
        }
    }
}

/// Opens a member by itself.
pub(super) fn one<'a>(extract: &'a Extract, member: &Member) -> Result<MemberReader<'a>> {
    open(extract, member, None)
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
    inside(extract, member, carrier, MemberReader { input, watch, read: 0, faults })
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
            Ok(MemberReader { input, watch: None, read: 0, faults })
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
