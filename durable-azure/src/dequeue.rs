//! The rules for messages that came out of a control queue: in which order they are applied, which came too early, and
//! which starts lost to another. All pure; the hub gathers what they ask for.
//!
//! Source: the specification's section 13, which is what the .NET framework does.

mod arrival;
mod explained;
mod start;

pub(crate) use arrival::{Arrival, sort_by_arrival};
pub(crate) use explained::{Explains, Place, is_gone, place};
pub(crate) use start::{Discarded, StartMessage, StartRow, StartVerdict, judge_start};
