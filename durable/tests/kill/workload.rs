//! What the workers run while they are killed: every kind of operation, in small orchestrators.

use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use durable::failure::CallError;
use durable::prelude::*;
use serde::{Deserialize, Serialize};

/// One external event: who sent it, and which of that sender's it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Mail {
    pub(crate) sender: u32,
    pub(crate) number: u32,
}

/// The append-only file in which every run of an activity leaves its idempotency key.
#[derive(Debug, Clone)]
pub(crate) struct RunLog(pub(crate) PathBuf);

impl RunLog {
    fn note(&self, ctx: &ActivityContext) -> Result<(), Failure> {
        let mut file = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(&self.0)?;
        // One write: lines of two processes never mix, and a killed process leaves whole lines.
        Ok(file.write_all(format!("{}\n", ctx.idempotency_key()).as_bytes())?)
    }
}

#[activity]
pub(crate) async fn quick(ctx: ActivityContext, n: u64) -> Result<u64, Failure> {
    ctx.state::<RunLog>().note(&ctx)?;
    Ok(n + 1)
}

#[activity]
pub(crate) async fn slow(ctx: ActivityContext, millis: u64) -> Result<u64, Failure> {
    ctx.state::<RunLog>().note(&ctx)?;
    tokio::time::sleep(Duration::from_millis(millis)).await;
    Ok(millis)
}

#[activity(retry(max_attempts = 4, backoff = "2ms..10ms"))]
pub(crate) async fn flaky(ctx: ActivityContext, n: u64) -> Result<u64, Failure> {
    ctx.state::<RunLog>().note(&ctx)?;
    if ctx.info().attempt < 3 {
        return Err(Failure::of_kind("Busy", "not yet"));
    }
    Ok(n + 1)
}

/// Beats ten times in all, over as many runs as it takes: a later run goes on where an earlier one reported.
#[activity]
pub(crate) async fn beating(ctx: ActivityContext, _: ()) -> Result<u32, Failure> {
    ctx.state::<RunLog>().note(&ctx)?;
    for beat in ctx.progress::<u32>()?.unwrap_or(0)..10 {
        tokio::time::sleep(Duration::from_millis(15)).await;
        ctx.heartbeat(&(beat + 1)).await?;
    }
    Ok(10)
}

#[activity(retry(max_attempts = 1))]
pub(crate) async fn refuse(ctx: ActivityContext, _: ()) -> Result<(), Failure> {
    ctx.state::<RunLog>().note(&ctx)?;
    Err(Failure::new("refused").non_retriable())
}

#[activity]
pub(crate) async fn undo(ctx: ActivityContext, _: u64) -> Result<(), Failure> {
    ctx.state::<RunLog>().note(&ctx)
}

/// Its result tells which version ran.
#[orchestrator(version = "1", superseded)]
pub(crate) async fn chain(ctx: OrchestrationContext, n: u64) -> Result<u64, Failure> {
    let n = ctx.call(quick, n).await?;
    ctx.call(slow, 20 + n % 60).await?;
    let n = ctx.call(flaky, n).await?;
    Ok(n + 1_000)
}

#[orchestrator(version = "2")]
pub(crate) async fn chain(ctx: OrchestrationContext, n: u64) -> Result<u64, Failure> {
    let bonus = ctx.side_effect(|| 2_000_u64).await;
    let n = ctx.call(flaky, n).await?;
    ctx.timer(Duration::from_millis(10 + ctx.random() % 50)).await;
    let n = ctx.call(quick, n).await?;
    Ok(n + bonus)
}

