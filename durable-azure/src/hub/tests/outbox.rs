//! Events that a turn raises: when they are put, and when they are not.

use durable_core::EventName;
use durable_core::hub::{
    ActivityDemand, Commit, CommitError, Committed, CustomStatus, Outgoing, TurnCommit, TurnOutcome, TurnWork,
};

use super::order::{batch, join, outline, put, request, stored as written};
use super::*;
use crate::coordinator::WorkerKey;
use crate::hub::letter::Sender;
use crate::hub::outbox::{OUTBOX, outbox_column};
use crate::value::Value;
use crate::wire::Guid;

fn receiver() -> InstanceId {
    InstanceId::new("receiver").unwrap()
}

fn raise(name: &str) -> Outgoing {
    Outgoing::Raise {
        to: receiver(),
        name: EventName::new(name).unwrap(),
        input: Payload::unit(),
    }
}

/// A node with an instance that was just started, which is asked for its turn. The answers to its commit follow.
async fn begun(steps: impl IntoIterator<Item = Step>) -> (Node, WorkerKey, TurnWork) {
    let start = [refusal(404, "TableNotFound"), put(), written()];
    let node = node(start.into_iter().chain(steps));
    let worker = join(&node, Vec::new());
    node.shared.start(request()).await.unwrap();
    let work = node.shared.with(|state| state.fetch_turns(worker, 1)).remove(0);
    (node, worker, work)
}

async fn commit(
    node: &Node,
    worker: WorkerKey,
    work: &TurnWork,
    outgoing: Vec<Outgoing>,
) -> Result<Committed, CommitError> {
    let messages = &work.messages;
    let turn = TurnCommit {
        session: work.session.clone(),
        consumed: messages.iter().map(|message| message.receipt).collect(),
        base_event_count: work.event_count,
        events: messages.iter().map(|message| message.event.clone()).collect(),
        outgoing,
        custom_status: CustomStatus::Unchanged,
        version: None,
        suspended: false,
        outcome: TurnOutcome::Waiting,
        eager: ActivityDemand::default(),
        release: false,
    };
    let commit = Commit {
        completions: Vec::new(),
        turn: Some(turn),
    };
    node.shared.commit(worker, vec![commit]).await.remove(0)
}

/// The requests of the commit.
fn of_commit(node: &Node) -> Vec<String> {
    outline(&node.script).split_off(3)
}

fn queue(node: &Node) -> String {
    let partition = node.shared.partition_of(&receiver());
    format!("POST hub-control-{partition:02}/messages")
}

