//! What a pipeline asks before it deploys: whether anything is in flight.

use axum::http::StatusCode;
use durable_core::gate::{Scope as Counted, status_check};
use durable_core::hub::{FencedCode, InstanceStatus};
use durable_core::{Version, WireName};

use crate::answer::json_response;
use crate::auth::Scope;
use crate::http::{Call, Query};
use crate::refusal::Refusal;
use crate::route::{About, Answer, Answered, Body, Method, Parameter, Route, Schema, Type};

const QUERY: &[Parameter] = &[
    Parameter::new(
        "orchestrator",
        Type::Codes,
        "Count these only: `name`, or `name@version`.",
    ),
    Parameter::new(
        "statuses",
        Type::LiveStatuses,
        "Count these states only: pending, running, suspended, failed. The first three if missing.",
    ),
    Parameter::new(
        "fail",
        Type::Switch,
        "Whether the answer is 409 while something is in flight, for tools that look at the status alone.",
    ),
];

const ANSWERS: &[Answer] = &[
    Answer::with(200, "What is in flight.", Schema::StatusCheck),
    Answer::with(
        409,
        "Something is in flight, and `fail` was asked for.",
        Schema::StatusCheck,
    ),
];

const fn about(id: &'static str) -> About {
    About {
        id,
        summary: "Tells whether anything that counts is in flight.",
        query: QUERY,
        body: Body::None,
        answers: ANSWERS,
    }
}

pub(super) const ROUTES: &[Route] = &[
    Route {
        method: Method::Get,
        path: "/durable/status-check",
        scope: Scope::Read,
        operation: None,
        about: about("statusCheck"),
        handler: check,
    },
    Route {
        method: Method::Post,
        path: "/durable/status-check",
        scope: Scope::Read,
        operation: None,
        about: about("statusCheckByPost"),
        handler: check,
    },
];

fn check(call: Call) -> Answered {
    Box::pin(async move {
        let fail = call.query.switch("fail", false)?;
        let counted = counted(&call.query)?;
        let check = status_check(call.client().hub().as_ref(), &counted).await?;
        let status = if fail && check.has_running {
            StatusCode::CONFLICT
        } else {
            StatusCode::OK
        };
        Ok(json_response(status, &check))
    })
}

fn counted(query: &Query) -> Result<Counted, Refusal> {
    let codes: Result<Vec<FencedCode>, Refusal> =
        query.list("orchestrator").iter().map(|text| code(text)).collect();
    let counted = Counted::default().of(codes?);
    let names = query.list("statuses");
    if names.is_empty() {
        return Ok(counted);
    }
    let mut statuses = Vec::new();
    for name in names {
        let found = InstanceStatus::ALL
            .into_iter()
            .find(|status| status.to_string().eq_ignore_ascii_case(&name));
        statuses.push(found.ok_or_else(|| {
            let name: String = name.chars().take(40).collect();
            Refusal::bad(format!(
                "the parameter `statuses`: `{name}` is no state of an instance"
            ))
        })?);
    }
    counted
        .with_statuses(statuses)
        .map_err(|error| Refusal::bad(format!("the parameter `statuses`: {error}")))
}

/// Reads `name` or `name@version`.
pub(super) fn code(text: &str) -> Result<FencedCode, Refusal> {
    let (name, version) = match text.split_once('@') {
        Some((name, version)) => (name, Some(version)),
        None => (text, None),
    };
    let version = version.map(Version::new).transpose();
    Ok(FencedCode {
        name: WireName::new(name)?,
        version: version.map_err(|error| Refusal::bad(error.to_string()))?,
    })
}
