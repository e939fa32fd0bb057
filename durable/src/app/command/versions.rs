//! `durable versions`: which versions have instances, and which may be deleted.

use std::io::Write as _;

use durable_core::client::Client;
use durable_core::hub::Access;

use crate::app::{App, AppError};
use crate::versions::version_table;

pub(super) async fn run(app: &App) -> Result<(), AppError> {
    let (registry, defaults) = app.policy()?;
    let hub = app.hub.open(Access::ReadOnly).await?;
    let client = Client::with_registry(hub, std::sync::Arc::clone(&registry), defaults);
    let table = version_table(&client.version_counts().await?, &registry);
    // A closed pipe is how `head` ends a listing: no error of ours.
    let _ = writeln!(std::io::stdout(), "{table:#}");
    Ok(())
}
