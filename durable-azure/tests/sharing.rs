//! Several nodes on one hub: what the storage refuses, and what it gives again.

#![allow(clippy::unwrap_used, clippy::panic, reason = "what fails here fails the test")]

mod support;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use durable_azure::AzureHub;
use durable_core::history::{
    ChildPolicy, CompletionStatus, Event, EventKind, ExecutionStarted, MarkerKind, ParentRef,
};
use durable_core::hub::{
    BlockReport, ChildStart, CommitError, HubErrorKind, InstanceQuery, ManagementQueries, NextExecution,
    Outgoing, TurnCommit, TurnOutcome, TurnWork, WorkerHub,
};
use durable_core::{
    BuildId, EventName, ExecutionId, Payload, RecordedVersion, TaskId, Timestamp, Version, WireName,
};
use durable_testazure::proxy::{Answer, Fault, Gate, Operation, Proxy, Rule};
use durable_testazure::{fresh_name, shared};
use durable_testkit::ManualClock;
use support::{
    LEASE, VISIBILITY, commit, first_event, first_execution, history, id, join, join_with, node, options,
    outline, raise, sent, start, start_as, turn, turn_of, until,
};

/// The clock of the second node says that the leases of the first have run out; the first does not know.
#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_stood_still_is_refused_by_the_etag() {
    let Some(azurite) = shared().unwrap() else { return };
    let (connection, name) = (azurite.connection_string(), fresh_name("still"));
    let first = node(&connection, &name, Duration::ZERO).await;
    let a = join(&first, "a", 1).await;
    start(&first, "order").await;
    let held = turn(&a).await;
    commit(&a, turn_of(&held)).await.unwrap();

    let second = node(&connection, &name, LEASE * 2).await;
    let b = join(&second, "b", 1).await;
    // The first, whose clock stands still, would read the queues for ever.
    until("the claim of all partitions", || second.partitions_owned() == 4).await;
    raise(&second, "order", "item").await;
    let work = turn(&b).await;
    assert_eq!(outline(work.messages.iter().map(|it| &it.event)), ["item"]);
    commit(&b, turn_of(&work)).await.unwrap();

    let mut late = turn_of(&held);
    (late.base_event_count, late.events, late.consumed) = (1, Vec::new(), Vec::new());
    late.outgoing = vec![Outgoing::Timer {
        task: TaskId(7),
        fire_at: Timestamp::from_micros(0),
    }];
    let refused = commit(&a, late).await;
    assert!(matches!(refused, Err(CommitError::Stale { .. })), "{refused:?}");
    assert_eq!(history(&second, "order").await, ["ExecutionStarted", "item"]);
    // What the refused turn had put was taken back: the next thing that comes is something else.
    raise(&second, "order", "last").await;
    let work = turn(&b).await;
    assert_eq!(outline(work.messages.iter().map(|it| &it.event)), ["last"]);
}

/// A node dies between the commit of a turn and the removal of what it consumed.
#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_could_not_be_removed_has_its_effect_once() {
    let Some(azurite) = shared().unwrap() else { return };
    let name = fresh_name("again");
    let proxy = Proxy::before(azurite.account()).await.unwrap();
    let first = node(&proxy.connection_string(), &name, Duration::ZERO).await;
    let a = join(&first, "a", 1).await;
    let removals = proxy.inject(
        Rule::on(Operation::DeleteMessage),
        Fault::Answer(Answer::new(403, "AuthorizationFailure")),
    );
    start(&first, "order").await;
    raise(&first, "order", "item").await;
    let work = turn(&a).await;
    commit(&a, turn_of(&work)).await.unwrap();
    until("the attempt to remove both", || removals.struck() >= 2).await;
    drop((a, first));

    let second = node(&azurite.connection_string(), &name, LEASE * 2).await;
    let b = join(&second, "b", 1).await;
    until("the removal of what came again", || {
        sent(&second, "delete message") >= 2
    })
    .await;
    raise(&second, "order", "more").await;
    let work = turn(&b).await;
    assert_eq!(outline(work.messages.iter().map(|it| &it.event)), ["more"]);
    commit(&b, turn_of(&work)).await.unwrap();
    assert_eq!(
        history(&second, "order").await,
        ["ExecutionStarted", "item", "more"]
    );
}

