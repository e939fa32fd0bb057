//! Entities, which this release does not have.

use axum::http::StatusCode;

use crate::auth::Scope;
use crate::http::Call;
use crate::refusal::Refusal;
use crate::route::{About, Answered, Body, Method, Route};

const fn route(method: Method, path: &'static str, scope: Scope, id: &'static str) -> Route {
    Route {
        method,
        path,
        scope,
        operation: None,
        about: About {
            id,
            summary: "Entities are not there yet: answered with 501.",
            query: &[],
            body: Body::None,
            answers: &[],
        },
        handler: absent,
    }
}

const ALL: &str = "/runtime/webhooks/durabletask/entities";
const NAMED: &str = "/runtime/webhooks/durabletask/entities/{entityName}";
const ONE: &str = "/runtime/webhooks/durabletask/entities/{entityName}/{entityKey}";

pub(super) const ROUTES: &[Route] = &[
    route(Method::Get, ALL, Scope::Read, "listEntities"),
    route(Method::Get, NAMED, Scope::Read, "listEntitiesOfName"),
    route(Method::Get, ONE, Scope::Read, "getEntity"),
    route(Method::Post, ONE, Scope::Event, "signalEntity"),
    route(Method::Delete, ONE, Scope::Manage, "deleteEntity"),
];

fn absent(_call: Call) -> Answered {
    Box::pin(async {
        let text = "this release has no entities";
        Err(Refusal::new(StatusCode::NOT_IMPLEMENTED, "notImplemented", text)
            .with_help("keep the state in an orchestrator that takes events and continues as new"))
    })
}
