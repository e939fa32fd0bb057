//! Futures of others.

use std::time::Duration;

use durable::prelude::*;
use tokio::time::sleep as nap;

#[activity]
async fn ship(_ctx: ActivityContext, order: String) -> Result<String, Failure> {
    Ok(order)
}

async fn fetch(url: &str) -> Result<String, Failure> {
    Ok(url.to_owned())
}

/// tokio's sleep
#[orchestrator]
async fn tokio_sleep(_ctx: OrchestrationContext, _: ()) -> Result<(), Failure> {
    tokio::time::sleep(Duration::from_secs(1)).await; //~ D0003
    Ok(())
}

/// tokio's sleep under another name
#[orchestrator]
async fn renamed_sleep(_ctx: OrchestrationContext, _: ()) -> Result<(), Failure> {
    nap(Duration::from_secs(1)).await; //~ D0101
    Ok(())
}

/// tokio's timeout round a durable call
#[orchestrator]
async fn tokio_timeout(ctx: OrchestrationContext, order: String) -> Result<String, Failure> {
    let limited = tokio::time::timeout(Duration::from_secs(1), ctx.call(ship, order)).await; //~ D0003
    Ok(limited.map_err(|_| Failure::new("late"))??)
}

/// an activity called as a function
#[orchestrator]
async fn direct_activity(ctx: OrchestrationContext, context: String) -> Result<String, Failure> {
    let _ = &ctx;
    direct(context).await //~ D0101
}

fn direct(order: String) -> impl Future<Output = Result<String, Failure>> {
    async move { Ok(order) }
}

/// a helper that is a plain `async fn`
#[orchestrator]
async fn plain_helper(_ctx: OrchestrationContext, url: String) -> Result<usize, Failure> {
    Ok(fetch(&url).await?.len()) //~ D0101
}

/// a spawned task
#[orchestrator]
async fn spawned(_ctx: OrchestrationContext, _: ()) -> Result<u32, Failure> {
    let task = tokio::spawn(async { 1 }); //~ D0004
    Ok(task.await?) //~ D0101
}

/// a channel
#[orchestrator]
async fn channel(_ctx: OrchestrationContext, _: ()) -> Result<u32, Failure> {
    let (sender, receiver) = tokio::sync::oneshot::channel();
    let _ = sender.send(1);
    Ok(receiver.await?) //~ D0101
}

/// a lock of tokio's
#[orchestrator]
async fn async_lock(_ctx: OrchestrationContext, _: ()) -> Result<u32, Failure> {
    let lock = tokio::sync::Mutex::new(1);
    let value = *lock.lock().await; //~ D0101
    Ok(value)
}

/// a notification
#[orchestrator]
async fn notify(_ctx: OrchestrationContext, _: ()) -> Result<(), Failure> {
    let notify = tokio::sync::Notify::new();
    notify.notified().await; //~ D0101
    Ok(())
}

/// a yield to the scheduler
#[orchestrator]
async fn yields(_ctx: OrchestrationContext, _: ()) -> Result<(), Failure> {
    tokio::task::yield_now().await; //~ D0004
    Ok(())
}

/// joins of the `futures` crate
#[orchestrator]
async fn futures_join_all(ctx: OrchestrationContext, orders: Vec<String>) -> Result<usize, Failure> {
    let calls = orders.into_iter().map(|order| ctx.call(ship, order));
    Ok(futures::future::join_all(calls).await.len()) //~ D0101
}

/// an unordered set of futures
#[orchestrator]
async fn unordered(ctx: OrchestrationContext, orders: Vec<String>) -> Result<usize, Failure> {
    use futures::StreamExt as _;
    let mut calls: futures::stream::FuturesUnordered<_> =
        orders.into_iter().map(|order| ctx.call(ship, order)).collect();
    let mut done = 0;
    while let Some(result) = calls.next().await {
        //~ D0101
        result?;
        done += 1;
    }
    Ok(done)
}

/// a stream with a buffer
#[orchestrator]
async fn buffered(ctx: OrchestrationContext, orders: Vec<String>) -> Result<usize, Failure> {
    use futures::{StreamExt as _, stream};
    let calls = stream::iter(orders.into_iter().map(|order| ctx.call(ship, order)));
    Ok(calls.buffer_unordered(4).count().await) //~ D0101
}

