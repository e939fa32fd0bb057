//! What an instance did, step by step, and what it waits for; and a long poll for what changes.

use std::time::Duration;

use axum::http::StatusCode;
use durable_core::client::{Client, Instance};
use durable_core::history::Event;
use durable_core::hub::InstanceRecord;
use durable_core::timeline::{Item, ItemOutcome, read, waits_for};
use serde_json::{Value, json};

use crate::answer::{empty, json_response};
use crate::auth::{Operation, Scope};
use crate::dashboard::{mark, step, wait, whole};
use crate::http::Call;
use crate::refusal::Refusal;
use crate::route::{About, Answer, Answered, Body, Method, Parameter, Route, Schema, Type};

/// The most bytes of a payload in the list of steps, and of one that is asked for by itself.
const SHORT: usize = 200;
const LONG: usize = 256 * 1024;

/// The most open steps that are told as what it waits for: each may cost a look at another instance.
const WAITS: usize = 20;

pub(super) const ROUTES: &[Route] = &[Route {
    method: Method::Get,
    path: "/durable/instances/{instanceId}/timeline",
    scope: Scope::Read,
    operation: Some(Operation::Read),
    about: About {
        id: "getTimeline",
        summary: "Shows an instance with what it did: an item for each call, timer and event, and what it waits for.",
        query: &[
            Parameter::new(
                "known",
                Type::Text,
                "The `mark` of an answer: this one waits until something differs.",
            ),
            Parameter::new(
                "timeout",
                Type::Seconds,
                "How long it waits before it answers that nothing has changed.",
            ),
            Parameter::new(
                "execution",
                Type::Text,
                "The `execution` of an answer; with `events`, only items are told that have changed since.",
            ),
            Parameter::new("events", Type::Count, "The `events` of that answer."),
            Parameter::new(
                "step",
                Type::Count,
                "Only the item of this step, with its payloads in full.",
            ),
        ],
        body: Body::None,
        answers: &[
            Answer::with(200, "The instance and its items.", Schema::Timeline),
            Answer::new(204, "Nothing has changed in that time."),
        ],
    },
    handler: timeline,
}];

fn timeline(call: Call) -> Answered {
    Box::pin(async move {
        let instance = call.instance()?;
        let events_known: Option<usize> = call.query.read("events")?;
        let only: Option<usize> = call.query.read("step")?;
        let Some(record) = changed(&call, &instance).await? else {
            return Ok(empty(StatusCode::NO_CONTENT));
        };
        // An instance that has made no turn has no history yet.
        let history = call
            .client()
            .hub()
            .history(&record.instance, Some(&record.execution))
            .await?;
        let events = history.map(|history| history.events).unwrap_or_default();
        let items = read(&events);
        let since = events_known
            .filter(|_| call.query.first("execution") == Some(record.execution.as_str()))
            .filter(|known| *known <= events.len());
        let told: Vec<Value> = match only {
            Some(only) => items
                .iter()
                .filter(|item| item.step == only)
                .map(|item| step(item, LONG))
                .collect(),
            None => items
                .iter()
                .filter(|item| since.is_none_or(|known| item.changed >= known))
                .map(|item| step(item, SHORT))
                .collect(),
        };
        let waits = waits(call.client(), &record, items).await?;
        Ok(json_response(
            StatusCode::OK,
            &answer(&record, &events, since.is_none(), &told, &waits),
        ))
    })
}

fn answer(
    record: &InstanceRecord,
    events: &[Event],
    complete: bool,
    items: &[Value],
    waits: &[Value],
) -> Value {
    json!({
        "mark": mark(record),
        "instance": whole(record),
        "events": events.len(),
        "whole": complete,
        "items": items,
        "waits": waits,
    })
}

/// Waits until the instance is not as it is known, if that is asked for. `None` if it stays so.
async fn changed(call: &Call, instance: &Instance) -> Result<Option<InstanceRecord>, Refusal> {
    let Some(known) = call.query.first("known").filter(|known| !known.is_empty()) else {
        return Ok(Some(instance.status().await?));
    };
    let asked = call.query.seconds("timeout")?.unwrap_or_default();
    let time: Duration = asked.min(call.settings().limits.wait);
    let differs = |record: &InstanceRecord| mark(record) != known;
    match tokio::time::timeout(time, instance.wait_until(differs)).await {
        Ok(record) => Ok(Some(record?)),
        Err(_) => Ok(None),
    }
}

async fn waits(client: &Client, record: &InstanceRecord, items: Vec<Item>) -> Result<Vec<Value>, Refusal> {
    let mut open: Vec<Item> = items
        .into_iter()
        .filter(|item| item.outcome == ItemOutcome::Open)
        .collect();
    let more = open.len().saturating_sub(WAITS);
    open.truncate(WAITS);
    let mut told: Vec<Value> = waits_for(client, record, &open).await?.iter().map(wait).collect();
    if more > 0 {
        told.push(json!({"text": format!("{more} further steps"), "since": null, "instance": null}));
    }
    Ok(told)
}
