//! Futures that are not durable and got past the compiler: blocked in the turn that awaits them.

use std::future::{pending, poll_fn};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Poll, Waker};

use durable::Run;
use durable::function::OrchestratorFunction;
use durable::hub::BlockReport;
use durable::orchestration::{DurableFuture, block};
use durable::prelude::*;

use crate::support::test;

/// Smuggles a future past the check of types.
fn smuggled<F: Future>(future: F) -> impl DurableFuture<Output = F::Output> {
    block(future)
}

static REPAIRED: AtomicBool = AtomicBool::new(false);

/// Stands for code that is deployed between two looks at it.
fn is_repaired() -> bool {
    REPAIRED.load(Ordering::SeqCst)
}

fn sleep_of_tokio() -> impl DurableFuture<Output = ()> {
    smuggled(async { tokio::time::sleep(seconds(1)).await })
}

#[orchestrator]
async fn sleeps_with_tokio(ctx: OrchestrationContext, (): ()) -> Result<u32, Failure> {
    let answer = ctx.event::<u32>("answer").await;
    if is_repaired() {
        ctx.timer(seconds(1)).await;
    } else {
        sleep_of_tokio().await;
    }
    Ok(answer)
}

#[orchestrator]
async fn waits_for_nothing(ctx: OrchestrationContext, (): ()) -> Result<(), Failure> {
    let _: u32 = ctx.event("answer").await;
    smuggled(pending()).await
}

static KEPT: Mutex<Vec<Waker>> = Mutex::new(Vec::new());

fn keeps_its_waker() -> impl DurableFuture<Output = ()> {
    smuggled(poll_fn(|cx| {
        KEPT.lock().unwrap().push(cx.waker().clone());
        Poll::Pending
    }))
}

#[orchestrator]
async fn waits_for_another_thread(ctx: OrchestrationContext, (): ()) -> Result<(), Failure> {
    let _: u32 = ctx.event("answer").await;
    ctx.join((keeps_its_waker(), ctx.timer(days(1)))).await;
    Ok(())
}

async fn blocked<F: OrchestratorFunction>(run: &Run<F>) -> BlockReport {
    run.raise_event("answer", &42_u32).await.unwrap();
    let record = run.wait_until(|record| record.blocked.is_some()).await.unwrap();
    let report = record.blocked.unwrap();
    assert_eq!(report.reason, "foreign-future");
    assert!(report.message.contains("[durable D0101]"), "{}", report.message);
    assert!(report.message.contains(run.id().as_str()), "{}", report.message);
    assert!(
        report.place.as_ref().unwrap().contains("foreign.rs:"),
        "{report:?}"
    );
    report
}

#[test]
fn a_sleep_of_tokio_blocks_the_turn_and_after_the_repair_nothing_is_lost() {
    test(async |app, _| {
        let run = app.start(sleeps_with_tokio, ()).await.unwrap();
        app.settle().await;
        let report = blocked(&run).await;
        assert!(
            report.message.contains("there is no reactor running"),
            "{}",
            report.message
        );
        assert!(
            report.message.contains("the wait for event `answer`"),
            "{}",
            report.message
        );

        REPAIRED.store(true, Ordering::SeqCst);
        run.resume("repaired").await.unwrap();
        app.advance(seconds(1)).await;
        assert_eq!(run.wait().await.unwrap(), 42);
    });
}

#[test]
fn an_orchestrator_that_nothing_can_wake_is_blocked_and_can_be_terminated() {
    test(async |app, _| {
        let run = app.start(waits_for_nothing, ()).await.unwrap();
        app.settle().await;
        let report = blocked(&run).await;
        assert!(
            report.message.contains("no call, timer or event is waited for"),
            "{}",
            report.message
        );
        run.terminate("it never ends").await.unwrap();
        let ended = run.wait().await.unwrap_err().to_string();
        assert!(ended.contains("it never ends"), "{ended}");
    });
}

#[test]
fn a_future_that_would_be_woken_by_another_thread_is_found_before_it_is() {
    test(async |app, _| {
        let run = app.start(waits_for_another_thread, ()).await.unwrap();
        app.settle().await;
        let report = blocked(&run).await;
        assert!(report.message.contains("it kept the waker"), "{}", report.message);
        // A wake that comes later meets nobody.
        KEPT.lock().unwrap().drain(..).for_each(Waker::wake);
        app.settle().await;
        assert!(run.status().await.unwrap().blocked.is_some());
    });
}
