//! The queue service.

use std::time::Duration;

use super::error::StorageError;
use super::secret::Secret;
use crate::value::Ticks;

/// The most messages of one [`QueueClient::get`].
pub(crate) const MESSAGES_MAX: u32 = 32;
/// The longest time for which a message can be hidden.
pub(crate) const VISIBILITY_MAX: Duration = Duration::from_hours(7 * 24);
/// The most bytes of a message's text.
pub(crate) const TEXT_MAX: usize = 64 * 1024;

/// One queue.
#[derive(Debug, Clone)]
pub(crate) struct QueueClient {}

/// What a put message is known by. Times are the service's, to the second.
#[derive(Debug, Clone)]
pub(crate) struct PutReceipt {
    pub(crate) message_id: String,
    pub(crate) pop_receipt: Secret,
    pub(crate) inserted_at: Ticks,
    pub(crate) next_visible: Ticks,
}

/// A message that was handed out.
#[derive(Debug, Clone)]
pub(crate) struct QueueMessage {
    pub(crate) id: String,
    /// Proves that it was handed out to us; replaced by each update.
    pub(crate) pop_receipt: Secret,
    pub(crate) inserted_at: Ticks,
    pub(crate) next_visible: Ticks,
    /// How often it was handed out, this time included.
    pub(crate) dequeue_count: u32,
    pub(crate) text: String,
}

/// What an updated message is known by from now on.
#[derive(Debug, Clone)]
pub(crate) struct UpdateReceipt {
    pub(crate) pop_receipt: Secret,
    pub(crate) next_visible: Ticks,
}

impl QueueClient {
    pub(crate) fn name(&self) -> &str {
        todo!()
    }

    /// Returns the same queue with another bound for the whole of each operation.
    #[must_use]
    pub(crate) fn within(&self, total: Duration) -> Self {
        todo!()
    }

    /// Makes the queue; returns false if it was there.
    pub(crate) async fn create(&self) -> Result<bool, StorageError> {
        todo!()
    }

    /// Removes the queue and its messages; returns false if it was not there.
    pub(crate) async fn delete(&self) -> Result<bool, StorageError> {
        todo!()
    }

    pub(crate) async fn exists(&self) -> Result<bool, StorageError> {
        todo!()
    }

    /// Returns how many messages there are, about; hidden ones count.
    pub(crate) async fn length(&self) -> Result<u64, StorageError> {
        todo!()
    }

    /// Puts a message that never expires and is hidden for `hidden`, at most [`VISIBILITY_MAX`], to the second.
    ///
    /// If an answer was lost, the message may be there twice: the reader must recognise what it has seen.
    pub(crate) async fn put(&self, text: &str, hidden: Duration) -> Result<PutReceipt, StorageError> {
        todo!()
    }

    /// Takes up to `most` messages, at most [`MESSAGES_MAX`], and hides them for `hidden`. Does not wait for any.
    ///
    /// If an answer was lost, its messages come again when their time is over.
    pub(crate) async fn get(&self, most: u32, hidden: Duration) -> Result<Vec<QueueMessage>, StorageError> {
        todo!()
    }

    /// Hides a message for `hidden` from now on, and replaces its text if one is given.
    ///
    /// `PopReceiptMismatch` with `uncertain` means that our own update may have been applied and its receipt was lost:
    /// the message comes again when its time is over.
    pub(crate) async fn update(
        &self,
        id: &str,
        receipt: &Secret,
        text: Option<&str>,
        hidden: Duration,
    ) -> Result<UpdateReceipt, StorageError> {
        todo!()
    }

    /// Removes a message. `NotFound` if it is gone, unless an earlier attempt of this call may have removed it.
    pub(crate) async fn delete_message(&self, id: &str, receipt: &Secret) -> Result<(), StorageError> {
        todo!()
    }
}
