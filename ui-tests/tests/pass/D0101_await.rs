//! D0101: natural code, of which everything that is awaited is durable.
#![deny(warnings)]

use std::pin::pin;

use durable::orchestration::{BoxDurableFuture, DurableFuture};
use durable::prelude::*;

#[activity]
async fn ship(_: ActivityContext, parcels: u32) -> Result<u32, Failure> {
    Ok(parcels)
}

#[activity]
async fn name(_: ActivityContext) -> Result<String, Failure> {
    Ok("Ann".to_owned())
}

/// Borrows, is generic, and returns by `?` and by `return`.
#[deterministic]
async fn ship_all<'a, T: AsRef<str>>(
    ctx: &OrchestrationContext,
    (label, _): (&'a T, u8),
    parcels: &[u32],
) -> Result<&'a str, Failure> {
    if parcels.is_empty() {
        return Ok("nothing");
    }
    for parcel in parcels {
        ctx.call(ship, *parcel).await?;
    }
    Ok(label.as_ref())
}

/// Coerces what it returns.
#[deterministic]
pub async fn shown(mut number: u32) -> Box<dyn std::fmt::Display> {
    number += 1;
    if number > 5 {
        return Box::new(number);
    }
    Box::new("few")
}

#[deterministic]
async fn opaque(ctx: OrchestrationContext) -> impl std::fmt::Display {
    ctx.timer(seconds(1)).await;
    "done"
}

#[deterministic]
async fn nothing() {}

#[deterministic]
fn boxed(ctx: &OrchestrationContext, depth: u32) -> BoxDurableFuture<'_, Result<u32, Failure>> {
    Box::pin(async move {
        if depth == 0 {
            return Ok(0);
        }
        let below = boxed(ctx, depth - 1).await?;
        Ok(below + ctx.call(ship, depth).await?)
    })
}

#[deterministic]
fn returned(ctx: &OrchestrationContext) -> impl DurableFuture<Output = u8> {
    async move {
        ctx.timer(seconds(1)).await;
        7
    }
}

struct Carrier {
    ctx: OrchestrationContext,
}

#[deterministic]
impl Carrier {
    fn new(ctx: OrchestrationContext) -> Self {
        Self { ctx }
    }

    async fn send(&self, parcels: u32) -> Result<u32, Failure> {
        Ok(self.ctx.call(ship, parcels).await?)
    }

    async fn send_all(self) -> Result<u32, Failure> {
        self.send(3).await
    }
}

impl Carrier {
    #[deterministic]
    async fn wait(&mut self, times: u8) {
        for _ in 0..times {
            self.ctx.timer(seconds(1)).await;
        }
    }

    #[deterministic(method)]
    async fn pause(ctx: &OrchestrationContext) {
        ctx.timer(seconds(1)).await;
    }
}

trait Notifier {
    fn boxed(&self) -> BoxDurableFuture<'_, u8>;

    #[deterministic]
    async fn notify(&self, times: u8) -> u8;
}

#[deterministic]
trait Default {
    async fn both(&self) -> u8 {
        self.one().await + 1
    }

    async fn one(&self) -> u8;
}

#[deterministic]
impl Default for Carrier {
    async fn one(&self) -> u8 {
        self.ctx.timer(seconds(1)).await;
        1
    }
}

impl Notifier for Carrier {
    #[deterministic]
    fn boxed(&self) -> BoxDurableFuture<'_, u8> {
        Box::pin(async move {
            self.ctx.timer(seconds(1)).await;
            1
        })
    }

    #[deterministic]
    async fn notify(&self, times: u8) -> u8 {
        self.ctx.timer(seconds(times.into())).await;
        times
    }
}

