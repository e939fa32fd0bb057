//! Files that only their owner may read, replaced as a whole or not at all.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Why a file of keys or secrets could not be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PrivateFileError {
    /// It could not be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is not what it should be.
    #[error("{} is no such file: {source}", path.display())]
    Form {
        /// The file.
        path: PathBuf,
        /// Why.
        source: serde_json::Error,
    },
    /// It was written by a later release.
    #[error("{} has form {found}; this program reads form 1", path.display())]
    Later {
        /// The file.
        path: PathBuf,
        /// The number found.
        found: u32,
    },
    /// Others may read or write it.
    #[error("{} may be read or written by others (mode {mode:o}): `chmod 600` it", path.display())]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
}

/// Reads a file; `None` if there is none.
pub(super) fn read<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, PrivateFileError> {
    let io = |source| PrivateFileError::Io {
        path: path.to_owned(),
        source,
    };
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(io(error)),
    };
    check_mode(path, &file.metadata().map_err(io)?)?;
    let text = std::io::read_to_string(file).map_err(io)?;
    let form = |source| PrivateFileError::Form {
        path: path.to_owned(),
        source,
    };
    serde_json::from_str(&text).map(Some).map_err(form)
}

/// Replaces a file: after a crash the old one stands there or the new one, and nobody else may ever read it.
pub(super) fn replace<T: Serialize>(path: &Path, content: &T) -> Result<(), PrivateFileError> {
    let io = |source| PrivateFileError::Io {
        path: path.to_owned(),
        source,
    };
    let mut text = serde_json::to_vec_pretty(content).map_err(|source| io(source.into()))?;
    text.push(b'\n');
    let folder = folder(path);
    // Made with the mode 0600.
    let mut file = tempfile::NamedTempFile::new_in(&folder).map_err(io)?;
    file.write_all(&text).map_err(io)?;
    file.as_file().sync_all().map_err(io)?;
    file.persist(path).map_err(|error| io(error.error))?;
    // The name is durable only with its folder. Where folders cannot be opened, the file system sees to it.
    File::open(&folder)
        .map_or(Ok(()), |folder| folder.sync_all())
        .map_err(io)
}

/// Holds changes of a file by other processes back until it is dropped.
pub(super) fn lock(path: &Path) -> Result<File, PrivateFileError> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".lock");
    let path = path.with_file_name(name);
    let io = |source| PrivateFileError::Io {
        path: path.clone(),
        source,
    };
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(io)?;
    file.lock().map_err(io)?;
    Ok(file)
}

fn folder(path: &Path) -> PathBuf {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}

#[cfg(unix)]
fn check_mode(path: &Path, metadata: &fs::Metadata) -> Result<(), PrivateFileError> {
    use std::os::unix::fs::PermissionsExt;
    let mode = metadata.permissions().mode() & 0o777;
    let others = mode & 0o077;
    if others == 0 {
        return Ok(());
    }
    Err(PrivateFileError::Exposed {
        path: path.to_owned(),
        mode,
    })
}

#[cfg(not(unix))]
fn check_mode(_path: &Path, _metadata: &fs::Metadata) -> Result<(), PrivateFileError> {
    Ok(())
}
