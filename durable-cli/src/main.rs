//! `cargo durable`: the commands that work on the sources and on the binary of a crate with durable functions.
//!
//! The commands are described in `docs/cargo-durable.md`. [`sources`] reads the user's files without the compiler;
//! [`edit`] changes them byte for byte; [`project`] and [`program`] find and run what cargo builds.

#![forbid(unsafe_code)]

mod args;
mod command;
mod edit;
mod error;
mod git;
mod locks;
mod output;
mod program;
mod project;
mod sources;
mod version;

use std::process::ExitCode;

use clap::Parser as _;

use crate::args::Cli;
use crate::error::Exit;

fn main() -> ExitCode {
    // `cargo durable freeze` runs `cargo-durable durable freeze`.
    let mut given: Vec<_> = std::env::args_os().collect();
    if given.get(1).is_some_and(|first| first == "durable") {
        given.remove(1);
    }
    let cli = match Cli::try_parse_from(given) {
        Ok(cli) => cli,
        Err(error) => {
            let exit = if error.use_stderr() { Exit::Usage } else { Exit::Ok };
            // There is nobody left to tell if the terminal is gone.
            let _ = error.print();
            return exit.into();
        }
    };
    match command::run(&cli) {
        Ok(code) => code,
        Err(error) => {
            output::error(&error);
            error.exit().into()
        }
    }
}
