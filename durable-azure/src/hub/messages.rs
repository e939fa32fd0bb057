//! Messages: how they are made, put, kept, and removed.

use std::time::{Duration, Instant};

use durable_core::history::{Event, EventKind, Tags};
use durable_core::hub::{ActivityKey, ActivityOrder, HubError};
use durable_core::{ExecutionId, InstanceId, Payload, Timestamp};

use super::in_hand::{Held, QueueOf};
use super::shared::Shared;
use crate::coordinator::{Arrival, MessageId};
use crate::error::{corrupt, invalid};
use crate::transport::{QueueClient, StorageErrorKind};
use crate::wire::{
    Address, Envelope, Extras, Guid, KnownEvent, MessageData, Stored, WireError, WireEvent, partition_of,
    store_message, unpack,
};

/// A message to an instance.
#[derive(Debug, Clone)]
pub(crate) struct Letter {
    pub(crate) to: InstanceId,
    /// `None` for any execution.
    pub(crate) execution: Option<ExecutionId>,
    pub(crate) event: Event,
    pub(crate) extras: Extras,
    /// Which start of the id it is, if it is a client's.
    pub(crate) start_generation: Option<i32>,
}

/// Who sends a message; a client if nobody.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sender {
    pub(crate) of: Option<(InstanceId, ExecutionId)>,
    pub(crate) tags: Option<Tags>,
}

/// The longest a large message may be once it is unpacked and before.
const BLOB_MAX: usize = 256 * 1024 * 1024;

impl From<WireError> for HubError {
    fn from(error: WireError) -> Self {
        corrupt(error.to_string()).with_source(error)
    }
}

impl Letter {
    pub(crate) fn new(to: InstanceId, execution: Option<ExecutionId>, event: Event) -> Self {
        Self {
            to,
            execution,
            event,
            extras: Extras::default(),
            start_generation: None,
        }
    }

    /// Reads the letter that a message is of.
    pub(crate) fn of(message: &MessageData) -> Result<Self, HubError> {
        let WireEvent::Known(known) = &message.event else {
            return Err(corrupt("a message that a turn sends is of no known kind"));
        };
        let to = InstanceId::new(&message.target.instance).map_err(|error| corrupt(error.to_string()))?;
        let execution = message
            .target
            .execution
            .as_deref()
            .filter(|text| !text.is_empty());
        let execution = execution
            .map(ExecutionId::new)
            .transpose()
            .map_err(|error| corrupt(error.to_string()))?;
        Ok(Self {
            to,
            execution,
            event: known.event.clone(),
            extras: message.extras.clone(),
            start_generation: known.start_generation,
        })
    }

    /// A letter for whichever execution is current.
    pub(crate) fn to_any(to: &InstanceId, at: Timestamp, kind: EventKind) -> Self {
        Self::new(to.clone(), None, Event::new(at, kind))
    }
}

impl Shared {
    /// Returns the partition of an instance.
    pub(crate) fn partition_of(&self, id: &InstanceId) -> u32 {
        partition_of(id.as_str(), self.partition_count)
    }

    /// Returns whether this node owns the partition of an instance, and so holds it in memory.
    pub(crate) fn owns(&self, id: &InstanceId) -> bool {
        let partition = self.partition_of(id);
        self.with(|state| state.partitions.contains_key(&partition))
    }

    pub(crate) fn queue(&self, queue: QueueOf) -> Result<&QueueClient, HubError> {
        match queue {
            QueueOf::WorkItems => Ok(&self.work_items),
            QueueOf::Control(partition) => {
                let at = usize::try_from(partition).ok();
                let none = || invalid(format!("the hub has no partition {partition}"));
                at.and_then(|at| self.control.get(at)).ok_or_else(none)
            }
        }
    }

