//! A disk that fails: whoever waits is told, nothing is acknowledged that is not stored, and what was is there later.

#![allow(
    clippy::unwrap_used,
    clippy::wildcard_imports,
    clippy::print_stdout,
    reason = "a test fails by a panic, and its child process tells what it saw"
)]

mod support;

use std::path::Path;
use std::process::Command;

use durable_core::hub::*;
use durable_sqlite::{SqliteHub, SqliteOptions};
use support::*;

/// More starts than fit.
const STARTS: usize = 400;

/// Starts instances at once until the hub stops, while others wait for it. Returns who was acknowledged.
async fn fill(options: SqliteOptions, cause: &str) -> Vec<String> {
    let hub = options.open().unwrap();
    let worker = hub.join(offer("a")).await.unwrap();
    hub.start(request("first")).await.unwrap();
    let held = fetch_one(&worker).await;
    let fetch = tokio::spawn({
        let worker = std::sync::Arc::clone(&worker);
        async move { worker.fetch_activities(slots(1)).await.map(|_| ()) }
    });
    let wait = tokio::spawn({
        let hub = hub.clone();
        async move { hub.wait_ended(&id("first"), None).await.map(|_| ()) }
    });
    let starts: Vec<_> = (0..STARTS)
        .map(|at| {
            let (hub, name) = (hub.clone(), format!("one-{at}"));
            tokio::spawn(async move {
                let mut big = request(&name);
                big.started.input = json(&format!("\"{}\"", "x".repeat(4096)));
                hub.start(big).await.map(|_| name)
            })
        })
        .collect();
    let (mut stored, mut refused) = (vec!["first".to_owned()], 0);
    for start in starts {
        match start.await.unwrap() {
            Ok(name) => stored.push(name),
            Err(error) => {
                is_told(&error, cause);
                refused += 1;
            }
        }
    }
    assert!(refused > 0, "the disk did not fail");
    // Nobody waits for ever, and whoever comes later is told the same.
    is_told(&fetch.await.unwrap().unwrap_err(), cause);
    is_told(&wait.await.unwrap().unwrap_err(), cause);
    is_told(&hub.start(request("later")).await.unwrap_err(), cause);
    is_told(
        &hub.signal(&id("first"), event_signal("go")).await.unwrap_err(),
        cause,
    );
    is_told(&worker.fetch_turns(1).await.unwrap_err(), cause);
    match commit(&worker, turn(&held)).await {
        Err(CommitError::Hub(error)) => is_told(&error, cause),
        // Its owner was not fenced.
        Err(other) => unreachable!("{other}"),
        Ok(committed) => unreachable!("a commit without a disk was accepted: {committed:?}"),
    }
    stored
}

fn is_told(error: &HubError, cause: &str) {
    assert_eq!(error.kind(), HubErrorKind::Closed, "{error}");
    assert!(error.to_string().contains(cause), "{error}");
}

/// Opens the file on a disk that works again.
async fn holds_exactly(file: &Path, stored: &[String]) {
    let hub = SqliteHub::at(file).open().unwrap();
    for at in 0..STARTS {
        let name = format!("one-{at}");
        let found = hub.get(&id(&name)).await.unwrap().is_some();
        assert_eq!(found, stored.contains(&name), "{name}");
    }
    assert!(hub.get(&id("first")).await.unwrap().is_some());
    hub.start(request("afterwards")).await.unwrap();
}

#[tokio::test]
async fn what_was_acknowledged_before_the_file_was_full_is_there() {
    let place = Place::new();
    let options = SqliteHub::at(place.file()).size_max(768 * 1024);
    let stored = fill(options, "database or disk is full").await;
    holds_exactly(&place.file(), &stored).await;
}

/// How the child process is told that it is one.
const CHILD: &str = "DURABLE_TEST_FAILING_DISK";

/// The system refuses to let a file of the child process grow, which first shows when a commit writes its pages.
#[tokio::test]
async fn what_was_acknowledged_before_a_commit_could_not_be_written_is_there() {
    let place = Place::new();
    let child = Command::new("sh")
        .args([
            "-c",
            "trap '' XFSZ; ulimit -f 1024; exec \"$0\" --exact --nocapture the_child",
        ])
        .arg(std::env::current_exe().unwrap())
        .env(CHILD, place.file())
        .output()
        .unwrap();
    let said = String::from_utf8(child.stdout).unwrap();
    assert!(
        child.status.success(),
        "{said}\n{}",
        String::from_utf8_lossy(&child.stderr)
    );
    let stored: Vec<String> = said
        .lines()
        .filter_map(|line| line.strip_prefix("stored "))
        .map(str::to_owned)
        .collect();
    assert!(!stored.is_empty(), "{said}");
    holds_exactly(&place.file(), &stored).await;
}

/// Does nothing unless the test above runs it.
#[tokio::test]
async fn the_child() {
    if let Some(file) = std::env::var_os(CHILD) {
        for name in fill(SqliteHub::at(file), "disk I/O error").await {
            println!("\nstored {name}");
        }
    }
}
