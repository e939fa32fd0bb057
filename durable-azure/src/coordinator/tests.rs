//! The coordinator by itself: what the conformance suite cannot see from outside.

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
fn what_is_for_a_partition_that_was_given_away_meanwhile_is_put_back() {
    let (mut state, _) = node();
    state.forget_partition(PARTITION);
    let put_back = |message: &str| Effect::PutBack(MessageId::new(message));
    assert_eq!(state.deliver(arrival("m1", 0, started())), Delivered::Elsewhere);
    let (task, fire_at) = (TaskId(2), at(5));
    let fires = Event::new(at(5), EventKind::TimerFired { task, fire_at });
    assert_eq!(
        state.set_timer(at(5), arrival("m2", 0, fires)),
        Delivered::Elsewhere
    );
    assert_eq!(state.take_effects(), [put_back("m1"), put_back("m2")]);
    state.install(resident(0));
    assert!(state.residents.is_empty() && state.arriving.is_empty() && state.timers.is_empty());
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

#[test]
fn the_next_execution_of_an_instance_that_was_given_away_meanwhile_begins_elsewhere() {
    let (mut state, _) = node();
    state.install(resident(1));
    state.forget_partition(PARTITION);
    state.finish_turn(&order(), continued());
    assert_eq!(state.take_effects(), [Effect::PutBack(MessageId::new("m1"))]);
}

#[test]
fn the_next_execution_of_an_instance_that_was_lost_and_regained_meanwhile_begins_here() {
    let (mut state, worker) = node();
    state.install(resident(1));
    state.forget_partition(PARTITION);
    state.claim(PARTITION, QueueLease::new(at(60)), false);
    state.finish_turn(&order(), continued());
    assert_eq!(state.take_effects(), [Effect::Load(order())]);
    state.install(resident(0));
    assert_eq!(handed_out(&mut state, worker), ["ExecutionStarted"]);
}

#[test]
fn a_partition_that_is_claimed_again_while_it_is_given_up_is_kept() {
    let (mut state, worker) = node();
    state.install(resident(1));
    state.deliver(arrival("m1", 1, raised("e1", 1)));
    state.begin_change(&order());
    let drain = state.begin_drain(PARTITION);
    assert_eq!(
        state.end_drain(PARTITION, drain),
        Drained::NotYet,
        "a change is being stored"
    );
    state.claim(PARTITION, QueueLease::new(at(90)), false);
    state.abort_commit(Some(&order()), &[]);
    assert_eq!(state.end_drain(PARTITION, drain), Drained::Superseded);
    assert_eq!(handed_out(&mut state, worker), ["e1"]);

    let first = state.begin_drain(PARTITION);
    let second = state.begin_drain(PARTITION);
    assert_eq!(state.end_drain(PARTITION, first), Drained::Superseded);
    let kept = vec![MessageId::new("m1")];
    assert_eq!(state.end_drain(PARTITION, second), Drained::Over(kept));
    assert!(state.partitions.is_empty() && state.residents.is_empty());
}

#[test]
fn an_answer_that_nothing_explains_is_put_back_and_a_second_one_is_removed() {
    let (mut state, _) = node();
    let mut resident = resident(1);
    resident.tasks.note_sent(TaskId(3));
    state.install(resident);
    assert_eq!(state.deliver(arrival("m1", 1, completed(4))), Delivered::TooEarly);
    assert_eq!(state.deliver(arrival("m2", 1, completed(3))), Delivered::Accepted);
    assert_eq!(state.deliver(arrival("m3", 1, completed(3))), Delivered::Dropped);
    let early = Effect::TooEarly(order(), MessageId::new("m1"), 1);
    assert_eq!(
        state.take_effects(),
        [early, Effect::Delete(MessageId::new("m3"))]
    );
}

/// Found with a node that stood still: what it had put for a first turn that it did not store any more was run by the next
/// owner, whose own first turn was not stored yet. The result entered the history before what it answers.
#[test]
fn an_answer_of_this_node_itself_waits_too_for_the_turn_that_explains_it() {
    let (mut state, worker) = node();
    state.install(resident(0));
    state.deliver(arrival("m1", 1, started()));
    assert_eq!(state.deliver(arrival("m2", 0, completed(0))), Delivered::TooEarly);
    assert_eq!(
        state.take_effects(),
        [Effect::TooEarly(order(), MessageId::new("m2"), 0)]
    );
    assert_eq!(handed_out(&mut state, worker), ["ExecutionStarted"]);
}

#[test]
fn the_end_of_an_activity_leaves_another_alone_that_has_taken_its_place() {
    let (mut state, _) = node();
    let key = ActivityKey {
        instance: order(),
        execution: execution(),
        task: TaskId(0),
    };
    let ordered = || ActivityOrder {
        task: key.task,
        name: WireName::new("charge").unwrap(),
        version: Version::ONE.into(),
        input: Payload::unit(),
        attempt: 1,
        heartbeat: None,
        queue: None,
        trace: None,
    };
    let settled = |message: &str| Settled {
        key: key.clone(),
        message: Some(MessageId::new(message)),
        result: Ok(Payload::unit()),
        applied: false,
    };
    let delete = |message: &str| [Effect::Delete(MessageId::new(message))];
    let mut add = |message: &str| {
        let message = Some(MessageId::new(message));
        state.add_activity(key.clone(), ordered(), message, (0, 1), None);
        state.take_effects()
    };
    assert_eq!(add("m1"), []);
    assert_eq!(add("m2"), delete("m1"));
    state.finish_activity(&settled("m1"));
    assert_eq!((state.take_effects(), state.activities.len()), (vec![], 1));
    state.finish_activity(&settled("m2"));
    assert_eq!(
        (state.take_effects().as_slice(), state.activities.len()),
        (delete("m2").as_slice(), 0)
    );
}

#[test]
fn what_has_had_its_effect_is_removed_when_it_comes_again() {
    let (mut state, worker) = node();
    let mut resident = resident(1);
    resident.settled.insert(MessageId::new("m1"));
    state.install(resident);
    assert_eq!(
        state.deliver(arrival("m1", 2, raised("e1", 1))),
        Delivered::Dropped
    );
    assert_eq!(state.deliver(arrival("m0", 2, started())), Delivered::Dropped);
    assert_eq!(handed_out(&mut state, worker), Vec::<String>::new());
}

fn caused_by(cause: &str, message: &str, dequeues: u32) -> Arrival {
    Arrival {
        cause: Some(MessageId::new(cause)),
        ..arrival(message, dequeues, raised("e1", 1))
    }
}

fn commit_of(work: &TurnWork) -> Commit {
    let turn = TurnCommit {
        session: work.session.clone(),
        consumed: work.messages.iter().map(|message| message.receipt).collect(),
        base_event_count: work.event_count,
        events: Vec::new(),
        outgoing: Vec::new(),
        custom_status: CustomStatus::Unchanged,
        version: None,
        suspended: false,
        outcome: TurnOutcome::Waiting,
        eager: ActivityDemand::default(),
        release: false,
    };
    Commit {
        completions: Vec::new(),
        turn: Some(turn),
    }
}

/// The sender's node died before it knew that the event was put, or its put was not answered.
#[test]
fn an_event_that_is_put_twice_has_its_effect_once_also_after_continue_as_new() {
    let (mut state, worker) = node();
    state.install(resident(1));
    assert_eq!(state.deliver(caused_by("c", "m1", 0)), Delivered::Accepted);
    assert_eq!(
        state.deliver(caused_by("c", "m2", 1)),
        Delivered::Dropped,
        "the first still waits"
    );
    assert_eq!(state.deliver(caused_by("d", "m3", 1)), Delivered::Accepted);
    let work = state.fetch_turns(worker, 10).remove(0);
    assert_eq!(work.messages.len(), 2);
    let (basis, _) = state.begin_commit(worker, &mut commit_of(&work)).unwrap();
    let stored = basis.unwrap().settles;
    assert_eq!(
        stored,
        [MessageId::new("c"), MessageId::new("d")],
        "the next node knows them"
    );
    let consumed = work.messages.iter().map(|message| message.receipt).collect();
    state.finish_turn(
        &order(),
        AppliedTurn {
            consumed,
            ..continued()
        },
    );
    assert_eq!(state.deliver(caused_by("c", "m4", 1)), Delivered::Dropped);
    assert_eq!(
        state.deliver(caused_by("c", "m1", 2)),
        Delivered::Dropped,
        "the message itself"
    );

    let mut again = resident(1);
    again.settled = stored.into_iter().collect();
    state.forget_resident(&order());
    state.install(again);
    assert_eq!(state.deliver(caused_by("d", "m5", 1)), Delivered::Dropped);
    assert_eq!(state.deliver(caused_by("e", "m6", 1)), Delivered::Accepted);
}

/// The node lost the partition and took it again, and forgot that it had the message, which then came out of the queue.
#[test]
fn what_waits_already_is_not_taken_twice() {
    let (mut state, worker) = node();
    state.deliver(arrival("m1", 0, raised("e1", 1)));
    assert_eq!(state.deliver(arrival("m1", 1, raised("e1", 1))), Delivered::Waits);
    state.install(resident(1));
    assert_eq!(state.deliver(arrival("m1", 2, raised("e1", 1))), Delivered::Waits);
    assert_eq!(handed_out(&mut state, worker), ["e1"]);
    assert_eq!(state.take_effects(), [Effect::Load(order())]);
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
fn what_a_dead_node_had_is_sorted_while_the_partition_is_closed() {
    let (mut state, worker) = node();
    state.closed.insert(PARTITION);
    let mut resident = resident(1);
    resident.tasks.note_sent(TaskId(2));
    state.install(resident);
    let (task, fire_at) = (TaskId(2), at(5));
    let fired = Event::new(at(5), EventKind::TimerFired { task, fire_at });
    state.deliver(arrival("m1", 2, fired));
    for (message, name, second) in [("m2", "late", 6), ("m3", "early", 4)] {
        state.deliver(arrival(message, 2, raised(name, second)));
    }
    assert_eq!(handed_out(&mut state, worker), Vec::<String>::new());
    state.closed.remove(&PARTITION);
    assert_eq!(handed_out(&mut state, worker), ["early", "TimerFired", "late"]);
}

#[test]
fn nothing_is_handed_out_of_a_partition_whose_lease_is_over() {
    let (mut state, worker) = node();
    state.install(resident(1));
    state.deliver(arrival("m1", 1, raised("e1", 1)));
    state.advance(at(60));
    assert_eq!(handed_out(&mut state, worker), Vec::<String>::new());
}

#[test]
fn a_partition_that_is_given_up_takes_everything_along() {
    let (mut state, worker) = node();
    state.install(resident(1));
    state.deliver(arrival("m1", 1, raised("e1", 1)));
    state.set_timer(at(50), arrival("m2", 0, raised("e2", 1)));
    let work = state.fetch_turns(worker, 10);
    let mut messages = state.forget_partition(PARTITION);
    messages.sort();
    assert_eq!(messages, [MessageId::new("m1"), MessageId::new("m2")]);
    let token = super::turn_token(&work[0].session).unwrap();
    assert!(
        state.owned(worker, token).is_err(),
        "a session outlived its partition"
    );
    assert_eq!(state.next_moment(), None);
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
