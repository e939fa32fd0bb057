//! `durable rewind`.

use clap::Args;
use durable_core::Version;

use crate::connection::Connection;
use crate::error::{Error, Exit};
use crate::output;

/// Let a failed instance go on from before its failure
///
/// The turn in which it failed is taken back. Activities that failed run again; what succeeded is kept. Failed
/// sub-orchestrations are rewound as well.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The instance
    id: String,
    /// Go on with this version of the orchestrator [default: its own]
    ///
    /// Whether the kept history replays there is found by the worker that takes it: if not, the instance is blocked, and
    /// nothing is lost.
    #[arg(long, value_name = "N")]
    to_version: Option<Version>,
    /// Why; it is kept in the history
    #[arg(long, value_name = "TEXT", default_value = "")]
    reason: String,
}

pub(crate) async fn run(given: &Arguments, connection: &Connection) -> Result<Exit, Error> {
    let client = connection.write().await?;
    let instance = client.instance(&given.id)?;
    match given.to_version {
        None => {
            instance.rewind(given.reason.as_str()).await?;
            output::say(format_args!("`{}` is rewound, and goes on", given.id))?;
        }
        Some(version) => {
            instance.rewind_to(version, given.reason.as_str()).await?;
            output::say(format_args!(
                "`{}` is rewound, and goes on with version {version}",
                given.id
            ))?;
        }
    }
    Ok(Exit::Ok)
}
