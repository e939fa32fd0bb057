//! A history as a person reads it: a line for each thing that happened, from its beginning to its end.
//!
//! An activity is scheduled by one event and answered by another; here it is one [`Item`]. What the engine notes for itself
//! (turns, policies, verdicts, limits) is told at the items that it belongs to.

mod calls;
mod item;
mod reader;
mod text;
mod waits;

pub(crate) use item::{Item, Outcome};
pub(crate) use reader::read;
pub(crate) use text::{as_json, table};
pub(crate) use waits::waits_for;
