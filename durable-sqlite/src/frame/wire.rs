//! The stored form of what frames hold. Nothing here may change in place: see the parent module.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A text that stays where it is in the frame while it is decoded.
///
/// A type of its own, since serde borrows for a `Cow` only where a field is written as one: not behind another name, nor
/// inside an `Option` or a list.
#[derive(Debug)]
pub(super) struct Text<'a>(Cow<'a, str>);

impl Text<'_> {
    pub(super) fn into_owned(self) -> String {
        self.0.into_owned()
    }
}

impl std::ops::Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl<'a> From<&'a str> for Text<'a> {
    fn from(text: &'a str) -> Self {
        Self(Cow::Borrowed(text))
    }
}

impl<'a> From<&'a String> for Text<'a> {
    fn from(text: &'a String) -> Self {
        Self(Cow::Borrowed(text))
    }
}

impl From<String> for Text<'_> {
    fn from(text: String) -> Self {
        Self(Cow::Owned(text))
    }
}

/// Bytes that are written in one piece instead of element by element.
#[derive(Debug)]
pub(super) struct Bytes<'a>(pub(super) Cow<'a, [u8]>);

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Payload<'a> {
    /// 0 for JSON, one more than its number for a custom encoding.
    pub(super) encoding: u32,
    #[serde(borrow)]
    pub(super) bytes: Bytes<'a>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Trace<'a> {
    #[serde(borrow)]
    pub(super) traceparent: Text<'a>,
    #[serde(borrow)]
    pub(super) tracestate: Option<Text<'a>>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Activity<'a> {
    #[serde(borrow)]
    pub(super) input: Payload<'a>,
    #[serde(borrow)]
    pub(super) trace: Option<Trace<'a>>,
    #[serde(borrow)]
    pub(super) queue: Option<Text<'a>>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Event<'a> {
    pub(super) at: i64,
    #[serde(borrow)]
    pub(super) trace: Option<Trace<'a>>,
    #[serde(borrow)]
    pub(super) kind: Kind<'a>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Failure<'a> {
    pub(super) origin: u8,
    #[serde(borrow)]
    pub(super) kind: Text<'a>,
    #[serde(borrow)]
    pub(super) message: Text<'a>,
    #[serde(borrow)]
    pub(super) json: Option<Text<'a>>,
    pub(super) non_retriable: bool,
    #[serde(borrow)]
    pub(super) causes: Vec<Text<'a>>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Parent<'a> {
    #[serde(borrow)]
    pub(super) name: Text<'a>,
    #[serde(borrow)]
    pub(super) version: Text<'a>,
    #[serde(borrow)]
    pub(super) instance: Text<'a>,
    #[serde(borrow)]
    pub(super) execution: Text<'a>,
    pub(super) task: u32,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Started<'a> {
    #[serde(borrow)]
    pub(super) instance: Text<'a>,
    #[serde(borrow)]
    pub(super) execution: Text<'a>,
    #[serde(borrow)]
    pub(super) name: Text<'a>,
    #[serde(borrow)]
    pub(super) version: Text<'a>,
    #[serde(borrow)]
    pub(super) input: Payload<'a>,
    #[serde(borrow)]
    pub(super) parent: Option<Parent<'a>>,
    pub(super) generation: u32,
    pub(super) scheduled_start: Option<i64>,
    #[serde(borrow)]
    pub(super) tags: Vec<(Text<'a>, Text<'a>)>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Marker<'a> {
    pub(super) kind: u8,
    pub(super) version: u16,
    pub(super) task: Option<u32>,
    #[serde(borrow)]
    pub(super) data: Text<'a>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Completion<'a> {
    #[serde(borrow)]
    Completed(Payload<'a>),
    #[serde(borrow)]
    Failed(Failure<'a>),
    #[serde(borrow)]
    Canceled(Failure<'a>),
    #[serde(borrow)]
    Terminated(Text<'a>),
}

/// A called function: name, version and input.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Call<'a> {
    pub(super) task: u32,
    #[serde(borrow)]
    pub(super) name: Text<'a>,
    #[serde(borrow)]
    pub(super) version: Text<'a>,
    #[serde(borrow)]
    pub(super) input: Payload<'a>,
}

/// The order of the variants is their number in the file.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Kind<'a> {
    /// The first event of the execution; it is stored in the table `started`.
    StartedElsewhere,
    OrchestratorStarted,
    OrchestratorCompleted,
    #[serde(borrow)]
    ExecutionStarted(Box<Started<'a>>),
    #[serde(borrow)]
    ExecutionCompleted(Completion<'a>),
    #[serde(borrow)]
    ExecutionTerminated(Text<'a>),
    #[serde(borrow)]
    ExecutionSuspended(Text<'a>),
    #[serde(borrow)]
    ExecutionResumed(Text<'a>),
    ExecutionRewound(
        #[serde(borrow)] Text<'a>,
        #[serde(borrow)] Text<'a>,
        #[serde(borrow)] Text<'a>,
        #[serde(borrow)] Text<'a>,
    ),
    ContinueAsNew(
        #[serde(borrow)] Text<'a>,
        #[serde(borrow)] Text<'a>,
        #[serde(borrow)] Payload<'a>,
    ),
    #[serde(borrow)]
    TaskScheduled(Call<'a>),
    TaskCompleted(u32, #[serde(borrow)] Payload<'a>),
    TaskFailed(u32, #[serde(borrow)] Failure<'a>),
    SubOrchestrationInstanceCreated(#[serde(borrow)] Text<'a>, #[serde(borrow)] Call<'a>),
    SubOrchestrationInstanceCompleted(u32, #[serde(borrow)] Payload<'a>),
    SubOrchestrationInstanceFailed(u32, #[serde(borrow)] Failure<'a>),
    TimerCreated(u32, i64),
    TimerFired(u32, i64),
    EventSent(
        u32,
        #[serde(borrow)] Text<'a>,
        #[serde(borrow)] Text<'a>,
        #[serde(borrow)] Payload<'a>,
    ),
    EventRaised(#[serde(borrow)] Text<'a>, #[serde(borrow)] Payload<'a>),
    #[serde(borrow)]
    Marker(Marker<'a>),
}

impl Serialize for Bytes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Bytes<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Bytes<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("bytes")
            }
            fn visit_borrowed_bytes<E>(self, bytes: &'de [u8]) -> Result<Bytes<'de>, E> {
                Ok(Bytes(Cow::Borrowed(bytes)))
            }
            fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Bytes<'de>, E> {
                Ok(Bytes(Cow::Owned(bytes.to_vec())))
            }
            fn visit_byte_buf<E>(self, bytes: Vec<u8>) -> Result<Bytes<'de>, E> {
                Ok(Bytes(Cow::Owned(bytes)))
            }
        }
        deserializer.deserialize_bytes(Visitor)
    }
}

impl Serialize for Text<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Text<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text")
            }
            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Text<'de>, E> {
                Ok(text.into())
            }
            fn visit_str<E>(self, text: &str) -> Result<Text<'de>, E> {
                Ok(text.to_owned().into())
            }
            fn visit_string<E>(self, text: String) -> Result<Text<'de>, E> {
                Ok(text.into())
            }
        }
        deserializer.deserialize_str(Visitor)
    }
}
