//! Reading the queue of activities, as many as the workers of this node want.

use std::sync::Arc;
use std::time::{Duration, Instant};

use durable_core::history::EventKind;
use durable_core::hub::{ActivityKey, ActivityOrder, HubError};
use durable_core::{ExecutionId, InstanceId};

use super::control::draw;
use super::in_hand::{Held, QueueOf};
use super::shared::Shared;
use super::together::first_of;
use crate::backoff::{PollingBackoff, abandon_delay};
use crate::coordinator::MessageId;
use crate::error::invalid;
use crate::transport::QueueMessage;
use crate::wire::{MessageData, WireEvent};

/// The most messages of one look (the service allows no more).
const MOST: usize = 32;
const AFTER_ERROR: Duration = Duration::from_secs(1);
/// How long an activity is left to others that nobody here runs, at most.
const LONGEST_PASS: Duration = Duration::from_secs(5);

/// Fetches activities for as long as the hub is open.
pub(crate) async fn serve(shared: Arc<Shared>) {
    let mut backoff = PollingBackoff::new(shared.settings.polling);
    loop {
        let wanted = shared.with(|state| state.wanted_activities()).min(MOST);
        if wanted == 0 || !shared.is_primary() {
            shared.hungry.notified().await;
            backoff.reset();
            continue;
        }
        let pause = match look(&shared, u32::try_from(wanted).unwrap_or(1)).await {
            Some(0) => backoff.pause(draw()),
            Some(_) => {
                backoff.reset();
                Duration::ZERO
            }
            None => AFTER_ERROR,
        };
        // A fetch that begins now wants an answer now.
        first_of(tokio::time::sleep(pause), async {
            if pause > shared.settings.polling.shortest * 4 {
                shared.hungry.notified().await;
            } else {
                std::future::pending::<()>().await;
            }
        })
        .await;
    }
}

/// Returns how many came that this node runs.
async fn look(shared: &Arc<Shared>, wanted: u32) -> Option<usize> {
    let got_at = Instant::now();
    let messages = match shared.work_items.get(wanted, shared.visibility()).await {
        Ok(messages) => messages,
        Err(error) => {
            tracing::warn!(%error, "the queue of activities could not be read");
            return None;
        }
    };
    let mut useful = 0;
    for message in &messages {
        useful += usize::from(shared.receive_work_item(message, got_at).await);
    }
    Some(useful)
}

impl Shared {
    async fn receive_work_item(&self, message: &QueueMessage, got_at: Instant) -> bool {
        let id = MessageId::new(&message.id);
        let hidden_until = got_at + self.visibility();
        if self.in_hand.seen_again(&id, &message.pop_receipt, hidden_until) {
            return true;
        }
        let held = Held {
            queue: QueueOf::WorkItems,
            receipt: message.pop_receipt.clone(),
            hidden_until,
            renewed: true,
            going: false,
        };
        self.in_hand.take(id.clone(), held);
        match self.take_work_item(&id, message).await {
            Ok(true) => true,
            Ok(false) => {
                // Another node may run it: not poison, so it comes back soon, however often nobody wanted it.
                let hidden = abandon_delay(message.dequeue_count.min(30)).min(LONGEST_PASS);
                if let Err(error) = self.put_back(&id, hidden).await {
                    tracing::warn!(%error, "an activity could not be put back; it comes again when its time is over");
                }
                false
            }
            Err(error) => {
                tracing::warn!(%error, dequeued = message.dequeue_count, "an activity's message cannot be read");
                if let Err(error) = self.put_back(&id, abandon_delay(message.dequeue_count)).await {
                    tracing::warn!(%error, "an activity could not be put back; it comes again when its time is over");
                }
                false
            }
        }
    }

    async fn take_work_item(&self, id: &MessageId, message: &QueueMessage) -> Result<bool, HubError> {
        let data = self.open(&message.text).await?;
        let (key, order) = read_order(&data)?;
        let dequeued = message.dequeue_count;
        tracing::trace!(message = %id, of = %key.instance, task = %key.task, dequeued, "an activity came");
        // Put hidden, it was with the node that put it, though no dequeue counted that.
        let told = data.extras.handed_out;
        let handed_out = told.saturating_add(message.dequeue_count.saturating_sub(1));
        let progress = data.extras.progress;
        Ok(self.change(|state| {
            let runs_here = state.runs_here(&order);
            if runs_here {
                state.add_activity(key, order, Some(id.clone()), (handed_out, told), progress);
            }
            runs_here
        }))
    }
}

fn read_order(data: &MessageData) -> Result<(ActivityKey, ActivityOrder), HubError> {
    let bad = |error: durable_core::NameError| invalid(format!("the activity's caller: {error}"));
    let WireEvent::Known(known) = &data.event else {
        return Err(invalid(
            "the message in the queue of activities is no order of one",
        ));
    };
    let EventKind::TaskScheduled {
        task,
        name,
        version,
        input,
    } = &known.event.kind
    else {
        return Err(invalid(
            "the message in the queue of activities is no order of one",
        ));
    };
    let execution = data.target.execution.as_deref().unwrap_or_default();
    let key = ActivityKey {
        instance: InstanceId::new(&data.target.instance).map_err(bad)?,
        execution: ExecutionId::new(execution).map_err(bad)?,
        task: *task,
    };
    let order = ActivityOrder {
        task: *task,
        name: name.clone(),
        version: version.clone(),
        input: input.clone(),
        attempt: data.extras.attempt,
        heartbeat: data.extras.heartbeat,
        queue: data.extras.queue.clone(),
        trace: known.event.trace.clone(),
    };
    Ok((key, order))
}
