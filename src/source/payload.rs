//! The extract that a package holds, as it was delivered.

use super::{Archived, Extract, Handle, Limits, Listing, Member, Stamp, folder, zipped};
use crate::error::{Error, Result};
use std::path::Path;

impl Extract {
    /// The payload of a bag (a folder, or a zip) as an extract of its own: its members are the files
    /// below `folder`, as `A81001-2026-11-23/data/`, under the names that `delivered` gives for
    /// theirs below it. What is wrong with the container is the business of whoever verifies it.
    ///
    /// # Errors
    /// Where the path does not exist or may not be read.
    pub fn payload(
        path: &Path,
        folder_name: &str,
        delivered: &dyn Fn(&str) -> String,
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
        Ok(Self::of_listing(path, listing, &most))
    }
}
