//! The tour of the README, word for word: its commands in a folder of their own, and in the browser what it tells to do.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::drive;

/// A program of the tour, which ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // One that has ended already is as good.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Returns the chapter of the README.
fn chapter() -> String {
    let readme = std::fs::read_to_string(workspace().join("README.md")).unwrap();
    let (_, rest) = readme.split_once("\n## A tour\n").expect("the README has a tour");
    let end = rest.find("\n## ").unwrap_or(rest.len());
    rest[..end].to_owned()
}

/// Starts a command of the tour, and returns what it says first. The reader has the repository as the current folder: here
/// it is named, so that the shop is in a folder of its own.
fn start(command: &str, folder: &Path) -> (Running, String) {
    let manifest = workspace().join("Cargo.toml");
    let cargo = format!(
        "exec '{}' run -q --manifest-path '{}'",
        env!("CARGO"),
        manifest.display()
    );
    let line = command.replacen("cargo run -q", &cargo, 1);
    assert_ne!(line, command, "it is run by cargo: {command}");
    let mut child = Command::new("bash")
        .args(["-c", &line])
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = String::new();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    output.read_line(&mut said).unwrap();
    // What else it says is read, so that it never waits for a reader.
    std::thread::spawn(move || std::io::copy(&mut output, &mut std::io::sink()));
    (Running(child), said.trim_end().to_owned())
}

#[test]
fn the_tour_of_the_readme_is_as_it_is_told() {
    let Some(mut variables) = drive::tools() else {
        return;
    };
    let chapter = chapter();
    for told in [
        "*Failed*",
        "`order-3`",
        "*Rewind …*",
        "*Completed*",
        "there is no price for `samovar`",
    ] {
        assert!(chapter.contains(told), "the tour tells of {told}");
    }
    let lines: Vec<&str> = chapter.lines().collect();
    let commands: Vec<(&str, &str)> = (lines.iter().zip(&lines[1..]))
        .filter_map(|(line, next)| Some((line.strip_prefix("$ ")?, *next)))
        .collect();
    let [(worker, opened), (server, listening), (mend, _)] = commands[..] else {
        panic!("the tour has three commands: {commands:?}");
    };
    let folder = tempfile::tempdir().unwrap();
    let (_worker, said) = start(worker, folder.path());
    assert_eq!(said, opened);
    // The port of the tour may be taken on this machine.
    let (_server, said) = start(&format!("{server} --listen 127.0.0.1:0"), folder.path());
    let address = said
        .strip_prefix("listening on ")
        .expect("it tells where it listens");
    assert_eq!(listening, "listening on http://127.0.0.1:7071");
    variables.push(("BASE".into(), format!("{address}/").into()));
    variables.push(("MEND".into(), mend.into()));
    variables.push(("FOLDER".into(), folder.path().into()));
    drive::run("tour", variables);
}
