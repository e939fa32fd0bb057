//! Turns that are made twice: what is not deterministic shows in the turn that depends on it.

use std::cell::Cell;
use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use durable_core::replay::Halt;

use crate::support::*;

thread_local! {
    static COUNT: Cell<u64> = const { Cell::new(0) };
}

/// Counts how often a place is passed; other on every run, like a clock or a static.
fn count() -> u64 {
    COUNT.replace(COUNT.get() + 1)
}

/// Delivers to an orchestrator that waits for `go`, which must be refused; the history is as it was.
fn refused(code: Code) -> Halt {
    COUNT.set(0);
    let mut driver = Driver::start(code, ());
    let before = driver.history.clone();
    let halt = driver.try_deliver([event("go", 1)]).unwrap_err();
    assert_eq!(halt.reason, HaltReason::Nondeterminism, "{halt}");
    assert_eq!(driver.history, before);
    halt
}

fn lines(halt: &Halt) -> Vec<&str> {
    halt.message.lines().map(str::trim).collect()
}

#[test]
fn a_branch_on_what_differs_is_reported_with_both_runs_side_by_side() {
    let halt = refused(code!(|ctx, _input| {
        ctx.event::<Value>("go").await;
        if count().is_multiple_of(2) {
            Ok(ctx.call(a, json!(1)).await?)
        } else {
            Ok(ctx.call(b, json!(1)).await?)
        }
    }));
    let lines = lines(&halt);
    assert_eq!(
        lines.first().copied(),
        Some(
            "two runs of the same turn of orchestrator `shop` version 1, instance `order-42`, decided differently"
        )
    );
    // 0 to 3 are the first turn; then the turn that began, and the event.
    assert_eq!(lines.get(1).copied(), Some("step 6 of its history"));
    assert_eq!(halt.step, Some(6));
    let first = lines[2];
    let place = halt.place.clone().unwrap();
    assert_eq!(
        *first,
        format!("first run:  activity `a` version 1 (task 0), at {place}")
    );
    let second = lines[3];
    assert!(
        second.starts_with("second run: activity `b` version 1 (task 0), at "),
        "{second}"
    );
    assert!(place.contains("shadow.rs:"), "{place}");
    assert!(halt.message.contains("`ctx.now()`"), "{halt}");
}

#[test]
fn the_instance_goes_on_with_repaired_code() {
    COUNT.set(0);
    let mut driver = Driver::start(
        code!(|ctx, _input| {
            ctx.event::<Value>("go").await;
            Ok(ctx.call(a, json!(count())).await?)
        }),
        (),
    );
    driver.try_deliver([event("go", 1)]).unwrap_err();
    driver.deploy(code!(|ctx, _input| {
        ctx.event::<Value>("go").await;
        let number = ctx.side_effect(count).await;
        Ok(ctx.call(a, json!(number)).await?)
    }));
    driver.deliver([event("go", 1)]);
    assert_eq!(driver.deliver([ok(1, "done")]).result(), Some(json!("done")));
}

/// What no look at the orchestrator's own body finds.
fn a_helper_that_reads_the_clock() -> u128 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    now.unwrap().as_nanos()
}

#[test]
fn a_clock_behind_a_helper_is_found_in_an_input_without_showing_it() {
    let halt = refused(code!(|ctx, _input| {
        ctx.event::<Value>("go").await;
        let at = a_helper_that_reads_the_clock().to_string();
        Ok(ctx.call(a, json!({"order": 1, "paid": {"at": at}})).await?)
    }));
    let lines = lines(&halt);
    let first = lines[2];
    assert!(first.contains("activity `a` version 1 (task 0), at "), "{first}");
    assert!(
        first.contains(", differs in the input at `/paid/at`: "),
        "{first}"
    );
    assert!(
        !halt.message.contains("\"at\""),
        "payloads reach no report: {halt}"
    );
}

#[test]
fn a_static_counter_is_found_in_an_input() {
    static COUNTER: AtomicU64 = AtomicU64::new(0);
    let halt = refused(code!(|ctx, _input| {
        ctx.event::<Value>("go").await;
        Ok(ctx
            .call(child, json!(COUNTER.fetch_add(1, Ordering::SeqCst)))
            .await?)
    }));
    assert!(halt.message.contains("sub-orchestration `child`"), "{halt}");
    assert!(halt.message.contains("differs in the input"), "{halt}");
}

