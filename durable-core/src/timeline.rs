//! A history as a person reads it: an [`Item`] for each thing that happened, from its beginning to its end.
//!
//! An activity is scheduled by one event and answered by another; here it is one item. What the engine notes for itself
//! (turns, policies, verdicts, limits) is told at the items that it belongs to, so this knows how the engine notes it, and
//! stands beside the engine. The command `durable` and the server's dashboard show the same items.

mod calls;
mod item;
mod reader;
mod waits;

pub use item::{Attempt, Item, ItemOutcome};
pub use reader::read;
pub use waits::{Wait, waits_for};

use crate::name::WireName;
use crate::version::RecordedVersion;

/// Writes an orchestrator or activity with its version: `order@1`, or `order` while the version is open.
pub fn code(name: &WireName, version: &RecordedVersion) -> String {
    match version {
        RecordedVersion::Blank => name.to_string(),
        RecordedVersion::Known(_) | RecordedVersion::Foreign(_) => format!("{name}@{version}"),
    }
}
