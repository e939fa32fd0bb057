//! `durable keys rotate`.

use std::path::Path;
use std::time::Duration;

use clap::Args;

use super::file::{existing, named, refused};
use super::form;
use crate::error::{Error, Exit};
use crate::{output, span};

/// Give a key a new text, and show it for the only time
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The key
    #[arg(value_name = "NAME")]
    name: String,
    /// For how long the old text stays good, so that nobody is shut out before the new one is everywhere; `0s` refuses it at
    /// once. Of two rotations within this time, only the last text but one stays good
    #[arg(long, value_name = "SPAN", value_parser = span::parse, default_value = "24h")]
    overlap: Duration,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(given: &Arguments, path: Option<&Path>) -> Result<Exit, Error> {
    let file = existing(named(path)?)?;
    let text = file.rotate(&given.name, given.overlap).map_err(refused)?;
    let keys = file.list().map_err(refused)?;
    let key = keys.iter().find(|key| key.name == given.name);
    let until = key.and_then(durable_server::Key::old_text_good_until);
    form::show(&text, &given.name, until, given.json)?;
    let old = match until.filter(|_| !given.overlap.is_zero()) {
        Some(until) => format!("the old one is good until {until}"),
        None => "the old one is refused from now on".to_owned(),
    };
    output::note(format_args!("{old}; keep the new one: it is not shown again"));
    Ok(Exit::Ok)
}
