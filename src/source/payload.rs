//! The extract that a package holds, as it was delivered.

use super::seal::Seal;
use super::{Archived, Extract, Handle, Limits, Listing, Member, Stamp, folder, zipped};
use crate::error::{Error, Result};
use std::collections::BTreeMap;
use std::path::Path;

/// A file as it was delivered.
#[derive(Debug, Clone)]
pub struct Delivered {
    /// Its path.
    pub path: String,
    /// Its name in the payload, which has it unless it could not be read.
    pub payload: String,
}

impl Extract {
    /// The payload of a bag (a folder, or a zip) as an extract of its own, and the names of its files
    /// below `folder_name`, as `A81001-2026-11-23/data/`. Its members are the files of `delivered`,
    /// which is in the order of their numbers, and those below the folder that are not among them;
    /// one that is not there cannot be read. They are read in the order that they have in `order`, by
    /// their names in the payload, others behind; without it small tables come first. What is wrong
    /// with the container is the business of whoever verifies it.
    ///
    /// # Errors
    /// Where the path does not exist or may not be read.
    pub fn payload(
        path: &Path,
        folder_name: &str,
        delivered: &[Delivered],
        order: Option<&[String]>,
        limits: &Limits,
    ) -> Result<(Self, Vec<String>)> {
        let metadata = std::fs::metadata(path).map_err(|error| Error::io("read", path, error))?;
        // One block of zeros deflates to a thousandth; nothing is written anywhere.
        let most = Limits { expansion: limits.expansion.max(2_000), ..limits.clone() };
        let listing = if metadata.is_dir() {
            folder::open(path, &most)?
        } else {
            zipped::open(path, Stamp::of(&metadata), &most)?
        };
        let below = listing.members.into_iter().filter_map(|member| {
            let name = member.path.strip_prefix(folder_name)?.to_owned();
            let usable = matches!(member.handle, Handle::File(..) | Handle::Entry(_));
            usable.then_some((name, (member.stated_size, member.handle)))
        });
        let mut below: BTreeMap<String, (u64, Handle)> = below.collect();
        let mut members: Vec<(Member, String)> = Vec::new();
        for Delivered { path, payload } in delivered {
            let member = match below.remove(payload) {
                Some((size, handle)) => Member::delivered(path.clone(), size, handle),
                None => Member {
                    seal: Some(Seal::itself("the package does not have it")),
                    ..Member::delivered(path.clone(), 0, Handle::Entry(usize::MAX))
                },
            };
            members.push((member, payload.clone()));
        }
        members.extend(
            below.into_iter().map(|(name, (size, handle))| {
                (Member::delivered(name.clone(), size, handle), name)
            }),
        );
        // As those delivered are: files of one name stay as they are.
        members.sort_by(|(a, _), (b, _)| a.path.as_bytes().cmp(b.path.as_bytes()));
        let (members, names): (Vec<Member>, Vec<String>) = members.into_iter().unzip();
        let listing = Listing {
            container: listing.container,
            members,
            findings: Vec::new(),
            gaps: Vec::new(),
            archive: match listing.archive {
                Archived::Tape(_) => Archived::None,
                other => other,
            },
        };
        let mut extract = Self::of_listing(path, listing, &most);
        extract.only_order = order.map(|order| {
            let turns: BTreeMap<&String, usize> =
                order.iter().enumerate().map(|(turn, name)| (name, turn)).collect();
            let turn = |name: &String| turns.get(name).copied().unwrap_or(usize::MAX);
            let mut numbers: Vec<u32> = (0u32..).take(extract.delivered).collect();
            numbers.sort_by_key(|&number| names.get(number as usize).map(turn));
            numbers
        });
        Ok((extract, names))
    }
}
