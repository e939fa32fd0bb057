//! Which hub a built-in command looks at.

use std::sync::Arc;

use durable_core::hub::{Access, TaskHub};

use super::args::{CommandOption, Given};
use super::exit::Failed;
use crate::app::App;
use crate::place::hub_at;

pub(super) const OPTION: CommandOption = CommandOption::with(
    "--hub",
    "HUB",
    "looks at this hub instead of the program's own: a SQLite file, or azure://NAME\n\
     in the account whose connection string is in DURABLE_AZURE_CONNECTION_STRING",
);

/// Opens the hub that the arguments name, or else the program's, for reading only. Returns where it is, too.
pub(super) async fn open(app: &App, given: &Given) -> Result<(Arc<dyn TaskHub>, String), Failed> {
    open_for(app, given, Access::ReadOnly).await
}

/// Opens the hub that the arguments name, or else the program's. Returns where it is, too.
pub(super) async fn open_for(
    app: &App,
    given: &Given,
    access: Access,
) -> Result<(Arc<dyn TaskHub>, String), Failed> {
    let named = given.value(OPTION.name).map(hub_at).transpose();
    let named = named.map_err(|error| Failed::Usage(format!("`{}`: {error}", OPTION.name)))?;
    let hub = named.as_deref().unwrap_or(app.hub.as_ref());
    Ok((hub.open(access).await?, hub.place()))
}
