//! What tests compare of a span.

use std::collections::BTreeMap;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::trace::v1::Span;

/// A span that was sent.
#[derive(Debug, Clone)]
pub struct Seen {
    /// `service.name` of its resource.
    pub service: String,
    /// Its name.
    pub name: String,
    /// The number of its kind in the protocol's enumeration: 2 is `SPAN_KIND_SERVER`.
    pub kind: i32,
    /// The id of its trace, 16 bytes.
    pub trace: Vec<u8>,
    /// Its id, 8 bytes.
    pub id: Vec<u8>,
    /// The id of its parent; empty if it has none.
    pub parent: Vec<u8>,
    /// Its attributes, as texts.
    pub attributes: BTreeMap<String, String>,
    /// Whether its status is `STATUS_CODE_ERROR`.
    pub is_error: bool,
}

/// Returns the one span of a name.
///
/// # Panics
///
/// If there is none, or more than one.
pub fn only<'a>(spans: &'a [Seen], name: &str) -> &'a Seen {
    let found: Vec<&Seen> = spans.iter().filter(|span| span.name == name).collect();
    assert_eq!(found.len(), 1, "{name} in {spans:#?}");
    found[0]
}

/// Reads the spans of a request.
pub(crate) fn seen(sent: ExportTraceServiceRequest) -> Vec<Seen> {
    let mut found = Vec::new();
    for of_resource in sent.resource_spans {
        let resource = texts(&of_resource.resource.unwrap().attributes);
        let service = resource.get("service.name").expect("a service has a name");
        let spans = of_resource.scope_spans.into_iter().flat_map(|scope| scope.spans);
        found.extend(spans.map(|span| one(service, span)));
    }
    found
}

fn one(service: &str, span: Span) -> Seen {
    /// `STATUS_CODE_ERROR`
    const ERROR: i32 = 2;
    Seen {
        service: service.to_owned(),
        attributes: texts(&span.attributes),
        name: span.name,
        kind: span.kind,
        trace: span.trace_id,
        id: span.span_id,
        parent: span.parent_span_id,
        is_error: span.status.is_some_and(|status| status.code == ERROR),
    }
}

fn texts(attributes: &[KeyValue]) -> BTreeMap<String, String> {
    let text = |value: &Option<AnyValue>| match value.as_ref().and_then(|value| value.value.as_ref()) {
        Some(Value::StringValue(text)) => text.clone(),
        Some(Value::IntValue(number)) => number.to_string(),
        Some(Value::BoolValue(is_so)) => is_so.to_string(),
        other => panic!("no attribute of ours is {other:?}"),
    };
    let pairs = attributes
        .iter()
        .map(|pair| (pair.key.clone(), text(&pair.value)));
    pairs.collect()
}
