//! The arguments of attributes: which keys there are, and what stands behind them.

mod keys;
mod value;

pub(crate) use keys::{Grammar, nearest};
pub(crate) use value::{Given, duration, duration_text, flag, list, number, path, ratio, switch, text};

use darling::FromMeta;

/// What `#[orchestrator(..)]` and `#[activity(..)]` can say, as written.
#[derive(Debug, Default, FromMeta)]
#[darling(default)]
pub(crate) struct FunctionArgs {
    pub(crate) version: Option<Given>,
    pub(crate) name: Option<Given>,
    pub(crate) superseded: Option<Given>,
    pub(crate) upgrade: Option<Given>,
    pub(crate) strict: Option<Given>,
    pub(crate) retry: Option<Given>,
    pub(crate) timeout: Option<Given>,
    pub(crate) total_timeout: Option<Given>,
    pub(crate) heartbeat: Option<Given>,
    pub(crate) blocking: Option<Given>,
    pub(crate) max_concurrent: Option<Given>,
    #[darling(rename = "crate")]
    pub(crate) facade: Option<Given>,
}

/// What `retry(..)` can say, as written.
#[derive(Debug, Default, FromMeta)]
#[darling(default)]
pub(crate) struct RetryArgs {
    pub(crate) max_attempts: Option<Given>,
    pub(crate) backoff: Option<Given>,
    pub(crate) factor: Option<Given>,
    pub(crate) jitter: Option<Given>,
    pub(crate) non_retriable: Option<Given>,
}

/// What `#[durable::main(..)]`, `#[migrate(..)]` and `#[durable(..)]` on a type can say, as written.
#[derive(Debug, Default, FromMeta)]
#[darling(default)]
pub(crate) struct FacadeArgs {
    #[darling(rename = "crate")]
    pub(crate) facade: Option<Given>,
}

/// What `#[deterministic(..)]` can say, as written.
#[derive(Debug, Default, FromMeta)]
#[darling(default)]
pub(crate) struct DeterministicArgs {
    pub(crate) strict: Option<Given>,
    pub(crate) method: Option<Given>,
    #[darling(rename = "crate")]
    pub(crate) facade: Option<Given>,
}
