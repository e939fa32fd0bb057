//! Comparison of two runs of a turn.

use super::Made;
use super::difference::{Difference, difference, hash, payloads};
use super::report::two_runs;
use crate::decision::{CustomStatus, Outgoing};
use crate::history::{CompletionStatus, Event, EventKind, ExecutionStarted};
use crate::payload::Payload;
use crate::replay::action::Recorded;
use crate::replay::engine::Waiting;
use crate::replay::halt::Halt;

/// Compares everything that two runs of a turn decided. `before` is the number of events before the turn.
pub(super) fn turns(who: &ExecutionStarted, before: u64, first: &Made, second: &Made) -> Result<(), Halt> {
    let (ours, theirs) = (&first.decision.events, &second.decision.events);
    let mut step = before;
    for at in 0..ours.len().max(theirs.len()) {
        let pair = (ours.get(at), theirs.get(at));
        let difference = match pair {
            (Some(a), Some(b)) => difference(&a.kind, &b.kind),
            (Some(_), None) | (None, Some(_)) => Some(Difference::Kind),
            (None, None) => None,
        };
        if let Some(difference) = difference {
            let texts = (
                told(pair.0, first, step, &difference),
                told(pair.1, second, step, &difference),
            );
            return Err(at_place(
                two_runs(who, step, &texts.0, &texts.1),
                first,
                second,
                step,
            ));
        }
        step += 1;
    }
    statuses(
        who,
        step,
        &first.decision.custom_status,
        &second.decision.custom_status,
    )?;
    cancels(who, step, &first.decision.outgoing, &second.decision.outgoing)?;
    waits(who, step, first.waiting.as_ref(), second.waiting.as_ref())
}

/// Compares what two runs wait for.
pub(super) fn waits(
    who: &ExecutionStarted,
    step: u64,
    first: Option<&Waiting>,
    second: Option<&Waiting>,
) -> Result<(), Halt> {
    if first == second {
        return Ok(());
    }
    let text = |waiting: Option<&Waiting>| {
        waiting.map_or_else(|| "waits for nothing".to_owned(), |w| format!("waits for {w}"))
    };
    let halt = two_runs(who, step, &text(first), &text(second));
    Err(match second.or(first) {
        Some(waiting) => halt.at_place(waiting.place),
        None => halt,
    })
}

fn statuses(
    who: &ExecutionStarted,
    step: u64,
    first: &CustomStatus,
    second: &CustomStatus,
) -> Result<(), Halt> {
    let same = match (first, second) {
        (CustomStatus::Unchanged, CustomStatus::Unchanged) => true,
        (CustomStatus::Set(a), CustomStatus::Set(b)) => payloads(a, b).is_none(),
        (CustomStatus::Unchanged, CustomStatus::Set(_)) | (CustomStatus::Set(_), CustomStatus::Unchanged) => {
            false
        }
    };
    if same {
        return Ok(());
    }
    let text = |status: &CustomStatus| match status {
        CustomStatus::Unchanged => "leaves the custom status as it was".to_owned(),
        CustomStatus::Set(value) => format!("sets the custom status to {}", hash(value)),
    };
    Err(two_runs(who, step, &text(first), &text(second)))
}

/// Compares what is taken back. In which order does not matter, and is often that in which values are dropped.
fn cancels(who: &ExecutionStarted, step: u64, first: &[Outgoing], second: &[Outgoing]) -> Result<(), Halt> {
    let list = |sent: &[Outgoing]| {
        let mut texts: Vec<String> = sent.iter().filter_map(cancelled).collect();
        texts.sort_unstable();
        texts.join(", ")
    };
    let (ours, theirs) = (list(first), list(second));
    if ours == theirs {
        return Ok(());
    }
    Err(two_runs(
        who,
        step,
        &format!("takes back: {ours}"),
        &format!("takes back: {theirs}"),
    ))
}

fn cancelled(sent: &Outgoing) -> Option<String> {
    match sent {
        Outgoing::CancelActivity(task) => Some(format!("activity task {task}")),
        Outgoing::CancelTimer(task) => Some(format!("timer task {task}")),
        Outgoing::CancelChild { instance, .. } => Some(format!("sub-orchestration `{instance}`")),
        Outgoing::CancelChildren { .. } => Some("every sub-orchestration".to_owned()),
        // These follow from events, which are compared.
        Outgoing::Activity(_)
        | Outgoing::Timer { .. }
        | Outgoing::StartChild(_)
        | Outgoing::Send { .. }
        | Outgoing::Raise { .. } => None,
    }
}

/// Words one run's event.
fn told(event: Option<&Event>, made: &Made, step: u64, difference: &Difference) -> String {
    let Some(event) = event else {
        return "nothing".to_owned();
    };
    let text = match &event.kind {
        EventKind::OrchestratorCompleted => made.waiting.as_ref().map_or_else(
            || "nothing: the orchestrator waits".to_owned(),
            |waiting| format!("nothing: the orchestrator waits for {waiting}"),
        ),
        kind => Recorded(kind).to_string(),
    };
    let place = place_of(made, step).map(|place| format!(", at {place}"));
    let data = match difference {
        Difference::Data(what) => Some(format!(", differs in {what}")),
        Difference::Kind => None,
    };
    let value = payload_of(&event.kind)
        .filter(|_| data.is_some())
        .map(|payload| format!(": {}", hash(payload)));
    [Some(text), place, data, value].into_iter().flatten().collect()
}

fn payload_of(kind: &EventKind) -> Option<&Payload> {
    match kind {
        EventKind::TaskScheduled { input, .. }
        | EventKind::SubOrchestrationInstanceCreated { input, .. }
        | EventKind::EventSent { input, .. }
        | EventKind::ContinueAsNew { input, .. } => Some(input),
        EventKind::ExecutionCompleted(CompletionStatus::Completed(value)) => Some(value),
        _ => None,
    }
}

fn place_of(made: &Made, step: u64) -> Option<&'static std::panic::Location<'static>> {
    let found = made.places.iter().find(|(at, _)| *at == step);
    found.map(|(_, place)| *place)
}

/// Names the place of the step that the second run attempted, or else the first.
fn at_place(halt: Halt, first: &Made, second: &Made, step: u64) -> Halt {
    let waits = |made: &Made| made.waiting.as_ref().map(|waiting| waiting.place);
    let place = place_of(first, step)
        .or_else(|| place_of(second, step))
        .or_else(|| waits(first))
        .or_else(|| waits(second));
    match place {
        Some(place) => halt.at_place(place),
        None => halt,
    }
}
