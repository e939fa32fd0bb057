//! Reading instances into memory, and bringing messages from the queues to them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use durable_core::history::{ChildPolicy, EventKind, ExecutionStarted};
use durable_core::hub::{HubError, InstanceRecord, InstanceStatus};
use durable_core::{ExecutionId, InstanceId, RecordedVersion, Timestamp};

use super::in_hand::{Held, QueueOf};
use super::shared::Shared;
use super::store::ReadHistory;
use crate::backoff::abandon_delay;
use crate::coordinator::{Arrival, Basis, Changes, Delivered, MessageId, Resident, Tasks, Wishes};
use crate::dequeue::{StartMessage, StartRow, StartVerdict, is_gone, judge_start};
use crate::error::invalid;
use crate::transport::QueueMessage;
use crate::value::Ticks;
use crate::wire::{InstanceRow, WireEvent};

/// Returns the record of an instance that has just been started.
pub(crate) fn pending_record(started: &ExecutionStarted, now: Timestamp) -> InstanceRecord {
    InstanceRecord {
        instance: started.instance.clone(),
        execution: started.execution.clone(),
        generation: started.generation,
        name: started.name.clone(),
        version: started.version.clone(),
        status: InstanceStatus::Pending,
        created_at: now,
        updated_at: now,
        ended_at: None,
        scheduled_start: started.scheduled_start,
        input: started.input.clone(),
        output: None,
        failure: None,
        custom_status: None,
        tags: started.tags.clone(),
        parent: started.parent.clone(),
        policy: ChildPolicy::default(),
        blocked: None,
        stalled_since: None,
        owner: None,
        event_count: 0,
    }
}

impl Shared {
    /// Makes what is held of an instance from its row, with nothing in its history.
    pub(crate) fn resident_of(&self, row: InstanceRow) -> Resident {
        let partition = self.partition_of(&row.record.instance);
        let mut resident = Resident::new(0, partition, row.record);
        if let Some(first) = row.started_as {
            resident.first_execution = first;
        }
        resident.row_etag = row.etag;
        resident.rewound = row.rewound;
        resident.start_generation = row.start_generation;
        resident.created_fine = row.created_fine;
        resident.block.tried = row.builds_tried.into_iter().collect();
        (resident.record.owner, resident.record.stalled_since) = (None, None);
        resident
    }

    /// Reads an instance: its row and its history.
    pub(crate) async fn read_resident(&self, id: &InstanceId) -> Result<Option<Resident>, HubError> {
        let Some(row) = self.read_row(id).await? else {
            return Ok(None);
        };
        let history = self.read_history(id).await?;
        let mut resident = self.resident_of(row);
        let before = self.row_of(&Basis::of(&resident));
        catch_up(&mut resident, history);
        let stands = |record: &InstanceRecord| (record.status, record.execution.clone());
        if stands(&resident.record) != stands(&before.record) {
            // The row was left behind by a commit whose node died before it wrote it.
            let after = self.row_of(&Basis::of(&resident));
            self.merge_row(id, &before, &after, resident.etag.as_deref())
                .await?;
            // What an execution begins with is not in the history yet: the next commit looks at all of the row.
            resident.row_etag = None;
        }
        Ok(Some(resident))
    }

    /// Brings what waits for an instance to it, after it has been read. The caller has the instance's lock.
    pub(crate) async fn hold(&self, id: &InstanceId) -> Result<bool, HubError> {
        if self.with(|state| state.residents.contains_key(id)) {
            return Ok(true);
        }
        let mut resident = self.read_resident(id).await?;
        if let Some(resident) = &mut resident {
            let outbox = std::mem::take(&mut resident.outbox);
            let etag = resident.etag.take();
            resident.etag = self.put_again(id, &outbox, etag).await?;
        }
        match resident {
            Some(resident) if !resident.is_ended() => {
                let early = self.change(|state| state.install(resident));
                self.try_all_again(early).await;
                Ok(true)
            }
            Some(resident) => {
                self.settle_without(id, Some(&resident)).await;
                Ok(false)
            }
            None => {
                self.settle_without(id, None).await;
                Ok(false)
            }
        }
    }

    /// Reads an instance that messages wait for.
    pub(crate) async fn load(&self, id: &InstanceId) {
        let _lock = self.locks.lock(id).await;
        if let Err(error) = self.hold(id).await {
            tracing::warn!(instance = %id, %error, "an instance could not be read; its messages are tried again");
            self.try_all_again(self.with(|state| state.take_arriving(id)))
                .await;
        }
    }

    /// Puts messages back that this node can do nothing with now. None is left behind: it would be hidden for good.
    async fn try_all_again(&self, arrivals: Vec<Arrival>) {
        for arrival in arrivals {
            self.try_again(arrival).await;
        }
    }

    async fn try_again(&self, arrival: Arrival) {
        if let Some(message) = &arrival.message {
            self.back_off(message, arrival.dequeues).await;
        }
    }

