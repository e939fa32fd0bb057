//! `durable restart`.

use clap::Args;
use durable_core::client::ClientError;

use crate::connection::Connection;
use crate::error::{Error, Exit};
use crate::output;

/// Start an ended instance again, with the same input and version
///
/// Its history is replaced. To keep it, give the new instance an id of its own.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The instance
    id: String,
    /// Start another instance with this id, and leave the old one as it is
    #[arg(long = "as", value_name = "ID")]
    other: Option<String>,
}

pub(crate) async fn run(given: &Arguments, connection: &Connection) -> Result<Exit, Error> {
    let client = connection.write().await?;
    let instance = client.instance(&given.id)?;
    match given.other.as_deref() {
        None => {
            instance.restart().await.map_err(running)?;
            output::say(format_args!("`{}` is started again", given.id))?;
        }
        Some(other) => {
            instance.restart_as(other).await?;
            output::say(format_args!("`{other}` is started like `{}`", given.id))?;
        }
    }
    Ok(Exit::Ok)
}

/// An instance that runs is not started again.
fn running(error: ClientError) -> Error {
    match error {
        ClientError::AlreadyExists(record) => Error::refused(
            format!(
                "instance `{}` is {}: only an ended one is started again",
                record.instance, record.status
            ),
            "start another like it with `--as ID`, or end it first: `durable terminate ID`",
        ),
        other => other.into(),
    }
}
