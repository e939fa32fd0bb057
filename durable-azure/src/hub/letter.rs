//! Messages as they are made, before they are put anywhere.

use durable_core::history::{Event, EventKind, Tags};
use durable_core::hub::{ActivityKey, ActivityOrder, HubError, HubErrorKind};
use durable_core::{ExecutionId, InstanceId, Payload, Timestamp};

use super::shared::Shared;
use crate::coordinator::{Arrival, MessageId};
use crate::error::corrupt;
use crate::wire::{Address, Extras, Guid, KnownEvent, MessageData, WireEvent};

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

    /// Gives it an id of its own: however often its message is put, the receiver takes it once.
    pub(crate) fn once(mut self) -> Result<Self, HubError> {
        self.extras.caused_by = Some(Shared::new_guid()?.to_string());
        Ok(self)
    }
}

impl Shared {
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

    /// Draws the identity of a new message.
    pub(crate) fn new_guid() -> Result<Guid, HubError> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes)
            .map_err(|error| HubError::new(HubErrorKind::Unavailable, error.to_string()))?;
        Ok(Guid(u128::from_be_bytes(bytes)))
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
}

fn address(instance: &InstanceId, execution: Option<&ExecutionId>) -> Address {
    Address {
        instance: instance.as_str().to_owned(),
        execution: execution.map(|execution| execution.as_str().to_owned()),
    }
}
