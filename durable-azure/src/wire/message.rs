//! Messages in queues.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use durable_core::TaskId;
use durable_core::history::Tags;

use super::json::{Json, Object, Types, parse};
use super::members::Members;
use super::nested::{instance_object, map, read_address};
use super::{Extras, Guid, WireError, WireEvent};

const ENVELOPE: &str = "the envelope";
const ENVELOPE_TYPE: &str = "DurableTask.AzureStorage.MessageData";
const MESSAGE: &str = "the message";

/// An instance, and perhaps one of its executions. Ids are texts here: an entity's is none that the core takes.
#[derive(Debug, Clone, PartialEq, Eq)]
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

impl Address {
    /// Makes the address of an execution.
    pub(crate) fn new(instance: &str, execution: Option<&str>) -> Self {
        Self {
            instance: instance.to_owned(),
            execution: execution.map(str::to_owned),
        }
    }

    /// Returns the sender of what a client sends: both ids are empty.
    pub(crate) fn client() -> Self {
        Self::new("", Some(""))
    }
}

/// The sender of what a client sends.
impl Default for Address {
    fn default() -> Self {
        Self::client()
    }
}

impl Envelope {
    /// Reads the text of a message: JSON, or base64 of it, as older versions and some settings write it.
    pub(crate) fn read(text: &str) -> Result<Self, WireError> {
        let text = text.trim_start_matches('\u{feff}').trim();
        if text.starts_with('{') {
            return Self::read_json(text);
        }
        let encoding = |problem: String| WireError::Encoding { problem };
        let bytes = STANDARD
            .decode(text)
            .map_err(|error| encoding(error.to_string()))?;
        let text = String::from_utf8(bytes).map_err(|error| encoding(error.utf8_error().to_string()))?;
        Self::read_json(text.trim_start_matches('\u{feff}'))
    }

    fn read_json(text: &str) -> Result<Self, WireError> {
        let Json::Object(object) = parse(ENVELOPE, text)? else {
            return Err(WireError::Kind {
                what: ENVELOPE.to_owned(),
                member: "$".to_owned(),
                expected: "an object",
            });
        };
        let members = Members::new(ENVELOPE, &object);
        let Some(message) = members.object("TaskMessage")? else {
            let blob = members.text("CompressedBlobName")?;
            let blob = blob.ok_or_else(|| members.missing("TaskMessage"))?;
            return Ok(Self::Stub {
                blob: blob.to_owned(),
            });
        };
        let message = Members::new(MESSAGE, message);
        let event = message.object("Event")?.ok_or_else(|| message.missing("Event"))?;
        let target = message.object("OrchestrationInstance")?;
        let context = message.object("OrchestrationExecutionContext")?;
        let context = context.map(|context| Members::new(MESSAGE, context).tags("OrchestrationTags"));
        let sender = members.object("Sender")?;
        Ok(Self::Message(Box::new(MessageData {
            // It serves tracing only, so a strange one is no reason to refuse a message.
            activity_id: members
                .text("ActivityId")?
                .and_then(Guid::parse)
                .unwrap_or_default(),
            event: WireEvent::read(event)?,
            target: match target {
                Some(target) => read_address(MESSAGE, target)?,
                None => return Err(message.missing("OrchestrationInstance")),
            },
            context_tags: context.transpose()?.map(Option::unwrap_or_default),
            sequence_number: members.int("SequenceNumber")?.unwrap_or_default(),
            episode: members.small("Episode")?,
            sender: match sender {
                Some(sender) => read_address(ENVELOPE, sender)?,
                None => Address::client(),
            },
            trace_context: members.text("SerializableTraceContext")?.map(str::to_owned),
            extras: Extras::read(members)?,
        })))
    }
}

impl MessageData {
    /// Returns the name of the event, and the task that it answers.
    pub(crate) fn outline(&self) -> (&str, Option<TaskId>) {
        match &self.event {
            WireEvent::Known(known) => (known.event.kind.name(), known.event.kind.answered()),
            WireEvent::Foreign(foreign) => (&foreign.name, None),
        }
    }

    /// Writes the message as one line of JSON.
    pub(crate) fn write(&self) -> Result<String, WireError> {
        let mut message = Object::of_type("DurableTask.Core.TaskMessage");
        message.push("Event", self.event.object()?);
        message.push("SequenceNumber", 0);
        message.push(
            "OrchestrationInstance",
            instance_object(&self.target.instance, self.target.execution.as_deref()),
        );
        message.push(
            "OrchestrationExecutionContext",
            self.context_tags.as_ref().map(|tags| {
                let mut context = Object::of_type("DurableTask.Core.OrchestrationExecutionContext");
                context.push("OrchestrationTags", map(tags));
                context
            }),
        );
        let mut object = Object::of_type(ENVELOPE_TYPE);
        object.push("ActivityId", self.activity_id.to_string());
        object.push("TaskMessage", message);
        object.push("CompressedBlobName", Json::Null);
        object.push("SequenceNumber", self.sequence_number);
        if let Some(episode) = self.episode {
            object.push("Episode", episode);
        }
        let mut sender = instance_object(&self.sender.instance, self.sender.execution.as_deref());
        sender.ty = None;
        object.push("Sender", sender);
        object.push("SerializableTraceContext", self.trace_context.clone());
        self.extras.write(&mut object);
        Ok(object.write(Types::Written))
    }
}

/// Writes what stands in the queue for a message that is in a blob.
pub(super) fn stub(blob: &str) -> String {
    let mut object = Object::of_type(ENVELOPE_TYPE);
    object.push("ActivityId", Guid::default().to_string());
    object.push("TaskMessage", Json::Null);
    object.push("CompressedBlobName", blob);
    object.push("SequenceNumber", 0);
    object.push("SerializableTraceContext", Json::Null);
    object.write(Types::Written)
}
