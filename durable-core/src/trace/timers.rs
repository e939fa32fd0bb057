//! The spans of durable timers: from when a timer was created to when it fired, over turns, processes and crashes.

use std::collections::BTreeMap;

use super::tracer::span_id;
use super::{EndedSpan, SpanContext};
use crate::decision::Outgoing;
use crate::history::{Event, EventKind};
use crate::id::{ExecutionId, InstanceId, TaskId};
use crate::name::WireName;
use crate::replay::{Decision, Random};
use crate::time::Timestamp;
use crate::version::RecordedVersion;

/// The span of a durable timer that has fired.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct TimerSpan {
    /// The span's own context. Its id follows from the execution and the task.
    pub context: SpanContext,
    /// That of the execution.
    pub parent: SpanContext,
    /// When it was created.
    pub created: Timestamp,
    /// When it fired.
    pub fired: Timestamp,
    /// When it was to fire.
    pub fire_at: Timestamp,
    /// The task.
    pub task: TaskId,
    /// The orchestrator's name.
    pub name: WireName,
    /// The version in force when it fired.
    pub version: RecordedVersion,
    /// The instance.
    pub instance: InstanceId,
    /// The execution.
    pub execution: ExecutionId,
}

impl TimerSpan {
    /// Returns the span's name as it is exported: without a version, as the Durable Task Framework makes it.
    pub fn exported_name(&self) -> String {
        format!(
            "{}:{}:{}",
            super::table::ORCHESTRATION.span,
            self.name,
            super::table::TIMER.span
        )
    }
}

/// What a worker knows of an execution's timers.
#[derive(Debug, Default)]
pub(super) struct Timers {
    /// When each was created that has not fired. Those that a history tells of may have been dropped: no event says that.
    open: BTreeMap<TaskId, Timestamp>,
    /// What becomes of timers if the hub accepts the turn under way.
    turn: Vec<Change>,
}

#[derive(Debug)]
enum Change {
    Created { task: TaskId, at: Timestamp },
    Dropped { task: TaskId },
    Fired(Fired),
}

#[derive(Debug)]
struct Fired {
    task: TaskId,
    at: Timestamp,
    fire_at: Timestamp,
}

impl Timers {
    /// Takes in a history, as the hub has it.
    pub(super) fn recall(&mut self, history: &[Event]) {
        self.open.clear();
        self.turn.clear();
        for change in history.iter().filter_map(of_event) {
            self.apply(change);
        }
    }

    /// Notes what a turn does that is to be committed.
    pub(super) fn decided(&mut self, decision: &Decision) {
        self.turn.clear();
        self.turn.extend(decision.events.iter().filter_map(of_event));
        self.turn
            .extend(decision.outgoing.iter().filter_map(|sent| match sent {
                Outgoing::CancelTimer(task) => Some(Change::Dropped { task: *task }),
                Outgoing::Activity(_)
                | Outgoing::Timer { .. }
                | Outgoing::StartChild(_)
                | Outgoing::Send { .. }
                | Outgoing::Raise { .. }
                | Outgoing::CancelActivity(_)
                | Outgoing::CancelChild { .. }
                | Outgoing::CancelChildren { .. } => None,
            }));
    }

    pub(super) fn is_changed(&self) -> bool {
        !self.turn.is_empty()
    }

    /// Returns the spans of the timers that fired, now that the hub has accepted the turn.
    pub(super) fn accepted(&mut self, of: &EndedSpan) -> Vec<TimerSpan> {
        let turn = std::mem::take(&mut self.turn);
        let fired = turn.into_iter().filter_map(|change| self.apply(change));
        fired.map(|(created, fired)| span(of, created, &fired)).collect()
    }

    fn apply(&mut self, change: Change) -> Option<(Timestamp, Fired)> {
        match change {
            Change::Created { task, at } => {
                self.open.insert(task, at);
                None
            }
            Change::Dropped { task } => {
                self.open.remove(&task);
                None
            }
            Change::Fired(fired) => Some((self.open.remove(&fired.task)?, fired)),
        }
    }
}

fn of_event(event: &Event) -> Option<Change> {
    let at = event.at;
    if let EventKind::TimerCreated { task, .. } = event.kind {
        return Some(Change::Created { task, at });
    }
    if let EventKind::TimerFired { task, fire_at } = event.kind {
        return Some(Change::Fired(Fired { task, at, fire_at }));
    }
    None
}

fn span(of: &EndedSpan, created: Timestamp, fired: &Fired) -> TimerSpan {
    let text = format!("timer/{}/{}", of.execution, fired.task.0);
    TimerSpan {
        context: SpanContext {
            span: span_id(Random::from_text(&text).next()),
            ..of.context.clone()
        },
        parent: of.context.clone(),
        created,
        fired: fired.at,
        fire_at: fired.fire_at,
        task: fired.task,
        name: of.name.clone(),
        version: of.version.clone(),
        instance: of.instance.clone(),
        execution: of.execution.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decision::{CustomStatus, TurnOutcome};
    use crate::trace::{SpanId, TraceId};

    const TASK: TaskId = TaskId(3);

    fn moment(seconds: i64) -> Timestamp {
        Timestamp::from_micros(seconds * 1_000_000)
    }

    fn created() -> Event {
        let fire_at = moment(10);
        Event::new(moment(1), EventKind::TimerCreated { task: TASK, fire_at })
    }

    fn fired() -> Event {
        let fire_at = moment(10);
        Event::new(moment(11), EventKind::TimerFired { task: TASK, fire_at })
    }

    fn turn(events: Vec<Event>, outgoing: Vec<Outgoing>) -> Decision {
        Decision {
            consumed: Vec::new(),
            events,
            outgoing,
            custom_status: CustomStatus::Unchanged,
            version: None,
            suspended: false,
            outcome: TurnOutcome::Waiting,
        }
    }

    fn execution() -> EndedSpan {
        let context = SpanContext {
            trace: TraceId(1_u128.try_into().unwrap()),
            span: SpanId(2_u64.try_into().unwrap()),
            sampled: true,
            state: None,
        };
        let (instance, name) = (InstanceId::new("one").unwrap(), WireName::new("reminds").unwrap());
        EndedSpan::of(context, instance, ExecutionId::from_random(1), name)
    }

    #[test]
    fn a_turn_that_the_hub_refused_has_no_effect_and_is_told_once_when_it_is_made_again() {
        let (mut timers, of) = (Timers::default(), execution());
        timers.decided(&turn(vec![created()], Vec::new()));
        assert!(timers.accepted(&of).is_empty());
        timers.decided(&turn(vec![fired()], Vec::new()));
        // Refused; another worker may have the history.
        timers.recall(&[created()]);
        timers.decided(&turn(vec![fired()], Vec::new()));
        let told = timers.accepted(&of);
        let spans: Vec<_> = told
            .iter()
            .map(|span| (span.created, span.fired, span.fire_at))
            .collect();
        assert_eq!(spans, [(moment(1), moment(11), moment(10))]);
        assert_eq!(told[0].parent, of.context);
        assert!(timers.accepted(&of).is_empty());
    }

    #[test]
    fn a_dropped_timer_is_forgotten() {
        let (mut timers, of) = (Timers::default(), execution());
        timers.recall(&[created()]);
        timers.decided(&turn(Vec::new(), vec![Outgoing::CancelTimer(TASK)]));
        assert!(timers.accepted(&of).is_empty() && timers.open.is_empty());
    }
}
