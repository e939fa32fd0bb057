//! The fast paths are taken, and the power may fail at any moment of them.
//!
//! Each test plays a small scenario on SQLite at FULL until its fast path is taken, which counters tell. It is filmed: for
//! every operation of the disk, writes and syncs of log and file alike, it is known what a power failure right before it
//! would leave. For each of these moments, and with nothing, everything or any part of what was not synced, another process
//! then opens what is left, and the same client goes on. What the client was told must be there, no task has two results,
//! and what comes of it is what came of it undisturbed.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by a panic")]

#[path = "../checker/mod.rs"]
mod checker;
mod cuts;
mod functions;
mod life;

use std::collections::BTreeSet;

use durable::sqlite::Synchronous;

use cuts::{Ends, Scenario, Taken};
use functions::{family, fan, hello, staircase, words};
use life::{Life, Told};

/// How many executions a worker keeps unless a scenario is about that.
const RESIDENTS: usize = 1_000;

/// Plays a scenario whose outcome is the same in each life. `WORTH` failures at least must differ.
fn sweep(
    worth: usize,
    prepare: impl AsyncFn(&Life),
    script: impl AsyncFn(&Life),
    is_taken: impl Fn(&Taken) -> bool,
) {
    let scenario = Scenario {
        synchronous: Synchronous::Full,
        residents: RESIDENTS,
        prepare,
        script,
        is_taken,
        is_same: |first, now, _| first == now,
    };
    let failures = scenario.sweep().unwrap();
    assert!(
        failures >= worth,
        "the scenario must be worth a sweep: {failures}"
    );
}

async fn nothing(_: &Life) {}

/// One start with its turn, and one result with its turn: two commits, nothing read.
fn is_short(taken: &Taken) -> bool {
    let (before, after) = (&taken.before, &taken.after);
    (
        after.commits - before.commits,
        taken.past.commits,
        taken.past.loads,
    ) == (2, 2, 0)
        && after.starts_taken - before.starts_taken == 1
        && after.first_turns_joined - before.first_turns_joined == 1
        && after.turns_unread - before.turns_unread == 2
}

#[test]
fn power_fails_while_a_hello_is_two_commits_of_which_nothing_is_read() {
    let script = async |life: &Life| {
        let run = life
            .start(life.client().start(hello, (1, String::new())), "one")
            .await;
        life.end(run.id()).await;
    };
    sweep(30, nothing, script, |taken| {
        // Who waits for the end is given the record.
        is_short(taken) && taken.after.ends_unread - taken.before.ends_unread == 1
    });
}

#[test]
fn at_normal_the_same_sweep_finds_what_is_lost() {
    let scenario = Scenario {
        synchronous: Synchronous::Normal,
        residents: RESIDENTS,
        prepare: nothing,
        script: async |life: &Life| {
            let run = life
                .start(life.client().start(hello, (1, String::new())), "one")
                .await;
            life.end(run.id()).await;
        },
        is_taken: |_: &Taken| true,
        is_same: |first, now, _| first == now,
    };
    let lost = scenario.sweep().unwrap_err();
    assert!(lost.contains("one had ended with 2, and is None"), "{lost}");
}

#[test]
fn power_fails_while_a_first_event_is_too_large_for_the_row_of_its_instance() {
    let script = async |life: &Life| {
        let start = life.client().start(hello, (1, "x".repeat(5_000)));
        let run = life.start(start, "one").await;
        life.end(run.id()).await;
    };
    sweep(30, nothing, script, is_short);
}

#[test]
fn power_fails_while_a_result_its_turn_and_the_next_call_are_one_commit() {
    let script = async |life: &Life| {
        let run = life.start(life.client().start(staircase, 3), "one").await;
        life.end(run.id()).await;
    };
    sweep(60, nothing, script, |taken| {
        // Nothing is read of an execution that stays in memory, and nothing fetched that is handed over.
        (taken.past.commits, taken.past.loads) == (4, 0)
            && taken.after.turns_unread - taken.before.turns_unread == 4
    });
}

#[test]
fn power_fails_while_results_that_came_together_are_one_commit() {
    let script = async |life: &Life| {
        let run = life.start(life.client().start(fan, 8), "one").await;
        life.end(run.id()).await;
    };
    sweep(40, nothing, script, |taken| taken.past.commits <= 6);
}

