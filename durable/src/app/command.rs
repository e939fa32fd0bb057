//! The built-in commands: `shop durable versions`, `shop durable replay-check`, `shop durable export`.
//!
//! Each is a file: what it takes (its `COMMAND`, from which the help is made) and what it does (its `run`).

mod args;
mod exit;
mod export;
mod help;
mod hub;
mod nearest;
mod output;
mod progress;
mod replay_check;
mod selection;
mod versions;

use std::ffi::OsString;

use super::App;
use args::{Command, Parsed, parse};
use exit::{Exit, Failed};

/// The commands, in the order of the help.
const COMMANDS: [&Command; 3] = [&versions::COMMAND, &replay_check::COMMAND, &export::COMMAND];

/// Runs the command that follows the word `durable`, and returns how the program is to end.
pub(super) async fn run(app: &App, program: &str, arguments: Vec<OsString>) -> Exit {
    match try_run(app, program, arguments).await {
        Ok(exit) => exit,
        Err(failed) => failed.tell(program),
    }
}

async fn try_run(app: &App, program: &str, arguments: Vec<OsString>) -> Result<Exit, Failed> {
    let mut arguments = args::texts(arguments)?.into_iter();
    let name = match arguments.next().as_deref() {
        None => return Err(Failed::Usage("a command is missing".to_owned())),
        Some("help" | "--help" | "-h") => return show_help(program, arguments.next().as_deref()),
        Some(name) => name.to_owned(),
    };
    let command = find(&name)?;
    let given = match parse(command, arguments.collect())? {
        Parsed::Help => return show_help(program, Some(command.name)),
        Parsed::Given(given) => given,
    };
    match command.name {
        "versions" => versions::run(app, &given).await,
        "replay-check" => replay_check::run(app, &given).await,
        _ => export::run(app, &given).await,
    }
}

fn find(name: &str) -> Result<&'static Command, Failed> {
    let found = COMMANDS.into_iter().find(|command| command.name == name);
    found.ok_or_else(|| {
        let names = COMMANDS.iter().map(|command| command.name).chain(["help"]);
        Failed::Usage(nearest::unknown(
            &format!("command `durable {name}`"),
            name,
            names,
        ))
    })
}

fn show_help(program: &str, command: Option<&str>) -> Result<Exit, Failed> {
    let text = match command {
        Some(name) => help::of_command(program, find(name)?),
        None => help::of_all(program, &COMMANDS),
    };
    output::say(&text)?;
    Ok(Exit::Ok)
}
