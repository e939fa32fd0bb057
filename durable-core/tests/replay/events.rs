//! External events.

use durable_core::orchestration::BoxDurableFuture;

use crate::support::*;

#[test]
fn an_event_that_came_early_waits_for_its_waiter() {
    let mut driver = Driver::new(
        code!(|ctx, _input| {
            ctx.call(a, json!(1)).await?;
            Ok(ctx.event::<Value>("news").await)
        }),
        (),
    );
    driver.begin_with([event("news", "early")]);
    assert_eq!(driver.crash().deliver([ok(0, ())]).result(), Some(json!("early")));
}

#[test]
fn events_of_a_name_are_taken_first_in_first_out() {
    let mut driver = Driver::start(
        code!(|ctx, _input| {
            ctx.call(a, json!(1)).await?;
            let mut seen = Vec::new();
            for _ in 0..3 {
                seen.push(ctx.event::<u32>("news").await);
            }
            Ok(json!([seen, ctx.event::<u32>("other").await]))
        }),
        (),
    );
    driver.deliver([event("news", 1), event("other", 9)]);
    driver.crash().deliver([event("news", 2), event("news", 3)]);
    assert_eq!(
        driver.crash().deliver([ok(0, ())]).result(),
        Some(json!([[1, 2, 3], 9]))
    );
}

#[test]
fn waiters_are_served_in_the_order_in_which_they_were_first_polled() {
    let mut driver = Driver::start(
        code!(|ctx, _input| {
            let (first, second) = (ctx.event::<u32>("news"), ctx.event::<u32>("news"));
            // Polled in the order of the tuple, whatever the order of their making.
            let (second, first) = ctx.join((second, first)).await;
            Ok(json!([first, second]))
        }),
        (),
    );
    driver.deliver([event("news", 1)]);
    assert_eq!(
        driver.crash().deliver([event("news", 2)]).result(),
        Some(json!([2, 1]))
    );
}

#[test]
fn a_waiter_that_came_later_waits_behind_one_that_stands_later_in_the_code() {
    let mut driver = Driver::start(
        code!(|ctx, _input| {
            let (late, early) = (ctx.clone(), ctx.clone());
            let late: BoxDurableFuture<'_, u32> = Box::pin(block(async move {
                late.timer(seconds(1)).await;
                late.event::<u32>("news").await
            }));
            let early: BoxDurableFuture<'_, u32> = Box::pin(early.event::<u32>("news"));
            Ok(json!(ctx.join_all([late, early]).await))
        }),
        (),
    );
    driver.forgetful = true;
    driver.deliver([fired(0)]);
    driver.deliver([event("news", 1)]);
    assert_eq!(driver.deliver([event("news", 2)]).result(), Some(json!([2, 1])));
}

#[test]
fn a_dropped_waiter_loses_nothing() {
    let mut driver = Driver::start(
        code!(|ctx, _input| {
            let mut seen = Vec::new();
            for task in 0..2 {
                let waited = ctx
                    .select((ctx.call(a, json!(task)), ctx.event::<u32>("news")))
                    .await;
                seen.push(matches!(waited, Selected::First(_)));
            }
            Ok(json!([seen, ctx.event::<u32>("news").await]))
        }),
        (),
    );
    // The call and the event arrive together: the call wins, and the event stays for the next waiter.
    driver.deliver([ok(0, ()), event("news", 5)]);
    assert_eq!(
        driver.deliver([event("news", 6)]).result(),
        Some(json!([[true, false], 6]))
    );
}

#[test]
fn a_waiter_that_is_dropped_at_the_head_of_the_line_lets_the_next_one_pass() {
    let mut driver = Driver::start(
        code!(|ctx, _input| {
            let impatient = ctx.select((ctx.event::<u32>("news"), ctx.timer(seconds(1))));
            let patient = ctx.event::<u32>("news");
            let (first, second) = ctx.join((impatient, patient)).await;
            Ok(json!([matches!(first, Selected::Second(())), second]))
        }),
        (),
    );
    driver.deliver([fired(0), event("news", 7)]);
    assert_eq!(driver.turns.last().unwrap().2.result(), Some(json!([true, 7])));
}

#[test]
fn an_event_of_another_type_blocks_the_turn_and_is_not_lost() {
    let mut driver = Driver::start(
        code!(|ctx, _input| { Ok(json!(ctx.event::<u32>("news").await)) }),
        (),
    );
    let before = driver.history.clone();
    let halt = driver.try_deliver([event("news", "no number")]).unwrap_err();
    assert_eq!(halt.reason, HaltReason::Undecodable);
    assert!(halt.message.contains("the data of event `news`"), "{halt}");
    assert!(halt.place.unwrap().contains("events.rs"));
    assert_eq!(driver.history, before, "nothing is appended");
    driver.deploy(code!(|ctx, _input| { Ok(ctx.event::<Value>("news").await) }));
    assert_eq!(
        driver.deliver([event("news", "no number")]).result(),
        Some(json!("no number"))
    );
}

#[test]
fn a_malformed_event_name_blocks_the_instance_with_the_reason() {
    let mut driver = Driver::new(code!(|ctx, _input| { Ok(ctx.event::<Value>("@x").await) }), ());
    let halt = driver.try_deliver([EventKind::ExecutionStarted(Box::new(driver.started.clone()))]);
    let halt = halt.unwrap_err();
    assert_eq!(halt.reason, HaltReason::Misuse);
    assert!(halt.message.contains("event name `@x`"), "{halt}");
}

#[test]
fn an_event_sent_to_another_instance_is_recorded_and_sent_once() {
    let mut driver = Driver::new(
        code!(|ctx, _input| {
            ctx.raise_event("other", "news", &1)?;
            Ok(ctx.event::<Value>("answer").await)
        }),
        (),
    );
    let turn = driver.begin();
    assert_eq!(decisions(&turn.events), ["#0 send news"]);
    assert!(matches!(turn.outgoing.as_slice(), [Outgoing::Raise { to, .. }] if to.as_str() == "other"));
    assert!(driver.crash().deliver([event("answer", 2)]).outgoing.is_empty());
}
