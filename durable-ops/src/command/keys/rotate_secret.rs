//! `durable keys rotate-secret`.

use std::path::PathBuf;

use clap::Args;
use durable_server::SecretFile;

use super::file::file_refused;
use crate::error::{Error, Exit};
use crate::output;

/// Draw a new secret for the tokens of single instances
///
/// It signs from now on. Tokens of the last two before it stay good: rotate three times, and all of today's are refused.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The file of secrets, as `durable serve --secrets` has it
    #[arg(value_name = "FILE", env = "DURABLE_SECRET_FILE", hide_env_values = true)]
    secrets: PathBuf,
}

pub(super) fn run(given: &Arguments) -> Result<Exit, Error> {
    if !given.secrets.exists() {
        return Err(Error::failed(
            format!("there is no file of secrets at `{}`", given.secrets.display()),
            "`durable serve` makes it, beside a hub that is a file if it is told no other place",
        ));
    }
    let refused = |error| file_refused(&error);
    let file = SecretFile::open_or_make(&given.secrets).map_err(refused)?;
    file.rotate().map_err(refused)?;
    output::say("a new secret signs from now on; tokens of the last two before it stay good")?;
    Ok(Exit::Ok)
}
