//! Handles are functions: a unit test calls them like any other.

#![allow(missing_docs, reason = "generated items are as public as the user's own")]

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use durable::activity::{ActivityInfo, StateMap};
use durable::hub::ActivityKey;
use durable::prelude::*;
use durable::{ExecutionId, Failure, InstanceId, TaskId, Version, WireName};

struct Prices {
    cents: u32,
}

#[activity(version = "1", superseded)]
async fn price(_: ActivityContext, count: u32) -> Result<u32, Failure> {
    Ok(count)
}

#[activity(version = "2")]
async fn price(ctx: ActivityContext, count: u32) -> Result<u32, Failure> {
    Ok(ctx.state::<Prices>().cents * count)
}

#[activity(blocking)]
fn explain(ctx: ActivityContext) -> Result<String, Failure> {
    Err(Failure::new(ctx.idempotency_key()))
}

fn context() -> ActivityContext {
    let key = ActivityKey {
        instance: InstanceId::new("order-42").expect("it is a valid id"),
        execution: ExecutionId::new("e").expect("it is a valid id"),
        task: TaskId(7),
    };
    let info = ActivityInfo {
        key,
        name: WireName::new("price").expect("it is a valid name"),
        version: Version::ONE.into(),
        attempt: 1,
        deliveries: 0,
        heartbeat: None,
        progress: None,
    };
    let mut states = StateMap::new();
    states.insert(Prices { cents: 250 });
    ActivityContext::for_test(info, states)
}

/// Polls once: nothing in these activities waits.
fn poll<F: Future>(future: F) -> Poll<F::Output> {
    pin!(future).poll(&mut Context::from_waker(Waker::noop()))
}

#[test]
fn an_activity_called_directly_may_move_between_threads() {
    fn moved<F: Future + Send + 'static>(future: F) -> Poll<F::Output>
    where
        F::Output: Send,
    {
        std::thread::spawn(move || poll(future))
            .join()
            .expect("it does not panic")
    }
    assert_eq!(moved(price(context(), 2)), Poll::Ready(Ok(500)));
    assert_eq!(moved(price_v1(context(), 2)), Poll::Ready(Ok(2)));
}

#[test]
fn a_plain_handle_runs_the_current_version() {
    assert_eq!(poll(price(context(), 2)), Poll::Ready(Ok(500)));
}

#[test]
fn a_pinned_handle_runs_its_own_version() {
    assert_eq!(poll(price_v1(context(), 2)), Poll::Ready(Ok(2)));
    assert_eq!(poll(price_v2(context(), 2)), Poll::Ready(Ok(500)));
}

#[test]
fn a_local_variable_may_have_the_name_of_a_handle() {
    let price = poll(price(context(), 1));
    assert_eq!(price, Poll::Ready(Ok(250)));
}

#[test]
fn a_blocking_activity_runs_when_its_handle_is_awaited() {
    let outcome = poll(explain(context(), ()));
    assert_eq!(outcome, Poll::Ready(Err(Failure::new("order-42:e:7"))));
}
