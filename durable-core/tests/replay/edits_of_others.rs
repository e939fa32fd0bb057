//! More edits that are reported: of retried calls, children, events, side effects, joins, loops, and ended histories.

use crate::edits::{CALL_A, CALL_B, detected};
use crate::support::*;

#[test]
fn a_call_changed_to_a_retried_timer_and_a_timer_to_a_retried_call() {
    let retried = code!(|ctx, _input| {
        Ok(ctx
            .call(pay, json!(1))
            .retry(RetryPolicy::fixed(3, seconds(1)))
            .await?)
    });
    let timer = code!(|ctx, _input| { Ok(json!(ctx.timer(seconds(1)).await)) });
    let call = "activity `pay` version 1 (task 0)";
    detected(retried, &[], timer, call, "timer (task 0), at ", &[ok(0, 1)]);
    detected(timer, &[], retried, "timer (task 0)", call, &[fired(0)]);
}

#[test]
fn a_retried_call_inserted_where_the_history_has_none() {
    let before = code!(|ctx, _input| { Ok(ctx.event("go").await) });
    let after = code!(|ctx, _input| {
        Ok(ctx
            .call(pay, json!(1))
            .retry(RetryPolicy::fixed(3, seconds(1)))
            .await?)
    });
    let attempted = "activity `pay` version 1 (task 0), at ";
    detected(
        before,
        &[],
        after,
        "the end of the turn",
        attempted,
        &[event("go", 1)],
    );
}

#[test]
fn a_changed_name_or_version_of_a_child_and_a_child_changed_to_an_activity() {
    let before = code!(|ctx, _input| {
        ctx.select((ctx.call(child, json!(1)), ctx.event::<Value>("go")))
            .await;
        Ok(json!(1))
    });
    let recorded = "sub-orchestration `child` version 1 (task 0)";
    let go = [event("go", 1)];
    let version = code!(|ctx, _input| { Ok(ctx.call(child_v2, json!(1)).await?) });
    detected(
        before,
        &[],
        version,
        recorded,
        "sub-orchestration `child` version 2 (task 0), at ",
        &go,
    );
    let name = code!(|ctx, _input| { Ok(ctx.call(other_child, json!(1)).await?) });
    detected(
        before,
        &[],
        name,
        recorded,
        "sub-orchestration `other_child` version 1 (task 0), at ",
        &go,
    );
    let activity = code!(|ctx, _input| { Ok(ctx.call(a, json!(1)).await?) });
    detected(
        before,
        &[],
        activity,
        recorded,
        "activity `a` version 1 (task 0), at ",
        &go,
    );
}

#[test]
fn a_changed_event_name() {
    let before = code!(|ctx, _input| {
        ctx.event::<Value>("approval").await;
        Ok(ctx.call(a, json!(1)).await?)
    });
    let after = code!(|ctx, _input| {
        ctx.event::<Value>("approved").await;
        Ok(ctx.call(a, json!(1)).await?)
    });
    let attempted = "nothing: the orchestrator waits for event `approved`, at ";
    detected(
        before,
        &[event("approval", 1)],
        after,
        CALL_A,
        attempted,
        &[ok(0, 1)],
    );
}

#[test]
fn an_event_changed_to_a_timer() {
    let before = code!(|ctx, _input| { Ok(ctx.event::<Value>("approval").await) });
    let after = code!(|ctx, _input| { Ok(json!(ctx.timer(seconds(9)).await)) });
    detected(
        before,
        &[],
        after,
        "the end of the turn",
        "timer (task 0), at ",
        &[event("approval", 1)],
    );
}

#[test]
fn a_removed_side_effect() {
    let before = code!(|ctx, _input| {
        let value = ctx.side_effect(|| 5).await;
        Ok(ctx.call(a, json!(value)).await?)
    });
    let after = code!(|ctx, _input| { Ok(ctx.call(a, json!(5)).await?) });
    detected(
        before,
        &[],
        after,
        "side effect (task 0)",
        "activity `a` version 1 (task 0), at ",
        &[ok(1, 1)],
    );
}

#[test]
fn a_swapped_order_of_a_join() {
    let before = code!(|ctx, _input| {
        drop(ctx.join((ctx.call(a, json!(1)), ctx.call(b, json!(2)))).await);
        Ok(json!(1))
    });
    let after = code!(|ctx, _input| {
        drop(ctx.join((ctx.call(b, json!(2)), ctx.call(a, json!(1)))).await);
        Ok(json!(1))
    });
    let attempted = "activity `b` version 1 (task 0), at ";
    detected(before, &[], after, CALL_A, attempted, &[ok(0, 1), ok(1, 1)]);
    let sequential = code!(|ctx, _input| {
        drop((ctx.call(a, json!(1)).await, ctx.call(b, json!(2)).await));
        Ok(json!(1))
    });
    let attempted = "nothing: the orchestrator waits for activity `a` (task 0), at ";
    detected(before, &[], sequential, CALL_B, attempted, &[ok(0, 1), ok(1, 1)]);
}

