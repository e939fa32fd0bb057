//! `App::run` in a process of its own, and the signals that end it.
#![cfg(unix)]

use std::fmt::Debug;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use durable::history::EventKind;
use durable::prelude::*;
use tracing::field::Field;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use crate::support::{Probe, registry, run};

const FILE: &str = "DURABLE_MODEL_TEST_FILE";
const GRACE: &str = "DURABLE_MODEL_TEST_GRACE";

/// Prints what the app itself logs.
struct Printer;

impl Subscriber for Printer {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("durable::")
    }
    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, event: &Event<'_>) {
        event.record(&mut |_: &Field, value: &dyn Debug| println!("{value:?}"));
    }
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

#[activity]
async fn print_and_wait(_: ActivityContext, (): ()) -> Result<String, Failure> {
    println!("the activity runs");
    let line = tokio::task::spawn_blocking(|| {
        let mut line = String::new();
        std::io::stdin().lock().read_line(&mut line).map(|_| line)
    });
    Ok(line.await??.trim().to_owned())
}

#[activity(blocking)]
fn never_ends(_: ActivityContext, (): ()) -> Result<(), Failure> {
    println!("the activity runs");
    loop {
        std::thread::park();
    }
}

#[orchestrator]
async fn in_a_process(ctx: OrchestrationContext, endless: bool) -> Result<String, Failure> {
    if endless {
        ctx.call(never_ends, ()).await?;
    }
    Ok(ctx.call(print_and_wait, ()).await?)
}

fn app(file: &Path) -> App {
    App::new(SqliteHub::at(file))
        .registry(registry())
        .state(Probe::default())
}

/// The body of the child process; without its file it is an empty test.
#[test]
fn the_program() {
    let Some(file) = std::env::var_os(FILE) else {
        return;
    };
    let file = PathBuf::from(file);
    let grace = std::env::var(GRACE).unwrap().parse().unwrap();
    // In this process nothing else runs that could want a subscriber of its own.
    tracing::subscriber::set_global_default(Printer).unwrap();
    durable::__private::run_main(async {
        let app = app(&file).options(|own| own.shutdown_grace = seconds(grace));
        if let Err(error) = app.run().await {
            println!("error: {error}");
        }
    });
}

struct Program {
    child: Child,
    lines: std::io::Lines<BufReader<std::process::ChildStdout>>,
}

impl Program {
    fn start(file: &Path) -> Self {
        Self::start_with(file, "2")
    }

    fn start_with(file: &Path, grace: &str) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "process::the_program", "--nocapture"])
            .env(FILE, file)
            .env(GRACE, grace)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    fn read_until(&mut self, wanted: &str) {
        let found = self.lines.find(|line| line.as_ref().unwrap().contains(wanted));
        assert!(found.is_some(), "the program ended before it said `{wanted}`");
    }

    fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args([name, &pid])
                .status()
                .unwrap()
                .success()
        );
    }

    fn say(&mut self, line: &str) {
        writeln!(self.child.stdin.as_mut().unwrap(), "{line}").unwrap();
    }

    fn end(mut self) {
        self.lines.by_ref().for_each(drop);
        let status = self.child.wait().unwrap();
        assert!(status.success(), "the program must end well: {status}");
    }
}

fn new_file(name: &str) -> PathBuf {
    let file = std::env::temp_dir().join(format!("durable-model-{}-{name}.db", std::process::id()));
    forget(&file);
    file
}

fn forget(file: &Path) {
    for suffix in ["", "-wal", "-shm"] {
        let mut path = file.as_os_str().to_owned();
        path.push(suffix);
        drop(std::fs::remove_file(path));
    }
}

fn stops_gracefully_on(signal: &str) {
    let file = new_file(signal);
    let mut program = Program::start(&file);
    run(async {
        let client = app(&file).client().await.unwrap();
        let run = client.start(in_a_process, false).id("one").await.unwrap();
        program.read_until("the activity runs");
        program.signal(signal);
        program.say("finished in time");
        program.end();
        // Whether or not there was time for the turn, the result is there, and the activity does not run again.
        assert!(client.workers().await.unwrap().is_empty(), "the worker has left");
        let running = app(&file).start().await.unwrap();
        assert_eq!(run.wait().await.unwrap(), "finished in time");
        let scheduled = |kind: &EventKind| matches!(kind, EventKind::TaskScheduled { .. });
        let history = run.history().await.unwrap();
        assert_eq!(
            history
                .events
                .iter()
                .filter(|event| scheduled(&event.kind))
                .count(),
            1
        );
        running.shutdown().await.unwrap();
    });
    forget(&file);
}

#[test]
fn sigterm_ends_an_app_with_success_once_its_activity_has_finished() {
    stops_gracefully_on("-TERM");
}

#[test]
fn ctrl_c_ends_an_app_with_success_once_its_activity_has_finished() {
    stops_gracefully_on("-INT");
}

#[test]
fn a_blocking_activity_that_never_ends_does_not_keep_the_process_alive() {
    let file = new_file("endless");
    let mut program = Program::start(&file);
    run(async {
        let client = app(&file).client().await.unwrap();
        client.start(in_a_process, true).await.unwrap();
        program.read_until("the activity runs");
        program.signal("-TERM");
        program.end();
    });
    forget(&file);
}

#[test]
fn a_second_ctrl_c_stops_at_once_and_nothing_is_lost() {
    let file = new_file("twice");
    let mut program = Program::start_with(&file, "10000");
    run(async {
        let client = app(&file).client().await.unwrap();
        let run = client.start(in_a_process, false).await.unwrap();
        program.read_until("the activity runs");
        program.signal("-INT");
        // Only once it stops does the first request count as taken.
        program.read_until("shutting down");
        program.signal("-INT");
        program.read_until("error: stopped at once by a second request");
        program.end();
        assert!(!run.status().await.unwrap().status.is_ended());
    });
    forget(&file);
}
