//! What one node holds in memory: the instances of its partitions, who owns them, and the work that is at hand.
//!
//! Pure and synchronous: no clock, no storage, no task. It is the hub in memory of the test kit, with two differences.
//! Instances come and go, since only those with work are held; and a change that must be stored first is made in two
//! steps, between which the instance or the activity is *busy*: [`State::begin_commit`] checks and reserves, and after the
//! storage has it, [`State::finish_turn`] lets it take effect. What the storage must do by itself, because time has
//! passed or a message came for what is not held, leaves as an [`Effect`].

mod activity;
mod arriving;
mod basis;
mod changes;
mod commit;
mod fetch;
mod finish;
mod record;
mod remembered;
mod resident;
mod state;
#[cfg(test)]
mod tests;
mod wish;
mod worker;

pub(crate) use activity::{activity_token, result_event};
pub(crate) use arriving::Arrival;
#[cfg(test)]
pub(crate) use arriving::Delivered;
pub(crate) use basis::Basis;
pub(crate) use changes::{Changes, terminated};
pub(crate) use commit::Settled;
pub(crate) use fetch::turn_token;
pub(crate) use finish::AppliedTurn;
pub(crate) use resident::{MessageId, Resident, Sent, Tasks};
pub(crate) use state::{Drained, Effect, State};
pub(crate) use wish::{Wanted, Wish, Wishes};
pub(crate) use worker::{Elsewhere, WorkerKey};
