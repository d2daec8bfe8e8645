//! A package that is whole, but has no name yet.

use super::{Options, Written};
use crate::error::{Error, ErrorKind, Result};
use crate::output::Output;
use crate::verify::{self, AsWritten};

/// A package under its temporary name, synced.
pub(super) struct Whole {
    pub(super) output: Output,
    /// What reading back must find; none where that was declined.
    pub(super) written: Option<AsWritten>,
    pub(super) identifier: String,
    pub(super) manifest_digest: String,
}

impl Whole {
    /// Reads it back, unless that was declined.
    pub(super) fn read_back(&self, options: &Options) -> Result<()> {
        let Some(written) = &self.written else { return Ok(()) };
        let check = &options.check;
        let options = verify::Options {
            jobs: check.jobs,
            memory: check.memory as u64,
            interrupt: check.interrupt.clone(),
            progress: check.progress.clone(),
            ..verify::Options::default()
        };
        let changed = verify::read_back(self.output.partial_path(), &options, written)?;
        let Some(group) = changed.first() else { return Ok(()) };
        let name = self.output.path();
        let message =
            format!("{} did not read back as it was written ({})", name.display(), group.code);
        Err(Error::new(ErrorKind::Output, message)
            .with_path(name)
            .with_hint("the disk or the memory may be failing; nothing was left under that name"))
    }

    /// Gives it its name.
    pub(super) fn commit(self, options: &Options) -> Result<Written> {
        let key = options.key.as_ref().map(|key| key.public().fingerprint());
        let bytes = std::fs::metadata(self.output.partial_path())
            .map_err(|error| Error::io("read", self.output.path(), error))?
            .len();
        self.output.commit()?;
        Ok(Written {
            path: options.output.clone(),
            bytes,
            identifier: self.identifier,
            manifest_digest: self.manifest_digest,
            key,
        })
    }
}
