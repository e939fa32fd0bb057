//! Who may ask.

use std::path::{Path, PathBuf};

use durable_server::{KeyFile, SecretFile, Settings};

use super::{Arguments, listen};
use crate::command::keys::{existing, file_refused, refused};
use crate::connection::Connection;
use crate::error::Error;
use crate::output;

/// Opens the file of keys, if there is one, and refuses an address that would be open to everybody.
pub(super) fn keys(given: &Arguments) -> Result<Option<KeyFile>, Error> {
    let Some(path) = given.keys() else {
        listen::guarded(given.listen, false)?;
        return Ok(None);
    };
    let keys = existing(path)?;
    let is_empty = keys.list().map_err(refused)?.is_empty();
    listen::guarded(given.listen, !is_empty)?;
    if is_empty {
        output::note(format_args!(
            "`{}` has no key: whoever asks is refused, until `durable keys add` has made one",
            path.display()
        ));
    }
    Ok(Some(keys))
}

/// Asks for keys, or lets everyone on this machine in. Makes the file of secrets, so the hub is to be open by now.
pub(super) fn settings(
    given: &Arguments,
    keys: Option<KeyFile>,
    connection: &Connection,
) -> Result<Settings, Error> {
    let Some(keys) = keys else {
        return Ok(Settings::open());
    };
    let secrets = SecretFile::open_or_make(secrets(given, connection)?);
    let secrets = secrets.map_err(|error| file_refused(&error))?;
    Ok(Settings::with_keys(keys, secrets))
}

fn secrets(given: &Arguments, connection: &Connection) -> Result<PathBuf, Error> {
    let given = given.secrets().map(Path::to_owned);
    given.or_else(|| connection.secrets()).ok_or_else(|| {
        Error::usage(
            "where is the hub's file of secrets?",
            "give it with `--secrets FILE`; it is made if it is missing, and servers of one hub share a copy",
        )
    })
}
