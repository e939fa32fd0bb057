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
    known: Mutex<Known<T>>,
}

struct Known<T> {
    content: T,
    modified: Option<SystemTime>,
    looked: Instant,
}

impl<T: Clone> Watched<T> {
    pub(super) fn new(path: PathBuf, content: T) -> Self {
        let known = Known {
            content,
            modified: modified(&path),
            looked: Instant::now(),
        };
        Self {
            path,
            known: Mutex::new(known),
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Returns what the file holds. If it cannot be read anew, what was known stays good.
    pub(super) fn content<E: Display>(&self, read: impl FnOnce(&Path) -> Result<T, E>) -> T {
        let mut known = self.lock();
        if known.looked.elapsed() >= LOOK_EVERY {
            known.looked = Instant::now();
            let seen = modified(&self.path);
            if seen != known.modified {
                match read(&self.path) {
                    Ok(content) => (known.content, known.modified) = (content, seen),
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
        (known.content, known.modified) = (content, modified(&self.path));
    }

    fn lock(&self) -> MutexGuard<'_, Known<T>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn modified(path: &Path) -> Option<SystemTime> {
    path.metadata().and_then(|metadata| metadata.modified()).ok()
}
