//! `durable cancel`.

use clap::Args;

use crate::connection::Connection;
use crate::error::{Error, Exit};
use crate::output;

/// Ask an instance to end; its code may compensate first
///
/// Pending calls end as cancelled, and the code decides what follows. To end it without its code, use `terminate`.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The instance
    id: String,
    /// Why; it is kept in the history
    #[arg(long, value_name = "TEXT", default_value = "")]
    reason: String,
}

pub(crate) async fn run(given: &Arguments, connection: &Connection) -> Result<Exit, Error> {
    let client = connection.write().await?;
    client.instance(&given.id)?.cancel(given.reason.as_str()).await?;
    output::say(format_args!("`{}` is asked to end", given.id))?;
    Ok(Exit::Ok)
}
