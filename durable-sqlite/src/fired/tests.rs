use std::future::poll_fn;
use std::sync::{Arc, mpsc};
use std::task::Poll;
use std::time::Duration;

use durable_core::hub::{ClientOperations, Outgoing, TaskHub, TurnWork, WorkerHub};
use durable_core::{Clock, TaskId};

use crate::SqliteHub;
use crate::support::{Place, TestClock, commit, fetch_one, offer, open, request, turn};
use crate::writer::FIRE_EVERY;

const NAP: Duration = Duration::from_secs(1);

/// How long a transaction is kept open for something that must happen before its end.
const PATIENCE: Duration = Duration::from_secs(20);

/// A worker that owns an instance with a timer, and whose fetch is to wait.
struct Rig {
    _place: Place,
    clock: TestClock,
    hub: SqliteHub,
    worker: Arc<dyn WorkerHub>,
}

impl Rig {
    async fn new() -> Self {
        let (place, clock) = (Place::new(), TestClock::new());
        let hub = open(&place, &clock);
        let worker = hub.join(offer("a")).await.unwrap();
        hub.start(request("one")).await.unwrap();
        let mut first = turn(&fetch_one(&worker).await);
        first.outgoing.push(Outgoing::Timer {
            task: TaskId(0),
            fire_at: clock.now().saturating_add(NAP),
        });
        commit(&worker, first).await.unwrap();
        Self {
            _place: place,
            clock,
            hub,
            worker,
        }
    }

    /// Runs one transaction of several operations while a fetch waits; the last of them ends when the fetch has been
    /// answered. Returns what the fetch was given, and whether that came before the end of the transaction.
    async fn transaction(&self, before: usize, first: impl FnOnce() + Send + 'static) -> (TurnWork, bool) {
        // The writer is kept busy until all of them wait, so that they are one transaction.
        let (go, may_go) = mpsc::channel::<()>();
        let (begun, has_begun) = mpsc::channel();
        let shared = &self.hub.shared;
        let busy = shared.submit(move |_| {
            begun.send(()).unwrap();
            may_go.recv().unwrap();
            Ok(())
        });
        has_begun.recv().unwrap();
        let mut fetch = self.worker.fetch_turns(10);
        let poll = poll_fn(|context| Poll::Ready(fetch.as_mut().poll(context).is_pending()));
        assert!(poll.await);
        let mut first = Some(first);
        for _ in 0..before {
            let first = first.take();
            drop(shared.submit(move |_| {
                if let Some(first) = first {
                    first();
                }
                Ok(())
            }));
        }
        let (fetched, has_fetched) = mpsc::channel();
        let last = shared.submit(move |_| Ok(has_fetched.recv_timeout(PATIENCE).is_ok()));
        go.send(()).unwrap();
        let work = fetch.await.unwrap().pop().unwrap();
        // Nobody waits for it if the transaction is over.
        let _ = fetched.send(());
        busy.unwrap().await.unwrap().unwrap();
        (work, last.unwrap().await.unwrap().unwrap())
    }
}

/// Takes the timer, which comes once.
async fn take(rig: &Rig, work: TurnWork) {
    assert_eq!(work.messages.len(), 1);
    let mut next = turn(&work);
    next.base_event_count = 2;
    commit(&rig.worker, next).await.unwrap();
    rig.hub.start(request("two")).await.unwrap();
    assert_eq!(fetch_one(&rig.worker).await.instance.as_str(), "two");
}

#[tokio::test]
async fn a_timer_is_handed_out_before_the_operations_of_a_transaction() {
    let rig = Rig::new().await;
    let clock = rig.clock.clone();
    clock.advance(NAP);
    let (work, is_early) = rig.transaction(0, || ()).await;
    assert!(is_early);
    take(&rig, work).await;
}

#[tokio::test]
async fn a_timer_that_becomes_due_during_a_long_transaction_is_handed_out_before_its_end() {
    let rig = Rig::new().await;
    let clock = rig.clock.clone();
    let (work, is_early) = rig.transaction(FIRE_EVERY, move || clock.advance(NAP)).await;
    assert!(is_early);
    take(&rig, work).await;
}
