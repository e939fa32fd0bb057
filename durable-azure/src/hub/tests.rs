//! A node whose storage answers as it is written down: what meets in the moment between two requests.

mod children;
mod order;
mod outbox;

use std::sync::Arc;
use std::time::Duration;

use durable_core::history::{
    ChildPolicy, CompletionStatus, Event, EventKind, ExecutionStarted, ParentRef, Tags,
};
use durable_core::hub::InstanceStatus;
use durable_core::{ExecutionId, InstanceId, Payload, RecordedVersion, TaskId, Timestamp, Version, WireName};
use tokio::runtime::Handle;
use tokio::sync::mpsc::UnboundedReceiver;

use super::in_hand::{Held, QueueOf};
use super::letter::Letter;
use super::load::catch_up;
use super::shared::{Parts, Shared};
use super::store::ReadHistory;
use crate::coordinator::{Arrival, Effect, MessageId};
use crate::partition::QueueLease;
use crate::settings::Settings;
use crate::transport::Secret;
use crate::transport::scripted::{Script, Step, answer, emulator, refusal};
use crate::wire::{HubName, InstanceRow, Names};

struct Node {
    shared: Shared,
    effects: UnboundedReceiver<Effect>,
    script: Arc<Script>,
}

/// A node that owns all partitions of a hub.
fn node(steps: impl IntoIterator<Item = Step>) -> Node {
    let (storage, script) = emulator(steps);
    let (shared, effects) = Shared::new(Parts {
        names: Names::new(HubName::new("hub").unwrap()),
        partition_count: 4,
        node: "node".to_owned(),
        tracking: storage.clone(),
        storage,
        runtime: Handle::current(),
        settings: Settings::default(),
    });
    shared.change(|state| {
        for partition in 0..shared.partition_count {
            let until = Timestamp::from_micros(i64::MAX);
            state.partitions.insert(partition, QueueLease::new(until));
        }
    });
    Node {
        shared,
        effects,
        script,
    }
}

impl Node {
    fn asked(&mut self) -> Vec<Effect> {
        std::iter::from_fn(|| self.effects.try_recv().ok()).collect()
    }

    fn holds(&self, message: &MessageId) {
        let held = Held {
            queue: QueueOf::Control(0),
            receipt: Secret::new("receipt"),
            hidden_until: std::time::Instant::now(),
            renewed: true,
            going: false,
        };
        self.shared.in_hand.take(message.clone(), held);
    }
}

fn child() -> InstanceId {
    InstanceId::new("order:1").unwrap()
}

fn started() -> ExecutionStarted {
    ExecutionStarted {
        instance: child(),
        execution: ExecutionId::from_random(7),
        name: WireName::new("charge").unwrap(),
        version: RecordedVersion::Known(Version::ONE),
        input: Payload::unit(),
        parent: Some(ParentRef {
            instance: InstanceId::new("order").unwrap(),
            execution: ExecutionId::from_random(1),
            name: WireName::new("order").unwrap(),
            version: RecordedVersion::Known(Version::ONE),
            task: TaskId(1),
        }),
        generation: 0,
        scheduled_start: None,
        tags: Tags::new(),
    }
}

fn letter() -> Letter {
    let event = Event::new(
        Timestamp::from_micros(1),
        EventKind::ExecutionStarted(Box::new(started())),
    );
    Letter::new(child(), Some(started().execution), event)
}

fn from_the_queue(node: &Node, message: &MessageId) -> Arrival {
    Arrival {
        dequeues: 1,
        policy: Some(ChildPolicy::Terminate),
        ..node.shared.arrival(letter(), Some(message.clone()))
    }
}

/// The etag that the service gives a row.
const ETAG: [(&str, &str); 1] = [("etag", "W/\"1\"")];

/// What the service stores of a row, taken from what is sent for it.
async fn stored(row: &InstanceRow) -> String {
    let writer = node([answer(204, &ETAG, "")]);
    assert!(writer.shared.insert_row(row).await.unwrap().is_some());
    writer.script.sent()[0].body.clone()
}

/// A sentinel, as the service answers a read of it.
fn sentinel(execution: &ExecutionId, previous: &ExecutionId) -> String {
    format!(
        r#"{{"odata.etag":"W/\"s\"","PartitionKey":"order:1","RowKey":"sentinel","ExecutionId":"{execution}","IsCheckpointComplete":true,"DurablePrevious":"{previous}"}}"#
    )
}

/// A row before a turn and after it, as a node writes it that has just stored the turn.
fn row_of_a_turn(node: &Node) -> (InstanceRow, InstanceRow) {
    let before = InstanceRow {
        etag: Some("W/\"0\"".to_owned()),
        ..node.shared.pending_row(&started(), ChildPolicy::Cancel, None)
    };
    let mut after = before.clone();
    after.record.status = InstanceStatus::Running;
    after.record.event_count = 3;
    (before, after)
}

