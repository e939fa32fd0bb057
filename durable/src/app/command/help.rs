//! The help of the built-in commands, made from their descriptions.

use std::fmt::Write as _;

use super::args::{Command, CommandOption};

/// What every command's help ends with.
const EXIT_CODES: &str = "\
Exit codes:
  0  done, and nothing was found
  1  done, and there are findings
  2  the arguments make no sense
  3  it could not be done: the hub cannot be read, the folder not be written
";

/// Returns the list of commands.
pub(super) fn of_all(program: &str, commands: &[&Command]) -> String {
    let mut text = format!(
        "The built-in commands of a program of durable functions. They change nothing in the hub.\n\n\
         Usage: {program} durable <command> [options]\n\nCommands:\n"
    );
    let help = ("help", "shows this, or the help of one command");
    let lines = commands
        .iter()
        .map(|command| (command.name, command.summary))
        .chain([help]);
    for (name, summary) in lines {
        // Writing to a text cannot fail.
        let _ = writeln!(text, "  {name:<13} {summary}");
    }
    let _ = write!(
        text,
        "\n`{program} durable <command> --help` shows the options.\n\n{EXIT_CODES}"
    );
    text
}

/// Returns the help of one command.
pub(super) fn of_command(program: &str, command: &Command) -> String {
    let Command {
        name,
        summary,
        about,
        options,
    } = command;
    let mut text =
        format!("{name}: {summary}\n\n{about}\n\nUsage: {program} durable {name} [options]\n\nOptions:\n");
    let names: Vec<(String, &str)> = options
        .iter()
        .map(|option| (with_value(option), option.about))
        .chain([("--help".to_owned(), "shows this")])
        .collect();
    let width = names.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    for (name, about) in names {
        let about = about.replace('\n', &format!("\n{:width$}", "", width = width + 4));
        let _ = writeln!(text, "  {name:<width$}  {about}");
    }
    let _ = write!(text, "\n{EXIT_CODES}");
    text
}

fn with_value(option: &CommandOption) -> String {
    match option.value {
        Some(value) => format!("{} {value}", option.name),
        None => option.name.to_owned(),
    }
}