/// Returns the mails in the order in which they came.
#[orchestrator]
pub(crate) async fn inbox(ctx: OrchestrationContext, wanted: usize) -> Result<Vec<Mail>, Failure> {
    let mut mails = Vec::new();
    while mails.len() < wanted {
        mails.push(ctx.event::<Mail>("mail").await);
        if mails.len() % 3 == 0 {
            ctx.call(quick, 0).await?;
        }
    }
    Ok(mails)
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Seen {
    pub(crate) wanted: usize,
    pub(crate) mails: Vec<Mail>,
}

/// Collects mails over generations, and goes on as version 2.
#[orchestrator(version = "1", superseded)]
pub(crate) async fn monitor(ctx: OrchestrationContext, mut seen: Seen) -> Result<Vec<Mail>, Failure> {
    match ctx
        .select((ctx.event::<Mail>("mail"), ctx.timer(Duration::from_millis(30))))
        .await
    {
        First(mail) => seen.mails.push(mail),
        Second(()) => {}
    }
    ctx.continue_as_new(seen).on(monitor_v2).await
}

#[orchestrator(version = "2")]
pub(crate) async fn monitor(ctx: OrchestrationContext, mut seen: Seen) -> Result<Vec<Mail>, Failure> {
    for _ in 0..2 {
        if seen.mails.len() == seen.wanted {
            return Ok(seen.mails);
        }
        match ctx
            .select((ctx.event::<Mail>("mail"), ctx.timer(Duration::from_millis(60))))
            .await
        {
            First(mail) => seen.mails.push(mail),
            Second(()) => break,
        }
    }
    ctx.call(quick, 1).await?;
    ctx.continue_as_new(seen).await
}

/// Children that are waited for, and one that is not.
#[orchestrator]
pub(crate) async fn family(ctx: OrchestrationContext, n: u64) -> Result<u64, Failure> {
    let detached = format!("{}.detached", ctx.instance());
    ctx.call(chain, n).id(&detached).detach();
    let (first, second) = ctx.join((ctx.call(chain, n), ctx.call(chain_v1, n))).await;
    let many = ctx.join_all((0..4).map(|part| ctx.call(quick, part))).await;
    many.into_iter()
        .try_fold(first? + second?, |sum, part| Ok(sum + part?))
}

#[orchestrator]
pub(crate) async fn timers(ctx: OrchestrationContext, count: u64) -> Result<u64, Failure> {
    let all = (0..count).map(|n| ctx.timer(Duration::from_millis(5 + n * 13 % 90)));
    Ok(u64::try_from(ctx.join_all(all).await.len()).unwrap_or(0))
}

/// Calls that lose a race are dropped, and so cancelled.
#[orchestrator]
pub(crate) async fn races(ctx: OrchestrationContext, rounds: u64) -> Result<u64, Failure> {
    for round in 0..rounds {
        let limit = Duration::from_millis(10 + round * 25);
        match ctx
            .select((ctx.call(slow, 40), ctx.call(beating, ()), ctx.timer(limit)))
            .await
        {
            First(done) => drop(done?),
            Second(done) => drop(done?),
            Third(()) => {}
        }
    }
    Ok(rounds)
}

/// Two steps succeed, the third does not: both are undone.
#[orchestrator]
pub(crate) async fn booking(ctx: OrchestrationContext, n: u64) -> Result<u64, Failure> {
    ctx.saga(|saga| {
        let ctx = ctx.clone();
        durable::orchestration::block(async move {
            ctx.call(quick, n).await?;
            saga.undo_with(undo, 1);
            ctx.call(flaky, n).await?;
            saga.undo_with(undo, 2);
            ctx.call(refuse, ()).await?;
            Ok(n)
        })
    })
    .await
}

/// Waits until somebody asks it to cancel, and then cleans up.
#[orchestrator]
pub(crate) async fn cancellable(ctx: OrchestrationContext, n: u64) -> Result<u64, Failure> {
    ctx.set_custom_status(&"waiting")?;
    match ctx.select((ctx.call(slow, 60_000), ctx.cancelled())).await {
        First(Ok(_)) => return Ok(n),
        First(Err(CallError::Cancelled)) | Second(_) => {}
        First(Err(error)) => return Err(error.into()),
    }
    Err(Failure::new("cancelled"))
}

/// Ends only by being terminated; its child goes with it.
#[orchestrator]
pub(crate) async fn endless(ctx: OrchestrationContext, _: u64) -> Result<u64, Failure> {
    ctx.set_custom_status(&"waiting")?;
    let child = ctx.call(cancellable, 0).start();
    ctx.event::<()>("never").await;
    Ok(child.await?)
}

/// Sends mails to another instance.
#[orchestrator]
pub(crate) async fn sender(
    ctx: OrchestrationContext,
    (to, id, count): (String, u32, u32),
) -> Result<u32, Failure> {
    for number in 0..count {
        ctx.raise_event(&to, "mail", &Mail { sender: id, number })?;
        ctx.timer(Duration::from_millis(5)).await;
    }
    Ok(count)
}

#[orchestrator]
pub(crate) async fn heart(ctx: OrchestrationContext, _: ()) -> Result<u32, Failure> {
    Ok(ctx.call(beating, ()).await?)
}
