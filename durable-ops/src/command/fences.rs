//! `durable fences`.

use clap::Args;
use serde_json::{Value, json};

use crate::connection::Connection;
use crate::error::{Error, Exit};
use crate::table::Table;
use crate::{clean, form, output};

/// Show what holds new instances back
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(given: &Arguments, connection: &Connection) -> Result<Exit, Error> {
    let fences = connection.read().await?.fences().await?;
    if given.json {
        let fences: Vec<Value> = fences.iter().map(form::fence).collect();
        output::say_json(&json!({"schema": 1, "fences": fences}))?;
        return Ok(Exit::Ok);
    }
    if fences.is_empty() {
        output::say("no fence is up: every start is accepted")?;
        return Ok(Exit::Ok);
    }
    let mut table = Table::new(["FENCE", "UNTIL", "COVERS", "REASON"]);
    for fence in fences {
        let codes: Vec<String> = fence.codes.iter().map(ToString::to_string).collect();
        let covers = if codes.is_empty() {
            "everything".to_owned()
        } else {
            codes.join(", ")
        };
        let until = fence.until.to_string();
        table.push([
            fence.id.as_str().into(),
            until.into(),
            covers.into(),
            clean::line(&fence.reason).into(),
        ]);
    }
    output::say(table.text())?;
    Ok(Exit::Ok)
}
