//! D0103: an orchestrator that joins and selects with the macros of another library.
use durable::prelude::*;

/// Stands in for the crate.
mod tokio {
    macro_rules! select {
        ($($arm:tt)*) => {
            ()
        };
    }
    macro_rules! join {
        ($($future:expr),*) => {
            ($($future.await),*)
        };
    }
    pub(crate) use {join, select};
}

#[orchestrator]
async fn first(ctx: OrchestrationContext) -> Result<(), Failure> {
    tokio::select! {
        () = ctx.timer(days(1)) => {}
        _ = ctx.event::<u8>("done") => {}
    }
    let ((), _done) = tokio::join!(ctx.timer(days(1)), ctx.event::<u8>("done"));
    {
        use tokio::select as race;
        race! { () = ctx.timer(days(1)) => {} }
    }
    Ok(())
}

fn main() {}
