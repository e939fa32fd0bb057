//! Limits of a worker.

use std::sync::atomic::{AtomicUsize, Ordering};

use durable::prelude::*;
use durable::worker::WorkerOptions;
use durable::{DeterminismChecks, WireName};

use crate::support::{Cluster, Probe, run, test, test_with};

/// Notes that it runs, and stays until its gate opens.
async fn stay(ctx: &ActivityContext, name: &str) {
    let probe = ctx.state::<Probe>();
    probe.note(format!("{name} in"));
    probe.gate(name).await;
    probe.note(format!("{name} out"));
}

#[activity]
async fn guest(ctx: ActivityContext, name: String) -> Result<(), Failure> {
    stay(&ctx, &name).await;
    Ok(())
}

#[activity(max_concurrent = 2)]
async fn exclusive(ctx: ActivityContext, name: String) -> Result<(), Failure> {
    stay(&ctx, &name).await;
    Ok(())
}

#[activity(blocking)]
fn heavy(ctx: ActivityContext, name: String) -> Result<(), Failure> {
    tokio::runtime::Handle::current().block_on(stay(&ctx, &name));
    Ok(())
}

#[derive(Debug, Clone, Copy, serde::Serialize, serde::Deserialize)]
enum Kind {
    Guest,
    Exclusive,
    Heavy,
}

#[orchestrator]
async fn party(ctx: OrchestrationContext, (kind, count): (Kind, u32)) -> Result<(), Failure> {
    let names = (0..count).map(|_| format!("{kind:?}"));
    let done = match kind {
        Kind::Guest => ctx.join_all(names.map(|name| ctx.call(guest, name))).await,
        Kind::Exclusive => ctx.join_all(names.map(|name| ctx.call(exclusive, name))).await,
        Kind::Heavy => ctx.join_all(names.map(|name| ctx.call(heavy, name))).await,
    };
    for result in done {
        result?;
    }
    Ok(())
}

#[orchestrator]
async fn remember(ctx: OrchestrationContext, (): ()) -> Result<(u64, String), Failure> {
    let drawn = ctx.random();
    #[allow_nondeterminism(reason = "the test counts turns")]
    TURNS.fetch_add(1, Ordering::SeqCst);
    let word = ctx.event::<String>("word").await;
    Ok((drawn, word))
}

static TURNS: AtomicUsize = AtomicUsize::new(0);

#[test]
fn no_more_activities_run_at_once_than_the_worker_allows() {
    test_with(
        |own| own.max_concurrent_activities = 3,
        async |app, probe| {
            let run = app.start(party, (Kind::Guest, 8)).await.unwrap();
            probe.seen("Guest in", 3).await;
            probe.open("Guest");
            run.wait().await.unwrap();
            assert!(most_at_once(&probe.notes(), "Guest") <= 3);
        },
    );
}

#[test]
fn the_limit_of_a_name_holds_and_does_not_hold_up_other_names() {
    test_with(
        |own| own.max_concurrent_activities = 4,
        async |app, probe| {
            // More of the limited name than there are slots in all.
            let limited = app.start(party, (Kind::Exclusive, 12)).await.unwrap();
            probe.seen("Exclusive in", 2).await;
            let free = app.start(party, (Kind::Guest, 2)).await.unwrap();
            probe.seen("Guest in", 2).await;
            probe.open("Guest");
            free.wait().await.unwrap();
            assert_eq!(probe.count("Exclusive in"), 2);
            probe.open("Exclusive");
            limited.wait().await.unwrap();
            assert!(most_at_once(&probe.notes(), "Exclusive") <= 2);
        },
    );
}

/// The worker that made the turn used to take all of them.
#[test]
fn what_one_worker_has_no_room_for_another_runs() {
    run(async {
        let cluster = Cluster::new();
        let name = WireName::new("exclusive").unwrap();
        let one_each = |own: &mut WorkerOptions| own.activity_limits = [(name.clone(), 1)].into();
        let first = cluster.worker("first", one_each).await;
        let second = cluster.worker("second", one_each).await;
        let third = cluster.worker("third", one_each).await;
        let run = cluster.client.start(party, (Kind::Exclusive, 4)).await.unwrap();
        cluster.probe.seen("Exclusive in", 3).await;
        assert_eq!(cluster.probe.count("Exclusive in"), 3);
        cluster.probe.open("Exclusive");
        run.wait().await.unwrap();
        assert_eq!(cluster.probe.count("Exclusive out"), 4);
        for worker in [first, second, third] {
            worker.stop().await;
        }
    });
}

#[test]
fn an_option_overrides_the_limit_of_the_attribute() {
    let name = WireName::new("exclusive").unwrap();
    test_with(
        |own| own.activity_limits = [(name, 1)].into(),
        async |app, probe| {
            let run = app.start(party, (Kind::Exclusive, 3)).await.unwrap();
            probe.seen("Exclusive in", 1).await;
            probe.open("Exclusive");
            run.wait().await.unwrap();
            assert_eq!(most_at_once(&probe.notes(), "Exclusive"), 1);
        },
    );
}

#[test]
fn blocking_activities_do_not_hold_up_the_others() {
    test(async |app, probe| {
        // More of them than the runtime has threads.
        let blocked = app.start(party, (Kind::Heavy, 6)).await.unwrap();
        probe.seen("Heavy in", 6).await;
        probe.open("Guest");
        let free = app.start(party, (Kind::Guest, 5)).await.unwrap();
        free.wait().await.unwrap();
        probe.open("Heavy");
        blocked.wait().await.unwrap();
    });
}

#[test]
fn one_turn_at_a_time_still_gets_everything_done() {
    test_with(
        |own| own.max_concurrent_turns = 1,
        async |app, probe| {
            probe.open("Guest");
            let mut runs = Vec::new();
            for _ in 0..20 {
                runs.push(app.start(party, (Kind::Guest, 2)).await.unwrap());
            }
            for run in runs {
                run.wait().await.unwrap();
            }
        },
    );
}

#[test]
fn executions_that_were_evicted_from_memory_go_on_where_they_were() {
    test_with(
        |own| {
            (own.max_resident_executions, own.turn_threads) = (2, 1);
            // Turns are counted.
            own.determinism_checks = DeterminismChecks::Off;
        },
        async |app, _| {
            let mut runs = Vec::new();
            for _ in 0..10 {
                runs.push(app.start(remember, ()).await.unwrap());
            }
            app.settle().await;
            assert_eq!(TURNS.load(Ordering::SeqCst), 10);
            let mut drawn = std::collections::BTreeSet::new();
            for (n, run) in runs.iter().enumerate() {
                run.raise_event("word", &format!("word {n}")).await.unwrap();
                let (random, word) = run.wait().await.unwrap();
                assert_eq!(word, format!("word {n}"));
                drawn.insert(random);
            }
            assert_eq!(drawn.len(), 10);
            let turns = TURNS.load(Ordering::SeqCst);
            assert!(
                (18..=20).contains(&turns),
                "eight were replayed, or a little more: {turns}"
            );
        },
    );
}

/// Returns how many of a name ran at the same time, at most.
fn most_at_once(notes: &[String], name: &str) -> usize {
    let (entered, left) = (format!("{name} in"), format!("{name} out"));
    let mut inside = 0_usize;
    let mut most = 0;
    for note in notes {
        if *note == entered {
            inside += 1;
        } else if *note == left {
            inside -= 1;
        }
        most = most.max(inside);
    }
    most
}
