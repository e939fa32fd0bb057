//! The files of keys and secrets.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by a panic")]

use std::time::Duration;

use durable_server::{Key, KeyChange, KeyChangeKind, KeyFile, KeyFileError, Scope, SecretFile};

fn names(keys: &[Key]) -> Vec<&str> {
    keys.iter().map(|key| key.name.as_str()).collect()
}

fn told(changes: &[KeyChange]) -> Vec<String> {
    let what = |kind| match kind {
        KeyChangeKind::Added => "added",
        KeyChangeKind::Replaced => "replaced",
        KeyChangeKind::Removed => "removed",
    };
    let line = |change: &KeyChange| format!("{} {} in {:?}", change.name, what(change.kind), change.side);
    changes.iter().map(line).collect()
}

#[test]
fn texts_of_keys_are_stored_nowhere() {
    let folder = tempfile::tempdir().unwrap();
    let file = KeyFile::open(folder.path().join("keys.json")).unwrap();
    let first = file.add("ci", [Scope::Read, Scope::Start]).unwrap();
    let second = file.rotate("ci", Duration::from_mins(1)).unwrap();
    assert_ne!(first.reveal(), second.reveal());
    let stored = std::fs::read_to_string(folder.path().join("keys.json")).unwrap();
    for text in [&first, &second] {
        assert!(!stored.contains(text.reveal()) && text.reveal().len() >= 43);
        assert!(!format!("{text:?} {file:?}").contains(text.reveal()));
    }
    let keys = file.list().unwrap();
    assert_eq!(names(&keys), ["ci"]);
    assert_eq!(keys[0].scopes.len(), 2);
}

#[cfg(unix)]
#[test]
fn only_the_owner_may_read_the_files() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let (keys, secrets) = (
        folder.path().join("keys.json"),
        folder.path().join("secrets.json"),
    );
    KeyFile::open(&keys).unwrap().add("ci", [Scope::Read]).unwrap();
    SecretFile::open_or_make(&secrets).unwrap();
    for path in [&keys, &secrets] {
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o640)).unwrap();
    }
    let text = KeyFile::open(&keys).unwrap_err().to_string();
    assert!(
        text.ends_with("may be read or written by others (mode 640): `chmod 600` it"),
        "{text}"
    );
    assert!(SecretFile::open_or_make(&secrets).is_err());
}

#[test]
fn redundant_servers_come_to_have_the_same_keys_and_a_removed_one_stays_removed() {
    let folder = tempfile::tempdir().unwrap();
    let open = |name: &str| KeyFile::open(folder.path().join(name)).unwrap();
    let (one, other) = (open("one.json"), open("other.json"));
    one.add("a", [Scope::Read]).unwrap();
    assert_eq!(told(&one.compare(&other).unwrap()), ["a added in Other"]);
    assert!(!folder.path().join("other.json").exists(), "nothing was changed");
    assert_eq!(told(&one.sync(&other).unwrap()), ["a added in Other"]);
    assert_eq!(names(&other.list().unwrap()), ["a"]);
    other.add("b", [Scope::Manage]).unwrap();
    one.remove("a").unwrap();
    let changes = ["a removed in This", "b added in Other"];
    assert_eq!(told(&other.compare(&one).unwrap()), changes);
    assert_eq!(told(&other.sync(&one).unwrap()), changes);
    assert_eq!(
        (names(&one.list().unwrap()), names(&other.list().unwrap())),
        (vec!["b"], vec!["b"])
    );
    assert_eq!(one.list().unwrap(), other.list().unwrap());
    // A later key of the name is another.
    other.add("a", [Scope::Event]).unwrap();
    assert_eq!(told(&one.sync(&other).unwrap()), ["a added in This"]);
    assert_eq!(names(&one.list().unwrap()), ["a", "b"]);
    assert_eq!(one.list().unwrap(), other.list().unwrap());
    one.rotate("b", Duration::ZERO).unwrap();
    assert_eq!(told(&one.sync(&other).unwrap()), ["b replaced in Other"]);
    let stored = std::fs::read(folder.path().join("one.json")).unwrap();
    assert!(told(&one.sync(&other).unwrap()).is_empty());
    assert_eq!(stored, std::fs::read(folder.path().join("one.json")).unwrap());
}

#[test]
fn a_key_tells_when_it_was_made_and_rotated_and_until_when_its_old_text_is_good() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys.json");
    let file = KeyFile::open(&path).unwrap();
    file.add("ci", [Scope::Read]).unwrap();
    let made = file.list().unwrap().remove(0);
    assert_eq!(made.created, Some(made.changed));
    assert_eq!((made.rotated, made.old_text_good_until()), (None, None));
    file.rotate("ci", Duration::from_hours(1)).unwrap();
    let key = file.list().unwrap().remove(0);
    let rotated = key.rotated.unwrap();
    assert_eq!((key.created, rotated), (made.created, key.changed));
    assert_eq!(key.old_text_good_until(), Some(rotated + Duration::from_hours(1)));
    // A file of the first release has no such dates.
    let text = std::fs::read_to_string(&path).unwrap();
    let older: Vec<&str> = text
        .lines()
        .filter(|line| !line.contains("\"created\"") && !line.contains("\"rotated\""))
        .collect();
    std::fs::write(&path, older.join("\n")).unwrap();
    let older = KeyFile::open(&path).unwrap().list().unwrap().remove(0);
    assert_eq!(
        (older.created, older.rotated, older.changed),
        (None, None, key.changed)
    );
}

#[test]
fn keys_that_cannot_be_made_are_refused_with_a_reason() {
    let folder = tempfile::tempdir().unwrap();
    let file = KeyFile::open(folder.path().join("keys.json")).unwrap();
    file.add("ci", [Scope::Read]).unwrap();
    assert!(matches!(
        file.add("ci", [Scope::Read]),
        Err(KeyFileError::Exists(_))
    ));
    assert!(matches!(
        file.add("a b", [Scope::Read]),
        Err(KeyFileError::Name(_))
    ));
    assert!(matches!(file.add("", [Scope::Read]), Err(KeyFileError::Name(_))));
    assert!(matches!(file.add("none", []), Err(KeyFileError::NoScope)));
    assert!(matches!(
        file.rotate("nobody", Duration::ZERO),
        Err(KeyFileError::Missing(_))
    ));
    assert!(matches!(file.remove("nobody"), Err(KeyFileError::Missing(_))));
    let later = folder.path().join("later.json");
    std::fs::copy(folder.path().join("keys.json"), &later).unwrap();
    let text = std::fs::read_to_string(&later)
        .unwrap()
        .replace("\"version\": 1", "\"version\": 2");
    std::fs::write(&later, text).unwrap();
    assert!(
        KeyFile::open(&later)
            .unwrap_err()
            .to_string()
            .ends_with("has form 2; this program reads form 1")
    );
}

#[test]
fn keys_that_are_added_at_once_are_all_kept() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys.json");
    std::thread::scope(|threads| {
        for n in 0..8 {
            // Each opens the file for itself, as processes do.
            let path = path.clone();
            threads.spawn(move || {
                KeyFile::open(path)
                    .unwrap()
                    .add(&format!("key-{n}"), [Scope::Read])
                    .unwrap()
            });
        }
    });
    assert_eq!(KeyFile::open(&path).unwrap().list().unwrap().len(), 8);
}
