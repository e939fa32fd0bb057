//! The status of one instance.

use axum::http::header::{LOCATION, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use durable_core::client::{ClientError, Instance};
use durable_core::hub::{InstanceRecord, InstanceStatus};

use crate::answer::{Shown, history_events, json_response, status_object};
use crate::auth::{Operation, Scope};
use crate::http::{Call, Query};
use crate::refusal::Refusal;
use crate::route::{About, Answer, Answered, Body, Method, Parameter, Route, Schema, Type};

/// What the answer tells a client to wait before it looks again: Durable Functions' number of seconds.
const LOOK_AFTER: u64 = 5;

pub(super) const ROUTES: &[Route] = &[Route {
    method: Method::Get,
    path: "/runtime/webhooks/durabletask/instances/{instanceId}",
    scope: Scope::Read,
    operation: Some(Operation::Read),
    about: About {
        id: "getStatus",
        summary: "Returns the status of an instance.",
        query: &[
            Parameter::new("showHistory", Type::Switch, "Whether its history is shown."),
            Parameter::new(
                "showHistoryOutput",
                Type::Switch,
                "Whether the history has the results.",
            ),
            Parameter::new(
                "showInput",
                Type::Switch,
                "Whether inputs are shown; they are if it is missing.",
            ),
            Parameter::new(
                "returnInternalServerErrorOnFailure",
                Type::Switch,
                "Whether an instance that has failed is answered with 500.",
            ),
        ],
        body: Body::None,
        answers: &[
            Answer::with(200, "It has ended.", Schema::Status),
            Answer::with(
                202,
                "It has not ended: look again, at `Location`.",
                Schema::Status,
            ),
            Answer::with(500, "It has failed, and 500 was asked for.", Schema::Status),
        ],
    },
    handler: get,
}];

fn get(call: Call) -> Answered {
    Box::pin(async move {
        let asked = Asked::of(&call.query)?;
        let instance = call.instance()?;
        let record = instance.status().await?;
        answer(&call, &instance, &record, &asked).await
    })
}

/// What is asked to be shown.
#[expect(clippy::struct_excessive_bools, reason = "each is a parameter of its own")]
pub(super) struct Asked {
    history: bool,
    history_output: bool,
    input: bool,
    error_on_failure: bool,
}

impl Asked {
    pub(super) fn of(query: &Query) -> Result<Self, Refusal> {
        Ok(Self {
            history: query.switch("showHistory", false)?,
            history_output: query.switch("showHistoryOutput", false)?,
            input: query.switch("showInput", true)?,
            error_on_failure: query.switch("returnInternalServerErrorOnFailure", false)?,
        })
    }
}

/// Answers with an instance's status, under the status code that tells it.
pub(super) async fn answer(
    call: &Call,
    instance: &Instance,
    record: &InstanceRecord,
    asked: &Asked,
) -> Result<Response, Refusal> {
    let mut body = status_object(record, Shown { input: asked.input });
    if asked.history
        && let Some(object) = body.as_object_mut()
    {
        object.insert(
            "historyEvents".to_owned(),
            history(instance, record, asked).await?.into(),
        );
    }
    let status = match record.status {
        InstanceStatus::Pending | InstanceStatus::Running | InstanceStatus::Suspended => StatusCode::ACCEPTED,
        InstanceStatus::Failed if asked.error_on_failure => StatusCode::INTERNAL_SERVER_ERROR,
        InstanceStatus::Failed
        | InstanceStatus::Completed
        | InstanceStatus::Canceled
        | InstanceStatus::Terminated => StatusCode::OK,
    };
    let mut response = json_response(status, &body);
    if status == StatusCode::ACCEPTED {
        let place = call.own_address(instance.id().as_str());
        let place = HeaderValue::try_from(place).map_err(|error| Refusal::internal(&error.to_string()))?;
        response.headers_mut().insert(LOCATION, place);
        response
            .headers_mut()
            .insert(RETRY_AFTER, HeaderValue::from(LOOK_AFTER));
    }
    Ok(response)
}

async fn history(
    instance: &Instance,
    record: &InstanceRecord,
    asked: &Asked,
) -> Result<Vec<serde_json::Value>, Refusal> {
    if record.status == InstanceStatus::Pending {
        return Ok(Vec::new());
    }
    match instance.history().await {
        Ok(history) => Ok(history_events(&history.events, asked.history_output, asked.input)),
        // It was purged or replaced since its record was read.
        Err(ClientError::NoExecution { .. } | ClientError::NotFound(_)) => Ok(Vec::new()),
        Err(error) => Err(error.into()),
    }
}
