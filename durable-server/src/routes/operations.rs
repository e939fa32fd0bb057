//! What those ask who look after a hub: its versions and its workers.

use std::sync::Arc;

use axum::http::StatusCode;
use durable_core::hub::{CodeKey, VersionCount, WorkerRecord};
use serde_json::{Value, json};

use crate::answer::json_response;
use crate::auth::Scope;
use crate::dashboard;
use crate::http::Call;
use crate::route::{About, Answer, Answered, Body, Method, Route, Schema};

pub(super) const ROUTES: &[Route] = &[
    Route {
        method: Method::Get,
        path: "/durable/versions",
        scope: Scope::Read,
        operation: None,
        about: About {
            id: "countVersions",
            summary: "Counts instances by orchestrator and version: what tells whether a version may be deleted. Of more than \
                      100,000, the answer may be older by twenty times the time that counting takes.",
            query: &[],
            body: Body::None,
            answers: &[Answer::with(
                200,
                "The counts, by name and version.",
                Schema::VersionCounts,
            )],
        },
        handler: versions,
    },
    Route {
        method: Method::Get,
        path: "/durable/workers",
        scope: Scope::Read,
        operation: None,
        about: About {
            id: "listWorkers",
            summary: "Lists the workers that are alive, and what they offer.",
            query: &[],
            body: Body::None,
            answers: &[Answer::with(200, "The workers.", Schema::Workers)],
        },
        handler: workers,
    },
];

fn versions(call: Call) -> Answered {
    Box::pin(async move {
        let hub = Arc::clone(call.client().hub());
        let kept = Arc::clone(&call.shared.counts);
        let counts = kept.latest(async move { hub.version_counts().await }).await?;
        let states = dashboard::states(&counts);
        let counts: Vec<Value> = counts
            .iter()
            .zip(states)
            .map(|(found, state)| count(found, state))
            .collect();
        Ok(json_response(StatusCode::OK, &counts))
    })
}

fn count(count: &VersionCount, state: &str) -> Value {
    json!({
        "name": count.name,
        "version": count.version,
        "pending": count.pending,
        "running": count.running,
        "waiting": count.waiting,
        "suspended": count.suspended,
        "blocked": count.blocked,
        "failed": count.failed,
        "ended": count.ended,
        "live": count.live(),
        "oldest": count.oldest.map(|moment| moment.to_string()),
        "lastStarted": count.last_started.map(|moment| moment.to_string()),
        "offered": count.offered,
        "state": state,
    })
}

fn workers(call: Call) -> Answered {
    Box::pin(async move {
        let workers = call.client().workers().await?;
        let workers: Vec<Value> = workers.iter().map(worker).collect();
        Ok(json_response(StatusCode::OK, &workers))
    })
}

fn worker(worker: &WorkerRecord) -> Value {
    let texts = |codes: &[CodeKey]| -> Vec<String> { codes.iter().map(ToString::to_string).collect() };
    json!({
        "worker": worker.worker,
        "build": worker.build.to_string(),
        "orchestrators": texts(&worker.orchestrators),
        "activities": texts(&worker.activities),
        "expiresAt": worker.expires_at.to_string(),
    })
}
