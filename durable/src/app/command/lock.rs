//! `durable lock`: what `cargo durable` asks before it writes `durable.lock`. The files are read here and written there,
//! so that what they say is decided in one place. Opens no hub.

use std::io::ErrorKind;

use durable_core::lock::{Difference, Key, Lock, Manifest, ManifestFunction, What};
use durable_core::{Version, WireName};
use serde_json::{Value, json};

use super::args::{Command, CommandOption, Given};
use super::exit::{Exit, Failed};
use super::{manifest, output};
use crate::app::App;

const FILE: &str = "--file";
const RELEASE: &str = "--release";
const NAME: &str = "--name";
const ACCEPT: &str = "--accept";
const REASON: &str = "--reason";
const DAY: &str = "--day";
const PRUNE: &str = "--prune";

pub(super) const COMMAND: Command = Command {
    name: "lock",
    summary: "compares durable.lock with this binary, for `cargo durable`",
    about: "\
Prints as JSON how each file differs from this binary, and the text that it would have after the change that is asked
for (docs/durable-lock.md). Nothing is written: `cargo durable release` and `cargo durable lock` do that. No hub is opened.",
    options: &[
        CommandOption::repeated(FILE, "PACKAGE=FILE", "the durable.lock of a package; it may be missing"),
        CommandOption::switch(RELEASE, "adds the versions that are not in the file"),
        CommandOption::repeated(NAME, "NAME", "adds only the versions of these functions"),
        CommandOption::repeated(ACCEPT, "NAME@VERSION", "writes this version down as it is now"),
        CommandOption::with(REASON, "TEXT", "why no instance is harmed by what is accepted"),
        CommandOption::with(DAY, "DAY", "the day on which it is accepted, as 2026-11-21"),
        CommandOption::repeated(PRUNE, "NAME@VERSION", "takes this version out"),
    ],
};

/// What shall be done to the locks.
struct Wanted {
    release: bool,
    names: Vec<String>,
    accept: Vec<(WireName, Version)>,
    reason: String,
    day: String,
    prune: Vec<(WireName, Version)>,
}

pub(super) fn run(app: &App, given: &Given) -> Result<Exit, Failed> {
    let wanted = Wanted {
        release: given.has(RELEASE),
        names: given.values(NAME).map(str::to_owned).collect(),
        accept: given.parsed(ACCEPT, version)?,
        reason: given.value(REASON).unwrap_or_default().to_owned(),
        day: given.value(DAY).unwrap_or_default().to_owned(),
        prune: given.parsed(PRUNE, version)?,
    };
    if !wanted.accept.is_empty() && (wanted.reason.trim().is_empty() || wanted.day.trim().is_empty()) {
        return Err(Failed::Usage(format!("`{ACCEPT}` needs `{REASON}` and `{DAY}`")));
    }
    let manifest = manifest::manifest(app)?;
    let mut packages = Vec::new();
    for (package, file) in given.parsed(FILE, file)? {
        packages.push(of_package(&manifest, &package, &file, &wanted)?);
    }
    let told = json!({"schema": 1, "packages": packages});
    output::say(&format!("{told:#}"))?;
    Ok(Exit::Ok)
}

fn of_package(manifest: &Manifest, package: &str, file: &str, wanted: &Wanted) -> Result<Value, Failed> {
    let before = read(file)?;
    let mut lock: Lock = match &before {
        Some(text) => text.parse().map_err(|error| failed(file, &error))?,
        None => Lock::default(),
    };
    let differences = lock.compare(manifest, Some(package));
    let mut accepted = Vec::new();
    for Difference { key, .. } in differences.iter().filter(|own| is_accepted(own, wanted)) {
        if !accepted.contains(key) {
            lock.accept(manifest, key, &wanted.day, &wanted.reason)?;
            accepted.push(key.clone());
        }
    }
    let mut added = Vec::new();
    if wanted.release {
        let named =
            |key: &Key| wanted.names.is_empty() || wanted.names.iter().any(|name| *name == key.name.as_str());
        added = lock.release_where(manifest, Some(package), named);
    }
    let pruned = lock.entries().map(|(key, _)| key.clone());
    let pruned: Vec<Key> = pruned.filter(|key| is_of(key, &wanted.prune)).collect();
    for key in &pruned {
        lock.prune(key);
    }
    let keys = |keys: &[Key]| keys.iter().map(key_as_json).collect::<Vec<_>>();
    let functions: Vec<Value> = manifest.of_package(Some(package)).map(function_as_json).collect();
    Ok(json!({
        "package": package,
        "functions": functions,
        "differences": differences.iter().map(difference_as_json).collect::<Vec<_>>(),
        "added": keys(&added),
        "accepted": keys(&accepted),
        "pruned": keys(&pruned),
        "before": before,
        "after": lock.to_string(),
    }))
}

/// What is not released is not accepted, and what is gone is pruned.
fn is_accepted(difference: &Difference, wanted: &Wanted) -> bool {
    is_of(&difference.key, &wanted.accept) && !matches!(difference.what, What::Missing | What::Unreleased)
}

fn is_of(key: &Key, versions: &[(WireName, Version)]) -> bool {
    versions
        .iter()
        .any(|(name, version)| *name == key.name && *version == key.version)
}

fn read(file: &str) -> Result<Option<String>, Failed> {
    match std::fs::read_to_string(file) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed(file, &error)),
    }
}

fn failed(file: &str, error: &dyn std::error::Error) -> Failed {
    Failed::CannotRun(format!("{file}: {error}").into())
}

fn function_as_json(function: &ManifestFunction) -> Value {
    let unknown = function
        .without_schema()
        .map(|(payload, ty)| json!({"payload": payload, "type": ty}));
    let mut told = key_as_json(&function.key);
    told["current"] = json!(function.current);
    told["module"] = json!(function.module);
    told["place"] = json!(function.place);
    told["without_schema"] = unknown.collect();
    told
}

fn difference_as_json(difference: &Difference) -> Value {
    let what = match &difference.what {
        What::Unreleased => "unreleased",
        What::Missing => "missing",
        What::Body => "body",
        What::Callee { .. } => "callee",
        What::Helper(_) => "helper",
        What::Schema { .. } => "schema",
        What::SchemaLost(_) => "schema_lost",
        What::SchemaGained(_) => "schema_gained",
        _ => "other",
    };
    let mut told = key_as_json(&difference.key);
    told["what"] = json!(what);
    told["harmless"] = json!(difference.is_harmless());
    told["text"] = json!(difference.what.to_string());
    told
}

fn key_as_json(key: &Key) -> Value {
    json!({"kind": key.kind.to_string(), "name": key.name.as_str(), "version": key.version.to_string()})
}

fn file(text: &str) -> Result<(String, String), &'static str> {
    let (package, file) = text.split_once('=').ok_or("expected a package, `=` and a file")?;
    Ok((package.to_owned(), file.to_owned()))
}

fn version(text: &str) -> Result<(WireName, Version), String> {
    let (name, version) = text.split_once('@').ok_or("expected a name, `@` and a version")?;
    let name = WireName::new(name).map_err(|error| error.to_string())?;
    let version = version.parse::<Version>().map_err(|error| error.to_string())?;
    Ok((name, version))
}
