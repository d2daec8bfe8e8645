//! The hidden command that reads a workbook for another process of this program.
//!
//! It is not for people: it takes a request and a workbook on standard input, and answers in frames.

use super::{Context, Status};
use crate::error::{Error, Result};
use crate::source::workbook::{self, Progress};
use std::time::Duration;

/// Takes only the memory it may have, and ends when it gets on no more.
pub(super) fn run(memory: u64, seconds: u64, context: &mut Context<'_>) -> Result<Status> {
    #[cfg(unix)]
    {
        let failed = |error| Error::io("limit the memory of", "this process", error);
        // No copy of what it read may be left on disk when it fails.
        rlimit::setrlimit(rlimit::Resource::CORE, 0, 0).map_err(failed)?;
        if rlimit::Resource::AS.is_supported() {
            rlimit::setrlimit(rlimit::Resource::AS, memory, memory).map_err(failed)?;
        }
    }
    #[cfg(not(unix))]
    let _ = memory;
    let progress = Progress::default();
    let watched = progress.clone();
    std::thread::spawn(move || {
        let mut before = 0;
        let mut idle = 0;
        loop {
            std::thread::sleep(Duration::from_secs(1));
            let now = watched.count();
            idle = if now == before { idle + 1 } else { 0 };
            before = now;
            if idle >= seconds {
                // There is nothing to clean up: no file was made.
                std::process::abort();
            }
        }
    });
    workbook::serve(&mut std::io::stdin().lock(), context.out, &progress)
        .map_err(|error| Error::io("answer on", "standard output", error))?;
    Ok(Status::Well)
}
