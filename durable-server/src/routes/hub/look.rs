//! What is only asked.

use durable_core::ExecutionId;
use durable_core::hub::LoadedHistory;
use durable_core::hub::wire::{Description, Found, HistoryPart};

use super::{hub, instance, query, told};
use crate::auth::Scope;
use crate::http::Call;
use crate::refusal::Refusal;
use crate::route::{About, Answer, Answered, Body, HubForm, Method, Parameter, Route, Schema, Type};

/// Makes a route that looks.
const fn route(method: Method, path: &'static str, about: About, handler: fn(Call) -> Answered) -> Route {
    Route {
        method,
        path,
        scope: Scope::Read,
        operation: None,
        about,
        handler,
    }
}

const fn about(
    id: &'static str,
    summary: &'static str,
    query: &'static [Parameter],
    body: Body,
    answers: &'static [Answer],
) -> About {
    About {
        id,
        summary,
        query,
        body,
        answers,
    }
}

pub(in crate::routes) const ROUTES: &[Route] = &[
    route(
        Method::Get,
        "/durable/hub/v1",
        about(
            "describeHub",
            "Says what the hub can do, and what its clock shows.",
            &[],
            Body::None,
            &[Answer::with(
                200,
                "What it is.",
                Schema::Hub(HubForm::Description),
            )],
        ),
        describe,
    ),
    route(
        Method::Get,
        "/durable/hub/v1/instances/{instanceId}",
        about(
            "getRecord",
            "Returns everything that the hub knows of an instance.",
            &[],
            Body::None,
            &[Answer::with(
                200,
                "Its record; `null` if there is none.",
                Schema::Hub(HubForm::Found),
            )],
        ),
        get,
    ),
    route(
        Method::Get,
        "/durable/hub/v1/instances/{instanceId}/history",
        about(
            "getHistory",
            "Returns the history of an instance's current execution, as it is stored, part by part.",
            &[
                Parameter::new(
                    "execution",
                    Type::Text,
                    "The execution; `null` is answered if another is current.",
                ),
                Parameter::new("after", Type::Count, "How many events come before this part."),
            ],
            Body::None,
            &[Answer::with(
                200,
                "A part of it; `null` if there is none.",
                Schema::Hub(HubForm::HistoryPart),
            )],
        ),
        history,
    ),
    route(
        Method::Post,
        "/durable/hub/v1/query",
        about(
            "queryRecords",
            "Lists records by all filters of the hub, a page at a time.",
            &[],
            Body::Of(Schema::Hub(HubForm::Query)),
            &[Answer::with(200, "A page.", Schema::Hub(HubForm::Page))],
        ),
        list,
    ),
    route(
        Method::Get,
        "/durable/hub/v1/versions",
        about(
            "hubVersions",
            "Counts instances by orchestrator and version, in the hub's own form.",
            &[],
            Body::None,
            &[Answer::with(200, "The counts.", Schema::Hub(HubForm::Versions))],
        ),
        versions,
    ),
    route(
        Method::Get,
        "/durable/hub/v1/workers",
        about(
            "hubWorkers",
            "Lists the workers that are alive, in the hub's own form.",
            &[],
            Body::None,
            &[Answer::with(200, "The workers.", Schema::Hub(HubForm::Workers))],
        ),
        workers,
    ),
];

fn describe(call: Call) -> Answered {
    Box::pin(async move {
        let hub = hub(&call);
        told(Ok(Description {
            capabilities: hub.capabilities(),
            now: hub.clock().now(),
            release: env!("CARGO_PKG_VERSION").to_owned(),
        }))
    })
}

fn get(call: Call) -> Answered {
    Box::pin(async move {
        let record = hub(&call).get(&instance(&call)?).await;
        told(record.map(|record| Found { record }))
    })
}

fn list(call: Call) -> Answered {
    Box::pin(async move { told(hub(&call).query(query(&call)?).await) })
}

fn versions(call: Call) -> Answered {
    Box::pin(async move { told(hub(&call).version_counts().await) })
}

fn workers(call: Call) -> Answered {
    Box::pin(async move { told(hub(&call).workers().await) })
}

fn history(call: Call) -> Answered {
    Box::pin(async move {
        let instance = instance(&call)?;
        let execution = execution(&call)?;
        let after: usize = call.query.read("after")?.unwrap_or(0);
        let found = hub(&call).history(&instance, execution.as_ref()).await;
        let events = call.settings().limits.events;
        told(found.map(|history| part(history, after, events)))
    })
}

/// Reads the execution that is asked for.
pub(super) fn execution(call: &Call) -> Result<Option<ExecutionId>, Refusal> {
    let text = call.query.first("execution").filter(|text| !text.is_empty());
    Ok(text.map(ExecutionId::new).transpose()?)
}

/// Cuts at most so many events out of a history.
fn part(history: Option<LoadedHistory>, after: usize, events: usize) -> HistoryPart {
    let mut next = None;
    let history = history.map(|mut history| {
        let end = after.saturating_add(events.max(1));
        if history.events.len() > end {
            next = u64::try_from(end).ok();
        }
        history.events.truncate(end);
        history.events.drain(..after.min(history.events.len()));
        history
    });
    HistoryPart { history, next }
}
