use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::channel;

use durable_core::hub::*;
use durable_core::*;
use durable_testkit::ManualClock;
use tokio::sync::oneshot;

use crate::SqliteHub;
use crate::node::{NodeKey, TurnWaiter};
use crate::writer::{PIECE, Request};

const NAP: std::time::Duration = std::time::Duration::from_secs(1);

/// A directory that is removed at the end.
struct Place(PathBuf);

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn code() -> CodeKey {
    CodeKey {
        name: WireName::new("nap").unwrap(),
        version: Version::ONE,
    }
}

/// Lets a worker own an instance that waits for a timer.
async fn napping(hub: &SqliteHub, worker: &Arc<dyn WorkerHub>, instance: &str, fire_at: Timestamp) {
    let started = history::ExecutionStarted {
        instance: InstanceId::new(instance).unwrap(),
        execution: ExecutionId::new(instance).unwrap(),
        name: code().name,
        version: Version::ONE.into(),
        input: Payload::from_json("1").unwrap(),
        parent: None,
        generation: 0,
        scheduled_start: None,
        tags: BTreeMap::new(),
    };
    hub.start(StartRequest {
        started,
        reuse: IdReuse::default(),
        raise: None,
    })
    .await
    .unwrap();
    let work = worker.fetch_turns(1).await.unwrap().pop().unwrap();
    let turn = TurnCommit {
        session: work.session,
        consumed: work.messages.iter().map(|message| message.receipt).collect(),
        base_event_count: 0,
        events: work.messages.into_iter().map(|message| message.event).collect(),
        outgoing: vec![Outgoing::Timer {
            task: TaskId(0),
            fire_at,
        }],
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
    worker.commit(vec![commit]).await.pop().unwrap().unwrap();
}

/// A timer that is due while many requests are in one transaction is not kept until that is stored.
#[tokio::test]
async fn what_is_due_during_a_long_transaction_is_handed_out_in_its_middle() {
    let place = std::env::temp_dir().join(format!("durable-sqlite-upkeep-{}", std::process::id()));
    std::fs::create_dir_all(&place).unwrap();
    let place = Place(place);
    let clock = ManualClock::new();
    let options = SqliteHub::at(place.0.join("hub.db")).clock(Arc::new(clock.clone()));
    let hub = options.open().unwrap();
    let offer = WorkerOffer {
        worker: WorkerId::new("a").unwrap(),
        build: BuildId(1),
        orchestrators: vec![code()],
        activities: Vec::new(),
        takes_mismatched: false,
    };
    let worker = hub.join(offer).await.unwrap();
    let fire_at = clock.now().saturating_add(NAP);
    napping(&hub, &worker, "one", fire_at).await;
    napping(&hub, &worker, "two", fire_at).await;
    // The writer stands still until everything below waits for it, and has it in one transaction then.
    let (go, gate) = channel::<()>();
    let held = hub.shared.submit(move |_| Ok(gate.recv().is_ok())).unwrap();
    let fetch = || {
        let (reply, answer) = oneshot::channel();
        (TurnWaiter { limit: 1, reply }, answer)
    };
    let (early, mut of_early) = fetch();
    let (late, mut of_late) = fetch();
    hub.shared
        .request(Request::FetchTurns(NodeKey(1), early))
        .unwrap();
    // Its time comes in the middle, and so does the second fetch.
    let shared = Arc::clone(&hub.shared);
    let passes = move |_: &mut crate::tx::Tx<'_>| {
        clock.advance(NAP);
        Ok(shared.request(Request::FetchTurns(NodeKey(1), late)).is_ok())
    };
    let mut answers = vec![hub.shared.submit(passes).unwrap()];
    for _ in 0..PIECE * 2 {
        answers.push(hub.shared.submit(|_| Ok(true)).unwrap());
    }
    let sees = move |_: &mut crate::tx::Tx<'_>| Ok((of_early.try_recv(), of_late.try_recv()));
    let seen = hub.shared.submit(sees).unwrap();
    let before = hub.stats().commits;
    go.send(()).unwrap();
    let (early, late) = seen.await.unwrap().unwrap();
    let names: Vec<String> = [early, late]
        .into_iter()
        .flat_map(|delivery| delivery.unwrap().take().unwrap())
        .map(|work| work.instance.to_string())
        .collect();
    assert_eq!(names, ["one", "two"]);
    assert!(held.await.unwrap().unwrap());
    for answer in answers {
        assert!(answer.await.unwrap().unwrap());
    }
    assert_eq!(hub.stats().timers_direct, 2);
    assert!(
        hub.stats().commits - before <= 2,
        "what was held, and one transaction"
    );
}
