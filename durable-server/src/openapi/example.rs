//! An example of each form.

use serde_json::{Value, json};

use super::hub;
use crate::route::Schema;

const STARTED: &str = "2026-11-21T01:43:00Z";
const CHANGED: &str = "2026-11-21T01:43:07Z";

pub(super) fn of(schema: Schema) -> Value {
    match schema {
        Schema::AnyValue => json!({"receipt": 17}),
        Schema::Exposition => json!("# TYPE durable_hub_workers gauge\ndurable_hub_workers 2\n"),
        Schema::Document => json!({"openapi": "3.1.0", "info": {"title": "…", "version": "1"}, "paths": {}}),
        Schema::CheckStatus => {
            let of = |tail: &str| {
                format!("http://127.0.0.1:7071/runtime/webhooks/durabletask/instances/order-42{tail}")
            };
            let query = "taskHub=DurableHub&connection=Storage";
            json!({
                "id": "order-42",
                "statusQueryGetUri": of(&format!("?{query}")),
                "sendEventPostUri": of(&format!("/raiseEvent/{{eventName}}?{query}")),
                "terminatePostUri": of(&format!("/terminate?reason={{text}}&{query}")),
                "purgeHistoryDeleteUri": of(&format!("?{query}")),
                "restartPostUri": of(&format!("/restart?{query}")),
                "suspendPostUri": of(&format!("/suspend?reason={{text}}&{query}")),
                "resumePostUri": of(&format!("/resume?reason={{text}}&{query}")),
            })
        }
        Schema::Status => status(),
        Schema::StatusList => json!([status()]),
        Schema::Purged => json!({"instancesDeleted": 12}),
        Schema::VersionCounts => json!([{
            "name": "checkout", "version": "1.2", "pending": 0, "running": 1, "waiting": 4, "suspended": 0, "blocked": 0,
            "failed": 2, "ended": 310, "live": 5, "oldest": STARTED, "lastStarted": CHANGED, "offered": true,
            "state": "running",
        }]),
        Schema::StatusCheck => json!({
            "hasRunning": true, "counts": {"Pending": 0, "Running": 5, "Suspended": 0}, "oldest": STARTED,
        }),
        Schema::Fence => fence(),
        Schema::FenceList => json!([fence()]),
        Schema::NewFence => json!({
            "id": "release-7", "orchestrators": ["checkout@1.2"], "reason": "release 7 is being deployed", "seconds": 600,
        }),
        Schema::Lowered => json!({"lowered": "release-7"}),
        Schema::Workers => json!([{
            "worker": "shop-1", "build": "00c0ffee00c0ffee", "orchestrators": ["checkout@1.2"], "activities": ["charge@1"],
            "expiresAt": CHANGED,
        }]),
        Schema::Tree => json!({"parent": null, "instances": [{
            "instanceId": "order-42", "name": "checkout", "version": "1.2", "runtimeStatus": "Running", "blocked": false,
            "stalled": false, "createdTime": STARTED, "lastUpdatedTime": CHANGED, "parentIndex": null, "depth": 0,
        }], "complete": true}),
        Schema::Hub(form) => hub::example(form),
        Schema::InstancePage => json!({"items": [{
            "instanceId": "order-42", "name": "checkout", "version": "1.2", "runtimeStatus": "Failed", "blocked": false,
            "stalled": false, "createdTime": STARTED, "lastUpdatedTime": CHANGED, "endedTime": CHANGED,
            "scheduledTime": null, "events": 12, "parent": null, "tags": {"shop": "north"}, "note": "the bank is down",
        }], "next": null, "newestFirst": true}),
        Schema::Timeline => timeline(),
        Schema::Session => json!({
            "hub": "DurableHub", "release": "0.1.0", "scopes": ["read", "manage"], "listedByTime": true,
        }),
        Schema::Error => json!({
            "error": "unknownFunction", "message": "no worker has an orchestrator `chekout`, and none of that name was ever started",
            "help": "the workers have: checkout",
        }),
    }
}

fn status() -> Value {
    json!({
        "name": "checkout", "instanceId": "order-42", "runtimeStatus": "Completed", "input": {"cents": 995},
        "customStatus": null, "output": {"receipt": 17}, "createdTime": STARTED, "lastUpdatedTime": CHANGED,
        "historyEvents": [
            {"EventType": "ExecutionStarted", "FunctionName": "checkout", "Timestamp": STARTED},
            {"EventType": "TaskCompleted", "FunctionName": "charge", "ScheduledTime": STARTED, "Timestamp": CHANGED},
        ],
    })
}

fn timeline() -> Value {
    let payload = json!({"text": "{\"cents\":995}", "bytes": 13, "whole": true, "json": true});
    json!({
        "mark": "5d41402abc4b2a76b9719d91", "events": 4, "whole": true,
        "instance": {
            "instanceId": "order-42", "execution": "2f1c", "generation": 0, "name": "checkout", "version": "1.2",
            "runtimeStatus": "Running", "createdTime": STARTED, "lastUpdatedTime": CHANGED, "endedTime": null,
            "scheduledTime": null, "tags": {"shop": "north"}, "parent": null, "input": payload, "output": null,
            "customStatus": null, "failure": null, "blocked": null, "stalledSince": null, "owner": "shop-1", "events": 4,
        },
        "items": [{
            "step": 2, "at": STARTED, "kind": "activity", "what": "charge@1", "task": 0, "instance": null, "input": payload,
            "attempt": 1, "attemptsMax": 3, "endedAt": null, "outcome": "open", "value": null, "failure": null,
        }],
        "waits": [{"text": "activity charge@1", "since": STARTED, "instance": null}],
    })
}

fn fence() -> Value {
    json!({
        "id": "release-7", "orchestrators": ["checkout@1.2"], "reason": "release 7 is being deployed", "until": CHANGED,
    })
}
