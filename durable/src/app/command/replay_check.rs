//! `durable replay-check`: whether this binary can go on with what is under way.

use std::path::Path;
use std::time::Duration;

use durable_core::replay_check::{CheckOptions, check_folder, check_hub};

use super::args::{Command, CommandOption, Given};
use super::exit::{Exit, Failed};
use super::{hub, output, progress, selection};
use crate::app::App;

const HISTORIES: &str = "--histories";
const FAILED: &str = "--failed";
const IGNORE_UNKNOWN: &str = "--ignore-unknown";
const TIMEOUT: &str = "--timeout";
const JSON: &str = "--json";

pub(super) const COMMAND: Command = Command {
    name: "replay-check",
    summary: "replays every live instance on the code of this binary",
    about: "\
Run it with the new binary before a deployment: what a worker with this binary would stop at is a finding. The hub is
opened for reading only, and may be in use. No activity runs and no side effect; only orchestrators do, as far as their
histories go.",
    options: &[
        hub::OPTION,
        CommandOption::with(
            HISTORIES,
            "FOLDER",
            "replays the history files of this folder instead, as `durable export` writes them",
        ),
        selection::NAME,
        selection::VERSION,
        selection::ID_PREFIX,
        CommandOption::switch(FAILED, "checks failed instances too: what a rewind would keep of them"),
        CommandOption::switch(
            IGNORE_UNKNOWN,
            "leaves out orchestrators whose name this binary does not know: another program's",
        ),
        CommandOption::with(
            TIMEOUT,
            "TIME",
            "how long one replay may take: `30s`, `500ms`, `2m`; 30s if not given",
        ),
        CommandOption::switch(JSON, "prints the report as JSON (docs/replay-check.md)"),
    ],
};

pub(super) async fn run(app: &App, given: &Given) -> Result<Exit, Failed> {
    let (registry, defaults) = app.policy()?;
    let mut options = CheckOptions::default();
    options.selection = selection::of(given)?;
    options.failed = given.has(FAILED);
    options.ignore_unknown = given.has(IGNORE_UNKNOWN);
    options.default_versions = defaults;
    if let Some(timeout) = given.parsed(TIMEOUT, duration)?.first() {
        options.timeout = *timeout;
    }
    options.progress = progress::bar();
    let (report, source) = match given.value(HISTORIES) {
        Some(_) if given.has(hub::OPTION.name) => {
            return Err(Failed::Usage(format!(
                "`{HISTORIES}` and `{}` exclude each other",
                hub::OPTION.name
            )));
        }
        Some(folder) => {
            let report = check_folder(&registry, Path::new(folder), &options).await;
            (report, folder.to_owned())
        }
        None => {
            let (hub, place) = hub::open(app, given).await?;
            (check_hub(&registry, hub.as_ref(), &options).await, place)
        }
    };
    progress::clear(options.progress.as_ref());
    let report = report?;
    if given.has(JSON) {
        output::say(&report.to_json(&source))?;
    } else {
        output::say_findings(&report.to_string())?;
    }
    Ok(if report.is_clean() {
        Exit::Ok
    } else {
        Exit::Findings
    })
}

/// Parses a time: a number with `ms`, `s`, `m` or `h`.
fn duration(text: &str) -> Result<Duration, &'static str> {
    const FORM: &str = "a time is a number with `ms`, `s`, `m` or `h`, above zero";
    let unit = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let number: u64 = text.trim_end_matches(unit).parse().map_err(|_| FORM)?;
    let millis = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return Err(FORM),
    };
    match number.checked_mul(millis) {
        Some(millis) if millis > 0 => Ok(Duration::from_millis(millis)),
        Some(_) | None => Err(FORM),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_has_a_number_and_a_unit() {
        for (text, millis) in [
            ("500ms", 500),
            ("30s", 30_000),
            ("2m", 120_000),
            ("1h", 3_600_000),
        ] {
            assert_eq!(duration(text), Ok(Duration::from_millis(millis)), "{text}");
        }
        for text in [
            "",
            "30",
            "s",
            "0s",
            "-1s",
            "1.5s",
            "1d",
            "99999999999999999999s",
            "9999999999999999h",
        ] {
            assert!(duration(text).is_err(), "{text}");
        }
    }
}
