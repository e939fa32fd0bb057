//! Rewinding a failed instance.

use axum::http::StatusCode;
use durable_core::Version;
use durable_core::client::ClientError;
use durable_core::hub::InstanceStatus;

use super::lifecycle::REASON_ONE;
use crate::answer::empty;
use crate::auth::{Operation, Scope};
use crate::http::Call;
use crate::refusal::Refusal;
use crate::route::{About, Answer, Answered, Body, Method, Parameter, Route, Type};

pub(super) const ROUTES: &[Route] = &[Route {
    method: Method::Post,
    path: "/runtime/webhooks/durabletask/instances/{instanceId}/rewind",
    scope: Scope::Manage,
    operation: Some(Operation::Rewind),
    about: About {
        id: "rewind",
        summary: "Takes the failure of an instance back: what failed runs again, what succeeded is kept.",
        query: &{
            let [reason] = REASON_ONE;
            [
                reason,
                Parameter::new(
                    "toVersion",
                    Type::Version,
                    "The version with which it goes on; its own otherwise. An extension.",
                ),
            ]
        },
        body: Body::None,
        answers: &[Answer::new(202, "It goes on.")],
    },
    handler: rewind,
}];

fn rewind(call: Call) -> Answered {
    Box::pin(async move {
        let version: Option<Version> = call.query.read("toVersion")?;
        let instance = call.instance()?;
        let rewound = match version {
            Some(version) => instance.rewind_to(version, call.reason()).await,
            None => instance.rewind(call.reason()).await,
        };
        match rewound {
            Ok(()) => Ok(empty(StatusCode::ACCEPTED)),
            Err(ClientError::WrongState { status, .. }) if is_done(status) => Err(Refusal::gone(format!(
                "instance `{}` is {status}; only failed ones are rewound",
                instance.id()
            ))),
            Err(error) => Err(error.into()),
        }
    })
}

fn is_done(status: InstanceStatus) -> bool {
    status.is_ended() && status != InstanceStatus::Failed
}
