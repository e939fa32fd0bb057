//! Frames: the binary form of events, payloads and activity orders in the file.
//!
//! This module and its parts are the only place that names bincode. A frame is
//!
//! ```text
//! format 0xD2 | schema u8 | crc32 of schema and body u32 (little-endian) | body
//! ```
//!
//! or, as it was before and is still read,
//!
//! ```text
//! magic "DF" | format 1 | codec 1 | schema u32 | flags 1 | length u32 | crc32 u32 | body      (little-endian)
//! ```
//!
//! bincode is not self-describing, so the body is made of the types in `wire`, which mirror the runtime types and
//! never change in place: a change of form is a new schema number, and old numbers stay readable for ever. A successor of
//! bincode would be a new format.

mod convert;
mod failure;
mod former;
mod wire;

use durable_core::history::{Event, EventKind, ExecutionStarted, TraceContext};
use durable_core::hub::{HubError, HubErrorKind};
use durable_core::{ExecutionId, InstanceId, NameError, Payload};
use serde::{Deserialize, Serialize};

pub(crate) use convert::Shared;

/// The first byte of a frame.
const FORMAT: u8 = 0xD2;
/// Where the checksum is.
const CHECKSUM: std::ops::Range<usize> = 2..6;
const HEADER_LEN: usize = CHECKSUM.end;

/// The most bytes a body may have, and the most a decoder may ask for.
const BODY_MAX: usize = 512 * 1024 * 1024;

/// What a body is. The number is that in the file, in both formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Schema {
    /// A list of events, each with its time. Read only.
    Events = 1,
    /// One payload.
    Payload = 2,
    /// An activity order.
    Activity = 3,
    /// A list of events, each with the time since the one before it.
    Turn = 4,
    /// The first event of an execution, without what the row of its instance says.
    First = 5,
}

impl Schema {
    const ALL: [Self; 5] = [
        Self::Events,
        Self::Payload,
        Self::Activity,
        Self::Turn,
        Self::First,
    ];

    fn number(self) -> u8 {
        self as u8
    }
}

/// Why bytes are not a frame, or a value cannot become one.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FrameError {
    #[error("it has {0} bytes, fewer than a header")]
    Short(usize),
    #[error("it does not begin as a frame does")]
    Magic,
    #[error("it has format {format} and schema {schema}, which this version does not read")]
    Unreadable { format: u8, schema: u32 },
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
    let mut before = 0;
    let events: Vec<wire::Event<'_>> = events
        .iter()
        .map(|event| {
            let mut wire = convert::event_to_wire(event)?;
            if started_elsewhere && matches!(event.kind, EventKind::ExecutionStarted(_)) {
                wire.kind = wire::Kind::StartedElsewhere;
            }
            let at = std::mem::replace(&mut before, wire.at);
            wire.at = wire.at.wrapping_sub(at);
            Ok(wire)
        })
        .collect::<Result<_, FrameError>>()?;
    encode(Schema::Turn, &events)
}

/// Decodes events. `started` stands in for a reference to the first event.
pub(crate) fn decode_events(
    frame: &[u8],
    started: Option<&ExecutionStarted>,
) -> Result<Vec<Event>, FrameError> {
    let mut events = Vec::new();
    decode_events_onto(&mut events, frame, &mut Shared::new(started))?;
    Ok(events)
}

