//! One instance from start to end, as the file sees it.

#![allow(
    clippy::unwrap_used,
    clippy::wildcard_imports,
    reason = "a test fails by a panic"
)]

mod support;

use std::time::Duration;

use durable_core::history::{Event, EventKind, ExecutionStarted};
use durable_core::hub::*;
use durable_core::*;
use support::*;

#[tokio::test]
async fn an_instance_runs_its_activity_and_ends() {
    let (place, clock) = (Place::new(), TestClock::new());
    let hub = open(&place, &clock);
    let worker = hub.join(offer("a")).await.unwrap();
    let outcome = hub.start(request("one")).await.unwrap();
    assert!(matches!(outcome, StartOutcome::Started(_)));
    let work = fetch_one(&worker).await;
    assert_eq!(work.messages.len(), 1);
    assert!(matches!(
        work.messages[0].event.kind,
        EventKind::ExecutionStarted(_)
    ));
    let mut first = turn(&work);
    first.outgoing = vec![Outgoing::Activity(order(0)), Outgoing::Activity(order(1))];
    first.eager = slots(1);
    let committed = commit(&worker, first).await.unwrap();
    assert_eq!(committed.activities.len(), 1);
    let fetched = worker.fetch_activities(slots(5)).await.unwrap();
    assert_eq!(
        fetched.run.iter().map(|work| work.key.task).collect::<Vec<_>>(),
        [TaskId(1)]
    );
    let completions = [&committed.activities[0], &fetched.run[0]].map(|work| Commit {
        completions: vec![ActivityCompletion {
            session: work.session.clone(),
            result: Ok(json("8")),
            applied: false,
        }],
        turn: None,
    });
    for result in worker.commit(Vec::from(completions)).await {
        result.unwrap();
    }
    let work = fetch_one(&worker).await;
    assert_eq!((work.event_count, work.messages.len()), (2, 2));
    commit(&worker, ending(&work, "\"done\"")).await.unwrap();
    let record = hub.wait_ended(&id("one"), None).await.unwrap();
    assert_eq!(
        (record.status, record.output),
        (InstanceStatus::Completed, Some(json("\"done\"")))
    );
    assert_eq!((record.input, record.owner), (json("\"input\""), None));
    let history = hub.history(&id("one"), None).await.unwrap().unwrap();
    assert_eq!(history.events.len(), 6);
    assert!(matches!(history.events[1].kind, EventKind::ExecutionStarted(_)));
    let report = hub.purge(&id("one"), true).await.unwrap();
    assert_eq!(
        report,
        PurgeReport {
            purged: 1,
            complete: true
        }
    );
    assert_eq!(hub.get(&id("one")).await.unwrap(), None);
}

#[tokio::test]
async fn a_timer_fires_once_at_its_time() {
    let (place, clock) = (Place::new(), TestClock::new());
    let hub = open(&place, &clock);
    let worker = hub.join(offer("a")).await.unwrap();
    hub.start(request("one")).await.unwrap();
    let work = fetch_one(&worker).await;
    let fire_at = clock.now().saturating_add(Duration::from_hours(72));
    let mut first = turn(&work);
    first.outgoing = vec![Outgoing::Timer {
        task: TaskId(0),
        fire_at,
    }];
    commit(&worker, first).await.unwrap();
    clock.advance(Duration::from_hours(96));
    let work = fetch_one(&worker).await;
    let fired = EventKind::TimerFired {
        task: TaskId(0),
        fire_at,
    };
    assert_eq!(work.messages.len(), 1);
    assert_eq!(work.messages[0].event.kind, fired);
}

#[tokio::test]
async fn a_scheduled_start_waits_for_its_time() {
    let (place, clock) = (Place::new(), TestClock::new());
    let hub = open(&place, &clock);
    let worker = hub.join(offer("a")).await.unwrap();
    let mut later = request("later");
    later.started.scheduled_start = Some(clock.now().saturating_add(Duration::from_mins(1)));
    hub.start(later).await.unwrap();
    hub.start(request("now")).await.unwrap();
    assert_eq!(fetch_one(&worker).await.instance, id("now"));
    clock.advance(Duration::from_secs(61));
    assert_eq!(fetch_one(&worker).await.instance, id("later"));
}

