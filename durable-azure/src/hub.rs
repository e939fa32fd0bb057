//! The hub: what ties the contract to the storage.
//!
//! # Where each obligation is kept
//!
//! A *node* is one opened hub. It owns partitions (control queues) while a worker is joined. What concerns an instance of
//! an owned partition is decided in memory by the [`coordinator`](crate::coordinator) and stored by this module, one change
//! of an instance at a time ([`locks`]). The etag of the history's sentinel fences other nodes. What concerns an instance of
//! another node's partition is read from and written to the storage only, and its owner hears of it through its queue.
//!
//! | operation | what is stored, in this order |
//! |---|---|
//! | start | put `ExecutionStarted`; insert or replace the Instances row |
//! | signal | put the message (the row is read first, unless the instance is held) |
//! | a turn | put what it sends; the history batch under the sentinel's etag; merge the row; remove what it consumed |
//! | a completion | put the result, unless the turn of the commit has applied it; remove the work item |
//! | a timer | put `TimerFired`, hidden until it is due or for a slice; fired from memory by the owner, by the clock |
//! | terminate, move, rewind | as a turn, by whoever asks; the owner is told by a message |
//! | a blocked turn, a try | merge the row |
//! | heartbeat | nothing, or with progress the work item's text |
//! | park | insert into the table of activities; remove the work item |
//! | purge | remove the history rows, the blobs, the row |
//!
//! A message that this node puts for itself is put hidden and is in memory at once ([`in_hand`]): the queue's copy comes
//! back only if this node dies.

mod activities;
mod amend;
mod children;
mod client;
mod commit;
mod control;
mod create;
mod describe;
mod effects;
mod in_hand;
mod load;
mod locks;
mod messages;
mod outgoing;
mod partitions;
mod purge;
mod query;
mod renewal;
mod role;
mod shared;
mod start;
mod store;
mod terminate;
mod together;
mod turn;
mod waiting;
mod watchers;
mod work_items;
mod worker;
mod workers;

pub use describe::{AzureHub, AzureOptions};
