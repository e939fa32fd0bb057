//! The next execution takes the orchestrator's own input, or one that a migration makes of the given value.
use durable::Failure;
use durable::function::{DurableFunction, Invocation, MigrateInto};
use durable::prelude::*;

#[orchestrator(version = "1")]
async fn poll(ctx: OrchestrationContext, url: String) -> Result<(), Failure> {
    if url.is_empty() {
        ctx.continue_as_new(7).on(other_v1);
    }
    ctx.continue_as_new(7);
    ctx.continue_as_new(url.len().into());
    Ok(())
}

#[orchestrator(version = "1", upgrade = "latest")]
async fn other(ctx: OrchestrationContext, count: u64) -> Result<(), Failure> {
    ctx.continue_as_new(count);
    ctx.continue_as_new("seven");
    Ok(())
}

/// Stands in for the context's own method.
trait ContinueAsNew {
    fn continue_as_new<I>(&self, input: I) -> Next<I>;
}

struct Next<I>(I);

impl ContinueAsNew for OrchestrationContext {
    fn continue_as_new<I>(&self, input: I) -> Next<I> {
        Next(input)
    }
}

impl<I> Next<I> {
    fn on<F: DurableFunction, H: Fn(F::Context, F::Input) -> Invocation<F>>(self, _: H) -> Next<F::Input>
    where
        I: MigrateInto<F::Input>,
    {
        Next(self.0.migrate())
    }
}

fn main() {}
