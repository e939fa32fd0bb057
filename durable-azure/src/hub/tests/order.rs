//! In which order the requests of an operation go, and to which account: the order is the protocol.

use std::fmt::Write as _;

use durable_core::hub::{
    ActivityCompletion, ActivityDemand, ActivityKey, ActivityOrder, CodeKey, Commit, CustomStatus, IdReuse,
    Outgoing, StartRequest, TurnCommit, TurnOutcome, WorkerOffer,
};
use durable_core::{BuildId, WorkerId};

use super::*;
use crate::coordinator::WorkerKey;
use crate::hub::store::{AppendError, Appending};

const PUT: &str = "<QueueMessagesList><QueueMessage><MessageId>5974b586-0df3-4e2d-ad0c-18e3892bfca2</MessageId>\
    <InsertionTime>Sat, 21 Nov 2026 01:43:00 GMT</InsertionTime><PopReceipt>r</PopReceipt>\
    <TimeNextVisible>Sat, 21 Nov 2026 01:43:00 GMT</TimeNextVisible></QueueMessage></QueueMessagesList>";

pub(super) fn put() -> Step {
    answer(201, &[], PUT)
}

pub(super) fn stored() -> Step {
    answer(204, &ETAG, "")
}

/// The answer to a transaction of so many operations.
pub(super) fn batch(operations: usize) -> Step {
    let mut body = "--batchresponse_1\r\n\r\n".to_owned();
    for _ in 0..operations {
        body.push_str("--changesetresponse_1\r\nContent-Type: application/http\r\n\r\n");
        write!(body, "HTTP/1.1 204 X\r\nETag: W/\"2\"\r\n\r\n\r\n").unwrap();
    }
    body.push_str("--changesetresponse_1--\r\n--batchresponse_1--\r\n");
    answer(202, &[], &body)
}

/// Method and path of each request, without the account and what identifies a message.
pub(super) fn outline(script: &Script) -> Vec<String> {
    let sent = script.sent().into_iter().map(|sent| {
        let (_, path) = sent.address.split_once("devstoreaccount1/").unwrap();
        let end = path.find(['?', '(']).unwrap_or(path.len());
        format!("{} {}", sent.method, &path[..end])
    });
    sent.collect()
}

pub(super) fn request() -> StartRequest {
    StartRequest {
        started: ExecutionStarted {
            parent: None,
            ..started()
        },
        reuse: IdReuse::default(),
        raise: None,
        trace: None,
    }
}

fn code(name: &str) -> CodeKey {
    CodeKey {
        name: WireName::new(name).unwrap(),
        version: Version::ONE,
    }
}

pub(super) fn join(node: &Node, activities: Vec<CodeKey>) -> WorkerKey {
    let offer = WorkerOffer {
        worker: WorkerId::new("a").unwrap(),
        build: BuildId(1),
        orchestrators: vec![code("charge")],
        activities,
        takes_mismatched: false,
    };
    node.shared.change(|state| state.join(offer)).unwrap()
}

fn order() -> ActivityOrder {
    ActivityOrder {
        task: TaskId(0),
        name: WireName::new("pay").unwrap(),
        version: RecordedVersion::Known(Version::ONE),
        input: Payload::unit(),
        attempt: 1,
        heartbeat: None,
        queue: None,
        trace: None,
    }
}

#[tokio::test]
async fn a_start_is_put_before_its_row_is_written() {
    let node = node([refusal(404, "TableNotFound"), put(), stored()]);
    node.shared.start(request()).await.unwrap();
    let queue = format!("hub-control-{:02}", node.shared.partition_of(&child()));
    assert_eq!(
        outline(&node.script),
        [
            "GET hubDurableFences",
            &format!("POST {queue}/messages"),
            "POST hubInstances"
        ]
    );
    let sent = node.script.sent();
    let time = |body: &str, member: &str| {
        let (_, rest) = body.split_once(&format!("\"{member}\":\"")).unwrap();
        rest.split_once('"').unwrap().0.to_owned()
    };
    assert!(sent[1].body.contains("\"Generation\":0") && sent[2].body.contains("\"Generation\":0"));
    assert_eq!(
        time(&sent[2].body, "CreatedTime"),
        time(&sent[1].body, "Timestamp")
    );
}

