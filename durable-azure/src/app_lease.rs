//! Which application works on a hub, if several are configured for it: the app lease of the Durable Task Framework.
//!
//! The lease is on a container, under an id that all workers of one application derive from its name, so they hold it
//! together. A blob in the container says who has it and who wants it. Only processing needs the lease; clients do not.
//!
//! The lease is a switch between deployments, and no more: even while two applications believe that they have it, each
//! control queue has one owner, by the partition table.
//!
//! In reading order: `info` is the blob, `phase` the decisions (pure), `task` what carries them out, `store` and
//! `container` where the lease is.

mod container;
mod info;
mod phase;
mod store;
mod task;
#[cfg(test)]
mod tests;

pub(crate) use container::AppLeaseContainer;
#[cfg(test)]
pub(crate) use info::AppLeaseInfo;
pub(crate) use phase::AppLeaseSettings;
#[cfg(test)]
pub(crate) use store::{AppLeaseError, AppLeaseFuture, AppLeaseStore};
pub(crate) use task::{AppLease, MakePrimaryError};
