//! Messages in queues.

use durable_core::history::Tags;

use super::{Extras, Guid, WireError, WireEvent};

/// An instance, and perhaps one of its executions. Ids are texts here: an entity's is none that the core takes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Address {
    /// The instance's id as it is, not escaped.
    pub(crate) instance: String,
    /// The execution's id; `None` for any.
    pub(crate) execution: Option<String>,
}

/// A message with its envelope.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct MessageData {
    /// The message's own id; new for each message.
    pub(crate) activity_id: Guid,
    /// What it tells.
    pub(crate) event: WireEvent,
    /// Whom.
    pub(crate) target: Address,
    /// The sender's tags, on orders of activities and starts of sub-orchestrations.
    pub(crate) context_tags: Option<Tags>,
    /// The place among the messages that one process sent.
    pub(crate) sequence_number: i64,
    /// How many turns the sender had made; nothing if a client sends.
    pub(crate) episode: Option<i32>,
    /// Who sends; both ids are empty if it is a client.
    pub(crate) sender: Address,
    /// The framework's own trace of older versions; read and written as it is.
    pub(crate) trace_context: Option<String>,
    /// What the framework has no member for.
    pub(crate) extras: Extras,
}

/// What is in a queue.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Envelope {
    /// A message.
    Message(Box<MessageData>),
    /// The message is in a blob, because it is large.
    Stub {
        /// The blob's name.
        blob: String,
    },
}

impl Envelope {
    /// Reads the text of a message: JSON, or base64 of it.
    pub(crate) fn read(text: &str) -> Result<Self, WireError> {
        let _ = text;
        todo!()
    }
}

impl MessageData {
    /// Writes the message as one line of JSON.
    pub(crate) fn write(&self) -> Result<String, WireError> {
        todo!()
    }
}
