//! Generated code in a crate that forbids nearly everything.
#![no_implicit_prelude]
#![forbid(unsafe_code)]
#![deny(
    warnings,
    missing_docs,
    missing_debug_implementations,
    unreachable_pub,
    unused_qualifications
)]
#![deny(
    elided_lifetimes_in_paths,
    trivial_casts,
    unused_lifetimes,
    redundant_lifetimes,
    non_ascii_idents
)]
#![deny(clippy::all, clippy::pedantic)]

extern crate durable as renamed;

/// Names that generated code must not mistake for the real ones.
mod decoys {
    #![allow(dead_code, missing_docs, reason = "they exist to be in the way")]
    pub(crate) struct Option;
    pub(crate) struct Result;
    pub(crate) mod core {}
    pub(crate) mod std {}
    pub(crate) mod durable {}
}
#[allow(unused_imports, reason = "they exist to be in the way")]
use decoys::*;

/// An order.
#[derive(
    ::core::fmt::Debug,
    ::core::clone::Clone,
    ::serde::Serialize,
    ::serde::Deserialize,
    ::renamed::DurableSchema,
)]
#[durable(crate = ::renamed)]
pub struct Order<T> {
    /// Its content.
    pub content: T,
    /// Its parts.
    #[durable(opaque)]
    pub parts: ::std::vec::Vec<Order<T>>,
}

/// An older order.
#[derive(::core::fmt::Debug, ::serde::Serialize, ::serde::Deserialize)]
pub struct OldOrder;

/// Charges.
#[::renamed::activity(
    crate = ::renamed,
    retry(max_attempts = 2, backoff = "10s", non_retriable("A", "B")),
    timeout = "30s",
    max_concurrent = 1
)]
pub async fn charge(
    _ctx: ::renamed::ActivityContext,
    order: Order<u8>,
) -> ::core::result::Result<u8, ::renamed::Failure> {
    ::core::result::Result::Ok(order.content)
}

/// Charges without waiting.
#[::renamed::activity(crate = ::renamed, blocking)]
pub fn r#move(_: ::renamed::ActivityContext, (): ()) -> ::core::result::Result<(), ::renamed::Failure> {
    ::core::result::Result::Ok(())
}

/// Checks out.
#[::renamed::orchestrator(crate = ::renamed, superseded, upgrade = "latest")]
pub async fn checkout(
    _: ::renamed::OrchestrationContext,
    _: OldOrder,
) -> ::core::result::Result<(), ::renamed::Failure> {
    async {}.await;
    ::core::result::Result::Ok(())
}

/// Checks out.
#[::renamed::orchestrator(crate = ::renamed, version = "2", upgrade = "latest")]
#[cfg(not(doctest))]
#[expect(
    clippy::no_effect_underscore_binding,
    unused_variables,
    reason = "the handles must not inherit it"
)]
pub async fn checkout(
    ctx: ::renamed::OrchestrationContext,
    (order, input): (Order<u8>, u8),
) -> ::core::result::Result<(), ::renamed::Failure> {
    let _unused = order;
    ::core::result::Result::Ok(())
}

/// Upgrades.
#[::renamed::migrate(crate = ::renamed)]
#[must_use]
pub fn migrate(_: OldOrder) -> (Order<u8>, u8) {
    (
        Order {
            content: 1,
            parts: ::std::vec::Vec::new(),
        },
        2,
    )
}

/// Helps, and borrows.
#[::renamed::deterministic(crate = ::renamed, strict)]
#[must_use]
pub fn half(orders: &[Order<u8>]) -> usize {
    let mut count = 0;
    for order in orders.iter() {
        count += order.parts.len();
    }
    count / ::core::cmp::max(2, count)
}

/// Helps, waits and fails.
///
/// # Errors
///
/// If there is nothing to do.
#[::renamed::deterministic(crate = ::renamed, strict)]
pub async fn help<'a, T>(
    ctx: &'a ::renamed::OrchestrationContext,
    (first, mut rest): (&'a T, ::std::vec::Vec<Order<u8>>),
) -> ::core::result::Result<&'a T, ::renamed::Failure>
where
    T: ::core::clone::Clone,
{
    if half(&rest) == 0 {
        return ::core::result::Result::Err(::renamed::Failure::new("nothing"));
    }
    for order in rest.drain(..) {
        let pause = ::renamed::orchestration::minutes(::core::convert::From::from(order.content));
        ctx.timer(pause).await;
    }
    ctx.timer(::renamed::orchestration::seconds(1)).await;
    ctx.join_all([1, 2].map(|_| async { ctx.instance() })).await;
    ::core::result::Result::Ok(first)
}

/// A helper with state.
#[derive(::core::fmt::Debug)]
pub struct Helper;

#[::renamed::deterministic(crate = ::renamed)]
impl Helper {
    /// Waits.
    pub async fn wait(&self, ctx: &::renamed::OrchestrationContext) {
        const ONCE: u64 = 1;
        ctx.timer(::renamed::orchestration::days(ONCE)).await;
    }
}

#[cfg(any())]
#[::renamed::deterministic(crate = ::renamed)]
pub async fn missing(ctx: Missing) -> Missing {}

#[cfg(any())]
#[::renamed::activity(crate = ::renamed)]
pub async fn absent(ctx: Missing) -> Missing {}

/// Starts.
#[::renamed::main(crate = ::renamed)]
async fn main() -> ::core::result::Result<(), ::std::string::String> {
    let parsed: u8 = "7".parse().map_err(|error| ::std::format!("{error}"))?;
    ::core::assert_eq!(parsed, 7);
    ::core::result::Result::Ok(())
}
