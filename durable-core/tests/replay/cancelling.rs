//! Cooperative cancellation, and termination.

use std::time::Duration;

use crate::support::*;

#[test]
fn a_request_to_cancel_ends_pending_calls_and_lets_compensation_run() {
    let mut driver = Driver::start(
        code!(|ctx, _input| {
            let called = ctx.call(a, json!(1)).await;
            assert!(matches!(called, Err(CallError::Cancelled)), "{called:?}");
            assert!(ctx.is_cancelled());
            ctx.call(b, json!("undo")).await?;
            Err(Failure::new("given up"))
        }),
        (),
    );
    driver.forgetful = true;
    let turn = driver.deliver([cancel("too slow")]);
    assert_eq!(decisions(&turn.events), ["#1 call b"]);
    assert!(turn.outgoing.contains(&Outgoing::CancelActivity(TaskId(0))));
    assert!(driver.deliver([ok(0, "late")]).events.is_empty());
    let turn = driver.deliver([ok(1, ())]);
    let TurnOutcome::Ended(CompletionStatus::Canceled(details)) = turn.outcome else {
        panic!("{:?}", turn.outcome);
    };
    assert_eq!(details.message, "given up");
}

#[test]
fn an_orchestrator_that_returns_a_value_after_a_request_to_cancel_is_completed() {
    let mut driver = Driver::start(code!(|ctx, _input| { Ok(json!(ctx.cancelled().await)) }), ());
    assert_eq!(
        driver.crash().deliver([cancel("enough")]).result(),
        Some(json!("enough"))
    );
}

#[test]
fn a_second_request_to_cancel_does_not_end_the_compensation() {
    let mut driver = Driver::start(
        code!(|ctx, _input| {
            drop(ctx.call(a, json!(1)).await);
            let undone = ctx.call(b, json!("undo")).await?;
            Ok(json!([undone, ctx.cancelled().await]))
        }),
        (),
    );
    driver.forgetful = true;
    driver.deliver([cancel("first")]);
    assert_eq!(driver.deliver([cancel("second")]).outcome, TurnOutcome::Waiting);
    assert_eq!(
        driver.deliver([ok(1, "undone")]).result(),
        Some(json!(["undone", "first"]))
    );
}

#[test]
fn a_request_to_cancel_does_not_end_timers_and_events() {
    let mut driver = Driver::start(
        code!(|ctx, _input| {
            ctx.join((ctx.timer(seconds(5)), ctx.event::<Value>("news")))
                .await;
            Ok(json!(ctx.is_cancelled()))
        }),
        (),
    );
    assert_eq!(driver.deliver([cancel("x")]).outcome, TurnOutcome::Waiting);
    driver.crash().deliver([fired(0)]);
    assert_eq!(driver.deliver([event("news", 1)]).result(), Some(json!(true)));
}

#[test]
fn cancelled_can_be_selected_and_waited_for_more_than_once() {
    let mut driver = Driver::start(
        code!(|ctx, _input| {
            let winner = ctx.select((ctx.timer(seconds(5)), ctx.cancelled())).await;
            Ok(json!([
                matches!(winner, Selected::Second(_)),
                ctx.cancelled().await
            ]))
        }),
        (),
    );
    assert_eq!(
        driver.deliver([cancel("x"), cancel("y")]).result(),
        Some(json!([true, "x"]))
    );
}

#[test]
fn a_cancelled_call_with_limits_and_retries_ends_as_cancelled_in_every_state() {
    let code = code!(|ctx, _input| {
        let call = ctx.call(pay, json!(1)).retry(RetryPolicy::fixed(9, seconds(1)));
        let call = call
            .timeout(Duration::from_secs(5))
            .total_timeout(Duration::from_secs(50));
        Ok(json!(format!("{:?}", call.await)))
    });
    let mut during_an_attempt = Driver::start(code, ());
    let turn = during_an_attempt.crash().deliver([cancel("x")]);
    assert_eq!(turn.result(), Some(json!("Err(Cancelled)")));

    let mut during_a_pause = Driver::start(code, ());
    during_a_pause.deliver([failed(0, failure("busy"))]);
    let turn = during_a_pause.crash().deliver([cancel("x")]);
    assert_eq!(turn.result(), Some(json!("Err(Cancelled)")));
}

#[test]
fn a_result_before_the_request_to_cancel_counts() {
    let mut driver = Driver::start(
        code!(|ctx, _input| {
            let call = ctx
                .call(a, json!(1))
                .total_timeout(Duration::from_secs(9))
                .start();
            ctx.event::<Value>("go").await;
            Ok(json!(call.await.is_ok()))
        }),
        (),
    );
    driver.deliver([ok(0, "in time"), cancel("x")]);
    assert_eq!(
        driver.crash().deliver([event("go", ())]).result(),
        Some(json!(true))
    );
}

#[test]
fn terminating_runs_no_code_of_the_user() {
    let mut driver = Driver::start(
        code!(|ctx, _input| {
            ctx.call(a, json!(1)).await?;
            ctx.call(b, json!(2)).await?;
            Ok(json!(null))
        }),
        (),
    );
    let turn = driver.crash().deliver([terminate(), ok(0, ())]);
    assert_eq!(decisions(&turn.events), [""; 0]);
    assert_eq!(
        turn.outcome,
        TurnOutcome::Ended(CompletionStatus::Terminated("by hand".into()))
    );
    driver.load().expect("a terminated history can be replayed");
}

#[test]
fn what_a_terminated_turn_had_scheduled_is_recorded_but_not_sent() {
    let mut driver = Driver::new(
        code!(|ctx, _input| {
            ctx.raise_event("other", "news", &1)?;
            ctx.call(child, json!(1)).detach();
            let calls = (
                ctx.call(a, json!(1)),
                ctx.timer(seconds(5)),
                ctx.call(child, json!(2)),
            );
            drop(ctx.join(calls).await);
            Ok(json!(null))
        }),
        (),
    );
    let turn = driver.begin_with([terminate()]);
    assert_eq!(decisions(&turn.events).len(), 5);
    // What was told to others stands; what would have answered to this instance is withdrawn.
    assert!(
        matches!(turn.outgoing.as_slice(), [Outgoing::Raise { .. }, Outgoing::StartChild(child)]
            if child.started.parent.is_none()),
        "{:?}",
        turn.outgoing
    );
}

#[test]
fn an_end_in_the_same_turn_before_the_termination_stands() {
    let mut driver = Driver::start(code!(|ctx, _input| { Ok(ctx.call(a, json!(1)).await?) }), ());
    assert_eq!(
        driver.deliver([ok(0, "done"), terminate()]).result(),
        Some(json!("done"))
    );
}

#[test]
fn nothing_is_appended_after_the_end() {
    let ended = code!(|_ctx, _input| { Ok(json!("done")) });
    let continued = code!(|ctx, input| { ctx.continue_as_new(input).await });
    for code in [ended, continued] {
        for forgetful in [false, true] {
            let mut driver = Driver::new(code, ());
            driver.forgetful = forgetful;
            driver.begin();
            for message in [event("news", 1), terminate(), suspend(), cancel("x"), ok(0, 1)] {
                let turn = driver.deliver([message]);
                assert!(turn.events.is_empty() && turn.outgoing.is_empty(), "{turn:?}");
            }
        }
    }
}
