//! `durable keys remove`.

use std::path::Path;

use clap::Args;

use super::file::{existing, named, refused};
use crate::error::{Error, Exit};
use crate::output;

/// Remove a key: it is refused from now on
///
/// Its name stays in the file as that of a removed key, so that a `sync` with an older file does not bring it back.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The key
    #[arg(value_name = "NAME")]
    name: String,
}

pub(super) fn run(given: &Arguments, path: Option<&Path>) -> Result<Exit, Error> {
    existing(named(path)?)?.remove(&given.name).map_err(refused)?;
    output::say(format_args!(
        "`{}` is removed: it is refused from now on",
        given.name
    ))?;
    Ok(Exit::Ok)
}
