//! Events that the core has no form for.

use super::super::json::Object;
use crate::value::Value;

/// An event of an unknown type, or a `GenericEvent` of somebody else. It is kept as it came, and written so again.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ForeignEvent {
    /// The name without namespace and `Event`: `HistoryState`.
    pub(crate) name: String,
    /// What it says.
    pub(crate) body: ForeignBody,
}

/// A foreign event as it came.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum ForeignBody {
    /// The members of a message's event.
    Message(Object),
    /// The columns of a row, but those that say where it stands.
    Row(Vec<(String, Value)>),
}
