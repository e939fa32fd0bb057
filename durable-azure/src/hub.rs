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
//! | a turn | put what it sends; the history batch under the sentinel's etag; put the events that it raises, and note in the sentinel that they are put; merge the row; remove what it consumed |
//! | a completion | put the result, unless the turn of the commit has applied it; remove the work item |
//! | a timer | put `TimerFired`, hidden until it is due or for a slice; fired from memory by the owner, by the clock |
//! | terminate, move, rewind | as a turn, by whoever asks; the owner is told by a message |
//! | import | put its timers; the history batch; insert the row |
//! | a fence | insert into the table of fences, then wait for `fence_lag` |
//! | a blocked turn, a try | merge the row |
//! | heartbeat | nothing, or with progress the work item's text |
//! | park | insert into the table of activities; remove the work item |
//! | purge | remove the history rows, the blobs, the row |
//!
//! # What is weaker than in one process
//!
//! Nothing spans an instance and another, or a table and a queue. What a turn wants of its children is stored with
//! its commit and done after it, by whoever reads the queue if the node dies ([`wishes`]), and so are the events that it raises
//! ([`outbox`]); a crash before the commit may leave ghosts, which
//! their receivers recognise, and an activity may run for a turn that was lost. What another node does is seen with its
//! next row: a signal may be accepted for an instance that was ended elsewhere a moment ago, and the owner of an instance
//! of another node is not shown. `purge` with children, `purge_matching`, listings by anything but the id, and
//! `version_counts` read the whole table of instances.
//!
//! # Messages of its own
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
mod effects;
mod fence;
mod import;
mod in_hand;
mod letter;
mod load;
mod locks;
mod messages;
mod node;
mod open;
mod options;
mod outbox;
mod outgoing;
mod own_message;
mod parcel;
mod partition_count;
mod partitions;
mod purge;
mod query;
mod receive;
mod renewal;
mod role;
mod shared;
mod standing;
mod start;
mod store;
mod stray;
mod terminate;
mod together;
mod turn;
mod visible;
mod waiting;
mod watchers;
mod wishes;
mod work_items;
mod worker;
mod workers;

pub use node::AzureHub;
pub use options::AzureOptions;

#[cfg(test)]
mod tests;
