//! A package in a folder of its own, on which the command runs.

use std::cell::Cell;
use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Mutex, PoisonError};

use tempfile::TempDir;

/// Where the repository is.
const WORKSPACE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// The packages have one name and one folder for what is built: the program that is built there is that of whoever built
/// last.
static ONE: Mutex<()> = Mutex::new(());

/// Returns a version that no other package of a run has. To cargo, packages of one name and version that share a folder for
/// what is built are one package, wherever they are.
fn version() -> String {
    thread_local!(static MADE: Cell<u32> = const { Cell::new(0) });
    let mut hasher = DefaultHasher::new();
    // The thread has the name of the test, so that a later run builds in the same place.
    std::thread::current().name().hash(&mut hasher);
    MADE.set(MADE.get() + 1);
    format!("0.{}.{}", hasher.finish() >> 32, MADE.get())
}

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
        Self::with_facade("durable", ", default-features = false", more, files)
    }

    /// Makes a package that has the hub in a SQLite file.
    pub(crate) fn with_sqlite(files: &[(&str, &str)]) -> Self {
        Self::with_facade("durable", "", "", files)
    }

    /// Makes a package that has another name for `durable`.
    pub(crate) fn with_facade(facade: &str, keys: &str, more: &str, files: &[(&str, &str)]) -> Self {
        let dir = TempDir::with_prefix_in("shop-", env!("CARGO_TARGET_TMPDIR")).expect("a folder");
        let project = Self { dir };
        project.write(
            "Cargo.toml",
            &format!(
                "[package]\nname = \"shop\"\nversion = \"{}\"\nedition = \"2024\"\n\n[workspace]\n\n\
                 [dependencies]\n{facade} = {{ package = \"durable\", path = '{}'{keys} }}\n\
                 serde = {{ version = \"1\", features = [\"derive\"] }}\n{more}",
                version(),
                Path::new(WORKSPACE)
                    .join("durable")
                    .canonicalize()
                    .expect("there")
                    .display()
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

    /// Runs `cargo durable` where it can give no file a single byte, as on a full disk. Rights would not do: tests may run
    /// as an administrator. Cargo itself has room.
    #[cfg(unix)]
    pub(crate) fn durable_without_room(&self, arguments: &[&str]) -> Ran {
        use std::os::unix::fs::PermissionsExt as _;
        let tools = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
        let cargo = tools.path().join("cargo");
        let script = format!(
            "#!/bin/sh\nulimit -S -f unlimited\nexec '{}' \"$@\"\n",
            env!("CARGO")
        );
        fs::write(&cargo, script).expect("written");
        fs::set_permissions(&cargo, fs::Permissions::from_mode(0o755)).expect("set");
        let mut command = Command::new("sh");
        let limited = "trap '' XFSZ; ulimit -S -f 0; exec \"$@\"";
        command.args([
            "-c",
            limited,
            "sh",
            env!("CARGO_BIN_EXE_cargo-durable"),
            "durable",
        ]);
        command.args(arguments).env("CARGO", cargo);
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

    /// Runs a command that finds `cargo durable`, as a person has it installed.
    pub(crate) fn walk(&self, mut command: Command) -> Ran {
        let own = Path::new(env!("CARGO_BIN_EXE_cargo-durable"))
            .parent()
            .expect("a folder");
        let paths = std::env::var_os("PATH").unwrap_or_default();
        let paths = std::iter::once(own.to_path_buf()).chain(std::env::split_paths(&paths));
        for role in ["AUTHOR", "COMMITTER"] {
            command.env(format!("GIT_{role}_NAME"), "T");
            command.env(format!("GIT_{role}_EMAIL"), "t@example.com");
        }
        command.env("PATH", std::env::join_paths(paths).expect("paths"));
        self.run(command)
    }

    fn run(&self, mut command: Command) -> Ran {
        let _one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
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
            .env_remove("DURABLE_LOCK")
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
