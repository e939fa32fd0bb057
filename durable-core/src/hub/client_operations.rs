//! The client's side of a hub.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;

use serde::{Deserialize, Serialize};

use super::{Fence, FenceId, HubError, HubFuture, InstanceQuery, InstanceRecord};
use crate::decision::first_event;
use crate::failure::FailureDetails;
use crate::history::{Event, ExecutionStarted, TraceContext};
use crate::hub::ActivityKey;
use crate::id::{ExecutionId, InstanceId};
use crate::name::EventName;
use crate::payload::Payload;
use crate::time::Timestamp;
use crate::version::RecordedVersion;

/// What a start does when the id is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, Serialize, Deserialize)]
pub enum IdReuse {
    /// Refused if an instance with the id exists, running or ended.
    Reject,
    /// Refused if it runs; an ended one is replaced (Durable Functions' rule).
    #[default]
    AllowIfEnded,
    /// An existing one is returned as it is, running or ended.
    UseExisting,
    /// A running one is terminated and replaced; an ended one is replaced.
    TerminateExisting,
}

/// A start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StartRequest {
    /// The first event. Its execution id makes the start idempotent: the same request sent twice starts once.
    pub started: ExecutionStarted,
    /// What happens when the id is taken.
    #[serde(default)]
    pub reuse: IdReuse,
    /// An event delivered in the same atomic step, to the new instance or to the existing one (`start_or_raise`).
    ///
    /// `Conflict` if the existing one has ended: an event is not acknowledged that nobody will read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raise: Option<(EventName, Payload)>,
    /// The trace that the start belongs to: that of its first event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<Box<TraceContext>>,
}

impl StartRequest {
    /// Makes the first event, as of a moment.
    pub fn first_event(&self, at: Timestamp) -> Event {
        first_event(&self.started, self.trace.as_deref(), at)
    }
}

/// The answer to a start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum StartOutcome {
    /// A new execution was created, by this request or by an earlier sending of it.
    Started(ExecutionId),
    /// The id was taken, and the request allowed that.
    Existing(ExecutionId),
    /// The id is taken and the request forbids that.
    Refused(Box<InstanceRecord>),
    /// A fence holds it back. Nothing was done.
    Fenced(Box<Fence>),
}

/// A message from a client to an instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Signal {
    /// An external event.
    Event {
        /// Its name.
        name: EventName,
        /// Its data.
        input: Payload,
    },
    /// End it without running any of its code. Takes effect in the hub, at once, and fences the owner.
    ///
    /// Its sub-orchestrations follow the policies of their calls; if `recursive`, all but abandoned ones are terminated.
    Terminate {
        /// Why.
        reason: String,
        /// Whether its sub-orchestrations are terminated too.
        recursive: bool,
    },
    /// Ask it to end; it may compensate first.
    Cancel {
        /// Why.
        reason: String,
    },
    /// Let it wait.
    Suspend {
        /// Why.
        reason: String,
    },
    /// Let it go on. Also gives a blocked instance another try.
    Resume {
        /// Why.
        reason: String,
    },
}

/// A change of an instance that is made outside a turn. It fences the present owner.
///
/// Refused with [`HubErrorKind::Conflict`](super::HubErrorKind) unless execution and event count are as expected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Amendment {
    /// Another version runs the same execution from now on. Lifts a block. `Conflict` if the instance has ended.
    Move {
        /// Appended to the history: the marker of the move.
        event: Event,
        /// The version.
        version: RecordedVersion,
    },
    /// A new execution goes on from a prefix of the old history. `Conflict` unless the instance has ended.
    ///
    /// The hub wakes it with an `ExecutionResumed`, so that it goes on even if nothing has to be scheduled anew.
    Rewind {
        /// The new execution.
        execution: ExecutionId,
        /// Its whole history so far: kept prefix and `ExecutionRewound`.
        events: Vec<Event>,
        /// The version.
        version: RecordedVersion,
        /// Activities, timers and children that the kept prefix waits for and that must be scheduled anew.
        outgoing: Vec<super::Outgoing>,
    },
}

/// The right to complete an activity from outside the worker, as text that may be handed out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompletionToken(pub ActivityKey);

/// What a purge did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PurgeReport {
    /// How many instances were removed.
    pub purged: u64,
    /// Whether nothing that matched is left.
    pub complete: bool,
}

