//! The `OpenAPI` document against the server, judged by schemathesis.
//!
//! The first run installs it into a virtual environment under the target directory. `DURABLE_TEST_PYTHON=off` leaves the test
//! out, where there is no Python or no package index; `DURABLE_TEST_PYTHON=PATH` names another `python3`.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by a panic")]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use durable_core::Payload;
use durable_core::client::Client;
use durable_core::hub::TaskHub;
use durable_server::{Limits, Server, Settings};
use durable_testkit::MemoryHub;
use support::{run, script};

#[path = "support/mod.rs"]
mod support;

/// The exact version, so that a run tomorrow judges as one today.
const REQUIREMENT: &str = "schemathesis==4.32.5";

/// Refusing what the document does not allow is left out: unknown parameters are ignored, as Durable Functions does, and
/// so are bodies where there should be none. Wrong values are the business of `malformed.rs`.
const CHECKS: &str =
    "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance";

fn run_command(command: &mut Command) -> Result<(), String> {
    let output = command
        .output()
        .map_err(|error| format!("{command:?}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let (told, warned) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    Err(format!(
        "{command:?} ended with {}\n{told}\n{warned}",
        output.status
    ))
}

/// Installs schemathesis, unless it is there. Returns its program.
fn installed(python: &str) -> Result<PathBuf, String> {
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join(REQUIREMENT.replace("==", "-"));
    let program = place.join("bin").join("schemathesis");
    let done = place.join("installed");
    if !done.exists() {
        run_command(Command::new(python).args(["-m", "venv", "--clear"]).arg(&place))?;
        run_command(Command::new(place.join("bin/python")).args([
            "-m",
            "pip",
            "install",
            "--quiet",
            REQUIREMENT,
        ]))?;
        std::fs::write(&done, "").map_err(|error| error.to_string())?;
    }
    Ok(program)
}

#[test]
fn the_server_answers_as_its_document_says() {
    let python = std::env::var("DURABLE_TEST_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    if python == "off" {
        return;
    }
    let program = installed(&python)
        .unwrap_or_else(|error| panic!("{error}\nDURABLE_TEST_PYTHON=off leaves this test out"));
    run(async move {
        let hub: Arc<dyn TaskHub> = Arc::new(MemoryHub::default());
        let _worker = script::join(&hub).await;
        let client = Client::without_code(Arc::clone(&hub));
        client
            .start_named("waits", Payload::unit())
            .id("0")
            .await
            .unwrap();
        let limits = Limits {
            wait: Duration::from_millis(5),
            ..Limits::default()
        };
        let settings = Settings {
            limits,
            ..Settings::open()
        };
        let server = Server::bind("127.0.0.1:0".parse().unwrap(), client, settings)
            .await
            .unwrap();
        let document = format!("http://{}/durable/openapi.json", server.address());
        let serving = tokio::spawn(server.run_until(std::future::pending()));
        let folder = tempfile::tempdir().unwrap();
        let judged = tokio::task::spawn_blocking(move || {
            let mut command = Command::new(program);
            command.args([
                "--no-color",
                "run",
                &document,
                "--checks",
                CHECKS,
                "--seed",
                "1",
                "--max-examples",
                "25",
            ]);
            command.args([
                "--phases",
                "examples,coverage,fuzzing",
                "--suppress-health-check",
                "all",
            ]);
            // Entities are not there, and say so with 501.
            command.args(["--exclude-path-regex", "/entities"]);
            run_command(command.current_dir(folder.path()))
        });
        judged.await.unwrap().unwrap_or_else(|error| panic!("{error}"));
        serving.abort();
    });
}
