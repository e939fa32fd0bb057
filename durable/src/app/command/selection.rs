//! The options that choose instances.

use durable_core::replay_check::Selection;
use durable_core::{Version, WireName};

use super::args::{CommandOption, Given};
use super::exit::Failed;

pub(super) const NAME: CommandOption = CommandOption::repeated(
    "--name",
    "NAME",
    "only instances of this orchestrator; may be repeated",
);
pub(super) const VERSION: CommandOption = CommandOption::repeated(
    "--version",
    "VERSION",
    "only instances of this version; may be repeated",
);
pub(super) const ID_PREFIX: CommandOption =
    CommandOption::with("--id-prefix", "TEXT", "only instances whose id begins with this");

/// Reads what was chosen.
pub(super) fn of(given: &Given) -> Result<Selection, Failed> {
    let mut selection = Selection::default();
    selection.names = given.parsed(NAME.name, WireName::new)?;
    selection.versions = given.parsed(VERSION.name, Version::new)?;
    selection.id_prefix = given.value(ID_PREFIX.name).map(str::to_owned);
    Ok(selection)
}