#[test]
fn a_swapped_order_of_a_select_and_a_removed_branch() {
    let before = code!(|ctx, _input| {
        ctx.select((ctx.call(a, json!(1)), ctx.timer(seconds(5)))).await;
        Ok(json!(1))
    });
    let swapped = code!(|ctx, _input| {
        ctx.select((ctx.timer(seconds(5)), ctx.call(a, json!(1)))).await;
        Ok(json!(1))
    });
    detected(before, &[], swapped, CALL_A, "timer (task 0), at ", &[ok(0, 1)]);
    let removed = code!(|ctx, _input| { Ok(ctx.call(a, json!(1)).await?) });
    let attempted = "nothing: the orchestrator waits for activity `a` (task 0), at ";
    detected(before, &[], removed, "timer (task 1)", attempted, &[ok(0, 1)]);
}

macro_rules! looped {
    ($times:literal) => {
        code!(|ctx, _input| {
            for n in 0..$times {
                ctx.call(a, json!(n)).await?;
            }
            Ok(json!($times))
        })
    };
}

#[test]
fn a_loop_with_fewer_rounds() {
    let messages = [ok(0, 1), ok(1, 1)];
    detected(
        looped!(3),
        &messages,
        looped!(2),
        "activity `a` version 1 (task 2)",
        "the orchestrator returned a value",
        &[ok(2, 1)],
    );
}

#[test]
fn a_flipped_condition() {
    let before = code!(|ctx, input| {
        ctx.call(a, json!(1)).await?;
        Ok(if input == json!(0) {
            ctx.call(b, json!(1)).await?
        } else {
            ctx.call(c, json!(1)).await?
        })
    });
    let after = code!(|ctx, input| {
        ctx.call(a, json!(1)).await?;
        Ok(if input == json!(0) {
            ctx.call(c, json!(1)).await?
        } else {
            ctx.call(b, json!(1)).await?
        })
    });
    detected(
        before,
        &[ok(0, 1)],
        after,
        CALL_B,
        "activity `c` version 1 (task 1), at ",
        &[ok(1, 1)],
    );
}

#[test]
fn a_removed_and_a_renamed_raise_event() {
    let before = code!(|ctx, _input| {
        ctx.raise_event("other", "news", &1)?;
        Ok(ctx.event::<Value>("answer").await)
    });
    let recorded = "event `news` to another instance (task 0)";
    let renamed = code!(|ctx, _input| {
        ctx.raise_event("other", "gossip", &1)?;
        Ok(ctx.event::<Value>("answer").await)
    });
    let attempted = "event `gossip` to another instance (task 0), at ";
    detected(before, &[], renamed, recorded, attempted, &[event("answer", 1)]);
    let removed = code!(|ctx, _input| { Ok(ctx.event::<Value>("answer").await) });
    let attempted = "nothing: the orchestrator waits for event `answer`, at ";
    detected(before, &[], removed, recorded, attempted, &[event("answer", 1)]);
}

/// Replays an ended history, as a check before a deployment does.
#[track_caller]
fn detected_in_an_ended_history(after: Code, recorded: &str, attempted: &str) {
    let mut driver = Driver::start(looped!(2), 0);
    driver.deliver([ok(0, 1)]);
    driver.deliver([ok(1, 1)]);
    let halt = driver.deploy(after).load().unwrap_err();
    assert!(
        halt.message.contains(&format!("    recorded:  {recorded}\n")),
        "{halt}"
    );
    assert!(
        halt.message.contains(&format!("    attempted: {attempted}")),
        "{halt}"
    );
}

#[test]
fn edits_behind_the_last_step_of_an_ended_history() {
    let ended = "the orchestrator returned";
    detected_in_an_ended_history(looped!(3), ended, "activity `a` version 1 (task 2), at ");
    let continued = code!(|ctx, input| {
        ctx.call(a, json!(0)).await?;
        ctx.call(a, json!(1)).await?;
        ctx.continue_as_new(input).await
    });
    detected_in_an_ended_history(continued, ended, "the orchestrator continued as new, at ");
    let failing = code!(|ctx, _input| {
        ctx.call(a, json!(0)).await?;
        ctx.call(a, json!(1)).await?;
        Err(Failure::new("no"))
    });
    detected_in_an_ended_history(failing, ended, "the orchestrator returned an error");
    let telling = code!(|ctx, _input| {
        ctx.call(a, json!(0)).await?;
        ctx.call(a, json!(1)).await?;
        ctx.raise_event("other", "done", &1)?;
        Ok(json!(2))
    });
    detected_in_an_ended_history(telling, ended, "event `done` to another instance (task 2), at ");
}
