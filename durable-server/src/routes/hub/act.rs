//! What acts on instances that are there.

use durable_core::hub::wire::{Amend, Completion, NewEvent};
use durable_core::hub::{CompletionToken, Signal};

use super::{done, form, hub, instance, query, told};
use crate::auth::Scope;
use crate::http::Call;
use crate::refusal::Refusal;
use crate::route::{About, Answer, Answered, Body, HubForm, Method, Parameter, Route, Schema, Type};

const DONE: &[Answer] = &[Answer::new(204, "It is done.")];
const PURGED: &[Answer] = &[Answer::with(
    200,
    "What was removed.",
    Schema::Hub(HubForm::PurgeReport),
)];

/// Makes a route that acts.
const fn route(
    path: &'static str,
    scope: Scope,
    (id, summary): (&'static str, &'static str),
    body: Body,
    handler: fn(Call) -> Answered,
) -> Route {
    Route {
        method: Method::Post,
        path,
        scope,
        operation: None,
        about: About {
            id,
            summary,
            query: &[],
            body,
            answers: DONE,
        },
        handler,
    }
}

pub(in crate::routes) const ROUTES: &[Route] = &[
    route(
        "/durable/hub/v1/instances/{instanceId}/events",
        Scope::Event,
        (
            "raiseRecordedEvent",
            "Delivers an external event, with its data as they are encoded.",
        ),
        Body::Of(Schema::Hub(HubForm::Event)),
        raise,
    ),
    route(
        "/durable/hub/v1/activities/completion",
        Scope::Event,
        (
            "completeActivity",
            "Completes an activity that waits for its end from outside.",
        ),
        Body::Of(Schema::Hub(HubForm::Completion)),
        complete,
    ),
    route(
        "/durable/hub/v1/instances/{instanceId}/signal",
        Scope::Manage,
        (
            "signalInstance",
            "Terminates, cancels, suspends or resumes an instance.",
        ),
        Body::Of(Schema::Hub(HubForm::Signal)),
        signal,
    ),
    route(
        "/durable/hub/v1/instances/{instanceId}/amendment",
        Scope::Manage,
        (
            "amendInstance",
            "Moves an instance to another version, or rewinds it, if it still stands as it was seen.",
        ),
        Body::Whole(Schema::Hub(HubForm::Amendment)),
        amend,
    ),
    Route {
        method: Method::Post,
        path: "/durable/hub/v1/instances/{instanceId}/purge",
        scope: Scope::Manage,
        operation: None,
        about: About {
            id: "purgeRecord",
            summary: "Removes an ended instance.",
            query: &[Parameter::new(
                "recursive",
                Type::Switch,
                "Whether its ended sub-orchestrations are removed as well.",
            )],
            body: Body::None,
            answers: PURGED,
        },
        handler: purge,
    },
    Route {
        method: Method::Post,
        path: "/durable/hub/v1/purge",
        scope: Scope::Manage,
        operation: None,
        about: About {
            id: "purgeMatching",
            summary: "Removes ended instances that match, a page of them at most.",
            query: &[],
            body: Body::Of(Schema::Hub(HubForm::Query)),
            answers: PURGED,
        },
        handler: purge_matching,
    },
];

fn raise(call: Call) -> Answered {
    Box::pin(async move {
        let NewEvent { name, input } = form(&call, "event")?;
        done(
            hub(&call)
                .signal(&instance(&call)?, Signal::Event { name, input })
                .await,
        )
    })
}

fn complete(call: Call) -> Answered {
    Box::pin(async move {
        let Completion { activity, result } = form(&call, "completion")?;
        done(
            hub(&call)
                .complete_activity(&CompletionToken(activity), result)
                .await,
        )
    })
}

fn signal(call: Call) -> Answered {
    Box::pin(async move {
        let signal: Signal = form(&call, "signal")?;
        match signal {
            Signal::Event { .. } => Err(Refusal::bad("an event has a route of its own: `events`")),
            Signal::Terminate { .. }
            | Signal::Cancel { .. }
            | Signal::Suspend { .. }
            | Signal::Resume { .. } => done(hub(&call).signal(&instance(&call)?, signal).await),
        }
    })
}

fn amend(call: Call) -> Answered {
    Box::pin(async move {
        let Amend {
            execution,
            event_count,
            amendment,
        } = form(&call, "amendment")?;
        let instance = instance(&call)?;
        done(
            hub(&call)
                .amend(&instance, &execution, event_count, amendment)
                .await,
        )
    })
}

fn purge(call: Call) -> Answered {
    Box::pin(async move {
        let recursive = call.query.switch("recursive", false)?;
        told(hub(&call).purge(&instance(&call)?, recursive).await)
    })
}

fn purge_matching(call: Call) -> Answered {
    Box::pin(async move { told(hub(&call).purge_matching(query(&call)?).await) })
}
