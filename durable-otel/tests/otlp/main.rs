//! Spans over real processes: two workers, one of them killed, and two clients send to one collector.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "what fails here fails the test"
)]

mod process;

use durable_testotlp::{Collector, only};
use process::{Process, Role};

#[test]
fn a_collector_gets_each_span_once_from_the_processes_that_made_them_though_one_was_killed() {
    let folder = tempfile::tempdir().unwrap();
    let collector = Collector::start();
    let start = |role, service: &str| Process::start(role, service, folder.path(), &collector.address());

    let mut killed = start(Role::Worker, "worker-a");
    start(Role::Starter, "starter").ended();
    // What the process had not sent yet would be lost with it.
    collector.until(|spans| spans.iter().any(|span| span.name == "activity:first@(1)"));
    killed.kill();
    let worker = start(Role::Worker, "worker-b");
    start(Role::Finisher, "finisher").ended();
    worker.stop();

    let spans = collector.until(|spans| {
        spans
            .iter()
            .any(|span| span.name == "orchestration:two_steps@(1)")
    });
    let request = only(&spans, "request");
    let created = only(&spans, "create_orchestration:two_steps@(1)");
    let orchestration = only(&spans, "orchestration:two_steps@(1)");
    let (first, last) = (
        only(&spans, "activity:first@(1)"),
        only(&spans, "activity:last@(1)"),
    );
    assert!(request.parent.is_empty());
    let chain = [created, orchestration, first, last].map(|span| &span.parent);
    assert_eq!(
        chain,
        [&request.id, &created.id, &orchestration.id, &orchestration.id]
    );
    let services = [request, created, orchestration, first, last].map(|span| span.service.as_str());
    assert_eq!(
        services,
        ["starter", "starter", "worker-b", "worker-a", "worker-b"]
    );
    let of_one_trace = spans.iter().filter(|span| span.trace == request.trace);
    assert!(
        of_one_trace
            .clone()
            .all(|span| span.trace.len() == 16 && span.id.len() == 8)
    );
    let turns = of_one_trace.filter(|span| span.name == "turn:two_steps@(1)");
    assert!(turns.clone().count() >= 2 && turns.clone().all(|span| span.parent == orchestration.id));
    // The other client sends its event in a trace of its own.
    let event = only(&spans, "orchestration_event:go");
    assert!(event.service == "finisher" && event.trace != request.trace);
}

/// What the processes of the other test run.
#[test]
fn a_process_of_the_other_test() {
    process::run_if_asked();
}
