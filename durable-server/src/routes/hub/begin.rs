//! What makes instances: starts, and what comes from another hub.

use durable_core::hub::wire::NewImport;
use durable_core::hub::{IdReuse, Import, InstanceRecord, StartOutcome, StartRequest};
use durable_core::{Payload, history::Tags};

use super::{done, form, hub, told};
use crate::auth::Scope;
use crate::http::Call;
use crate::refusal::Refusal;
use crate::route::{About, Answer, Answered, Body, HubForm, Method, Route, Schema};

pub(in crate::routes) const ROUTES: &[Route] = &[
    Route {
        method: Method::Post,
        path: "/durable/hub/v1/start",
        scope: Scope::Start,
        operation: None,
        about: About {
            id: "startRecord",
            summary: "Starts an instance by its first event. Its execution id makes it one start, however often it is sent. To \
                      terminate an instance that has the id also needs `manage`, and to raise an event also needs `event`.",
            query: &[],
            body: Body::Of(Schema::Hub(HubForm::Start)),
            answers: &[Answer::with(
                200,
                "What became of it.",
                Schema::Hub(HubForm::StartOutcome),
            )],
        },
        handler: start,
    },
    Route {
        method: Method::Post,
        path: "/durable/hub/v1/import",
        scope: Scope::Manage,
        operation: None,
        about: About {
            id: "importRecord",
            summary: "Takes an instance over from another hub. The same twice is one.",
            query: &[],
            body: Body::Whole(Schema::Hub(HubForm::Import)),
            answers: &[Answer::new(204, "It is there.")],
        },
        handler: import,
    },
];

fn start(call: Call) -> Answered {
    Box::pin(async move {
        let request: StartRequest = form(&call, "start")?;
        check(&call, &request)?;
        let outcome = hub(&call).start(request).await;
        let may_read = call.caller.may(Scope::Read);
        told(outcome.map(|outcome| {
            if may_read {
                outcome
            } else {
                without_content(outcome)
            }
        }))
    })
}

/// Refuses what a start from outside may not be, and what needs more than the right to start.
fn check(call: &Call, request: &StartRequest) -> Result<(), Refusal> {
    let started = &request.started;
    if started.parent.is_some() || started.generation != 0 {
        return Err(Refusal::bad(
            "only an orchestrator starts sub-orchestrations and further generations",
        ));
    }
    let also = |scope: Scope, what: &str| {
        if call.caller.may(scope) {
            return Ok(());
        }
        let text = format!("{what} also needs the scope `{scope}`");
        Err(Refusal::forbidden("forbidden", text))
    };
    if request.raise.is_some() {
        also(Scope::Event, "a start with an event")?;
    }
    match request.reuse {
        IdReuse::TerminateExisting => also(Scope::Manage, "a start that terminates what has the id"),
        IdReuse::Reject | IdReuse::AllowIfEnded | IdReuse::UseExisting => Ok(()),
    }
}

/// Whoever may start and not read is told what has the id, and nothing that it holds.
fn without_content(outcome: StartOutcome) -> StartOutcome {
    match outcome {
        StartOutcome::Refused(record) => StartOutcome::Refused(Box::new(InstanceRecord {
            input: Payload::unit(),
            output: None,
            failure: None,
            custom_status: None,
            tags: Tags::new(),
            parent: None,
            blocked: None,
            ..*record
        })),
        outcome @ (StartOutcome::Started(_) | StartOutcome::Existing(_) | StartOutcome::Fenced(_)) => outcome,
    }
}

fn import(call: Call) -> Answered {
    Box::pin(async move {
        let import: NewImport = form(&call, "import")?;
        let import = Import::try_from(import).map_err(|error| Refusal::bad(error.to_string()))?;
        done(hub(&call).import(import).await)
    })
}
