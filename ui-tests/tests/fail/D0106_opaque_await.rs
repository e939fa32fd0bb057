//! D0106: awaits that a macro hides.
use durable::prelude::*;

macro_rules! later {
    ($from:expr => $pause:expr) => {
        $from + $pause
    };
}

#[orchestrator]
async fn arrow(ctx: OrchestrationContext) -> Result<u64, Failure> {
    Ok(later!(ctx.event::<u64>("a").await => 1))
}

#[orchestrator]
async fn defined(ctx: OrchestrationContext) -> Result<(), Failure> {
    macro_rules! pause {
        () => {
            ctx.timer(seconds(1)).await
        };
    }
    pause!();
    Ok(())
}

fn main() {}
