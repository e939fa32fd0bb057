//! The limit of an activity's silence.

use std::time::Duration;

use crate::support::*;

fn limits(turn: &Turn) -> Vec<Option<Duration>> {
    let orders = turn.outgoing.iter().filter_map(|sent| match sent {
        Outgoing::Activity(order) => Some(order.heartbeat),
        _ => None,
    });
    orders.collect()
}

const LIMIT: Option<Duration> = Some(Duration::from_secs(20));

#[test]
fn the_limit_in_force_is_recorded_with_the_first_attempt() {
    let code = code!(|ctx, _input| {
        let policy = RetryPolicy::fixed(3, seconds(1));
        let call = ctx.call(pay, json!(1)).retry(policy);
        Ok(json!(call.heartbeat(Duration::from_secs(20)).await?))
    });
    let edited = code!(|ctx, _input| {
        let call = ctx.call(pay, json!(1)).retry(RetryPolicy::fixed(3, seconds(1)));
        Ok(json!(call.heartbeat(Duration::from_secs(1)).await?))
    });
    let mut driver = Driver::new(code, ());
    assert_eq!(limits(&driver.begin()), [LIMIT]);
    driver
        .deploy(edited)
        .deliver([failed(0, FailureDetails::heartbeat_timeout())]);
    assert_eq!(limits(&driver.crash().deliver([fired(1)])), [LIMIT]);
    assert_eq!(driver.deliver([ok(2, "paid")]).result(), Some(json!("paid")));
}

#[test]
fn an_open_activity_is_ordered_again_with_its_limit() {
    let driver = Driver::start(
        code!(|ctx, _input| {
            Ok(json!(
                ctx.call(pay, json!(1)).heartbeat(Duration::from_secs(20)).await?
            ))
        }),
        (),
    );
    let execution = driver.load().unwrap();
    let Some(Outgoing::Activity(order)) = execution.open_orders().next() else {
        panic!("the activity is open");
    };
    assert_eq!(order.heartbeat, LIMIT);
}

#[test]
fn silence_is_told_apart_from_a_timeout() {
    let code = code!(|ctx, _input| {
        let paid = ctx.call(pay, json!(1)).await;
        Ok(json!(matches!(paid, Err(CallError::HeartbeatTimeout))))
    });
    let mut driver = Driver::start(code, ());
    let turn = driver.deliver([failed(0, FailureDetails::heartbeat_timeout())]);
    assert_eq!(turn.result(), Some(json!(true)));
}
