//! Who may ask.

use std::path::PathBuf;

use durable_server::{SecretFile, Settings};

use super::{Arguments, listen};
use crate::command::keys;
use crate::connection::Connection;
use crate::error::Error;
use crate::output;

/// Opens the files, or lets everyone on this machine in.
pub(super) fn settings(given: &Arguments, connection: &Connection) -> Result<Settings, Error> {
    // An empty variable is how a shell unsets one.
    let Some(path) = given.keys.as_ref().filter(|path| !path.as_os_str().is_empty()) else {
        listen::guarded(given.listen, false)?;
        return Ok(Settings::open());
    };
    let keys = keys::existing(path)?;
    let is_empty = keys.list().map_err(keys::refused)?.is_empty();
    listen::guarded(given.listen, !is_empty)?;
    if is_empty {
        output::note(format_args!(
            "`{}` has no key: whoever asks is refused, until `durable keys add` has made one",
            path.display()
        ));
    }
    let secrets = SecretFile::open_or_make(secrets(given, connection)?);
    let secrets = secrets.map_err(|error| keys::file_refused(&error))?;
    Ok(Settings::with_keys(keys, secrets))
}

fn secrets(given: &Arguments, connection: &Connection) -> Result<PathBuf, Error> {
    let given = given.secrets.clone().filter(|path| !path.as_os_str().is_empty());
    given.or_else(|| connection.secrets()).ok_or_else(|| {
        Error::usage(
            "where is the hub's file of secrets?",
            "give it with `--secrets FILE`; it is made if it is missing, and servers of one hub share a copy",
        )
    })
}
