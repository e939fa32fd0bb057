//! Events that the core has no form for.

use super::super::json::Object;
use super::columns::{column, member};
use super::kind::type_of_name;
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

impl ForeignEvent {
    /// Returns the event as a message holds it.
    pub(super) fn object(&self) -> Object {
        match &self.body {
            ForeignBody::Message(object) => object.clone(),
            ForeignBody::Row(columns) => {
                let mut object = Object::of_type(type_of_name(&self.name));
                for (column, value) in columns {
                    let (name, value) = member(column, value);
                    object.members.push((name.to_owned(), value));
                }
                object
            }
        }
    }

    /// Returns the event as a row holds it, without the columns that say where it stands.
    pub(super) fn columns(&self) -> Vec<(String, Value)> {
        match &self.body {
            ForeignBody::Row(columns) => columns.clone(),
            ForeignBody::Message(object) => {
                let members = object.members.iter();
                let columns = members.filter_map(|(name, value)| column(name, value, &self.name));
                columns.collect()
            }
        }
    }
}
