//! Natural, correct orchestrators: they compile without a warning, whatever the rules refuse.
//!
//! The patterns are those of the public samples of Durable Functions, Temporal, Restate and others, in the words of
//! this library. A rule that complains about any of them is wrong.

#![deny(warnings)]
#![allow(
    missing_docs,
    unreachable_pub,
    missing_debug_implementations,
    clippy::pedantic,
    reason = "as in a user's program, which sets no such lint"
)]

use std::collections::BTreeSet;

use durable_core::function::FunctionKind;
use durable_core::registry::Registration;

mod natural {
    mod chaining;
    mod children;
    mod events;
    mod failure;
    mod fan_out;
    mod helpers;
    mod machines;
    mod people;
    mod plans;
    mod recorded;
    mod shapes;
    mod shops;
    mod time;
    mod versions;
}

#[test]
fn there_are_eighty_orchestrators_in_the_corpus() {
    let rows = Registration::collected();
    let orchestrators: BTreeSet<_> = rows
        .filter(|row| row.kind() == FunctionKind::Orchestrator)
        .map(|row| (row.place.module, row.name, row.version))
        .collect();
    assert!(orchestrators.len() >= 80, "there are {}", orchestrators.len());
}
