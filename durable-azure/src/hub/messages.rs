//! Messages in the queues: how they are put, kept, hidden, and removed.

use std::time::{Duration, Instant};

use durable_core::InstanceId;
use durable_core::hub::HubError;

use super::in_hand::{Held, QueueOf};
use super::letter::{Letter, Sender};
use super::shared::Shared;
use crate::coordinator::MessageId;
use crate::error::{corrupt, invalid};
use crate::transport::{QueueClient, StorageErrorKind};
use crate::wire::{Envelope, MessageData, Stored, partition_of, store_message, unpack};

/// The longest a large message may be once it is unpacked and before.
const BLOB_MAX: usize = 256 * 1024 * 1024;

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

    /// Puts a message that everybody sees, at once or after a time.
    pub(crate) async fn put(
        &self,
        queue: QueueOf,
        message: &MessageData,
        hidden: Option<Duration>,
    ) -> Result<(), HubError> {
        let text = self.put_text(message).await?;
        let _visible = self.visible.begin(queue);
        let receipt = self.queue(queue)?.put(&text, hidden.unwrap_or_default()).await?;
        tracing::trace!(message = receipt.message_id, to = %message.target.instance, event = ?message.outline(), ?hidden, "put");
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
        tracing::trace!(message = %id, to = %message.target.instance, event = ?message.outline(), ?hidden, "put and held");
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

    /// Returns for how long a message that has a time of its own is hidden; `None` if it is due or has none.
    pub(crate) fn time_until(&self, message: &MessageData) -> Option<Duration> {
        let left = message.due()?.saturating_since(self.now());
        // The service counts in seconds: hidden for none, it is visible at once.
        (!left.is_zero()).then(|| left.clamp(Duration::from_secs(1), self.settings.timer_slice))
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
        tracing::trace!(message = %id, held = self.in_hand.get(id).is_some(), "removed");
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
        tracing::trace!(message = %id, ?hidden, "put back");
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
}
