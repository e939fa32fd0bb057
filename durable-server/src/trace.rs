//! The spans of requests, by the names of one table, which `docs/observability.md` shows.
//!
//! Names and attributes are those of OpenTelemetry's conventions for servers:
//! <https://opentelemetry.io/docs/specs/semconv/http/http-spans/>.

use axum::extract::Request;
use axum::http::{HeaderMap, Method, StatusCode};
use durable_core::history::TraceContext;
use durable_core::trace::table::{Attribute, SpanKind};
use durable_core::trace::{export_as, mark_failed, names};
use tracing::field::Empty;
use tracing::instrument::Instrumented;
use tracing::{Instrument as _, Span};

use crate::route::Route;

const METHOD: &str = "http.request.method";
const ROUTE: &str = "http.route";
const PATH: &str = "url.path";
const STATUS: &str = "http.response.status_code";

/// A request, from its head to its answer.
const REQUEST: SpanKind = SpanKind::new(
    ("http_request", "METHOD ROUTE"),
    "server",
    "the `traceparent` of the request, or the span around it",
    "A request, until its answer was made. What fits no route has the method alone as its name.",
    &[METHOD, ROUTE, PATH, STATUS, names::INSTANCE],
);

/// Every kind of span of the server.
pub const SPANS: &[SpanKind] = &[REQUEST];

/// Every attribute that only these spans have.
pub const ATTRIBUTES: &[Attribute] = &[
    Attribute::new(METHOD, "The method, or `_OTHER` if HTTP has none of that name."),
    Attribute::new(
        ROUTE,
        "The path of the route, with the names of its parts. Left out if it fits no route.",
    ),
    Attribute::new(
        PATH,
        "The path as it was asked for, without the query, where keys and tokens are.",
    ),
    Attribute::new(
        STATUS,
        "The status code of the answer. From 500 on, the span has failed.",
    ),
];

/// The span of one request.
#[derive(Debug)]
pub(crate) struct RequestSpan {
    span: Span,
    method: &'static str,
    /// What the caller sent along.
    given: Option<TraceContext>,
    /// The span's own context, where spans are exported.
    own: Option<TraceContext>,
    is_routed: bool,
}

impl RequestSpan {
    /// Begins a span with a request. It is not entered: what it is named after is not known yet.
    pub(crate) fn begin(request: &Request) -> Self {
        let method = known(request.method());
        let span = tracing::info_span!(
            REQUEST.span,
            otel.name = Empty,
            otel.kind = Empty,
            otel.status_code = Empty,
            otel.status_description = Empty,
            { METHOD } = method.unwrap_or("_OTHER"),
            { ROUTE } = Empty,
            { PATH } = request.uri().path(),
            { STATUS } = Empty,
            { names::INSTANCE } = Empty,
        );
        Self {
            span,
            method: method.unwrap_or("HTTP"),
            given: given(request.headers()),
            own: None,
            is_routed: false,
        }
    }

    /// Names it after its route, and notes the instance that it is about.
    pub(crate) fn routed(&mut self, route: &Route, instance: Option<&str>) {
        self.span.record(ROUTE, route.path);
        if let Some(instance) = instance {
            self.span.record(names::INSTANCE, instance);
        }
        self.is_routed = true;
        let method = self.method;
        self.export(&format_args!("{method} {}", route.path));
    }

    /// Returns what belongs to the request belongs to.
    pub(crate) fn context(&self) -> Option<TraceContext> {
        self.own.as_ref().or(self.given.as_ref()).cloned()
    }

    /// Does something as a part of the request.
    pub(crate) fn within<F: Future>(&self, part: F) -> Instrumented<F> {
        part.instrument(self.span.clone())
    }

    /// Ends it with the answer.
    pub(crate) fn end(mut self, status: StatusCode) {
        if !self.is_routed {
            let method = self.method;
            self.export(&method);
        }
        self.span.record(STATUS, status.as_u16());
        if status.is_server_error() {
            mark_failed(&self.span, status.canonical_reason().unwrap_or("failed"));
        }
    }

    fn export(&mut self, name: &dyn std::fmt::Display) {
        self.own = export_as(&self.span, &REQUEST, name, self.given.as_ref());
    }
}

/// Returns the trace that the caller sent along, if any. Whether it is one is looked at where it is used: a malformed one is
/// ignored.
fn given(headers: &HeaderMap) -> Option<TraceContext> {
    let text = |name: &str| headers.get(name)?.to_str().ok().map(str::to_owned);
    Some(TraceContext {
        traceparent: text("traceparent")?,
        tracestate: text("tracestate"),
    })
}

/// Returns a method that HTTP knows. Others may be any text, of any length.
fn known(method: &Method) -> Option<&'static str> {
    let known = [
        "GET", "POST", "DELETE", "HEAD", "OPTIONS", "PUT", "PATCH", "CONNECT", "TRACE",
    ];
    known.into_iter().find(|known| *known == method.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documentation_shows_the_spans_of_the_server_with_their_attributes() {
        let rows: Vec<&str> = include_str!("../../docs/observability.md")
            .lines()
            .skip_while(|line| *line != "### Spans of the server")
            .take_while(|line| *line != "### Export by OTLP")
            .filter(|line| line.starts_with("| `"))
            .collect();
        let spans = SPANS.iter().map(|kind| {
            let attributes: Vec<String> = kind.attributes.iter().map(|name| format!("`{name}`")).collect();
            format!(
                "| `{}` | `{}` | {} | {} | {} | {} |",
                kind.span,
                kind.exported,
                kind.kind,
                kind.parent,
                kind.meaning,
                attributes.join(", ")
            )
        });
        let attributes = ATTRIBUTES
            .iter()
            .map(|own| format!("| `{}` | {} |", own.name, own.meaning));
        assert_eq!(rows, spans.chain(attributes).collect::<Vec<_>>());
    }
}
