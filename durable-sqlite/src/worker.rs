//! The hub as one joined worker sees it.

use std::pin::Pin;
use std::sync::Arc;

use durable_core::Payload;
use durable_core::WorkerId;
use durable_core::hub::{
    ActivityBatch, ActivityDemand, Commit, CommitError, Committed, HeartbeatReply, HubError, HubFuture,
    LoadedHistory, Session, TurnWork, WorkerHub, WorkerOffer,
};
use tokio::sync::oneshot;

use crate::activity::{self, ActivityToken};
use crate::client::{left, loaded};
use crate::delivery::{Deliverable, Delivery};
use crate::error::StoreError;
use crate::hub::Shared;
use crate::node::{ActivityWaiter, NodeKey, TurnWaiter};
use crate::renewal::Renewal;
use crate::turn::{self, TurnToken};
use crate::writer::Request;

/// A joined worker. Dropped without leaving, it is as if its process had died: its lease runs out.
#[derive(Debug)]
pub(crate) struct SqliteWorker {
    shared: Arc<Shared>,
    key: NodeKey,
    worker: WorkerId,
    renewal: Renewal,
}

impl SqliteWorker {
    pub(crate) async fn join(shared: Arc<Shared>, offer: WorkerOffer) -> Result<Self, HubError> {
        let worker = offer.worker.clone();
        let (reply, answer) = oneshot::channel();
        let renewal = Renewal::default();
        shared.request(Request::Join(offer, renewal.clone(), reply))?;
        let key = shared.answered(answer).await?.map_err(StoreError::into_hub)?;
        Ok(Self {
            shared,
            key,
            worker,
            renewal,
        })
    }

    /// Waits for what a fetch is given.
    async fn fetched<T: Deliverable>(
        &self,
        request: Request,
        answer: oneshot::Receiver<Delivery<T>>,
    ) -> Result<T, HubError> {
        self.shared.request(request)?;
        let delivery = answer.await.map_err(|_| self.gone())?;
        delivery.take().ok_or_else(|| self.gone())
    }

    /// The error of a fetch whose node is gone: because the hub stopped, or because the worker left.
    fn gone(&self) -> HubError {
        self.shared
            .check_open()
            .err()
            .unwrap_or_else(|| left(&self.worker))
    }
}

impl Drop for SqliteWorker {
    fn drop(&mut self) {
        self.stop_renewal();
    }
}

impl WorkerHub for SqliteWorker {
    fn fetch_turns(&self, limit: usize) -> HubFuture<'_, Vec<TurnWork>> {
        Box::pin(async move {
            let (reply, answer) = oneshot::channel();
            let waiter = TurnWaiter {
                limit: limit.max(1),
                reply,
            };
            self.fetched(Request::FetchTurns(self.key, waiter), answer).await
        })
    }

    fn load_history(&self, session: &Session) -> HubFuture<'_, LoadedHistory> {
        let session = session.clone();
        Box::pin(self.shared.read(move |conn| {
            let head = TurnToken::of(&session)?.check_in(conn)?;
            loaded(conn, head)
        }))
    }

    fn commit(
        &self,
        commits: Vec<Commit>,
    ) -> Pin<Box<dyn Future<Output = Vec<Result<Committed, CommitError>>> + Send + '_>> {
        // All of them are with the writer before it is waited for, and so most likely in one transaction.
        let submit = |commit: Commit| self.shared.submit(move |tx| turn::commit(tx, &commit));
        let answers: Vec<_> = commits.into_iter().map(submit).collect();
        Box::pin(async move {
            let mut results = Vec::with_capacity(answers.len());
            for answer in answers {
                results.push(match answer {
                    Ok(answer) => match self.shared.answered(answer).await {
                        Ok(result) => result.map_err(StoreError::into_commit),
                        Err(error) => Err(error.into()),
                    },
                    Err(error) => Err(error.into()),
                });
            }
            results
        })
    }

    fn release(&self, session: Session) -> HubFuture<'_, ()> {
        Box::pin(
            self.shared
                .write(move |tx| match TurnToken::of(&session)?.check(tx) {
                    Ok(mut head) => turn::release(tx, &mut head),
                    // It is owned by another by now: nothing is left to give up.
                    Err(StoreError::Stale { .. }) => Ok(()),
                    Err(error) => Err(error),
                }),
        )
    }

    fn fetch_activities(&self, demand: ActivityDemand) -> HubFuture<'_, ActivityBatch> {
        Box::pin(async move {
            let (reply, answer) = oneshot::channel();
            let waiter = ActivityWaiter { demand, reply };
            self.fetched(Request::FetchActivities(self.key, waiter), answer)
                .await
        })
    }

    fn heartbeat(&self, session: &Session, progress: Option<Payload>) -> HubFuture<'_, HeartbeatReply> {
        let session = session.clone();
        Box::pin(self.shared.write(move |tx| {
            let cancelled = activity::heartbeat(tx, ActivityToken::of(&session)?, progress.as_ref())?;
            Ok(HeartbeatReply { cancelled })
        }))
    }

    fn abandon(&self, session: Session) -> HubFuture<'_, ()> {
        Box::pin(
            self.shared
                .write(move |tx| activity::abandon(tx, ActivityToken::of(&session)?)),
        )
    }

    fn park(&self, session: Session) -> HubFuture<'_, ()> {
        Box::pin(
            self.shared
                .write(move |tx| activity::park(tx, ActivityToken::of(&session)?)),
        )
    }

    fn leave(&self) -> HubFuture<'_, ()> {
        Box::pin(async move {
            let (reply, answer) = oneshot::channel();
            self.shared.request(Request::Leave(self.key, reply))?;
            self.shared.answered(answer).await
        })
    }

    fn stop_renewal(&self) {
        if self.renewal.stop() {
            // Nothing to forget in a hub that stopped.
            let _ = self.shared.request(Request::Forget(self.key));
        }
    }
}