    /// Decides about the messages of an instance that has ended, or that does not exist.
    async fn settle_without(&self, id: &InstanceId, ended: Option<&Resident>) {
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
                _ if arrival.dequeues == 0 => StartVerdict::Discard(crate::dequeue::Discarded::Lost),
                EventKind::ExecutionStarted(started) if started.parent.is_some() && ended.is_none() => {
                    let rest = std::iter::once(arrival).chain(waiting).collect();
                    return self.begin_foreign_child(id, rest).await;
                }
                EventKind::ExecutionStarted(started) => Self::judge(started, &arrival, ended),
                _ if start_waits => StartVerdict::Abandon,
                // The row of its instance may not be written yet.
                _ if ended.is_none() && !is_gone(arrival.dequeues) => StartVerdict::Abandon,
                _ => StartVerdict::Discard(crate::dequeue::Discarded::Lost),
            };
            match verdict {
                StartVerdict::Run | StartVerdict::Abandon => {
                    start_waits = true;
                    self.back_off(&message, arrival.dequeues).await;
                }
                StartVerdict::Discard(_) => self.remove_some_time(&message).await,
            }
        }
    }

    /// Removes a message that has no effect, however often it comes.
    async fn remove_some_time(&self, id: &MessageId) {
        if let Err(error) = self.remove(id).await {
            tracing::warn!(%error, "a message could not be removed; it comes again when its time is over");
        }
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
            StartVerdict::Run => StartVerdict::Discard(crate::dequeue::Discarded::Lost),
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
                let early = self.change(|state| {
                    if etag.is_some() {
                        state.install(self.resident_of(InstanceRow { etag, ..row }));
                    }
                    // If its parent was quicker, the instance is read again.
                    let is_early = |arrival: &Arrival| state.deliver(arrival.clone()) == Delivered::TooEarly;
                    waiting.into_iter().filter(is_early).collect()
                });
                self.try_all_again(early).await;
            }
            Err(error) => {
                tracing::warn!(instance = %id, %error, "a child's row could not be written; its start is tried again");
                self.try_all_again(waiting).await;
            }
        }
    }

    /// Returns the row of an instance that has just been started.
    pub(crate) fn pending_row(
        &self,
        started: &ExecutionStarted,
        policy: ChildPolicy,
        start_generation: Option<i32>,
    ) -> InstanceRow {
        let record = InstanceRecord {
            policy,
            ..pending_record(started, self.now())
        };
        InstanceRow {
            start_generation,
            ..InstanceRow::new(record, self.names.hub().as_str())
        }
    }

    /// Brings messages that came out of a control queue to their instances, all in one step, so that what was sent together
    /// is handed out together.
    pub(crate) async fn receive(&self, partition: u32, messages: &[QueueMessage], got_at: Instant) {
        let mut arrivals = Vec::new();
        for message in messages {
            let id = MessageId::new(&message.id);
            let hidden_until = got_at + self.visibility();
            if self.in_hand.seen_again(&id, &message.pop_receipt, hidden_until) {
                self.came_again(&id).await;
                continue;
            }
            let held = Held {
                queue: QueueOf::Control(partition),
                receipt: message.pop_receipt.clone(),
                hidden_until,
                renewed: true,
                going: false,
            };
            self.in_hand.take(id.clone(), held);
            match self.receive_new(partition, &id, message).await {
                Ok(arrival) => arrivals.extend(arrival),
                Err(error) => {
                    let dequeued = message.dequeue_count;
                    tracing::warn!(%error, dequeued, "a message cannot be used now; it is tried again");
                    self.back_off(&id, dequeued).await;
                }
            }
        }
        let early: Vec<(MessageId, u32)> = self.change(|state| {
            let mut early = Vec::new();
            for arrival in arrivals {
                let again = (arrival.message.clone(), arrival.dequeues);
                let delivered = if !state.partitions.contains_key(&partition) {
                    Delivered::TooEarly
                } else if let EventKind::TimerFired { fire_at, .. } = arrival.event.kind {
                    state.set_timer(fire_at, arrival)
                } else {
                    state.deliver(arrival)
                };
                if delivered == Delivered::TooEarly
                    && let (Some(message), dequeues) = again
                {
                    early.push((message, dequeues));
                }
            }
            early
        });
        for (id, dequeues) in early {
            self.back_off(&id, dequeues).await;
        }
    }

    async fn back_off(&self, id: &MessageId, dequeues: u32) {
        if let Err(error) = self.put_back(id, abandon_delay(dequeues)).await {
            tracing::warn!(%error, "a message could not be put back; it comes again when its time is over");
        }
    }

    async fn receive_new(
        &self,
        partition: u32,
        id: &MessageId,
        message: &QueueMessage,
    ) -> Result<Option<Arrival>, HubError> {
        let data = self.open(&message.text).await?;
        let instance = InstanceId::new(&data.target.instance)
            .map_err(|error| invalid(format!("the message is for no instance of ours: {error}")))?;
        let hidden = self.time_until(&data);
        let event = match data.event {
            WireEvent::Known(known) => *known,
            WireEvent::Foreign(foreign) => {
                // Nothing of the core. What it says may be that the history was changed by others.
                tracing::debug!(event = %foreign.name, "a message of a kind that only wakes its instance");
                self.reread(&instance).await?;
                self.put_unheld(&instance).await?;
                self.fulfil_stored(&instance).await?;
                self.remove(id).await?;
                return Ok(None);
            }
        };
        let execution = data.target.execution.as_deref().filter(|text| !text.is_empty());
        let execution = execution
            .map(ExecutionId::new)
            .transpose()
            .map_err(|error| invalid(error.to_string()))?;
        match &event.event.kind {
            EventKind::ExecutionTerminated { reason } => {
                self.terminated_by_message(&instance, reason, id).await?;
                return Ok(None);
            }
            EventKind::ExecutionResumed { .. } => self.lift_block_of_held(&instance).await?,
            _ => {}
        }
        if let Some(hidden) = hidden {
            self.hide(id, None, hidden).await?;
            self.in_hand.keep(id, false);
        }
        let hidden_for = i64::try_from(self.visibility().as_micros()).unwrap_or(i64::MAX);
        Ok(Some(Arrival {
            instance,
            partition,
            execution,
            since: match &event.event.kind {
                EventKind::TimerFired { fire_at, .. } => *fire_at,
                _ => self.now(),
            },
            event: event.event,
            message: Some(id.clone()),
            cause: data.extras.caused_by.as_deref().map(MessageId::new),
            dequeued_at: Timestamp::from_micros(
                message
                    .next_visible
                    .timestamp()
                    .as_micros()
                    .saturating_sub(hidden_for),
            ),
            dequeues: message.dequeue_count.max(1),
            start_generation: event.start_generation,
            carried: data.extras.carried,
            policy: data.extras.policy,
        }))
    }

    /// A message that this node has all along was seen again: it waited for its time, or its renewal came late.
    async fn came_again(&self, id: &MessageId) {
        let due = self.with(|state| {
            let mut timers = state.timers.iter();
            timers
                .find(|(_, timer)| timer.message.as_ref() == Some(id))
                .map(|(&(due, _), _)| due)
        });
        let left = due
            .map(|due| due.saturating_since(self.now()))
            .filter(|left| !left.is_zero());
        let Some(left) = left else {
            self.in_hand.keep(id, true);
            return;
        };
        let hidden = left.clamp(Duration::from_secs(1), self.settings.timer_slice);
        if let Err(error) = self.hide(id, None, hidden).await {
            tracing::warn!(%error, "a timer's message could not be hidden again; it comes again when its time is over");
        }
    }
}

