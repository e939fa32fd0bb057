//! Which future of a select wins, and what joins and selects cost.

use std::cell::Cell;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use crate::support::*;

/// Delivers the same messages in one turn, in a turn each, and in a turn each with a crash between.
fn whatever_the_batching(code: Code, messages: &[EventKind]) -> Value {
    let mut results = Vec::new();
    for (batched, forgetful) in [(true, false), (false, false), (false, true), (true, true)] {
        let mut driver = Driver::new(code, ());
        driver.forgetful = forgetful;
        driver.begin();
        let mut result = None;
        if batched {
            result = driver.deliver(messages.to_vec()).result();
        } else {
            for message in messages {
                result = driver.deliver([message.clone()]).result().or(result);
            }
        }
        results.push(result.expect("the messages must end the instance"));
    }
    let first = results.remove(0);
    assert!(
        results.iter().all(|other| *other == first),
        "{first} and {results:?}"
    );
    first
}

#[test]
fn the_earliest_event_in_history_wins_a_select_whatever_the_batching() {
    let code = code!(|ctx, _input| {
        let winner = match ctx
            .select((
                ctx.call(a, json!(1)),
                ctx.timer(seconds(5)),
                ctx.event::<Value>("e"),
            ))
            .await
        {
            Selected::First(_) => "call",
            Selected::Second(()) => "timer",
            Selected::Third(_) => "event",
        };
        Ok(json!(winner))
    });
    assert_eq!(
        whatever_the_batching(code, &[fired(1), ok(0, 1), event("e", 1)]),
        "timer"
    );
    assert_eq!(
        whatever_the_batching(code, &[event("e", 1), ok(0, 1), fired(1)]),
        "event"
    );
    assert_eq!(whatever_the_batching(code, &[ok(0, 1), fired(1)]), "call");
}

#[test]
fn of_two_started_calls_that_are_complete_before_the_select_the_earlier_wins() {
    let code = code!(|ctx, _input| {
        let first = ctx.call(a, json!(1)).start();
        let second = ctx.call(b, json!(2)).start();
        ctx.event::<Value>("go").await;
        Ok(match ctx.select((first, second)).await {
            Selected::First(_) => json!("first"),
            Selected::Second(_) => json!("second"),
        })
    });
    assert_eq!(
        whatever_the_batching(code, &[ok(1, 1), ok(0, 1), event("go", ())]),
        "second"
    );
    assert_eq!(
        whatever_the_batching(code, &[ok(0, 1), ok(1, 1), event("go", ())]),
        "first"
    );
}

#[test]
fn a_select_over_a_list_lets_the_earliest_event_win_too() {
    let code = code!(|ctx, _input| {
        let calls: Vec<_> = (0..4).map(|n| ctx.call(a, json!(n)).start()).collect();
        ctx.event::<Value>("go").await;
        let (place, _, rest) = ctx.select_all(calls).await;
        let (next, _, rest) = ctx.select_all(rest).await;
        Ok(json!([place, next, rest.len()]))
    });
    let messages = [ok(2, 1), ok(0, 1), ok(1, 1), event("go", ())];
    assert_eq!(whatever_the_batching(code, &messages), json!([2, 0, 2]));
}

#[test]
fn a_failure_and_an_expired_limit_count_by_their_own_place_in_history() {
    let code = code!(|ctx, _input| {
        // Tasks 0 and 1: the call and its limit. Tasks 2 and 3: one with retries, and one without.
        let limited = ctx
            .call(a, json!(1))
            .timeout(std::time::Duration::from_secs(5))
            .start();
        let retried = ctx
            .call(pay, json!(1))
            .retry(RetryPolicy::fixed(3, seconds(1)).non_retriable("Outage"))
            .start();
        let plain = ctx.call(b, json!(1)).start();
        ctx.event::<Value>("go").await;
        Ok(match ctx.select((plain, retried, limited)).await {
            Selected::First(_) => json!("plain"),
            Selected::Second(_) => json!("retried"),
            Selected::Third(_) => json!("limited"),
        })
    });
    let go = event("go", ());
    let refused = || failed(2, failure("not worth a retry"));
    assert_eq!(
        whatever_the_batching(code, &[fired(1), ok(3, 1), go.clone()]),
        "limited"
    );
    assert_eq!(
        whatever_the_batching(code, &[refused(), ok(3, 1), go.clone()]),
        "retried"
    );
    assert_eq!(
        whatever_the_batching(code, &[ok(3, 1), refused(), fired(1), go]),
        "plain"
    );
}

#[test]
fn a_failure_that_is_retried_does_not_win_a_select() {
    let code = code!(|ctx, _input| {
        let retried = ctx
            .call(pay, json!(1))
            .retry(RetryPolicy::fixed(3, seconds(1)))
            .start();
        let plain = ctx.call(b, json!(1)).start();
        ctx.event::<Value>("go").await;
        Ok(match ctx.select((retried, plain)).await {
            Selected::First(_) => json!("retried"),
            Selected::Second(_) => json!("plain"),
        })
    });
    let messages = [failed(0, failure("busy")), ok(1, 1), event("go", ())];
    assert_eq!(whatever_the_batching(code, &messages), "plain");
}

