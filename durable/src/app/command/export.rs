//! `durable export`: histories in files, for a check elsewhere or a test.

use std::path::Path;

use durable_core::history_file::{self, ExportOptions};

use super::args::{Command, CommandOption, Given};
use super::exit::{Exit, Failed};
use super::{hub, output, selection};
use crate::app::App;

const TO: &str = "--to";
const ALL: &str = "--all";
const REPLACE: &str = "--replace";
const JSON: &str = "--json";

pub(super) const COMMAND: Command = Command {
    name: "export",
    summary: "writes the histories of live instances to files",
    about: "\
One file per execution, in the form that `durable replay-check --histories` and the test kit read, and an index. The
files hold inputs, results and events as they were recorded: keep them as confidential as the hub. They cannot be left
out, since a replay needs them.",
    options: &[
        CommandOption::with(TO, "FOLDER", "where to; missing or empty, so that nothing is overwritten"),
        hub::OPTION,
        selection::NAME,
        selection::VERSION,
        selection::ID_PREFIX,
        CommandOption::switch(ALL, "exports instances that have ended, too"),
        CommandOption::switch(REPLACE, "replaces an earlier export of the same hub"),
        CommandOption::switch(JSON, "prints what was done as JSON"),
    ],
};

pub(super) async fn run(app: &App, given: &Given) -> Result<Exit, Failed> {
    let Some(folder) = given.value(TO) else {
        return Err(Failed::Usage(format!("`durable export` needs `{TO} FOLDER`")));
    };
    let mut options = ExportOptions::default();
    options.selection = selection::of(given)?;
    options.all = given.has(ALL);
    options.replace = given.has(REPLACE);
    let (hub, place) = hub::open(app, given).await?;
    let exported = history_file::export(hub.as_ref(), &place, Path::new(folder), &options).await?;
    let (histories, moved_on) = (exported.histories, exported.moved_on);
    if given.has(JSON) {
        let told = serde_json::json!({
            "schema": 1,
            "source": place,
            "folder": folder,
            "histories": histories,
            "moved_on": moved_on,
        });
        output::say(&format!("{told:#}"))?;
        return Ok(Exit::Ok);
    }
    let meanwhile = match moved_on {
        0 => String::new(),
        moved_on => format!("; {moved_on} ended or went on meanwhile"),
    };
    output::say(&format!(
        "{histories} histories of `{place}` in `{folder}`{meanwhile}"
    ))?;
    Ok(Exit::Ok)
}