#[test]
fn power_fails_while_many_are_started_in_one_call_and_their_turns_are_one_batch() {
    const MANY: usize = 6;
    let script = async |life: &Life| {
        let starts = (0..)
            .take(MANY)
            .map(|n| life.client().start(hello, (n, String::new())));
        let runs = life.start_many(starts).await;
        for run in runs {
            life.end(run.id()).await;
        }
    };
    sweep(30, nothing, script, |taken| {
        let (before, after) = (&taken.before, &taken.after);
        after.starts_taken - before.starts_taken == MANY as u64
            && after.first_turns_joined - before.first_turns_joined >= 2
            && after.commits - before.commits <= MANY as u64
            && taken.past.commits < 2 * MANY
    });
}

/// A client that was not told of an event sends it again, so it may be there twice.
fn with_repeated_words(first: &Ends, now: &Ends, told: &BTreeSet<Told>) -> bool {
    let is_same = |id: &durable::InstanceId| {
        let words = |ends: &Ends| -> Vec<u32> {
            let text = &ends[id].1;
            let numbers = text.trim_matches(['[', ']']).split(',');
            numbers.filter_map(|number| number.parse().ok()).collect()
        };
        let (mut now, first) = (words(now), words(first));
        if let Some(again) = (1..now.len()).find(|at| now[*at] == now[at - 1]) {
            let repeated = now.remove(again);
            if told.contains(&Told::Raised(id.clone(), repeated)) {
                return false;
            }
        }
        now == first
    };
    first.keys().eq(now.keys()) && first.keys().all(is_same)
}

#[test]
fn power_fails_while_events_come_one_after_the_other() {
    let scenario = Scenario {
        synchronous: Synchronous::Full,
        residents: RESIDENTS,
        prepare: nothing,
        script: async |life: &Life| {
            let run = life.start(life.client().start(words, 4), "one").await;
            for word in 1..=4 {
                life.raise("one", word).await;
            }
            life.end(run.id()).await;
        },
        is_taken: |taken: &Taken| taken.past.loads == 0,
        is_same: with_repeated_words,
    };
    assert!(scenario.sweep().unwrap() >= 60);
}

#[test]
fn power_fails_while_executions_leave_memory_and_come_back() {
    let scenario = Scenario {
        synchronous: Synchronous::Full,
        residents: 1,
        prepare: nothing,
        script: async |life: &Life| {
            for id in ["one", "two"] {
                life.start(life.client().start(words, 2), id).await;
            }
            for word in 1..=2 {
                for id in ["one", "two"] {
                    life.raise(id, word).await;
                }
            }
            for id in ["one", "two"] {
                life.end(&durable::InstanceId::new(id).unwrap()).await;
            }
        },
        is_taken: |taken: &Taken| taken.past.loads >= 2,
        is_same: with_repeated_words,
    };
    assert!(scenario.sweep().unwrap() >= 60);
}

#[test]
fn power_fails_while_timers_children_and_generations_follow_each_other() {
    let scenario = Scenario {
        synchronous: Synchronous::Full,
        residents: RESIDENTS,
        prepare: nothing,
        script: async |life: &Life| {
            let run = life.start(life.client().start(family, (1, 0)), "one").await;
            life.end(run.id()).await;
        },
        is_taken: |taken: &Taken| taken.past.loads == 0,
        // A generation's id is drawn in its first turn, and its children are named by it.
        is_same: |first, now, _| {
            let sorted = |ends: &Ends| {
                let mut ends: Vec<_> = ends.values().cloned().collect();
                ends.sort_unstable_by(|a, b| a.1.cmp(&b.1));
                ends
            };
            first.len() == 3 && sorted(first) == sorted(now)
        },
    };
    assert!(scenario.sweep().unwrap() >= 60);
}

#[test]
fn power_fails_while_a_purge_goes_from_piece_to_piece() {
    const MANY: u32 = 80;
    let prepare = async |life: &Life| {
        let starts = (0..MANY).map(|n| life.client().start(hello, (n, String::new())));
        for run in life.client().start_many(starts).await {
            run.unwrap().wait().await.unwrap();
        }
    };
    let script = async |life: &Life| life.purge().await;
    sweep(30, prepare, script, |taken| {
        taken.after.commits - taken.before.commits == 3
    });
}
