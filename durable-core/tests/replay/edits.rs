//! Edits of running code that no longer make the recorded steps: each is reported in the first turn after the restart
//! that reaches it, the instance stays intact, and goes on once the code is repaired.
//!
//! The table is in `docs/history-format.md`; `edits_safe.rs` has the edits that must not be reported.

use crate::support::*;

/// Runs `before` over `messages`, deploys `after`, and expects the report; then repairs the code and runs to the end.
#[track_caller]
pub(crate) fn detected(
    before: Code,
    messages: &[EventKind],
    after: Code,
    recorded: &str,
    attempted: &str,
    rest: &[EventKind],
) {
    let mut driver = Driver::start(before, 0);
    for message in messages {
        driver.deliver([message.clone()]);
    }
    let intact = driver.history.clone();
    driver.deploy(after);
    let halt = driver.try_deliver(rest.first().cloned()).unwrap_err();
    assert_eq!(halt.reason, HaltReason::Nondeterminism, "{halt}");
    assert_eq!(driver.history, intact, "the history is untouched");
    assert!(halt.step.is_some(), "{halt}");
    assert!(
        halt.message.contains(&format!("    recorded:  {recorded}\n")),
        "{halt}"
    );
    assert!(
        halt.message.contains(&format!("    attempted: {attempted}")),
        "{halt}"
    );
    if attempted.starts_with("the orchestrator returned") {
        assert_eq!(halt.place, None, "an end has no place of its own");
    } else {
        let place = halt.place.clone().unwrap();
        assert!(
            place.contains("edits") && halt.message.contains(&format!("at {place}")),
            "{halt}"
        );
    }

    driver.deploy(before);
    let mut result = None;
    for message in rest {
        result = driver.deliver([message.clone()]).result().or(result);
    }
    assert!(result.is_some(), "the repaired code goes on to the end");
}

pub(crate) const CALL_A: &str = "activity `a` version 1 (task 0)";
pub(crate) const CALL_B: &str = "activity `b` version 1 (task 1)";

const A_THEN_B: fn() -> Code = || {
    code!(|ctx, _input| {
        let first = ctx.call(a, json!(1)).await?;
        let second = ctx.call(b, json!(2)).await?;
        Ok(json!([first, second]))
    })
};

/// Expects the report for an edit of `A_THEN_B`, of which the first call has completed.
#[track_caller]
fn edited(after: Code, recorded: &str, attempted: &str) {
    detected(A_THEN_B(), &[ok(0, 1)], after, recorded, attempted, &[ok(1, 2)]);
}

#[test]
fn reordered_calls() {
    let after = code!(|ctx, _input| {
        ctx.call(b, json!(2)).await?;
        Ok(ctx.call(a, json!(1)).await?)
    });
    edited(after, CALL_A, "activity `b` version 1 (task 0), at ");
}

#[test]
fn a_call_inserted_at_the_start() {
    let after = code!(|ctx, _input| {
        ctx.call(c, json!(0)).await?;
        ctx.call(a, json!(1)).await?;
        Ok(ctx.call(b, json!(2)).await?)
    });
    edited(after, CALL_A, "activity `c` version 1 (task 0), at ");
}

#[test]
fn a_call_inserted_between() {
    let after = code!(|ctx, _input| {
        ctx.call(a, json!(1)).await?;
        ctx.call(c, json!(0)).await?;
        Ok(ctx.call(b, json!(2)).await?)
    });
    edited(after, CALL_B, "activity `c` version 1 (task 1), at ");
}

#[test]
fn a_removed_first_call() {
    let after = code!(|ctx, _input| { Ok(ctx.call(b, json!(2)).await?) });
    edited(after, CALL_A, "activity `b` version 1 (task 0), at ");
}

#[test]
fn a_removed_last_call() {
    let after = code!(|ctx, _input| { Ok(ctx.call(a, json!(1)).await?) });
    edited(after, CALL_B, "the orchestrator returned a value");
}

#[test]
fn a_renamed_call() {
    let after = code!(|ctx, _input| {
        ctx.call(a, json!(1)).await?;
        Ok(ctx.call(c, json!(2)).await?)
    });
    edited(after, CALL_B, "activity `c` version 1 (task 1), at ");
}