#[test]
fn the_order_of_a_hash_map_is_found_in_the_order_of_calls() {
    let halt = refused(code!(|ctx, _input| {
        ctx.event::<Value>("go").await;
        // So many that two maps never agree.
        let stock: HashMap<u32, u32> = (0..64).map(|item| (item, 1)).collect();
        let calls = stock
            .iter()
            .map(|(item, count)| ctx.call(a, json!([item, count])));
        ctx.join_all(calls).await;
        Ok(json!(null))
    }));
    assert!(halt.message.contains("the order of a hash map"), "{halt}");
    assert!(halt.message.contains("differs in the input at `/0`"), "{halt}");
}

#[test]
fn randomness_is_found_in_a_timer_a_status_a_value_and_an_error() {
    fn random() -> u64 {
        RandomState::new().build_hasher().finish()
    }
    let timer = refused(code!(|ctx, _input| {
        ctx.event::<Value>("go").await;
        ctx.timer(seconds(random() >> 40)).await;
        Ok(json!(null))
    }));
    assert!(
        timer.message.contains("differs in the time at which it is due"),
        "{timer}"
    );
    let status = refused(code!(|ctx, _input| {
        ctx.event::<Value>("go").await;
        ctx.set_custom_status(&random())?;
        ctx.event::<Value>("go").await;
        Ok(json!(null))
    }));
    assert!(status.message.contains("sets the custom status to "), "{status}");
    let value = refused(code!(|ctx, _input| {
        ctx.event::<Value>("go").await;
        Ok(json!({ "id": random() }))
    }));
    assert!(
        value
            .message
            .contains("the orchestrator returned, differs in the value at `/id`"),
        "{value}"
    );
    let error = refused(code!(|ctx, _input| {
        ctx.event::<Value>("go").await;
        Err(Failure::new(random().to_string()))
    }));
    assert!(error.message.contains("differs in the error"), "{error}");
}

#[test]
fn a_wait_for_another_event_is_found_although_no_wait_is_recorded() {
    let halt = refused(code!(|ctx, _input| {
        ctx.event::<Value>("go").await;
        let name = format!("answer-{}", count());
        Ok(ctx.event::<Value>(&name).await)
    }));
    assert!(
        halt.message
            .contains("first run:  waits for event `answer-0`, at "),
        "{halt}"
    );
    assert!(
        halt.message
            .contains("second run: waits for event `answer-1`, at "),
        "{halt}"
    );
}

#[test]
fn a_run_that_ends_while_the_other_goes_on_is_found() {
    let halt = refused(code!(|ctx, _input| {
        ctx.event::<Value>("go").await;
        if count() == 0 {
            return Ok(json!(null));
        }
        Ok(ctx.event::<Value>("more").await)
    }));
    assert!(
        halt.message.contains("first run:  the orchestrator returned"),
        "{halt}"
    );
    assert!(
        halt.message
            .contains("second run: nothing: the orchestrator waits for event `more`"),
        "{halt}"
    );
}

#[test]
fn a_panic_of_the_second_run_only_is_found() {
    let halt = refused(code!(|ctx, _input| {
        ctx.event::<Value>("go").await;
        assert!(count() == 0, "never the second time");
        Ok(json!(null))
    }));
    assert!(halt.message.contains("first run:  made the turn"), "{halt}");
    assert!(halt.message.contains("panicked: never the second time"), "{halt}");
}

#[test]
fn a_decision_by_whether_it_is_a_replay_is_found_by_the_replay_of_the_first_turn() {
    let code = code!(|ctx, _input| {
        if ctx.is_replaying() {
            ctx.call(b, json!(1)).await?;
        }
        Ok(ctx.call(a, json!(1)).await?)
    });
    let mut driver = Driver::new(code, ());
    let start = EventKind::ExecutionStarted(Box::new(driver.started.clone()));
    let halt = driver.try_deliver([start.clone()]).unwrap_err();
    assert_eq!(halt.reason, HaltReason::Nondeterminism);
    assert!(
        halt.message
            .contains("first run:  activity `a` version 1 (task 0)"),
        "{halt}"
    );
    assert!(
        halt.message
            .contains("second run: activity `b` version 1 (task 0), at "),
        "{halt}"
    );

    // The shadow alone is no replay.
    let mut driver = Driver::new(code, ());
    driver.checks = DeterminismChecks::Shadow;
    driver.try_deliver([start]).unwrap();
}

