//! What the writer is asked for.

use std::sync::mpsc;

use durable_core::WorkerId;
use durable_core::hub::{ActivityBatch, TurnWork, WorkerOffer};
use tokio::sync::oneshot;

use crate::error::StoreError;
use crate::node::{ActivityWaiter, NodeKey, TurnWaiter};
use crate::operation::Operation;
use crate::renewal::Renewal;

pub(crate) type RequestSender = mpsc::Sender<Request>;

/// Tells a worker that joins its number.
pub(super) type JoinReply = oneshot::Sender<Result<NodeKey, StoreError>>;

/// What the writer is asked for.
pub(crate) enum Request {
    Run(Box<dyn Operation>),
    Join(WorkerOffer, Renewal, JoinReply),
    Leave(NodeKey, oneshot::Sender<()>),
    /// The worker is gone without leaving: its lease is to run out.
    Forget(NodeKey),
    /// The lease of the worker is not renewed any more.
    Pause(WorkerId),
    FetchTurns(NodeKey, TurnWaiter),
    FetchActivities(NodeKey, ActivityWaiter),
    TurnsBack(NodeKey, Vec<TurnWork>),
    ActivitiesBack(NodeKey, ActivityBatch),
    /// Other processes may ring this socket.
    Listen(String),
    /// Something is due.
    Tick,
    /// Another process may have changed the file.
    Look,
    /// The writer has waited long enough without being asked for anything.
    Wake,
    Stop,
}
