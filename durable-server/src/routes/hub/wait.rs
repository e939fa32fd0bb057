//! Long polls: a wait is ended by the hub's notification, or by its own time, whichever comes first.
//!
//! Whoever waits longer asks again, and says by its time of start which instance is meant: another one under the same id
//! is none that was waited for.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use durable_core::hub::wire::Waited;
use durable_core::hub::{HubError, HubErrorKind, InstanceRecord};
use durable_core::{InstanceId, Timestamp};
use sha2::{Digest as _, Sha256};

use super::look::execution;
use super::{hub, instance, told};
use crate::auth::Scope;
use crate::http::Call;
use crate::refusal::Refusal;
use crate::route::{About, Answer, Answered, Body, HubForm, Method, Parameter, Route, Schema, Type};

const TIMEOUT: Parameter = Parameter::new(
    "timeout",
    Type::Seconds,
    "How long to wait, in seconds; not at all if it is missing.",
);
const CREATED: Parameter = Parameter::new(
    "created",
    Type::Text,
    "`created_at` of an earlier answer: 404 if another instance has the id now.",
);

pub(in crate::routes) const ROUTES: &[Route] = &[
    Route {
        method: Method::Get,
        path: "/durable/hub/v1/instances/{instanceId}/end",
        scope: Scope::Read,
        operation: None,
        about: About {
            id: "waitForEnd",
            summary: "Waits until an instance has ended.",
            query: &[
                TIMEOUT,
                CREATED,
                Parameter::new(
                    "execution",
                    Type::Text,
                    "The execution that it was started with, or its current one: 404 if it is another's.",
                ),
            ],
            body: Body::None,
            answers: &[Answer::with(
                200,
                "Its record; `null` if it has not ended in time.",
                Schema::Hub(HubForm::Waited),
            )],
        },
        handler: end,
    },
    Route {
        method: Method::Get,
        path: "/durable/hub/v1/instances/{instanceId}/change",
        scope: Scope::Read,
        operation: None,
        about: About {
            id: "waitForChange",
            summary: "Waits until an instance is not as it was seen.",
            query: &[
                TIMEOUT,
                CREATED,
                Parameter::new(
                    "seen",
                    Type::Text,
                    "`seen` of an earlier answer; without it, the answer comes at once.",
                ),
            ],
            body: Body::None,
            answers: &[Answer::with(
                200,
                "Its record; `null` if nothing has changed in time.",
                Schema::Hub(HubForm::Waited),
            )],
        },
        handler: change,
    },
];

fn end(call: Call) -> Answered {
    Box::pin(async move {
        let (instance, execution) = (instance(&call)?, execution(&call)?);
        let hub = hub(&call);
        if let Some(created) = created(&call)? {
            let ended = |record: &InstanceRecord| record.status.is_ended();
            return told(until(&call, &instance, created, Box::new(ended)).await?);
        }
        // Before the wait, so that a later instance is not taken for this one.
        let present = hub.get(&instance).await.map_err(Refusal::of_kind)?;
        let waiting = hub.wait_ended(&instance, execution);
        let waited = match (tokio::time::timeout(time(&call)?, waiting).await, present) {
            (Ok(ended), _) => ended.map(|record| waited(Some(record), Timestamp::from_micros(0))),
            (Err(_), Some(present)) => Ok(waited(None, present.created_at)),
            (Err(_), None) => Err(gone(&instance)),
        };
        told(waited)
    })
}

fn change(call: Call) -> Answered {
    Box::pin(async move {
        let instance = instance(&call)?;
        let known = call.query.first("seen").filter(|seen| !seen.is_empty());
        let known = known.map(str::to_owned);
        if let (Some(created), Some(known)) = (created(&call)?, known) {
            let changed = move |record: &InstanceRecord| seen(record) != known;
            return told(until(&call, &instance, created, Box::new(changed)).await?);
        }
        let found = hub(&call).get(&instance).await;
        told(found.and_then(|record| {
            let record = record.ok_or_else(|| gone(&instance))?;
            let created = record.created_at;
            Ok(waited(Some(record), created))
        }))
    })
}

/// Waits for a record of the instance that was started at a moment.
async fn until(
    call: &Call,
    instance: &InstanceId,
    created: Timestamp,
    wanted: Box<dyn Fn(&InstanceRecord) -> bool + Send + Sync>,
) -> Result<Result<Waited, HubError>, Refusal> {
    let hub = hub(call);
    let predicate = move |record: &InstanceRecord| record.created_at != created || wanted(record);
    let waiting = hub.wait_until(instance, Box::new(predicate));
    Ok(match tokio::time::timeout(time(call)?, waiting).await {
        Err(_) => Ok(waited(None, created)),
        Ok(Ok(record)) if record.created_at != created => Err(gone(instance)),
        Ok(Ok(record)) => Ok(waited(Some(record), created)),
        Ok(Err(error)) => Err(error),
    })
}

fn waited(record: Option<InstanceRecord>, created: Timestamp) -> Waited {
    Waited {
        created_at: record.as_ref().map_or(created, |record| record.created_at),
        seen: record.as_ref().map(seen),
        record,
    }
}

/// Returns what tells one state of a record from another.
fn seen(record: &InstanceRecord) -> String {
    // A record is plain data, which always has a JSON form.
    let text = serde_json::to_vec(record).unwrap_or_default();
    let digest = Sha256::digest(text);
    URL_SAFE_NO_PAD.encode(digest.get(..16).unwrap_or_default())
}

fn gone(instance: &InstanceId) -> HubError {
    HubError::new(
        HubErrorKind::NotFound,
        format!("there is no instance `{instance}`"),
    )
}

fn time(call: &Call) -> Result<Duration, Refusal> {
    let asked = call.query.seconds("timeout")?.unwrap_or_default();
    Ok(asked.min(call.settings().limits.wait))
}

fn created(call: &Call) -> Result<Option<Timestamp>, Refusal> {
    let micros: Option<i64> = call.query.read("created")?;
    Ok(micros.map(Timestamp::from_micros))
}