/// The process of the second build dies of the instance that it was given to try.
#[tokio::test(flavor = "multi_thread")]
async fn the_one_try_of_a_build_is_stored_before_it_is_handed_out() {
    let Some(azurite) = shared().unwrap() else { return };
    let (connection, name) = (azurite.connection_string(), fresh_name("try"));
    let first = node(&connection, &name, Duration::ZERO).await;
    let a = join(&first, "a", 1).await;
    start(&first, "order").await;
    let mut blocked = turn_of(&turn(&a).await);
    (blocked.consumed, blocked.events) = (Vec::new(), Vec::new());
    blocked.outcome = TurnOutcome::Blocked(Box::new(BlockReport {
        reason: "panic".to_owned(),
        message: "it panicked".to_owned(),
        step: None,
        place: None,
        since: Timestamp::from_micros(0),
        build: BuildId(1),
    }));
    commit(&a, blocked).await.unwrap();
    let b = join(&first, "b", 2).await;
    turn(&b).await;
    drop((a, b, first));

    let second = node(&connection, &name, LEASE * 2).await;
    let b = join(&second, "b2", 2).await;
    tokio::time::sleep(VISIBILITY).await;
    start(&second, "other").await;
    assert_eq!(turn(&b).await.instance, id("other"));
    let record = second.get(&id("order")).await.unwrap().unwrap();
    assert!(record.blocked.is_some(), "{record:?}");
    let c = join(&second, "c", 3).await;
    assert_eq!(turn(&c).await.instance, id("order"));
}

/// Two applications, of which one has the app lease; the other is made primary.
#[tokio::test(flavor = "multi_thread")]
async fn one_application_works_until_another_is_made_primary() {
    let Some(azurite) = shared().unwrap() else { return };
    let (connection, name) = (azurite.connection_string(), fresh_name("apps"));
    let clock = ManualClock::new();
    let of = |app: &str| options(&connection, &name, &clock).app(app);
    let first = of("first").open().await.unwrap();
    let _a = join(&first, "a", 1).await;
    until("the lease", || first.partitions_owned() == 4).await;
    let second = of("second").open().await.unwrap();
    let b = join(&second, "b", 1).await;
    start(&second, "order").await;
    assert_eq!((first.partitions_owned(), second.partitions_owned()), (4, 0));

    second.make_primary().await.unwrap();
    // The first renews after 25 seconds, finds that the lease is another's, and gives its partitions back.
    until("the second application's turn", || {
        clock.advance(Duration::from_secs(1));
        second.partitions_owned() == 4 && first.partitions_owned() == 0
    })
    .await;
    assert_eq!(turn(&b).await.instance, id("order"));
    let alone = options(&connection, &fresh_name("alone"), &clock)
        .open()
        .await
        .unwrap();
    assert_eq!(
        alone.make_primary().await.unwrap_err().kind(),
        HubErrorKind::Conflict
    );
}

/// Each of two nodes has a version of its own, and half of the partitions.
#[tokio::test(flavor = "multi_thread")]
async fn work_that_only_another_node_can_do_gets_to_it() {
    const COUNT: usize = 12;
    let Some(azurite) = shared().unwrap() else { return };
    let (connection, name) = (azurite.connection_string(), fresh_name("versions"));
    let clock = ManualClock::new();
    let first = options(&connection, &name, &clock).open().await.unwrap();
    let _one = join_with(&first, "one", 1, "1").await;
    let second = options(&connection, &name, &clock).open().await.unwrap();
    let two = join_with(&second, "two", 2, "2").await;
    until("an even share", || {
        clock.advance(Duration::from_millis(200));
        (first.partitions_owned(), second.partitions_owned()) == (2, 2)
    })
    .await;
    for number in 0..COUNT {
        start_as(&first, &format!("order-{number}"), "2").await;
    }
    let mut seen = BTreeSet::new();
    let mut fetch = two.fetch_turns(COUNT);
    while seen.len() < COUNT {
        match tokio::time::timeout(Duration::from_millis(50), &mut fetch).await {
            Ok(work) => {
                seen.extend(work.unwrap().into_iter().map(|work| work.instance));
                fetch = two.fetch_turns(COUNT);
            }
            Err(_) => clock.advance(Duration::from_millis(500)),
        }
    }
}

