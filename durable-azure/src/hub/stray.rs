//! Messages whose instance has ended, or does not exist.

use durable_core::InstanceId;
use durable_core::history::{ChildPolicy, EventKind, ExecutionStarted};

use super::children::answer_of;
use super::shared::Shared;
use crate::coordinator::{Arrival, MessageId, Resident};
use crate::dequeue::{Discarded, StartMessage, StartRow, StartVerdict, is_gone, judge_start};
use crate::value::Ticks;
use crate::wire::InstanceRow;

/// How often the start of a detached child has to come before it begins without a row.
const DETACHED_BEGINS: u32 = 3;

/// Returns whether an instance was started by another's turn, and begins though that has written no row. A client writes
/// the row itself, or has not started it.
fn is_by_a_turn(started: &ExecutionStarted, arrival: &Arrival) -> bool {
    // A child that nobody waits for names no parent; if one of us sent its start, this tells its policy. Its row is waited
    // for, since of a turn that is refused nothing else tells: a living node takes it back, or writes the row.
    started.parent.is_some() || (arrival.policy.is_some() && arrival.dequeues >= DETACHED_BEGINS)
}

impl Shared {
    /// Decides about the messages of an instance that has ended, or that does not exist.
    pub(super) async fn settle_without(&self, id: &InstanceId, ended: Option<&Resident>) {
        let mut waiting = self.with(|state| state.take_arriving(id));
        // A start decides about what came with it.
        waiting.sort_by_key(|it| !matches!(it.event.kind, EventKind::ExecutionStarted(_)));
        let mut start_waits = false;
        let mut waiting = waiting.into_iter();
        while let Some(arrival) = waiting.next() {
            let Some(message) = arrival.message.clone() else {
                continue;
            };
            let verdict = match &arrival.event.kind {
                _ if arrival.dequeues == 0 => StartVerdict::Discard(Discarded::Lost),
                EventKind::ExecutionStarted(started)
                    if ended.is_none() && is_by_a_turn(started, &arrival) =>
                {
                    let rest = std::iter::once(arrival).chain(waiting).collect();
                    return self.begin_foreign_child(id, rest).await;
                }
                EventKind::ExecutionStarted(started) => Self::judge(started, &arrival, ended),
                _ if start_waits => StartVerdict::Abandon,
                // The row of its instance may not be written yet.
                _ if ended.is_none() && !is_gone(arrival.dequeues) => StartVerdict::Abandon,
                _ => StartVerdict::Discard(Discarded::Lost),
            };
            match verdict {
                StartVerdict::Run | StartVerdict::Abandon => {
                    start_waits = true;
                    self.back_off(&message, arrival.pause()).await;
                }
                StartVerdict::Discard(_) => {
                    if self.answer_again(&arrival, ended).await {
                        self.remove_some_time(&message).await;
                    } else {
                        self.back_off(&message, arrival.pause()).await;
                    }
                }
            }
        }
    }

    /// Has a child that has ended answer again if its parent starts it again: the turn that started it before may not have
    /// been stored, and its answer been given up. Returns false if that cannot be done now.
    async fn answer_again(&self, arrival: &Arrival, ended: Option<&Resident>) -> bool {
        let EventKind::ExecutionStarted(started) = &arrival.event.kind else {
            return true;
        };
        let child = ended.filter(|it| it.record.parent == started.parent);
        let Some(answer) = child.and_then(|child| answer_of(&child.record, self.now())) else {
            return true;
        };
        let sent = self.send(answer).await;
        if let Err(error) = &sent {
            tracing::warn!(%error, "a child's answer could not be put again; it is tried when its start comes again");
        }
        sent.is_ok()
    }

    fn judge(started: &ExecutionStarted, arrival: &Arrival, ended: Option<&Resident>) -> StartVerdict {
        let generation = arrival.start_generation.unwrap_or_default();
        let message = StartMessage {
            execution_id: started.execution.as_str(),
            generation,
            timestamp: Ticks::of(arrival.event.at),
            dequeue_count: arrival.dequeues,
            dequeued_at: Ticks::of(arrival.dequeued_at),
        };
        let row = ended.map(|it| StartRow {
            execution_id: Some(it.record.execution.as_str()),
            generation: it.start_generation.unwrap_or_default(),
            created: Ticks::of(it.record.created_at),
            is_pending: false,
        });
        match judge_start(&message, row.as_ref()) {
            // It has run already: this is its second copy.
            StartVerdict::Run => StartVerdict::Discard(Discarded::Lost),
            other => other,
        }
    }

    /// Makes the row of a child whose parent has written none: one of the framework, or one that has died since, or is about
    /// to write it.
    async fn begin_foreign_child(&self, id: &InstanceId, waiting: Vec<Arrival>) {
        let start = waiting.iter().find_map(|arrival| match &arrival.event.kind {
            EventKind::ExecutionStarted(started) => Some((started, arrival.policy)),
            _ => None,
        });
        let Some((started, policy)) = start else {
            return self.try_all_again(waiting).await;
        };
        // The framework does nothing to the children of a parent that has ended.
        let row = self.pending_row(started, policy.unwrap_or(ChildPolicy::Abandon), None);
        match self.insert_row(&row).await {
            Ok(etag) => {
                self.change(|state| {
                    if etag.is_some() {
                        state.install(self.resident_of(InstanceRow { etag, ..row }));
                    }
                    // If its parent was quicker, the instance is read again.
                    for arrival in waiting {
                        state.deliver(arrival);
                    }
                });
            }
            Err(error) => {
                tracing::warn!(instance = %id, %error, "a child's row could not be written; its start is tried again");
                self.try_all_again(waiting).await;
            }
        }
    }

    /// Removes a message that has no effect, however often it comes.
    async fn remove_some_time(&self, id: &MessageId) {
        if let Err(error) = self.remove(id).await {
            tracing::warn!(%error, "a message could not be removed; it comes again when its time is over");
        }
    }
}
