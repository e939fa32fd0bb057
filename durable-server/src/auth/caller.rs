//! Whether whoever asks may.

use std::collections::BTreeSet;

use axum::http::HeaderMap;
use durable_core::{Clock, SystemClock};

use super::token::{Capability, PREFIX};
use super::{Operation, Scope, TokenError, credential};
use crate::http::Query;
use crate::refusal::Refusal;
use crate::route::Route;
use crate::settings::{Access, Settings};

/// Who asks, as far as it matters.
#[derive(Debug, Clone)]
pub(crate) enum Caller {
    /// Anyone, where no keys are needed.
    Anyone,
    /// Somebody with a key.
    Key(BTreeSet<Scope>),
    /// Somebody with a token of the instance that the request is about.
    Token(Vec<Operation>),
}

impl Caller {
    /// Returns whether they have a scope besides that of the route.
    pub(crate) fn may(&self, scope: Scope) -> bool {
        match self {
            Self::Anyone => true,
            Self::Key(scopes) => scopes.contains(&scope),
            Self::Token(_) => false,
        }
    }

    /// Returns whether they may be given the right to an operation on an instance that they have started or asked about.
    /// Whoever may start may watch and feed what they started; the rest is given to those only who have it.
    pub(crate) fn may_hand_on(&self, operation: Operation) -> bool {
        match self {
            Self::Anyone => true,
            Self::Key(scopes) => {
                let fed = scopes.contains(&Scope::Start) && operation.scope() != Scope::Manage;
                scopes.contains(&operation.scope()) || fed
            }
            Self::Token(operations) => operations.contains(&operation),
        }
    }
}

impl Caller {
    /// Returns the scopes that they have. A token is for single operations, and has none.
    pub(crate) fn scopes(&self) -> Vec<Scope> {
        match self {
            Self::Anyone => Scope::ALL.to_vec(),
            Self::Key(scopes) => scopes.iter().copied().collect(),
            Self::Token(_) => Vec::new(),
        }
    }
}

/// Finds out who asks, and refuses if they may not.
pub(crate) fn authorize(
    settings: &Settings,
    route: &Route,
    instance: Option<&str>,
    headers: &HeaderMap,
    query: &Query,
) -> Result<Caller, Refusal> {
    let Access::Keys { keys, secrets } = &settings.access else {
        return Ok(Caller::Anyone);
    };
    let Some(code) = credential::of(headers, query)?.filter(|code| !code.is_empty()) else {
        return Err(Refusal::unauthorized("this route needs a key").with_help(
            "send it as `x-functions-key`, as `Authorization: Bearer`, or as `code` in the query",
        ));
    };
    if code.starts_with(PREFIX) {
        let refused = |error: TokenError| match error {
            TokenError::Operation | TokenError::Signature => {
                Refusal::forbidden("forbidden", error.to_string())
            }
            TokenError::Form | TokenError::UnknownSecret | TokenError::Expired => {
                Refusal::unauthorized(error.to_string())
            }
        };
        let (Some(instance), Some(operation)) = (instance, route.operation) else {
            return Err(Refusal::forbidden(
                "forbidden",
                "a token is good for one instance only; this route needs a key",
            ));
        };
        let capability = secrets
            .verify(&code, &settings.hub_name, instance)
            .map_err(refused)?;
        capability.check(operation, SystemClock.now()).map_err(refused)?;
        return Ok(Caller::Token(capability.operations().collect()));
    }
    match keys.scopes_of(&code) {
        None => Err(Refusal::unauthorized("the key is not known here")),
        Some(scopes) if scopes.contains(&route.scope) => Ok(Caller::Key(scopes)),
        Some(_) => Err(Refusal::forbidden(
            "forbidden",
            format!("this route needs a key with the scope `{}`", route.scope),
        )),
    }
}

/// Makes a token for one operation on one instance, where keys are needed.
pub(crate) fn sign(
    settings: &Settings,
    instance: &str,
    operation: Operation,
    expires: i64,
) -> Option<String> {
    let Access::Keys { secrets, .. } = &settings.access else {
        return None;
    };
    secrets.sign(&Capability {
        hub: &settings.hub_name,
        instance,
        operations: operation.letter().to_string(),
        expires,
    })
}
