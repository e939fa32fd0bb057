//! Time, chance and identity, as they are recorded.

use durable::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Ticket {
    number: String,
    lucky: bool,
}

#[activity]
async fn print_ticket(_ctx: ActivityContext, ticket: Ticket) -> Result<String, Failure> {
    Ok(ticket.number)
}

/// Ids and random numbers from the context.
#[orchestrator]
async fn draw_ticket(ctx: OrchestrationContext, _: ()) -> Result<String, Failure> {
    let ticket = Ticket {
        number: ctx.new_uuid().to_string(),
        lucky: ctx.random().is_multiple_of(10),
    };
    Ok(ctx.call(print_ticket, ticket).await?)
}

/// Something that is computed once and recorded.
#[orchestrator]
async fn computed_once(ctx: OrchestrationContext, seed: u64) -> Result<u64, Failure> {
    let lucky = ctx
        .side_effect(move || seed.wrapping_mul(6_364_136_223_846_793_005))
        .await;
    Ok(lucky)
}

/// An A/B decision that holds for the instance's life.
#[orchestrator]
async fn experiment(ctx: OrchestrationContext, customer: String) -> Result<bool, Failure> {
    let treated = ctx.random() < u64::MAX / 2;
    ctx.set_custom_status(&format!("{customer}: {}", if treated { "new" } else { "old" }))?;
    ctx.timer(days(7)).await;
    Ok(treated)
}

/// A shuffle by recorded chance.
#[orchestrator]
async fn shuffle(ctx: OrchestrationContext, mut names: Vec<String>) -> Result<Vec<String>, Failure> {
    for at in (1..names.len()).rev() {
        let other = usize::try_from(ctx.random() % (u64::try_from(at)? + 1))?;
        names.swap(at, other);
    }
    Ok(names)
}

/// Logs once, however often it is replayed.
#[orchestrator]
async fn logs(ctx: OrchestrationContext, name: String) -> Result<String, Failure> {
    let span = tracing::info_span!("ticket", %name);
    tracing::info!(parent: &span, "begins");
    let number = ctx
        .call(
            print_ticket,
            Ticket {
                number: name.clone(),
                lucky: false,
            },
        )
        .await?;
    tracing::debug!(%number, "printed");
    if ctx.is_replaying() {
        tracing::trace!("not seen");
    }
    Ok(number)
}

/// Who and when am I?
#[orchestrator]
async fn identity(ctx: OrchestrationContext, _: ()) -> Result<String, Failure> {
    Ok(format!(
        "{} {} {} generation {} started {}",
        ctx.name(),
        ctx.version(),
        ctx.instance(),
        ctx.generation(),
        ctx.now()
    ))
}

/// Macros of the standard library, with awaits inside.
#[orchestrator]
async fn macros(ctx: OrchestrationContext, name: String) -> Result<Vec<String>, Failure> {
    let ticket = |lucky| Ticket {
        number: name.clone(),
        lucky,
    };
    assert!(!name.is_empty(), "a name is needed");
    let printed = vec![
        ctx.call(print_ticket, ticket(true)).await?,
        ctx.call(print_ticket, ticket(false)).await?,
    ];
    let line = format!(
        "{} and {}",
        printed[0],
        ctx.call(print_ticket, ticket(true)).await?
    );
    debug_assert_ne!(line, "");
    if matches!(ctx.call(print_ticket, ticket(true)).await, Ok(number) if number == name) {
        return Ok(printed);
    }
    let mut text = String::new();
    std::fmt::Write::write_fmt(&mut text, format_args!("{line}"))?;
    Ok(vec![text])
}

/// JSON by hand.
#[orchestrator]
async fn json(ctx: OrchestrationContext, name: String) -> Result<serde_json::Value, Failure> {
    let number = ctx
        .call(
            print_ticket,
            Ticket {
                number: name,
                lucky: true,
            },
        )
        .await?;
    Ok(serde_json::json!({ "number": number, "at": ctx.now().to_string() }))
}

/// What is awaited inside the macros of others, at any depth.
#[orchestrator]
async fn awaited_in_macros(ctx: OrchestrationContext, ticket: Ticket) -> Result<serde_json::Value, Failure> {
    tracing::info!(number = %ctx.call(print_ticket, ticket.clone()).await?, "printed");
    Ok(serde_json::json!({
        "ticket": ctx.call(print_ticket, ticket.clone()).await?,
        "more": [{ "again": ctx.call(print_ticket, ticket).await? }, null],
        "first": if ctx.event::<bool>("first").await { "yes" } else { "no" },
    }))
}