#[test]
fn a_changed_version_of_an_activity() {
    let after = code!(|ctx, _input| {
        ctx.call(a_v2, json!(1)).await?;
        Ok(ctx.call(b, json!(2)).await?)
    });
    edited(after, CALL_A, "activity `a` version 2 (task 0), at ");
}

#[test]
fn an_activity_changed_to_a_timer() {
    let after = code!(|ctx, _input| {
        ctx.timer(seconds(5)).await;
        Ok(ctx.call(b, json!(2)).await?)
    });
    edited(after, CALL_A, "timer (task 0), at ");
}

#[test]
fn an_activity_changed_to_a_child() {
    let after = code!(|ctx, _input| {
        ctx.call(a, json!(1)).await?;
        Ok(ctx.call(child, json!(2)).await?)
    });
    edited(after, CALL_B, "sub-orchestration `child` version 1 (task 1), at ");
}

#[test]
fn a_removed_await() {
    let after = code!(|ctx, _input| {
        drop(ctx.call(a, json!(1)));
        Ok(ctx.call(b, json!(2)).await?)
    });
    edited(after, CALL_A, "activity `b` version 1 (task 0), at ");
}

#[test]
fn an_added_early_return() {
    let after = code!(|ctx, _input| {
        let first = ctx.call(a, json!(1)).await?;
        if first == json!(1) {
            return Ok(json!("early"));
        }
        Ok(ctx.call(b, json!(2)).await?)
    });
    edited(after, CALL_B, "the orchestrator returned a value");
}

#[test]
fn an_added_early_error() {
    let after = code!(|ctx, _input| {
        ctx.call(a, json!(1)).await?;
        Err(Failure::new("no longer supported"))
    });
    edited(after, CALL_B, "the orchestrator returned an error");
}

#[test]
fn an_added_continue_as_new() {
    let after = code!(|ctx, input| {
        ctx.call(a, json!(1)).await?;
        ctx.continue_as_new(input).await
    });
    edited(after, CALL_B, "the orchestrator continued as new, at ");
}

#[test]
fn sequential_calls_made_concurrent() {
    let after = code!(|ctx, _input| {
        let (first, second) = ctx.join((ctx.call(a, json!(1)), ctx.call(b, json!(2)))).await;
        Ok(json!([first?, second?]))
    });
    edited(
        after,
        "the end of the turn",
        "activity `b` version 1 (task 1), at ",
    );
}

#[test]
fn an_added_side_effect() {
    let after = code!(|ctx, _input| {
        ctx.call(a, json!(1)).await?;
        ctx.side_effect(|| 5).await;
        Ok(ctx.call(b, json!(2)).await?)
    });
    edited(after, CALL_B, "side effect (task 1), at ");
}

#[test]
fn an_added_raise_event() {
    let after = code!(|ctx, _input| {
        ctx.call(a, json!(1)).await?;
        ctx.raise_event("other", "news", &1)?;
        Ok(ctx.call(b, json!(2)).await?)
    });
    edited(after, CALL_B, "event `news` to another instance (task 1), at ");
}

#[test]
fn an_added_wait_for_an_event() {
    let after = code!(|ctx, _input| {
        ctx.call(a, json!(1)).await?;
        ctx.event::<Value>("approval").await;
        Ok(ctx.call(b, json!(2)).await?)
    });
    edited(
        after,
        CALL_B,
        "nothing: the orchestrator waits for event `approval`, at ",
    );
}

#[test]
fn an_added_wait_for_a_timer() {
    let after = code!(|ctx, _input| {
        ctx.call(a, json!(1)).await?;
        ctx.timer(seconds(1)).await;
        Ok(ctx.call(b, json!(2)).await?)
    });
    edited(after, CALL_B, "timer (task 1), at ");
}

#[test]
fn an_added_detached_child() {
    let after = code!(|ctx, _input| {
        ctx.call(child, json!(1)).detach();
        ctx.call(a, json!(1)).await?;
        Ok(ctx.call(b, json!(2)).await?)
    });
    edited(after, CALL_A, "sub-orchestration `child` version 1 (task 0), at ");
}
