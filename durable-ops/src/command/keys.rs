//! `durable keys`.

mod add;
mod file;
mod form;
mod list;
mod remove;
mod rotate;
mod rotate_secret;
mod sync;

use std::path::PathBuf;

use clap::{Args, Subcommand};

pub(crate) use file::{existing, file_refused, path, refused};

use crate::error::{Error, Exit};

/// Say who may ask a server: keys with scopes, in a file that only its owner may read
///
/// A key is shown once, when it is made or rotated: the file has its hash. A server that runs (`durable serve --keys FILE`)
/// sees a change of the file within a second.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  durable keys add ci --scope read,start --keys keys.json
  durable keys rotate ci --overlap 7d --keys keys.json
  durable keys sync other-server/keys.json --keys keys.json --dry-run")]
pub(crate) struct Arguments {
    /// The file of keys
    #[arg(
        long,
        global = true,
        env = "DURABLE_KEY_FILE",
        value_name = "FILE",
        value_parser = path(),
        hide_env_values = true
    )]
    keys: Option<PathBuf>,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    List(list::Arguments),
    Add(add::Arguments),
    Rotate(rotate::Arguments),
    Remove(remove::Arguments),
    Sync(sync::Arguments),
    #[command(name = "rotate-secret")]
    RotateSecret(rotate_secret::Arguments),
}

pub(crate) fn run(given: &Arguments) -> Result<Exit, Error> {
    let path = given.keys.as_deref();
    match &given.action {
        Action::List(given) => list::run(given, path),
        Action::Add(given) => add::run(given, path),
        Action::Rotate(given) => rotate::run(given, path),
        Action::Remove(given) => remove::run(given, path),
        Action::Sync(given) => sync::run(given, path),
        Action::RotateSecret(given) => rotate_secret::run(given),
    }
}
