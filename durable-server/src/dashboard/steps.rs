//! What an instance did and waits for, as the page shows it.

use durable_core::timeline::{Item, ItemOutcome, Wait};
use serde_json::{Value, json};

use super::payload::{failure, shown};

/// Makes an item of a timeline, with at most so many bytes of each payload.
pub(crate) fn step(item: &Item, most: usize) -> Value {
    let value = match &item.outcome {
        ItemOutcome::Done(value) => value.as_ref().map(|value| shown(value, most)),
        _ => None,
    };
    let failed = match &item.outcome {
        ItemOutcome::Failed(details) => Some(failure(details, most)),
        _ => None,
    };
    json!({
        "step": item.step,
        "at": item.at.to_string(),
        "kind": item.kind,
        "what": item.what,
        "task": item.task.map(|task| task.0),
        "instance": item.instance,
        "input": item.input.as_ref().map(|input| shown(input, most)),
        "attempt": item.attempt.map(|attempt| attempt.number),
        "attemptsMax": item.attempt.and_then(|attempt| attempt.most),
        "endedAt": item.ended_at.map(|moment| moment.to_string()),
        "outcome": outcome(&item.outcome),
        "value": value,
        "failure": failed,
    })
}

fn outcome(outcome: &ItemOutcome) -> &'static str {
    match outcome {
        ItemOutcome::Happened => "happened",
        ItemOutcome::Open => "open",
        ItemOutcome::Done(_) => "done",
        ItemOutcome::Failed(_) => "failed",
        ItemOutcome::TimedOut => "timedOut",
        ItemOutcome::Left => "left",
    }
}

/// Makes what an instance waits for: words, and the instance and the moment that they are about.
pub(crate) fn wait(wait: &Wait) -> Value {
    let of = |text: String| json!({"text": text, "since": null, "instance": null});
    match wait {
        Wait::OtherCode { since, message } => json!({
            "text": format!("other code, since it is blocked: {message}"),
            "since": since.to_string(),
            "instance": null,
        }),
        Wait::Worker { code, since } => json!({
            "text": format!("a worker that has {code}"),
            "since": since.to_string(),
            "instance": null,
        }),
        Wait::ScheduledStart(due) => of(format!("its scheduled start at {due}")),
        Wait::FirstTurn => of("its first turn".to_owned()),
        Wait::Resume => of("being resumed".to_owned()),
        Wait::Event => of("an external event: nothing else is open".to_owned()),
        Wait::Step {
            kind,
            what,
            since,
            offered,
            instance,
            ..
        } => {
            let mut text = format!("{kind} {what}");
            if !offered {
                text.push_str(", which no live worker offers");
            }
            if let Some((_, status)) = instance {
                let status = status.map_or_else(|| "not started yet".to_owned(), |status| status.to_string());
                text = format!("{text}, which is {status}:");
            }
            json!({
                "text": text,
                "since": since.to_string(),
                "instance": instance.as_ref().map(|(child, _)| child.as_str()),
            })
        }
        // Of a later release.
        other => of(format!("{other:?}")),
    }
}
