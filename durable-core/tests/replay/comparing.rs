//! Replay that compares inputs, as it is done to code before a deployment.

use std::sync::atomic::{AtomicU32, Ordering};

use crate::support::*;

const BEFORE: fn() -> Code = || {
    code!(|ctx, _input| {
        ctx.call(a, json!(1)).await?;
        ctx.raise_event("other", "news", &1)?;
        ctx.call(child, json!("x")).await?;
        Ok(ctx.event::<Value>("go").await)
    })
};

fn history() -> Vec<Event> {
    let mut driver = Driver::start(BEFORE(), 0);
    driver.deliver([ok(0, 1)]);
    driver.history
}

#[test]
fn the_code_that_made_a_history_gives_the_recorded_inputs() {
    assert_eq!(Execution::compare(BEFORE(), &history()).unwrap(), []);
}

#[test]
fn each_step_with_another_input_is_told_with_its_place() {
    let after = code!(|ctx, _input| {
        ctx.call(a, json!(2)).await?;
        ctx.raise_event("other", "news", &2)?;
        ctx.call(child, json!("y")).await?;
        Ok(ctx.event::<Value>("go").await)
    });
    let changes = Execution::compare(after, &history()).unwrap();
    let told: Vec<_> = changes
        .iter()
        .map(|change| (change.task.0, change.what.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            (0, "activity `a` version 1 (task 0)"),
            (1, "event `news` to another instance (task 1)"),
            (2, "sub-orchestration `child` version 1 (task 2)"),
        ]
    );
    assert!(changes.iter().all(|change| change.place.contains("comparing.rs")));
    assert!(changes.iter().all(|change| change.recorded != change.attempted));
    // A worker goes on with this code: the recorded results hold.
    assert!(Execution::load(after, &history()).is_ok());
}

#[test]
fn an_added_side_effect_is_a_difference_and_its_closure_does_not_run() {
    static RAN: AtomicU32 = AtomicU32::new(0);
    let after = code!(|ctx, _input| {
        ctx.call(a, json!(1)).await?;
        ctx.raise_event("other", "news", &1)?;
        ctx.side_effect(|| RAN.fetch_add(1, Ordering::Relaxed)).await;
        ctx.call(child, json!("x")).await?;
        Ok(ctx.event::<Value>("go").await)
    });
    let halt = Execution::compare(after, &history()).unwrap_err();
    assert_eq!(halt.reason, HaltReason::Nondeterminism);
    let difference = halt.difference.unwrap();
    assert_eq!(
        difference.recorded,
        "sub-orchestration `child` version 1 (task 2)"
    );
    assert!(
        difference
            .attempted
            .starts_with("side effect (task 2), at durable-core/tests/replay/comparing.rs:"),
        "{difference:?}"
    );
    assert_eq!(RAN.load(Ordering::Relaxed), 0);
}

#[test]
fn a_recorded_side_effect_and_one_beyond_the_history_do_not_run() {
    static RAN: AtomicU32 = AtomicU32::new(0);
    let code = code!(|ctx, _input| {
        ctx.side_effect(|| RAN.fetch_add(1, Ordering::Relaxed)).await;
        ctx.call(a, json!(1)).await?;
        ctx.side_effect(|| RAN.fetch_add(1, Ordering::Relaxed)).await;
        Ok(json!(null))
    });
    let driver = Driver::start(code, 0);
    assert_eq!(
        RAN.load(Ordering::Relaxed),
        1,
        "the first turn runs the first one"
    );
    assert_eq!(Execution::compare(code, &driver.history).unwrap(), []);
    // A history that ends inside a turn: the second one is reached, and is not recorded.
    let mut cut = driver.history.clone();
    cut.push(Event::new(at(9), EventKind::OrchestratorStarted));
    cut.push(Event::new(at(9), ok(1, 1)));
    assert!(Execution::compare(code, &cut).is_err());
    assert_eq!(RAN.load(Ordering::Relaxed), 1);
}
