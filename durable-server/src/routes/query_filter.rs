//! The filters that listing and purging share.

use std::time::Duration;

use durable_core::Timestamp;
use durable_core::hub::{InstanceQuery, InstanceStatus};

use crate::http::{Call, Query};
use crate::refusal::Refusal;
use crate::route::{Parameter, Type};

pub(super) const CREATED_FROM: Parameter =
    Parameter::new("createdTimeFrom", Type::Moment, "Started at or after.");
pub(super) const CREATED_TO: Parameter =
    Parameter::new("createdTimeTo", Type::Moment, "Started at or before.");
pub(super) const STATUS: Parameter = Parameter::new(
    "runtimeStatus",
    Type::Statuses,
    "In one of these states: Running, Completed, ContinuedAsNew, Failed, Canceled, Terminated, Pending, Suspended.",
);

/// Reads the filters. `None` if nothing can match them.
pub(super) fn read(query: &Query) -> Result<Option<InstanceQuery>, Refusal> {
    let to: Option<Timestamp> = query.read("createdTimeTo")?;
    let names = query.list("runtimeStatus");
    let mut statuses = Vec::new();
    for name in &names {
        statuses.extend(status(name)?);
    }
    if statuses.is_empty() && !names.is_empty() {
        return Ok(None);
    }
    Ok(Some(InstanceQuery {
        statuses,
        created_from: query.read("createdTimeFrom")?,
        // A hub's span has no end of its own.
        created_before: to.map(|to| to + Duration::from_micros(1)),
        ..InstanceQuery::default()
    }))
}

/// Returns the states that a name stands for: none for one in which no instance here ever is.
fn status(name: &str) -> Result<Option<InstanceStatus>, Refusal> {
    let found = InstanceStatus::ALL
        .into_iter()
        .find(|status| status.to_string().eq_ignore_ascii_case(name));
    match found {
        Some(status) => Ok(Some(status)),
        None if name.eq_ignore_ascii_case("ContinuedAsNew") || name.eq_ignore_ascii_case("Unknown") => {
            Ok(None)
        }
        None => {
            let name: String = name.chars().take(40).collect();
            Err(Refusal::bad(format!(
                "the parameter `runtimeStatus`: `{name}` is no state of an instance"
            )))
        }
    }
}

/// Refuses a request that names another hub than the one that is served.
pub(crate) fn check_hub(call: &Query, served: &str) -> Result<(), Refusal> {
    match call.first("taskHub").filter(|hub| !hub.is_empty()) {
        Some(hub) if !hub.eq_ignore_ascii_case(served) => {
            let hub: String = hub.chars().take(64).collect();
            Err(Refusal::not_found(format!(
                "there is no hub `{hub}` here; this server serves `{served}`"
            )))
        }
        Some(_) | None => Ok(()),
    }
}

/// How many instances a page has if nobody says: as many as a hub's own.
const PAGE_DEFAULT: usize = 100;

/// Reads how many instances a page may have.
pub(super) fn page_size(call: &Call) -> Result<usize, Refusal> {
    match call.query.read::<usize>("top")? {
        Some(0) => Err(Refusal::bad(
            "the parameter `top` is 0; a page has at least 1 instance",
        )),
        top => Ok(top.unwrap_or(PAGE_DEFAULT).min(call.settings().limits.page)),
    }
}
