//! `durable keys list`.

use std::path::Path;

use clap::Args;
use durable_core::Timestamp;
use serde_json::{Value, json};

use super::file::{existing, named, refused};
use super::form;
use crate::error::{Error, Exit};
use crate::output;
use crate::table::Table;

/// Show the keys: names, scopes and dates
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(given: &Arguments, path: Option<&Path>) -> Result<Exit, Error> {
    let keys = existing(named(path)?)?.list().map_err(refused)?;
    if given.json {
        let keys: Vec<Value> = keys.iter().map(form::key).collect();
        output::say_json(&json!({"schema": 1, "keys": keys}))?;
        return Ok(Exit::Ok);
    }
    if keys.is_empty() {
        output::say("there is no key: whoever asks is refused")?;
        return Ok(Exit::Ok);
    }
    let moment = |moment: Option<Timestamp>| moment.map_or_else(String::new, |moment| moment.to_string());
    let mut table = Table::new(["KEY", "SCOPES", "CREATED", "ROTATED", "OLD ONE GOOD UNTIL"]);
    for key in keys {
        table.push([
            key.name.as_str().into(),
            form::scopes(&key.scopes).into(),
            moment(key.created).into(),
            moment(key.rotated).into(),
            moment(key.old_text_good_until()).into(),
        ]);
    }
    output::say(table.text())?;
    Ok(Exit::Ok)
}
