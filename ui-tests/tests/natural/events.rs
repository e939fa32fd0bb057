//! Waiting for people and for other systems.

use std::time::Duration;

use durable::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Verdict {
    Approved,
    Rejected,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Expense {
    who: String,
    cents: u64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
enum Command {
    Add(u32),
    Subtract(u32),
    Stop,
}

#[activity]
async fn ask(_ctx: ActivityContext, who: String) -> Result<(), Failure> {
    if who.is_empty() {
        Err(Failure::new("nobody to ask"))
    } else {
        Ok(())
    }
}

#[activity]
async fn pay(_ctx: ActivityContext, expense: Expense) -> Result<u64, Failure> {
    Ok(expense.cents)
}

#[activity]
async fn send_code(_ctx: ActivityContext, phone: String) -> Result<u32, Failure> {
    Ok(u32::try_from(phone.len())?)
}

/// Approval, or a time limit.
#[orchestrator]
async fn approval(ctx: OrchestrationContext, expense: Expense) -> Result<Option<u64>, Failure> {
    ctx.call(ask, expense.who.clone()).await?;
    match ctx
        .select((ctx.event::<Verdict>("verdict"), ctx.timer(days(3))))
        .await
    {
        First(Verdict::Approved) => Ok(Some(ctx.call(pay, expense).await?)),
        First(Verdict::Rejected) | Second(()) => Ok(None),
    }
}

/// Reminders until an answer comes.
#[orchestrator]
async fn reminders(ctx: OrchestrationContext, expense: Expense) -> Result<Verdict, Failure> {
    let mut answer = ctx.event::<Verdict>("verdict");
    for pause in [1, 2, 4, 8] {
        ctx.call(ask, expense.who.clone()).await?;
        if let First(verdict) = ctx.select((&mut answer, ctx.timer(hours(pause)))).await {
            return Ok(verdict);
        }
    }
    Err(Failure::new("no answer"))
}

/// Three attempts at a code sent by text message.
#[orchestrator]
async fn verify_phone(ctx: OrchestrationContext, phone: String) -> Result<bool, Failure> {
    let code = ctx.call(send_code, phone).await?;
    let mut deadline = ctx.timer(Duration::from_secs(90)).start();
    for _ in 0..3 {
        match ctx.select((ctx.event::<u32>("code"), &mut deadline)).await {
            First(answer) if answer == code => return Ok(true),
            First(_) => {}
            Second(()) => break,
        }
    }
    Ok(false)
}

/// All of several approvers.
#[orchestrator]
async fn everyone(ctx: OrchestrationContext, names: Vec<String>) -> Result<bool, Failure> {
    let answers = names
        .iter()
        .map(|name| ctx.event::<Verdict>(&format!("verdict-{name}")));
    let verdicts = ctx.join_all(answers).await;
    Ok(verdicts.iter().all(|verdict| *verdict == Verdict::Approved))
}

/// A majority, as soon as there is one.
#[orchestrator]
async fn majority(ctx: OrchestrationContext, voters: usize) -> Result<Verdict, Failure> {
    let (mut yes, mut no) = (0, 0);
    loop {
        match ctx.event::<Verdict>("vote").await {
            Verdict::Approved => yes += 1,
            Verdict::Rejected => no += 1,
        }
        if 2 * yes > voters {
            return Ok(Verdict::Approved);
        }
        if 2 * no >= voters {
            return Ok(Verdict::Rejected);
        }
    }
}

/// A small calculator driven by events.
#[orchestrator]
async fn calculator(ctx: OrchestrationContext, start: u32) -> Result<u32, Failure> {
    let mut value = start;
    loop {
        value = match ctx.event::<Command>("command").await {
            Command::Add(n) => value.saturating_add(n),
            Command::Subtract(n) => value.saturating_sub(n),
            Command::Stop => break,
        };
        ctx.set_custom_status(&value)?;
    }
    Ok(value)
}

/// Two instances talk.
#[orchestrator]
async fn replies(ctx: OrchestrationContext, partner: String) -> Result<String, Failure> {
    let own = ctx.instance();
    ctx.raise_event(&partner, "question", &own.to_string())?;
    Ok(ctx.event::<String>("answer").await)
}

/// Waits in three ways at once.
#[orchestrator]
async fn three_ways(ctx: OrchestrationContext, expense: Expense) -> Result<String, Failure> {
    let outcome = ctx
        .select((
            ctx.event::<Verdict>("verdict"),
            ctx.event::<()>("withdrawn"),
            ctx.timer(days(1)),
        ))
        .await;
    Ok(match outcome {
        First(verdict) => format!("{}: {verdict:?}", expense.who),
        Second(()) => "withdrawn".to_owned(),
        Third(()) => "late".to_owned(),
    })
}

/// Sees that it is to be cancelled, and cleans up.
#[orchestrator]
async fn cancellable(ctx: OrchestrationContext, expense: Expense) -> Result<u64, Failure> {
    match ctx
        .select((ctx.event::<Verdict>("verdict"), ctx.cancelled()))
        .await
    {
        First(_) => Ok(ctx.call(pay, expense).await?),
        Second(reason) => {
            tracing::info!(?reason, "cancelled while waiting");
            Ok(0)
        }
    }
}
