//! An instance with its sub-orchestrations.

use std::collections::{BTreeSet, VecDeque};

use axum::http::StatusCode;
use durable_core::InstanceId;
use durable_core::client::{Client, ClientError};
use durable_core::history::EventKind;
use durable_core::hub::InstanceRecord;
use serde_json::{Value, json};

use crate::answer::{json_response, runtime_status, whole_seconds};
use crate::auth::Scope;
use crate::http::Call;
use crate::refusal::Refusal;
use crate::route::{About, Answer, Answered, Body, Method, Route, Schema};

pub(super) const ROUTES: &[Route] = &[Route {
    method: Method::Get,
    path: "/durable/instances/{instanceId}/tree",
    // It shows other instances too, so a token of one will not do.
    scope: Scope::Read,
    operation: None,
    about: About {
        id: "getTree",
        summary: "Shows an instance with its sub-orchestrations, each with the place of its parent in the list.",
        query: &[],
        body: Body::None,
        answers: &[Answer::with(
            200,
            "The instances, parents before their children.",
            Schema::Tree,
        )],
    },
    handler: tree,
}];

fn tree(call: Call) -> Answered {
    Box::pin(async move {
        let root = call.instance()?.status().await?;
        let parent = root.parent.as_ref().map(|parent| parent.instance.clone());
        let (nodes, complete) = descend(call.client(), root, call.settings().limits.tree).await?;
        Ok(json_response(
            StatusCode::OK,
            &json!({"parent": parent, "instances": nodes, "complete": complete}),
        ))
    })
}

/// Finds what an instance has called, level by level. A list, since a chain of calls may be deeper than JSON may nest.
async fn descend(client: &Client, root: InstanceRecord, limit: usize) -> Result<(Vec<Value>, bool), Refusal> {
    let mut nodes = Vec::new();
    let mut seen = BTreeSet::from([root.instance.clone()]);
    let mut waiting = VecDeque::from([(root, None::<usize>, 0_usize)]);
    while let Some((record, parent, depth)) = waiting.pop_front() {
        if nodes.len() >= limit {
            return Ok((nodes, false));
        }
        let place = nodes.len();
        nodes.push(json!({
            "instanceId": record.instance,
            "name": record.name,
            "version": record.version,
            "runtimeStatus": runtime_status(record.status),
            "blocked": record.blocked.is_some(),
            "stalled": record.stalled_since.is_some(),
            "createdTime": whole_seconds(record.created_at),
            "lastUpdatedTime": whole_seconds(record.updated_at),
            "parentIndex": parent,
            "depth": depth,
        }));
        for child in children(client, &record).await? {
            if seen.len() >= limit {
                return Ok((nodes, false));
            }
            if !seen.insert(child.clone()) {
                continue;
            }
            match client.instance(child.as_str())?.status().await {
                Ok(child) => waiting.push_back((child, Some(place), depth + 1)),
                // It was purged.
                Err(ClientError::NotFound(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
    Ok((nodes, true))
}

/// Returns whom the present execution of an instance has called.
async fn children(client: &Client, record: &InstanceRecord) -> Result<Vec<InstanceId>, Refusal> {
    let history = match client.instance(record.instance.as_str())?.history().await {
        Ok(history) => history,
        Err(ClientError::NotFound(_) | ClientError::NoExecution { .. }) => return Ok(Vec::new()),
        Err(error) => return Err(error.into()),
    };
    let called = history.events.into_iter().filter_map(|event| match event.kind {
        EventKind::SubOrchestrationInstanceCreated { instance, .. } => Some(instance),
        _ => None,
    });
    Ok(called.collect())
}
