//! The coordinator by itself: what the conformance suite cannot see from outside.

mod again;
mod early;
mod partitions;

use std::time::Duration;

use durable_core::history::{Event, EventKind, ExecutionStarted, Tags};
use durable_core::hub::{
    ActivityDemand, ActivityKey, ActivityOrder, CodeKey, Commit, CustomStatus, InstanceRecord,
    InstanceStatus, TurnCommit, TurnOutcome, TurnWork, WorkerOffer,
};
use durable_core::{
    BuildId, EventName, ExecutionId, InstanceId, Payload, RecordedVersion, TaskId, Timestamp, Version,
    WireName, WorkerId,
};

use super::{
    AppliedTurn, Arrival, Delivered, Drained, Effect, MessageId, Resident, Settled, State, WorkerKey,
};
use crate::partition::QueueLease;

const PARTITION: u32 = 2;

fn at(second: i64) -> Timestamp {
    Timestamp::from_micros(second * 1_000_000)
}

fn order() -> InstanceId {
    InstanceId::new("order").unwrap()
}

fn execution() -> ExecutionId {
    ExecutionId::from_random(1)
}

fn record(event_count: u64) -> InstanceRecord {
    InstanceRecord {
        instance: order(),
        execution: execution(),
        generation: 0,
        name: WireName::new("flow").unwrap(),
        version: RecordedVersion::Known(Version::ONE),
        status: InstanceStatus::Running,
        created_at: at(0),
        updated_at: at(0),
        ended_at: None,
        scheduled_start: None,
        input: Payload::unit(),
        output: None,
        failure: None,
        custom_status: None,
        tags: Tags::new(),
        parent: None,
        policy: durable_core::history::ChildPolicy::default(),
        blocked: None,
        stalled_since: None,
        owner: None,
        event_count,
    }
}

fn arrival(message: &str, dequeues: u32, event: Event) -> Arrival {
    Arrival {
        instance: order(),
        partition: PARTITION,
        execution: None,
        event,
        since: at(1),
        message: Some(MessageId::new(message)),
        cause: None,
        dequeued_at: at(1),
        dequeues,
        start_generation: None,
        carried: false,
        policy: None,
    }
}

fn raised(name: &str, second: i64) -> Event {
    let (name, input) = (EventName::new(name).unwrap(), Payload::unit());
    Event::new(at(second), EventKind::EventRaised { name, input })
}

fn completed(task: u32) -> Event {
    let (task, result) = (TaskId(task), Payload::unit());
    Event::new(at(1), EventKind::TaskCompleted { task, result })
}

fn started() -> Event {
    let record = record(0);
    let started = ExecutionStarted {
        instance: record.instance,
        execution: record.execution,
        name: record.name,
        version: record.version,
        input: record.input,
        parent: None,
        generation: 0,
        scheduled_start: None,
        tags: Tags::new(),
    };
    Event::new(at(0), EventKind::ExecutionStarted(Box::new(started)))
}

/// A node that owns the partition until second 60, with a worker.
fn node() -> (State, WorkerKey) {
    let mut state = State::default();
    state.advance(at(1));
    state.partitions.insert(PARTITION, QueueLease::new(at(60)));
    let flow = CodeKey {
        name: WireName::new("flow").unwrap(),
        version: Version::ONE,
    };
    let offer = WorkerOffer {
        worker: WorkerId::new("a").unwrap(),
        build: BuildId(1),
        orchestrators: vec![flow],
        activities: Vec::new(),
        takes_mismatched: false,
    };
    let worker = state.join(offer).unwrap();
    (state, worker)
}

fn resident(event_count: u64) -> Resident {
    Resident::new(0, PARTITION, record(event_count))
}

/// A turn that continued as new, with the start of the next execution.
fn continued() -> AppliedTurn {
    AppliedTurn {
        record: record(0),
        row_etag: None,
        etag: None,
        events: Vec::new(),
        consumed: Vec::new(),
        sent: Vec::new(),
        wishes: None,
        next: Some(vec![arrival("m1", 0, started())]),
    }
}

fn handed_out(state: &mut State, worker: WorkerKey) -> Vec<String> {
    let work = state.fetch_turns(worker, 10);
    let messages = work.iter().flat_map(|work| &work.messages);
    let names = messages.map(|message| match &message.event.kind {
        EventKind::EventRaised { name, .. } => name.to_string(),
        other => other.name().to_owned(),
    });
    names.collect()
}

