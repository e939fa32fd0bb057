//! A server, and a script that drives a browser in front of it.

use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use durable_core::client::Client;
use durable_server::{KeyFile, Scope, SecretFile, Server, Settings};
use durable_testazure::{NpmError, NpmPackage};

use crate::{bulk, demo};

/// The variable that leaves these tests out, if it is `off`.
const SWITCH: &str = "DURABLE_TEST_BROWSER";

/// The browser, unless `DURABLE_TEST_CHROMIUM` names another.
const CHROMIUM: &str = "/usr/bin/chromium";

const PACKAGE: NpmPackage = NpmPackage {
    name: "playwright",
    files: &[
        ("package.json", include_str!("../../browser/package.json")),
        (
            "package-lock.json",
            include_str!("../../browser/package-lock.json"),
        ),
    ],
    proof: "node_modules/playwright-core/package.json",
};

/// Which hub is looked at.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Hub {
    Demo,
    ManyInstances,
    ManyEvents,
}

/// By whom.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Seen {
    /// By anyone on this machine.
    Open,
    /// By those with keys: variables of the script, and what each allows.
    Keys(&'static [(&'static str, &'static [Scope])]),
}

/// Returns the variables by which a script finds its tools; nothing if these tests are left out.
pub(crate) fn tools() -> Option<Vec<(OsString, OsString)>> {
    if is_off() {
        return None;
    }
    let chromium = chromium();
    let package = match PACKAGE.installed() {
        Ok(package) => package,
        Err(NpmError::Missing) => panic!(
            "npm is missing. Tests of the dashboard drive a browser with playwright-core, which npm installs: install Node.js \
             with npm, or set {SWITCH}=off to leave these tests out"
        ),
        Err(error) => {
            panic!("playwright-core could not be installed; {SWITCH}=off leaves these tests out: {error}")
        }
    };
    Some(vec![
        ("CHROMIUM".into(), chromium.into()),
        ("PACKAGE".into(), package.into()),
    ])
}

/// Runs a script of `browser/scenarios` in front of a server.
pub(crate) fn scenario(name: &str, hub: Hub, seen: Seen) {
    let Some(tools) = tools() else { return };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let world = match hub {
            Hub::Demo => demo::open(folder.path()).await,
            Hub::ManyInstances => bulk::instances().await,
            Hub::ManyEvents => bulk::events().await,
        };
        let (settings, mut variables) = settings(seen, folder.path());
        let client = Client::without_code(world.hub());
        let server = Server::bind("127.0.0.1:0".parse().unwrap(), client, settings)
            .await
            .unwrap();
        variables.push(("BASE".into(), format!("http://{}/", server.address()).into()));
        variables.extend(tools);
        let serving = tokio::spawn(server.run_until(std::future::pending()));
        let name = name.to_owned();
        let ended = tokio::task::spawn_blocking(move || run(&name, variables));
        ended.await.unwrap();
        serving.abort();
        world.stop().await;
    });
}

fn settings(seen: Seen, folder: &Path) -> (Settings, Vec<(OsString, OsString)>) {
    let (settings, variables) = match seen {
        Seen::Open => (Settings::open(), Vec::new()),
        Seen::Keys(wanted) => {
            let keys = KeyFile::open(folder.join("keys.json")).unwrap();
            let secrets = SecretFile::open_or_make(folder.join("secrets.json")).unwrap();
            let made = wanted.iter().map(|(name, scopes)| {
                let key = keys.add(name, scopes.iter().copied()).unwrap();
                (OsString::from(name), OsString::from(key.reveal()))
            });
            let made = made.collect();
            (Settings::with_keys(keys, secrets), made)
        }
    };
    let settings = Settings {
        hub_name: "shop".to_owned(),
        ..settings
    };
    (settings, variables)
}

/// Runs a script of `browser/scenarios`.
pub(crate) fn run(name: &str, variables: Vec<(OsString, OsString)>) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("browser");
    let mut command = Command::new("node");
    command
        .arg(folder.join("run.mjs"))
        .arg(name)
        .envs(variables)
        .stdin(Stdio::null());
    if let Some(place) = std::env::var_os("DURABLE_SCREENSHOTS") {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        command.env("PICTURES", root.join(place));
    }
    let output = match command.output() {
        Ok(output) => output,
        Err(error) => panic!(
            "node is missing, with which tests of the dashboard drive a browser ({error}): install Node.js, or set {SWITCH}=off"
        ),
    };
    let said = String::from_utf8_lossy(&output.stdout);
    // Not a macro: what those write is captured, and figures are for the reader of a run that passes.
    let _ = write!(std::io::stderr(), "{said}");
    assert!(
        output.status.success(),
        "{name}: {said}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

fn chromium() -> PathBuf {
    let place =
        std::env::var_os("DURABLE_TEST_CHROMIUM").map_or_else(|| PathBuf::from(CHROMIUM), PathBuf::from);
    assert!(
        place.is_file(),
        "Chromium is missing: {} is not there. Tests of the dashboard look at it in a real browser: install Debian's package \
         `chromium`, name another in DURABLE_TEST_CHROMIUM, or set {SWITCH}=off to leave these tests out",
        place.display()
    );
    place
}

fn is_off() -> bool {
    match std::env::var_os(SWITCH) {
        None => false,
        Some(value) if value.is_empty() => false,
        Some(value) if value == "off" => {
            let thread = std::thread::current();
            let test = thread.name().unwrap_or("a test");
            // Not a macro: what those write is captured.
            let _ = writeln!(std::io::stderr(), "left out, {SWITCH}=off: {test}");
            true
        }
        Some(value) => panic!(
            "{SWITCH} is `{}`; `off` leaves tests of the dashboard in a browser out, and there is no other value",
            value.display()
        ),
    }
}
