//! Running the user's program, and cargo in general.

use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};

use crate::args::Select;
use crate::error::{Error, Exit};
use crate::project::Project;

/// Returns the cargo that called us, or the one on the path.
pub(crate) fn cargo() -> Command {
    Command::new(std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo")))
}

/// Adds the options that every command of cargo takes.
pub(crate) fn select(command: &mut Command, project: &Project, select: &Select, target_dir: Option<&Path>) {
    command
        .arg("--manifest-path")
        .arg(&project.package().manifest_path);
    for features in &select.features {
        command.arg("--features").arg(features);
    }
    let flags = [
        (select.all_features, "--all-features"),
        (select.no_default_features, "--no-default-features"),
        (select.release, "--release"),
        (select.locked, "--locked"),
        (select.offline, "--offline"),
    ];
    command.args(flags.iter().filter(|(given, _)| *given).map(|(_, flag)| flag));
    for (flag, value) in [("--profile", &select.profile), ("--target", &select.target)] {
        if let Some(value) = value {
            command.arg(flag).arg(value);
        }
    }
    if let Some(dir) = target_dir.or(select.target_dir.as_deref()) {
        command.arg("--target-dir").arg(dir);
    }
}

/// Builds the program and runs `program durable <arguments>` on our own terminal; its exit code is ours.
pub(crate) fn pass_through(
    project: &Project,
    options: &Select,
    arguments: &[String],
) -> Result<ExitCode, Error> {
    let mut command = durable(project, options, arguments)?;
    let status = command.status().map_err(|error| not_started(&error))?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    code.map(ExitCode::from).ok_or_else(|| {
        Error::failed(
            format!("the program was stopped: {status}"),
            "run it again; if something kills it, see the system's log",
        )
    })
}

/// Builds the program, runs `program durable <arguments>`, and returns what it prints.
pub(crate) fn ask(project: &Project, options: &Select, arguments: &[String]) -> Result<String, Error> {
    answer(durable(project, options, arguments)?, arguments)
}

/// Does the same with a build to which nothing is locked: the program compiles, whatever was edited.
pub(crate) fn ask_unlocked(
    project: &Project,
    options: &Select,
    arguments: &[String],
) -> Result<String, Error> {
    // Always the same file, so that a second run finds what the first one built.
    let target = options.target_dir.clone().unwrap_or_else(|| project.target_dir());
    let file = std::path::absolute(&target)
        .unwrap_or(target)
        .join("durable-lock/empty.lock");
    write_once(&file, "format 1\n").map_err(|source| Error::File {
        what: "write",
        path: file.clone(),
        source,
    })?;
    let mut command = durable(project, options, arguments)?;
    command.env("DURABLE_LOCK", &file);
    answer(command, arguments)
}

/// Writes a file, unless it has the text: what is built from it would be built again.
fn write_once(file: &Path, text: &str) -> std::io::Result<()> {
    if std::fs::read_to_string(file).is_ok_and(|found| found == text) {
        return Ok(());
    }
    std::fs::create_dir_all(file.parent().unwrap_or(Path::new(".")))?;
    std::fs::write(file, text)
}

fn answer(mut command: Command, arguments: &[String]) -> Result<String, Error> {
    let answer = command
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| not_started(&error))?;
    if !answer.status.success() {
        // With this code it is the built-in command that failed, so there is one.
        let help = if answer.status.code() == Some(Exit::CannotRun as i32) {
            "the program's own message is above: mend what it names, then run the command again"
        } else {
            "the program's own message is above; it has the built-in commands only if its `main` runs `durable::App`"
        };
        return Err(Error::failed(
            format!("`{}` failed: {}", asked(arguments), answer.status),
            help,
        ));
    }
    Ok(String::from_utf8_lossy(&answer.stdout).into_owned())
}

fn durable(project: &Project, options: &Select, arguments: &[String]) -> Result<Command, Error> {
    let binary = project.binary(options)?;
    let mut command = cargo();
    command.args(["run", "--quiet", "--bin", binary]);
    select(&mut command, project, options, None);
    command.arg("--").arg("durable").args(arguments);
    Ok(command)
}

fn asked(arguments: &[String]) -> String {
    // What is asked, without the files and values.
    let named = arguments.iter().filter(|argument| !argument.contains(['=', ' ']));
    let words: Vec<&str> = named.take(2).map(String::as_str).collect();
    format!("cargo run -- durable {}", words.join(" "))
}

fn not_started(error: &std::io::Error) -> Error {
    Error::failed(
        format!("cargo does not start: {error}"),
        "install Rust's cargo, or set CARGO to where it is",
    )
}
