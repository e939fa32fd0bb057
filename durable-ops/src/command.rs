//! The commands, one file each: what it takes, and what it does.

pub(crate) mod cancel;
pub(crate) mod completions;
pub(crate) mod fences;
pub(crate) mod gate;
pub(crate) mod history;
pub(crate) mod keys;
pub(crate) mod list;
pub(crate) mod man;
pub(crate) mod purge;
pub(crate) mod raise_event;
pub(crate) mod restart;
pub(crate) mod resume;
pub(crate) mod rewind;
pub(crate) mod serve;
pub(crate) mod show;
pub(crate) mod stalled;
pub(crate) mod start;
pub(crate) mod suspend;
pub(crate) mod terminate;
pub(crate) mod tree;
pub(crate) mod versions;
pub(crate) mod watch;

mod json_text;

use crate::args::{Cli, Command};
use crate::connection::Connection;
use crate::error::{Error, Exit};

/// Runs a command, and returns how the program is to end.
pub(crate) async fn run(cli: Cli) -> Result<Exit, Error> {
    let connection = Connection::new(cli.hub);
    match &cli.command {
        Command::List(given) => list::run(given, &connection).await,
        Command::Show(given) => show::run(given, &connection).await,
        Command::History(given) => history::run(given, &connection).await,
        Command::Tree(given) => tree::run(given, &connection).await,
        Command::Watch(given) => watch::run(given, &connection).await,
        Command::Start(given) => start::run(given, &connection).await,
        Command::RaiseEvent(given) => raise_event::run(given, &connection).await,
        Command::Suspend(given) => suspend::run(given, &connection).await,
        Command::Resume(given) => resume::run(given, &connection).await,
        Command::Cancel(given) => cancel::run(given, &connection).await,
        Command::Terminate(given) => terminate::run(given, &connection).await,
        Command::Restart(given) => restart::run(given, &connection).await,
        Command::Rewind(given) => rewind::run(given, &connection).await,
        Command::Purge(given) => purge::run(given, &connection).await,
        Command::Versions(given) => versions::run(given, &connection).await,
        Command::Stalled(given) => stalled::run(given, &connection).await,
        Command::Gate(given) => gate::run(given, &connection).await,
        Command::Fences(given) => fences::run(given, &connection).await,
        Command::Serve(given) => serve::run(given, &connection).await,
        Command::Keys(given) => keys::run(given),
        Command::Completions(given) => completions::run(given),
        Command::Man(given) => man::run(given),
    }
}
