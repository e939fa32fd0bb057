//! The file of a raw limit.

use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::rows;
use crate::arguments::Arguments;
use crate::place::Place;

/// A fresh file with the tables of a raw limit.
#[derive(Debug)]
pub(crate) struct RawFile {
    path: PathBuf,
}

impl RawFile {
    /// Makes the file.
    pub(crate) fn make(arguments: &Arguments, place: &Place) -> rusqlite::Result<Self> {
        let file = Self {
            path: place.file("raw.db"),
        };
        file.open(arguments)?.execute_batch(rows::SCHEMA)?;
        Ok(file)
    }

    /// Opens it as a hub opens its own.
    pub(crate) fn open(&self, arguments: &Arguments) -> rusqlite::Result<Connection> {
        let connection = Connection::open(&self.path)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", arguments.sync.as_str())?;
        Ok(connection)
    }

    /// Returns where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}
