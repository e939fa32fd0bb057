//! The queue service.

mod message;

use std::time::Duration;

use hyper::Method;

use super::error::{StorageError, StorageErrorKind};
use super::operation::Operation;
use super::percent;
use super::request::Request;
use super::secret::Secret;
use super::storage::{Sender, Service};
use super::xml::Beyond;
use crate::value::Ticks;

/// The most messages of one [`QueueClient::get`].
pub(crate) const MESSAGES_MAX: u32 = 32;
/// The longest time for which a message can be hidden.
pub(crate) const VISIBILITY_MAX: Duration = Duration::from_hours(7 * 24);
/// The most bytes of a message's text.
pub(crate) const TEXT_MAX: usize = 64 * 1024;
/// The most bytes of an answer: as many messages as there can be, each character of them a reference.
const ANSWER_MAX: usize = 32 * (TEXT_MAX * 6 + 1024);
const XML: &str = "application/xml";

/// One queue.
#[derive(Debug, Clone)]
pub(crate) struct QueueClient {
    sender: Sender,
    name: String,
}

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
}

impl QueueClient {
    pub(super) fn new(sender: Sender, name: &str) -> Self {
        Self {
            sender,
            name: name.to_owned(),
        }
    }

    /// Returns the same queue with another bound for the whole of each operation.
    #[cfg(test)]
    #[must_use]
    pub(crate) fn within(&self, total: Duration) -> Self {
        Self::new(self.sender.within(total), &self.name)
    }

    /// Makes the queue; returns false if it was there.
    pub(crate) async fn create(&self) -> Result<bool, StorageError> {
        let request = self.request(Operation::CreateQueue, Method::PUT, "");
        match self.sender.send(&request).await {
            Ok(response) => Ok(response.answer.status == 201),
            Err(error) if error.has_code("QueueAlreadyExists") => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Removes the queue and its messages; returns false if it was not there.
    #[cfg(test)]
    pub(crate) async fn delete(&self) -> Result<bool, StorageError> {
        let request = self.request(Operation::DeleteQueue, Method::DELETE, "");
        match self.sender.send(&request).await {
            Ok(_) => Ok(true),
            Err(error) if error.kind == StorageErrorKind::NotFound => Ok(error.uncertain),
            Err(error) => Err(error),
        }
    }

    #[cfg(test)]
    pub(crate) async fn exists(&self) -> Result<bool, StorageError> {
        match self.length().await {
            Ok(_) => Ok(true),
            Err(error) if error.kind == StorageErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Returns how many messages there are, about; hidden ones count.
    #[cfg(test)]
    pub(crate) async fn length(&self) -> Result<u64, StorageError> {
        let request = self
            .request(Operation::QueueLength, Method::GET, "")
            .query("comp", "metadata");
        let answer = self.sender.send(&request).await?.answer;
        let length = answer.header("x-ms-approximate-messages-count");
        length
            .and_then(|text| text.parse().ok())
            .ok_or_else(|| StorageError::malformed(&request, "no count of messages"))
    }

    /// Puts a message that never expires and is hidden for `hidden`, at most [`VISIBILITY_MAX`], rounded up to the second.
    ///
    /// If an answer was lost, the message may be there twice: the reader must recognise what it has seen.
    pub(crate) async fn put(&self, text: &str, hidden: Duration) -> Result<PutReceipt, StorageError> {
        let request = self
            .request(Operation::PutMessage, Method::POST, "/messages")
            .query("visibilitytimeout", seconds(hidden).to_string())
            .query("messagettl", "-1");
        let request = self.with_text(request, text)?;
        let answer = self.sender.send(&request).await?.answer;
        message::put_receipt(&answer.body)
            .ok_or_else(|| StorageError::malformed(&request, "no receipt of a message"))
    }

    /// Takes up to `most` messages, at most [`MESSAGES_MAX`], and hides them for `hidden`, from a second to
    /// [`VISIBILITY_MAX`]. Does not wait for any.
    ///
    /// If an answer was lost, its messages come again when their time is over.
    pub(crate) async fn get(&self, most: u32, hidden: Duration) -> Result<Vec<QueueMessage>, StorageError> {
        let request = self
            .request(Operation::GetMessages, Method::GET, "/messages")
            .query("numofmessages", most.to_string())
            .query("visibilitytimeout", seconds(hidden).to_string())
            .limit(ANSWER_MAX);
        let answer = self.sender.send(&request).await?.answer;
        message::messages(&answer.body)
            .ok_or_else(|| StorageError::malformed(&request, "no list of messages"))
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
        let mut request = self
            .of_message(Operation::UpdateMessage, Method::PUT, id, receipt)
            .query("visibilitytimeout", seconds(hidden).to_string());
        if let Some(text) = text {
            request = self.with_text(request, text)?;
        }
        let answer = self.sender.send(&request).await?.answer;
        message::update_receipt(&answer)
            .ok_or_else(|| StorageError::malformed(&request, "no receipt of an update"))
    }

    /// Removes a message. `NotFound` if it is gone, unless an earlier attempt of this call may have removed it.
    pub(crate) async fn delete_message(&self, id: &str, receipt: &Secret) -> Result<(), StorageError> {
        let request = self.of_message(Operation::DeleteMessage, Method::DELETE, id, receipt);
        match self.sender.send(&request).await {
            Ok(_) => Ok(()),
            Err(error) if error.uncertain && error.has_code("MessageNotFound") => Ok(()),
            Err(error) => Err(error),
        }
    }

    fn request(&self, operation: Operation, method: Method, rest: &str) -> Request {
        let path = format!("/{}{rest}", percent::encode(&self.name));
        let target = format!("queue {}", self.name);
        Request::new(operation, Service::Queue, method, path, target)
    }

    fn of_message(&self, operation: Operation, method: Method, id: &str, receipt: &Secret) -> Request {
        self.request(operation, method, &format!("/messages/{}", percent::encode(id)))
            .query("popreceipt", receipt.reveal())
    }

    fn with_text(&self, request: Request, text: &str) -> Result<Request, StorageError> {
        if text.len() > TEXT_MAX {
            let detail = format!("a text of {} bytes; the most is {TEXT_MAX}", text.len());
            return Err(StorageError::new(&request, StorageErrorKind::TooLarge, detail));
        }
        // Azurite decodes a body piece by piece, as it comes in: of a character whose bytes come in two pieces it stores two
        // replacement characters. The service is not known to take a body of several times the longest text.
        let beyond = if self.sender.is_path_style(Service::Queue) {
            Beyond::References
        } else {
            Beyond::Plain
        };
        let Some(body) = message::body(text, beyond) else {
            let detail = "the text has characters that XML has not";
            return Err(StorageError::new(&request, StorageErrorKind::Invalid, detail));
        };
        Ok(request.body(XML, body))
    }
}

/// Rounds up: what is hidden until a moment must not show itself before it.
fn seconds(hidden: Duration) -> u64 {
    hidden.as_secs() + u64::from(hidden.subsec_nanos() > 0)
}

#[cfg(test)]
mod tests;
