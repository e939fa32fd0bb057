//! The trace that an execution belongs to.

use tracing::Span;

use super::spans::{SpanName, describe};
use super::table::SpanKind;
use super::timers::Timers;
use super::tracer::{span_id, trace_id};
use super::{EndedSpan, SpanContext, TraceId, Tracer, installed};
use crate::decision::{Outgoing, TurnOutcome};
use crate::history::{Event, EventKind, TraceContext};
use crate::id::ExecutionId;
use crate::replay::{Decision, Random};
use crate::time::Timestamp;
use crate::version::RecordedVersion;

/// What a worker knows of the trace that an execution belongs to.
#[derive(Debug, Default)]
pub(crate) enum ExecutionTrace {
    /// Its first event was not seen yet.
    #[default]
    Unknown,
    /// It belongs to none, and nothing is exported.
    None,
    /// It belongs to one.
    Known(Box<Known>),
}

/// A trace that an execution belongs to.
#[derive(Debug)]
pub(crate) struct Known {
    /// What activities and sub-orchestrations are given.
    context: Box<TraceContext>,
    /// What the start was given, and so is the execution that follows.
    start: Option<Box<TraceContext>>,
    /// The execution's own span, where spans are exported.
    own: Option<Own>,
}

#[derive(Debug)]
struct Own {
    tracer: &'static dyn Tracer,
    span: EndedSpan,
    timers: Timers,
    /// Whether the turn under way ends it.
    ends: bool,
}

impl ExecutionTrace {
    /// Takes in the first event of a history, if it is among these and not known yet. `execution` is the one in force.
    ///
    /// The ids follow from those of the executions, so every worker finds the same, whichever turns it has made.
    pub(crate) fn learn<'a>(&mut self, events: impl IntoIterator<Item = &'a Event>, execution: &ExecutionId) {
        if !matches!(self, Self::Unknown) {
            return;
        }
        for event in events {
            if let EventKind::ExecutionStarted(started) = &event.kind {
                let given = event.trace.as_deref().and_then(SpanContext::read);
                *self = match (installed(), given) {
                    (None, None) => Self::None,
                    (None, Some(given)) => Self::passed_on(&given),
                    (Some(tracer), given) => {
                        let context = own_context(tracer, given.as_ref(), &started.execution, execution);
                        let (instance, name) = (started.instance.clone(), started.name.clone());
                        let mut span = EndedSpan::of(context, instance, execution.clone(), name);
                        span.started = started.scheduled_start.map_or(event.at, |due| due.max(event.at));
                        span.parent.clone_from(&given);
                        let own = Own {
                            tracer,
                            span,
                            timers: Timers::default(),
                            ends: false,
                        };
                        let context = Box::new(own.span.context.write());
                        let start = given.map(|given| Box::new(given.write()));
                        Self::Known(Box::new(Known {
                            context,
                            start,
                            own: Some(own),
                        }))
                    }
                };
                return;
            }
        }
    }

    /// Takes in the history that an execution is brought into memory with: which timers have not fired yet.
    pub(crate) fn recall(&mut self, history: &[Event]) {
        if let Some(own) = self.own().filter(|own| own.span.context.sampled) {
            own.timers.recall(history);
        }
    }

    /// Without a tracer, what the start was given goes to everything that the execution begins.
    fn passed_on(given: &SpanContext) -> Self {
        let context = Box::new(given.write());
        let start = Some(context.clone());
        Self::Known(Box::new(Known {
            context,
            start,
            own: None,
        }))
    }

    fn own(&mut self) -> Option<&mut Own> {
        match self {
            Self::Known(known) => known.own.as_mut(),
            Self::Unknown | Self::None => None,
        }
    }

    /// Makes a span of a turn or a replay a child of the execution's.
    pub(crate) fn adopt(&mut self, span: &Span, kind: &SpanKind, version: &RecordedVersion) {
        if let Some(own) = self.own() {
            describe(span, kind, &SpanName(kind.span, &own.span.name, version));
            own.tracer.adopt(span, &own.span.context);
        }
    }

    /// Hands the trace on to everything that a turn begins.
    pub(crate) fn stamp(&self, decision: &mut Decision) {
        let Self::Known(known) = self else {
            return;
        };
        let context = || Some(known.context.clone());
        for event in &mut decision.events {
            if matches!(
                event.kind,
                EventKind::TaskScheduled { .. } | EventKind::SubOrchestrationInstanceCreated { .. }
            ) {
                event.trace = context();
            }
        }
        for sent in &mut decision.outgoing {
            match sent {
                // What a rewind sends again has the trace of its first time.
                Outgoing::Activity(order) if order.trace.is_none() => order.trace = context(),
                Outgoing::StartChild(child) => child.trace = context(),
                Outgoing::Activity(_)
                | Outgoing::Timer { .. }
                | Outgoing::Send { .. }
                | Outgoing::Raise { .. }
                | Outgoing::CancelActivity(_)
                | Outgoing::CancelTimer(_)
                | Outgoing::CancelChild { .. }
                | Outgoing::CancelChildren { .. } => {}
            }
        }
        if let TurnOutcome::ContinuedAsNew(next) = &mut decision.outcome {
            next.trace.clone_from(&known.start);
        }
    }

    /// Notes how the turn that is to be committed ends, and what it does with timers.
    pub(crate) fn decided(
        &mut self,
        decision: &Decision,
        version: &RecordedVersion,
        now: impl Fn() -> Timestamp,
    ) {
        let Some(own) = self.own() else {
            return;
        };
        (own.ends, own.span.status) = match &decision.outcome {
            TurnOutcome::Ended(status) => (true, Some(status.clone())),
            TurnOutcome::ContinuedAsNew(_) => (true, None),
            TurnOutcome::Waiting | TurnOutcome::Blocked(_) => (false, None),
        };
        if own.span.context.sampled {
            own.timers.decided(decision);
        }
        if own.ends {
            own.span.ended = now();
        }
        if own.ends || own.timers.is_changed() {
            own.span.version.clone_from(version);
        }
    }

    /// Exports the spans of the timers that fired in the turn that the hub has accepted, and the execution's, if it was its last.
    pub(crate) fn accepted(&mut self) {
        let Some(own) = self.own().filter(|own| own.span.context.sampled) else {
            return;
        };
        for fired in own.timers.accepted(&own.span) {
            own.tracer.export_timer(&fired);
        }
        if std::mem::take(&mut own.ends) {
            own.tracer.export(&own.span);
        }
    }
}

/// Makes the context of an execution's own span: in the trace of the start, or in one of its own.
fn own_context(
    tracer: &dyn Tracer,
    given: Option<&SpanContext>,
    first: &ExecutionId,
    present: &ExecutionId,
) -> SpanContext {
    let trace = given.map_or_else(|| trace_of(first), |given| given.trace);
    SpanContext {
        trace,
        span: span_id(Random::from_text(&format!("span/{present}")).next()),
        sampled: given.map_or_else(|| tracer.samples(trace), |given| given.sampled),
        state: given.and_then(|given| given.state.clone()),
    }
}

/// The trace of an execution that no client's span began: its id is the execution's, by which people find it.
fn trace_of(execution: &ExecutionId) -> TraceId {
    let text = execution.as_str();
    let own = u128::from_str_radix(text, 16).ok().filter(|_| text.len() == 32);
    trace_id(own.unwrap_or_else(|| {
        let mut random = Random::from_text(&format!("trace/{text}"));
        (u128::from(random.next()) << 64) | u128::from(random.next())
    }))
}
