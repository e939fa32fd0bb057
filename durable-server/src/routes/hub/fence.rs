//! Fences with their exact moments.

use durable_core::hub::wire::Lowered;
use durable_core::hub::{Fence, FenceId};

use super::{done, form, hub, told};
use crate::auth::Scope;
use crate::http::Call;
use crate::refusal::Refusal;
use crate::route::{About, Answer, Answered, Body, HubForm, Method, Route, Schema};
use crate::routes::fence::{CODES_MAX, REASON_MAX};

pub(in crate::routes) const ROUTES: &[Route] = &[
    Route {
        method: Method::Get,
        path: "/durable/hub/v1/fences",
        scope: Scope::Read,
        operation: None,
        about: About {
            id: "hubFences",
            summary: "Lists the fences that are up, in the hub's own form.",
            query: &[],
            body: Body::None,
            answers: &[Answer::with(
                200,
                "The fences, by name.",
                Schema::Hub(HubForm::Fences),
            )],
        },
        handler: list,
    },
    Route {
        method: Method::Post,
        path: "/durable/hub/v1/fences",
        scope: Scope::Manage,
        operation: None,
        about: About {
            id: "raiseHubFence",
            summary: "Puts a fence up until a moment of the hub's clock, or replaces the one of its name.",
            query: &[],
            body: Body::Of(Schema::Hub(HubForm::Fence)),
            answers: &[Answer::new(204, "It is up.")],
        },
        handler: raise,
    },
    Route {
        method: Method::Delete,
        path: "/durable/hub/v1/fences/{fenceId}",
        scope: Scope::Manage,
        operation: None,
        about: About {
            id: "lowerHubFence",
            summary: "Takes a fence down, if it is up.",
            query: &[],
            body: Body::None,
            answers: &[Answer::with(
                200,
                "Whether it was up.",
                Schema::Hub(HubForm::Lowered),
            )],
        },
        handler: lower,
    },
];

fn list(call: Call) -> Answered {
    Box::pin(async move { told(hub(&call).fences().await) })
}

fn raise(call: Call) -> Answered {
    Box::pin(async move {
        let fence: Fence = form(&call, "fence")?;
        let (hub, limit) = (hub(&call), call.settings().limits.fence);
        let time = fence.until.saturating_since(hub.clock().now());
        if time > limit {
            let text = format!(
                "the fence would stay up for {} seconds; at most {} are allowed",
                time.as_secs(),
                limit.as_secs()
            );
            return Err(Refusal::bad(text));
        }
        if fence.reason.len() > REASON_MAX || fence.codes.len() > CODES_MAX {
            let text =
                format!("a fence has at most {REASON_MAX} bytes of reason and {CODES_MAX} orchestrators");
            return Err(Refusal::bad(text));
        }
        done(hub.raise_fence(fence).await)
    })
}

fn lower(call: Call) -> Answered {
    Box::pin(async move {
        let id = FenceId::new(call.named("fenceId").unwrap_or_default())?;
        told(
            hub(&call)
                .lower_fence(&id)
                .await
                .map(|lowered| Lowered { lowered }),
        )
    })
}
