//! What was deployed, and what may come next.

use std::sync::atomic::{AtomicU32, Ordering};

/// How often an activity or the closure of a side effect ran that only a checked release has: never.
static RAN: AtomicU32 = AtomicU32::new(0);

pub(crate) fn ran() -> u32 {
    RAN.load(Ordering::Relaxed)
}

fn run() -> u32 {
    RAN.fetch_add(1, Ordering::Relaxed)
}

/// What runs.
pub(crate) mod one {
    use durable::prelude::*;

    #[activity]
    pub(crate) async fn pack(_ctx: ActivityContext, item: String) -> Result<String, Failure> {
        if item == "glass" {
            Err(Failure::new("broken"))
        } else {
            Ok(item)
        }
    }

    #[orchestrator]
    pub(crate) async fn order(ctx: OrchestrationContext, item: String) -> Result<String, Failure> {
        ctx.side_effect(|| 7).await;
        let packed = ctx.call(pack, item).await?;
        Ok(packed + &ctx.event::<String>("address").await)
    }

    /// Waits at once.
    #[orchestrator]
    pub(crate) async fn watch(ctx: OrchestrationContext, item: String) -> Result<String, Failure> {
        Ok(item + &ctx.event::<String>("news").await)
    }
}

/// Other steps; `watch` is gone.
pub(crate) mod diverging {
    use durable::prelude::*;

    #[activity]
    pub(crate) async fn pack(_ctx: ActivityContext, item: String) -> Result<String, Failure> {
        super::run();
        Ok(item)
    }

    #[orchestrator]
    pub(crate) async fn order(ctx: OrchestrationContext, item: String) -> Result<String, Failure> {
        ctx.side_effect(super::run).await;
        let packed = ctx.call(pack, item).await?;
        ctx.side_effect(super::run).await; // the edit
        Ok(packed + &ctx.event::<String>("address").await)
    }
}

/// The same steps, another input; the first turn of `watch` panics.
pub(crate) mod warned {
    use durable::prelude::*;

    #[activity]
    pub(crate) async fn pack(_ctx: ActivityContext, item: String) -> Result<String, Failure> {
        super::run();
        Ok(item)
    }

    #[orchestrator]
    pub(crate) async fn order(ctx: OrchestrationContext, item: String) -> Result<String, Failure> {
        ctx.side_effect(super::run).await;
        let packed = ctx.call(pack, item.to_uppercase()).await?;
        Ok(packed + &ctx.event::<String>("address").await)
    }

    #[orchestrator]
    pub(crate) async fn watch(_ctx: OrchestrationContext, item: String) -> Result<String, Failure> {
        panic!("no {item} today")
    }
}

/// Inputs of other types.
pub(crate) mod retyped {
    use durable::prelude::*;

    #[orchestrator]
    pub(crate) async fn order(ctx: OrchestrationContext, item: u64) -> Result<u64, Failure> {
        ctx.timer(seconds(item)).await;
        Ok(item)
    }

    #[orchestrator]
    pub(crate) async fn watch(_ctx: OrchestrationContext, item: u64) -> Result<u64, Failure> {
        Ok(item)
    }
}

/// Version 1 is gone, and `watch` never returns.
pub(crate) mod later {
    use durable::prelude::*;

    #[orchestrator(version = "2")]
    pub(crate) async fn order(ctx: OrchestrationContext, item: String) -> Result<String, Failure> {
        Ok(item + &ctx.event::<String>("address").await)
    }

    #[orchestrator]
    pub(crate) async fn watch(_ctx: OrchestrationContext, _item: String) -> Result<String, Failure> {
        loop {
            #[allow_nondeterminism(
                reason = "what never returns is found by its time limit; this one does no work meanwhile"
            )]
            std::thread::park();
        }
    }
}
