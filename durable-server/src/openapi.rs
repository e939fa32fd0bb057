//! The `OpenAPI` 3.1 document, made from the table of routes.

mod example;
mod hub;
mod pattern;
mod schema;

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::route::{Answer, BASE, Body, Parameter, Route, Schema, Type, table};

/// Makes the document, for a server whose routes are reached under an address such as `http://127.0.0.1:7071`.
pub fn document(server: &str) -> Value {
    let mut paths: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
    for route in table() {
        let methods = paths.entry(route.path).or_default();
        methods.insert(route.method.as_str().to_ascii_lowercase(), operation(route));
    }
    let schemas: Map<String, Value> = Schema::all()
        .map(|name| {
            let mut schema = schema::of(name);
            if let Some(object) = schema.as_object_mut() {
                object.insert("examples".to_owned(), json!([example::of(name)]));
            }
            (name.name(), schema)
        })
        .collect();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Durable functions: management API",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Durable Functions' management API, and what a deployment asks.",
        },
        "servers": [{"url": server}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "header": {"type": "apiKey", "in": "header", "name": "x-functions-key"},
                "query": {"type": "apiKey", "in": "query", "name": "code"},
                "bearer": {"type": "http", "scheme": "bearer"},
            },
        },
        // One of these, or none where no keys are needed.
        "security": [{"header": []}, {"query": []}, {"bearer": []}, {}],
    })
}

fn operation(route: &Route) -> Value {
    let about = &route.about;
    let mut parameters: Vec<Value> = route.pattern().names().map(in_path).collect();
    parameters.extend(about.query.iter().map(in_query));
    if route.path.starts_with(BASE) {
        parameters.push(in_query(&Parameter::new(
            "taskHub",
            Type::Text,
            "The name of the hub; 404 if it is another's.",
        )));
        parameters.push(in_query(&Parameter::new(
            "connection",
            Type::Text,
            "Not looked at.",
        )));
    }
    let mut operation = json!({
        "operationId": about.id,
        "summary": about.summary,
        "description": scope_text(route),
        "parameters": parameters,
        "responses": responses(about.answers),
        "x-durable-scope": route.scope,
    });
    if let (Some(body), Some(object)) = (body(about.body), operation.as_object_mut()) {
        object.insert("requestBody".to_owned(), body);
    }
    operation
}

fn scope_text(route: &Route) -> String {
    match route.operation {
        Some(_) => format!(
            "Needs a key with the scope `{}`, or a token of the instance for it.",
            route.scope
        ),
        None => format!("Needs a key with the scope `{}`.", route.scope),
    }
}

fn in_path(name: &str) -> Value {
    let schema = match name {
        "instanceId" => pattern::instance_id(),
        "functionName" => pattern::function_name(),
        "eventName" => pattern::event_name(),
        "fenceId" => pattern::fence_id(),
        _ => json!({"type": "string", "minLength": 1}),
    };
    json!({"name": name, "in": "path", "required": true, "schema": schema})
}

fn in_query(parameter: &Parameter) -> Value {
    let schema = match parameter.ty {
        Type::Text => json!({"type": "string"}),
        Type::Statuses => pattern::statuses(&[
            "Running",
            "Completed",
            "ContinuedAsNew",
            "Failed",
            "Canceled",
            "Terminated",
            "Pending",
            "Suspended",
        ]),
        Type::LiveStatuses => pattern::statuses(&["pending", "running", "suspended", "failed"]),
        Type::Codes => pattern::codes(),
        Type::Switch => json!({"type": "boolean"}),
        Type::Count => json!({"type": "integer", "minimum": 1, "maximum": u32::MAX}),
        Type::Seconds => json!({"type": "number", "minimum": 0, "maximum": u32::MAX}),
        Type::Moment => json!({"type": "string", "format": "date-time"}),
        Type::Version => pattern::version(),
        Type::Name => pattern::function_name(),
        Type::Tag => pattern::tag(),
    };
    json!({
        "name": parameter.name,
        "in": "query",
        "required": parameter.required,
        "description": parameter.about,
        "schema": schema,
    })
}

fn body(body: Body) -> Option<Value> {
    let (required, schema) = match body {
        Body::None => return None,
        Body::AnyJson => (false, json!({})),
        Body::SomeJson => (true, json!({})),
        Body::Of(schema) | Body::Whole(schema) => (true, reference(schema)),
    };
    Some(json!({"required": required, "content": {"application/json": {"schema": schema}}}))
}

fn responses(answers: &[Answer]) -> Value {
    let mut responses = Map::new();
    for answer in answers {
        let mut response = json!({"description": answer.about});
        if let (Some(schema), Some(object)) = (answer.schema, response.as_object_mut()) {
            object.insert(
                "content".to_owned(),
                json!({schema.media_type(): {"schema": reference(schema)}}),
            );
        }
        responses.insert(answer.status.to_string(), response);
    }
    let refused = json!({
        "description": "It was refused; the body says why.",
        "content": {"application/json": {"schema": reference(Schema::Error)}},
    });
    responses.insert("default".to_owned(), refused);
    Value::Object(responses)
}

fn reference(schema: Schema) -> Value {
    json!({"$ref": format!("#/components/schemas/{}", schema.name())})
}
