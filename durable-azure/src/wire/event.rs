//! Events as they are stored: those of the core with what their stored form says besides, and those of nobody's.

mod columns;
mod decode;
mod encode;
mod foreign;
mod kind;
mod output;

use durable_core::history::Event;

use super::json::Object;
use super::{Inputs, WireError};
use crate::value::Value;

use decode::decode;
use encode::encode;
pub(crate) use foreign::{ForeignBody, ForeignEvent};

/// An event in a message or in a row of a history.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum WireEvent {
    /// One that the core has.
    Known(Box<KnownEvent>),
    /// One that it has not. It is kept as it came, and written so again.
    Foreign(ForeignEvent),
}

/// An event of the core, and what its stored form says besides.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct KnownEvent {
    /// The event.
    pub(crate) event: Event,
    /// Which start of the id this is, from 0: the `Generation` of an `ExecutionStarted` that a client sends. Not the
    /// core's generation, which counts within one instance.
    pub(crate) start_generation: Option<i32>,
    /// The number of the action that ended the execution: the `EventId` of `ExecutionCompleted` and `ContinueAsNew`.
    /// Nobody reads it; -1 where it is not known.
    pub(crate) action: Option<i32>,
    /// What the event's moment has below a microsecond, in steps of 100 ns: 0 to 9. The core cuts it off.
    pub(crate) fine: u8,
}

impl WireEvent {
    /// Returns the core's event, if it is one.
    #[cfg(test)]
    pub(crate) fn core(&self) -> Option<&Event> {
        match self {
            Self::Known(known) => Some(&known.event),
            Self::Foreign(_) => None,
        }
    }

    /// Wraps an event of the core that needs nothing besides.
    pub(crate) fn of(event: Event) -> Self {
        Self::Known(Box::new(KnownEvent {
            event,
            start_generation: None,
            action: None,
            fine: 0,
        }))
    }

    /// Returns the framework's name of the event without `Event`, as the column `EventType` has it.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Known(known) => Self::name_of(known.event.kind.name()),
            Self::Foreign(foreign) => &foreign.name,
        }
    }

    /// Writes the event as an object, as messages hold it.
    pub(super) fn object(&self) -> Result<Object, WireError> {
        match self {
            Self::Known(known) => encode(known),
            Self::Foreign(foreign) => Ok(foreign.object()),
        }
    }

    /// Writes the event as columns, without those that say where it stands.
    pub(super) fn columns(&self, inputs: Inputs) -> Result<Vec<(String, Value)>, WireError> {
        match self {
            Self::Known(known) => columns::known_columns(known, inputs),
            Self::Foreign(foreign) => Ok(foreign.columns()),
        }
    }

    /// Reads columns, without those that say where the event stands.
    pub(super) fn of_columns(what: &str, columns: Vec<(String, Value)>) -> Result<Self, WireError> {
        let object = columns::object_of_columns(what, &columns)?;
        Ok(match decode(&object)? {
            Some(known) => Self::Known(Box::new(known)),
            None => Self::Foreign(ForeignEvent {
                name: decode::event_name(&object).unwrap_or_default().to_owned(),
                body: ForeignBody::Row(columns),
            }),
        })
    }

    /// Reads the event of a message.
    pub(super) fn read(object: &Object) -> Result<Self, WireError> {
        Ok(match decode(object)? {
            Some(known) => Self::Known(Box::new(known)),
            None => Self::Foreign(ForeignEvent {
                name: decode::event_name(object).unwrap_or_default().to_owned(),
                body: ForeignBody::Message(object.clone()),
            }),
        })
    }

    /// Returns the framework's name of an event of the core.
    fn name_of(core: &str) -> &str {
        match core {
            "Marker" => "GenericEvent",
            name => name,
        }
    }
}
