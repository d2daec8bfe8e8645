//! The hidden command that reads a workbook for another process of this program.
//!
//! It is not for people: it takes a request and a workbook on standard input, and answers in frames.

use super::Status;
use crate::error::{Error, Result};
use crate::source::workbook::{self, Progress};
use std::ffi::OsString;
use std::io::Write;
use std::time::Duration;

/// Bytes of memory and seconds without progress, where the arguments are those of this command. They
/// are not told to the parser of arguments: completions and manual pages would show them.
pub(super) fn asked(arguments: &[OsString]) -> Option<(u64, u64)> {
    let [_, verb, memory, seconds] = arguments else { return None };
    let number = |text: &OsString| text.to_str().and_then(|text| text.parse().ok());
    (verb == workbook::VERB).then_some((number(memory)?, number(seconds)?))
}

/// Takes only the memory it may have, and ends when it gets on no more.
pub(super) fn run(memory: u64, seconds: u64, out: &mut dyn Write) -> Result<Status> {
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
    workbook::serve(&mut std::io::stdin().lock(), out, &progress)
        .map_err(|error| Error::io("answer on", "standard output", error))?;
    Ok(Status::Well)
}
