//! `durable man`.

use std::path::PathBuf;

use clap::{Args, CommandFactory as _};

use crate::args::Cli;
use crate::error::{Error, Exit};
use crate::output;

/// Print the manual page, or write one for each command
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  durable man | man -l -
  durable man --dir ~/.local/share/man/man1")]
pub(crate) struct Arguments {
    /// Write the pages of all commands into this folder
    #[arg(long, value_name = "FOLDER")]
    dir: Option<PathBuf>,
}

pub(crate) fn run(given: &Arguments) -> Result<Exit, Error> {
    let command = Cli::command();
    let failed = |what: String| {
        move |error: std::io::Error| {
            Error::failed(
                format!("{what}: {error}"),
                "check that the folder exists and may be written",
            )
        }
    };
    if let Some(folder) = &given.dir {
        clap_mangen::generate_to(command, folder)
            .map_err(failed(format!("cannot write into `{}`", folder.display())))?;
        output::say(format_args!("the manual pages are in `{}`", folder.display()))?;
    } else {
        let mut page = Vec::new();
        clap_mangen::Man::new(command)
            .render(&mut page)
            .map_err(failed("the page cannot be written".to_owned()))?;
        output::say(String::from_utf8_lossy(&page).trim_end())?;
    }
    Ok(Exit::Ok)
}
