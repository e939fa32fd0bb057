//! Retries and timeouts.

use std::cell::Cell;
use std::time::Duration;

use crate::support::*;

fn pay_failed(task: u32, error: &PayError) -> EventKind {
    let mut details = failure("x");
    details.origin = FailureOrigin::Application;
    details.kind = format!("PayError::{error:?}");
    details.json = Some(serde_json::to_string(error).unwrap());
    failed(task, details)
}

const RETRIED: fn() -> Code = || {
    code!(|ctx, _input| {
        let policy = RetryPolicy::exponential(3, seconds(10)..seconds(60)).jitter(0.5);
        let paid = ctx.call(pay, json!(1)).retry(policy).await;
        Ok(json!(paid.map_err(|error| error.to_string())))
    })
};

#[test]
fn each_attempt_is_recorded_with_the_pause_before_it() {
    let mut driver = Driver::start(RETRIED(), ());
    driver.forgetful = true;
    assert_eq!(decisions(&driver.history), ["#0 RetryPolicy", "#0 call pay"]);
    let turn = driver.deliver([pay_failed(0, &PayError::Busy)]);
    assert_eq!(decisions(&turn.events), ["#1 timer"]);
    let turn = driver.deliver([fired(1)]);
    assert_eq!(decisions(&turn.events), ["#2 call pay"]);
    assert!(matches!(turn.outgoing.as_slice(), [Outgoing::Activity(order)] if order.attempt == 2));
    driver.deliver([pay_failed(2, &PayError::Busy)]);
    driver.deliver([fired(3)]);
    let turn = driver.deliver([pay_failed(4, &PayError::Busy)]);
    assert_eq!(
        turn.result(),
        Some(json!({"Err": "the bank is busy"})),
        "three attempts and no more"
    );
}

#[test]
fn the_drawn_delays_are_the_same_after_a_crash() {
    let pauses = |forgetful| {
        let mut driver = Driver::start(RETRIED(), ());
        driver.forgetful = forgetful;
        let first = driver.crash().deliver([pay_failed(0, &PayError::Busy)]);
        driver.deliver([fired(1)]);
        let second = driver.deliver([pay_failed(2, &PayError::Busy)]);
        (first.outgoing, second.outgoing)
    };
    assert_eq!(pauses(false), pauses(true));
    let (first, second) = pauses(false);
    let due = |outgoing: &[Outgoing]| match outgoing {
        [Outgoing::Timer { fire_at, .. }] => *fire_at,
        other => panic!("{other:?}"),
    };
    assert!(due(&first) > at(6) && due(&first) <= at(11), "{:?}", due(&first));
    assert!(
        due(&second) > at(13) && due(&second) <= at(23),
        "{:?}",
        due(&second)
    );
}

#[test]
fn an_edited_retry_attribute_does_not_disturb_calls_that_were_recorded() {
    let mut driver = Driver::start(RETRIED(), ());
    driver.deploy(code!(|ctx, _input| {
        let policy = RetryPolicy::fixed(99, seconds(1));
        let paid = ctx
            .call(pay, json!(1))
            .retry(policy)
            .timeout(Duration::from_secs(1))
            .await;
        Ok(json!(paid.map_err(|error| error.to_string())))
    }));
    driver.deliver([pay_failed(0, &PayError::Busy)]);
    driver.crash().deliver([fired(1)]);
    driver.deliver([pay_failed(2, &PayError::Busy)]);
    driver.deliver([fired(3)]);
    let turn = driver.deliver([pay_failed(4, &PayError::Busy)]);
    assert_eq!(
        turn.result(),
        Some(json!({"Err": "the bank is busy"})),
        "still three attempts"
    );
}

#[test]
fn a_retry_attribute_that_is_added_or_removed_does_not_disturb_either() {
    let plain = code!(|ctx, _input| {
        let paid = ctx.call(pay, json!(1)).await;
        Ok(json!(paid.map_err(|error| error.to_string())))
    });
    let edited = code!(|ctx, _input| {
        let paid = ctx.call(pay_edited, json!(1)).await;
        Ok(json!(paid.map_err(|error| error.to_string())))
    });
    let mut driver = Driver::start(plain, ());
    let turn = driver.deploy(edited).deliver([pay_failed(0, &PayError::Busy)]);
    assert_eq!(
        turn.result(),
        Some(json!({"Err": "the bank is busy"})),
        "recorded without retries"
    );

    let mut driver = Driver::start(edited, ());
    let turn = driver.deploy(plain).deliver([pay_failed(0, &PayError::Busy)]);
    assert_eq!(decisions(&turn.events), ["#2 timer"], "recorded with retries");
}

thread_local! {
    static JUDGED: Cell<u32> = const { Cell::new(0) };
}

const JUDGED_CALL: fn() -> Code = || {
    code!(|ctx, _input| {
        let asked = ctx.clone();
        let paid = ctx
            .call(pay, json!(1))
            .retry(RetryPolicy::fixed(9, seconds(1)))
            .retry_if(move |error| {
                // The predicate may use the context.
                let _ = asked.now();
                JUDGED.with(|judged| judged.set(judged.get() + 1));
                *error == PayError::Busy
            })
            .await;
        Ok(json!(paid.map_err(|error| error.to_string())))
    })
};

