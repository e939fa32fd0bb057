//! Cancelling, terminating, suspending and resuming an instance.

use axum::http::StatusCode;
use durable_core::client::ClientError;
use durable_core::hub::{HubErrorKind, Signal};

use crate::answer::empty;
use crate::auth::{Operation, Scope};
use crate::http::Call;
use crate::refusal::Refusal;
use crate::route::{About, Answer, Answered, Body, Method, Parameter, Route, Type};

pub(super) const REASON_ONE: [Parameter; 1] = [Parameter::new("reason", Type::Text, "Why.")];

const REASON: &[Parameter] = &REASON_ONE;

const STORED: &[Answer] = &[Answer::new(202, "It is stored.")];

const fn about(id: &'static str, summary: &'static str) -> About {
    About {
        id,
        summary,
        query: REASON,
        body: Body::None,
        answers: STORED,
    }
}

pub(super) const ROUTES: &[Route] = &[
    Route {
        method: Method::Post,
        path: "/runtime/webhooks/durabletask/instances/{instanceId}/cancel",
        scope: Scope::Manage,
        operation: Some(Operation::Cancel),
        about: about(
            "cancel",
            "Asks an instance to end: its pending calls end as cancelled, and its code may compensate first. An extension.",
        ),
        handler: cancel,
    },
    Route {
        method: Method::Post,
        path: "/runtime/webhooks/durabletask/instances/{instanceId}/terminate",
        scope: Scope::Manage,
        operation: Some(Operation::Terminate),
        about: about(
            "terminate",
            "Ends an instance and its sub-orchestrations, without running any of their code.",
        ),
        handler: terminate,
    },
    Route {
        method: Method::Post,
        path: "/runtime/webhooks/durabletask/instances/{instanceId}/suspend",
        scope: Scope::Manage,
        operation: Some(Operation::Suspend),
        about: about(
            "suspend",
            "Lets an instance wait until it is resumed. What arrives meanwhile is kept in order.",
        ),
        handler: suspend,
    },
    Route {
        method: Method::Post,
        path: "/runtime/webhooks/durabletask/instances/{instanceId}/resume",
        scope: Scope::Manage,
        operation: Some(Operation::Resume),
        about: about(
            "resume",
            "Lets an instance go on. A blocked one gets another try.",
        ),
        handler: resume,
    },
];

fn cancel(call: Call) -> Answered {
    accepted(call, |reason| Signal::Cancel { reason })
}

fn terminate(call: Call) -> Answered {
    accepted(call, |reason| Signal::Terminate {
        reason,
        recursive: true,
    })
}

fn suspend(call: Call) -> Answered {
    accepted(call, |reason| Signal::Suspend { reason })
}

fn resume(call: Call) -> Answered {
    accepted(call, |reason| Signal::Resume { reason })
}

fn accepted(call: Call, of: fn(String) -> Signal) -> Answered {
    Box::pin(async move {
        let wanted = of(call.reason());
        signal(&call, wanted).await?;
        Ok(empty(StatusCode::ACCEPTED))
    })
}

/// Sends a signal; an instance that has ended is answered with 410.
pub(super) async fn signal(call: &Call, signal: Signal) -> Result<(), Refusal> {
    let instance = call.instance()?;
    let sent = match signal {
        Signal::Event { name, input } => instance.raise_event_as(name, input).await,
        Signal::Terminate { reason, .. } => instance.terminate(reason).await,
        Signal::Cancel { reason } => instance.cancel(reason).await,
        Signal::Suspend { reason } => instance.suspend(reason).await,
        Signal::Resume { reason } => instance.resume(reason).await,
    };
    match sent {
        Ok(()) => Ok(()),
        Err(ClientError::Hub(error)) if error.kind() == HubErrorKind::Conflict => {
            match instance.status().await {
                Ok(record) if record.status.is_ended() => {
                    let text = format!(
                        "instance `{}` has ended: it is {}",
                        record.instance, record.status
                    );
                    Err(Refusal::gone(text))
                }
                Ok(_) => Err(error.into()),
                Err(error) => Err(error.into()),
            }
        }
        Err(error) => Err(error.into()),
    }
}
