//! Bringing keys of two files together.

use super::Key;

/// What bringing two files together changes.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeyChange {
    /// The key's name.
    pub name: String,
    /// What becomes of it.
    pub kind: KeyChangeKind,
    /// In which of the files.
    pub side: KeySide,
}

/// What becomes of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyChangeKind {
    /// The file had no such key.
    Added,
    /// It was rotated in the other file, or is another key of the name.
    Replaced,
    /// It was removed in the other file.
    Removed,
}

/// One of two files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeySide {
    /// The one that is brought together with the other.
    This,
    /// The other.
    Other,
}

/// Takes over what was changed later, and returns what of it anybody notices: of two removed keys the later one is as removed
/// as the other.
pub(super) fn merge(keys: &mut Vec<Key>, from: &[Key], side: KeySide) -> Vec<KeyChange> {
    let mut changes = Vec::new();
    for key in from {
        let own = keys.iter_mut().find(|own| own.name == key.name);
        let was_there = own.as_ref().is_some_and(|own| !own.removed);
        match own {
            Some(own) if own.changed < key.changed => own.clone_from(key),
            Some(_) => continue,
            None => keys.push(key.clone()),
        }
        let kind = match (was_there, !key.removed) {
            (false, true) => KeyChangeKind::Added,
            (true, true) => KeyChangeKind::Replaced,
            (true, false) => KeyChangeKind::Removed,
            (false, false) => continue,
        };
        changes.push(KeyChange {
            name: key.name.clone(),
            kind,
            side,
        });
    }
    changes
}
