//! A package in a folder of its own, on which the command runs.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

/// Where the repository is.
const WORKSPACE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// A package that depends on `durable` without its default features, and is offline.
pub(crate) struct Project {
    dir: TempDir,
}

/// What a command did.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Project {
    /// Makes a package of the given files; each is a path and a text.
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        Self::with_manifest("", files)
    }

    /// Makes a package whose manifest has more at its end.
    pub(crate) fn with_manifest(more: &str, files: &[(&str, &str)]) -> Self {
        let dir = TempDir::with_prefix_in("shop-", env!("CARGO_TARGET_TMPDIR")).expect("a folder");
        let project = Self { dir };
        project.write(
            "Cargo.toml",
            &format!(
                "[package]\nname = \"shop\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[workspace]\n\n\
                 [dependencies]\ndurable = {{ path = '{}', default-features = false }}\nserde = \"1\"\n{more}",
                Path::new(WORKSPACE).join("durable").canonicalize().expect("there").display()
            ),
        );
        let lock = fs::read_to_string(Path::new(WORKSPACE).join("Cargo.lock")).expect("there");
        project.write("Cargo.lock", &lock);
        for (path, text) in files {
            project.write(path, text);
        }
        project
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.dir.path().join(path)
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().expect("a parent")).expect("made");
        fs::write(path, text).expect("written");
    }

    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).expect("there")
    }

    /// Runs `cargo durable`, by the name under which cargo calls it.
    pub(crate) fn durable(&self, arguments: &[&str]) -> Ran {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-durable"));
        command.arg("durable").args(arguments);
        self.run(command)
    }

    /// Runs cargo in the package.
    pub(crate) fn cargo(&self, arguments: &[&str]) -> Ran {
        let mut command = Command::new(env!("CARGO"));
        command.args(arguments);
        self.run(command)
    }

    /// Asserts that the package compiles without a warning.
    pub(crate) fn assert_checks(&self) {
        let ran = self.cargo(&["check", "--quiet"]);
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{}", ran.err);
    }

    /// Runs git in the package.
    pub(crate) fn git(&self, arguments: &[&str]) {
        let mut command = Command::new("git");
        command
            .args(["-c", "user.name=T", "-c", "user.email=t@example.com"])
            .args(arguments);
        let ran = self.run(command);
        assert_eq!(ran.code, 0, "{}", ran.err);
    }

    fn run(&self, mut command: Command) -> Ran {
        let output = command
            .current_dir(self.dir.path())
            .env(
                "CARGO_TARGET_DIR",
                Path::new(env!("CARGO_TARGET_TMPDIR")).join("packages"),
            )
            .env("CARGO_NET_OFFLINE", "true")
            .env("CARGO_TERM_COLOR", "never")
            .env("NO_COLOR", "1")
            // The repository around is none of the package's.
            .env("GIT_CEILING_DIRECTORIES", env!("CARGO_TARGET_TMPDIR"))
            .env_remove("RUSTFLAGS")
            .output()
            .expect("it starts");
        self.ran(&output)
    }

    /// The folder has another name each time.
    fn ran(&self, output: &Output) -> Ran {
        let text = |bytes: &[u8]| {
            let dir = self.dir.path().display().to_string();
            String::from_utf8_lossy(bytes).replace(&dir, "[shop]")
        };
        Ran {
            code: output.status.code().unwrap_or(-1),
            out: text(&output.stdout),
            err: text(&output.stderr),
        }
    }
}
