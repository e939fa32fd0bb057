//! Raising an event.

use axum::http::StatusCode;
use durable_core::EventName;
use durable_core::hub::Signal;

use super::lifecycle::signal;
use crate::answer::empty;
use crate::auth::{Operation, Scope};
use crate::http::{Call, json_body, says_json};
use crate::refusal::Refusal;
use crate::route::{About, Answer, Answered, Body, Method, Route};

pub(super) const ROUTES: &[Route] = &[Route {
    method: Method::Post,
    path: "/runtime/webhooks/durabletask/instances/{instanceId}/raiseEvent/{eventName}",
    scope: Scope::Event,
    operation: Some(Operation::RaiseEvent),
    about: About {
        id: "raiseEvent",
        summary: "Delivers an event. The body is its data.",
        query: &[],
        body: Body::SomeJson,
        answers: &[Answer::new(202, "It is stored.")],
    },
    handler: raise,
}];

fn raise(call: Call) -> Answered {
    Box::pin(async move {
        if !says_json(&call.headers) {
            return Err(Refusal::bad(
                "the data of an event is JSON: the content type must be `application/json`",
            ));
        }
        let name = EventName::new(call.named("eventName").unwrap_or_default())?;
        let input = json_body(&call.body)?;
        signal(&call, Signal::Event { name, input }).await?;
        Ok(empty(StatusCode::ACCEPTED))
    })
}
