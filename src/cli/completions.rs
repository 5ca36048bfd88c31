//! `ferrodesk completions`.

use std::io::Write;

use anyhow::Context;
use clap::{Args, ValueEnum};
use clap_complete::Shell;

pub(super) const HELP: &str = "\
The script goes to standard output; the shell reads it when it starts. It knows the commands of this version: write it
anew after an update.

Examples:
  ferrodesk completions bash > /etc/bash_completion.d/ferrodesk
  ferrodesk completions zsh > \"${fpath[1]}/_ferrodesk\"
  ferrodesk completions fish > ~/.config/fish/completions/ferrodesk.fish
  source <(ferrodesk completions bash)                  for this terminal only";

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Which shell
    shell: Name,
}

/// A shell that we know how to test.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Name {
    Bash,
    Zsh,
    Fish,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let shell = match arguments.shell {
        Name::Bash => Shell::Bash,
        Name::Zsh => Shell::Zsh,
        Name::Fish => Shell::Fish,
    };
    let mut script = vec![];
    clap_complete::generate(shell, &mut super::command(), "ferrodesk", &mut script);
    // In one piece: a reader that is content with less must not end in a panic.
    std::io::stdout()
        .write_all(&script)
        .context("cannot write to standard output")
}
