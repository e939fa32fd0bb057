//! Listing instances.

use axum::http::{HeaderName, HeaderValue, StatusCode};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use durable_core::hub::PageToken;
use serde_json::Value;

use super::query_filter::{self, CREATED_FROM, CREATED_TO, STATUS};
use crate::answer::{Shown, json_response, status_object};
use crate::auth::Scope;
use crate::http::Call;
use crate::refusal::Refusal;
use crate::route::{About, Answer, Answered, Body, Method, Parameter, Route, Schema, Type};

pub(super) const CONTINUATION: HeaderName = HeaderName::from_static("x-ms-continuation-token");

pub(super) const ROUTES: &[Route] = &[Route {
    method: Method::Get,
    path: "/runtime/webhooks/durabletask/instances",
    scope: Scope::Read,
    operation: None,
    about: About {
        id: "listInstances",
        summary: "Lists instances, a page at a time: the header `x-ms-continuation-token` of an answer, sent along, gets the next.",
        query: &[
            Parameter::new("instanceIdPrefix", Type::Text, "Ids that begin with this."),
            CREATED_FROM,
            CREATED_TO,
            STATUS,
            Parameter::new(
                "showInput",
                Type::Switch,
                "Whether inputs are shown; they are if it is missing.",
            ),
            Parameter::new(
                "top",
                Type::Count,
                "The most instances of the page; the server has a limit of its own.",
            ),
        ],
        body: Body::None,
        answers: &[Answer::with(
            200,
            "The instances, in the order of the hub: most go by time of start.",
            Schema::StatusList,
        )],
    },
    handler: list,
}];

fn list(call: Call) -> Answered {
    Box::pin(async move {
        let shown = Shown {
            input: call.query.switch("showInput", true)?,
        };
        let page_size = query_filter::page_size(&call)?;
        let after = continuation(&call)?;
        let Some(mut query) = query_filter::read(&call.query)? else {
            return Ok(json_response(StatusCode::OK, &[(); 0]));
        };
        query.id_prefix = call
            .query
            .first("instanceIdPrefix")
            .filter(|prefix| !prefix.is_empty())
            .map(str::to_owned);
        (query.page_size, query.after) = (Some(page_size), after);
        let page = call.client().hub().query(query).await?;
        let items: Vec<Value> = page
            .items
            .iter()
            .map(|record| status_object(record, shown))
            .collect();
        let mut response = json_response(StatusCode::OK, &items);
        if let Some(PageToken(next)) = page.next {
            let next = HeaderValue::try_from(URL_SAFE_NO_PAD.encode(next));
            let next = next.map_err(|error| Refusal::internal(&error.to_string()))?;
            response.headers_mut().insert(CONTINUATION, next);
        }
        Ok(response)
    })
}

/// Reads where to go on. Whether the hub knows the place, the hub says.
fn continuation(call: &Call) -> Result<Option<PageToken>, Refusal> {
    let Some(token) = call.headers.get(CONTINUATION) else {
        return Ok(None);
    };
    let refused =
        || Refusal::bad("the header `x-ms-continuation-token` is not one that this server has sent");
    match token.to_str().map_err(|_| refused())?.trim() {
        // Clients of Durable Functions send these for the first page.
        "" | "null" => Ok(None),
        text => {
            let decoded = URL_SAFE_NO_PAD
                .decode(text)
                .ok()
                .and_then(|bytes| String::from_utf8(bytes).ok());
            decoded.map(|text| Some(PageToken(text))).ok_or_else(refused)
        }
    }
}
