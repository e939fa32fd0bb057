//! Who asks: what a page needs to know to offer only what is allowed.

use axum::http::StatusCode;
use serde_json::json;

use crate::answer::json_response;
use crate::auth::Scope;
use crate::http::Call;
use crate::route::{About, Answer, Answered, Body, Method, Route, Schema};

pub(super) const ROUTES: &[Route] = &[Route {
    method: Method::Get,
    path: "/durable/session",
    scope: Scope::Read,
    operation: None,
    about: About {
        id: "getSession",
        summary: "Tells what the key allows, and which hub is served.",
        query: &[],
        body: Body::None,
        answers: &[Answer::with(200, "What is allowed.", Schema::Session)],
    },
    handler: session,
}];

fn session(call: Call) -> Answered {
    Box::pin(async move {
        Ok(json_response(
            StatusCode::OK,
            &json!({
                "hub": call.settings().hub_name,
                "release": env!("CARGO_PKG_VERSION"),
                "scopes": call.caller.scopes(),
                "listedByTime": call.client().hub().capabilities().listed_by_time,
            }),
        ))
    })
}
