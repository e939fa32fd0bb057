//! What the scenarios run.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use durable::prelude::*;

/// The idempotency key of each run of an activity.
#[derive(Debug, Clone, Default)]
pub(crate) struct Runs(Arc<Mutex<Vec<String>>>);

impl Runs {
    fn note(&self, ctx: &ActivityContext) {
        let mut runs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        runs.push(ctx.idempotency_key());
    }

    /// Forgets what ran before a film begins.
    pub(crate) fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    pub(crate) fn all(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[activity]
async fn next(ctx: ActivityContext, n: u32) -> Result<u32, Failure> {
    ctx.state::<Runs>().note(&ctx);
    Ok(n + 1)
}

/// One activity; what its input is padded with is not used.
#[orchestrator]
pub(crate) async fn hello(ctx: OrchestrationContext, (n, _padding): (u32, String)) -> Result<u32, Failure> {
    Ok(ctx.call(next, n).await?)
}

/// Activities one after the other.
#[orchestrator]
pub(crate) async fn staircase(ctx: OrchestrationContext, steps: u32) -> Result<u32, Failure> {
    let mut at = 0;
    while at < steps {
        at = ctx.call(next, at).await?;
    }
    Ok(at)
}

/// Activities at once.
#[orchestrator]
pub(crate) async fn fan(ctx: OrchestrationContext, width: u32) -> Result<Vec<u32>, Failure> {
    let calls = (0..width).map(|n| ctx.call(next, n));
    let mut results = Vec::new();
    for result in ctx.join_all(calls).await {
        results.push(result?);
    }
    Ok(results)
}

/// Takes words until the last one comes, and remembers between them what it drew at the beginning.
#[orchestrator]
pub(crate) async fn words(ctx: OrchestrationContext, last: u32) -> Result<Vec<u32>, Failure> {
    let drawn = ctx.side_effect(|| 100_u32).await;
    let mut taken = vec![drawn];
    while taken.last() != Some(&last) {
        taken.push(ctx.event::<u32>("word").await);
    }
    Ok(taken)
}

/// A timer and a child, and the same again as the next generation.
#[orchestrator]
pub(crate) async fn family(ctx: OrchestrationContext, (round, sum): (u32, u32)) -> Result<u32, Failure> {
    ctx.timer(Duration::from_millis(5)).await;
    let sum = sum + ctx.call(hello, (10 * round, String::new())).await?;
    if round == 2 {
        return Ok(sum);
    }
    ctx.continue_as_new((round + 1, sum)).await
}
