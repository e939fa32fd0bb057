//! `durable suspend`.

use clap::Args;

use crate::connection::Connection;
use crate::error::{Error, Exit};
use crate::output;

/// Let an instance wait until it is resumed
///
/// What arrives meanwhile is kept, in order. A turn that has begun is finished first.
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
    client.instance(&given.id)?.suspend(given.reason.as_str()).await?;
    output::say(format_args!("`{}` is suspended", given.id))?;
    Ok(Exit::Ok)
}