#[tokio::test]
async fn a_row_that_others_went_on_with_is_left_to_them() {
    let (first, second) = (started().execution, ExecutionId::from_random(8));
    for (is_theirs, writes) in [(true, 1), (false, 2)] {
        let (before, after) = row_of_a_turn(&node([]));
        let found = stored(&before).await;
        let node = node([
            refusal(412, "UpdateConditionNotSatisfied"),
            answer(200, &ETAG, &found),
            answer(200, &[("etag", "W/\"s\"")], &sentinel(&second, &first)),
            answer(204, &[("etag", "W/\"2\"")], ""),
        ]);
        let as_of = if is_theirs { "W/\"r\"" } else { "W/\"s\"" };
        let etag = node
            .shared
            .merge_row(&child(), &before, &after, Some(as_of))
            .await;
        let expected = (!is_theirs).then(|| "W/\"2\"".to_owned());
        assert_eq!(etag.unwrap(), expected);
        let sent = node.script.sent();
        let merges: Vec<_> = sent.iter().filter(|sent| sent.method == "MERGE").collect();
        assert_eq!(merges.len(), writes);
        let conditions: Vec<_> = merges
            .iter()
            .map(|sent| sent.header("if-match").unwrap())
            .collect();
        assert_eq!(conditions, [r#"W/"0""#, r#"W/"1""#][..writes]);
    }
}

#[tokio::test]
async fn a_row_that_was_left_behind_by_continue_as_new_is_written_when_the_instance_is_read() {
    let (first, second) = (started().execution, ExecutionId::from_random(8));
    let mut row = node([]).shared.pending_row(&started(), ChildPolicy::Cancel, None);
    row.record.status = InstanceStatus::Running;
    let found = stored(&row).await;
    let history = format!(r#"{{"value":[{}]}}"#, sentinel(&second, &first));
    let node = node([
        answer(200, &ETAG, &found),
        answer(200, &[], &history),
        answer(204, &[("etag", "W/\"2\"")], ""),
    ]);
    let resident = node.shared.read_resident(&child()).await.unwrap().unwrap();
    assert_eq!(resident.record.execution, second);
    assert_eq!(resident.row_etag, None, "the next commit looks at all of the row");
    let merge = node.script.sent().pop().unwrap();
    assert_eq!(
        (merge.method.as_str(), merge.header("if-match")),
        ("MERGE", Some(r#"W/"1""#))
    );
    let wanted = format!(r#""ExecutionId":"{second}""#);
    assert!(merge.body.contains(&wanted), "{}", merge.body);
}

/// Who reads an instance between the two writes of a turn must not undo what the second one says.
#[tokio::test]
async fn a_row_that_is_written_while_its_instance_is_read_stays_as_it_is_written() {
    let (first, second) = (started().execution, ExecutionId::from_random(8));
    let mut row = node([]).shared.pending_row(&started(), ChildPolicy::Cancel, None);
    row.record.status = InstanceStatus::Running;
    let left_behind = stored(&row).await;
    row.record.execution = second.clone();
    row.record.custom_status = Some(Payload::from_json("\"half\"").unwrap());
    let written = stored(&row).await;
    let history = format!(r#"{{"value":[{}]}}"#, sentinel(&second, &first));
    let node = node([
        answer(200, &ETAG, &left_behind),
        answer(200, &[], &history),
        refusal(412, "UpdateConditionNotSatisfied"),
        answer(200, &ETAG, &written),
        answer(200, &[], &history),
    ]);
    let resident = node.shared.read_resident(&child()).await.unwrap().unwrap();
    assert_eq!(resident.record.custom_status, row.record.custom_status);
    let sent = node.script.sent();
    let merges = sent.iter().filter(|sent| sent.method == "MERGE");
    assert_eq!((merges.count(), sent.len()), (1, 5));
}

/// Found by killing workers: the last event of a turn that ends its instance is not the end, but that of the turn. Who read
/// the instance before its row said that it had ended took it for a running one, and wrote so into the row. A suspension
/// whose row was not written was not shown either.
#[tokio::test]
async fn an_instance_stands_as_its_history_says_though_its_row_does_not() {
    let at = |second: i64| Timestamp::from_micros(second * 1_000_000);
    let ended = EventKind::ExecutionCompleted(CompletionStatus::Completed(Payload::unit()));
    let rewound = EventKind::ExecutionRewound {
        reason: "repaired".to_owned(),
        from: started().execution,
        execution: started().execution,
        version: started().version,
    };
    let reason = || "maintenance".to_owned();
    let suspended = EventKind::ExecutionSuspended { reason: reason() };
    let resumed = EventKind::ExecutionResumed { reason: reason() };
    let begun = EventKind::ExecutionStarted(Box::new(started()));
    let completed = EventKind::OrchestratorCompleted;
    for (behind, status) in [
        (vec![ended.clone()], InstanceStatus::Completed),
        (vec![ended.clone(), completed.clone()], InstanceStatus::Completed),
        (vec![ended, completed.clone(), rewound], InstanceStatus::Running),
        (
            vec![suspended.clone(), completed.clone()],
            InstanceStatus::Suspended,
        ),
        (
            vec![suspended, resumed, completed.clone()],
            InstanceStatus::Running,
        ),
        (vec![completed], InstanceStatus::Running),
    ] {
        let node = node([]);
        let row = node.shared.pending_row(&started(), ChildPolicy::Cancel, None);
        let mut resident = node.shared.resident_of(row);
        let kinds = std::iter::once(begun.clone()).chain(behind);
        let history = ReadHistory {
            execution: Some(started().execution.to_string()),
            events: (1..)
                .zip(kinds)
                .map(|(second, kind)| Event::new(at(second), kind))
                .collect(),
            ..ReadHistory::default()
        };
        catch_up(&mut resident, history);
        let ended_at = (status == InstanceStatus::Completed).then_some(at(2));
        assert_eq!(
            (resident.record.status, resident.record.ended_at),
            (status, ended_at)
        );
    }
}

/// A row of the child that has ended, as its parent's first turn began it that was not stored.
fn ended_child(execution: ExecutionId) -> InstanceRow {
    let mut row = node([]).shared.pending_row(&started(), ChildPolicy::Cancel, None);
    row.record.execution = execution;
    row.record.status = InstanceStatus::Completed;
    row.record.output = Some(Payload::unit());
    row
}

/// A rewind was stored, and its node died before it wrote the row, which tells how the execution before ended.
#[tokio::test]
async fn an_instance_that_was_rewound_goes_on_though_its_row_says_that_it_failed() {
    let next = ExecutionId::from_random(8);
    let mut row = ended_child(started().execution);
    row.record.status = InstanceStatus::Failed;
    row.record.ended_at = Some(Timestamp::from_micros(5));
    let node = node([]);
    let mut resident = node.shared.resident_of(row);
    let rewound = EventKind::ExecutionRewound {
        reason: "repaired".to_owned(),
        from: started().execution,
        execution: next.clone(),
        version: RecordedVersion::Known(Version::new("2").unwrap()),
    };
    let mut history = ReadHistory {
        execution: Some(next.to_string()),
        events: [EventKind::ExecutionStarted(Box::new(started())), rewound]
            .map(|kind| Event::new(Timestamp::from_micros(1), kind))
            .to_vec(),
        ..ReadHistory::default()
    };
    history.own.previous = Some(started().execution.to_string());
    catch_up(&mut resident, history);
    let record = &resident.record;
    assert_eq!(
        (record.status, &record.execution),
        (InstanceStatus::Running, &next)
    );
    assert_eq!((record.ended_at, &record.output), (None, &None));
    assert_eq!(record.version.to_string(), "2");
}

/// A node that stood still stored a turn after this one had read the instance: the result of what that turn called is early
/// for what is held here, however often it comes.
#[tokio::test]
async fn what_comes_too_early_has_an_instance_read_again_that_is_behind_its_history() {
    let execution = started().execution;
    let mut row = node([]).shared.pending_row(&started(), ChildPolicy::Cancel, None);
    row.record.status = InstanceStatus::Running;
    let history = format!(r#"{{"value":[{}]}}"#, sentinel(&execution, &execution));
    let found = stored(&row).await;
    let back = || answer(204, &[("x-ms-popreceipt", "next")], "");
    let read = || [answer(200, &ETAG, &found), answer(200, &[], &history)];
    let node = node(read().into_iter().chain([back()]).chain(read()).chain([back()]));
    let held = |etag: &str| {
        let mut resident = node.shared.resident_of(row.clone());
        resident.etag = Some(etag.to_owned());
        node.shared.change(|state| state.install(resident));
    };
    let message = MessageId::new("m");
    for (etag, is_kept) in [("W/\"r\"", false), ("W/\"s\"", true)] {
        held(etag);
        node.holds(&message);
        node.shared.with(|state| {
            state
                .early
                .insert(child(), vec![(message.clone(), Duration::ZERO)]);
        });
        node.shared.perform(Effect::TooEarly(child())).await.unwrap();
        assert!(node.shared.in_hand.get(&message).is_none(), "it is put back");
        let is_held = node.shared.with(|state| state.residents.contains_key(&child()));
        assert_eq!(is_held, is_kept, "{etag}");
    }
}
