//! Fences: new instances held back while a deployment is under way.

use std::time::Duration;

use axum::http::StatusCode;
use durable_core::hub::{Fence, FenceId, FencedCode};
use serde::Deserialize;
use serde_json::{Value, json};

use super::status_check::code;
use crate::answer::json_response;
use crate::auth::Scope;
use crate::http::Call;
use crate::refusal::Refusal;
use crate::route::{About, Answer, Answered, Body, Method, Route, Schema};

/// The longest reason.
pub(super) const REASON_MAX: usize = 1_000;

/// The most orchestrators of one fence.
pub(super) const CODES_MAX: usize = 100;

pub(super) const ROUTES: &[Route] = &[
    Route {
        method: Method::Get,
        path: "/durable/fences",
        scope: Scope::Read,
        operation: None,
        about: About {
            id: "listFences",
            summary: "Lists the fences that are up.",
            query: &[],
            body: Body::None,
            answers: &[Answer::with(200, "The fences, by name.", Schema::FenceList)],
        },
        handler: list,
    },
    Route {
        method: Method::Post,
        path: "/durable/fences",
        scope: Scope::Manage,
        operation: None,
        about: About {
            id: "raiseFence",
            summary: "Puts a fence up, or replaces the one of its name: new starts that it covers are refused until it falls.",
            query: &[],
            body: Body::Of(Schema::NewFence),
            answers: &[Answer::with(200, "It is up.", Schema::Fence)],
        },
        handler: raise,
    },
    Route {
        method: Method::Delete,
        path: "/durable/fences/{fenceId}",
        scope: Scope::Manage,
        operation: None,
        about: About {
            id: "lowerFence",
            summary: "Takes a fence down.",
            query: &[],
            body: Body::None,
            answers: &[Answer::with(200, "It is down.", Schema::Lowered)],
        },
        handler: lower,
    },
];

/// What a fence is asked for with.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewFence {
    id: String,
    /// `name` or `name@version`; everything if there are none.
    #[serde(default)]
    orchestrators: Vec<String>,
    #[serde(default)]
    reason: String,
    /// For how long it stays up unless it is taken down.
    seconds: u64,
}

fn list(call: Call) -> Answered {
    Box::pin(async move {
        let fences = call.client().fences().await?;
        let fences: Vec<Value> = fences.iter().map(shown).collect();
        Ok(json_response(StatusCode::OK, &fences))
    })
}

fn raise(call: Call) -> Answered {
    Box::pin(async move {
        let wanted: NewFence = serde_json::from_slice(&call.body)
            .map_err(|error| Refusal::bad(format!("the body is no fence: {error}")))?;
        let (limit, time) = (call.settings().limits.fence, Duration::from_secs(wanted.seconds));
        if time.is_zero() || time > limit {
            let text = format!(
                "`seconds` is {}; a fence is put up for 1 to {}",
                wanted.seconds,
                limit.as_secs()
            );
            return Err(Refusal::bad(text));
        }
        if wanted.reason.len() > REASON_MAX || wanted.orchestrators.len() > CODES_MAX {
            let text =
                format!("a fence has at most {REASON_MAX} bytes of reason and {CODES_MAX} orchestrators");
            return Err(Refusal::bad(text));
        }
        let codes: Result<Vec<FencedCode>, Refusal> =
            wanted.orchestrators.iter().map(|text| code(text)).collect();
        let fence = Fence {
            id: FenceId::new(&wanted.id)?,
            codes: codes?,
            reason: wanted.reason,
            until: call.client().hub().clock().now() + time,
        };
        call.client().raise_fence(fence.clone()).await?;
        Ok(json_response(StatusCode::OK, &shown(&fence)))
    })
}

fn lower(call: Call) -> Answered {
    Box::pin(async move {
        let id = FenceId::new(call.named("fenceId").unwrap_or_default())?;
        if call.client().lower_fence(&id).await? {
            Ok(json_response(StatusCode::OK, &json!({"lowered": id})))
        } else {
            Err(Refusal::not_found(format!("there is no fence `{id}`")))
        }
    })
}

fn shown(fence: &Fence) -> Value {
    let codes: Vec<String> = fence.codes.iter().map(ToString::to_string).collect();
    json!({
        "id": fence.id,
        "orchestrators": codes,
        "reason": fence.reason,
        "until": fence.until.to_string(),
    })
}
