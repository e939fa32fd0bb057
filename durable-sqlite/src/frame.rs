//! Frames: the binary form of events, payloads and activity orders in the file.
//!
//! This module and its parts are the only place that names bincode. A frame is
//!
//! ```text
//! magic "DF" | format 1 | codec 1 | schema u32 | flags 1 | length u32 | crc32 u32 | body      (little-endian)
//! ```
//!
//! bincode is not self-describing, so the body is made of the types in `wire`, which mirror the runtime types and
//! never change in place: a change of form is a new schema number, and old numbers stay readable for ever.

mod convert;
mod failure;
mod wire;

use durable_core::history::{Event, EventKind, ExecutionStarted, TraceContext};
use durable_core::hub::{HubError, HubErrorKind};
use durable_core::{NameError, Payload};
use serde::{Deserialize, Serialize};

const MAGIC: [u8; 2] = *b"DF";
const FORMAT: u8 = 1;
const CODEC_BINCODE: u8 = 1;
const HEADER_LEN: usize = 17;

/// The most bytes a body may have, and the most a decoder may ask for.
const BODY_MAX: usize = 512 * 1024 * 1024;

/// The schema of a list of events.
const EVENTS: u32 = 1;
/// The schema of one payload.
const PAYLOAD: u32 = 2;
/// The schema of an activity order.
const ACTIVITY: u32 = 3;

