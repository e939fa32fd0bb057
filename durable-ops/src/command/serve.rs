//! `durable serve`.

mod access;
mod limits;
mod listen;
mod public;

use std::io::IsTerminal as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use durable_server::{KeyFile, Server, Settings};
use serde_json::json;

use super::keys;
use crate::connection::Connection;
use crate::error::{Error, Exit};
use crate::interrupt::{self, Ended};
use crate::report::Reports;
use crate::{output, span};

/// Serve the HTTP management API of a hub, until Ctrl-C or SIGTERM
///
/// Without keys it listens on this machine only, and whoever is on it may do everything. TLS is a reverse proxy's: put one
/// before it, and say with `--public-url` how it is reached.
///
/// Spans of its requests are exported by OTLP if `OTEL_EXPORTER_OTLP_ENDPOINT` says whereto, as OpenTelemetry has it.
///
/// Exits with 0 when it was asked to end; requests under way have ten seconds.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  durable serve                                      http://127.0.0.1:7071, without keys
  durable keys add ops --scope read,start,event,manage --keys keys.json
  durable serve --listen 0.0.0.0:7071 --keys keys.json
  durable serve --keys keys.json --public-url https://ops.example.com/shop --allow-host ops.example.com")]
pub(crate) struct Arguments {
    /// Where to listen; the port 0 is any that is free. An address that others can reach needs `--keys`
    #[arg(long, value_name = "ADDR:PORT", value_parser = listen::address, default_value = "127.0.0.1:7071")]
    listen: SocketAddr,
    /// The file of keys (`durable keys`): who may ask, and what
    #[arg(long, value_name = "FILE", value_parser = keys::path(), env = "DURABLE_KEY_FILE", hide_env_values = true)]
    keys: Option<PathBuf>,
    /// The hub's file of secrets, which sign the tokens in addresses that answers hold; made if it is missing. Servers of
    /// one hub share a copy. Not used without keys [default: `shop.db.secrets.json` beside the hub `shop.db`]
    #[arg(
        long,
        value_name = "FILE",
        env = "DURABLE_SECRET_FILE",
        hide_env_values = true
    )]
    secrets: Option<PathBuf>,
    /// For how long these tokens are good [default: as long as their secret]
    #[arg(long, value_name = "SPAN", value_parser = span::parse)]
    token_life: Option<Duration>,
    /// How it is reached from outside, if a proxy stands before it: scheme, host and path [default: as each request says]
    #[arg(long, value_name = "URL", value_parser = public::url)]
    public_url: Option<String>,
    /// A host's name to answer to, besides those of this machine; may be repeated. With keys and without names, any
    #[arg(long, value_name = "NAME")]
    allow_host: Vec<String>,
    /// The hub's name in addresses (`taskHub=`) [default: the file's name without its ending, or that of the hub in Azure]
    #[arg(long, value_name = "NAME")]
    task_hub: Option<String>,
    /// The connection's name in addresses (`connection=`)
    #[arg(long, value_name = "NAME", default_value = "Storage")]
    connection: String,
    /// Print one line of JSON when it listens
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    limits: limits::LimitArguments,
}

impl Arguments {
    fn keys(&self) -> Option<&Path> {
        self.keys.as_deref().filter(|path| !path.as_os_str().is_empty())
    }

    fn secrets(&self) -> Option<&Path> {
        self.secrets
            .as_deref()
            .filter(|path| !path.as_os_str().is_empty())
    }
}

pub(crate) async fn run(given: &Arguments, connection: &Connection) -> Result<Exit, Error> {
    if connection.is_server() {
        return Err(Error::usage(
            "a server serves a hub, and this is the address of another server",
            "give the hub itself with `--hub`: the file or the storage account that the workers use",
        ));
    }
    let reports = Reports::begin()?;
    let keys = access::keys(given)?;
    let has_keys = keys.is_some();
    let client = connection.write().await?;
    let settings = settings(given, keys, connection)?;
    let hub = settings.hub_name.clone();
    let server = Server::bind(given.listen, client, settings)
        .await
        .map_err(|error| listen::unbound(&error))?;
    let url = format!("http://{}", server.address());
    if given.json {
        let line = json!({"schema": 1, "url": url, "task_hub": hub, "keys": has_keys});
        output::say(line)?;
    } else {
        output::say(format_args!("listening on {url}"))?;
        if std::io::stdout().is_terminal() {
            output::say(format_args!("dashboard: {url}/"))?;
        }
        if let Some(public) = &given.public_url {
            output::note(format_args!("reached from outside as {public}"));
        }
        if !has_keys {
            output::note("without keys: whoever is on this machine may do everything");
        }
    }
    let stop = async {
        interrupt::interrupted().await;
        output::note("ending; requests under way have ten seconds, and once more cuts them off");
    };
    // The first signal ends it as it should be, the second at once.
    let impatient = async {
        interrupt::interrupted().await;
        interrupt::interrupted().await;
    };
    let serve = async {
        server.run_until(stop).await;
        reports.end().await;
    };
    match interrupt::unless(serve, impatient).await {
        Ended::Done(()) => Ok(Exit::Ok),
        Ended::Interrupted | Ended::TimedOut => Ok(Exit::Interrupted),
    }
}

fn settings(given: &Arguments, keys: Option<KeyFile>, connection: &Connection) -> Result<Settings, Error> {
    let hub_name = given.task_hub.clone().or_else(|| connection.hub_name());
    let mut settings = access::settings(given, keys, connection)?;
    if let Some(name) = hub_name {
        settings.hub_name = name;
    }
    settings.connection.clone_from(&given.connection);
    settings.public_address.clone_from(&given.public_url);
    settings.hosts.clone_from(&given.allow_host);
    settings.token_life = given.token_life;
    settings.limits = given.limits.limits();
    Ok(settings)
}
