//! The programs that pipelines call: `durable`, the shop as it is released, and a shop that cannot go on with what it left.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::project::{Project, Ran};

const SHOP: &str = include_str!("shop.rs");

/// The repository.
pub(crate) const WORKSPACE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// The shop's package, released and locked, and what was built of it.
pub(crate) struct Programs {
    project: Project,
    /// The folder of `durable`.
    tools: PathBuf,
}

impl Programs {
    /// Builds them, once for all tests.
    pub(crate) fn built() -> &'static Self {
        static BUILT: OnceLock<Programs> = OnceLock::new();
        BUILT.get_or_init(Self::build)
    }

    fn build() -> Self {
        let server = Path::new(WORKSPACE)
            .join("durable-server")
            .canonicalize()
            .expect("there");
        let server = format!("durable-server = {{ path = '{}' }}\n", server.display());
        let project = Project::with_facade("durable", "", &server, &[("src/main.rs", SHOP)]);
        project.git(&["init", "-q"]);
        let released = project.durable(&["release"]);
        assert_eq!(released.code, 0, "{}", released.err);
        let programs = Self {
            project,
            tools: tools(),
        };
        programs.keep("shop");
        programs.build_edited();
        programs
    }

    /// The released shop.
    pub(crate) fn shop(&self) -> PathBuf {
        self.project.path("shop")
    }

    /// A shop in which somebody has edited what instances stand in, and has overruled the lock.
    pub(crate) fn edited_shop(&self) -> PathBuf {
        self.project.path("edited-shop")
    }

    fn build_edited(&self) {
        let lock = self.project.read("durable.lock");
        let released = self.project.read("src/main.rs");
        self.edit();
        let accepted = self
            .project
            .durable(&["lock", "--accept", "checkout@1", "--reason", "a try"]);
        assert_eq!(accepted.code, 0, "{}", accepted.err);
        self.keep("edited-shop");
        self.project.write("src/main.rs", &released);
        self.project.write("durable.lock", &lock);
    }

    fn edit(&self) {
        let released = self.project.read("src/main.rs");
        let wait = "    ctx.event::<u64>";
        assert!(released.contains(wait), "{released}");
        let edited = released.replace(wait, &format!("    ctx.timer(minutes(10)).await;\n{wait}"));
        self.project.write("src/main.rs", &edited);
    }

    /// Runs a step in the package, where `cargo durable` is at hand.
    pub(crate) fn in_package(&self, words: &[String]) -> Ran {
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]);
        self.project.walk(command)
    }

    /// Builds the program, and keeps it under a name: the next build has another in its place.
    fn keep(&self, name: &str) {
        let script = format!("cargo build -q && cp \"$CARGO_TARGET_DIR/debug/shop\" {name}");
        let built = self.in_package(&["bash".into(), "-ec".into(), script]);
        assert_eq!(built.code, 0, "{}", built.err);
    }

    /// Returns where programs are looked for: `durable` first.
    pub(crate) fn path(&self) -> std::ffi::OsString {
        let paths = std::env::var_os("PATH").unwrap_or_default();
        let paths = std::iter::once(self.tools.clone()).chain(std::env::split_paths(&paths));
        std::env::join_paths(paths).expect("paths")
    }
}

/// Builds `durable`, and returns its folder. Tests are given the programs of their own package only.
fn tools() -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("a folder");
    let built = Command::new(env!("CARGO"))
        .args(["build", "-q", "--offline", "--bin", "durable", "--target-dir"])
        .arg(target)
        .current_dir(Path::new(WORKSPACE).join("durable-ops"))
        .output()
        .expect("it starts");
    assert!(
        built.status.success(),
        "{}",
        String::from_utf8_lossy(&built.stderr)
    );
    target.join("debug")
}