    /// Draws the identity of a new message.
    pub(crate) fn new_guid() -> Result<Guid, HubError> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).map_err(|error| {
            HubError::new(durable_core::hub::HubErrorKind::Unavailable, error.to_string())
        })?;
        Ok(Guid(u128::from_be_bytes(bytes)))
    }

    /// Makes the message of a letter.
    pub(crate) fn message(&self, letter: &Letter, sender: &Sender) -> Result<MessageData, HubError> {
        let event = KnownEvent {
            event: letter.event.clone(),
            start_generation: letter.start_generation,
            action: None,
            fine: 0,
        };
        Ok(MessageData {
            activity_id: Self::new_guid()?,
            event: WireEvent::Known(Box::new(event)),
            target: address(&letter.to, letter.execution.as_ref()),
            context_tags: sender.tags.clone(),
            sequence_number: self.next_sequence(),
            episode: None,
            sender: sender
                .of
                .as_ref()
                .map(|(id, execution)| address(id, Some(execution)))
                .unwrap_or_default(),
            trace_context: None,
            extras: letter.extras.clone(),
        })
    }

    /// Makes the work item of an activity.
    pub(crate) fn work_item(
        &self,
        key: &ActivityKey,
        order: &ActivityOrder,
        sender: &Sender,
        handed_out: u32,
        progress: Option<Payload>,
    ) -> Result<MessageData, HubError> {
        let mut event = Event::new(
            self.now(),
            EventKind::TaskScheduled {
                task: order.task,
                name: order.name.clone(),
                version: order.version.clone(),
                input: order.input.clone(),
            },
        );
        event.trace.clone_from(&order.trace);
        let mut letter = Letter::new(key.instance.clone(), Some(key.execution.clone()), event);
        letter.extras = Extras {
            attempt: order.attempt,
            heartbeat: order.heartbeat,
            queue: order.queue.clone(),
            progress,
            handed_out,
            ..Extras::default()
        };
        self.message(&letter, sender)
    }

    /// Puts a message, its blob first if it is large.
    async fn put_text(&self, message: &MessageData) -> Result<String, HubError> {
        match store_message(message)? {
            Stored::Inline(text) => Ok(text),
            Stored::Blob { stub, blob } => {
                self.put_blob(&blob.name, blob.bytes).await?;
                Ok(stub)
            }
        }
    }

    /// Puts a message that everybody sees, at once or after a time.
    pub(crate) async fn put(
        &self,
        queue: QueueOf,
        message: &MessageData,
        hidden: Option<Duration>,
    ) -> Result<(), HubError> {
        let text = self.put_text(message).await?;
        let _visible = self.visible.begin(queue);
        self.queue(queue)?.put(&text, hidden.unwrap_or_default()).await?;
        Ok(())
    }

    /// Puts a message that nobody else sees, and keeps it: renewed until it is removed, or, if `hidden` is given, for that
    /// time.
    pub(crate) async fn put_held(
        &self,
        queue: QueueOf,
        message: &MessageData,
        hidden: Option<Duration>,
    ) -> Result<MessageId, HubError> {
        let text = self.put_text(message).await?;
        let hidden_for = hidden.unwrap_or(self.visibility());
        let put_at = Instant::now();
        let receipt = self.queue(queue)?.put(&text, hidden_for).await?;
        let id = MessageId::new(&receipt.message_id);
        self.in_hand.take(
            id.clone(),
            Held {
                queue,
                receipt: receipt.pop_receipt,
                hidden_until: put_at + hidden_for,
                renewed: hidden.is_none(),
                going: false,
            },
        );
        Ok(id)
    }

    /// Sends a letter: keeps it if this node owns the receiver's partition, else leaves it to the owner.
    pub(crate) async fn post(&self, letter: &Letter, sender: &Sender) -> Result<Option<MessageId>, HubError> {
        self.post_message(&self.message(letter, sender)?).await
    }

    /// As [`post`](Self::post), for a message that is made already.
    pub(crate) async fn post_message(&self, message: &MessageData) -> Result<Option<MessageId>, HubError> {
        let partition = partition_of(&message.target.instance, self.partition_count);
        let queue = QueueOf::Control(partition);
        let hidden = self.time_until(message);
        if !self.with(|state| state.keeps(partition)) {
            self.put(queue, message, hidden).await?;
            return Ok(None);
        }
        self.put_held(queue, message, hidden).await.map(Some)
    }

    /// Returns for how long a message that has a time of its own is hidden; `None` if it is due or has none.
    pub(crate) fn time_until(&self, message: &MessageData) -> Option<Duration> {
        let left = message.due()?.saturating_since(self.now());
        // The service counts in seconds: hidden for none, it is visible at once.
        (!left.is_zero()).then(|| left.clamp(Duration::from_secs(1), self.settings.timer_slice))
    }

    /// Makes an arrival of a letter that this node sent.
    pub(crate) fn arrival(&self, letter: Letter, message: Option<MessageId>) -> Arrival {
        self.arrival_at(letter, message, self.now())
    }

    /// As [`arrival`](Self::arrival), for a caller who has looked at the clock.
    pub(crate) fn arrival_at(&self, letter: Letter, message: Option<MessageId>, now: Timestamp) -> Arrival {
        Arrival {
            partition: self.partition_of(&letter.to),
            instance: letter.to,
            execution: letter.execution,
            since: match &letter.event.kind {
                EventKind::TimerFired { fire_at, .. } => *fire_at,
                _ => now,
            },
            event: letter.event,
            message,
            cause: letter.extras.caused_by.as_deref().map(MessageId::new),
            dequeued_at: now,
            dequeues: 0,
            start_generation: letter.start_generation,
            carried: letter.extras.carried,
            policy: letter.extras.policy,
        }
    }

    /// Reads the text of a message, and its blob if it is a stub.
    pub(crate) async fn open(&self, text: &str) -> Result<MessageData, HubError> {
        let blob = match Envelope::read(text)? {
            Envelope::Message(message) => return Ok(*message),
            Envelope::Stub { blob } => blob,
        };
        let content = self.blobs.get(&blob, BLOB_MAX).await?;
        let content = content.ok_or_else(|| corrupt(format!("the blob `{blob}` of a message is gone")))?;
        match Envelope::read(&unpack(&blob, &content)?)? {
            Envelope::Message(message) => Ok(*message),
            Envelope::Stub { .. } => Err(corrupt(format!("the blob `{blob}` holds another stub"))),
        }
    }

    /// Removes a message that this node has. One that is gone already, or that has come again, is no error.
    pub(crate) async fn remove(&self, id: &MessageId) -> Result<(), HubError> {
        // A renewal that was under way has given it another receipt: the next attempt has that.
        for _ in 0..3 {
            let Some(held) = self.in_hand.let_go(id) else {
                return Ok(());
            };
            match self
                .queue(held.queue)?
                .delete_message(id.as_str(), &held.receipt)
                .await
            {
                Ok(()) => break,
                Err(error) if error.kind == StorageErrorKind::NotFound => break,
                Err(error) if error.kind == StorageErrorKind::PopReceiptMismatch => {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
                Err(error) => {
                    self.in_hand.forget(id);
                    return Err(error.into());
                }
            }
        }
        self.in_hand.forget(id);
        Ok(())
    }

    /// Puts a message back: it is seen again after `hidden`.
    pub(crate) async fn put_back(&self, id: &MessageId, hidden: Duration) -> Result<(), HubError> {
        let Some(held) = self.in_hand.forget(id) else {
            return Ok(());
        };
        let answer = self
            .queue(held.queue)?
            .update(id.as_str(), &held.receipt, None, hidden)
            .await;
        match answer {
            Ok(_) => Ok(()),
            // Gone, or another has it: then there is nothing to put back.
            Err(error)
                if matches!(
                    error.kind,
                    StorageErrorKind::NotFound | StorageErrorKind::PopReceiptMismatch
                ) =>
            {
                Ok(())
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Hides a message again that this node has, with another text if one is given.
    pub(crate) async fn hide(
        &self,
        id: &MessageId,
        text: Option<&str>,
        hidden: Duration,
    ) -> Result<bool, HubError> {
        let Some(held) = self.in_hand.get(id) else {
            return Ok(false);
        };
        let begun = Instant::now();
        let answer = self
            .queue(held.queue)?
            .update(id.as_str(), &held.receipt, text, hidden)
            .await;
        match answer {
            Ok(updated) => {
                self.in_hand.hidden_again(id, updated.pop_receipt, begun + hidden);
                Ok(true)
            }
            Err(error)
                if matches!(
                    error.kind,
                    StorageErrorKind::NotFound | StorageErrorKind::PopReceiptMismatch
                ) =>
            {
                Ok(false)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Stores a blob; the container is made with the first one.
    pub(crate) async fn put_blob(&self, name: &str, bytes: Vec<u8>) -> Result<(), HubError> {
        match self.blobs.put(name, bytes.clone()).await {
            Err(error) if error.kind == StorageErrorKind::NotFound => {
                self.blobs.create().await?;
                self.blobs.put(name, bytes).await?;
                Ok(())
            }
            other => other.map(drop).map_err(HubError::from),
        }
    }
}

fn address(instance: &InstanceId, execution: Option<&ExecutionId>) -> Address {
    Address {
        instance: instance.as_str().to_owned(),
        execution: execution.map(|execution| execution.as_str().to_owned()),
    }
}
