//! Many instances: what is asked of them is answered in bounded pieces of work.

#![allow(
    clippy::unwrap_used,
    clippy::wildcard_imports,
    reason = "a test fails by a panic"
)]

mod support;

use std::collections::BTreeSet;
use std::task::Poll;
use std::time::Duration;

use durable_core::history::{ChildPolicy, ParentRef};
use durable_core::hub::*;
use durable_core::*;
use durable_sqlite::SqliteHub;
use support::*;

const MANY: usize = 200;

/// Runs instances to their end.
async fn finish(hub: &SqliteHub, names: impl Iterator<Item = String>) {
    let worker = hub.join(offer("a")).await.unwrap();
    for name in names {
        hub.start(request(&name)).await.unwrap();
        let work = fetch_one(&worker).await;
        commit(&worker, ending(&work, "1")).await.unwrap();
    }
    worker.leave().await.unwrap();
}

fn ended() -> InstanceQuery {
    InstanceQuery {
        statuses: vec![InstanceStatus::Completed],
        page_size: Some(2 * MANY),
        ..InstanceQuery::default()
    }
}

async fn left(hub: &SqliteHub) -> usize {
    hub.query(ended()).await.unwrap().items.len()
}

/// Starts an instance whenever the purge has been given a chance to go on by one piece, and returns what was left of the
/// ended ones each time.
async fn starts_between(hub: &SqliteHub, purge: HubFuture<'_, PurgeReport>) -> (PurgeReport, Vec<usize>) {
    let mut purge = purge;
    let mut seen = Vec::new();
    loop {
        let polled = std::future::poll_fn(|cx| Poll::Ready(purge.as_mut().poll(cx))).await;
        if let Poll::Ready(report) = polled {
            return (report.unwrap(), seen);
        }
        let name = format!("new-{}", seen.len());
        hub.start(request(&name)).await.unwrap();
        seen.push(left(hub).await);
    }
}

fn assert_in_pieces(seen: &[usize]) {
    let between: BTreeSet<_> = seen.iter().filter(|left| **left > 0 && **left < MANY).collect();
    assert!(
        between.len() >= 4,
        "what was left when starts were acknowledged: {seen:?}"
    );
}

#[tokio::test]
async fn a_purge_of_many_leaves_the_writer_to_others_in_between() {
    let (place, clock) = (Place::new(), TestClock::new());
    let hub = open(&place, &clock);
    finish(&hub, (0..MANY).map(|number| format!("old-{number}"))).await;
    let before = hub.stats().commits;
    let (report, seen) = starts_between(&hub, hub.purge_matching(ended())).await;
    let expected = PurgeReport {
        purged: MANY as u64,
        complete: true,
    };
    assert_eq!(report, expected);
    assert_in_pieces(&seen);
    assert!(hub.stats().commits - before >= 6);
    for number in 0..seen.len() {
        assert!(hub.get(&id(&format!("new-{number}"))).await.unwrap().is_some());
    }
}

#[tokio::test]
async fn a_purge_with_many_children_takes_them_first_and_in_pieces() {
    let (place, clock) = (Place::new(), TestClock::new());
    let hub = open(&place, &clock);
    let worker = hub.join(offer("a")).await.unwrap();
    hub.start(request("parent")).await.unwrap();
    let parent = fetch_one(&worker).await;
    let mut calls = ending(&parent, "1");
    let children = (0..u32::try_from(MANY).unwrap()).map(|task| child_of(&parent, task));
    calls.outgoing = children.map(Outgoing::StartChild).collect();
    commit(&worker, calls).await.unwrap();
    for _ in 0..MANY {
        let work = fetch_one(&worker).await;
        commit(&worker, ending(&work, "1")).await.unwrap();
    }
    worker.leave().await.unwrap();
    let (report, seen) = starts_between(&hub, hub.purge(&id("parent"), true)).await;
    assert_eq!(report.purged, MANY as u64 + 1);
    assert_in_pieces(&seen);
    assert_eq!(left(&hub).await, 0);
}

/// A purge writes many pages for each request: the log does not wait for as many requests as others make of it.
#[tokio::test]
async fn a_purge_has_the_log_moved_into_the_file_as_it_goes() {
    let (place, clock) = (Place::new(), TestClock::new());
    let hub = open(&place, &clock);
    let worker = hub.join(offer("a")).await.unwrap();
    for number in 0..MANY {
        let mut start = request(&format!("old-{number}"));
        // Side by side with those of the others, so that a piece changes pages all over the table.
        let tags = (0..200).map(|tag| (format!("tag-{tag}"), "everybody".repeat(8)));
        start.started.tags = tags.collect();
        hub.start(start).await.unwrap();
        let work = fetch_one(&worker).await;
        commit(&worker, ending(&work, "1")).await.unwrap();
    }
    worker.leave().await.unwrap();
    // What the starts asked for is done by then.
    drop((worker, hub));
    let hub = open(&place, &clock);
    hub.purge_matching(ended()).await.unwrap();
    let checkpointed = async {
        while hub.stats().checkpoints == 0 {
            tokio::task::yield_now().await;
        }
    };
    let done = tokio::time::timeout(Duration::from_mins(1), checkpointed).await;
    done.expect("no checkpoint was made");
}