#[tokio::test]
async fn a_turn_is_put_then_committed_then_shown_and_only_then_removed() {
    let start = [refusal(404, "TableNotFound"), put(), stored()];
    let mut node = node(start.into_iter().chain([put(), batch(2), stored()]));
    let worker = join(&node, Vec::new());
    node.shared.start(request()).await.unwrap();
    let work = node.shared.with(|state| state.fetch_turns(worker, 1)).remove(0);
    let turn = TurnCommit {
        session: work.session.clone(),
        consumed: work.messages.iter().map(|message| message.receipt).collect(),
        base_event_count: 0,
        events: work
            .messages
            .iter()
            .map(|message| message.event.clone())
            .collect(),
        outgoing: vec![Outgoing::Activity(order())],
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
    let done = node.shared.commit(worker, vec![commit]).await.remove(0);
    done.unwrap();
    assert_eq!(
        outline(&node.script)[3..],
        ["POST hub-workitems/messages", "POST $batch", "MERGE hubInstances"]
    );
    assert!(matches!(node.asked().as_slice(), [Effect::Delete(_)]));
}

#[tokio::test]
async fn an_activity_s_result_is_put_before_its_work_item_is_removed() {
    let mut node = node([put()]);
    let worker = join(&node, vec![code("pay")]);
    let key = ActivityKey {
        instance: child(),
        execution: started().execution,
        task: TaskId(0),
    };
    let item = MessageId::new("item");
    let work = node.shared.with(|state| {
        state.add_activity(key, order(), Some(item.clone()), (0, 0), None);
        state.fetch_activities(worker, &ActivityDemand::of_slots(1)).run
    });
    let completion = ActivityCompletion {
        session: work[0].session.clone(),
        result: Ok(Payload::unit()),
        applied: false,
    };
    let commit = Commit {
        completions: vec![completion],
        turn: None,
    };
    let done = node.shared.commit(worker, vec![commit]).await.remove(0);
    done.unwrap();
    let queue = format!("hub-control-{:02}", node.shared.partition_of(&child()));
    assert_eq!(outline(&node.script), [format!("POST {queue}/messages")]);
    // The result is at hand, so its instance is read.
    assert_eq!(node.asked(), [Effect::Load(child()), Effect::Delete(item)]);
}

#[tokio::test]
async fn the_first_commit_inserts_the_sentinel_and_every_other_merges_it_under_its_etag() {
    let node = node([batch(1), batch(1), refusal(412, "UpdateConditionNotSatisfied")]);
    let id = child();
    let mut appending = Appending {
        instance: &id,
        execution: "e",
        next_row: 0,
        events: &[],
        etag: None,
        sent: &[],
        wishes: None,
        settled: &[],
        outbox: &[],
        previous: None,
    };
    let etag = node.shared.append(&appending).await.unwrap();
    (appending.etag, appending.next_row) = (Some(etag.as_str()), 1);
    node.shared.append(&appending).await.unwrap();
    let refused = node.shared.append(&appending).await;
    assert!(matches!(refused, Err(AppendError::Stale)), "{refused:?}");
    let sent = node.script.sent();
    assert!(
        sent[0].body.contains("POST http") && !sent[0].body.contains("If-Match"),
        "{}",
        sent[0].body
    );
    assert!(sent[1].body.contains("MERGE http"), "{}", sent[1].body);
    assert!(
        sent[1].body.to_lowercase().contains("if-match: w/\"2\""),
        "{}",
        sent[1].body
    );
}

#[tokio::test]
async fn what_a_hub_consists_of_may_be_there_already() {
    let mut steps: Vec<_> = (0..3).map(|_| refusal(409, "TableAlreadyExists")).collect();
    steps.extend((0..5).map(|_| answer(204, &[], "")));
    let node = node(steps);
    node.shared.create().await.unwrap();
    let order = outline(&node.script);
    assert!(order[..3].iter().all(|one| one == "POST Tables"), "{order:?}");
    assert!(
        order[3..].iter().all(|one| one.starts_with("PUT hub-")) && order.len() == 8,
        "{order:?}"
    );
}

#[tokio::test]
async fn tables_and_blobs_are_in_the_tracking_store_and_queues_are_not() {
    let (queues, queue_script) = emulator([put()]);
    let (tracking, script) = emulator([stored(), answer(201, &ETAG, "")]);
    let (shared, _effects) = Shared::new(Parts {
        names: Names::with_tracking_prefix(HubName::new("hub").unwrap(), "Track").unwrap(),
        node: "node".to_owned(),
        tracking,
        storage: queues,
        runtime: Handle::current(),
        partition_count: 4,
        settings: Settings::default(),
    });
    shared
        .post(&letter(), &super::super::letter::Sender::default())
        .await
        .unwrap();
    let row = shared.pending_row(&started(), ChildPolicy::Cancel, None);
    assert!(shared.insert_row(&row).await.unwrap().is_some());
    shared.put_blob("b", vec![1]).await.unwrap();
    assert_eq!(queue_script.sent().len(), 1);
    assert_eq!(
        outline(&script),
        ["POST TrackInstances", "PUT hub-largemessages/b"]
    );
}

#[tokio::test]
async fn what_is_due_in_a_year_is_hidden_for_a_slice_of_a_week_at_most() {
    let node = node([]);
    let year = Duration::from_hours(365 * 24);
    let fire_at = node.shared.now().saturating_add(year);
    let fired = Event::new(
        fire_at,
        EventKind::TimerFired {
            task: TaskId(1),
            fire_at,
        },
    );
    let letter = Letter::new(child(), None, fired);
    let message = node
        .shared
        .message(&letter, &super::super::letter::Sender::default());
    let hidden = node.shared.time_until(&message.unwrap()).unwrap();
    assert_eq!(hidden, node.shared.settings.timer_slice);
    assert!(hidden <= crate::transport::VISIBILITY_MAX);
}
