//! Removing ended instances.

use axum::http::StatusCode;
use axum::response::Response;
use durable_core::client::ClientError;
use durable_core::hub::HubErrorKind;
use serde_json::json;
use tokio::time::Instant;

use super::query_filter::{self, CREATED_FROM, CREATED_TO, STATUS};
use crate::answer::json_response;
use crate::auth::{Operation, Scope};
use crate::http::Call;
use crate::refusal::Refusal;
use crate::route::{About, Answer, Answered, Body, Method, Route, Schema};

/// How many instances are removed at once: others' requests are done in between.
const PIECE: usize = 500;

pub(super) const ROUTES: &[Route] = &[
    Route {
        method: Method::Delete,
        path: "/runtime/webhooks/durabletask/instances/{instanceId}",
        scope: Scope::Manage,
        operation: Some(Operation::Purge),
        about: About {
            id: "purgeInstance",
            summary: "Removes an ended instance with its history, and its ended sub-orchestrations.",
            query: &[],
            body: Body::None,
            answers: &[Answer::with(200, "It was removed.", Schema::Purged)],
        },
        handler: purge_one,
    },
    Route {
        method: Method::Delete,
        path: "/runtime/webhooks/durabletask/instances",
        scope: Scope::Manage,
        operation: None,
        about: About {
            id: "purgeInstances",
            summary: "Removes the ended instances that match.",
            query: &[CREATED_FROM.required(), CREATED_TO, STATUS],
            body: Body::None,
            answers: &[Answer::with(
                200,
                "How many were removed. If time ran out before all were, `complete` is false: ask again.",
                Schema::Purged,
            )],
        },
        handler: purge_matching,
    },
];

fn purge_one(call: Call) -> Answered {
    Box::pin(async move {
        let report = call.instance()?.purge().await.map_err(|error| match error {
            ClientError::Hub(conflict) if conflict.kind() == HubErrorKind::Conflict => {
                Refusal::from(conflict).with_help("only ended instances are removed: terminate it first")
            }
            error => error.into(),
        })?;
        Ok(answer(report.purged, true))
    })
}

fn purge_matching(call: Call) -> Answered {
    Box::pin(async move {
        // An answer is to be given before the request's time is over.
        let until = Instant::now() + call.settings().limits.time / 4 * 3;
        if call
            .query
            .first("createdTimeFrom")
            .is_none_or(|text| text.trim().is_empty())
        {
            return Err(Refusal::bad("the parameter `createdTimeFrom` is missing")
                .with_help("it guards against removing everything; `1970-01-01` is everything"));
        }
        let Some(mut query) = query_filter::read(&call.query)? else {
            return Err(nothing());
        };
        query.page_size = Some(PIECE);
        let mut purged = 0;
        loop {
            let report = call.client().hub().purge_matching(query.clone()).await?;
            purged += report.purged;
            let complete = report.complete || report.purged == 0;
            match (complete, purged) {
                (true, 0) => return Err(nothing()),
                (true, _) => return Ok(answer(purged, true)),
                (false, _) if Instant::now() >= until => return Ok(answer(purged, false)),
                (false, _) => {}
            }
        }
    })
}

fn answer(purged: u64, complete: bool) -> Response {
    let body = if complete {
        json!({"instancesDeleted": purged})
    } else {
        json!({"instancesDeleted": purged, "complete": false})
    };
    json_response(StatusCode::OK, &body)
}

fn nothing() -> Refusal {
    Refusal::not_found("no ended instance matches")
}
