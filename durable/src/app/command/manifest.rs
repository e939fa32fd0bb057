//! `durable manifest [--json]`: what this binary has, for people and for `durable.lock`. Opens no hub.

use durable_core::lock::Manifest;
use durable_core::registry::Registry;

use super::args::{Command, CommandOption, Given};
use super::exit::{Exit, Failed};
use super::output;
use crate::app::App;

const JSON: &str = "--json";

pub(super) const COMMAND: Command = Command {
    name: "manifest",
    summary: "shows the orchestrators and activities of this binary",
    about: "\
Of each version: where it stands, its fingerprint, the recorded form of its payloads, and what it calls. No hub is opened.",
    options: &[CommandOption::switch(
        JSON,
        "prints it as JSON (docs/durable-lock.md)",
    )],
};

pub(super) fn run(app: &App, given: &Given) -> Result<Exit, Failed> {
    let manifest = manifest(app)?;
    if given.has(JSON) {
        output::say(&format!("{:#}", serde_json::to_value(&manifest)?))?;
    } else {
        output::say(&manifest.to_string())?;
    }
    Ok(Exit::Ok)
}

/// Returns what the binary has. It is not compared with the lock: it is what an edit is accepted with.
pub(super) fn manifest(app: &App) -> Result<Manifest, Failed> {
    let registry = match &app.registry {
        Some(registry) => registry.clone(),
        None => Registry::collected_where(|_| true)?,
    };
    Ok(Manifest::of(&registry))
}