#[orchestrator]
async fn awaits(ctx: OrchestrationContext, parcels: u32) -> Result<u32, Failure> {
    let one: u32 = ctx.call(ship, "5".parse().unwrap()).await?;
    let trimmed = ctx.call(name, ()).await?.trim().to_owned().len();
    let started = ctx.call(ship, parcels).timeout(seconds(1)).start();
    let approved: bool = ctx.event("approved").await;
    let Ok(two) = started.await else {
        return Err(Failure::new("lost"));
    };
    let three = match ctx.call(ship, 3).await {
        Ok(three) if approved => three,
        Ok(_) => 0,
        Err(error) => return Err(error.into()),
    };
    let four = 'outer: loop {
        for at in 0..3 {
            if at > 1 {
                break 'outer ctx.call(ship, at).no_retry().await?;
            }
            ctx.timer(minutes(1)).await;
        }
    };
    if let Ok(five) = ctx.call(ship, 5).await
        && let Some(six) = ctx.event::<Option<u32>>("six").await
        && five < six
    {
        ctx.set_custom_status(&five)?;
    }
    while ctx.call(ship, one).await? < 3 {}
    let value = ctx.side_effect(|| 7_u32).await;
    let closed = (|| async { ctx.timer(hours(1)).await })();
    closed.await;
    let sum = async { Ok::<_, Failure>(ctx.call(ship, 1).await? + 1) }.await?;
    let unsafe_free = if approved { ctx.call(ship, 1).await } else { ctx.call(ship, 2).await }?;
    Ok(two + three + four + value + sum + unsafe_free + u32::try_from(trimmed).unwrap_or(0))
}

#[orchestrator]
async fn joins(ctx: OrchestrationContext, labels: Vec<String>) -> Result<String, Failure> {
    let all = ctx
        .join_all(labels.iter().map(|label| async {
            ctx.timer(seconds(1)).await;
            label.len()
        }))
        .await;
    let moved = labels.clone().into_iter().map(|label| {
        let ctx = ctx.clone();
        async move { ctx.call(ship, u32::try_from(label.len())?).await.map_err(Failure::from) }
    });
    let moved: Vec<u32> = ctx.join_all(moved).await.into_iter().collect::<Result<_, _>>()?;
    let nested = ctx.select((
        ctx.join((ctx.timer(seconds(1)), ctx.call(ship, 1))),
        ctx.select((ctx.event::<u8>("x"), ctx.cancelled())),
        async { all.len() },
    ));
    match nested.await {
        First(((), shipped)) => drop(shipped?),
        Second(_) | Third(_) => {}
    }
    let mut timer = ctx.timer(seconds(9));
    let mut boxes: Vec<BoxDurableFuture<'_, u32>> = Vec::new();
    boxes.push(Box::pin(async { ctx.call(ship, 3).await.unwrap_or(0) }));
    boxes.push(Box::pin(async move { 2 }));
    match ctx.select((&mut timer, ctx.join_all(boxes))).await {
        First(()) => {}
        Second(_) => (&mut timer).await,
    }
    let mut pinned = pin!(ctx.timer(seconds(1)));
    pinned.as_mut().await;
    let boxed_plain: Box<dyn DurableFuture<Output = ()>> = Box::new(ctx.timer(seconds(1)));
    boxed_plain.await;
    let (_, first, _) = ctx.select_all([1, 2].map(|n| ctx.call(ship, n))).await;
    first?;
    let saga = ctx.saga(|saga| async move {
        saga.undo_with(ship, 1);
        saga.compensate().await;
        Ok::<_, Failure>(())
    });
    saga.await?;
    Ok(format!("{moved:?} {} {}", ctx.event::<u8>("a").await, labels.len()))
}

#[orchestrator]
async fn helpers(ctx: OrchestrationContext) -> Result<String, Failure> {
    let label = "label".to_owned();
    let shipped = ship_all(&ctx, (&label, 1), &[1, 2]).await?;
    let shown = shown(boxed(&ctx, 3).await?).await;
    let opaque = opaque(ctx.clone()).await;
    nothing().await;
    let mut carrier = Carrier::new(ctx.clone());
    carrier.wait(2).await;
    Carrier::pause(&ctx).await;
    let (a, b) = ctx.join((carrier.send(1), returned(&ctx))).await;
    let both = carrier.both().await + carrier.notify(1).await + Notifier::boxed(&carrier).await;
    let all = ctx.join_all((0..3).map(|n| carrier.send(n))).await;
    let total = carrier.send_all().await?;
    Ok(format!("{shipped} {shown} {opaque} {} {b} {both} {} {total}", a?, all.len()))
}

fn main() {}
