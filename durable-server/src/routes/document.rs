//! The `OpenAPI` document.

use axum::http::StatusCode;

use crate::answer::json_response;
use crate::auth::Scope;
use crate::http::Call;
use crate::openapi;
use crate::route::{About, Answer, Answered, Body, Method, Route, Schema};

pub(super) const ROUTES: &[Route] = &[Route {
    method: Method::Get,
    path: "/durable/openapi.json",
    scope: Scope::Read,
    operation: None,
    about: About {
        id: "getDocument",
        summary: "Returns this document.",
        query: &[],
        body: Body::None,
        answers: &[Answer::with(200, "The document.", Schema::Document)],
    },
    handler: document,
}];

fn document(call: Call) -> Answered {
    Box::pin(async move { Ok(json_response(StatusCode::OK, &openapi::document(&call.base))) })
}
