//! Runs the pairs of a section, in order, on a fresh hub with the scripted worker.
//!
//! `>` is a request: a line of method and path, lines of headers, lines of the body. `<` is what is expected: the status,
//! lines of headers, lines of the body. `! until ID STATUS` waits, and `! no worker` as the first line leaves the worker out.
//! In a body `"<any>"`, `"<time>"` and `"<moment>"` stand for any text, whole seconds and any moment; an object with
//! `"..."` may have more. `<keep>` keeps a header, and `<kept>` sends it.

use durable_core::Timestamp;
use serde_json::Value;

use super::support::{HOST, KINDS, Kind, World, run, script};

const BASE: &str = "/runtime/webhooks/durabletask";

#[derive(Debug, Default)]
struct Pair {
    request: Vec<String>,
    expected: Vec<String>,
}

enum Step {
    Pair(Pair),
    Until { id: String, status: String },
}

pub(crate) fn run_section(text: &str, section: &str) {
    let (no_worker, steps) = parse(text, section);
    assert!(!steps.is_empty(), "the section `{section}` has no pairs");
    for kind in KINDS {
        run(play(kind, no_worker, &steps));
    }
}

async fn play(kind: Kind, no_worker: bool, steps: &[Step]) {
    let world = World::open(kind);
    let worker = if no_worker {
        None
    } else {
        Some(script::join(&world.hub).await)
    };
    let mut kept = String::new();
    for step in steps {
        match step {
            Step::Pair(pair) => exchange(&world, kind, pair, &mut kept).await,
            Step::Until { id, status } => {
                let instance = world.client().instance(id).unwrap();
                instance
                    .wait_until(|record| record.status.to_string() == *status)
                    .await
                    .unwrap();
            }
        }
    }
    drop(worker);
}

async fn exchange(world: &World, kind: Kind, pair: &Pair, kept: &mut String) {
    let what = format!("{kind:?}: {}", pair.request.join(" | "));
    let mut lines = pair.request.iter();
    let (method, path) = lines.next().unwrap().split_once(' ').unwrap();
    let (headers, body) = split(lines.as_slice());
    let headers: Vec<(&str, String)> = headers
        .iter()
        .map(|(name, value)| (*name, value.replace("<kept>", kept)))
        .collect();
    let headers: Vec<(&str, &str)> = headers
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let path = path
        .replace("{base}", BASE)
        .replace("{257 letters}", &"x".repeat(257));
    let reply = world.send(method, &path, &headers, body.into_bytes()).await;
    let url = format!("http://{HOST}{BASE}");
    assert_eq!(
        pair.expected[0],
        reply.status.to_string(),
        "{what}: {}",
        reply.text()
    );
    let (headers, body) = split(&pair.expected[1..]);
    for (name, value) in headers {
        let found = reply
            .header(name)
            .unwrap_or_else(|| panic!("{what}: no header {name}"));
        if value == "<keep>" {
            found.clone_into(kept);
        } else {
            assert_eq!(found, value.replace("{url}", &url), "{what}");
        }
    }
    if !body.is_empty() {
        let expected: Value = serde_json::from_str(&body.replace("{url}", &url)).unwrap();
        let found = reply.json();
        assert!(
            fits(&expected, &found),
            "{what}:\nexpected {expected:#}\nfound    {found:#}"
        );
    }
    if reply.status >= 400 && reply.status != 500 && pair.expected.len() == 1 {
        let found = reply.json();
        assert!(
            found["error"].is_string() && found["message"].is_string(),
            "{what}: {found}"
        );
    }
}

/// Splits lines into headers and a body.
fn split(lines: &[String]) -> (Vec<(&str, String)>, String) {
    let is_header = |line: &&String| {
        let name = line.split_once(": ").map_or("", |(name, _)| name);
        !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
    };
    let count = lines.iter().take_while(is_header).count();
    let headers = lines[..count].iter().filter_map(|line| line.split_once(": "));
    (
        headers.map(|(name, value)| (name, value.to_owned())).collect(),
        lines[count..].join("\n"),
    )
}

fn fits(expected: &Value, found: &Value) -> bool {
    match (expected, found) {
        (Value::String(wanted), Value::String(text)) => match wanted.as_str() {
            "<any>" => true,
            "<moment>" => text.parse::<Timestamp>().is_ok(),
            "<time>" => text.len() == 20 && text.parse::<Timestamp>().is_ok(),
            wanted => wanted == text,
        },
        (Value::Array(wanted), Value::Array(items)) => {
            wanted.len() == items.len() && wanted.iter().zip(items).all(|(wanted, item)| fits(wanted, item))
        }
        (Value::Object(wanted), Value::Object(object)) => {
            let more = wanted.contains_key("...");
            let named = wanted.iter().filter(|(name, _)| *name != "...");
            let fit = named
                .clone()
                .all(|(name, wanted)| object.get(name).is_some_and(|value| fits(wanted, value)));
            fit && (more || named.count() == object.len())
        }
        (wanted, found) => wanted == found,
    }
}

fn parse(text: &str, section: &str) -> (bool, Vec<Step>) {
    let lines = text
        .lines()
        .skip_while(|line| line.strip_prefix("## ") != Some(section))
        .skip(1);
    let mut no_worker = false;
    let mut steps = Vec::new();
    let mut answered = true;
    for line in lines.take_while(|line| !line.starts_with("## ")) {
        if let Some(request) = line.strip_prefix("> ") {
            if answered {
                steps.push(Step::Pair(Pair::default()));
                answered = false;
            }
            pair(&mut steps).request.push(request.to_owned());
        } else if let Some(expected) = line.strip_prefix("< ") {
            answered = true;
            pair(&mut steps).expected.push(expected.to_owned());
        } else if let Some(until) = line.strip_prefix("! until ") {
            let (id, status) = until.split_once(' ').unwrap();
            steps.push(Step::Until {
                id: id.to_owned(),
                status: status.to_owned(),
            });
        } else if line == "! no worker" {
            no_worker = true;
        } else {
            assert!(line.is_empty(), "a line that says nothing: {line}");
        }
    }
    (no_worker, steps)
}

fn pair(steps: &mut [Step]) -> &mut Pair {
    match steps.last_mut() {
        Some(Step::Pair(pair)) => pair,
        Some(Step::Until { .. }) | None => panic!("an answer without a request"),
    }
}
