//! Futures that are not durable, found while they run.

use std::cell::RefCell;
use std::future::{pending, poll_fn, ready};
use std::sync::mpsc::{Sender, channel};
use std::task::{Context, Poll, Waker};

use durable_core::replay::Halt;

use crate::support::*;

thread_local! {
    static KEPT: RefCell<Vec<Waker>> = const { RefCell::new(Vec::new()) };
    static TO_A_THREAD: RefCell<Option<Sender<Waker>>> = const { RefCell::new(None) };
}

/// What a channel, a timer or a mutex of another library does: keeps the waker, for later.
async fn keeps_the_waker() {
    poll_fn(|cx| {
        KEPT.with_borrow_mut(|kept| kept.push(cx.waker().clone()));
        Poll::<()>::Pending
    })
    .await;
}

fn first_turn(code: Code) -> Result<Turn, Halt> {
    let mut driver = Driver::new(code, ());
    let start = EventKind::ExecutionStarted(Box::new(driver.started.clone()));
    let turn = driver.try_deliver([start]);
    assert_eq!(
        driver.history.is_empty(),
        turn.is_err(),
        "a turn that is given up appends nothing"
    );
    turn
}

fn found(code: Code) -> String {
    let halt = first_turn(code).unwrap_err();
    assert_eq!(halt.reason, HaltReason::ForeignFuture, "{halt}");
    halt.message
}

#[test]
fn a_future_that_wants_a_runtime_is_reported_with_the_line_that_made_it() {
    let code = code!(|ctx, _input| {
        ctx.call(a, json!(1)).await?;
        tokio::time::sleep(seconds(1)).await;
        Ok(json!(null))
    });
    let mut driver = Driver::start(code, ());
    let halt = driver.try_deliver([ok(0, 1)]).unwrap_err();
    assert_eq!(halt.reason, HaltReason::ForeignFuture);
    assert_eq!(halt.step, Some(6));
    let place = halt.place.clone().unwrap();
    assert!(place.contains("foreign.rs:"), "{place}");
    assert_eq!(
        halt.message
            .replace(&place, "PLACE")
            .split(", at d")
            .next()
            .unwrap(),
        "orchestrator `shop` version 1, instance `order-42`, awaits or spawns a future that is not durable\n  \
         step 6 of its history\n    found: it needs a runtime, and panicked without one: there is no reactor \
         running, must be called from the context of a Tokio 1.x runtime, at PLACE\n    \
         where: after or beside the wait for activity `a` (task 0)"
    );
    assert!(halt.message.contains("[durable D0101]"), "{halt}");

    driver.deploy(code!(|ctx, _input| {
        let value = ctx.call(a, json!(1)).await?;
        ctx.timer(seconds(1)).await;
        Ok(value)
    }));
    assert_eq!(decisions(&driver.deliver([ok(0, 1)]).events), ["#1 timer"]);
}

#[test]
fn a_future_that_keeps_the_waker_is_found_before_it_wakes() {
    let message = found(code!(|ctx, _input| {
        ctx.side_effect(|| 1).await;
        keeps_the_waker().await;
        Ok(json!(null))
    }));
    assert!(message.contains("it kept the waker"), "{message}");
    assert!(
        message.contains("the step side effect (task 0), at "),
        "{message}"
    );
}

#[test]
fn a_future_that_keeps_the_waker_is_found_beside_durable_ones_and_inside_lists() {
    let beside = found(code!(|ctx, _input| {
        ctx.join((ctx.event::<Value>("go"), block(keeps_the_waker())))
            .await;
        Ok(json!(null))
    }));
    assert!(beside.contains("beside the wait for event `go`"), "{beside}");
    found(code!(|ctx, _input| {
        ctx.join_all((0..3).map(|_| block(keeps_the_waker()))).await;
        Ok(json!(null))
    }));
    found(code!(|ctx, _input| {
        ctx.select_all((0..3).map(|_| block(keeps_the_waker()))).await;
        Ok(json!(null))
    }));
}

#[test]
fn a_wake_from_another_thread_is_found() {
    let (sender, receiver) = channel::<Waker>();
    TO_A_THREAD.set(Some(sender));
    let thread = std::thread::spawn(move || {
        for waker in receiver {
            waker.wake();
        }
    });
    let message = found(code!(|_ctx, _input| {
        poll_fn(|cx| {
            TO_A_THREAD.with_borrow(|thread| thread.as_ref().unwrap().send(cx.waker().clone()).unwrap());
            Poll::<()>::Pending
        })
        .await;
        Ok(json!(null))
    }));
    // Which of the two is seen first is up to the threads; that it is seen is not.
    assert!(
        message.contains("it kept the waker") || message.contains("woke the orchestrator"),
        "{message}"
    );
    TO_A_THREAD.set(None);
    thread.join().unwrap();
}

#[test]
fn a_value_sent_within_the_process_is_no_event() {
    found(code!(|ctx, _input| {
        let (sender, receiver) = tokio::sync::oneshot::channel();
        let told = block(async move { receiver.await.unwrap_or(0) });
        let tells = block(async {
            ctx.timer(seconds(1)).await;
            sender.send(1).unwrap();
        });
        ctx.join((told, tells)).await;
        Ok(json!(null))
    }));
}

#[test]
fn an_orchestrator_that_waits_for_nothing_is_blocked_instead_of_waiting_for_ever() {
    let message = found(code!(|ctx, _input| {
        let _started = ctx.call(a, json!(1)).start();
        pending::<()>().await;
        Ok(json!(null))
    }));
    assert!(
        message.contains("no call, timer or event is waited for"),
        "{message}"
    );
    assert!(
        message.contains("the step activity `a` version 1 (task 0), at "),
        "{message}"
    );
    found(code!(|ctx, _input| {
        ctx.select_all(Vec::<durable_core::orchestration::Timer>::new())
            .await;
        Ok(json!(null))
    }));
}

#[test]
fn an_orchestrator_that_waits_for_nothing_can_be_terminated() {
    let mut driver = Driver::start(
        code!(|ctx, _input| {
            ctx.event::<Value>("go").await;
            Ok(json!(null))
        }),
        (),
    );
    // No wait is recorded, so the history does not tell the difference.
    driver.deploy(code!(|_ctx, _input| { pending().await }));
    let halt = driver.try_deliver([event("go", 1)]).unwrap_err();
    assert_eq!(halt.reason, HaltReason::ForeignFuture);
    let turn = driver.deliver([terminate()]);
    assert!(matches!(
        turn.outcome,
        TurnOutcome::Ended(CompletionStatus::Terminated(_))
    ));
}

#[test]
fn what_touches_no_waker_is_left_alone() {
    let turn = first_turn(code!(|ctx, _input| {
        let answer = ready(7).await;
        let mut timer = ctx.timer(seconds(9));
        let first = std::pin::Pin::new(&mut timer).poll(&mut Context::from_waker(Waker::noop()));
        assert!(first.is_pending());
        match ctx.select((timer, block(pending::<()>()))).await {
            Selected::First(()) | Selected::Second(()) => Ok(json!(answer)),
        }
    }));
    assert_eq!(decisions(&turn.unwrap().events), ["#0 timer"]);
}

#[test]
fn an_ordinary_panic_is_still_a_panic() {
    let halt = first_turn(code!(|_ctx, input| { Ok(json!(input.as_str().unwrap().len())) })).unwrap_err();
    assert_eq!(halt.reason, HaltReason::Panic);
}
