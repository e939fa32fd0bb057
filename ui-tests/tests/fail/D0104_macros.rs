//! D0104: a macro that cannot be checked is a warning.
#![deny(deprecated)]

use durable::prelude::*;

macro_rules! later {
    ($ctx:ident) => {
        $ctx.timer(days(1)).await
    };
}

#[orchestrator]
async fn patient(ctx: OrchestrationContext) -> Result<(), Failure> {
    later!(ctx);
    crate::module::again!(std::time::Instant::now());
    Ok(())
}

#[orchestrator]
#[allow(deprecated)]
async fn silenced(ctx: OrchestrationContext) -> Result<(), Failure> {
    later!(ctx);
    Ok(())
}

mod module {
    macro_rules! again {
        ($what:expr) => {
            $what
        };
    }
    pub(crate) use again;
}

fn main() {}
