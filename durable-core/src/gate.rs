//! The gate before a deployment: it waits until nothing that counts is in flight, and lets nothing new begin meanwhile.
//!
//! A look at what runs and the deployment that follows it are two steps, and an instance may begin between them. So the
//! gate puts a [`Fence`] up *before* its last look, and it stays up when the gate has passed, until the deployment is made
//! or the time that it holds is over. A gate that gives up takes its fence down; one that dies leaves a fence that falls
//! by itself soon.

mod check;
mod wait;

pub use check::{NotInFlight, Scope, StatusCheck, status_check};
pub use wait::{Admission, Gate, GateError, Passed};

#[cfg(doc)]
use crate::hub::Fence;
