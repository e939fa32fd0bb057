//! Who reads which control queue: the partition manager V3 of the Durable Task Framework.
//!
//! A table has one row per control queue. Every node reads all rows at an interval, and by the same rules each decides
//! what to claim, renew, let go and take from others. Nothing is agreed on but the rows: each write replaces one of them
//! if nobody has written it since.
//!
//! In reading order: `row` is what the table holds, `pass` the rules (pure), `balance` a part of them, `lease` what a node
//! may do at a moment, `keeper` one pass with its effects, `rounds` the task that makes the passes, `manager` what the hub
//! has of it in hand, `store` and `table` where the rows are.
//!
//! What the rules give: a [`QueueLease`] holds only while the row names its node, since another node can claim the row
//! only when it has expired, or after this node has given the lease up. By clocks that agree, a queue therefore has at
//! most one lease at any moment. Clocks that differ can make two leases overlap by as much; the etag of each history is
//! what refuses the second commit then. A node that stood still finds its lease over by its own clock.

mod balance;
mod keeper;
mod lease;
mod manager;
mod pass;
mod rounds;
mod row;
mod settings;
mod store;
mod table;
#[cfg(test)]
mod tests;

pub(crate) use lease::QueueLease;
#[cfg(test)]
pub(crate) use manager::Departure;
pub(crate) use manager::{PartitionEvent, PartitionManager};
pub(crate) use row::PartitionRow;
pub(crate) use settings::PartitionSettings;
#[cfg(test)]
pub(crate) use store::{PartitionError, PartitionFuture, PartitionStore};
pub(crate) use table::PartitionTable;
