//! The shops as processes of their own.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use durable::prelude::*;
use examples::shop::HUB_VARIABLE;

/// A running shop. Dropped, it is killed.
pub struct Process(Child);

impl Process {
    /// Starts a release on a hub.
    pub fn start(release: &str, hub: &str) -> Result<Self, Failure> {
        let mut command = Command::new(program(release)?);
        Ok(Self(command.env(HUB_VARIABLE, hub).stdin(Stdio::null()).spawn()?))
    }

    /// Kills it as a power cut would: on Unix, `kill -9`.
    pub fn kill(mut self) -> Result<(), Failure> {
        self.0.kill()?;
        self.0.wait()?;
        Ok(())
    }

    /// Asks it to stop, and waits until it has.
    pub fn stop(mut self) -> Result<(), Failure> {
        let pid = self.0.id().to_string();
        Command::new("kill").args(["-TERM", &pid]).status()?;
        self.0.wait()?;
        Ok(())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It has ended already unless an error cut this program short.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Builds the releases when this program is run by cargo, which builds only what it runs.
pub fn build_releases() -> Result<(), Failure> {
    let Some(cargo) = std::env::var_os("CARGO") else {
        return Ok(());
    };
    println!("building the shop's releases …");
    let mut build = Command::new(cargo);
    build.args(["build", "--quiet", "--package", "examples"]);
    if !cfg!(debug_assertions) {
        build.arg("--release");
    }
    for release in ["shop-release-1", "shop-release-2", "shop-naive"] {
        build.args(["--bin", release]);
    }
    if build.status()?.success() {
        Ok(())
    } else {
        Err(Failure::new("the releases of the shop do not build"))
    }
}

/// Returns the path of a release: beside this program.
fn program(release: &str) -> Result<PathBuf, Failure> {
    let path = std::env::current_exe()?.with_file_name(release);
    if path.exists() {
        return Ok(path);
    }
    let text = format!(
        "`{}` is missing: run this program by `cargo run --bin migrate`",
        path.display()
    );
    Err(Failure::new(text))
}