#[test]
fn the_verdict_of_a_predicate_is_recorded_and_asked_for_once() {
    JUDGED.with(|judged| judged.set(0));
    let mut driver = Driver::start(JUDGED_CALL(), ());
    driver.forgetful = true;
    let turn = driver.deliver([pay_failed(0, &PayError::Busy)]);
    assert_eq!(decisions(&turn.events), ["#0 RetryVerdict", "#1 timer"]);
    driver.deliver([fired(1)]);
    let turn = driver.deliver([pay_failed(2, &PayError::Declined)]);
    assert_eq!(decisions(&turn.events), ["#2 RetryVerdict"]);
    assert_eq!(turn.result(), Some(json!({"Err": "declined"})));
    driver.load().unwrap();
    assert_eq!(
        JUDGED.with(Cell::get),
        2,
        "once for each failure, however often it is replayed"
    );
}

#[test]
fn a_recorded_verdict_stands_when_the_predicate_is_changed_or_removed() {
    let changed = code!(|ctx, _input| {
        let call = ctx.call(pay, json!(1)).retry(RetryPolicy::fixed(9, seconds(1)));
        let paid = call.retry_if(|_| false).await;
        Ok(json!(paid.map_err(|error| error.to_string())))
    });
    let removed = code!(|ctx, _input| {
        let paid = ctx
            .call(pay, json!(1))
            .retry(RetryPolicy::fixed(9, seconds(1)))
            .await;
        Ok(json!(paid.map_err(|error| error.to_string())))
    });
    for edited in [changed, removed] {
        let mut driver = Driver::start(JUDGED_CALL(), ());
        driver.deliver([pay_failed(0, &PayError::Busy)]);
        let turn = driver.deploy(edited).deliver([fired(1)]);
        assert_eq!(decisions(&turn.events), ["#2 call pay"]);
    }
}

#[test]
fn an_attempt_that_exceeds_its_limit_is_cancelled_and_retried() {
    let mut driver = Driver::start(
        code!(|ctx, _input| {
            let call = ctx.call(pay, json!(1)).timeout(Duration::from_secs(5));
            let paid = call.retry(RetryPolicy::fixed(2, seconds(1))).await;
            Ok(json!(matches!(paid, Err(CallError::Timeout))))
        }),
        (),
    );
    driver.forgetful = true;
    assert_eq!(
        decisions(&driver.history),
        ["#0 RetryPolicy", "#0 call pay", "#1 timer"]
    );
    let turn = driver.deliver([fired(1)]);
    assert_eq!(decisions(&turn.events), ["#2 timer"]);
    assert!(turn.outgoing.contains(&Outgoing::CancelActivity(TaskId(0))));
    assert!(driver.deliver([ok(0, "too late")]).events.is_empty());
    let turn = driver.deliver([fired(2)]);
    assert_eq!(decisions(&turn.events), ["#3 call pay", "#4 timer"]);
    assert_eq!(driver.deliver([fired(4)]).result(), Some(json!(true)));
}

#[test]
fn a_result_in_time_takes_the_limit_back() {
    let mut driver = Driver::start(
        code!(|ctx, _input| {
            let call = ctx.call(pay, json!(1)).timeout(Duration::from_secs(5));
            let paid = call.total_timeout(Duration::from_secs(50)).await;
            ctx.event::<Value>("stop").await;
            Ok(json!(paid.is_ok()))
        }),
        (),
    );
    let turn = driver.crash().deliver([ok(0, "paid"), fired(1), fired(2)]);
    let cancels = [Outgoing::CancelTimer(TaskId(1)), Outgoing::CancelTimer(TaskId(2))];
    assert_eq!(turn.outgoing, cancels);
    assert_eq!(
        driver.crash().deliver([event("stop", ())]).result(),
        Some(json!(true))
    );
}

#[test]
fn the_total_limit_ends_attempts_and_pauses() {
    let code = code!(|ctx, _input| {
        let call = ctx.call(pay, json!(1)).retry(RetryPolicy::fixed(9, seconds(1)));
        let paid = call.total_timeout(Duration::from_secs(50)).await;
        Ok(json!(matches!(paid, Err(CallError::Timeout))))
    });
    let mut during_an_attempt = Driver::start(code, ());
    let turn = during_an_attempt.crash().deliver([fired(1)]);
    assert_eq!(turn.result(), Some(json!(true)));
    assert_eq!(turn.outgoing, [Outgoing::CancelActivity(TaskId(0))]);

    let mut during_a_pause = Driver::start(code, ());
    during_a_pause.deliver([failed(0, failure("busy"))]);
    let turn = during_a_pause.crash().deliver([fired(1)]);
    assert_eq!(turn.result(), Some(json!(true)));
    assert_eq!(turn.outgoing, [Outgoing::CancelTimer(TaskId(2))]);
}

#[test]
fn a_panic_of_an_activity_is_retried_like_any_failure() {
    let mut driver = Driver::start(RETRIED(), ());
    let panicked = FailureDetails::new(FailureOrigin::Panic, "Panic", "index out of bounds");
    assert_eq!(
        decisions(&driver.deliver([failed(0, panicked)]).events),
        ["#1 timer"]
    );
}

#[test]
fn a_policy_with_numbers_that_json_cannot_hold_is_recorded_in_a_form_that_replays() {
    let mut driver = Driver::start(
        code!(|ctx, _input| {
            let mut policy = RetryPolicy::fixed(3, seconds(10));
            policy.factor = f64::NAN;
            policy.jitter = f64::INFINITY;
            Ok(ctx.call(pay, json!(1)).retry(policy).await?)
        }),
        (),
    );
    assert_eq!(
        driver.crash().deliver([ok(0, "paid")]).result(),
        Some(json!("paid"))
    );
}