#[tokio::test]
async fn continue_as_new_carries_events_and_drops_the_old_history() {
    let (place, clock) = (Place::new(), TestClock::new());
    let hub = open(&place, &clock);
    let worker = hub.join(offer("a")).await.unwrap();
    hub.start(request("one")).await.unwrap();
    let work = fetch_one(&worker).await;
    hub.signal(&id("one"), event_signal("late")).await.unwrap();
    let next = ExecutionStarted {
        generation: 1,
        input: json("2"),
        ..started("one")
    };
    let carried = Event::new(
        clock.now(),
        EventKind::EventRaised {
            name: EventName::new("early").unwrap(),
            input: json("1"),
        },
    );
    let mut first = turn(&work);
    first.outcome = TurnOutcome::ContinuedAsNew(Box::new(NextExecution {
        started: next.clone(),
        carried: vec![carried],
        trace: None,
    }));
    commit(&worker, first).await.unwrap();
    let work = fetch_one(&worker).await;
    assert_eq!(
        (work.execution.clone(), work.event_count),
        (next.execution.clone(), 0)
    );
    let kinds: Vec<String> = work
        .messages
        .iter()
        .map(|message| match &message.event.kind {
            EventKind::ExecutionStarted(_) => "started".to_owned(),
            EventKind::EventRaised { name, .. } => name.to_string(),
            other => format!("{other:?}"),
        })
        .collect();
    assert_eq!(kinds, ["started", "early", "late"]);
    commit(&worker, ending(&work, "3")).await.unwrap();
    let record = hub.wait_ended(&id("one"), None).await.unwrap();
    assert_eq!((record.generation, record.input), (1, json("2")));
}

#[tokio::test]
async fn a_dropped_fetch_loses_nothing() {
    let (place, clock) = (Place::new(), TestClock::new());
    let hub = open(&place, &clock);
    let worker = hub.join(offer("a")).await.unwrap();
    // Polled once, so that the request is with the writer, and then dropped.
    let mut fetch = worker.fetch_turns(1);
    std::future::poll_fn(|cx| {
        assert!(fetch.as_mut().poll(cx).is_pending());
        std::task::Poll::Ready(())
    })
    .await;
    hub.start(request("one")).await.unwrap();
    drop(fetch);
    let work = fetch_one(&worker).await;
    assert_eq!(work.messages.len(), 1);
}

#[tokio::test]
async fn termination_needs_no_worker_and_fences_the_owner() {
    let (place, clock) = (Place::new(), TestClock::new());
    let hub = open(&place, &clock);
    let worker = hub.join(offer("a")).await.unwrap();
    hub.start(request("one")).await.unwrap();
    let work = fetch_one(&worker).await;
    let mut first = turn(&work);
    first.outgoing = vec![Outgoing::Activity(order(0))];
    first.eager = slots(1);
    let committed = commit(&worker, first).await.unwrap();
    let signal = Signal::Terminate {
        reason: "enough".to_owned(),
        recursive: true,
    };
    hub.signal(&id("one"), signal).await.unwrap();
    let batch = worker.fetch_activities(slots(0)).await.unwrap();
    assert_eq!(batch.cancel, [committed.activities[0].key.clone()]);
    let refused = commit(&worker, turn(&work)).await;
    assert!(matches!(refused, Err(CommitError::Stale { .. })), "{refused:?}");
    let record = hub.get(&id("one")).await.unwrap().unwrap();
    assert_eq!(
        (record.status, record.event_count),
        (InstanceStatus::Terminated, 4)
    );
    assert_eq!(record.failure.unwrap().message, "enough");
}

#[tokio::test]
async fn instances_are_listed_by_filter_and_page() {
    let (place, clock) = (Place::new(), TestClock::new());
    let hub = open(&place, &clock);
    for at in 0..5 {
        hub.start(request(&format!("order-{at}"))).await.unwrap();
        clock.advance(Duration::from_secs(1));
    }
    hub.start(request("other")).await.unwrap();
    let mut query = InstanceQuery {
        names: vec![name("flow")],
        versions: vec![Version::ONE.into()],
        statuses: vec![InstanceStatus::Pending],
        tags: [("kind".to_owned(), "test".to_owned())].into(),
        id_prefix: Some("order-".to_owned()),
        stalled: Some(true),
        blocked: Some(false),
        page_size: Some(2),
        ..InstanceQuery::default()
    };
    let mut seen = Vec::new();
    loop {
        let page = hub.query(query.clone()).await.unwrap();
        seen.extend(page.items.into_iter().map(|record| record.instance.to_string()));
        match page.next {
            Some(next) => query.after = Some(next),
            None => break,
        }
    }
    assert_eq!(seen, ["order-0", "order-1", "order-2", "order-3", "order-4"]);
    let counts = hub.version_counts().await.unwrap();
    assert_eq!(
        (counts.len(), counts[0].pending, counts[0].offered),
        (1, 6, false)
    );
    let bad = hub
        .query(InstanceQuery {
            after: Some(PageToken("x".into())),
            ..query
        })
        .await
        .unwrap_err();
    assert_eq!(bad.to_string(), "`x` is not a page token of this hub");
}
