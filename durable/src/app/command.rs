//! The built-in commands: `shop durable versions`, `shop durable replay-check`, `shop durable export` and their like.
//!
//! Each is a file: what it takes (its `COMMAND`, from which the help is made) and what it does (its `run`).

mod args;
mod exit;
mod export;
mod help;
mod hub;
mod import;
mod lock;
mod manifest;
mod nearest;
mod output;
mod progress;
mod replay_check;
mod selection;
mod versions;

use std::ffi::OsString;

use super::App;
use args::{Command, Given, Parsed, parse};
use exit::{Exit, Failed};

/// A built-in command.
#[derive(Debug, Clone, Copy)]
enum Builtin {
    Versions,
    ReplayCheck,
    Export,
    Import,
    Manifest,
    Lock,
}

impl Builtin {
    /// In the order of the help.
    const ALL: [Self; 6] = [
        Self::Versions,
        Self::ReplayCheck,
        Self::Export,
        Self::Import,
        Self::Manifest,
        Self::Lock,
    ];

    fn command(self) -> &'static Command {
        match self {
            Self::Versions => &versions::COMMAND,
            Self::ReplayCheck => &replay_check::COMMAND,
            Self::Export => &export::COMMAND,
            Self::Import => &import::COMMAND,
            Self::Manifest => &manifest::COMMAND,
            Self::Lock => &lock::COMMAND,
        }
    }

    async fn run(self, app: &App, given: &Given) -> Result<Exit, Failed> {
        match self {
            Self::Versions => versions::run(app, given).await,
            Self::ReplayCheck => replay_check::run(app, given).await,
            Self::Export => export::run(app, given).await,
            Self::Import => import::run(app, given).await,
            Self::Manifest => manifest::run(app, given),
            Self::Lock => lock::run(app, given),
        }
    }
}

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
    let builtin = find(&name)?;
    match parse(builtin.command(), arguments.collect())? {
        Parsed::Help => show_help(program, Some(&name)),
        Parsed::Given(given) => builtin.run(app, &given).await,
    }
}

fn find(name: &str) -> Result<Builtin, Failed> {
    let found = Builtin::ALL.into_iter().find(|own| own.command().name == name);
    found.ok_or_else(|| {
        let names = Builtin::ALL.map(|own| own.command().name);
        let names = names.into_iter().chain(["help"]);
        Failed::Usage(nearest::unknown(
            &format!("command `durable {name}`"),
            name,
            names,
        ))
    })
}

fn show_help(program: &str, command: Option<&str>) -> Result<Exit, Failed> {
    let text = match command {
        Some(name) => help::of_command(program, find(name)?.command()),
        None => help::of_all(program, &Builtin::ALL.map(Builtin::command)),
    };
    output::say(&text)?;
    Ok(Exit::Ok)
}