#[test]
fn a_panic_of_the_replay_only_is_found() {
    let mut driver = Driver::new(
        code!(|ctx, _input| {
            assert!(!ctx.is_replaying(), "only at replay");
            Ok(ctx.call(a, json!(1)).await?)
        }),
        (),
    );
    let start = EventKind::ExecutionStarted(Box::new(driver.started.clone()));
    let halt = driver.try_deliver([start]).unwrap_err();
    assert_eq!(halt.reason, HaltReason::Nondeterminism);
    assert!(halt.message.contains("panicked: only at replay"), "{halt}");
}

#[test]
fn a_side_effect_whose_value_does_not_come_back_from_its_record_is_found() {
    let halt = refused(code!(|ctx, _input| {
        ctx.event::<Value>("go").await;
        let ratio = ctx.side_effect(|| f64::NAN).await;
        Ok(json!(ratio.is_nan()))
    }));
    assert!(
        halt.message
            .contains("the recorded value of a side effect is no `f64`"),
        "{halt}"
    );
}

#[test]
fn what_runs_once_runs_once() {
    COUNT.set(0);
    let mut driver = Driver::start(
        code!(|ctx, _input| {
            let drawn = ctx.side_effect(count).await;
            let policy = RetryPolicy::fixed(3, seconds(1)).jitter(1.0);
            let call = ctx
                .call(pay, json!(drawn))
                .retry(policy)
                .retry_if(|_| count() < 2);
            call.await.ok();
            Ok(json!([drawn, ctx.random(), ctx.new_uuid(), ctx.now()]))
        }),
        (),
    );
    let mut busy = failure("busy");
    busy.origin = FailureOrigin::Application;
    busy.json = Some("\"Busy\"".into());
    driver.deliver([failed(1, busy.clone())]);
    driver.deliver([fired(2)]);
    let turn = driver.deliver([failed(3, busy)]);
    assert_eq!(
        turn.result().and_then(|value| value.get(0).cloned()),
        Some(json!(0)),
        "{turn:?}"
    );
    assert_eq!(
        COUNT.get(),
        3,
        "one side effect and two verdicts, of two runs and three replays"
    );
}

#[test]
fn the_order_in_which_a_map_was_written_makes_no_difference() {
    let mut driver = Driver::start(
        code!(|ctx, _input| {
            let stock: HashMap<String, u32> = (0..64).map(|item| (item.to_string(), item)).collect();
            // A `Value` would sort the keys.
            ctx.set_custom_status(&stock)?;
            let raised = ctx.raise_event("warehouse", "stock", &stock);
            raised?;
            Ok(ctx.call(a, json!(stock)).await?)
        }),
        (),
    );
    assert_eq!(driver.deliver([ok(1, "done")]).result(), Some(json!("done")));
}

#[test]
fn the_history_is_replayed_after_turns_one_two_four_and_eight() {
    for (checks, starts) in [
        (DeterminismChecks::Off, 1),
        (DeterminismChecks::Shadow, 2),
        (DeterminismChecks::ShadowAndReplay, 2 + 4),
    ] {
        COUNT.set(0);
        let mut driver = Driver::new(
            code!(|ctx, _input| {
                count();
                for _ in 0..9 {
                    ctx.event::<Value>("go").await;
                }
                Ok(json!(null))
            }),
            (),
        );
        driver.checks = checks;
        driver.begin();
        for _ in 0..8 {
            driver.deliver([event("go", 1)]);
        }
        assert_eq!(COUNT.get(), starts, "{checks}");
    }
}

#[test]
fn a_termination_is_never_stopped() {
    COUNT.set(0);
    let mut driver = Driver::start(
        code!(|ctx, _input| {
            ctx.event::<Value>("go").await;
            Ok(ctx.call(a, json!(count())).await?)
        }),
        (),
    );
    let turn = driver.deliver([event("go", 1), terminate()]);
    assert!(matches!(
        turn.outcome,
        TurnOutcome::Ended(CompletionStatus::Terminated(_))
    ));
}
