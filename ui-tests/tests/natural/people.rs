//! Approvals, reminders, monitors and conversations: waiting for people and for the clock.

use std::time::Duration;

use durable::orchestration::DurableFuture;
use durable::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
enum Vote {
    Yes,
    No,
    Later(u32),
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "kind")]
enum Message {
    Text { from: String, text: String },
    Leave { from: String },
    End,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Watch {
    url: String,
    rounds: u32,
    seen: Option<String>,
}

#[activity]
async fn ask(_ctx: ActivityContext, person: String) -> Result<(), Failure> {
    drop(person);
    Ok(())
}

#[activity]
async fn look(_ctx: ActivityContext, url: String) -> Result<Option<String>, Failure> {
    Ok(url.strip_prefix("new:").map(str::to_owned))
}

/// Asked again after each silence, a little later each time.
#[orchestrator]
async fn remind(ctx: OrchestrationContext, person: String) -> Result<Vote, Failure> {
    let pauses = [minutes(5), hours(1), days(1)];
    for (round, pause) in (1..).zip(pauses) {
        ctx.call(ask, format!("{person} ({round})")).await?;
        match ctx.select((ctx.event::<Vote>("vote"), ctx.timer(pause))).await {
            First(Vote::Later(more)) => ctx.timer(minutes(u64::from(more))).await,
            First(vote) => return Ok(vote),
            Second(()) => {}
        }
    }
    Ok(Vote::No)
}

/// A majority of several, as the votes come in.
#[orchestrator]
async fn majority(ctx: OrchestrationContext, people: Vec<String>) -> Result<bool, Failure> {
    let needed = people.len() / 2 + 1;
    let mut open: Vec<_> = people.iter().map(|person| ctx.event::<Vote>(person)).collect();
    let (mut yes, mut no) = (0, 0);
    let deadline = ctx.now() + days(7);
    while yes < needed && no < needed && !open.is_empty() {
        let (vote, rest) = match ctx.select((ctx.select_all(open), ctx.timer_at(deadline))).await {
            First((_, vote, rest)) => (vote, rest),
            Second(()) => break,
        };
        *(if vote == Vote::Yes { &mut yes } else { &mut no }) += 1;
        open = rest;
    }
    Ok(yes >= needed)
}

/// Looks until something changes; a bounded number of rounds in one history.
#[orchestrator]
async fn watch(ctx: OrchestrationContext, watch: Watch) -> Result<String, Failure> {
    let Watch { url, rounds, seen } = watch;
    for _ in 0..24 {
        if let Some(now) = ctx.call(look, url.clone()).await?
            && seen.as_deref() != Some(now.as_str())
        {
            return Ok(now);
        }
        ctx.timer(hours(1)).await;
    }
    ctx.continue_as_new(Watch {
        rounds: rounds + 1,
        url,
        seen,
    })
    .await
}

/// A room in which people talk, by one stream of events.
#[orchestrator]
async fn room(ctx: OrchestrationContext, mut people: Vec<String>) -> Result<Vec<String>, Failure> {
    let mut said = Vec::new();
    let ended = loop {
        if people.is_empty() {
            break false;
        }
        match ctx.event::<Message>("message").await {
            Message::Text { from, text } if people.contains(&from) => said.push(format!("{from}: {text}")),
            Message::Text { .. } => continue,
            Message::Leave { from } => people.retain(|person| *person != from),
            Message::End => break true,
        }
    };
    said.push(if ended { "ended" } else { "empty" }.to_owned());
    Ok(said)
}

/// Until one of two things happens, something is done again and again.
#[orchestrator]
async fn nagging(ctx: OrchestrationContext, person: String) -> Result<u32, Failure> {
    let nag = async {
        let mut count = 0_u32;
        while count < 10 {
            ctx.call(ask, person.clone()).await?;
            ctx.timer(minutes(10)).await;
            count += 1;
        }
        Ok::<_, Failure>(count)
    };
    let answered = async {
        let _: Vote = ctx.event("vote").await;
        0
    };
    match ctx.select((nag, answered)).await {
        First(count) => count,
        Second(none) => Ok(none),
    }
}

/// A closure that makes steps, used at several places.
#[orchestrator]
async fn asked_by_closure(ctx: OrchestrationContext, people: (String, String)) -> Result<(), Failure> {
    let ask_twice = |person: String| {
        let ctx = &ctx;
        async move {
            ctx.call(ask, person.clone()).await?;
            ctx.timer(Duration::from_secs(60)).await;
            ctx.call(ask, person).await
        }
    };
    let (one, other) = people;
    ask_twice(one).await?;
    ask_twice(other).await?;
    Ok(())
}

/// A time limit as a helper that takes any durable future.
#[deterministic]
async fn within<T>(
    ctx: &OrchestrationContext,
    limit: Duration,
    work: impl DurableFuture<Output = T>,
) -> Option<T> {
    match ctx.select((work, ctx.timer(limit))).await {
        First(value) => Some(value),
        Second(()) => None,
    }
}

#[orchestrator]
async fn limited(ctx: OrchestrationContext, url: String) -> Result<Option<String>, Failure> {
    let Some(answer) = within(&ctx, minutes(1), ctx.call(look, url)).await else {
        return Ok(None);
    };
    Ok(answer?.or_else(|| within_name(0).map(str::to_owned)))
}

#[deterministic]
fn within_name(at: usize) -> Option<&'static str> {
    match at {
        0 => Some("nobody"),
        _ => None,
    }
}

/// Office hours, computed from the recorded clock.
#[orchestrator]
async fn office_hours(ctx: OrchestrationContext, person: String) -> Result<u64, Failure> {
    let mut waited = 0;
    'days: for day in 0..7_u32 {
        for hour in 0..24_u32 {
            match (day, hour) {
                (5 | 6, _) => continue 'days,
                (_, 9..17) => break 'days,
                _ => {
                    ctx.timer(hours(1)).await;
                    waited += 1;
                }
            }
        }
    }
    ctx.call(ask, person).await?;
    Ok(waited)
}
