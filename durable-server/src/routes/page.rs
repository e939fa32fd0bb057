//! Listing instances by all that a hub can be asked for, the newest first.

use axum::http::StatusCode;
use durable_core::hub::{InstanceQuery, PageToken};
use durable_core::{RecordedVersion, WireName};
use serde_json::{Value, json};

use super::list::CONTINUATION;
use super::query_filter::{self, CREATED_FROM, CREATED_TO, STATUS};
use crate::answer::json_response;
use crate::auth::Scope;
use crate::dashboard::{Cursor, Found, newest, row};
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
                "Whether the newest come first. A page may then have fewer than `top`. Without effect on a hub that does not \
                 list by time.",
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
        let found = match filter(&call.query)? {
            None => Found {
                items: Vec::new(),
                next: None,
            },
            Some(query) if backwards => newest(call.client().hub().as_ref(), query, top, cursor).await?,
            Some(query) => forwards(&call, query, top, cursor).await?,
        };
        let items: Vec<Value> = found.items.iter().map(row).collect();
        Ok(json_response(
            StatusCode::OK,
            &json!({
                "items": items,
                "next": found.next.as_ref().map(Cursor::text),
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

/// Lists in the order of the hub.
async fn forwards(
    call: &Call,
    mut query: InstanceQuery,
    top: usize,
    cursor: Option<Cursor>,
) -> Result<Found, Refusal> {
    query.page_size = Some(top);
    query.after = match cursor {
        Some(Cursor::After(token)) => Some(token),
        Some(Cursor::Before(_) | Cursor::Within(..)) => {
            return Err(Refusal::bad(
                "the header `x-ms-continuation-token` is of a listing in another order",
            ));
        }
        None => None,
    };
    let page = call.client().hub().query(query).await?;
    Ok(Found {
        items: page.items,
        next: page.next.map(|PageToken(token)| Cursor::After(PageToken(token))),
    })
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
