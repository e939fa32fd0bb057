//! What tells a recorded step from an attempted one, for programs that show it in their own way.

use crate::history::EventKind;
use crate::id::TaskId;
use crate::payload::Payload;
use crate::replay::action::{Action, Attempt, Recorded};

/// The two sides of the first difference, each in the words of the report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The step that the history has.
    pub recorded: String,
    /// What the code does instead, with its place in the source.
    pub attempted: String,
}

/// A step that is the recorded one, but was given another input than the recorded one.
///
/// It is no difference: replay takes the recorded result. It tells that the code computes something else than it did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputChange {
    /// The index of the history's event, from 0.
    pub step: u64,
    /// The task.
    pub task: TaskId,
    /// What was called, as in the report of a difference.
    pub what: String,
    /// The place in the user's source.
    pub place: String,
    /// The fingerprint of the recorded input.
    pub recorded: u64,
    /// The fingerprint of the attempted input.
    pub attempted: u64,
}

impl InputChange {
    /// Compares the inputs of an attempted step and the recorded one that it matches.
    pub(super) fn between(step: u64, action: &Action, kind: &EventKind) -> Option<Self> {
        let (task, attempted, recorded) = inputs(&action.attempt, kind)?;
        let (recorded, attempted) = (recorded.fingerprint(), attempted.fingerprint());
        (recorded != attempted).then(|| Self {
            step,
            task,
            what: Recorded(kind).to_string(),
            place: action.place.to_string(),
            recorded,
            attempted,
        })
    }
}

/// Returns the inputs of two steps that match, if they have any: attempted, then recorded.
fn inputs<'a>(attempt: &'a Attempt, kind: &'a EventKind) -> Option<(TaskId, &'a Payload, &'a Payload)> {
    match (attempt, kind) {
        (Attempt::Activity(order), EventKind::TaskScheduled { input, .. }) => {
            Some((order.task, &order.input, input))
        }
        (Attempt::Child(child, task), EventKind::SubOrchestrationInstanceCreated { input, .. }) => {
            Some((*task, &child.started.input, input))
        }
        (Attempt::Send { task, input, .. }, EventKind::EventSent { input: recorded, .. }) => {
            Some((*task, input, recorded))
        }
        _ => None,
    }
}
