//! Awaits and closures that hide what they wait for.

use durable::prelude::*;

#[allow(unused_macros, reason = "an orchestrator with an error loses its body")]
macro_rules! later {
    (then $pause:expr) => {
        $pause
    };
}

#[activity]
async fn ship(_ctx: ActivityContext, order: String) -> Result<String, Failure> {
    Ok(order)
}

/// an await in the tokens of a macro that is not known
#[orchestrator]
async fn in_tokens(ctx: OrchestrationContext, _: ()) -> Result<(), Failure> {
    later!(then ctx.timer(seconds(1)).await); //~ D0106
    Ok(())
}

/// an async closure for each element
#[orchestrator]
async fn for_each(ctx: OrchestrationContext, orders: Vec<String>) -> Result<usize, Failure> {
    let calls = orders.into_iter().map(async |order| ctx.call(ship, order).await); //~ D0105
    Ok(ctx.join_all(calls).await.len())
}

/// an async closure that moves
#[orchestrator]
async fn moves(ctx: OrchestrationContext, order: String) -> Result<(), Failure> {
    let _step = async move || drop(order); //~ D0105
    ctx.timer(seconds(1)).await;
    Ok(())
}

/// an await in a macro that the body defines
#[orchestrator]
async fn in_definition(ctx: OrchestrationContext, _: ()) -> Result<(), Failure> {
    macro_rules! pause {
        //~ D0106
        () => {
            ctx.timer(seconds(1)).await
        };
    }
    pause!();
    Ok(())
}

/// an activity that is awaited without the context
#[deterministic]
async fn without_context(context: ActivityContext) -> Result<String, Failure> {
    ship(context, "order".to_owned()).await //~ D0101
}
