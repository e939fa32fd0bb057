//! The `OpenAPI` document: every route is in it, and its examples are of the forms that it gives.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by a panic")]

use std::collections::BTreeSet;

use durable_server::{openapi_document, routes};
use serde_json::Value;
use support::{Kind, World, run, script};

#[path = "support/mod.rs"]
mod support;

/// Checks a value by as much of JSON Schema as the document uses. Returns what does not fit.
fn misfit(document: &Value, schema: &Value, value: &Value) -> Option<String> {
    if let Some(reference) = schema["$ref"].as_str() {
        let schema = document.pointer(reference.strip_prefix('#').unwrap());
        return misfit(
            document,
            schema.unwrap_or_else(|| panic!("{reference} is not there")),
            value,
        );
    }
    if let Some(forms) = schema["anyOf"].as_array() {
        let misfits: Option<Vec<String>> = forms.iter().map(|form| misfit(document, form, value)).collect();
        return misfits.map(|all| all.join("; or "));
    }
    let types: Vec<&str> = match &schema["type"] {
        Value::String(name) => vec![name],
        Value::Array(names) => names.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let is = |name: &&str| match *name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "null" => value.is_null(),
        other => panic!("the type {other} is not looked at"),
    };
    if !types.is_empty() && !types.iter().any(is) {
        return Some(format!("{value} is not of {types:?}"));
    }
    if schema["enum"]
        .as_array()
        .is_some_and(|values| !values.contains(value))
    {
        return Some(format!("{value} is none of {}", schema["enum"]));
    }
    let required = schema["required"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str);
    if let Some(name) = required
        .into_iter()
        .find(|name| value.is_object() && value.get(name).is_none())
    {
        return Some(format!("{name} is missing in {value}"));
    }
    let fields = value.as_object().into_iter().flatten();
    let of_fields = fields.filter_map(|(name, value)| {
        let schema = schema["properties"]
            .get(name)
            .or_else(|| schema.get("additionalProperties"))?;
        match schema {
            Value::Bool(true) => None,
            Value::Bool(false) => Some(format!("{name} is not allowed")),
            schema => misfit(document, schema, value),
        }
    });
    let items = value.as_array().into_iter().flatten();
    let of_items = items.filter_map(|item| misfit(document, schema.get("items")?, item));
    of_fields.chain(of_items).next()
}

#[test]
fn every_route_is_in_the_document_and_nothing_else_is() {
    let document = openapi_document("http://localhost");
    let mut described = BTreeSet::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys() {
            described.insert((method.to_uppercase(), path.clone()));
        }
    }
    let table: BTreeSet<(String, String)> = routes()
        .map(|route| (route.method.as_str().to_owned(), route.path.to_owned()))
        .collect();
    assert_eq!(described, table);
    assert_eq!(routes().count(), table.len(), "no route is there twice");
    let mut ids = BTreeSet::new();
    for operation in document["paths"]
        .as_object()
        .unwrap()
        .values()
        .flat_map(|methods| methods.as_object().unwrap().values())
    {
        let id = operation["operationId"].as_str().unwrap();
        assert!(ids.insert(id), "{id} is there twice");
        assert!(operation["responses"].get("default").is_some() && operation["x-durable-scope"].is_string());
    }
}

#[test]
fn examples_are_of_their_forms_and_the_validator_can_fail() {
    let document = openapi_document("http://localhost");
    let schemas = document["components"]["schemas"].as_object().unwrap();
    for (name, schema) in schemas {
        let examples = schema["examples"].as_array().unwrap();
        assert!(!examples.is_empty());
        for example in examples {
            assert_eq!(misfit(&document, schema, example), None, "{name}");
        }
    }
    let missing = serde_json::json!({"id": "x"});
    assert!(
        misfit(&document, &schemas["NewFence"], &missing)
            .unwrap()
            .starts_with("seconds is missing")
    );
    let more = serde_json::json!({"id": "x", "seconds": 1, "more": 1});
    assert_eq!(
        misfit(&document, &schemas["NewFence"], &more).unwrap(),
        "more is not allowed"
    );
}

