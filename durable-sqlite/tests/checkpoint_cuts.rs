//! The power fails while the log is moved into the file, and while it begins anew: a film of both, cut at every operation.

#![allow(
    clippy::unwrap_used,
    clippy::wildcard_imports,
    reason = "a test fails by a panic"
)]

mod support;

use std::collections::BTreeSet;
use std::sync::Arc;

use durable_core::hub::*;
use durable_sqlite::SqliteHub;
use durable_testdisk::{Disk, Film, Survivors};
use support::*;

/// So many starts of such a size that a checkpoint follows: it comes when the log has grown by 4 MiB. They are more than a
/// block of numbers, too.
const MANY: usize = 400;
const BATCHES: usize = 3;
const INPUT: usize = 4 << 10;

/// How many operations of the long checkpoint lie between two cuts of the kind that differs at each of them.
const STRIDE: u64 = 500;

/// What a client was told, and how many operations the disk had seen by then.
struct Told {
    started: Vec<(u64, String)>,
    signalled: Vec<(u64, String)>,
}

async fn start_batch(hub: &SqliteHub, batch: usize) -> Vec<String> {
    let names: Vec<String> = (0..MANY).map(|at| format!("{batch}-{at}")).collect();
    let input = json(&format!("\"{}\"", "x".repeat(INPUT)));
    let requests = names.iter().map(|name| {
        let mut request = request(name);
        request.started.input = input.clone();
        request
    });
    let requests = requests.collect();
    for started in hub.start_many(requests).await {
        started.unwrap();
    }
    names
}

/// Starts batches until a checkpoint comes, and films it with what follows: a log that begins anew.
async fn filmed(disk: &'static Disk, place: &Place, clock: &TestClock) -> (Film, Told) {
    let file = place.file();
    let hub = describe(place, clock).open().unwrap();
    let mut told = Told {
        started: Vec::new(),
        signalled: Vec::new(),
    };
    let before = hub.stats().checkpoints;
    disk.film(&file);
    for batch in 0..BATCHES {
        let names = start_batch(&hub, batch).await;
        let moment = disk.operations(&file);
        told.started.extend(names.into_iter().map(|name| (moment, name)));
    }
    // It is made by a thread of its own, so what is committed meanwhile is in the film, too.
    let mut number = 0;
    let mut after = 0;
    while after < 5 {
        let name = format!("event-{number}");
        hub.signal(&id("0-0"), event_signal(&name)).await.unwrap();
        told.signalled.push((disk.operations(&file), name));
        number += 1;
        after += usize::from(hub.stats().checkpoints > before);
        assert!(
            number < 1_000,
            "no checkpoint came: the starts were too small for one"
        );
    }
    let film = disk.filmed(&file).unwrap();
    assert!(
        disk.counts_of(&file).database.syncs > 0,
        "the file was synced once it had the log"
    );
    (film, told)
}

/// Opens what is left, and checks that it has what was told at that operation, in order, and that it goes on.
async fn check(place: &Place, clock: &TestClock, told: &Told, operation: u64, what: &str) {
    let conn = rusqlite::Connection::open(place.file()).unwrap();
    let sound: String = conn
        .query_row("PRAGMA quick_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(sound, "ok", "{what}");
    drop(conn);
    let hub = describe(place, clock).open().unwrap();
    let query = InstanceQuery {
        page_size: Some(MANY * (BATCHES + 1)),
        ..InstanceQuery::default()
    };
    let left = hub.query(query).await.unwrap().items;
    let left: BTreeSet<&str> = left.iter().map(|record| record.instance.as_str()).collect();
    let by = |list: &[(u64, String)]| -> Vec<String> {
        let told = list.iter().filter(|(at, _)| *at <= operation);
        told.map(|(_, name)| name.clone()).collect()
    };
    for name in by(&told.started) {
        assert!(
            left.contains(name.as_str()),
            "{what}: {name} was acknowledged and is lost"
        );
    }
    let (first, events) = (id("0-0"), by(&told.signalled));
    if events.is_empty() {
        return;
    }
    // A number that was used is not used again: what comes now comes after what came before.
    hub.signal(&first, event_signal("later")).await.unwrap();
    let worker: Arc<dyn WorkerHub> = hub.join(offer("b")).await.unwrap();
    let work = loop {
        let works = worker.fetch_turns(100).await.unwrap();
        if let Some(work) = works.into_iter().find(|work| work.instance == first) {
            break work;
        }
    };
    let names: Vec<&str> = work.messages[1..]
        .iter()
        .map(|message| match &message.event.kind {
            durable_core::history::EventKind::EventRaised { name, .. } => name.as_str(),
            other => unreachable!("{other:?}"),
        })
        .collect();
    // One more may be stored that was not acknowledged.
    assert!(
        names.len() == events.len() + 1 || names.len() == events.len() + 2,
        "{what}: {names:?}"
    );
    assert_eq!(names[..events.len()], events, "{what}");
    assert_eq!(names.last(), Some(&"later"), "{what}");
}

#[tokio::test]
async fn power_fails_while_the_log_is_moved_into_the_file_and_begins_anew() {
    let disk = Disk::install_as_default().unwrap();
    let (place, clock) = (Place::new(), TestClock::new());
    disk.watch(&place.file());
    let (film, told) = filmed(disk, &place, &clock).await;
    disk.forget(&place.file());
    let mut cuts = 0;
    let mut before = None;
    for operation in film.operations() {
        // With nothing or everything of what was not synced, what is left changes rarely or by one page.
        for survivors in [Survivors::None, Survivors::All, Survivors::Random(operation)] {
            let is_rare = survivors == Survivors::None;
            if !is_rare && !operation.is_multiple_of(STRIDE) {
                continue;
            }
            let left = film.left(operation, survivors).unwrap();
            if is_rare && before.as_ref() == Some(&left) {
                continue;
            }
            let later = Place::new();
            left.write(later.file().parent().unwrap()).unwrap();
            check(
                &later,
                &clock,
                &told,
                operation,
                &format!("{operation} {survivors:?}"),
            )
            .await;
            cuts += 1;
            if is_rare {
                before = Some(left);
            }
        }
    }
    assert!(cuts > 30, "{cuts} cuts");
}
