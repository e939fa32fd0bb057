//! Writing changed files: all of them, or none.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::Change;
use crate::error::Error;

/// A change whose texts are on the disk, beside the file.
struct Ready<'a> {
    change: &'a Change,
    /// The file itself, where the path is a link to it.
    file: PathBuf,
    new: NamedTempFile,
    /// What the file was, so that to put it back needs no room.
    old: Option<NamedTempFile>,
}

/// Writes the changes. Everything that can fail for want of space or rights comes before the first file is replaced;
/// if replacing one fails all the same, those that were replaced are put back.
pub(crate) fn write(changes: &[Change]) -> Result<(), Error> {
    let mut ready = Vec::new();
    for change in changes {
        unchanged(change)?;
        ready.push(Ready::prepare(change).map_err(|source| failed(change, &source, &[]))?);
    }
    let mut done = Vec::new();
    for Ready {
        change,
        file,
        new,
        old,
    } in ready
    {
        if let Err(error) = new.persist(&file) {
            let lost: Vec<&Change> = done.into_iter().filter_map(put_back).collect();
            return Err(failed(change, &error.error, &lost));
        }
        done.push((change, file, old));
    }
    Ok(())
}

/// Refuses to overwrite what somebody wrote meanwhile.
fn unchanged(change: &Change) -> Result<(), Error> {
    let now = match fs::read_to_string(change.path()) {
        Ok(text) => Some(text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(failed(change, &error, &[])),
    };
    if now == change.before {
        return Ok(());
    }
    Err(Error::failed(
        format!("{} was changed by somebody else", change.shown),
        "nothing was written; run the command again",
    ))
}

impl<'a> Ready<'a> {
    /// Writes the texts beside the file, where they can be renamed from.
    fn prepare(change: &'a Change) -> io::Result<Self> {
        let (file, old) = match &change.before {
            None => (change.path().to_path_buf(), None),
            Some(before) => {
                let file = fs::canonicalize(change.path())?;
                let rights = fs::metadata(&file)?.permissions();
                // A rename would not ask.
                if rights.readonly() {
                    return Err(io::Error::new(io::ErrorKind::PermissionDenied, "it is read-only"));
                }
                let old = beside(&file, before)?;
                old.as_file().set_permissions(rights)?;
                (file, Some(old))
            }
        };
        let new = beside(&file, &change.after)?;
        match &old {
            Some(old) => new
                .as_file()
                .set_permissions(old.as_file().metadata()?.permissions())?,
            None => readable(new.path())?,
        }
        Ok(Self {
            change,
            file,
            new,
            old,
        })
    }
}

fn beside(file: &Path, text: &str) -> io::Result<NamedTempFile> {
    let dir = file.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(dir)?;
    let mut written = NamedTempFile::new_in(dir)?;
    // Not through the temporary file: its errors name a path that says nothing to anybody.
    written.as_file_mut().write_all(text.as_bytes())?;
    written.as_file().sync_all()?;
    Ok(written)
}

/// A temporary file is its owner's alone; a source file is not.
#[cfg(unix)]
fn readable(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn readable(_: &Path) -> io::Result<()> {
    Ok(())
}

/// Puts a file back, and returns the change if that fails too.
fn put_back((change, file, old): (&Change, PathBuf, Option<NamedTempFile>)) -> Option<&Change> {
    let done = match old {
        Some(old) => old.persist(&file).is_ok(),
        None => fs::remove_file(&file).is_ok(),
    };
    (!done).then_some(change)
}

fn failed(change: &Change, source: &io::Error, lost: &[&Change]) -> Error {
    let help = if lost.is_empty() {
        "nothing was changed; see that the file may be written, and that the disk has room".to_owned()
    } else {
        let files: Vec<&str> = lost.iter().map(|change| change.shown.as_str()).collect();
        format!(
            "these files have their new text already, and could not be put back: {}; restore them from version control",
            files.join(", ")
        )
    };
    Error::failed(format!("cannot write {}: {source}", change.shown), help)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(dir: &Path, name: &str, before: Option<&str>, after: &str) -> Change {
        Change {
            path: dir.join(name),
            shown: name.to_owned(),
            before: before.map(str::to_owned),
            after: after.to_owned(),
        }
    }

    #[test]
    fn if_one_file_cannot_be_replaced_none_is() {
        let dir = tempfile::tempdir().expect("a folder");
        fs::write(dir.path().join("a.rs"), "old a").expect("written");
        // A folder stands where the second file is to go.
        fs::create_dir(dir.path().join("b.rs")).expect("made");
        let changes = [
            change(dir.path(), "a.rs", Some("old a"), "new a"),
            change(dir.path(), "b.rs", None, "new b"),
        ];
        write(&changes).expect_err("a folder is in the way");
        assert_eq!(
            fs::read_to_string(dir.path().join("a.rs")).expect("there"),
            "old a"
        );
        assert_eq!(
            fs::read_dir(dir.path()).expect("there").count(),
            2,
            "nothing is left over"
        );
    }

    #[test]
    fn a_file_that_changed_meanwhile_is_not_overwritten() {
        let dir = tempfile::tempdir().expect("a folder");
        fs::write(dir.path().join("a.rs"), "somebody's").expect("written");
        let error = write(&[change(dir.path(), "a.rs", Some("old"), "new")]).expect_err("changed");
        assert_eq!(error.to_string(), "a.rs was changed by somebody else");
        assert_eq!(
            fs::read_to_string(dir.path().join("a.rs")).expect("there"),
            "somebody's"
        );
    }

    #[test]
    fn a_read_only_file_is_not_replaced() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("a.rs");
        fs::write(&path, "old").expect("written");
        let mut rights = fs::metadata(&path).expect("there").permissions();
        rights.set_readonly(true);
        fs::set_permissions(&path, rights).expect("set");
        let error = write(&[change(dir.path(), "a.rs", Some("old"), "new")]).expect_err("read-only");
        assert_eq!(error.to_string(), "cannot write a.rs: it is read-only");
        assert_eq!(fs::read_to_string(&path).expect("there"), "old");
    }

    #[test]
    #[cfg(unix)]
    fn a_link_stays_one_and_its_file_is_written() {
        let dir = tempfile::tempdir().expect("a folder");
        let shared = dir.path().join("shared.lock");
        fs::write(&shared, "old").expect("written");
        std::os::unix::fs::symlink("shared.lock", dir.path().join("durable.lock")).expect("linked");
        write(&[change(dir.path(), "durable.lock", Some("old"), "new")]).expect("written");
        assert_eq!(fs::read_to_string(&shared).expect("there"), "new");
        assert!(dir.path().join("durable.lock").is_symlink());
    }

    #[test]
    fn new_files_get_their_folders() {
        let dir = tempfile::tempdir().expect("a folder");
        write(&[change(dir.path(), "orders/old.rs", None, "// new\n")]).expect("written");
        assert_eq!(
            fs::read_to_string(dir.path().join("orders/old.rs")).expect("there"),
            "// new\n"
        );
    }
}