/// Two hubs keep their histories in the same tables.
#[tokio::test(flavor = "multi_thread")]
async fn hubs_that_share_a_tracking_store_see_their_own_instances_only() {
    let Some(azurite) = shared().unwrap() else { return };
    let (connection, prefix) = (azurite.connection_string(), fresh_name("Track"));
    let clock = ManualClock::new();
    let mut hubs = Vec::new();
    for number in 0..2 {
        let described = options(&connection, &fresh_name("hub"), &clock);
        let hub = described
            .tracking_store(&connection, &prefix)
            .open()
            .await
            .unwrap();
        start(&hub, &format!("order-{number}")).await;
        hubs.push(hub);
    }
    for (number, hub) in hubs.iter().enumerate() {
        let page = hub.query(InstanceQuery::default()).await.unwrap();
        let ids: Vec<_> = page.items.iter().map(|record| record.instance.clone()).collect();
        assert_eq!(ids, [id(&format!("order-{number}"))]);
    }
}

/// A parent with a child that has made its first turn, and the parent's next turn.
async fn parent_of_one(hub: &AzureHub, worker: &Arc<dyn WorkerHub>) -> TurnWork {
    start(hub, "order").await;
    let mut begun = turn_of(&turn(worker).await);
    let child = ChildStart {
        started: ExecutionStarted {
            instance: id("order:1"),
            execution: ExecutionId::from_random(7),
            parent: Some(ParentRef {
                instance: id("order"),
                execution: first_execution("order"),
                name: WireName::new("flow").unwrap(),
                version: RecordedVersion::Known(Version::ONE),
                task: TaskId(1),
            }),
            ..first_event("order", "1")
        },
        policy: ChildPolicy::Cancel,
        trace: None,
    };
    let started = &child.started;
    let created = EventKind::SubOrchestrationInstanceCreated {
        task: TaskId(1),
        instance: started.instance.clone(),
        name: started.name.clone(),
        version: started.version.clone(),
        input: started.input.clone(),
    };
    begun.events.push(Event::new(Timestamp::from_micros(0), created));
    begun.outgoing = vec![Outgoing::StartChild(Box::new(child))];
    commit(worker, begun).await.unwrap();
    let first = turn(worker).await;
    assert_eq!(first.instance, id("order:1"));
    commit(worker, turn_of(&first)).await.unwrap();
    raise(hub, "order", "enough").await;
    turn(worker).await
}

/// Lets the node die when it is about to tell the child, and returns what the child gets all the same.
async fn told_by_another_node(name: &str, wants: impl FnOnce(&mut TurnCommit)) -> Option<TurnWork> {
    let azurite = shared().unwrap()?;
    let name = fresh_name(name);
    let proxy = Proxy::before(azurite.account()).await.unwrap();
    let first = node(&proxy.connection_string(), &name, Duration::ZERO).await;
    let a = join(&first, "a", 1).await;
    let mut leaves = turn_of(&parent_of_one(&first, &a).await);
    wants(&mut leaves);
    let gate = Gate::new();
    proxy.inject(
        Rule::on(Operation::PutMessage).saying("CancelRequested"),
        Fault::Hold(gate.clone()),
    );
    let committing = tokio::spawn(async move { commit(&a, leaves).await });
    gate.arrived(1).await;
    committing.abort();
    drop(committing.await);
    drop(first);

    let second = node(&azurite.connection_string(), &name, LEASE * 2).await;
    let b = join(&second, "b", 1).await;
    Some(turn(&b).await)
}

fn no_longer_wanted() -> Outgoing {
    Outgoing::CancelChild {
        instance: id("order:1"),
        policy: ChildPolicy::Cancel,
        reason: "its caller no longer waits for it".to_owned(),
    }
}

