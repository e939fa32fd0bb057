//! Every example runs, and says what it said when its output was last read by a person: the same on a SQLite file and in
//! an Azure Storage account.
//!
//! To accept a new output, run with `DURABLE_BLESS=1` and read the difference.

use std::path::Path;
use std::process::{Command, Stdio};

use durable::azure::CONNECTION_VARIABLE;
use durable_testazure::{fresh_name, shared};

/// Runs an example and compares what it prints with `snapshots/<name>.txt`.
fn check(name: &str, program: &str) {
    run(name, &mut Command::new(program));
}

/// The same on the storage emulator.
fn check_azure(name: &str, program: &str) {
    let Some(azurite) = shared().unwrap() else { return };
    let place = format!("azure://{}", fresh_name(&name.replace('_', "")));
    run(
        name,
        Command::new(program)
            .args(["--hub", &place])
            .env(CONNECTION_VARIABLE, azurite.connection_string()),
    );
}

fn run(name: &str, command: &mut Command) {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command
        .env_remove("CARGO")
        .env_remove("DURABLE_DEFAULT_VERSION")
        .stdin(Stdio::null())
        .output()
        .unwrap_or_else(|error| panic!("`{program}` cannot be started: {error}"));
    let said = without_counts(&String::from_utf8_lossy(&output.stdout));
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{name} failed\n{said}\n{complained}");
    let file = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/snapshots")
        .join(format!("{name}.txt"));
    if std::env::var_os("DURABLE_BLESS").is_some() {
        std::fs::write(&file, &said).unwrap();
    }
    let expected = std::fs::read_to_string(&file).unwrap_or_default();
    assert_eq!(
        said,
        expected,
        "{name} prints something else than {}",
        file.display()
    );
}

/// Hides how many instances of a version are in which state: that depends on how fast the machine is.
fn without_counts(text: &str) -> String {
    let hidden = text.lines().map(|line| match line.split_once("checkout@") {
        Some(("  ", row)) => {
            let (version, counts) = row.split_at(1);
            let counts: String = counts
                .chars()
                .map(|c| if c.is_ascii_digit() { 'n' } else { c })
                .collect();
            format!("  checkout@{version}{counts}\n")
        }
        _ => format!("{line}\n"),
    });
    hidden.collect()
}

macro_rules! examples {
    ($check:ident $($test:ident $program:literal),* $(,)?) => {$(
        #[test]
        fn $test() {
            $check(stringify!($test), env!(concat!("CARGO_BIN_EXE_", $program)));
        }
    )*};
}

examples! {
    check
    hello "hello",
    chaining "chaining",
    fan_out "fan_out",
    approval "approval",
    saga "saga",
    monitor "monitor",
    retries "retries",
    testing "testing",
    migrate "migrate",
}

/// All that work on a hub.
mod azure {
    use super::check_azure;

    examples! {
        check_azure
        hello "hello",
        chaining "chaining",
        fan_out "fan_out",
        approval "approval",
        saga "saga",
        monitor "monitor",
        retries "retries",
        migrate "migrate",
    }
}
