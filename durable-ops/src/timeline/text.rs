//! Items as a table, and as JSON.

use durable_core::{Payload, Timestamp};
use serde_json::{Value, json};

use super::{Item, ItemOutcome};
use crate::table::{self, Cell, Table};
use crate::{clean, form, span};

/// Returns items as a table, with times since the first.
pub(crate) fn table(items: &[Item], full: bool) -> String {
    let begin = items.first().map_or(Timestamp::from_micros(0), |item| item.at);
    let mut table = Table::new(["AT", "TOOK", "WHAT", "", "OUTCOME"]).right([0, 1]);
    for item in items {
        let took = item.took().map_or_else(String::new, span::text);
        table.push([
            format!("+{}", span::text(item.at.saturating_since(begin))).into(),
            took.into(),
            kind(item),
            clean::short(&what(item), full).into(),
            outcome(item, full),
        ]);
    }
    table.text()
}

fn kind(item: &Item) -> Cell {
    let cell = Cell::from(item.kind);
    match item.kind {
        "completed" => cell.coloured(table::GREEN),
        "failed" | "terminated" => cell.coloured(table::RED),
        "canceled" | "suspended" | "asked to cancel" => cell.coloured(table::YELLOW),
        _ => cell,
    }
}

/// Returns what it is about, and which attempt it is.
fn what(item: &Item) -> String {
    let mut text = item.what.clone();
    if let Some(attempt) = item.attempt {
        let most = attempt
            .most
            .map_or_else(String::new, |most| format!(" of {most}"));
        if attempt.number > 1 || attempt.most != Some(1) {
            text = format!("{text}, attempt {}{most}", attempt.number);
        }
    }
    match &item.instance {
        Some(instance) if item.kind == "event sent" => format!("{text} to {instance}"),
        Some(instance) => format!("{text} as {instance}"),
        None => text,
    }
}

fn outcome(item: &Item, full: bool) -> Cell {
    let payload = |payload: &Payload| clean::payload(payload, full);
    let input = item.input.as_ref().map(payload).unwrap_or_default();
    let behind = |text: String| {
        if input.is_empty() {
            text
        } else {
            format!("{input} → {text}")
        }
    };
    match &item.outcome {
        ItemOutcome::Happened => Cell::from(input),
        ItemOutcome::Open => Cell::from(behind("…".to_owned())).coloured(table::YELLOW),
        ItemOutcome::Done(Some(value)) => Cell::from(behind(payload(value))),
        ItemOutcome::Done(None) => Cell::from("fired"),
        ItemOutcome::Failed(failure) => {
            Cell::from(behind(clean::short(&failure.to_string(), full))).coloured(table::RED)
        }
        ItemOutcome::TimedOut => Cell::from(behind("out of time".to_owned())).coloured(table::RED),
        ItemOutcome::Left => Cell::from(behind("not waited for any more".to_owned())),
    }
}

/// Returns an item as JSON.
pub(crate) fn as_json(item: &Item) -> Value {
    let value = match &item.outcome {
        ItemOutcome::Done(value) => value.as_ref().map(form::payload),
        _ => None,
    };
    let failure = match &item.outcome {
        ItemOutcome::Failed(failure) => Some(form::failure(failure)),
        _ => None,
    };
    json!({
        "step": item.step,
        "at": item.at.to_string(),
        "kind": item.kind,
        "what": item.what,
        "task": item.task.map(|task| task.0),
        "instance": item.instance.as_ref().map(durable_core::InstanceId::as_str),
        "input": item.input.as_ref().map(form::payload),
        "attempt": item.attempt.map(|attempt| attempt.number),
        "attempts_max": item.attempt.and_then(|attempt| attempt.most),
        "ended_at": form::moment(item.ended_at),
        "outcome": item.outcome.name(),
        "value": value,
        "failure": failure,
    })
}
