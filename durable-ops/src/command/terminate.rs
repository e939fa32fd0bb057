//! `durable terminate`.

use clap::Args;

use crate::connection::Connection;
use crate::error::{Error, Exit};
use crate::output;

/// End an instance now, without running any of its code
///
/// Its sub-orchestrations are terminated as well. To let its code compensate, use `cancel`.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The instance
    id: String,
    /// Why; it is kept in the history
    #[arg(long, value_name = "TEXT", default_value = "")]
    reason: String,
    /// Leave its sub-orchestrations to the policies of their calls
    #[arg(long)]
    alone: bool,
}

pub(crate) async fn run(given: &Arguments, connection: &Connection) -> Result<Exit, Error> {
    let client = connection.write().await?;
    let instance = client.instance(&given.id)?;
    if given.alone {
        instance.terminate_alone(given.reason.as_str()).await?;
    } else {
        instance.terminate(given.reason.as_str()).await?;
    }
    output::say(format_args!("`{}` is terminated", given.id))?;
    Ok(Exit::Ok)
}
