//! `durable resume`.

use clap::Args;

use crate::connection::Connection;
use crate::error::{Error, Exit};
use crate::output;

/// Let a suspended instance go on; give a blocked one another try
///
/// A blocked instance is tried again by the workers of today: repair the code first.
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
    client.instance(&given.id)?.resume(given.reason.as_str()).await?;
    output::say(format_args!("`{}` is resumed", given.id))?;
    Ok(Exit::Ok)
}
