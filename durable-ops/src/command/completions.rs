//! `durable completions`.

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use crate::args::Cli;
use crate::error::{Error, Exit};
use crate::output;

/// Print what a shell needs to complete the commands and options
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  durable completions bash > ~/.local/share/bash-completion/completions/durable
  durable completions zsh > ~/.zfunc/_durable
  durable completions fish > ~/.config/fish/completions/durable.fish")]
pub(crate) struct Arguments {
    /// The shell
    shell: Shell,
}

pub(crate) fn run(given: &Arguments) -> Result<Exit, Error> {
    let mut script = Vec::new();
    clap_complete::generate(given.shell, &mut Cli::command(), "durable", &mut script);
    output::say(String::from_utf8_lossy(&script).trim_end())?;
    Ok(Exit::Ok)
}
