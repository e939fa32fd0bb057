//! The default version from the environment, in processes of their own.

use std::path::PathBuf;
use std::process::Command;

use durable::prelude::*;

use crate::releases::two;
use crate::support::{release, run, version, version_of};

const FILE: &str = "DURABLE_TEST_ENVIRONMENT_FILE";

fn file(name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("durable-versions-{}-{name}.db", std::process::id()))
}

/// Runs `what_a_process_starts` in a process with these variables, and returns the line it prints.
fn started_with(name: &str, variables: &[(&str, &str)]) -> String {
    let file = file(name);
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", "environment::what_a_process_starts", "--nocapture"])
        .env(FILE, &file);
    let output = command.envs(variables.iter().copied()).output().unwrap();
    for suffix in ["", "-wal", "-shm"] {
        // Whichever of them are left.
        let _ = std::fs::remove_file(format!("{}{suffix}", file.display()));
    }
    let text = String::from_utf8(output.stdout).unwrap();
    let line = text.lines().find_map(|line| line.split_once("result: "));
    line.unwrap_or_else(|| panic!("no result in {text}")).1.to_owned()
}

/// The other process. Without the variable it is nobody's, and has nothing to do.
#[test]
fn what_a_process_starts() {
    let Some(file) = std::env::var_os(FILE) else {
        return;
    };
    let line = run(async {
        let app = App::new(SqliteHub::at(file)).registry(release(&["two"]));
        let app = app.options(|options| {
            let name = durable::WireName::new("other").unwrap();
            options.default_versions = options
                .default_versions
                .clone()
                .all(version("2"))
                .of(&name, version("3"));
        });
        let client = match app.client().await {
            Ok(client) => client,
            Err(error) => return error.to_string(),
        };
        match client.start(two::order, "tea".into()).await {
            Ok(started) => version_of(&started.status().await.unwrap()),
            Err(error) => error.to_string(),
        }
    });
    println!("\nresult: {line}");
}

#[test]
fn the_environment_chooses_the_default_version_of_all_or_of_one_over_the_configured_one() {
    assert_eq!(started_with("none", &[]), "2");
    assert_eq!(started_with("all", &[("DURABLE_DEFAULT_VERSION", "1")]), "1");
    assert_eq!(
        started_with("name", &[("DURABLE_DEFAULT_VERSION_ORDER", "1.0")]),
        "1"
    );
    let both = [
        ("DURABLE_DEFAULT_VERSION", "1"),
        ("DURABLE_DEFAULT_VERSION_ORDER", "2"),
    ];
    assert_eq!(started_with("both", &both), "2");
}

#[test]
fn a_variable_that_is_no_version_is_refused_by_its_name() {
    assert_eq!(
        started_with("bad", &[("DURABLE_DEFAULT_VERSION_ORDER", "v2")]),
        "the environment variable `DURABLE_DEFAULT_VERSION_ORDER`: `v2` is not a version: a part is not a number; a \
         version is 1 to 4 numbers with dots between them, such as `2` or `1.4.10`"
    );
}
