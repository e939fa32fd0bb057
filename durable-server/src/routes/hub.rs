//! The client's side of the hub contract, for programs that use the hub through this server: whole records and histories,
//! and errors with their kinds. The forms are core's (`durable_core::hub::wire`).

mod act;
mod begin;
mod fence;
mod look;
mod wait;

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::Response;
use durable_core::InstanceId;
use durable_core::hub::{HubError, InstanceQuery, TaskHub};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::answer::{empty, json_response};
use crate::http::Call;
use crate::refusal::Refusal;
use crate::route::Route;

/// The groups of routes.
pub(super) const LOOK: &[Route] = look::ROUTES;
pub(super) const WAIT: &[Route] = wait::ROUTES;
pub(super) const BEGIN: &[Route] = begin::ROUTES;
pub(super) const ACT: &[Route] = act::ROUTES;
pub(super) const FENCE: &[Route] = fence::ROUTES;

fn hub(call: &Call) -> Arc<dyn TaskHub> {
    Arc::clone(call.client().hub())
}

fn instance(call: &Call) -> Result<InstanceId, Refusal> {
    Ok(InstanceId::new(call.named("instanceId").unwrap_or_default())?)
}

/// Reads a body of some form.
fn form<T: DeserializeOwned>(call: &Call, what: &str) -> Result<T, Refusal> {
    let read = serde_json::from_slice(&call.body);
    read.map_err(|error| Refusal::bad(format!("the body is no {what}: {error}")))
}

/// Reads a query, with a page that is not larger than the limit.
fn query(call: &Call) -> Result<InstanceQuery, Refusal> {
    let mut query: InstanceQuery = form(call, "query")?;
    let limit = call.settings().limits.page;
    query.page_size = query.page_size.map(|size| size.clamp(1, limit));
    Ok(query)
}

/// Answers with what the hub has answered.
fn told<T: Serialize>(answer: Result<T, HubError>) -> Result<Response, Refusal> {
    match answer {
        Ok(answer) => Ok(json_response(StatusCode::OK, &answer)),
        Err(error) => Err(Refusal::of_kind(error)),
    }
}

/// Answers that it is done.
fn done(answer: Result<(), HubError>) -> Result<Response, Refusal> {
    match answer {
        Ok(()) => Ok(empty(StatusCode::NO_CONTENT)),
        Err(error) => Err(Refusal::of_kind(error)),
    }
}
