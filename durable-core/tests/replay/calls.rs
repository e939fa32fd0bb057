//! When calls are made, and what becomes of their results.

use crate::support::*;

#[test]
fn calls_get_their_task_ids_in_the_order_in_which_they_are_first_polled() {
    let driver = Driver::start(
        code!(|ctx, _input| {
            let first = ctx.call(a, json!(1));
            let second = ctx.call(b, json!(2));
            // `b` is polled first, so it gets the first id.
            drop(ctx.join((second, first)).await);
            Ok(json!(null))
        }),
        (),
    );
    assert_eq!(decisions(&driver.history), ["#0 call b", "#1 call a"]);
}

#[test]
fn a_call_that_is_never_polled_is_never_made() {
    let mut driver = Driver::new(
        code!(|ctx, _input| {
            drop(ctx.call(a, json!(1)));
            Ok(json!("done"))
        }),
        (),
    );
    let turn = driver.begin();
    assert_eq!(decisions(&turn.events), [""; 0]);
    assert!(turn.outgoing.is_empty());
}

#[test]
fn a_started_call_is_scheduled_at_once_and_awaited_later() {
    let mut driver = Driver::new(
        code!(|ctx, _input| {
            let started = ctx.call(a, json!(1)).start();
            let other = ctx.call(b, json!(2)).await?;
            Ok(json!([started.await?, other]))
        }),
        (),
    );
    let turn = driver.begin();
    assert_eq!(decisions(&turn.events), ["#0 call a", "#1 call b"]);
    driver.crash().deliver([ok(0, "a")]);
    let turn = driver.crash().deliver([ok(1, "b")]);
    assert_eq!(turn.result(), Some(json!(["a", "b"])));
}

#[test]
fn dropping_a_pending_call_cancels_it_and_records_nothing() {
    let mut driver = Driver::start(
        code!(|ctx, _input| {
            let call = ctx.call(a, json!(1)).start();
            ctx.event::<Value>("go").await;
            drop(call);
            ctx.event::<Value>("stop").await;
            Ok(json!(null))
        }),
        (),
    );
    let turn = driver.crash().deliver([event("go", ())]);
    assert_eq!(decisions(&turn.events), [""; 0]);
    assert_eq!(turn.outgoing, [Outgoing::CancelActivity(TaskId(0))]);
    assert!(
        driver.crash().deliver([event("other", ())]).outgoing.is_empty(),
        "cancelled once only"
    );
}

#[test]
fn a_call_that_is_dropped_in_the_turn_that_made_it_is_not_sent_but_recorded() {
    let mut driver = Driver::new(
        code!(|ctx, _input| {
            drop(ctx.call(a, json!(1)).start());
            drop(ctx.timer(seconds(9)).start());
            drop(ctx.call(child, json!(1)).start());
            ctx.call(b, json!(2)).await.map_err(Failure::from)
        }),
        (),
    );
    let turn = driver.begin();
    assert_eq!(
        decisions(&turn.events),
        ["#0 call a", "#1 timer", "#2 child child", "#3 call b"]
    );
    assert!(matches!(turn.outgoing.as_slice(), [Outgoing::Activity(order)] if order.task == TaskId(3)));
}

#[test]
fn a_result_of_a_dropped_call_is_dropped() {
    let mut driver = Driver::start(
        code!(|ctx, _input| {
            drop(ctx.call(a, json!(1)).start());
            ctx.event::<Value>("go").await;
            Ok(json!(null))
        }),
        (),
    );
    for _ in 0..2 {
        let turn = driver.deliver([ok(0, "late")]);
        assert!(turn.events.is_empty(), "a turn without effect leaves no trace");
        assert_eq!(turn.outcome, TurnOutcome::Waiting);
        driver.crash();
    }
}

#[test]
fn a_dropped_timer_is_ignored_when_it_fires() {
    let mut driver = Driver::start(
        code!(|ctx, _input| {
            let timer = ctx.timer(seconds(5)).start();
            ctx.event::<Value>("go").await;
            drop(timer);
            ctx.event::<Value>("stop").await;
            Ok(json!(null))
        }),
        (),
    );
    let turn = driver.deliver([event("go", ())]);
    assert_eq!(turn.outgoing, [Outgoing::CancelTimer(TaskId(0))]);
    assert!(driver.deliver([fired(0)]).events.is_empty());
    assert!(driver.crash().deliver([fired(0)]).events.is_empty());
}

#[test]
fn a_second_result_of_a_task_is_dropped() {
    let mut driver = Driver::start(
        code!(|ctx, _input| {
            let first = ctx.call(a, json!(1)).await?;
            let second = ctx.call(b, json!(2)).await?;
            Ok(json!([first, second]))
        }),
        (),
    );
    driver.deliver([ok(0, "first"), ok(0, "repeated in the same turn")]);
    assert!(driver.deliver([ok(0, "repeated")]).events.is_empty());
    assert!(
        driver
            .crash()
            .deliver([ok(0, "repeated after a crash")])
            .events
            .is_empty()
    );
    assert_eq!(
        driver.deliver([ok(1, "second")]).result(),
        Some(json!(["first", "second"]))
    );
}

#[test]
fn a_second_result_of_a_started_call_that_nobody_polled_yet_is_dropped() {
    let mut driver = Driver::start(
        code!(|ctx, _input| {
            let call = ctx.call(a, json!(1)).start();
            ctx.event::<Value>("go").await;
            Ok(call.await?)
        }),
        (),
    );
    driver.deliver([ok(0, "first")]);
    assert!(driver.crash().deliver([ok(0, "repeated")]).events.is_empty());
    assert_eq!(driver.deliver([event("go", ())]).result(), Some(json!("first")));
}

#[test]
fn an_input_that_cannot_be_encoded_fails_the_call_and_takes_no_id() {
    #[derive(Debug)]
    struct Bad;
    impl serde::Serialize for Bad {
        fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            Err(serde::ser::Error::custom("not today"))
        }
    }
    let mut driver = Driver::new(
        code!(|ctx, _input| {
            let refused = ctx.raise_event("other", "news", &Bad).unwrap_err().to_string();
            ctx.call(a, json!(1)).await?;
            Ok(json!(refused))
        }),
        (),
    );
    let turn = driver.begin();
    assert_eq!(decisions(&turn.events), ["#0 call a"]);
    let refused = driver.deliver([ok(0, ())]).result().unwrap();
    assert!(refused.as_str().unwrap().contains("not today"), "{refused}");
}

#[test]
fn an_output_of_another_type_is_a_payload_error_of_the_call() {
    let mut driver = Driver::start(
        code!(|ctx, _input| {
            match ctx.call(pay, json!(1)).no_retry().await {
                Err(error @ CallError::Payload(_)) => Ok(json!(error.to_string())),
                other => Ok(json!(format!("{other:?}"))),
            }
        }),
        (),
    );
    let mut foreign = failure("oops");
    foreign.origin = FailureOrigin::Application;
    foreign.json = Some("\"no such variant\"".into());
    let text = driver.deliver([failed(0, foreign)]).result().unwrap();
    assert!(text.as_str().unwrap().contains("it was: Outage: oops"), "{text}");
}
