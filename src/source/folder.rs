//! An extract that is a folder, or a single file.

use super::{Extract, Handle, Limits, Member, Stamp, is_litter};
use crate::error::{Error, ErrorKind, Result};
use crate::finding::{Code, Facts, Group, Place};
use std::fs::Metadata;
use std::path::Path;

/// Lists a folder and all below it. Links and special files are findings, and are not followed.
pub(super) fn open(path: &Path, limits: &Limits) -> Result<Extract> {
    let mut members = Vec::new();
    let mut findings = Vec::new();
    let mut folders = vec![(path.to_path_buf(), String::new())];
    while let Some((folder, prefix)) = folders.pop() {
        let failed = |error| Error::io("read the folder", &folder, error);
        for entry in std::fs::read_dir(&folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let on_disk = entry.path();
            let Ok(name) = entry.file_name().into_string() else {
                findings.push(unsafe_path("a file name is not valid Unicode; it was not read"));
                continue;
            };
            let inside = format!("{prefix}{name}");
            let metadata = std::fs::symlink_metadata(&on_disk)
                .map_err(|error| Error::io("read", &on_disk, error))?;
            if metadata.is_dir() {
                folders.push((on_disk, format!("{inside}/")));
            } else if metadata.is_file() {
                members.push(Member {
                    litter: is_litter(&inside),
                    path: inside,
                    stated_size: metadata.len(),
                    handle: Handle::File(on_disk, Stamp::of(&metadata)),
                });
            } else if metadata.is_symlink() {
                findings.push(unsafe_path("a link; it was not followed"));
            } else {
                findings.push(unsafe_path("neither file nor folder; it was not read"));
            }
            if members.len() > limits.files {
                let message = format!("{} holds more than {} files", path.display(), limits.files);
                return Err(Error::new(ErrorKind::Limit, message)
                    .with_hint("check that this is the extract's folder, or raise --max-files"));
            }
        }
    }
    Ok(Extract { path: path.to_path_buf(), container: "folder", members, findings, archive: None })
}

/// A file by itself.
pub(super) fn single(path: &Path, metadata: &Metadata) -> Extract {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
    let member = Member {
        path: name.unwrap_or_default(),
        stated_size: metadata.len(),
        litter: false,
        handle: Handle::File(path.to_path_buf(), Stamp::of(metadata)),
    };
    Extract {
        path: path.to_path_buf(),
        container: "file",
        members: vec![member],
        findings: Vec::new(),
        archive: None,
    }
}

fn unsafe_path(what: &str) -> Group {
    Group::single(Code::UnsafePath, None, Facts::Text(what.into()), Place::default())
}