fn assert_cancelled(work: &TurnWork) {
    assert_eq!(work.instance, id("order:1"));
    let is_request = |event: &Event| matches!(&event.kind, EventKind::Marker(marker) if marker.kind == MarkerKind::CancelRequested);
    assert!(work.messages.iter().any(|it| is_request(&it.event)), "{work:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_child_that_is_no_longer_wanted_hears_of_it_though_the_node_died() {
    let wants = |turn: &mut TurnCommit| turn.outgoing = vec![no_longer_wanted()];
    if let Some(work) = told_by_another_node("unwanted", wants).await {
        assert_cancelled(&work);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_children_of_an_instance_that_ended_hear_of_it_though_the_node_died() {
    let wants = |turn: &mut TurnCommit| {
        let reason = "its parent failed".to_owned();
        turn.outgoing = vec![Outgoing::CancelChildren { reason }];
        let status = CompletionStatus::Completed(Payload::unit());
        turn.events.push(Event::new(
            Timestamp::from_micros(0),
            EventKind::ExecutionCompleted(status.clone()),
        ));
        turn.outcome = TurnOutcome::Ended(status);
    };
    if let Some(work) = told_by_another_node("orphan", wants).await {
        assert_cancelled(&work);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_child_of_an_execution_that_continued_as_new_is_cancelled() {
    let Some(azurite) = shared().unwrap() else { return };
    let hub = node(&azurite.connection_string(), &fresh_name("anew"), Duration::ZERO).await;
    let worker = join(&hub, "a", 1).await;
    let mut anew = turn_of(&parent_of_one(&hub, &worker).await);
    anew.outgoing = vec![no_longer_wanted()];
    anew.outcome = TurnOutcome::ContinuedAsNew(Box::new(NextExecution {
        started: ExecutionStarted {
            execution: ExecutionId::from_random(8),
            generation: 1,
            ..first_event("order", "1")
        },
        carried: Vec::new(),
        trace: None,
    }));
    commit(&worker, anew).await.unwrap();
    let mut work = worker.fetch_turns(10).await.unwrap();
    if work.len() == 1 {
        work.extend(worker.fetch_turns(10).await.unwrap());
    }
    let child = work.iter().find(|work| work.instance == id("order:1"));
    assert_cancelled(child.unwrap());
}

fn mail(name: &str, input: Payload) -> Outgoing {
    Outgoing::Raise {
        to: id("receiver"),
        name: EventName::new(name).unwrap(),
        input,
    }
}

fn small() -> Payload {
    Payload::from_json("0").unwrap()
}

/// A receiver that has made its first turn, and the first turn of a sender.
async fn sender_and_receiver(hub: &AzureHub, worker: &Arc<dyn WorkerHub>) -> TurnCommit {
    start(hub, "receiver").await;
    commit(worker, turn_of(&turn(worker).await)).await.unwrap();
    start(hub, "sender").await;
    turn_of(&turn(worker).await)
}

/// A node dies when it has put the first of two events: its copy comes out of the queue, and the next node puts both.
#[tokio::test(flavor = "multi_thread")]
async fn events_that_a_node_did_not_put_before_it_died_are_put_by_the_next_in_their_order() {
    let Some(azurite) = shared().unwrap() else { return };
    let name = fresh_name("mails");
    let proxy = Proxy::before(azurite.account()).await.unwrap();
    let first = node(&proxy.connection_string(), &name, Duration::ZERO).await;
    let a = join(&first, "a", 1).await;
    let mut raises = sender_and_receiver(&first, &a).await;
    // Too large for a column and for a message: both are in blobs.
    let large = Payload::from_json(&format!("\"{}\"", "x".repeat(100_000))).unwrap();
    raises.outgoing = vec![mail("one", small()), mail("two", large)];
    let gate = Gate::new();
    let of_two = Rule::on(Operation::PutMessage).saying("EventRaised.json.gz");
    proxy.inject(of_two, Fault::Hold(gate.clone()));
    let committing = tokio::spawn(async move { commit(&a, raises).await });
    gate.arrived(1).await;
    committing.abort();
    drop(committing.await);
    drop(first);

    let second = node(&azurite.connection_string(), &name, LEASE * 2).await;
    let b = join(&second, "b", 1).await;
    raise(&second, "sender", "more").await;
    let mut came = Vec::new();
    while came.len() < 3 {
        for work in b.fetch_turns(10).await.unwrap() {
            let mut next = turn_of(&work);
            if work.instance == id("sender") {
                next.outgoing = vec![mail("three", small())];
            } else {
                came.extend(outline(work.messages.iter().map(|it| &it.event)));
            }
            commit(&b, next).await.unwrap();
        }
    }
    assert_eq!(came, ["one", "two", "three"]);
    // Both copies of the first, the others, and what the sender consumed.
    until("the removal of all", || sent(&second, "delete message") >= 6).await;
    raise(&second, "receiver", "last").await;
    let work = turn(&b).await;
    assert_eq!(outline(work.messages.iter().map(|it| &it.event)), ["last"]);
    assert_eq!(history(&second, "sender").await, ["ExecutionStarted", "more"]);
}

/// Asserts that the receiver takes the event `one` once, although two copies were put: both are removed, and the next that it
/// gets is the event after it. `removals`: of how many messages, all in all.
async fn assert_taken_once(hub: &AzureHub, worker: &Arc<dyn WorkerHub>, removals: u64) {
    let work = turn(worker).await;
    assert_eq!(outline(work.messages.iter().map(|it| &it.event)), ["one"]);
    commit(worker, turn_of(&work)).await.unwrap();
    until("the removal of all", || sent(hub, "delete message") >= removals).await;
    raise(hub, "receiver", "last").await;
    let work = turn(worker).await;
    assert_eq!(outline(work.messages.iter().map(|it| &it.event)), ["last"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_whose_put_was_not_answered_is_taken_once() {
    let Some(azurite) = shared().unwrap() else { return };
    let name = fresh_name("unheard");
    let proxy = Proxy::before(azurite.account()).await.unwrap();
    let hub = node(&proxy.connection_string(), &name, Duration::ZERO).await;
    let worker = join(&hub, "a", 1).await;
    let mut raises = sender_and_receiver(&hub, &worker).await;
    raises.outgoing = vec![mail("one", small())];
    let of_one = Rule::on(Operation::PutMessage)
        .saying("\"Name\":\"one\"")
        .first(1);
    let lost = proxy.inject(of_one, Fault::CloseAfter);
    commit(&worker, raises).await.unwrap();
    assert_eq!(lost.struck(), 1);
    // Of both starts, and of both copies.
    assert_taken_once(&hub, &worker, 4).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_of_a_client_whose_put_was_not_answered_is_taken_once() {
    let Some(azurite) = shared().unwrap() else { return };
    let name = fresh_name("unheard");
    let proxy = Proxy::before(azurite.account()).await.unwrap();
    let hub = node(&proxy.connection_string(), &name, Duration::ZERO).await;
    let worker = join(&hub, "a", 1).await;
    start(&hub, "receiver").await;
    commit(&worker, turn_of(&turn(&worker).await)).await.unwrap();
    let of_one = Rule::on(Operation::PutMessage)
        .saying("\"Name\":\"one\"")
        .first(1);
    let lost = proxy.inject(of_one, Fault::CloseAfter);
    raise(&hub, "receiver", "one").await;
    assert_eq!(lost.struck(), 1);
    // Of the start, and of both copies.
    assert_taken_once(&hub, &worker, 3).await;
}

/// The count that a client takes decides in which queue it puts a start.
#[tokio::test(flavor = "multi_thread")]
async fn a_hub_that_exists_is_opened_with_the_partitions_that_it_has() {
    let Some(azurite) = shared().unwrap() else { return };
    let (connection, name) = (azurite.connection_string(), fresh_name("count"));
    let described = || options(&connection, &name, &ManualClock::new());
    let missing = described().must_exist().open().await.unwrap_err();
    assert_eq!(missing.kind(), HubErrorKind::NotFound);
    let again = described().must_exist().open().await.unwrap_err();
    assert_eq!(
        again.kind(),
        HubErrorKind::NotFound,
        "it was not made by the first look"
    );

    let made = described().partitions(2).open().await.unwrap();
    // Nobody has worked on it yet.
    let client = described().must_exist().open().await.unwrap();
    for instance in ["a", "b", "c", "d"] {
        start(&client, instance).await;
    }
    let worker = join(&made, "worker", 1).await;
    let mut begun = BTreeSet::new();
    while begun.len() < 4 {
        for work in worker.fetch_turns(10).await.unwrap() {
            begun.insert(work.instance.to_string());
            commit(&worker, turn_of(&work)).await.unwrap();
        }
    }
    assert_eq!(made.partitions_owned(), 2);
    for other in [1, 8] {
        let refused = described().partitions(other).open().await.unwrap_err();
        assert!(
            refused.to_string().contains("has 2 partitions, and") && refused.kind() == HubErrorKind::Invalid,
            "{refused}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_that_make_a_hub_at_once_make_one() {
    let Some(azurite) = shared().unwrap() else { return };
    let (connection, name) = (azurite.connection_string(), fresh_name("once"));
    let described = || options(&connection, &name, &ManualClock::new());
    let (unset, set) = (described(), described().partitions(3));
    let (first, second, third) = tokio::join!(unset.open(), set.open(), unset.open());
    // Whichever was first, the one that insists on a number is refused if that is another.
    let count = if second.is_ok() { 3 } else { 4 };
    let (first, third) = (first.unwrap(), third.unwrap());
    let worker = join(&third, "worker", 1).await;
    until("the claim of all partitions", || {
        third.partitions_owned() == count
    })
    .await;
    for instance in ["a", "b", "c", "d", "e"] {
        start(&first, instance).await;
    }
    let mut begun = 0;
    while begun < 5 {
        begun += worker.fetch_turns(10).await.unwrap().len();
    }
}
