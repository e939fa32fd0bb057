//! The mutants, each with the case that must catch it.

/// A defect of the commit, by what it does to the turn.
macro_rules! turn {
    ($change:expr) => {
        Defect {
            commit: |mut commit| {
                let change: fn(&mut TurnCommit) = $change;
                commit.turn.iter_mut().for_each(change);
                vec![commit]
            },
            ..NONE
        }
    };
}

/// A defect of the outbox: what it makes of one outgoing message.
macro_rules! outgoing {
    ($change:expr) => {
        turn!(|turn| {
            let change: fn(Outgoing) -> Option<Outgoing> = $change;
            turn.outgoing = std::mem::take(&mut turn.outgoing)
                .into_iter()
                .filter_map(change)
                .collect();
        })
    };
}

macro_rules! request {
    ($change:expr) => {
        Defect {
            start: |mut request| {
                let change: fn(&mut durable_core::hub::StartRequest) = $change;
                change(&mut request);
                request
            },
            ..NONE
        }
    };
}

macro_rules! query {
    ($change:expr) => {
        Defect {
            query: |mut query| {
                let change: fn(&mut InstanceQuery) = $change;
                change(&mut query);
                query
            },
            ..NONE
        }
    };
}

#[path = "table/activities.rs"]
mod activities;
#[path = "table/family.rs"]
mod family;
#[path = "table/fences.rs"]
mod fences;
#[path = "table/imports.rs"]
mod imports;
#[path = "table/queries.rs"]
mod queries;
#[path = "table/starts.rs"]
mod starts;
#[path = "table/turns.rs"]
mod turns;

use durable_core::hub::{InstanceQuery, Outgoing, TurnCommit};

use crate::defect::{Defect, Ignored};

/// What is wrong, the case that catches it, and the defect.
pub(crate) type Mutant = (&'static str, &'static str, Defect);

const NONE: Defect = Defect::NONE;

/// Returns every mutant.
pub(crate) fn mutants() -> impl Iterator<Item = &'static Mutant> {
    [
        starts::MUTANTS,
        turns::MUTANTS,
        family::MUTANTS,
        activities::MUTANTS,
        fences::MUTANTS,
        imports::MUTANTS,
        queries::MUTANTS,
    ]
    .into_iter()
    .flatten()
}
