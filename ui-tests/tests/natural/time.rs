//! Timers, monitors, and executions that start over.

use std::time::Duration;

use durable::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Watch {
    city: String,
    looks_left: u32,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Subscription {
    customer: String,
    period: u32,
    cents: u64,
}

#[activity]
async fn is_sunny(_ctx: ActivityContext, city: String) -> Result<bool, Failure> {
    Ok(city == "Lisbon")
}

#[activity]
async fn bill(_ctx: ActivityContext, subscription: Subscription) -> Result<u64, Failure> {
    Ok(subscription.cents)
}

#[activity]
async fn clean_up(_ctx: ActivityContext) -> Result<(), Failure> {
    Ok(())
}

/// Looks every half hour until six hours have passed.
#[orchestrator]
async fn weather_until(ctx: OrchestrationContext, city: String) -> Result<bool, Failure> {
    let end = ctx.now() + hours(6);
    while ctx.now() < end {
        if ctx.call(is_sunny, city.clone()).await? {
            return Ok(true);
        }
        ctx.timer(minutes(30)).await;
    }
    Ok(false)
}

/// Looks, waits, and starts over with a short history.
#[orchestrator]
async fn weather_forever(ctx: OrchestrationContext, watch: Watch) -> Result<bool, Failure> {
    if ctx.call(is_sunny, watch.city.clone()).await? {
        return Ok(true);
    }
    if watch.looks_left == 0 {
        return Ok(false);
    }
    ctx.timer(hours(1)).await;
    ctx.continue_as_new(Watch {
        looks_left: watch.looks_left - 1,
        ..watch
    })
    .await
}

/// An eternal one.
#[orchestrator]
async fn periodic_cleanup(ctx: OrchestrationContext, _: ()) -> Result<(), Failure> {
    ctx.call(clean_up, ()).await?;
    ctx.timer(days(1)).await;
    ctx.continue_as_new(()).await
}

/// Bills each month, and lets the customer leave or change the price meanwhile.
#[orchestrator]
async fn subscription(ctx: OrchestrationContext, mut subscription: Subscription) -> Result<u64, Failure> {
    let due = ctx.timer(days(30)).start();
    let mut due = due;
    loop {
        match ctx
            .select((&mut due, ctx.event::<u64>("price"), ctx.event::<()>("leave")))
            .await
        {
            First(()) => break,
            Second(cents) => subscription.cents = cents,
            Third(()) => return Ok(subscription.cents),
        }
    }
    ctx.call(bill, subscription.clone()).await?;
    subscription.period += 1;
    ctx.continue_as_new(subscription).await
}

/// A moment of the calendar, not a duration.
#[orchestrator]
async fn at_a_moment(ctx: OrchestrationContext, wait_ms: u64) -> Result<(), Failure> {
    let moment = ctx.now() + Duration::from_millis(wait_ms);
    ctx.timer_at(moment).await;
    Ok(ctx.call(clean_up, ()).await?)
}

/// A time limit round several steps.
#[orchestrator]
async fn limited(ctx: OrchestrationContext, city: String) -> Result<u32, Failure> {
    let steps = async {
        let mut sunny = 0;
        for _ in 0..5 {
            sunny += u32::from(ctx.call(is_sunny, city.clone()).await?);
        }
        Ok::<_, Failure>(sunny)
    };
    match ctx.select((steps, ctx.timer(minutes(5)))).await {
        First(sunny) => sunny,
        Second(()) => Err(Failure::new("too slow")),
    }
}

/// Waits longer each time, by arithmetic on durations.
#[orchestrator]
async fn growing_pauses(ctx: OrchestrationContext, city: String) -> Result<u32, Failure> {
    let mut pause = seconds(1);
    for attempt in 1..=10 {
        if ctx.call(is_sunny, city.clone()).await? {
            return Ok(attempt);
        }
        ctx.timer(pause).await;
        pause = (pause * 2).min(minutes(10));
    }
    Err(Failure::new(format!("no sun in {city}")))
}

/// How long a step took, by recorded time.
#[orchestrator]
async fn measured(ctx: OrchestrationContext, city: String) -> Result<String, Failure> {
    let begin = ctx.now();
    ctx.call(is_sunny, city).await?;
    let took = ctx.now().saturating_since(begin);
    Ok(format!("{took:?}"))
}

/// Heart beats beside the work: whichever ends first.
#[orchestrator]
async fn status_while_waiting(ctx: OrchestrationContext, city: String) -> Result<bool, Failure> {
    let ticks = async {
        let mut minutes_waited = 0_u32;
        while minutes_waited < 1_000 {
            ctx.timer(minutes(1)).await;
            minutes_waited += 1;
            ctx.set_custom_status(&minutes_waited)?;
        }
        Ok::<_, Failure>(())
    };
    match ctx.select((ctx.call(is_sunny, city.clone()), ticks)).await {
        First(sunny) => Ok(sunny?),
        Second(ticks) => ticks.map(|()| false),
    }
}
