//! Runs the command.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use tempfile::TempDir;

use crate::hub;
use crate::served::Served;

/// A folder with a hub, in which commands are run.
pub(crate) struct Shop {
    /// The server by which the commands reach the hub, if they do not open its file.
    served: Option<Served>,
    dir: TempDir,
}

/// What a command has printed, and how it ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Shop {
    pub(crate) fn new() -> Self {
        Self {
            served: None,
            dir: hub::copy(),
        }
    }

    /// Makes a copy as it is now, whose hub the commands reach through a server.
    pub(crate) fn served(&self) -> Self {
        let dir = tempfile::tempdir().unwrap();
        for entry in std::fs::read_dir(self.path()).unwrap() {
            let entry = entry.unwrap();
            std::fs::copy(entry.path(), dir.path().join(entry.file_name())).unwrap();
        }
        Self {
            served: Some(Served::of(dir.path())),
            dir,
        }
    }

    /// Returns the server.
    pub(crate) fn server(&self) -> &Served {
        self.served.as_ref().unwrap()
    }

    pub(crate) fn path(&self) -> &Path {
        self.dir.path()
    }

    /// Makes a command that finds its hub by the environment.
    pub(crate) fn command(&self, program: &str) -> Command {
        let own = Path::new(env!("CARGO_BIN_EXE_durable")).parent().unwrap();
        let paths = std::env::var_os("PATH").unwrap_or_default();
        let paths = std::iter::once(own.to_path_buf()).chain(std::env::split_paths(&paths));
        let mut command = Command::new(program);
        command
            .current_dir(self.dir.path())
            .env("PATH", std::env::join_paths(paths).unwrap())
            .env("DURABLE_HUB", "shop.db")
            .env_remove("DURABLE_KEY")
            .env_remove("DURABLE_KEY_FILE")
            .env_remove("DURABLE_SECRET_FILE")
            .env_remove("DURABLE_AZURE_CONNECTION_STRING")
            .env_remove("OTEL_EXPORTER_OTLP_ENDPOINT")
            .env_remove("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
            .env_remove("NO_COLOR")
            .env_remove("CLICOLOR_FORCE")
            .stdin(Stdio::null());
        if let Some(served) = &self.served {
            command
                .env("DURABLE_HUB", &served.url)
                .env("DURABLE_KEY", &served.key);
        }
        command
    }

    /// Runs `durable` on the hub.
    pub(crate) fn durable(&self, arguments: &[&str]) -> Ran {
        let mut command = self.command(env!("CARGO_BIN_EXE_durable"));
        self.ran(&command.args(arguments).output().unwrap())
    }

    /// Runs `durable` with something on its standard input.
    pub(crate) fn durable_with(&self, arguments: &[&str], input: &str) -> Ran {
        let mut command = self.command(env!("CARGO_BIN_EXE_durable"));
        let command = command.args(arguments).stdin(Stdio::piped());
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        self.ran(&child.wait_with_output().unwrap())
    }

    /// Starts `durable` and lets it run.
    pub(crate) fn spawn(&self, arguments: &[&str]) -> Child {
        let mut command = self.command(env!("CARGO_BIN_EXE_durable"));
        let command = command
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command.spawn().unwrap()
    }

    /// Runs several commands, and returns what a person sees of each, with its exit code unless that is 0. Through a server
    /// before a copy of the hub they must look the same.
    pub(crate) fn session(&self, commands: &[&[&str]]) -> String {
        let served = self.served();
        let seen = self.seen(commands);
        assert_alike(&served.seen(commands), &seen);
        seen
    }

    fn seen(&self, commands: &[&[&str]]) -> String {
        let mut seen = String::new();
        for arguments in commands {
            let ran = self.durable(arguments);
            let _ = writeln!(seen, "$ durable {}\n{}{}", arguments.join(" "), ran.out, ran.err);
            if ran.code != 0 {
                let _ = writeln!(seen, "exit code {}", ran.code);
            }
            seen.push('\n');
        }
        seen
    }

    /// Takes an output; the folder has another name each time.
    pub(crate) fn ran(&self, output: &Output) -> Ran {
        let text = |bytes: &[u8]| {
            let dir = self.dir.path().display().to_string();
            stable(&String::from_utf8_lossy(bytes).replace(&dir, "[shop]"))
        };
        Ran {
            code: output.status.code().unwrap_or(-1),
            out: text(&output.stdout),
            err: text(&output.stderr),
        }
    }
}

/// Leaves out how long a gate has waited, which differs from run to run.
pub(crate) fn without_spans(seen: &str) -> String {
    let line = |line: &str| match line.split_once("after ").zip(line.split_once(", ")) {
        Some(((before, _), (_, behind))) if line.starts_with("error") => {
            format!("{before}after [span], {behind}")
        }
        _ => line.to_owned(),
    };
    seen.lines().map(line).collect::<Vec<_>>().join("\n")
}

/// Compares line by line, so that a difference can be read.
fn assert_alike(through_a_server: &str, on_the_file: &str) {
    let (through_a_server, on_the_file) = (without_spans(through_a_server), without_spans(on_the_file));
    let (served, file): (Vec<&str>, Vec<&str>) =
        (through_a_server.lines().collect(), on_the_file.lines().collect());
    assert_eq!(served, file, "through a server, and on the file");
}

/// Replaces what differs from run to run: moments of the machine's clock, ids that were drawn, and how wide they make a table.
/// The moments of the hub's own clock, and those that a test gives, are of January 2026 or after 2070.
fn stable(text: &str) -> String {
    let words = |c: char| !(c.is_ascii_alphanumeric() || "-:.".contains(c));
    let (mut stable, mut replaced) = (String::new(), false);
    for word in text.split_inclusive(words) {
        let end = word.find(words).unwrap_or(word.len());
        let (core, behind) = word.split_at(end);
        let (core, colon) = core.strip_suffix(':').map_or((core, ""), |core| (core, ":"));
        let is_moment = core.len() >= 20 && core.ends_with('Z') && core.get(10..11) == Some("T");
        let is_now = is_moment && !core.starts_with("2026-01-0") && !core.starts_with("207");
        let is_drawn = core.len() == 32
            && core.bytes().all(|byte| byte.is_ascii_hexdigit())
            && !core.starts_with("0000000");
        replaced |= is_now;
        stable.push_str(match (is_now, is_drawn) {
            (true, _) => "[now]",
            (_, true) => "[drawn]",
            _ => core,
        });
        stable.push_str(colon);
        stable.push_str(behind);
    }
    while replaced && stable.contains("   ") {
        stable = stable.replace("   ", "  ");
    }
    stable
}
