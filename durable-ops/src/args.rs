//! The command line. What a command takes stands in its own file.

use clap::{Parser, Subcommand};

use crate::command::{
    cancel, completions, fences, gate, history, keys, list, man, purge, raise_event, restart, resume, rewind,
    serve, show, stalled, start, suspend, terminate, tree, versions, watch,
};

/// Look at the instances of a task hub, and act on them.
#[derive(Debug, Parser)]
#[command(
    name = "durable",
    bin_name = "durable",
    version,
    max_term_width = 100,
    after_help = "Exit codes: 0 done, 1 the answer is no (refused, not there, or something was found), 2 wrong usage,\n\
                  3 it could not run, 4 it was not so in time (`gate`, `watch`), 130 interrupted."
)]
pub(crate) struct Cli {
    /// The hub: the SQLite file that your workers use, `azure://NAME` for a hub in the storage account of
    /// `DURABLE_AZURE_CONNECTION_STRING`, a connection string with `;TaskHub=NAME`, or the URL of a server, with its key in
    /// `DURABLE_KEY`
    #[arg(
        long,
        global = true,
        env = "DURABLE_HUB",
        value_name = "PLACE",
        hide_env_values = true
    )]
    pub(crate) hub: Option<String>,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    List(list::Arguments),
    Show(show::Arguments),
    History(history::Arguments),
    Tree(tree::Arguments),
    Watch(watch::Arguments),
    Start(start::Arguments),
    #[command(name = "raise-event")]
    RaiseEvent(raise_event::Arguments),
    Suspend(suspend::Arguments),
    Resume(resume::Arguments),
    Cancel(cancel::Arguments),
    Terminate(terminate::Arguments),
    Restart(restart::Arguments),
    Rewind(rewind::Arguments),
    Purge(purge::Arguments),
    Versions(versions::Arguments),
    Stalled(stalled::Arguments),
    Gate(gate::Arguments),
    Fences(fences::Arguments),
    Serve(Box<serve::Arguments>),
    Keys(keys::Arguments),
    Completions(completions::Arguments),
    Man(man::Arguments),
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn the_arguments_do_not_contradict_each_other() {
        super::Cli::command().debug_assert();
    }
}
