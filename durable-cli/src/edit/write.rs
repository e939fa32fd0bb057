//! Writing changed files: all of them, or none.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use tempfile::NamedTempFile;

use super::Change;
use crate::error::Error;

/// Writes the changes. Everything that can fail for want of space or rights comes before the first file is replaced;
/// if replacing one fails all the same, those that were replaced are put back.
pub(crate) fn write(changes: &[Change]) -> Result<(), Error> {
    let mut ready = Vec::new();
    for change in changes {
        unchanged(change)?;
        let file = prepare(change).map_err(|source| failed("write", change.path(), source))?;
        ready.push((change, file));
    }
    let mut done: Vec<&Change> = Vec::new();
    for (change, file) in ready {
        if let Err(error) = file.persist(change.path()) {
            done.into_iter().for_each(put_back);
            return Err(failed("replace", change.path(), error.error));
        }
        done.push(change);
    }
    Ok(())
}

/// Refuses to overwrite what somebody wrote meanwhile.
fn unchanged(change: &Change) -> Result<(), Error> {
    let now = match fs::read_to_string(change.path()) {
        Ok(text) => Some(text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(failed("read", change.path(), error)),
    };
    if now == change.before {
        return Ok(());
    }
    Err(Error::failed(
        format!("{} was changed by somebody else", change.shown),
        "nothing was written; run the command again",
    ))
}

/// Writes the new text beside the file, where it can be renamed from.
fn prepare(change: &Change) -> io::Result<NamedTempFile> {
    let dir = change.path().parent().unwrap_or(Path::new("."));
    fs::create_dir_all(dir)?;
    let mut file = NamedTempFile::new_in(dir)?;
    file.write_all(change.after.as_bytes())?;
    if change.before.is_some() {
        file.as_file()
            .set_permissions(fs::metadata(change.path())?.permissions())?;
    } else {
        readable(file.path())?;
    }
    file.as_file().sync_all()?;
    Ok(file)
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

/// The first failure is what is reported.
fn put_back(change: &Change) {
    let _ = match &change.before {
        Some(text) => fs::write(change.path(), text),
        None => fs::remove_file(change.path()),
    };
}

fn failed(what: &'static str, path: &Path, source: io::Error) -> Error {
    Error::File {
        what,
        path: path.to_path_buf(),
        source,
    }
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
    fn new_files_get_their_folders() {
        let dir = tempfile::tempdir().expect("a folder");
        write(&[change(dir.path(), "orders/old.rs", None, "// new\n")]).expect("written");
        assert_eq!(
            fs::read_to_string(dir.path().join("orders/old.rs")).expect("there"),
            "// new\n"
        );
    }
}
