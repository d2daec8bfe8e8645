//! An extract that is a folder, or a single file.

use super::{Archived, Handle, Limits, Listing, Member, Stamp};
use crate::archive::findings::Findings;
use crate::error::{Error, ErrorKind, Result};
use crate::finding::{Code, Facts, Group, Place, Sample};
use crate::path::collision_key;
use std::fs::Metadata;
use std::path::Path;

/// Lists a folder and all below it. Links and special files are findings, and are not followed.
pub(super) fn open(path: &Path, limits: &Limits) -> Result<Listing> {
    let mut members = Vec::new();
    let mut findings = Findings::default();
    let mut left_out = |text, name: &str| findings.not_read(Code::UnsafePath, text, name);
    let mut folders = vec![(path.to_path_buf(), String::new())];
    while let Some((folder, prefix)) = folders.pop() {
        let failed = |error| Error::io("read the folder", &folder, error);
        for entry in std::fs::read_dir(&folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let on_disk = entry.path();
            let name = entry.file_name();
            let inside = format!("{prefix}{}", name.to_string_lossy());
            if name.to_str().is_none() {
                left_out("a file name is not valid Unicode; it was not read", &inside);
                continue;
            }
            let metadata = std::fs::symlink_metadata(&on_disk)
                .map_err(|error| Error::io("read", &on_disk, error))?;
            if metadata.is_dir() {
                folders.push((on_disk, format!("{inside}/")));
            } else if metadata.is_file() {
                let handle = Handle::File(on_disk, Stamp::of(&metadata));
                members.push(Member::delivered(inside, metadata.len(), handle));
            } else if metadata.is_symlink() {
                left_out("a link; it was not followed", &inside);
            } else {
                left_out("neither file nor folder; it was not read", &inside);
            }
            if members.len() > limits.files {
                let message = format!("{} holds more than {} files", path.display(), limits.files);
                return Err(Error::new(ErrorKind::Limit, message)
                    .with_hint("check that this is the extract's folder, or raise --max-files"));
            }
        }
    }
    Ok(Listing {
        container: "folder",
        members,
        findings: findings.into_groups(),
        gaps: Vec::new(),
        archive: Archived::None,
    })
}

/// Names that differ, and become one where letter case or the encoding of accents does not count.
/// (An archive's own findings tell of those in it.)
pub(super) fn collisions(members: &[Member]) -> Option<Group> {
    let mut keys: Vec<(String, u32)> =
        (0..).zip(members).map(|(number, m)| (collision_key(&m.path), number)).collect();
    keys.sort_unstable();
    let twins = keys.windows(2).filter_map(|pair| match pair {
        [one, two] => (one.0 == two.0).then_some(two.1),
        _ => None,
    });
    let mut twins: Vec<u32> = twins.collect();
    twins.sort_unstable();
    let place = |&number: &u32| Place { file: Some(number), ..Place::default() };
    let text = "two names differ only in case or in how accents are written";
    let first = place(twins.first()?);
    let mut group = Group::single(Code::NameCollision, None, Facts::Text(text.into()), first);
    group.occurrences = twins.len() as u64;
    group.last = place(twins.last()?);
    group.samples =
        twins.iter().map(|number| Sample { place: place(number), ..Sample::default() }).collect();
    Some(group)
}

/// A file by itself.
pub(super) fn single(path: &Path, metadata: &Metadata) -> Listing {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
    let handle = Handle::File(path.to_path_buf(), Stamp::of(metadata));
    let mut member = Member::delivered(name.unwrap_or_default(), metadata.len(), handle);
    member.litter = false;
    Listing {
        container: "file",
        members: vec![member],
        findings: Vec::new(),
        gaps: Vec::new(),
        archive: Archived::None,
    }
}
