//! The arguments of `handover completions` and `handover man`.

use clap::Args;
use clap_complete::Shell;
use std::path::PathBuf;

/// `handover completions`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    handover completions bash > ~/.local/share/bash-completion/completions/handover\n  \
    handover completions zsh > ~/.zfunc/_handover\n  \
    handover completions fish > ~/.config/fish/completions/handover.fish\n  \
    handover completions powershell >> $PROFILE")]
pub struct Completions {
    /// Which shell
    pub shell: Shell,
}

/// `handover man`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  handover man | man -l -\n  \
    handover man ~/.local/share/man/man1")]
pub struct Man {
    /// Write a page for each command into this folder [default: the first page, to standard output]
    pub folder: Option<PathBuf>,
}
