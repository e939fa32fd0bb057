//! Bringing messages from the control queues to their instances.

use std::time::{Duration, Instant};

use durable_core::history::EventKind;
use durable_core::hub::HubError;
use durable_core::{ExecutionId, InstanceId, Timestamp};

use super::in_hand::{Held, QueueOf};
use super::shared::Shared;
use crate::backoff::abandon_delay;
use crate::coordinator::{Arrival, MessageId};
use crate::error::invalid;
use crate::transport::QueueMessage;
use crate::wire::WireEvent;

impl Shared {
    /// Brings messages that came out of a control queue to their instances, all in one step, so that what was sent together
    /// is handed out together.
    pub(crate) async fn receive(&self, partition: u32, messages: &[QueueMessage], got_at: Instant) {
        let mut arrivals = Vec::new();
        for message in messages {
            let id = MessageId::new(&message.id);
            let hidden_until = got_at + self.visibility();
            if self.in_hand.seen_again(&id, &message.pop_receipt, hidden_until) {
                tracing::trace!(message = %id, dequeued = message.dequeue_count, "came again");
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
                    self.back_off(&id, abandon_delay(dequeued)).await;
                }
            }
        }
        self.change(|state| {
            for arrival in arrivals {
                if let EventKind::TimerFired { fire_at, .. } = arrival.event.kind {
                    state.set_timer(fire_at, arrival);
                } else {
                    state.deliver(arrival);
                }
            }
        });
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

    /// Puts messages back that this node can do nothing with now. None is left behind: it would be hidden for good.
    pub(super) async fn try_all_again(&self, arrivals: Vec<Arrival>) {
        for arrival in arrivals {
            if let Some(message) = &arrival.message {
                self.back_off(message, arrival.pause()).await;
            }
        }
    }

    pub(super) async fn back_off(&self, id: &MessageId, hidden: Duration) {
        if let Err(error) = self.put_back(id, hidden).await {
            tracing::warn!(%error, "a message could not be put back; it comes again when its time is over");
        }
    }
}
