//! W10, `build`: what a user's `hello` costs to build, beside a floor of what any program on SQLite needs.
//!
//! The floor has an asynchronous runtime, a bundled SQLite, serialisation, a compact encoding and one crate of macros.
//! Both are packages of their own, with a target folder of their own, built with the versions of this workspace.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use durable::Failure;

use crate::arguments::Arguments;
use crate::measurement::{Build, Measurement, count, round};
use crate::place::Place;

/// One of the two packages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Program {
    Floor,
    Hello,
}

const HELLO: &str = r#"use durable::prelude::*;

#[activity]
async fn greet(_ctx: ActivityContext, name: String) -> Result<String, Failure> {
    Ok(format!("Hello, {name}!"))
}

#[orchestrator]
async fn hello(ctx: OrchestrationContext, name: String) -> Result<String, Failure> {
    Ok(ctx.call(greet, name).await?)
}

#[durable::main]
async fn main() -> durable::Result<()> {
    let app = App::new(SqliteHub::at("hello.db")).start().await?;
    println!("{}", app.client().start(hello, "Ada".to_owned()).await?.wait().await?);
    Ok(app.shutdown().await?)
}
"#;

const FLOOR: &str = r#"#[derive(serde::Serialize, serde::Deserialize)]
struct Greeting {
    name: String,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_time().build()?;
    runtime.block_on(async {
        let connection = rusqlite::Connection::open("hello.db")?;
        connection.execute_batch("CREATE TABLE IF NOT EXISTS greeting (body BLOB NOT NULL)")?;
        let greeting = Greeting { name: "Ada".to_owned() };
        let bytes = bincode::serde::encode_to_vec(&greeting, bincode::config::standard())?;
        connection.execute("INSERT INTO greeting VALUES (?1)", [&bytes])?;
        println!("Hello, {}!", greeting.name);
        Ok(())
    })
}
"#;

impl Program {
    fn workload(self) -> &'static str {
        match self {
            Self::Floor => "raw-w10",
            Self::Hello => "w10",
        }
    }

    fn source(self) -> &'static str {
        match self {
            Self::Floor => FLOOR,
            Self::Hello => HELLO,
        }
    }

    fn manifest(self, workspace: &Path) -> String {
        let dependencies = match self {
            Self::Floor => {
                r#"bincode = { version = "=2.0.1", default-features = false, features = ["alloc", "serde"] }
rusqlite = { version = "0.41", features = ["bundled"] }
serde = { version = "1", features = ["derive"] }
tokio = { version = "1", default-features = false, features = ["rt-multi-thread", "sync", "time"] }
"#
                .to_owned()
            }
            Self::Hello => format!(
                "durable = {{ path = '{}' }}\n",
                workspace.join("durable").display()
            ),
        };
        let name = self.workload();
        format!(
            "[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n\
             [dependencies]\n{dependencies}\n[profile.release]\nstrip = true\n\n[workspace]\n"
        )
    }
}

/// Builds both programs.
pub(crate) fn measure(arguments: &Arguments) -> durable::Result<Vec<Measurement>> {
    let place = Place::make(arguments)?;
    let floor = build(&place, Program::Floor)?;
    if arguments.raw_only {
        return Ok(vec![floor]);
    }
    Ok(vec![floor, build(&place, Program::Hello)?])
}

fn build(place: &Place, program: Program) -> durable::Result<Measurement> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize()?;
    let package = Package(place.file(program.workload()));
    std::fs::create_dir_all(package.0.join("src"))?;
    std::fs::write(package.0.join("Cargo.toml"), program.manifest(&workspace))?;
    std::fs::copy(workspace.join("Cargo.lock"), package.0.join("Cargo.lock"))?;
    std::fs::write(package.main(), program.source())?;
    let crates = package.crates()?;
    let clean_seconds = package.build(&[])?;
    // Another text, so that the edit reaches the program.
    std::fs::write(package.main(), program.source().replace("Ada", "Grace"))?;
    let incremental_seconds = package.build(&[])?;
    package.build(&["--release"])?;
    let binary = package.0.join("target/release").join(program.workload());
    let kib = std::fs::metadata(binary)?.len() / 1024;
    Ok(Measurement {
        workload: program.workload(),
        hub: "none",
        n: 1,
        build: Some(Build {
            crates,
            clean_seconds: round(clean_seconds, 2),
            incremental_seconds: round(incremental_seconds, 3),
            binary_mb: round(count(usize::try_from(kib)?) / 1024.0, 2),
        }),
        ..Measurement::default()
    })
}

/// A package in a folder of its own.
#[derive(Debug)]
struct Package(PathBuf);

impl Package {
    fn main(&self) -> PathBuf {
        self.0.join("src/main.rs")
    }

    /// Returns how many crates it builds, itself included, each version once.
    fn crates(&self) -> durable::Result<usize> {
        let listing = self.cargo(&["tree", "--offline", "-e", "normal,build", "--prefix", "none"])?;
        let name = |line: &str| line.split_whitespace().take(2).collect::<Vec<_>>().join(" ");
        let crates: BTreeSet<String> = listing
            .lines()
            .map(name)
            .filter(|name| !name.is_empty())
            .collect();
        Ok(crates.len())
    }

    /// Builds it, and returns how many seconds that took.
    fn build(&self, options: &[&str]) -> durable::Result<f64> {
        let begin = Instant::now();
        self.cargo(&[&["build", "--offline", "--quiet"], options].concat())?;
        Ok(begin.elapsed().as_secs_f64())
    }

    fn cargo(&self, words: &[&str]) -> durable::Result<String> {
        let output = Command::new("cargo")
            .args(words)
            .arg("--config")
            .arg(format!("build.target-dir='{}'", self.0.join("target").display()))
            .current_dir(&self.0)
            .env_remove("CARGO_TARGET_DIR")
            .output()?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        Err(Failure::new(format!("cargo {}: {told}", words.join(" "))))
    }
}
