//! What the tests of several nodes do with a hub, through its contract.

use std::sync::Arc;
use std::time::Duration;

use durable_azure::{AzureHub, AzureOptions};
use durable_core::history::{Event, EventKind, ExecutionStarted, Tags};
use durable_core::hub::{
    ActivityDemand, ClientOperations, CodeKey, Commit, CommitError, Committed, CustomStatus, IdReuse,
    ManagementQueries, Signal, StartRequest, TaskHub, TurnCommit, TurnOutcome, TurnWork, WorkerHub,
    WorkerOffer,
};
use durable_core::{
    BuildId, EventName, ExecutionId, InstanceId, Payload, RecordedVersion, Version, WireName, WorkerId,
};
use durable_testkit::ManualClock;

pub(crate) const LEASE: Duration = Duration::from_secs(15);
/// In real time.
pub(crate) const VISIBILITY: Duration = Duration::from_secs(2);

pub(crate) fn id(text: &str) -> InstanceId {
    InstanceId::new(text).unwrap()
}

/// Describes a node with short times.
pub(crate) fn options(connection: &str, name: &str, clock: &ManualClock) -> AzureOptions {
    AzureHub::at(connection, name)
        .lease(LEASE)
        .partition_lease(LEASE, Duration::from_secs(3))
        .visibility(VISIBILITY)
        .longest_polling_pause(Duration::from_millis(100))
        .clock(Arc::new(clock.clone()))
}

/// Opens a node with a clock of its own, `ahead` of the others'.
pub(crate) async fn node(connection: &str, name: &str, ahead: Duration) -> AzureHub {
    let clock = ManualClock::new();
    clock.advance(ahead);
    options(connection, name, &clock).open().await.unwrap()
}

/// Joins a worker of a build that offers `flow` 1.
pub(crate) async fn join(hub: &AzureHub, worker: &str, build: u64) -> Arc<dyn WorkerHub> {
    join_with(hub, worker, build, "1").await
}

/// Joins a worker of a build that offers one version of `flow`.
pub(crate) async fn join_with(hub: &AzureHub, worker: &str, build: u64, version: &str) -> Arc<dyn WorkerHub> {
    let flow = CodeKey {
        name: WireName::new("flow").unwrap(),
        version: Version::new(version).unwrap(),
    };
    let offer = WorkerOffer {
        worker: WorkerId::new(worker).unwrap(),
        build: BuildId(build),
        orchestrators: vec![flow.clone()],
        activities: vec![flow],
        takes_mismatched: false,
    };
    hub.join(offer).await.unwrap()
}

pub(crate) async fn start(hub: &AzureHub, instance: &str) {
    start_as(hub, instance, "1").await;
}

/// Starts an instance of one version of `flow`.
pub(crate) async fn start_as(hub: &AzureHub, instance: &str, version: &str) {
    let mut bits = [0; 16];
    bits[..instance.len().min(16)].copy_from_slice(&instance.as_bytes()[..instance.len().min(16)]);
    let started = ExecutionStarted {
        instance: id(instance),
        execution: ExecutionId::from_random(u128::from_be_bytes(bits)),
        name: WireName::new("flow").unwrap(),
        version: RecordedVersion::Known(Version::new(version).unwrap()),
        input: Payload::from_json("1").unwrap(),
        parent: None,
        generation: 0,
        scheduled_start: None,
        tags: Tags::new(),
    };
    let request = StartRequest {
        started,
        reuse: IdReuse::default(),
        raise: None,
        trace: None,
    };
    hub.start(request).await.unwrap();
}

pub(crate) async fn raise(hub: &AzureHub, instance: &str, event: &str) {
    let signal = Signal::Event {
        name: EventName::new(event).unwrap(),
        input: Payload::from_json("0").unwrap(),
    };
    hub.signal(&id(instance), signal).await.unwrap();
}

/// Fetches the one turn that there is.
pub(crate) async fn turn(worker: &Arc<dyn WorkerHub>) -> TurnWork {
    let mut work = worker.fetch_turns(10).await.unwrap();
    assert_eq!(work.len(), 1, "{work:?}");
    work.remove(0)
}

/// A turn that consumes everything that was handed out, and waits.
pub(crate) fn turn_of(work: &TurnWork) -> TurnCommit {
    TurnCommit {
        session: work.session.clone(),
        consumed: work.messages.iter().map(|message| message.receipt).collect(),
        base_event_count: work.event_count,
        events: work
            .messages
            .iter()
            .map(|message| message.event.clone())
            .collect(),
        outgoing: Vec::new(),
        custom_status: CustomStatus::Unchanged,
        version: None,
        suspended: false,
        outcome: TurnOutcome::Waiting,
        eager: ActivityDemand::default(),
        release: false,
    }
}

pub(crate) async fn commit(worker: &Arc<dyn WorkerHub>, turn: TurnCommit) -> Result<Committed, CommitError> {
    let commit = Commit {
        completions: Vec::new(),
        turn: Some(turn),
    };
    worker.commit(vec![commit]).await.remove(0)
}

/// The names of external events, the kinds of the others.
pub(crate) fn outline<'a>(events: impl IntoIterator<Item = &'a Event>) -> Vec<String> {
    let outline = events.into_iter().map(|event| match &event.kind {
        EventKind::EventRaised { name, .. } => name.to_string(),
        other => other.name().to_owned(),
    });
    outline.collect()
}

pub(crate) async fn history(hub: &AzureHub, instance: &str) -> Vec<String> {
    let history = hub.history(&id(instance), None).await.unwrap().unwrap();
    outline(&history.events)
}

/// Returns how many requests of a kind the node has sent.
pub(crate) fn sent(hub: &AzureHub, operation: &str) -> u64 {
    let counts = hub.operations().counts().into_iter();
    counts
        .filter(|count| count.operation == operation)
        .map(|count| count.requests)
        .sum()
}

/// Waits until something holds that no notification tells of.
pub(crate) async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    for _ in 0..600 {
        if holds() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{what} never came");
}