/// Decodes events to the end of a list, each on its own, and returns how many they are.
pub(crate) fn decode_events_onto(
    events: &mut Vec<Event>,
    frame: &[u8],
    shared: &mut Shared<'_>,
) -> Result<usize, FrameError> {
    let (schema, body) = open(frame)?;
    let are_differences = match schema {
        Schema::Events => false,
        Schema::Turn => true,
        Schema::Payload | Schema::Activity | Schema::First => {
            return Err(FrameError::Unknown("list of events"));
        }
    };
    // A list is its length and its elements one after the other.
    let (count, mut rest) = decode_first_of::<usize>(body)?;
    // No event is less than a byte, so that a length that is not true asks for no more memory than the frame has.
    events.reserve(count.min(rest.len()));
    let mut at = 0_i64;
    for _ in 0..count {
        let (mut event, left) = decode_first_of::<wire::Event<'_>>(rest)?;
        rest = left;
        if are_differences {
            at = at.wrapping_add(event.at);
            event.at = at;
        }
        events.push(convert::event_from_wire(event, shared)?);
    }
    match rest.len() {
        0 => Ok(count),
        left => Err(FrameError::Trailing(left)),
    }
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

/// Encodes the first event of an execution, to be stored with a row that names these two ids.
pub(crate) fn encode_first(
    event: &Event,
    instance: &InstanceId,
    execution: &ExecutionId,
) -> Result<Vec<u8>, FrameError> {
    let mut wire = convert::event_to_wire(event)?;
    let wire::Kind::ExecutionStarted(started) = &mut wire.kind else {
        return Err(FrameError::Unknown("first event"));
    };
    // No id is empty.
    if *started.instance == *instance.as_str() {
        started.instance = "".into();
    }
    if *started.execution == *execution.as_str() {
        started.execution = "".into();
    }
    encode(Schema::First, &wire)
}

/// Decodes the first event of an execution. The ids are those of the row that it is stored with.
pub(crate) fn decode_first(
    frame: &[u8],
    instance: &InstanceId,
    execution: &ExecutionId,
) -> Result<Event, FrameError> {
    let (schema, body) = open(frame)?;
    if schema != Schema::First {
        return decode_event(frame);
    }
    let mut wire: wire::Event<'_> = decode(body)?;
    if let wire::Kind::ExecutionStarted(started) = &mut wire.kind {
        if started.instance.is_empty() {
            started.instance = instance.as_str().into();
        }
        if started.execution.is_empty() {
            started.execution = execution.as_str().into();
        }
    }
    convert::event_from_wire(wire, &mut Shared::new(None))
}

/// Encodes one payload.
pub(crate) fn encode_payload(payload: &Payload) -> Result<Vec<u8>, FrameError> {
    encode(Schema::Payload, &convert::payload_to_wire(payload))
}

/// Decodes one payload.
pub(crate) fn decode_payload(frame: &[u8]) -> Result<Payload, FrameError> {
    convert::payload_from_wire(&decode(body_of(Schema::Payload, frame)?)?)
}

/// Encodes what an activity is to be given.
pub(crate) fn encode_activity(
    input: &Payload,
    trace: Option<&TraceContext>,
    queue: Option<&str>,
) -> Result<Vec<u8>, FrameError> {
    encode(
        Schema::Activity,
        &wire::Activity {
            input: convert::payload_to_wire(input),
            trace: trace.map(convert::trace_to_wire),
            queue: queue.map(Into::into),
        },
    )
}

/// Decodes what an activity is to be given.
pub(crate) fn decode_activity(frame: &[u8]) -> Result<(Payload, Option<Box<TraceContext>>), FrameError> {
    let activity: wire::Activity<'_> = decode(body_of(Schema::Activity, frame)?)?;
    let trace = activity
        .trace
        .map(|trace| Box::new(convert::trace_from_wire(trace)));
    Ok((convert::payload_from_wire(&activity.input)?, trace))
}

/// A frame that is being written.
struct Output(Vec<u8>);

impl bincode::enc::write::Writer for Output {
    fn write(&mut self, bytes: &[u8]) -> Result<(), bincode::error::EncodeError> {
        self.0.extend_from_slice(bytes);
        Ok(())
    }
}

/// How many bytes a frame of usual size has.
const USUAL_LEN: usize = 128;

fn encode<T: Serialize>(schema: Schema, body: &T) -> Result<Vec<u8>, FrameError> {
    let mut output = Output(Vec::with_capacity(USUAL_LEN));
    output.0.extend_from_slice(&[FORMAT, schema.number(), 0, 0, 0, 0]);
    bincode::serde::encode_into_writer(body, &mut output, bincode::config::standard())?;
    let mut frame = output.0;
    let length = frame.len() - HEADER_LEN;
    if length > BODY_MAX {
        return Err(FrameError::TooLarge(length));
    }
    let checksum = checksum(schema.number(), &frame[HEADER_LEN..]);
    frame[CHECKSUM].copy_from_slice(&checksum.to_le_bytes());
    Ok(frame)
}

fn checksum(schema: u8, body: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&[schema]);
    hasher.update(body);
    hasher.finalize()
}

/// Checks the header of a frame, and returns what its body is, and the body.
fn open(frame: &[u8]) -> Result<(Schema, &[u8]), FrameError> {
    if frame.first() != Some(&FORMAT) {
        return former::open(frame);
    }
    let (header, body) = frame
        .split_first_chunk::<HEADER_LEN>()
        .ok_or(FrameError::Short(frame.len()))?;
    let &[format, schema, c0, c1, c2, c3] = header;
    let (expected, found) = (u32::from_le_bytes([c0, c1, c2, c3]), checksum(schema, body));
    if expected != found {
        return Err(FrameError::Checksum { expected, found });
    }
    let schema = schema_of(u32::from(schema)).ok_or(FrameError::Unreadable {
        format,
        schema: u32::from(schema),
    })?;
    Ok((schema, body))
}

fn schema_of(number: u32) -> Option<Schema> {
    let mut all = Schema::ALL.into_iter();
    all.find(|schema| u32::from(schema.number()) == number)
}

fn body_of(schema: Schema, frame: &[u8]) -> Result<&[u8], FrameError> {
    match open(frame)? {
        (found, body) if found == schema => Ok(body),
        _ => Err(FrameError::Unknown("kind of frame")),
    }
}

fn decode<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, FrameError> {
    match decode_first_of(body)? {
        (value, []) => Ok(value),
        (_, rest) => Err(FrameError::Trailing(rest.len())),
    }
}

/// Decodes a value, and returns the bytes that follow it.
fn decode_first_of<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<(T, &'a [u8]), FrameError> {
    let config = bincode::config::standard().with_limit::<BODY_MAX>();
    let (value, consumed) = bincode::serde::borrow_decode_from_slice(bytes, config)?;
    Ok((value, &bytes[consumed..]))
}

#[cfg(test)]
mod tests;