/// Why bytes are not a frame, or a value cannot become one.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FrameError {
    #[error("it has {0} bytes, fewer than a header")]
    Short(usize),
    #[error("it does not begin as a frame does")]
    Magic,
    #[error("it has format {format}, codec {codec} and schema {schema}, which this version does not read")]
    Unreadable { format: u8, codec: u8, schema: u32 },
    #[error("its header says {expected} bytes and {found} follow")]
    Length { expected: usize, found: usize },
    #[error("its checksum is {found:08x} instead of {expected:08x}")]
    Checksum { expected: u32, found: u32 },
    #[error("its body has {0} bytes too many")]
    Trailing(usize),
    #[error("its body does not decode: {0}")]
    Decode(#[from] bincode::error::DecodeError),
    #[error("it does not encode: {0}")]
    Encode(#[from] bincode::error::EncodeError),
    #[error("it holds a bad name: {0}")]
    Name(#[from] NameError),
    #[error("it holds a bad payload: {0}")]
    Payload(#[from] durable_core::PayloadError),
    #[error("it holds a {0} that this version does not know")]
    Unknown(&'static str),
    #[error("its body of {0} bytes is larger than a frame may be")]
    TooLarge(usize),
}

impl FrameError {
    /// Says which frame of which instance is damaged.
    pub(crate) fn at(self, instance: impl std::fmt::Display, what: &str) -> HubError {
        let kind = match self {
            Self::TooLarge(_) | Self::Encode(_) => HubErrorKind::Invalid,
            _ => HubErrorKind::Corrupt,
        };
        HubError::new(kind, format!("the {what} of `{instance}` is not usable: {self}")).with_source(self)
    }
}

/// Encodes events. An `ExecutionStarted` becomes a reference if `started_elsewhere`.
pub(crate) fn encode_events(events: &[Event], started_elsewhere: bool) -> Result<Vec<u8>, FrameError> {
    let events: Vec<wire::Event<'_>> = events
        .iter()
        .map(|event| {
            let mut wire = convert::event_to_wire(event)?;
            if started_elsewhere && matches!(event.kind, EventKind::ExecutionStarted(_)) {
                wire.kind = wire::Kind::StartedElsewhere;
            }
            Ok(wire)
        })
        .collect::<Result<_, FrameError>>()?;
    encode(EVENTS, &events)
}

/// Decodes events. `started` stands in for a reference to the first event.
pub(crate) fn decode_events(
    frame: &[u8],
    started: Option<&ExecutionStarted>,
) -> Result<Vec<Event>, FrameError> {
    let events: Vec<wire::Event<'_>> = decode(EVENTS, frame)?;
    events
        .into_iter()
        .map(|event| convert::event_from_wire(event, started))
        .collect()
}

/// Encodes one event.
pub(crate) fn encode_event(event: &Event) -> Result<Vec<u8>, FrameError> {
    encode_events(std::slice::from_ref(event), false)
}

/// Decodes a frame of exactly one event.
pub(crate) fn decode_event(frame: &[u8]) -> Result<Event, FrameError> {
    let mut events = decode_events(frame, None)?;
    match (events.pop(), events.len()) {
        (Some(event), 0) => Ok(event),
        _ => Err(FrameError::Unknown("number of events")),
    }
}

/// Encodes one payload.
pub(crate) fn encode_payload(payload: &Payload) -> Result<Vec<u8>, FrameError> {
    encode(PAYLOAD, &convert::payload_to_wire(payload))
}

/// Decodes one payload.
pub(crate) fn decode_payload(frame: &[u8]) -> Result<Payload, FrameError> {
    convert::payload_from_wire(&decode(PAYLOAD, frame)?)
}

/// Encodes what an activity is to be given.
pub(crate) fn encode_activity(
    input: &Payload,
    trace: Option<&TraceContext>,
    queue: Option<&str>,
) -> Result<Vec<u8>, FrameError> {
    encode(
        ACTIVITY,
        &wire::Activity {
            input: convert::payload_to_wire(input),
            trace: trace.map(convert::trace_to_wire),
            queue: queue.map(Into::into),
        },
    )
}

/// Decodes what an activity is to be given.
pub(crate) fn decode_activity(frame: &[u8]) -> Result<(Payload, Option<Box<TraceContext>>), FrameError> {
    let activity: wire::Activity<'_> = decode(ACTIVITY, frame)?;
    let trace = activity
        .trace
        .map(|trace| Box::new(convert::trace_from_wire(trace)));
    Ok((convert::payload_from_wire(&activity.input)?, trace))
}

fn encode<T: Serialize>(schema: u32, body: &T) -> Result<Vec<u8>, FrameError> {
    let config = bincode::config::standard();
    let body = bincode::serde::encode_to_vec(body, config)?;
    let length = u32::try_from(body.len()).ok().filter(|_| body.len() <= BODY_MAX);
    let length = length.ok_or(FrameError::TooLarge(body.len()))?;
    let mut frame = Vec::with_capacity(HEADER_LEN + body.len());
    frame.extend_from_slice(&MAGIC);
    frame.extend_from_slice(&[FORMAT, CODEC_BINCODE]);
    frame.extend_from_slice(&schema.to_le_bytes());
    frame.push(0);
    frame.extend_from_slice(&length.to_le_bytes());
    frame.extend_from_slice(&crc32fast::hash(&body).to_le_bytes());
    frame.extend_from_slice(&body);
    Ok(frame)
}

fn decode<'a, T: Deserialize<'a>>(schema: u32, frame: &'a [u8]) -> Result<T, FrameError> {
    let (header, body) = frame
        .split_first_chunk::<HEADER_LEN>()
        .ok_or(FrameError::Short(frame.len()))?;
    let &[
        m0,
        m1,
        format,
        codec,
        s0,
        s1,
        s2,
        s3,
        flags,
        l0,
        l1,
        l2,
        l3,
        c0,
        c1,
        c2,
        c3,
    ] = header;
    if [m0, m1] != MAGIC {
        return Err(FrameError::Magic);
    }
    let found = u32::from_le_bytes([s0, s1, s2, s3]);
    if (format, codec, found, flags) != (FORMAT, CODEC_BINCODE, schema, 0) {
        return Err(FrameError::Unreadable {
            format,
            codec,
            schema: found,
        });
    }
    let length = u32::from_le_bytes([l0, l1, l2, l3]) as usize;
    if length != body.len() {
        return Err(FrameError::Length {
            expected: length,
            found: body.len(),
        });
    }
    let (expected, found) = (u32::from_le_bytes([c0, c1, c2, c3]), crc32fast::hash(body));
    if expected != found {
        return Err(FrameError::Checksum { expected, found });
    }
    let config = bincode::config::standard().with_limit::<BODY_MAX>();
    let (value, consumed) = bincode::serde::borrow_decode_from_slice(body, config)?;
    match body.len() - consumed {
        0 => Ok(value),
        left => Err(FrameError::Trailing(left)),
    }
}

#[cfg(test)]
mod tests;
