//! The form of everything that is stored: names, keys, messages and rows.
//!
//! It is that of the Durable Task Framework's Azure Storage provider, to the byte wherever that is known, so that
//! programs of both kinds share a hub. `docs/azure-storage.md` lists every column, member and rule. Nothing here reads
//! or writes a store.
//!
//! What the framework has no place for rides along in members and columns of its own that begin with `Durable`, written
//! only where there is something to say; the framework ignores them.

mod batch;
mod due;
mod error;
mod event;
mod extras;
mod failure;
mod filter;
mod guid;
mod hash;
mod history;
mod hub_name;
mod instance;
mod json;
mod key;
mod large;
mod marker;
mod members;
mod message;
mod names;
mod nested;
mod payload;
mod time;
mod version;

pub(crate) use batch::batches;
pub(crate) use error::WireError;
pub(crate) use event::{ForeignBody, ForeignEvent, KnownEvent, WireEvent};
pub(crate) use extras::Extras;
pub(crate) use filter::Filter;
pub(crate) use guid::Guid;
pub(crate) use hash::partition_of;
#[cfg(test)]
pub(crate) use history::row_key;
pub(crate) use history::{Inputs, Place, SENTINEL, Sentinel, event_row, pick, read_event_row};
pub use hub_name::{HUB_NAME_MAX, HUB_NAME_MIN, HubName, HubNameError};
pub(crate) use instance::InstanceRow;
pub(crate) use json::{Json, Object};
pub(crate) use key::{escape, unescape};
pub(crate) use large::{
    Stored, blob_prefixes, by_address, moved_columns, put_back, store_message, store_row, unpack,
};
pub(crate) use message::{Address, Envelope, MessageData};
pub use names::TrackingPrefixError;
pub(crate) use names::{Names, PARTITIONS, PARTITIONS_DEFAULT, TRACKING_PREFIX_DEFAULT, app_lease_id};
pub(crate) use payload::payload_text;
pub(crate) use version::{read_version, version_text};

#[cfg(test)]
mod tests;
