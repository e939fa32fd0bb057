//! `durable raise-event`.

use clap::Args;

use super::json_text;
use crate::connection::Connection;
use crate::error::{Error, Exit};
use crate::output;

/// Deliver an external event to an instance
///
/// It is stored when the command ends. An event that nobody waits for yet is kept until somebody does.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  durable raise-event order-42 approval --data '{\"by\": \"Ada\"}'
  durable raise-event order-42 paid")]
pub(crate) struct Arguments {
    /// The instance
    id: String,
    /// The event's name
    name: String,
    /// Its data: JSON, `@FILE`, or `-` for the standard input [default: null]
    #[arg(long, value_name = "JSON")]
    data: Option<String>,
}

pub(crate) async fn run(given: &Arguments, connection: &Connection) -> Result<Exit, Error> {
    let data = json_text::read("--data", given.data.as_deref())?;
    let client = connection.write().await?;
    client
        .instance(&given.id)?
        .raise_event(&given.name, &data)
        .await?;
    output::say(format_args!("`{}` has the event `{}`", given.id, given.name))?;
    Ok(Exit::Ok)
}
