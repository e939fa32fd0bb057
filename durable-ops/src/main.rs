//! `durable`: look at the instances of any task hub, and act on them.
//!
//! The commands are described in `docs/durable-command.md`. [`place`] opens the hub, whatever kind it is; [`command`] has
//! one file per command; [`timeline`] makes of a history what a person can read; [`form`] is the JSON of all commands.

#![forbid(unsafe_code)]

mod args;
mod clean;
mod command;
mod connection;
mod error;
mod filter;
mod form;
mod interrupt;
mod log;
mod moment;
mod output;
mod place;
mod report;
mod span;
mod table;
mod timeline;

use std::process::ExitCode;

use clap::Parser as _;

use crate::args::Cli;
use crate::error::{Error, Exit};

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let exit = if error.use_stderr() { Exit::Usage } else { Exit::Ok };
            // There is nobody left to tell if the terminal is gone.
            let _ = error.print();
            return exit.into();
        }
    };
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            let error = Error::failed(format!("it could not start: {error}"), "try again");
            output::error(&error);
            return error.exit().into();
        }
    };
    match runtime.block_on(command::run(cli)) {
        Ok(exit) => exit.into(),
        Err(error) => {
            output::error(&error);
            error.exit().into()
        }
    }
}
