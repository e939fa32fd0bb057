//! Starting an instance, and waiting for its end.

use std::collections::BTreeSet;
use std::time::Duration;

use axum::http::header::{LOCATION, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use durable_core::client::{Client, ClientError, Instance};
use durable_core::hub::InstanceStatus;
use durable_core::{Payload, Version, WireName};

use super::status::{self, Asked};
use crate::answer::{empty, json_response, value_of};
use crate::auth::Scope;
use crate::http::{Call, json_body};
use crate::refusal::Refusal;
use crate::route::{About, Answer, Answered, Body, Method, Parameter, Route, Schema, Type};

/// What the answer to a start tells a client to wait before it looks: Durable Functions' number of seconds.
const LOOK_AFTER: u64 = 10;

pub(super) const WAIT: [Parameter; 3] = [
    Parameter::new(
        "timeout",
        Type::Seconds,
        "Together with `pollingInterval`: how long to wait for the end, in seconds.",
    ),
    Parameter::new(
        "pollingInterval",
        Type::Seconds,
        "Together with `timeout`; not longer than it. The end is noticed at once.",
    ),
    Parameter::new(
        "returnInternalServerErrorOnFailure",
        Type::Switch,
        "Whether an instance that has failed by then is answered with 500.",
    ),
];

const QUERY: &[Parameter] = &{
    let [timeout, interval, failure] = WAIT;
    let version = "The version to start; otherwise that of the policy. An extension.";
    [
        timeout,
        interval,
        failure,
        Parameter::new("version", Type::Version, version),
    ]
};

pub(super) const ANSWERS: &[Answer] = &[
    Answer::with(202, "It was started, and has not ended.", Schema::CheckStatus),
    Answer::with(
        200,
        "It was waited for and has completed: its output. Another end: its status.",
        Schema::AnyValue,
    ),
];

const fn about(id: &'static str, summary: &'static str) -> About {
    About {
        id,
        summary,
        query: QUERY,
        body: Body::AnyJson,
        answers: ANSWERS,
    }
}

pub(super) const ROUTES: &[Route] = &[
    Route {
        method: Method::Post,
        path: "/runtime/webhooks/durabletask/orchestrators/{functionName}",
        scope: Scope::Start,
        operation: None,
        about: about("startInstance", "Starts an instance. The body is its input."),
        handler: start,
    },
    Route {
        method: Method::Post,
        path: "/runtime/webhooks/durabletask/orchestrators/{functionName}/{instanceId}",
        scope: Scope::Start,
        operation: None,
        about: about(
            "startInstanceWithId",
            "Starts an instance with an id of one's own. The body is its input.",
        ),
        handler: start,
    },
];

fn start(call: Call) -> Answered {
    Box::pin(async move {
        let wait = Wait::of(&call)?;
        let version: Option<Version> = call.query.read("version")?;
        let input = if call.body.is_empty() {
            Payload::unit()
        } else {
            json_body(&call.body)?
        };
        let name = WireName::new(call.named("functionName").unwrap_or_default())?;
        let mut start = call.client().start_named(name.as_str(), input);
        if let Some(version) = version {
            start = start.version(version);
        }
        if let Some(id) = call.named("instanceId") {
            call.client().instance(id)?;
            start = start.id(id);
        }
        if let Some(context) = &call.trace {
            start = start.in_trace(context.clone());
        }
        check_known(call.client(), &name).await?;
        let instance = start.await?;
        answer(&call, &instance, wait).await
    })
}

/// How long to wait for the end.
pub(super) struct Wait(Option<Duration>);

impl Wait {
    /// Reads what is asked for. With one of the two parameters alone nothing is waited for.
    pub(super) fn of(call: &Call) -> Result<Self, Refusal> {
        match (
            call.query.seconds("timeout")?,
            call.query.seconds("pollingInterval")?,
        ) {
            (Some(timeout), Some(interval)) if timeout < interval => Err(Refusal::bad(
                "the parameter `timeout` is shorter than `pollingInterval`",
            )),
            (Some(timeout), Some(_)) => Ok(Self(Some(timeout.min(call.settings().limits.wait)))),
            (Some(_) | None, Some(_) | None) => Ok(Self(None)),
        }
    }
}

/// Answers a start: with the end if it was waited for and has come, else with where to look.
pub(super) async fn answer(call: &Call, instance: &Instance, wait: Wait) -> Result<Response, Refusal> {
    let asked = Asked::of(&call.query)?;
    if let Wait(Some(wait)) = wait
        && let Ok(ended) = tokio::time::timeout(wait, instance.wait_ended()).await
    {
        let record = ended?;
        return match record.status {
            InstanceStatus::Completed => match &record.output {
                Some(output) => Ok(json_response(StatusCode::OK, &value_of(output))),
                None => Ok(empty(StatusCode::OK)),
            },
            InstanceStatus::Pending
            | InstanceStatus::Running
            | InstanceStatus::Suspended
            | InstanceStatus::Failed
            | InstanceStatus::Canceled
            | InstanceStatus::Terminated => status::answer(call, instance, &record, &asked).await,
        };
    }
    let id = instance.id().as_str();
    let (body, place) = call.with_addresses(|addresses| (addresses.check_status(id), addresses.status(id)));
    let mut response = json_response(StatusCode::ACCEPTED, &body);
    let place = HeaderValue::try_from(place).map_err(|error| Refusal::internal(&error.to_string()))?;
    response.headers_mut().insert(LOCATION, place);
    response
        .headers_mut()
        .insert(RETRY_AFTER, HeaderValue::from(LOOK_AFTER));
    Ok(response)
}

/// Refuses a name that nobody knows: it would wait for ever. While no worker is there at all, as in a deployment, any name
/// may be one of those that are to come.
async fn check_known(client: &Client, name: &WireName) -> Result<(), Refusal> {
    if client.knows(name) {
        return Ok(());
    }
    let workers = client.workers().await?;
    let offered: BTreeSet<&WireName> = workers
        .iter()
        .flat_map(|worker| worker.orchestrators.iter().map(|code| &code.name))
        .collect();
    if workers.is_empty() || offered.contains(name) || has_instances(client, name).await? {
        return Ok(());
    }
    let known: Vec<String> = offered.into_iter().map(ToString::to_string).collect();
    Err(Refusal::new(
        StatusCode::BAD_REQUEST,
        "unknownFunction",
        format!("no worker has an orchestrator `{name}`, and none of that name was ever started"),
    )
    .with_help(format!("the workers have: {}", known.join(", "))))
}

async fn has_instances(client: &Client, name: &WireName) -> Result<bool, ClientError> {
    let page = client.query().name(name).page_size(1).page(None).await?;
    Ok(!page.items.is_empty())
}
