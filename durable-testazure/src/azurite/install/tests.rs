use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Barrier;
use std::thread;

use super::*;

const MARK: &str = "installed";

fn install(folder: &Path, npm: &OsStr) -> Result<PathBuf, AzuriteError> {
    Ok(PACKAGE.install(folder, npm)?)
}

/// An npm that notes in a file that it was called, and installs an Azurite of no content.
#[cfg(unix)]
fn npm_of(folder: &Path, script: &str) -> PathBuf {
    use std::os::unix::fs::PermissionsExt;
    let npm = folder.join("npm");
    fs::write(&npm, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(&npm, fs::Permissions::from_mode(0o755)).unwrap();
    npm
}

#[cfg(unix)]
const INSTALLS: &str = "echo called >> ../calls; mkdir -p node_modules/azurite/dist/src; : > node_modules/azurite/dist/src/azurite.js";

#[cfg(unix)]
fn calls(folder: &Path) -> usize {
    fs::read_to_string(folder.join("calls")).map_or(0, |calls| calls.lines().count())
}

#[test]
fn without_npm_a_sentence_says_what_is_missing_and_how_to_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let error = install(folder.path(), OsStr::new("npm-that-is-not-there")).unwrap_err();
    assert_eq!(
        format!("{error:?}"),
        "npm is missing. Tests of the Azure Storage hub start the emulator Azurite, which npm installs: install \
         Node.js with npm, or set DURABLE_TEST_AZURE=off to leave these tests out"
    );
}

#[cfg(unix)]
#[test]
fn those_who_want_it_at_the_same_time_install_it_once() {
    let folder = tempfile::tempdir().unwrap();
    let npm = npm_of(folder.path(), INSTALLS);
    let start = Barrier::new(4);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                start.wait();
                install(folder.path(), npm.as_os_str()).unwrap();
            });
        }
    });
    assert_eq!(calls(folder.path()), 1);
}

#[cfg(unix)]
#[test]
fn what_is_half_done_or_old_is_done_again() {
    let folder = tempfile::tempdir().unwrap();
    let broken = npm_of(folder.path(), &format!("{INSTALLS}; echo no network >&2; exit 1"));
    let error = install(folder.path(), broken.as_os_str()).unwrap_err();
    assert!(error.to_string().ends_with("no network\n"), "{error}");
    let npm = npm_of(folder.path(), INSTALLS);
    let mut expected = calls(folder.path());

    let place = install(folder.path(), npm.as_os_str()).unwrap();
    expected += 1;
    assert_eq!(calls(folder.path()), expected);

    for damage in [
        "package-lock.json",
        "run.js",
        MARK,
        "node_modules/azurite/dist/src/azurite.js",
    ] {
        fs::remove_file(place.join(damage)).unwrap();
        install(folder.path(), npm.as_os_str()).unwrap();
        expected += 1;
        assert_eq!(calls(folder.path()), expected, "after {damage} was gone");
    }
    install(folder.path(), npm.as_os_str()).unwrap();
    assert_eq!(calls(folder.path()), expected);
}

#[test]
fn the_lock_file_names_no_host() {
    let lock: serde_json::Value = serde_json::from_str(PACKAGE.files[1].1).unwrap();
    let packages = lock["packages"].as_object().unwrap();
    assert_eq!(packages["node_modules/azurite"]["version"], "3.35.0");
    for (name, package) in packages {
        assert!(
            package.get("resolved").is_none(),
            "{name} says where it comes from"
        );
        assert!(
            name.is_empty() || package.get("integrity").is_some(),
            "{name} is not checked by npm"
        );
    }
}
