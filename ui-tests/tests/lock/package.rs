//! A package in a folder of its own, which cargo checks.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Mutex;

use durable_core::lock::{Lock, Manifest};
use serde_json::Value;

/// Packages share one folder of compiled dependencies, and cargo lets one build into it at a time.
static CARGO: Mutex<()> = Mutex::new(());

/// What stands at the head of every program.
pub(super) const HEAD: &str = "#![allow(dead_code, unused_imports)]\nuse durable::prelude::*;\nuse durable::DurableSchema;\nuse serde::{Deserialize, Serialize};\n";

/// A main that answers the built-in commands, on a hub that is never opened.
pub(super) const MAIN: &str = r#"
#[derive(Debug)]
struct NoHub;
impl durable::hub::DescribesHub for NoHub {
    fn open(&self, _: durable::hub::Access) -> durable::hub::HubFuture<'_, std::sync::Arc<dyn durable::hub::TaskHub>> {
        unreachable!("the hub is not opened")
    }
    fn place(&self) -> String { "nowhere".into() }
}
#[durable::main]
async fn main() -> durable::Result<()> {
    App::new(NoHub).run().await?;
    Ok(())
}
"#;

pub(super) struct Package {
    pub(super) root: PathBuf,
}

/// An error of the compiler.
#[derive(Debug)]
pub(super) struct Reported {
    pub(super) text: String,
    /// The source line that is underlined first, from its column on.
    pub(super) at: String,
    /// The line and the column, from 1.
    pub(super) place: (usize, usize),
}

impl Reported {
    /// Returns whether it is of a rule.
    pub(super) fn is(&self, rule: &str) -> bool {
        self.text.contains(&format!("note: {rule}, docs/lints/{rule}.md"))
    }
}

impl Package {
    /// Makes a package whose `src/main.rs` is this, below [`HEAD`].
    pub(super) fn new(name: &str, source: &str) -> Self {
        let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join("lock").join(name);
        if root.exists() {
            std::fs::remove_dir_all(&root).unwrap();
        }
        let package = Self { root };
        package.write("Cargo.toml", &manifest(name, "durable"));
        package.write("src/main.rs", &format!("{HEAD}{source}{MAIN}"));
        let lock = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.lock");
        std::fs::copy(lock, package.root.join("Cargo.lock")).unwrap();
        package
    }

    /// Makes a package, and releases it.
    pub(super) fn released(name: &str, source: &str) -> Self {
        let package = Self::new(name, source);
        package.release();
        package
    }

    pub(super) fn write(&self, path: &str, text: &str) {
        let path = self.root.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Replaces the program.
    pub(super) fn edit(&self, source: &str) {
        self.write("src/main.rs", &format!("{HEAD}{source}{MAIN}"));
    }

    /// Writes the lock of what the package has, as the command does.
    pub(super) fn release(&self) -> Lock {
        let manifest = self.manifest();
        let lock = Lock::of_manifest(&manifest, self.name());
        self.write("durable.lock", &lock.to_string());
        lock
    }

    pub(super) fn name(&self) -> Option<&str> {
        self.root.file_name()?.to_str()
    }

    /// Returns what the program says of itself.
    pub(super) fn manifest(&self) -> Manifest {
        let output = self.cargo(&["run", "--quiet", "--", "durable", "manifest", "--json"]);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{errors}");
        serde_json::from_slice(&output.stdout).unwrap()
    }

    pub(super) fn cargo(&self, arguments: &[&str]) -> Output {
        let _one = CARGO.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("lock-target");
        Command::new(env!("CARGO"))
            .args(arguments)
            .arg_offline()
            .current_dir(&self.root)
            .env("CARGO_TARGET_DIR", target)
            .env("CARGO_PROFILE_DEV_DEBUG", "0")
            .env("CARGO_INCREMENTAL", "0")
            .env_remove("DURABLE_LOCK")
            .env_remove("RUSTFLAGS")
            .output()
            .unwrap()
    }

    /// Returns the errors of the compiler.
    pub(super) fn check(&self) -> Vec<Reported> {
        self.check_with(&[])
    }

    pub(super) fn check_with(&self, arguments: &[&str]) -> Vec<Reported> {
        let arguments = [&["check", "--message-format=json"], arguments].concat();
        let output = self.cargo(&arguments);
        let lines = String::from_utf8(output.stdout).unwrap();
        let messages = lines
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap());
        let errors: Vec<Reported> = messages
            .filter_map(|message| reported(&message["message"]))
            .collect();
        let log = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.success(), errors.is_empty(), "{log}");
        errors
    }

    pub(super) fn passes(&self) {
        let errors = self.check();
        assert!(errors.is_empty(), "{errors:#?}");
    }

    /// Checks that there is one error, of this rule, at the line and column of the only place in the program that reads
    /// so, with this in its text.
    pub(super) fn fails(&self, rule: &str, at: &str, says: &str) {
        let errors = self.check();
        let [error] = errors.as_slice() else {
            panic!("{errors:#?}")
        };
        assert!(error.is(rule), "{error:#?}");
        assert_eq!(error.place, self.place_of(at), "{error:#?}");
        assert!(error.text.contains(says), "{error:#?}");
    }
}

impl Package {
    /// Returns the line and the column of a text that stands once in the program.
    fn place_of(&self, text: &str) -> (usize, usize) {
        let program = std::fs::read_to_string(self.root.join("src/main.rs")).unwrap();
        let places: Vec<usize> = program.match_indices(text).map(|(at, _)| at).collect();
        let [at] = places.as_slice() else {
            panic!("`{text}` stands {} times in the program", places.len())
        };
        let before = &program[..*at];
        let column = before.rsplit('\n').next().map_or(0, |line| line.chars().count());
        (before.matches('\n').count() + 1, column + 1)
    }
}

trait Offline {
    fn arg_offline(&mut self) -> &mut Self;
}

impl Offline for Command {
    fn arg_offline(&mut self) -> &mut Self {
        self.env("CARGO_NET_OFFLINE", "true")
    }
}

pub(super) fn manifest(name: &str, facade: &str) -> String {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let durable = toml_text(&workspace.join("durable"));
    format!(
        "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\nlicense = \"MIT\"\ndescription = \"-\"\n\n\
         [dependencies]\n{facade} = {{ package = \"durable\", path = {durable}, default-features = false }}\n\
         serde = {{ version = \"1\", features = [\"derive\"] }}\n\n[workspace]\n"
    )
}

fn reported(message: &Value) -> Option<Reported> {
    if message["level"] != "error" || message["spans"].as_array()?.is_empty() {
        return None;
    }
    let spans = message["spans"].as_array()?;
    let primary = spans.iter().find(|span| span["is_primary"] == true)?;
    // An error inside a macro is shown where the user wrote the macro.
    let mut span = primary;
    while span["file_name"]
        .as_str()
        .is_some_and(|file| !file.starts_with("src"))
        && !span["expansion"].is_null()
    {
        span = &span["expansion"]["span"];
    }
    let line = span["text"][0]["text"].as_str()?;
    let column = usize::try_from(span["column_start"].as_u64()?).ok()?;
    Some(Reported {
        text: message["message"].as_str()?.to_owned(),
        at: line.chars().skip(column - 1).collect(),
        place: (usize::try_from(span["line_start"].as_u64()?).ok()?, column),
    })
}

/// Quotes a path; Rust's own escapes are those of TOML, as far as paths have any.
fn toml_text(path: &Path) -> String {
    format!("{:?}", path.to_string_lossy())
}
