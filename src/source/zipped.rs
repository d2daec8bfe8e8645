//! An extract that is a zip archive.

use super::{Extract, Handle, Limits, Member, Stamp, changed, is_litter};
use crate::error::{Error, ErrorKind, Result};
use crate::finding::{Code, Facts, Group, Place};
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};
use zip::ZipArchive;

/// The archive behind an extract.
#[derive(Debug)]
pub(super) struct Zipped {
    path: PathBuf,
    stamp: Stamp,
}

pub(super) fn open(path: &Path, stamp: Stamp, limits: &Limits) -> Result<Extract> {
    let _ = limits;
    let file = File::open(path).map_err(|error| Error::io("read", path, error))?;
    let mut members = Vec::new();
    let mut findings = Vec::new();
    match ZipArchive::new(BufReader::new(file)) {
        Ok(mut archive) => {
            for number in 0..archive.len() {
                let Ok(entry) = archive.by_index_raw(number) else { continue };
                if entry.is_dir() {
                    continue;
                }
                let Ok(inside) = entry.name().map(std::borrow::Cow::into_owned) else { continue };
                members.push(Member {
                    litter: is_litter(&inside),
                    path: inside,
                    stated_size: entry.size(),
                    handle: Handle::Entry(number),
                });
            }
        }
        Err(error) => findings.push(Group::single(
            Code::UnreadableArchive,
            None,
            Facts::Text(error.to_string()),
            Place::default(),
        )),
    }
    let archive = Some(Zipped { path: path.to_path_buf(), stamp });
    Ok(Extract { path: path.to_path_buf(), container: "zip archive", members, findings, archive })
}

impl Zipped {
    pub(super) fn entry(&self, number: usize) -> Result<Box<dyn Read + '_>> {
        let file =
            File::open(&self.path).map_err(|error| Error::io("read", &self.path, error))?;
        let mut archive = ZipArchive::new(BufReader::new(file)).map_err(|e| self.failed(&e))?;
        let mut bytes = Vec::new();
        archive
            .by_index(number)
            .map_err(|e| self.failed(&e))?
            .read_to_end(&mut bytes)
            .map_err(|error| Error::io("read", &self.path, error))?;
        Ok(Box::new(io::Cursor::new(bytes)))
    }

    fn failed(&self, error: &zip::result::ZipError) -> Error {
        Error::new(ErrorKind::Io, format!("cannot read {}: {error}", self.path.display()))
            .with_path(&self.path)
    }

    pub(super) fn check_unchanged(&self) -> Result<()> {
        let metadata =
            std::fs::metadata(&self.path).map_err(|error| Error::io("read", &self.path, error))?;
        if Stamp::of(&metadata) == self.stamp { Ok(()) } else { Err(changed(&self.path)) }
    }
}
