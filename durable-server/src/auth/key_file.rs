//! The file of keys.

use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use durable_core::{Clock, SystemClock};
use serde::{Deserialize, Serialize};
use subtle::{Choice, ConditionallySelectable};

use super::key::KeyHash;
use super::private_file::{self, PrivateFileError};
use super::sync::{KeyChange, KeySide, merge};
use super::watched::Watched;
use super::{Key, KeyText, Scope};

/// The longest name of a key.
const NAME_MAX: usize = 64;

/// The keys of a server, in a file of JSON that only its owner may read. Cheap to clone; all clones are one.
///
/// What others change in the file takes effect within a second, so keys are rotated without a restart, and redundant
/// servers may share one file or [`sync`](Self::sync) theirs.
#[derive(Clone)]
pub struct KeyFile {
    known: Arc<Watched<Arc<[Key]>>>,
}

impl fmt::Debug for KeyFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyFile")
            .field("path", &self.known.path())
            .finish_non_exhaustive()
    }
}

/// The file's form.
#[derive(Debug, Serialize, Deserialize)]
struct Form {
    version: u32,
    keys: Vec<Key>,
}

/// Why keys could not be read or changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyFileError {
    /// The file cannot be used.
    #[error(transparent)]
    File(#[from] PrivateFileError),
    /// There is a key of the name already.
    #[error("there is a key `{0}` already: rotate it, or choose another name")]
    Exists(String),
    /// There is no key of the name.
    #[error("there is no key `{0}`")]
    Missing(String),
    /// The name is none.
    #[error("`{0}` is no name of a key: 1 to 64 letters, digits, `-`, `_` and `.`")]
    Name(String),
    /// A key that allows nothing.
    #[error("a key needs at least one scope: read, start, event or manage")]
    NoScope,
    /// The operating system has no randomness to give.
    #[error("no key can be drawn: {0}")]
    Random(#[from] getrandom::Error),
}

impl KeyFile {
    /// Opens a file of keys. One that does not exist has no keys, and is made with the first.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, KeyFileError> {
        let path: PathBuf = path.into();
        let keys = read(&path)?;
        Ok(Self {
            known: Arc::new(Watched::new(path, keys.into())),
        })
    }

    /// Lists the keys by name: what they allow, and never their texts.
    pub fn list(&self) -> Result<Vec<Key>, KeyFileError> {
        Ok(read(self.known.path())?
            .into_iter()
            .filter(|key| !key.removed)
            .collect())
    }

    /// Adds a key, and returns its text, which is not kept.
    pub fn add(&self, name: &str, scopes: impl IntoIterator<Item = Scope>) -> Result<KeyText, KeyFileError> {
        let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if name.is_empty() || name.len() > NAME_MAX || !name.chars().all(good) {
            return Err(KeyFileError::Name(name.chars().take(NAME_MAX).collect()));
        }
        let scopes: BTreeSet<Scope> = scopes.into_iter().collect();
        if scopes.is_empty() {
            return Err(KeyFileError::NoScope);
        }
        let text = KeyText::draw()?;
        self.change(|keys| {
            if keys.iter().any(|key| key.name == name && !key.removed) {
                return Err(KeyFileError::Exists(name.to_owned()));
            }
            keys.retain(|key| key.name != name);
            let now = SystemClock.now();
            keys.push(Key {
                name: name.to_owned(),
                scopes,
                changed: now,
                created: Some(now),
                rotated: None,
                removed: false,
                hash: KeyHash::of(text.reveal()),
                before: None,
            });
            Ok(())
        })?;
        Ok(text)
    }

    /// Gives a key a new text, which is returned. The one that it had stays good for a while, so that nobody is shut out
    /// who has not heard of the new one yet.
    pub fn rotate(&self, name: &str, old_good_for: Duration) -> Result<KeyText, KeyFileError> {
        let text = KeyText::draw()?;
        self.change(|keys| {
            let now = SystemClock.now();
            let key = find(keys, name)?;
            let old = std::mem::replace(&mut key.hash, KeyHash::of(text.reveal()));
            key.before = Some((old, now.saturating_add(old_good_for)));
            (key.rotated, key.changed) = (Some(now), now);
            Ok(())
        })?;
        Ok(text)
    }

    /// Removes a key: it is refused from now on.
    pub fn remove(&self, name: &str) -> Result<(), KeyFileError> {
        self.change(|keys| {
            let key = find(keys, name)?;
            (key.removed, key.before, key.changed) = (true, None, SystemClock.now());
            Ok(())
        })
    }

    /// Brings two files together, so that both have the same keys: of each name the one that was changed last, removals
    /// included. Returns what has changed, in this file first.
    pub fn sync(&self, other: &Self) -> Result<Vec<KeyChange>, KeyFileError> {
        let theirs = read(other.known.path())?;
        let mut changes = self.change(|ours| Ok(merge(ours, &theirs, KeySide::This)))?;
        let ours = read(self.known.path())?;
        changes.extend(other.change(|theirs| Ok(merge(theirs, &ours, KeySide::Other)))?);
        Ok(changes)
    }

    /// Returns what [`sync`](Self::sync) would change, and changes nothing.
    pub fn compare(&self, other: &Self) -> Result<Vec<KeyChange>, KeyFileError> {
        let (mut ours, mut theirs) = (read(self.known.path())?, read(other.known.path())?);
        let mut changes = merge(&mut ours, &theirs, KeySide::This);
        changes.extend(merge(&mut theirs, &ours, KeySide::Other));
        Ok(changes)
    }

    /// Returns what a text allows; `None` if it is no key. Every key is compared, so that the time tells nothing.
    pub(crate) fn scopes_of(&self, presented: &str) -> Option<BTreeSet<Scope>> {
        let (presented, now) = (KeyHash::of(presented), SystemClock.now());
        let keys = self.keys();
        let mut found = u32::MAX;
        for (at, key) in (0_u32..).zip(keys.iter()) {
            let same: Choice = key.is(&presented, now);
            found.conditional_assign(&at, same);
        }
        let found = usize::try_from(found).ok()?;
        keys.get(found).map(|key| key.scopes.clone())
    }

    /// Returns whether there is a key at all.
    pub(crate) fn is_empty(&self) -> bool {
        self.keys().iter().all(|key| key.removed)
    }

    fn keys(&self) -> Arc<[Key]> {
        self.known.content(|path| read(path).map(Arc::from))
    }

    /// Changes the keys while no other process can. What is not changed is not written.
    fn change<T>(
        &self,
        change: impl FnOnce(&mut Vec<Key>) -> Result<T, KeyFileError>,
    ) -> Result<T, KeyFileError> {
        let path = self.known.path();
        let _lock = private_file::lock(path)?;
        let before = read(path)?;
        let mut keys = before.clone();
        let answer = change(&mut keys)?;
        keys.sort_by(|one, other| one.name.cmp(&other.name));
        if keys == before {
            return Ok(answer);
        }
        let form = Form { version: 1, keys };
        private_file::replace(path, &form)?;
        self.known.put(form.keys.into());
        Ok(answer)
    }
}

fn find<'a>(keys: &'a mut [Key], name: &str) -> Result<&'a mut Key, KeyFileError> {
    let found = keys.iter_mut().find(|key| key.name == name && !key.removed);
    found.ok_or_else(|| KeyFileError::Missing(name.chars().take(NAME_MAX).collect()))
}

fn read(path: &Path) -> Result<Vec<Key>, KeyFileError> {
    match private_file::read::<Form>(path)? {
        None => Ok(Vec::new()),
        Some(form) if form.version == 1 => Ok(form.keys),
        Some(form) => {
            let (path, found) = (path.to_owned(), form.version);
            Err(PrivateFileError::Later { path, found }.into())
        }
    }
}
