//! What is measured, as Prometheus reads it.

use std::sync::Arc;

use crate::answer::text_response;
use crate::auth::Scope;
use crate::http::Call;
use crate::metrics::expose;
use crate::route::{About, Answer, Answered, Body, Method, Route, Schema};

/// Prometheus' own text format. A scraper that would rather have `OpenMetrics` takes it as well, and so nothing is
/// negotiated: what the program adds is in this format.
const MEDIA_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

pub(super) const ROUTES: &[Route] = &[Route {
    method: Method::Get,
    path: "/metrics",
    scope: Scope::Read,
    operation: None,
    about: About {
        id: "getMetrics",
        summary: "Returns what is measured of the hub and the server, in Prometheus' text format.",
        query: &[],
        body: Body::None,
        answers: &[Answer::with(200, "The figures.", Schema::Exposition)],
    },
    handler: metrics,
}];

fn metrics(call: Call) -> Answered {
    Box::pin(async move {
        let (client, limits) = (call.client().clone(), &call.settings().limits);
        let figures = Arc::clone(&call.shared.figures)
            .latest(client, limits.figures)
            .await;
        let exposition = call.settings().exposition.as_ref();
        let text = expose(&figures, &call.shared.requests, exposition);
        Ok(text_response(MEDIA_TYPE, text))
    })
}
