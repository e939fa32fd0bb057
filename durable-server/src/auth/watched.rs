//! What was read from a file that others may replace.

use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

/// How long a change of the file by another process may go unnoticed.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// What was read from a file, read anew when the file has changed.
pub(super) struct Watched<T> {
    path: PathBuf,
    look_every: Duration,
    known: Mutex<Known<T>>,
}

struct Known<T> {
    content: T,
    stamp: Option<Stamp>,
    looked: Instant,
}

impl<T: Clone> Watched<T> {
    pub(super) fn new(path: PathBuf, content: T) -> Self {
        let known = Known {
            content,
            stamp: stamp(&path),
            looked: Instant::now(),
        };
        Self {
            path,
            look_every: LOOK_EVERY,
            known: Mutex::new(known),
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Returns what the file holds. If it cannot be read anew, what was known stays good.
    pub(super) fn content<E: Display>(&self, read: impl FnOnce(&Path) -> Result<T, E>) -> T {
        let mut known = self.lock();
        if known.looked.elapsed() >= self.look_every {
            known.looked = Instant::now();
            let seen = stamp(&self.path);
            if seen != known.stamp {
                match read(&self.path) {
                    Ok(content) => (known.content, known.stamp) = (content, seen),
                    Err(error) => {
                        tracing::error!(%error, "the file could not be read anew: what was known stays good");
                    }
                }
            }
        }
        known.content.clone()
    }

    /// Keeps what was written to the file.
    pub(super) fn put(&self, content: T) {
        let mut known = self.lock();
        (known.content, known.stamp) = (content, stamp(&self.path));
    }

    fn lock(&self) -> MutexGuard<'_, Known<T>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What tells one state of a file from another: when it was written, and which file it is, since clocks of file systems are
/// coarse and a file is replaced as a whole.
type Stamp = (SystemTime, u64);

fn stamp(path: &Path) -> Option<Stamp> {
    let metadata = path.metadata().ok()?;
    Some((metadata.modified().ok()?, number(&metadata)))
}

#[cfg(unix)]
fn number(metadata: &std::fs::Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(metadata)
}

#[cfg(not(unix))]
fn number(metadata: &std::fs::Metadata) -> u64 {
    metadata.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(path: &Path) -> std::io::Result<String> {
        std::fs::read_to_string(path)
    }

    #[test]
    fn what_another_process_has_replaced_is_read_anew_and_what_cannot_be_read_stays_known() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let replace = |text: &str| {
            std::fs::write(folder.path().join("new"), text).unwrap();
            std::fs::rename(folder.path().join("new"), &path).unwrap();
        };
        replace("one");
        let mut watched = Watched::new(path.clone(), "one".to_owned());
        watched.look_every = Duration::ZERO;
        replace("two");
        assert_eq!(watched.content(read), "two");
        std::fs::remove_file(&path).unwrap();
        assert_eq!(watched.content(read), "two");
        watched.look_every = Duration::from_mins(1);
        replace("three");
        assert_eq!(
            watched.content(read),
            "two",
            "it is not looked at with every request"
        );
    }
}
