//! `check`: what the macros cost. `cargo check` of a crate full of durable functions, beside the same functions without macros.
//!
//! The ratio is that of the processor time of cargo and the compiler where the system tells it, since other programs
//! disturb it less than the time on the clock.

mod sources;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use durable::Failure;
use sources::Style;

use crate::arguments::Arguments;
use crate::measurement::{Measurement, count, round};
use crate::place;
use crate::process::{self, Consumption};

const ORCHESTRATORS: usize = 100;

/// Activities of each orchestrator.
const ACTIVITIES_EACH: usize = 2;

/// Checks both crates, each once to build what they depend on and once to be measured.
///
/// Returns the plain crate's measurement and then the durable one's.
pub(crate) fn measure(arguments: &Arguments) -> durable::Result<[Measurement; 2]> {
    let orchestrators = arguments.n.unwrap_or(ORCHESTRATORS);
    let folder = place::fresh_folder(&arguments.folder)?;
    let plain = check(arguments, &folder, Style::Plain, orchestrators)?;
    let durable = check(arguments, &folder, Style::Durable, orchestrators)?;
    std::fs::remove_dir_all(folder)?;
    let durable = Measurement {
        times_plain: Some(round(cost(&durable) / cost(&plain), 3)),
        ..durable
    };
    Ok([plain, durable])
}

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
        std::fs::write(package.library(), library)?;
        Ok(package)
    }

    fn library(&self) -> PathBuf {
        self.folder.join("src/lib.rs")
    }

    fn touch(&self) -> durable::Result<()> {
        let text = std::fs::read(self.library())?;
        Ok(std::fs::write(self.library(), text)?)
    }

    fn check(&self) -> durable::Result<()> {
        let output = Command::new("cargo")
            .args(["check", "--offline", "--quiet"])
            .arg("--target-dir")
            .arg(&self.target)
            .current_dir(&self.folder)
            .env("CARGO_INCREMENTAL", "0")
            .output()?;
        if output.status.success() {
            return Ok(());
        }
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        Err(Failure::new(format!(
            "the generated crate does not compile: {told}"
        )))
    }
}
