//! The program: arguments and streams in, exit code out. Where the shell leaves wildcards to programs,
//! as on Windows, they are resolved here.

use std::process::ExitCode;

fn main() -> ExitCode {
    handover::cli::run(wild::args_os(), &mut std::io::stdout(), &mut std::io::stderr())
}
