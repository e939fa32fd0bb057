//! `durable keys add`.

use std::path::Path;

use clap::Args;
use durable_server::{KeyFile, Scope};

use super::file::{named, refused};
use super::form;
use crate::error::{Error, Exit};
use crate::output;

/// Make a key, and show it for the only time
///
/// A file that is missing is made, with the first key.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The key's name, for people: letters, digits, `-`, `_` and `.`
    #[arg(value_name = "NAME")]
    name: String,
    /// What it allows: read, start, event, manage; none contains another
    #[arg(long, value_name = "SCOPES", value_delimiter = ',', value_parser = form::scope, required = true)]
    scope: Vec<Scope>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(given: &Arguments, path: Option<&Path>) -> Result<Exit, Error> {
    let file = KeyFile::open(named(path)?).map_err(refused)?;
    let text = file
        .add(&given.name, given.scope.iter().copied())
        .map_err(refused)?;
    form::show(&text, &given.name, None, given.json)?;
    output::note(format_args!(
        "`{}` allows {}; keep it: it is not shown again",
        given.name,
        form::scopes(&given.scope)
    ));
    Ok(Exit::Ok)
}