#[test]
fn a_message_for_what_is_not_held_asks_for_it_once_and_waits() {
    let (mut state, worker) = node();
    for (message, name) in [("m1", "e1"), ("m2", "e2")] {
        assert_eq!(
            state.deliver(arrival(message, 1, raised(name, 1))),
            Delivered::Waits
        );
    }
    assert_eq!(state.take_effects(), [Effect::Load(order())]);
    state.install(resident(1));
    assert_eq!(handed_out(&mut state, worker), ["e1", "e2"]);
}

#[test]
fn an_instance_is_handed_out_with_its_first_event_only() {
    let (mut state, worker) = node();
    state.install(resident(0));
    state.deliver(arrival("m2", 1, raised("early", 1)));
    assert_eq!(handed_out(&mut state, worker), Vec::<String>::new());
    let mut start = arrival("m1", 1, started());
    start.execution = Some(execution());
    state.deliver(start);
    assert_eq!(handed_out(&mut state, worker), ["ExecutionStarted", "early"]);
}

#[test]
fn an_execution_whose_row_was_never_written_begins_as_its_start_says() {
    let (mut state, worker) = node();
    // Read from the history of a node that died: the row still tells of the execution before.
    state.install(resident(0));
    let EventKind::ExecutionStarted(mut next) = started().kind else {
        unreachable!("made so");
    };
    (next.generation, next.input) = (1, Payload::from_json(r#""next""#).unwrap());
    let mut start = arrival(
        "m1",
        1,
        Event::new(at(1), EventKind::ExecutionStarted(next.clone())),
    );
    start.execution = Some(execution());
    state.deliver(start);
    let record = &state.residents[&order()].record;
    assert_eq!((record.generation, &record.input), (1, &next.input));
    assert_eq!(handed_out(&mut state, worker), ["ExecutionStarted"]);
}

#[test]
fn an_execution_begins_once_however_its_start_came() {
    let (mut state, worker) = node();
    // Put before this node owned the partition, and so read from the queue; the event was put after.
    assert_eq!(state.deliver(arrival("m1", 1, started())), Delivered::Waits);
    state.install(resident(0));
    assert_eq!(state.deliver(arrival("m2", 0, started())), Delivered::Dropped);
    assert_eq!(
        state.deliver(arrival("m3", 0, raised("e1", 1))),
        Delivered::Accepted
    );
    assert_eq!(handed_out(&mut state, worker), ["ExecutionStarted", "e1"]);
}

#[test]
fn a_new_build_is_granted_its_try_before_it_gets_it() {
    let (mut state, worker) = node();
    let mut blocked = resident(1);
    blocked.record.blocked = Some(durable_core::hub::BlockReport {
        reason: "panic".to_owned(),
        message: String::new(),
        step: None,
        place: None,
        since: at(0),
        build: BuildId(7),
    });
    state.install(blocked);
    state.deliver(arrival("m1", 1, raised("e1", 1)));
    for _ in 0..2 {
        assert_eq!(handed_out(&mut state, worker), Vec::<String>::new());
    }
    assert_eq!(state.take_effects(), [Effect::GrantTry(order(), BuildId(1))]);
    let resident = state.residents.get_mut(&order()).unwrap();
    resident.block.granted.insert(BuildId(1));
    assert_eq!(handed_out(&mut state, worker), ["e1"]);
    state.leave(worker);
    assert_eq!(
        state.residents.get(&order()).map(Resident::has_undelivered),
        Some(true)
    );
}

#[test]
fn an_instance_that_is_being_changed_keeps_its_owner_although_its_lease_runs_out() {
    let (mut state, worker) = node();
    state.install(resident(1));
    state.deliver(arrival("m1", 1, raised("e1", 1)));
    assert_eq!(handed_out(&mut state, worker), ["e1"]);
    state.begin_change(&order()).unwrap();
    state.stop_renewal(worker, Duration::from_secs(5));
    state.advance(at(10));
    let mut offer = state.workers[&worker].offer.clone();
    offer.worker = WorkerId::new("b").unwrap();
    let other = state.join(offer).unwrap();
    assert_eq!(handed_out(&mut state, other), Vec::<String>::new());
    state.abort_commit(Some(&order()), &[]);
    assert_eq!(handed_out(&mut state, other), ["e1"]);
}