/// Requests with the patterns of their routes.
#[expect(clippy::too_many_lines, reason = "a table")]
fn requests() -> [(&'static str, String, &'static str, String); 28] {
    let base = "/runtime/webhooks/durabletask";
    let fence = "{\"id\": \"a\", \"orchestrators\": [\"other\"], \"seconds\": 60}";
    [
        (
            "POST",
            format!("{base}/orchestrators/echo/e-1?timeout=60&pollingInterval=1"),
            "1",
            "/orchestrators/{functionName}/{instanceId}",
        ),
        (
            "POST",
            format!("{base}/orchestrators/waits/w-1"),
            "1",
            "/orchestrators/{functionName}/{instanceId}",
        ),
        (
            "GET",
            format!("{base}/instances/e-1?showHistory=true"),
            "",
            "/instances/{instanceId}",
        ),
        (
            "GET",
            format!("{base}/instances/w-1"),
            "",
            "/instances/{instanceId}",
        ),
        (
            "GET",
            format!("{base}/instances/nobody"),
            "",
            "/instances/{instanceId}",
        ),
        ("GET", format!("{base}/instances"), "", "/instances"),
        ("GET", "/durable/versions".to_owned(), "", "/durable/versions"),
        ("GET", "/durable/workers".to_owned(), "", "/durable/workers"),
        (
            "GET",
            "/durable/status-check?fail=true".to_owned(),
            "",
            "/durable/status-check",
        ),
        ("POST", "/durable/fences".to_owned(), fence, "/durable/fences"),
        ("GET", "/durable/fences".to_owned(), "", "/durable/fences"),
        (
            "DELETE",
            "/durable/fences/a".to_owned(),
            "",
            "/durable/fences/{fenceId}",
        ),
        (
            "GET",
            "/durable/instances/e-1/tree".to_owned(),
            "",
            "/durable/instances/{instanceId}/tree",
        ),
        ("GET", "/metrics".to_owned(), "", "/metrics"),
        ("GET", "/durable/hub/v1".to_owned(), "", "/durable/hub/v1"),
        (
            "GET",
            "/durable/hub/v1/instances/e-1".to_owned(),
            "",
            "/durable/hub/v1/instances/{instanceId}",
        ),
        (
            "GET",
            "/durable/hub/v1/instances/nobody".to_owned(),
            "",
            "/durable/hub/v1/instances/{instanceId}",
        ),
        (
            "GET",
            "/durable/hub/v1/instances/e-1/history?after=1".to_owned(),
            "",
            "/durable/hub/v1/instances/{instanceId}/history",
        ),
        (
            "GET",
            "/durable/hub/v1/instances/e-1/end".to_owned(),
            "",
            "/durable/hub/v1/instances/{instanceId}/end",
        ),
        (
            "GET",
            "/durable/hub/v1/instances/w-1/change".to_owned(),
            "",
            "/durable/hub/v1/instances/{instanceId}/change",
        ),
        (
            "POST",
            "/durable/hub/v1/query".to_owned(),
            "{}",
            "/durable/hub/v1/query",
        ),
        (
            "GET",
            "/durable/hub/v1/versions".to_owned(),
            "",
            "/durable/hub/v1/versions",
        ),
        (
            "GET",
            "/durable/hub/v1/workers".to_owned(),
            "",
            "/durable/hub/v1/workers",
        ),
        (
            "POST",
            "/durable/hub/v1/purge".to_owned(),
            "{\"id_prefix\": \"none-\"}",
            "/durable/hub/v1/purge",
        ),
        (
            "GET",
            "/durable/instances/e-1/timeline".to_owned(),
            "",
            "/durable/instances/{instanceId}/timeline",
        ),
        (
            "GET",
            "/durable/instances?newestFirst=true".to_owned(),
            "",
            "/durable/instances",
        ),
        ("GET", "/durable/session".to_owned(), "", "/durable/session"),
        (
            "DELETE",
            format!("{base}/instances/e-1"),
            "",
            "/instances/{instanceId}",
        ),
    ]
    .map(|(method, path, body, pattern)| {
        let own = pattern.starts_with("/durable") || pattern == "/metrics";
        (
            method,
            path,
            body,
            if own {
                pattern.to_owned()
            } else {
                format!("{base}{pattern}")
            },
        )
    })
}

#[test]
fn answers_are_of_the_forms_that_the_document_gives() {
    run(async {
        let world = World::open(Kind::Memory);
        let _worker = script::join(&world.hub).await;
        let served = world.ask("GET", "/durable/openapi.json").await.json();
        assert_eq!(served, openapi_document("http://localhost:7071"));
        for (method, path, body, pattern) in requests() {
            let reply = world.send(method, &path, &[], body.as_bytes().to_vec()).await;
            let responses = &served["paths"][&pattern][method.to_lowercase()]["responses"];
            let response = responses
                .get(reply.status.to_string())
                .unwrap_or(&responses["default"]);
            let media_type = reply.header("content-type").unwrap().split(';').next().unwrap();
            let schema = &response["content"][media_type]["schema"];
            assert!(
                schema.is_object(),
                "{method} {path}: no form for {}",
                reply.status
            );
            let body = match media_type {
                "application/json" => reply.json(),
                _ => Value::String(reply.text()),
            };
            assert_eq!(misfit(&served, schema, &body), None, "{method} {path}");
        }
    });
}

#[test]
fn the_documentation_lists_every_route_with_its_scope() {
    let text = include_str!("../../docs/http-api.md");
    let rows: Vec<&str> = text.lines().filter(|line| line.starts_with("| `")).collect();
    let table: Vec<String> = routes()
        .map(|route| {
            let token = if route.operation.is_some() { " yes" } else { "" };
            format!(
                "| `{} {}` | {} |{token} |",
                route.method.as_str(),
                route.path,
                route.scope
            )
        })
        .collect();
    assert_eq!(rows, table);
}