fn child_of(parent: &TurnWork, task: u32) -> Box<ChildStart> {
    let mut started = started(&format!("child-{task}"));
    started.parent = Some(ParentRef {
        name: name("flow"),
        version: Version::ONE.into(),
        instance: id("parent"),
        execution: parent.execution.clone(),
        task: TaskId(task),
    });
    let policy = ChildPolicy::Abandon;
    Box::new(ChildStart {
        started,
        policy,
        trace: None,
    })
}

#[tokio::test]
async fn what_goes_on_while_others_are_purged_is_kept() {
    let (place, clock) = (Place::new(), TestClock::new());
    let hub = open(&place, &clock);
    finish(&hub, (0..MANY).map(|number| format!("old-{number}"))).await;
    let last = id(&format!("old-{}", MANY - 1));
    let mut purge = hub.purge_matching(ended());
    // The search for what matches, and the first piece.
    while left(&hub).await == MANY {
        let polled = std::future::poll_fn(|cx| Poll::Ready(purge.as_mut().poll(cx))).await;
        assert!(polled.is_pending());
    }
    let outcome = hub.start(request(last.as_str())).await.unwrap();
    assert!(matches!(outcome, StartOutcome::Started(_)));
    let report = purge.await.unwrap();
    assert_eq!(report.purged, MANY as u64 - 1);
    assert!(hub.get(&last).await.unwrap().is_some());
}

#[tokio::test]
async fn pages_go_by_time_of_start_over_all_functions_and_states() {
    let (place, clock) = (Place::new(), TestClock::new());
    let hub = open(&place, &clock);
    let mut expected = Vec::new();
    let epoch = clock.now();
    for number in 0..30 {
        clock.advance(Duration::from_secs(1));
        let name = format!("i-{number}");
        if number % 3 == 0 {
            finish(&hub, std::iter::once(name.clone())).await;
        } else {
            let mut request = request(&name);
            request.started.name = support::name(if number % 3 == 1 { "other" } else { "third" });
            hub.start(request).await.unwrap();
        }
        expected.push(name);
    }
    for page_size in [1, 4, 100] {
        let all = listed(&hub, InstanceQuery::default(), page_size).await;
        assert_eq!(all, expected);
        let span = InstanceQuery {
            created_from: Some(epoch.saturating_add(Duration::from_secs(6))),
            created_before: Some(epoch.saturating_add(Duration::from_secs(20))),
            ..InstanceQuery::default()
        };
        assert_eq!(listed(&hub, span, page_size).await, expected[5..19]);
        let others = InstanceQuery {
            names: vec![name("other")],
            tags: std::collections::BTreeMap::from([("kind".to_owned(), "test".to_owned())]),
            ..InstanceQuery::default()
        };
        let of_others: Vec<_> = expected.iter().skip(1).step_by(3).cloned().collect();
        assert_eq!(listed(&hub, others, page_size).await, of_others);
    }
    let counts = hub.version_counts().await.unwrap();
    let shown: Vec<_> = counts
        .iter()
        .map(|count| (count.name.as_str(), count.pending, count.ended))
        .collect();
    assert_eq!(shown, [("flow", 0, 10), ("other", 10, 0), ("third", 10, 0)]);
    let at = |seconds| Some(epoch.saturating_add(Duration::from_secs(seconds)));
    assert_eq!((counts[0].oldest, counts[0].last_started), (None, at(28)));
    assert_eq!((counts[1].oldest, counts[1].last_started), (at(2), at(29)));
}

/// Reads all pages, and returns the ids.
async fn listed(hub: &SqliteHub, mut query: InstanceQuery, page_size: usize) -> Vec<String> {
    query.page_size = Some(page_size);
    let mut found = Vec::new();
    loop {
        let page = hub.query(query.clone()).await.unwrap();
        assert!(page.items.len() <= page_size);
        found.extend(
            page.items
                .into_iter()
                .map(|item| item.instance.as_str().to_owned()),
        );
        query.after = page.next;
        if query.after.is_none() {
            return found;
        }
    }
}
