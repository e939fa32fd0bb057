//! Which hub a built-in command looks at.

use std::sync::Arc;

use durable_core::hub::{Access, DescribesHub, TaskHub};

use super::args::{CommandOption, Given};
use super::exit::Failed;
use crate::app::App;

pub(super) const OPTION: CommandOption = CommandOption::with(
    "--hub",
    "FILE",
    "looks at the hub in this SQLite file instead of the program's own",
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
    let named = given.value(OPTION.name).map(at).transpose()?;
    let hub = named.as_deref().unwrap_or(app.hub.as_ref());
    Ok((hub.open(access).await?, hub.place()))
}

#[cfg(feature = "sqlite")]
#[expect(clippy::unnecessary_wraps, reason = "without SQLite there is no hub to name")]
fn at(file: &str) -> Result<Box<dyn DescribesHub>, Failed> {
    Ok(Box::new(durable_sqlite::SqliteHub::at(file)))
}

#[cfg(not(feature = "sqlite"))]
fn at(_: &str) -> Result<Box<dyn DescribesHub>, Failed> {
    let text = "`--hub` names a SQLite file, and this program was built without the feature `sqlite`";
    Err(Failed::Usage(text.to_owned()))
}
