//! How the items of a history ([`durable_core::timeline`]) are shown on a terminal and in JSON.

mod text;
mod waits;

pub(crate) use durable_core::timeline::{Item, ItemOutcome, read, waits_for};
pub(crate) use text::{as_json, table};
pub(crate) use waits::lines as wait_lines;
