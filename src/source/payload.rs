//! The extract that a package holds, as it was delivered.

use super::{Archived, Extract, Handle, Limits, Listing, Member, Stamp, folder, zipped};
use crate::error::{Error, Result};
use std::collections::BTreeMap;
use std::path::Path;

impl Extract {
    /// The payload of a bag (a folder, or a zip) as an extract of its own: its members are the files
    /// below `folder`, as `A81001-2026-11-23/data/`, under the names that `delivered` gives for
    /// theirs below it. What is wrong with the container is the business of whoever verifies it.
    /// They are read in the order that they have in `listed`, the paths of the payload manifest below
    /// it, in which they were read when they were packed; others come behind.
    ///
    /// # Errors
    /// Where the path does not exist or may not be read.
    pub fn payload(
        path: &Path,
        folder_name: &str,
        delivered: &dyn Fn(&str) -> String,
        listed: &[String],
        limits: &Limits,
    ) -> Result<Self> {
        let metadata = std::fs::metadata(path).map_err(|error| Error::io("read", path, error))?;
        // One block of zeros deflates to a thousandth; nothing is written anywhere.
        let most = Limits { expansion: limits.expansion.max(2_000), ..limits.clone() };
        let listing = if metadata.is_dir() {
            folder::open(path, &most)?
        } else {
            zipped::open(path, Stamp::of(&metadata), &most)?
        };
        let kept = listing.members.into_iter().filter_map(|member| {
            let below = delivered(member.path.strip_prefix(folder_name)?);
            let usable = matches!(member.handle, Handle::File(..) | Handle::Entry(_));
            usable.then(|| Member::delivered(below, member.stated_size, member.handle))
        });
        let listing = Listing {
            container: listing.container,
            members: kept.collect(),
            findings: Vec::new(),
            gaps: Vec::new(),
            archive: match listing.archive {
                Archived::Tape(_) => Archived::None,
                other => other,
            },
        };
        let mut extract = Self::of_listing(path, listing, &most);
        let turns: BTreeMap<String, usize> =
            listed.iter().enumerate().map(|(turn, path)| (delivered(path), turn)).collect();
        let turn = |member: &Member| turns.get(&member.path).copied().unwrap_or(usize::MAX);
        let mut order: Vec<u32> = (0u32..).take(extract.delivered).collect();
        order.sort_by_key(|&number| extract.members.get(number as usize).map(turn));
        extract.only_order = Some(order);
        Ok(extract)
    }
}
