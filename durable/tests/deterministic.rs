//! Helpers of orchestrators: rewritten bodies do what they say, and do it again at replay.

use std::collections::BTreeMap;

use durable::orchestration::BoxDurableFuture;
use durable::prelude::*;
use durable::registry::Registry;
use durable_testkit::{TestApp, replay_history};

#[activity]
async fn double(_ctx: ActivityContext, n: u32) -> Result<u32, Failure> {
    Ok(n * 2)
}

#[deterministic]
fn evens(numbers: &[u32]) -> Vec<u32> {
    numbers.iter().copied().filter(|n| n % 2 == 0).collect()
}

#[deterministic]
async fn doubled<'a>(
    ctx: &OrchestrationContext,
    name: &'a str,
    numbers: &[u32],
) -> Result<(&'a str, u32), Failure> {
    let mut sum = 0;
    for number in evens(numbers) {
        if number > 100 {
            return Err(Failure::new("too large"));
        }
        sum += ctx.call(double, number).await?;
    }
    Ok((name, sum))
}

/// Calls itself.
#[deterministic]
fn countdown(ctx: &OrchestrationContext, from: u32) -> BoxDurableFuture<'_, Result<u32, Failure>> {
    Box::pin(async move {
        if from == 0 {
            return Ok(0);
        }
        ctx.timer(hours(1)).await;
        Ok(ctx.call(double, from).await? + countdown(ctx, from - 1).await?)
    })
}

trait Step {
    #[deterministic]
    async fn run(&self, n: u32) -> Result<u32, Failure>;

    fn run_boxed(&self, n: u32) -> BoxDurableFuture<'_, Result<u32, Failure>>;
}

struct Doubling {
    ctx: OrchestrationContext,
}

#[deterministic]
impl Step for Doubling {
    async fn run(&self, n: u32) -> Result<u32, Failure> {
        Ok(self.ctx.call(double, n).await?)
    }

    fn run_boxed(&self, n: u32) -> BoxDurableFuture<'_, Result<u32, Failure>> {
        Box::pin(async move { Ok(self.run(n).await? + 1) })
    }
}

#[orchestrator]
async fn everything(ctx: OrchestrationContext, numbers: Vec<u32>) -> Result<Vec<String>, Failure> {
    let mut log = Vec::new();
    let (name, sum) = doubled(&ctx, "evens", &numbers).await?;
    log.push(format!("{name} {sum}"));
    log.push(format!("countdown {}", countdown(&ctx, 3).await?));

    let step = Doubling { ctx: ctx.clone() };
    let steps: Vec<Box<dyn Fn(u32) -> BoxDurableFuture<'static, u32>>> = (1..=2_u32)
        .map(|factor| {
            let ctx = ctx.clone();
            let step = move |n: u32| -> BoxDurableFuture<'static, u32> {
                let ctx = ctx.clone();
                Box::pin(async move {
                    ctx.timer(minutes(u64::from(10 - n))).await;
                    n * factor
                })
            };
            Box::new(step) as Box<dyn Fn(u32) -> BoxDurableFuture<'static, u32>>
        })
        .collect();
    let all = ctx.join_all(steps.iter().map(|step| step(3))).await;
    log.push(format!("closures {all:?}"));

    let nested = async {
        let outer = async {
            let inner = async { step.run(1).await };
            inner.await.map(|n| n + 1)
        };
        ctx.join((outer, step.run_boxed(2))).await
    };
    let (outer, boxed) = nested.await;
    log.push(format!("nested {} {}", outer?, boxed?));

    let by_name: BTreeMap<&str, u32> = [("b", 1), ("a", 2)].into_iter().collect();
    for (name, n) in &by_name {
        log.push(format!("{name} {}", step.run(*n).await?));
    }
    let found = 'search: loop {
        for n in 1.. {
            if step.run(n).await? > 3 {
                break 'search n;
            }
        }
    };
    log.push(format!("found {found}"));
    let mut patience = ctx.timer(days(1));
    match ctx.select((&mut patience, ctx.event::<()>("go"))).await {
        First(()) => log.push("patient".to_owned()),
        Second(()) => patience.await,
    }
    Ok(log)
}

#[test]
fn helpers_run_as_written_and_replay_alike() {
    TestApp::new().unwrap().run(async |app| {
        let run = app.start(everything, vec![1, 2, 3, 4]).await.unwrap();
        app.settle().await;
        app.advance(days(3)).await;
        let log = run.wait().await.unwrap();
        assert_eq!(
            log,
            [
                "evens 12",
                "countdown 12",
                "closures [3, 6]",
                "nested 3 5",
                "a 4",
                "b 2",
                "found 2",
                "patient",
            ]
        );
        let history = run.history().await.unwrap();
        replay_history(&history, &Registry::collected().unwrap()).unwrap();
    });
}

#[test]
fn a_helper_s_error_reaches_the_orchestrator() {
    TestApp::new().unwrap().run(async |app| {
        let run = app.start(everything, vec![102]).await.unwrap();
        let error = run.wait().await.unwrap_err().to_string();
        assert!(error.contains("too large"), "{error}");
    });
}

#[orchestrator]
async fn asserting(ctx: OrchestrationContext) -> Result<(), Failure> {
    assert!(ctx.call(double, 2).await? == 5);
    Ok(())
}

#[test]
fn a_failed_assertion_shows_the_condition_as_written() {
    TestApp::new().unwrap().run(async |app| {
        let run = app.start(asserting, ()).await.unwrap();
        let ended = |record: &durable::InstanceRecord| record.status.is_ended() || record.blocked.is_some();
        let shown = format!("{:?}", run.wait_until(ended).await.unwrap());
        assert!(
            shown.contains("assertion failed: ctx.call(double, 2).await"),
            "{shown}"
        );
        assert!(!shown.contains("awaitable"), "{shown}");
    });
}
