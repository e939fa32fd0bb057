//! Listing instances by all that a hub can be asked for, the newest first.

use axum::http::StatusCode;
use durable_core::hub::{InstanceQuery, Page, PageToken};
use durable_core::{RecordedVersion, WireName};
use serde_json::{Value, json};

use super::list::CONTINUATION;
use super::query_filter::{self, CREATED_FROM, CREATED_TO, STATUS};
use crate::answer::json_response;
use crate::auth::Scope;
use crate::dashboard::{Cursor, row};
use crate::http::{Call, Query};
use crate::refusal::Refusal;
use crate::route::{About, Answer, Answered, Body, Method, Parameter, Route, Schema, Type};

pub(super) const ROUTES: &[Route] = &[Route {
    method: Method::Get,
    path: "/durable/instances",
    scope: Scope::Read,
    operation: None,
    about: About {
        id: "findInstances",
        summary: "Lists instances without their payloads, a page at a time: `next` of an answer, sent along as the header \
                  `x-ms-continuation-token`, gets the next.",
        query: &[
            Parameter::new("instanceIdPrefix", Type::Text, "Ids that begin with this."),
            Parameter::new("name", Type::Name, "Of these orchestrators; may be repeated."),
            Parameter::new("version", Type::Text, "Of these versions; may be repeated."),
            Parameter::new(
                "tag",
                Type::Tag,
                "With this tag, `name=value`; repeated, with all of them.",
            ),
            Parameter::new("blocked", Type::Switch, "Only blocked ones, or only others."),
            Parameter::new("stalled", Type::Switch, "Only stalled ones, or only others."),
            CREATED_FROM,
            CREATED_TO,
            STATUS,
            Parameter::new(
                "newestFirst",
                Type::Switch,
                "Whether the newest come first. Without effect on a hub that does not list by time.",
            ),
            Parameter::new(
                "top",
                Type::Count,
                "The most instances of the page; the server has a limit of its own.",
            ),
        ],
        body: Body::None,
        answers: &[Answer::with(200, "The instances.", Schema::InstancePage)],
    },
    handler: list,
}];

fn list(call: Call) -> Answered {
    Box::pin(async move {
        let top = query_filter::page_size(&call)?;
        let by_time = call.client().hub().capabilities().listed_by_time;
        let backwards = by_time && call.query.switch("newestFirst", false)?;
        let cursor = cursor(&call)?;
        let page = match filter(&call.query)? {
            None => Page {
                items: Vec::new(),
                next: None,
            },
            Some(query) => {
                let query = InstanceQuery {
                    newest_first: backwards,
                    page_size: Some(top),
                    after: after(cursor, backwards)?,
                    ..query
                };
                call.client().hub().query(query).await?
            }
        };
        let items: Vec<Value> = page.items.iter().map(row).collect();
        let next = page.next.map(if backwards {
            Cursor::NewestFirst
        } else {
            Cursor::AsTheHub
        });
        Ok(json_response(
            StatusCode::OK,
            &json!({
                "items": items,
                "next": next.as_ref().map(Cursor::text),
                "newestFirst": backwards,
            }),
        ))
    })
}

/// Reads where to go on.
fn cursor(call: &Call) -> Result<Option<Cursor>, Refusal> {
    let Some(token) = call.headers.get(CONTINUATION).filter(|token| !token.is_empty()) else {
        return Ok(None);
    };
    let cursor = token.to_str().ok().and_then(Cursor::parse);
    let refused =
        || Refusal::bad("the header `x-ms-continuation-token` is not one that this server has sent");
    cursor.map(Some).ok_or_else(refused)
}

/// Returns the hub's own place, if it is one of this order.
fn after(cursor: Option<Cursor>, newest_first: bool) -> Result<Option<PageToken>, Refusal> {
    match (cursor, newest_first) {
        (None, _) => Ok(None),
        (Some(Cursor::NewestFirst(token)), true) | (Some(Cursor::AsTheHub(token)), false) => Ok(Some(token)),
        (Some(Cursor::NewestFirst(_)), false) | (Some(Cursor::AsTheHub(_)), true) => Err(Refusal::bad(
            "the header `x-ms-continuation-token` is of a listing in another order",
        )),
    }
}

/// Reads the filters. `None` if nothing can match them.
fn filter(given: &Query) -> Result<Option<InstanceQuery>, Refusal> {
    let Some(mut query) = query_filter::read(given)? else {
        return Ok(None);
    };
    let texts = |name| given.all(name).filter(|text| !text.is_empty());
    for name in texts("name") {
        query.names.push(WireName::new(name)?);
    }
    query.versions = texts("version")
        .map(|text| RecordedVersion::from(text.to_owned()))
        .collect();
    for tag in texts("tag") {
        match tag.split_once('=') {
            Some((name, value)) if !name.is_empty() => {
                query.tags.insert(name.to_owned(), value.to_owned());
            }
            _ => {
                return Err(Refusal::bad(
                    "the parameter `tag` is not of the form `name=value`",
                ));
            }
        }
    }
    query.id_prefix = texts("instanceIdPrefix").next().map(str::to_owned);
    query.blocked = optional(given, "blocked")?;
    query.stalled = optional(given, "stalled")?;
    Ok(Some(query))
}

fn optional(query: &Query, name: &str) -> Result<Option<bool>, Refusal> {
    match query.first(name).filter(|text| !text.is_empty()) {
        Some(_) => query.switch(name, false).map(Some),
        None => Ok(None),
    }
}
