//! `durable import`: the instances of an export, in another hub.

use std::path::Path;

use durable_core::history_file;
use durable_core::hub::Access;

use super::args::{Command, CommandOption, Given};
use super::exit::{Exit, Failed};
use super::{hub, output};
use crate::app::App;

const FROM: &str = "--from";
const JSON: &str = "--json";

pub(super) const COMMAND: Command = Command {
    name: "import",
    summary: "brings the instances of an export into another hub",
    about: "\
For moving a hub: from one file to another, or between kinds of storage. Every instance must have ended, or be suspended
with no activity in flight; callers and what they wait for come together. Each is replayed on this program's code before
anything is written, and again from what the hub gives back. The instances stay suspended until they are resumed; in the
hub that they come from they are left as they are.",
    options: &[
        CommandOption::with(FROM, "FOLDER", "the folder of an export"),
        hub::OPTION,
        CommandOption::switch(JSON, "prints what was done as JSON"),
    ],
};

pub(super) async fn run(app: &App, given: &Given) -> Result<Exit, Failed> {
    let Some(folder) = given.value(FROM) else {
        return Err(Failed::Usage(format!("`durable import` needs `{FROM} FOLDER`")));
    };
    let (registry, _) = app.policy()?;
    let (hub, place) = hub::open_for(app, given, Access::ReadWrite).await?;
    let imported = history_file::import(hub.as_ref(), &registry, Path::new(folder)).await?;
    let instances = imported.instances;
    if given.has(JSON) {
        let told = serde_json::json!({
            "schema": 1,
            "hub": place,
            "folder": folder,
            "instances": instances,
        });
        output::say(&format!("{told:#}"))?;
        return Ok(Exit::Ok);
    }
    let what = if instances == 1 { "instance" } else { "instances" };
    output::say(&format!(
        "{instances} {what} of `{folder}` in `{place}`, each replayed"
    ))?;
    Ok(Exit::Ok)
}
