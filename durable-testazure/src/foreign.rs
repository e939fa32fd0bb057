//! A client and a worker as they would be written with the Durable Task Framework for .NET, which share no code with the
//! hub that they are held against: not its requests, nor its signatures, nor its texts.
//!
//! What they write are literal texts: the golden samples of the wire's specification, with gaps (`wire`). They prove that
//! the hub and a program of the same wire format understand each other; that the samples are what .NET writes is for a real
//! .NET worker to prove.
//!
//! The worker runs one orchestration, under whatever name it is started: it calls the activity `Charge` with its input,
//! waits for the event `Approved`, and returns the array of both. The activity returns `{"receipt":input}`, or fails with
//! `CardDeclined` if the input has a member `decline` that is true. Suspended, resumed and terminated it is as well.
//!
//! What the worker does not do: children, timers, continue-as-new, entities, and stealing partitions. Of one that somebody
//! else wants it lets go at once.

mod append;
mod client;
mod episode;
mod guid;
mod hub;
mod large;
mod partitions;
mod queue;
mod row;
mod template;
mod worker;

pub use client::ForeignClient;
pub use hub::ForeignHub;
pub use worker::ForeignWorker;

pub use crate::tables::Columns;

#[cfg(test)]
mod tests;