/// The id that tells a message from the others, in the body of a request.
fn cause(body: &str) -> String {
    let (_, rest) = body.split_once(r#""DurableCausedBy":""#).unwrap();
    rest.split_once('"').unwrap().0.to_owned()
}

#[tokio::test]
async fn an_event_is_put_when_its_turn_is_stored_and_noted_before_anything_is_removed() {
    let steps = [batch(2), put(), put(), written(), written()];
    let (mut node, worker, work) = begun(steps).await;
    let done = commit(&node, worker, &work, vec![raise("one"), raise("two")]).await;
    done.unwrap();
    let queue = queue(&node);
    let order = [
        "POST $batch",
        &queue,
        &queue,
        "MERGE hubHistory",
        "MERGE hubInstances",
    ];
    assert_eq!(of_commit(&node), order);
    let sent = node.script.sent();
    assert!(sent[3].body.contains(OUTBOX), "{}", sent[3].body);
    assert!(sent[4].body.contains(r#""Name":"one""#) && sent[5].body.contains(r#""Name":"two""#));
    assert_ne!(cause(&sent[4].body), cause(&sent[5].body));
    // Under the etag of the commit.
    assert_eq!(sent[6].header("if-match"), Some(r#"W/"2""#));
    assert!(sent[6].body.contains(r#"\"messages\":[]"#), "{}", sent[6].body);
    let held = node.shared.with(|state| state.residents[&child()].etag.clone());
    assert_eq!(
        held.as_deref(),
        Some(r#"W/"1""#),
        "the next commit stands on the new one"
    );
    let asked = node.asked();
    assert!(
        asked.contains(&Effect::Load(receiver())) && asked.iter().any(|one| matches!(one, Effect::Delete(_))),
        "{asked:?}"
    );
}

/// As a child does that raises an event for its parent and ends.
#[tokio::test]
async fn what_follows_an_event_to_its_receiver_does_not_overtake_it() {
    let steps = [put(), batch(2), put(), put(), written(), written()];
    let (node, worker, work) = begun(steps).await;
    let send = |to: &InstanceId| Outgoing::Send {
        to: to.clone(),
        execution: None,
        event: Event::new(
            Timestamp::from_micros(1),
            EventKind::ExecutionSuspended {
                reason: "enough".to_owned(),
            },
        ),
    };
    let other = InstanceId::new("other").unwrap();
    let outgoing = vec![raise("one"), send(&receiver()), send(&other)];
    commit(&node, worker, &work, outgoing).await.unwrap();
    let sent = node.script.sent().split_off(3);
    let kind = |at: usize, text: &str| assert!(sent[at].body.contains(text), "{}", sent[at].body);
    kind(0, "ExecutionSuspended");
    kind(2, "EventRaised");
    kind(3, "ExecutionSuspended");
    let queue = queue(&node);
    assert_eq!(of_commit(&node)[1..4], ["POST $batch", &queue, &queue]);
}

#[tokio::test(start_paused = true)]
async fn a_turn_that_was_refused_or_perhaps_not_stored_raises_nothing() {
    let (mut node, worker, work) = begun([refusal(412, "UpdateConditionNotSatisfied")]).await;
    let done = commit(&node, worker, &work, vec![raise("one")]).await;
    assert!(matches!(done, Err(CommitError::Stale { .. })), "{done:?}");
    assert_eq!(of_commit(&node), ["POST $batch"]);
    // What the turn would have consumed is not lost: it waits until the instance has been read.
    assert_eq!(node.asked(), [Effect::Load(child())]);

    let steps = [Step::Broken, refusal(403, "AuthorizationFailure")];
    let (mut node, worker, work) = begun(steps).await;
    let done = commit(&node, worker, &work, vec![raise("one")]).await;
    assert!(matches!(done, Err(CommitError::Hub(_))), "{done:?}");
    assert_eq!(of_commit(&node), ["POST $batch", "POST $batch"]);
    assert_eq!(node.asked(), [Effect::Load(child())]);
}

#[tokio::test]
async fn a_turn_whose_event_could_not_be_put_is_not_over() {
    let (mut node, worker, work) = begun([batch(2), refusal(403, "AuthorizationFailure")]).await;
    let done = commit(&node, worker, &work, vec![raise("one")]).await;
    assert!(matches!(done, Err(CommitError::Hub(_))), "{done:?}");
    assert_eq!(of_commit(&node), ["POST $batch".to_owned(), queue(&node)]);
    // It is read again, and nothing that it has consumed is removed.
    assert_eq!(node.asked(), [Effect::Load(child())]);
    assert!(node.shared.with(|state| state.residents.is_empty()));
}

#[tokio::test]
async fn a_node_that_lost_the_partition_while_it_stored_a_turn_leaves_its_events_to_the_next() {
    let back = answer(204, &[("x-ms-popreceipt", "next")], "");
    let (node, worker, work) = begun([batch(2), back]).await;
    let lease = node.shared.with(|state| {
        let over = QueueLease::new(Timestamp::from_micros(0));
        state.partitions.insert(node.shared.partition_of(&child()), over)
    });
    assert!(lease.is_some());
    let done = commit(&node, worker, &work, vec![raise("one")]).await;
    assert!(matches!(done, Err(CommitError::Hub(_))), "{done:?}");
    assert_eq!(of_commit(&node)[..1], ["POST $batch"]);
    assert!(!of_commit(&node).contains(&queue(&node)));
}

/// The history of an instance whose node died before it put an event, as it is read, and the event's id.
fn left(node: &Node) -> (String, String) {
    let execution = started().execution;
    let kind = EventKind::EventRaised {
        name: EventName::new("one").unwrap(),
        input: Payload::unit(),
    };
    let mut letter = Letter::to_any(&receiver(), Timestamp::from_micros(1), kind);
    let id = Guid(7).to_string();
    letter.extras.caused_by = Some(id.clone());
    let message = node.shared.message(&letter, &Sender::default()).unwrap();
    let (column, content) = outbox_column(vec![message.write().unwrap()]).unwrap();
    let Value::String(content) = content else {
        unreachable!("it is a text");
    };
    let content = serde_json::Value::from(content);
    let sentinel = format!(
        r#"{{"odata.etag":"W/\"s\"","PartitionKey":"order:1","RowKey":"sentinel","ExecutionId":"{execution}","IsCheckpointComplete":true,"{column}":{content}}}"#
    );
    (format!(r#"{{"value":[{sentinel}]}}"#), id)
}

/// A node to which a message comes for an instance whose node died before it put an event.
async fn after_a_death(steps: impl IntoIterator<Item = Step>) -> (Node, String) {
    let (history, id) = left(&node([]));
    let mut row = node([]).shared.pending_row(&started(), ChildPolicy::Cancel, None);
    row.record.status = InstanceStatus::Running;
    let read = [
        answer(200, &ETAG, &stored(&row).await),
        answer(200, &[], &history),
    ];
    let node = node(read.into_iter().chain(steps));
    let message = MessageId::new("m");
    node.holds(&message);
    node.shared
        .change(|state| state.deliver(from_the_queue(&node, &message)));
    node.shared.load(&child()).await;
    (node, id)
}

#[tokio::test]
async fn an_event_that_a_dead_node_did_not_put_is_put_before_its_instance_goes_on() {
    let (mut node, id) = after_a_death([put(), written()]).await;
    let queue = queue(&node);
    let order = ["GET hubInstances", "GET hubHistory", &queue, "MERGE hubHistory"];
    assert_eq!(outline(&node.script), order);
    let sent = node.script.sent();
    assert_eq!(cause(&sent[2].body), id, "so that the receiver knows it again");
    assert_eq!(sent[3].header("if-match"), Some(r#"W/"s""#));
    let held = node.shared.with(|state| state.residents[&child()].etag.clone());
    assert_eq!(held.as_deref(), Some(r#"W/"1""#));
    assert!(node.asked().contains(&Effect::Load(receiver())));
}

#[tokio::test]
async fn an_instance_whose_events_cannot_be_put_does_not_go_on() {
    let back = answer(204, &[("x-ms-popreceipt", "next")], "");
    let (node, _) = after_a_death([refusal(403, "AuthorizationFailure"), back]).await;
    assert!(node.shared.with(|state| state.residents.is_empty()));
    assert!(
        node.shared.in_hand.get(&MessageId::new("m")).is_none(),
        "what has it read again is put back"
    );
}

#[tokio::test]
async fn a_turn_that_consumed_nothing_is_reminded_of_its_events_by_a_message() {
    let steps = [
        batch(2),
        written(),
        put(),
        batch(1),
        put(),
        written(),
        written(),
        written(),
    ];
    let (mut node, worker, mut work) = begun(steps).await;
    commit(&node, worker, &work, Vec::new()).await.unwrap();
    node.asked();
    work.event_count = 1;
    work.messages.clear();
    commit(&node, worker, &work, vec![raise("one")]).await.unwrap();
    let own = format!("hub-control-{:02}/messages", node.shared.partition_of(&child()));
    let order = [
        format!("POST {own}"),
        "POST $batch".to_owned(),
        queue(&node),
        "MERGE hubHistory".to_owned(),
        "MERGE hubInstances".to_owned(),
    ];
    assert_eq!(of_commit(&node)[2..7], order);
    // The reminder is removed at last. All messages of the script have one id, and so one name.
    assert!(of_commit(&node)[7].starts_with("DELETE hub-control-"));
}
