//! Opening files of keys, and what their errors mean to whoever runs the command.

use std::path::{Path, PathBuf};

use clap::builder::{OsStringValueParser, TypedValueParser};
use durable_server::{KeyFile, KeyFileError, PrivateFileError};

use crate::error::Error;

/// Parses a file's name. An empty one is taken, since an empty variable is how a shell unsets one.
pub(crate) fn path() -> impl TypedValueParser<Value = PathBuf> {
    OsStringValueParser::new().map(PathBuf::from)
}

/// Returns the file that is named.
pub(super) fn named(path: Option<&Path>) -> Result<&Path, Error> {
    path.filter(|path| !path.as_os_str().is_empty()).ok_or_else(|| {
        Error::usage(
            "which file of keys?",
            "give it with `--keys FILE`, or set DURABLE_KEY_FILE",
        )
    })
}

/// Opens a file that is to be there: another would be a name that was mistyped.
pub(crate) fn existing(path: &Path) -> Result<KeyFile, Error> {
    if !path.exists() {
        return Err(Error::failed(
            format!("there is no file of keys at `{}`", path.display()),
            format!(
                "`durable keys add NAME --scope read --keys {}` makes it with its first key",
                path.display()
            ),
        ));
    }
    KeyFile::open(path).map_err(refused)
}

/// Says what to do about keys that cannot be read or changed.
pub(crate) fn refused(error: KeyFileError) -> Error {
    let problem = error.to_string();
    match error {
        KeyFileError::File(error) => file_refused(&error),
        KeyFileError::Exists(_) => Error::refused(problem, "`durable keys rotate NAME` gives it a new text"),
        KeyFileError::Missing(_) => Error::refused(problem, "`durable keys list` shows them"),
        KeyFileError::Name(_) | KeyFileError::NoScope => Error::usage(problem, "`durable keys add --help`"),
        // No randomness, and reasons of later releases.
        _ => Error::failed(problem, "try again"),
    }
}

/// Says what to do about a file of keys or secrets that cannot be used.
pub(crate) fn file_refused(error: &PrivateFileError) -> Error {
    let help = match error {
        PrivateFileError::Io { .. } => "check that its folder exists, and that you may read and write there",
        PrivateFileError::Form { .. } => "give the file that `durable keys` or `durable serve` has made",
        PrivateFileError::Later { .. } => "use the `durable` that has written it, or a later one",
        PrivateFileError::Exposed { .. } => {
            "whoever could read it has seen hashes or secrets: after the `chmod`, rotate them"
        }
        // Reasons of later releases have their text.
        _ => "look at the file",
    };
    Error::failed(error.to_string(), help)
}