/// Nobody polls the started call while its first attempt fails and its total limit expires.
#[test]
fn a_total_limit_that_expired_behind_a_failure_counts_by_its_own_place_in_history() {
    let raced = code!(|ctx, _input| {
        let call = ctx.call(pay, json!(1)).retry(RetryPolicy::fixed(3, seconds(1)));
        let limited = call.total_timeout(minutes(1)).start();
        let plain = ctx.call(b, json!(1)).start();
        ctx.event::<Value>("go").await;
        Ok(match ctx.select((limited, plain)).await {
            Selected::First(_) => json!("limited"),
            Selected::Second(_) => json!("plain"),
        })
    });
    let (busy, expired, done) = (failed(0, failure("busy")), fired(1), ok(2, 1));
    let go = event("go", ());
    let between = [busy.clone(), done, expired.clone(), go.clone()];
    assert_eq!(whatever_the_batching(raced, &between), "plain");
    let behind = [busy, expired, go];
    assert_eq!(whatever_the_batching(raced, &behind), "limited");
}

#[test]
fn nested_joins_and_selects_count_by_the_event_that_completed_them() {
    let code = code!(|ctx, _input| {
        let calls: Vec<_> = (0..5).map(|n| ctx.call(a, json!(n)).start()).collect();
        let mut calls = calls.into_iter();
        let mut next = || calls.next().unwrap();
        ctx.event::<Value>("go").await;
        let join = ctx.join((next(), next()));
        let select = ctx.select((next(), next()));
        Ok(match ctx.select((join, select, ctx.join_all([next()]))).await {
            Selected::First(_) => json!("join"),
            Selected::Second(_) => json!("select"),
            Selected::Third(_) => json!("join_all"),
        })
    });
    let go = event("go", ());
    let order = |tasks: [u32; 4]| {
        let mut messages: Vec<_> = tasks.into_iter().map(|task| ok(task, 1)).collect();
        messages.push(go.clone());
        messages
    };
    assert_eq!(whatever_the_batching(code, &order([0, 3, 1, 4])), "select");
    assert_eq!(whatever_the_batching(code, &order([0, 1, 3, 4])), "join");
    assert_eq!(whatever_the_batching(code, &order([0, 4, 1, 3])), "join_all");
}

#[test]
fn the_losers_of_a_select_are_cancelled_in_the_same_turn() {
    let mut driver = Driver::start(
        code!(|ctx, _input| {
            ctx.select((ctx.call(a, json!(1)), ctx.timer(seconds(5)))).await;
            ctx.event::<Value>("stop").await;
            Ok(json!(null))
        }),
        (),
    );
    assert_eq!(
        driver.deliver([fired(1)]).outgoing,
        [Outgoing::CancelActivity(TaskId(0))]
    );
}

#[test]
fn a_join_yields_its_values_in_the_written_order() {
    let code = code!(|ctx, _input| {
        let values = ctx.join_all((0..3).map(|n| ctx.call(a, json!(n)))).await;
        Ok(json!(values.into_iter().map(Result::unwrap).collect::<Vec<_>>()))
    });
    assert_eq!(
        whatever_the_batching(code, &[ok(2, "c"), ok(0, "a"), ok(1, "b")]),
        json!(["a", "b", "c"])
    );
}

#[test]
fn a_join_of_nothing_is_complete_at_once() {
    let mut driver = Driver::new(
        code!(|ctx, _input| {
            let none: Vec<durable_core::orchestration::Timer> = Vec::new();
            Ok(json!(ctx.join_all(none).await.len()))
        }),
        (),
    );
    assert_eq!(driver.begin().result(), Some(json!(0)));
}

thread_local! {
    static POLLS: Rc<Cell<usize>> = Rc::default();
}

/// Counts how often a future is polled.
struct Counted<F>(F);

impl<F: Future + Unpin> Future for Counted<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        POLLS.with(|polls| polls.set(polls.get() + 1));
        Pin::new(&mut self.0).poll(cx)
    }
}

const MANY: u32 = 10_000;

#[test]
fn a_join_of_ten_thousand_polls_each_child_when_it_is_made_and_when_it_completes() {
    POLLS.with(|polls| polls.set(0));
    let mut driver = Driver::start_unchecked(
        code!(|ctx, _input| {
            let calls = (0..MANY).map(|n| block(Counted(ctx.call(a, json!(n)))));
            Ok(json!(ctx.join_all(calls).await.len()))
        }),
        (),
    );
    for task in (0..MANY).rev().skip(1) {
        driver.deliver([ok(task + 1, ())]);
    }
    assert_eq!(driver.deliver([ok(0, ())]).result(), Some(json!(MANY)));
    assert_eq!(POLLS.with(|polls| polls.get()), 2 * MANY as usize);
}

#[test]
fn a_select_over_ten_thousand_polls_only_the_child_concerned() {
    POLLS.with(|polls| polls.set(0));
    let mut driver = Driver::start_unchecked(
        code!(|ctx, _input| {
            let calls = (0..MANY).map(|n| block(Counted(ctx.call(a, json!(n)))));
            let (place, _, rest) = ctx.select_all(calls).await;
            Ok(json!([place, rest.len()]))
        }),
        (),
    );
    let turn = driver.deliver([ok(77, ())]);
    assert_eq!(turn.result(), Some(json!([77, MANY - 1])));
    assert_eq!(POLLS.with(|polls| polls.get()), MANY as usize + 1);
    assert_eq!(turn.outgoing.len(), MANY as usize - 1, "the others are cancelled");
}
