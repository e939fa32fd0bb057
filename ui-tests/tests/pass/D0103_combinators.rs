//! D0103: joins and selects of the context, and a macro of the body's own.
use durable::prelude::*;

#[orchestrator]
async fn first(ctx: OrchestrationContext) -> Result<u8, Failure> {
    macro_rules! join {
        ($a:expr, $b:expr) => {
            $a + $b
        };
    }
    ctx.join((ctx.timer(days(1)), ctx.timer(days(2)))).await;
    match ctx.select((ctx.event::<u8>("done"), ctx.timer(days(1)))).await {
        First(done) => Ok(join!(done, 1)),
        Second(()) => Ok(0),
    }
}

fn main() {}
