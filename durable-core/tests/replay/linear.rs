//! What a history costs, counted and not timed.

use std::cell::Cell;

use crate::support::*;

thread_local! {
    /// How often the body of the orchestrator was resumed.
    static STEPS: Cell<u64> = const { Cell::new(0) };
    static ENCODED: Cell<u64> = const { Cell::new(0) };
}

fn sequential() -> Code {
    code!(|ctx, input| {
        for n in 0..input.as_u64().unwrap() {
            STEPS.with(|steps| steps.set(steps.get() + 1));
            let counted = ctx.side_effect(|| ENCODED.with(|encoded| encoded.replace(encoded.get() + 1)));
            if n.is_multiple_of(10) {
                counted.await;
            }
            ctx.call(a, json!(n)).await?;
        }
        Ok(json!("done"))
    })
}

/// Returns the steps of the live run, the events and messages of its turns, and the steps of one replay.
fn cost(calls: u32) -> (u64, usize, usize, u64) {
    STEPS.with(|steps| steps.set(0));
    let mut driver = Driver::start_unchecked(sequential(), calls);
    let mut task = 0;
    for n in 0..calls {
        // Every tenth call is preceded by a side effect, which takes an id of its own.
        task += u32::from(n % 10 == 0);
        driver.deliver([ok(task, ())]);
        task += 1;
    }
    let live = STEPS.with(|steps| steps.replace(0));
    let turns = || driver.turns.iter().map(|(_, _, turn)| turn);
    assert_eq!(turns().next_back().unwrap().result(), Some(json!("done")));
    let longest = turns().map(|turn| turn.events.len()).max().unwrap();
    let sent = turns().map(|turn| turn.outgoing.len()).sum();
    driver.load().unwrap();
    (live, longest, sent, STEPS.with(|steps| steps.replace(0)))
}

#[test]
fn ten_times_the_steps_cost_ten_times_the_work() {
    for calls in [1_000_u32, 10_000] {
        let (live, longest, sent, replayed) = cost(calls);
        assert_eq!(
            live,
            u64::from(calls),
            "an execution in memory goes on where it stood: nothing is run again"
        );
        assert_eq!(replayed, u64::from(calls), "a replay runs each step once");
        assert_eq!(sent, calls as usize);
        assert!(
            longest <= 6,
            "a turn writes what is new and nothing more: {longest} events"
        );
    }
}