/// Brings what is held of an instance to where its history stands.
fn catch_up(resident: &mut Resident, history: ReadHistory) {
    resident.etag = history.etag;
    resident.settled = history.own.settled.into_iter().collect();
    resident.outbox = history.own.outbox;
    resident.foreign_rows = 0;
    resident.record.event_count = 0;
    let of_row = resident.record.execution.as_str();
    let Some(current) = history.execution else {
        return;
    };
    if current != of_row && history.own.previous.as_deref() != Some(of_row) {
        // The row is of a newer start: what the history holds is of the instance before.
        return;
    }
    if current != of_row {
        // The history has continued as new, and its node died before it wrote the row.
        if let Ok(execution) = ExecutionId::new(&current) {
            resident.record.execution = execution;
        }
    }
    resident.foreign_rows = history.foreign_rows;
    resident.record.event_count = history.events.len() as u64;
    resident.tasks = Tasks::default();
    for event in &history.events {
        resident.tasks.note(&event.kind);
        if let EventKind::ExecutionRewound { from, .. } = &event.kind
            && !resident.rewound.contains(from)
        {
            resident.rewound.push(from.clone());
        }
    }
    for task in history.own.sent.iter().filter_map(|sent| sent.task) {
        resident.tasks.note_sent(task);
    }
    resident.sent = history.own.sent;
    resident.wishes = Wishes::read(history.own.wishes);
    if let Some(event) = history.events.last()
        && let EventKind::ExecutionCompleted(status) = &event.kind
        && !resident.is_ended()
    {
        resident.record.end(status.clone(), event.at);
    } else if resident.record.status == InstanceStatus::Pending && !history.events.is_empty() {
        resident.record.status = InstanceStatus::Running;
    }
    if resident.record.version == RecordedVersion::Blank {
        resolve_version(resident, &history.events);
    }
    resident.history = Some(Arc::new(history.events));
}

/// A blank version that the first turn has resolved is in the history if the row was not written any more.
fn resolve_version(resident: &mut Resident, events: &[durable_core::history::Event]) {
    let resolved = events.iter().find_map(|event| match &event.kind {
        EventKind::Marker(marker) if marker.kind == durable_core::history::MarkerKind::VersionResolved => {
            serde_json::from_str::<String>(&marker.data).ok()
        }
        _ => None,
    });
    if let Some(text) = resolved {
        resident.record.version = RecordedVersion::from(text);
    }
}
