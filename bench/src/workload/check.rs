//! `check`: what the macros cost. `cargo check` of a crate full of durable functions, beside the same functions without
//! macros: `async fn`s with the same bodies and payloads, serde's derives included.
//!
//! What counts is `check`, whose functions are as large as an application's. `check-locked` is the same crate once all of
//! it is released: its payloads derive their schemas, and each function is compared with `durable.lock`. `check-small` shows
//! the cost of each function alone: its bodies do next to nothing.
//!
//! The ratios are of the processor time of cargo and the compiler where the system tells it, since other programs disturb
//! it less, and of the time on the clock.

mod sources;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::Instant;

use durable::Failure;
use sources::{Macros, Size, Style};

use crate::arguments::Arguments;
use crate::measurement::{Measurement, count, round};
use crate::place;
use crate::process::{self, Consumption};

const ORCHESTRATORS: usize = 100;

/// Activities of each orchestrator.
const ACTIVITIES_EACH: usize = 2;

/// Checks the crates, each once to build what they depend on and once to be measured.
///
/// Those without macros come before those that are compared with them.
pub(crate) fn measure(arguments: &Arguments) -> durable::Result<Vec<Measurement>> {
    let orchestrators = arguments.n.unwrap_or(ORCHESTRATORS);
    let folder = place::fresh_folder(&arguments.folder)?;
    let mut done = Vec::new();
    for (size, compared) in COMPARED {
        let run = |macros| check(arguments, &folder, Style { size, macros }, orchestrators);
        let plain = run(Macros::None)?;
        let from = done.len();
        for macros in compared {
            let durable = run(*macros)?;
            done.push(Measurement {
                times_plain: Some(round(cost(&durable) / cost(&plain), 3)),
                times_plain_seconds: Some(round(durable.seconds / plain.seconds, 3)),
                ..durable
            });
        }
        done.insert(from, plain);
    }
    std::fs::remove_dir_all(folder)?;
    Ok(done)
}

/// What is compared with the same functions without macros.
const COMPARED: [(Size, &[Macros]); 2] = [
    (Size::Real, &[Macros::Functions, Macros::Locked]),
    (Size::Small, &[Macros::Functions]),
];

/// Returns what is compared.
fn cost(of: &Measurement) -> f64 {
    of.consumption.cpu_seconds.unwrap_or(of.seconds)
}

fn check(
    arguments: &Arguments,
    folder: &Path,
    style: Style,
    orchestrators: usize,
) -> durable::Result<Measurement> {
    let package = Package::make(arguments, folder, style, orchestrators)?;
    package.check()?;
    // Only this crate is checked again: a clean check of it, on dependencies that are ready.
    package.touch()?;
    let (begin, before) = (Instant::now(), process::children_cpu_seconds());
    package.check()?;
    let seconds = begin.elapsed().as_secs_f64();
    let cpu_seconds = process::children_cpu_seconds()
        .zip(before)
        .map(|(now, then)| round(now - then, 2));
    let functions = orchestrators * (1 + ACTIVITIES_EACH);
    let each_ms = round(seconds * 1_000.0 / count(functions), 3);
    Ok(Measurement {
        workload: style.workload(),
        hub: "none",
        n: functions,
        seconds: round(seconds, 3),
        per_second: round(count(functions) / seconds, 1),
        p50_ms: each_ms,
        p99_ms: each_ms,
        consumption: Consumption {
            cpu_seconds,
            ..Consumption::default()
        },
        ..Measurement::default()
    })
}

/// A generated package.
#[derive(Debug)]
struct Package {
    folder: PathBuf,
    /// Kept between runs, so that the dependencies are built once.
    target: PathBuf,
}

impl Package {
    fn make(
        arguments: &Arguments,
        parent: &Path,
        style: Style,
        orchestrators: usize,
    ) -> durable::Result<Self> {
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize()?;
        let package = Self {
            folder: parent.join(style.workload()),
            target: arguments.folder.join("check-target"),
        };
        std::fs::create_dir_all(package.folder.join("src"))?;
        let manifest = sources::manifest(style, &workspace);
        std::fs::write(package.folder.join("Cargo.toml"), manifest)?;
        // The versions that the workspace was tested with; nothing is resolved anew.
        std::fs::copy(workspace.join("Cargo.lock"), package.folder.join("Cargo.lock"))?;
        let library = sources::library(style, orchestrators, ACTIVITIES_EACH);
        std::fs::write(package.library(), &library)?;
        if style.macros == Macros::Locked {
            let lock = package.release(style)?;
            std::fs::write(package.folder.join("durable.lock"), lock)?;
            std::fs::write(package.library(), library + sources::LOCK)?;
        }
        Ok(package)
    }

    fn library(&self) -> PathBuf {
        self.folder.join("src/lib.rs")
    }

    fn touch(&self) -> durable::Result<()> {
        let text = std::fs::read(self.library())?;
        Ok(std::fs::write(self.library(), text)?)
    }

    /// Returns the lock of the functions. The compiler makes a program of them for it, which takes long; they are the same
    /// in each repetition.
    fn release(&self, style: Style) -> durable::Result<String> {
        static LOCK: OnceLock<String> = OnceLock::new();
        if let Some(lock) = LOCK.get() {
            return Ok(lock.clone());
        }
        std::fs::create_dir_all(self.folder.join("examples"))?;
        std::fs::write(self.folder.join("examples/release.rs"), sources::release(style))?;
        let lock = self.cargo(&["run", "--example", "release"])?;
        Ok(LOCK.get_or_init(|| lock).clone())
    }

    fn check(&self) -> durable::Result<()> {
        self.cargo(&["check"]).map(drop)
    }

    /// Runs cargo, and returns what was printed.
    fn cargo(&self, command: &[&str]) -> durable::Result<String> {
        let output = Command::new("cargo")
            .args(command)
            .args(["--offline", "--quiet", "--target-dir"])
            .arg(&self.target)
            .current_dir(&self.folder)
            .env("CARGO_INCREMENTAL", "0")
            .output()?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        Err(Failure::new(format!(
            "the generated crate does not compile: {told}"
        )))
    }
}