/// The future of several operations: one answer for each, at its place.
pub type ManyFuture<'a, T> = Pin<Box<dyn Future<Output = Vec<Result<T, HubError>>> + Send + 'a>>;

/// What clients do.
pub trait ClientOperations: Send + Sync {
    /// Starts an instance. Acknowledged only when it is stored.
    fn start(&self, request: StartRequest) -> HubFuture<'_, StartOutcome>;

    /// Starts several instances, each by itself, and answers each at its place once all are stored or refused.
    ///
    /// The hub is given all of them before any is waited for, so that they may share one write to the disk.
    fn start_many(&self, requests: Vec<StartRequest>) -> ManyFuture<'_, StartOutcome> {
        let starts = requests.into_iter().map(|request| self.start(request)).collect();
        Box::pin(together(starts))
    }

    /// Delivers a signal. `NotFound` if there is no such instance; `Conflict` if it has ended.
    fn signal(&self, instance: &InstanceId, signal: Signal) -> HubFuture<'_, ()>;

    /// Completes an activity that gave out its token. `NotFound` if it is not waited for any more.
    fn complete_activity(
        &self,
        token: &CompletionToken,
        result: Result<Payload, FailureDetails>,
    ) -> HubFuture<'_, ()>;

    /// Waits until the execution has ended (and did not continue as new), and returns the record.
    ///
    /// `execution` is the one that the instance was started with, or the current one; `None` means whichever is current.
    /// `NotFound` if there is no such instance or execution, or if it is purged or replaced while waiting.
    /// A long poll ended by a notification.
    fn wait_ended(
        &self,
        instance: &InstanceId,
        execution: Option<ExecutionId>,
    ) -> HubFuture<'_, InstanceRecord>;

    /// Waits until the record satisfies the predicate, and returns it. Woken by each change of the instance.
    ///
    /// `NotFound` if there is no such instance, or if it is purged or replaced while waiting.
    fn wait_until<'a>(
        &'a self,
        instance: &InstanceId,
        predicate: Box<dyn Fn(&InstanceRecord) -> bool + Send + Sync + 'a>,
    ) -> HubFuture<'a, InstanceRecord>;

    /// Changes an instance outside a turn, if it still stands at `execution` with `event_count` events.
    fn amend(
        &self,
        instance: &InstanceId,
        execution: &ExecutionId,
        event_count: u64,
        amendment: Amendment,
    ) -> HubFuture<'_, ()>;

    /// Takes an instance over from another hub, with everything that was known of it: nothing of it has run here before.
    ///
    /// `Conflict` if the id is taken, unless by this very instance: the same import twice is one. A suspended one stays
    /// suspended until it is resumed. If it has a parent, that one is imported before.
    fn import(&self, import: super::Import) -> HubFuture<'_, ()>;

    /// Puts a fence up, or replaces the one of its name. Once this is acknowledged, no start and no rewind that it covers is
    /// accepted until it falls, whichever process asks. A start that was stored before is recognised as before.
    fn raise_fence(&self, fence: Fence) -> HubFuture<'_, ()>;

    /// Takes a fence down. Returns whether it was up.
    fn lower_fence(&self, id: &FenceId) -> HubFuture<'_, bool>;

    /// Removes an ended instance with its history, and its ended sub-orchestrations if `recursive`.
    ///
    /// `NotFound` if there is none, `Conflict` if it has not ended.
    fn purge(&self, instance: &InstanceId, recursive: bool) -> HubFuture<'_, PurgeReport>;

    /// Removes ended instances that match, at most the query's page size in one call.
    fn purge_matching(&self, query: InstanceQuery) -> HubFuture<'_, PurgeReport>;
}

/// Begins all calls, then waits for one after the other.
async fn together<T>(mut calls: Vec<HubFuture<'_, T>>) -> Vec<Result<T, HubError>> {
    let mut begun = Vec::with_capacity(calls.len());
    poll_fn(|cx| {
        begun.extend(calls.iter_mut().map(|call| call.as_mut().poll(cx)));
        Poll::Ready(())
    })
    .await;
    let mut answers = Vec::with_capacity(calls.len());
    for (call, begun) in calls.into_iter().zip(begun) {
        answers.push(match begun {
            Poll::Ready(answer) => answer,
            Poll::Pending => call.await,
        });
    }
    answers
}
