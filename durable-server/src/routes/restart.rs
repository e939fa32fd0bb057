//! Starting an instance's orchestrator again.

use axum::http::StatusCode;
use durable_core::InstanceId;
use durable_core::client::ClientError;
use durable_core::random::{Entropy, SystemEntropy};

use super::start::{self, Wait};
use crate::auth::{Operation, Scope};
use crate::http::Call;
use crate::refusal::Refusal;
use crate::route::{About, Answered, Body, Method, Parameter, Route, Type};

pub(super) const ROUTES: &[Route] = &[Route {
    method: Method::Post,
    path: "/runtime/webhooks/durabletask/instances/{instanceId}/restart",
    scope: Scope::Manage,
    operation: Some(Operation::Restart),
    about: About {
        id: "restart",
        summary: "Starts the orchestrator of an instance again, with the same input and version.",
        query: &{
            let [timeout, interval, failure] = start::WAIT;
            let new = "Whether it gets an id of its own; it does if this is missing. Otherwise it takes the place of the \
                       instance, which must have ended.";
            [
                Parameter::new("restartWithNewInstanceId", Type::Switch, new),
                timeout,
                interval,
                failure,
            ]
        },
        body: Body::None,
        answers: start::ANSWERS,
    },
    handler: restart,
}];

fn restart(call: Call) -> Answered {
    Box::pin(async move {
        let wait = Wait::of(&call)?;
        let with_new_id = call.query.switch("restartWithNewInstanceId", true)?;
        let instance = call.instance()?;
        let restarted = if with_new_id {
            let now = call.client().hub().clock().now();
            instance
                .restart_as(InstanceId::draw(now, SystemEntropy.draw()).as_str())
                .await
        } else {
            instance.restart().await.map(|_| instance)
        };
        let restarted = restarted.map_err(|error| match error {
            // Durable Functions' answer, unlike everywhere else.
            ClientError::NotFound(_) => Refusal::new(StatusCode::BAD_REQUEST, "notFound", error.to_string()),
            error => error.into(),
        })?;
        start::answer(&call, &restarted, wait).await
    })
}