/// a combinator of the `futures` crate on a durable call
#[orchestrator]
async fn combinator(ctx: OrchestrationContext, order: String) -> Result<usize, Failure> {
    use futures::TryFutureExt as _;
    Ok(ctx.call(ship, order).map_ok(|text| text.len()).await?) //~ D0101
}

/// the first of two, by the `futures` crate
#[orchestrator]
async fn futures_select(ctx: OrchestrationContext, order: String) -> Result<(), Failure> {
    futures::future::select(ctx.call(ship, order), ctx.timer(seconds(1))).await; //~ D0101
    Ok(())
}

/// a future that never ends
#[orchestrator]
async fn never(_ctx: OrchestrationContext, _: ()) -> Result<(), Failure> {
    std::future::pending::<()>().await; //~ D0101
    Ok(())
}

/// a future that is ready
#[orchestrator]
async fn ready(_ctx: OrchestrationContext, _: ()) -> Result<u32, Failure> {
    Ok(std::future::ready(1).await) //~ D0101
}

/// a foreign await inside an async block
#[orchestrator]
async fn in_block(ctx: OrchestrationContext, _: ()) -> Result<(), Failure> {
    let pause = async { nap(Duration::from_secs(1)).await }; //~ D0101
    ctx.select((pause, ctx.timer(seconds(1)))).await;
    Ok(())
}

/// a foreign await inside a closure's block
#[orchestrator]
async fn in_closure(_ctx: OrchestrationContext, _: ()) -> Result<(), Failure> {
    let pause = || async { nap(Duration::from_secs(1)).await }; //~ D0101
    pause().await;
    Ok(())
}

/// a foreign await inside a macro's arguments
#[orchestrator]
async fn in_macro(_ctx: OrchestrationContext, url: String) -> Result<String, Failure> {
    Ok(format!("{:?}", fetch(&url).await)) //~ D0101
}

/// a foreign future in a join
#[orchestrator]
async fn in_join(ctx: OrchestrationContext, url: String) -> Result<String, Failure> {
    let (text, ()) = ctx.join((fetch(&url), ctx.timer(seconds(1)))).await; //~ D0101
    text
}

/// a boxed foreign future
#[orchestrator]
async fn boxed(_ctx: OrchestrationContext, _: ()) -> Result<(), Failure> {
    let future: std::pin::Pin<Box<dyn Future<Output = ()>>> = Box::pin(nap(Duration::from_secs(1)));
    future.await; //~ D0101
    Ok(())
}

/// an async closure
#[orchestrator]
async fn async_closure(ctx: OrchestrationContext, order: String) -> Result<String, Failure> {
    let step = async |order: String| ctx.call(ship, order).await; //~ D0105
    Ok(step(order).await?)
}

/// tokio's select
#[orchestrator]
async fn tokio_select(ctx: OrchestrationContext, _: ()) -> Result<u32, Failure> {
    let first = tokio::select! { //~ D0103
        () = ctx.timer(seconds(1)) => 1,
        () = ctx.timer(seconds(2)) => 2,
    };
    Ok(first)
}

/// tokio's join
#[orchestrator]
async fn tokio_join(ctx: OrchestrationContext, _: ()) -> Result<(), Failure> {
    tokio::join!(ctx.timer(seconds(1)), ctx.timer(seconds(2))); //~ D0103
    Ok(())
}

/// the select of the `futures` crate, imported
mod futures_macros {
    use durable::prelude::*;
    use futures::{join, try_join};

    #[orchestrator]
    async fn futures_join(ctx: OrchestrationContext, _: ()) -> Result<(), Failure> {
        join!(ctx.timer(seconds(1)), ctx.timer(seconds(2))); //~ D0103
        Ok(())
    }

    #[orchestrator]
    async fn futures_try_join(ctx: OrchestrationContext, _: ()) -> Result<(), Failure> {
        let a = ctx.call(super::ship, "a".to_owned());
        let b = ctx.call(super::ship, "b".to_owned());
        try_join!(a, b)?; //~ D0103
        Ok(())
    }
}
