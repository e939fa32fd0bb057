//! The hub as one joined worker sees it.

use std::fmt;
use std::sync::Arc;

use durable_core::Payload;
use durable_core::hub::{
    ActivityBatch, ActivityDemand, Commit, CommitError, CommitFuture, HeartbeatReply, HubError, HubErrorKind,
    HubFuture, LoadedHistory, Session, TurnWork, WorkerHub, WorkerOffer,
};

use super::in_hand::QueueOf;
use super::node::Owner;
use super::shared::Shared;
use super::together::together;
use crate::coordinator::{MessageId, WorkerKey, activity_token, turn_token};
use crate::error::conflict;

/// A joined worker. Dropped without leaving, it is like a process that died: its lease runs out.
pub(crate) struct AzureWorker {
    shared: Arc<Shared>,
    owner: Arc<Owner>,
    key: WorkerKey,
}

impl fmt::Debug for AzureWorker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AzureWorker")
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

impl Drop for AzureWorker {
    fn drop(&mut self) {
        self.stop_renewal();
    }
}

/// Adds to what a worker's fetches want, for as long as one waits.
struct Wanting<'a> {
    shared: &'a Shared,
    key: WorkerKey,
    slots: usize,
}

impl Wanting<'_> {
    fn new(shared: &Shared, key: WorkerKey, slots: usize) -> Wanting<'_> {
        shared.with(|state| {
            if let Some(joined) = state.workers.get_mut(&key) {
                joined.wanted += slots;
            }
        });
        shared.hungry.notify_one();
        Wanting { shared, key, slots }
    }
}

impl Drop for Wanting<'_> {
    fn drop(&mut self) {
        self.shared.with(|state| {
            if let Some(joined) = state.workers.get_mut(&self.key) {
                joined.wanted = joined.wanted.saturating_sub(self.slots);
            }
        });
    }
}

impl AzureWorker {
    /// Joins a worker, and has the node take its share of the partitions.
    pub(crate) async fn join(owner: Arc<Owner>, offer: WorkerOffer) -> Result<Self, HubError> {
        let shared = Arc::clone(&owner.shared);
        let key = shared.change(|state| state.join(offer.clone()))?;
        let worker = Self { shared, owner, key };
        if let Err(error) = worker.shared.write_worker(&offer).await {
            worker.shared.change(|state| state.leave(key));
            return Err(error);
        }
        worker.shared.take_part();
        worker.shared.refresh_workers().await?;
        if !worker.shared.is_primary() {
            return Ok(worker);
        }
        // What is done next finds this node's share of the partitions in its hands.
        let count = usize::try_from(worker.shared.partition_count).unwrap_or(1);
        let claimed = worker.shared.wait_for(|state| {
            let share = (count / (state.nodes_elsewhere() + 1)).max(1);
            let is_there = state.partitions.len() >= share && state.undrained.is_empty();
            Ok(is_there.then_some(()))
        });
        let _ = tokio::time::timeout(worker.shared.settings.join_wait, claimed).await;
        Ok(worker)
    }
}

impl Shared {
    async fn leave(&self, key: WorkerKey) -> Result<(), HubError> {
        let (offer, is_last) = self.change(|state| {
            let offer = state.workers.get(&key).map(|joined| joined.offer.clone());
            state.leave(key);
            (offer, state.workers.is_empty())
        });
        let Some(offer) = offer else {
            return Ok(());
        };
        if is_last {
            if let Some(manager) = self.partitions.get() {
                manager.leave().await;
            }
            self.give_activities_back().await;
        }
        self.remove_worker(&offer.worker).await
    }

    /// Gives all activities back: nobody here runs any.
    async fn give_activities_back(&self) {
        let messages: Vec<MessageId> = self.change(|state| {
            if !state.workers.is_empty() {
                return Vec::new();
            }
            let gone = state.activities.extract_if(.., |_, it| !it.parked && !it.busy);
            gone.filter_map(|(_, it)| it.message).collect()
        });
        let backs = messages
            .iter()
            .map(|id| self.put_back(id, std::time::Duration::ZERO));
        for answer in together(backs).await {
            if let Err(error) = answer {
                tracing::warn!(%error, "an activity could not be given back; it comes again when its time is over");
            }
        }
        let left = self.in_hand.of_queue(QueueOf::WorkItems).len();
        tracing::debug!(left, "the node gave its activities back");
    }

    async fn load_history(&self, worker: WorkerKey, session: &Session) -> Result<LoadedHistory, HubError> {
        let token = turn_token(session)?;
        let owned = self.with(|state| {
            let execution = state.owned(worker, token).map(|it| it.execution().clone());
            execution.map(|execution| (execution, state.take_history(&token.instance)))
        });
        let (execution, kept) = owned.map_err(|stale| match stale {
            CommitError::Hub(error) => error,
            other => conflict(other.to_string()),
        })?;
        if let Some(kept) = kept {
            let events = Arc::try_unwrap(kept).unwrap_or_else(|kept| kept.as_ref().clone());
            return Ok(LoadedHistory { execution, events });
        }
        let history = self.read_history(&token.instance).await?;
        let is_its = history.execution.as_deref() == Some(execution.as_str());
        Ok(LoadedHistory {
            execution,
            events: if is_its { history.events } else { Vec::new() },
        })
    }
}

impl WorkerHub for AzureWorker {
    fn fetch_turns(&self, limit: usize) -> HubFuture<'_, Vec<TurnWork>> {
        Box::pin(async move {
            let found = self.shared.wait_for(|state| {
                state.joined(self.key)?;
                let work = state.fetch_turns(self.key, limit);
                Ok((limit == 0 || !work.is_empty()).then_some(work))
            });
            found.await
        })
    }

    fn load_history(&self, session: &Session) -> HubFuture<'_, LoadedHistory> {
        let session = session.clone();
        let key = self.key;
        self.owner
            .run(move |shared| async move { shared.load_history(key, &session).await })
    }

    fn commit(&self, commits: Vec<Commit>) -> CommitFuture<'_> {
        let count = commits.len();
        let key = self.key;
        // Once begun, a commit goes to its end, whoever still waits for the answer.
        let done = self
            .owner
            .run(move |shared| async move { Ok(shared.commit(key, commits).await) });
        Box::pin(async move {
            match done.await {
                Ok(answers) => answers,
                Err(error) => {
                    let text = error.to_string();
                    let closed = || CommitError::Hub(HubError::new(HubErrorKind::Closed, text.clone()));
                    (0..count).map(|_| Err(closed())).collect()
                }
            }
        })
    }

    fn release(&self, session: Session) -> HubFuture<'_, ()> {
        Box::pin(async move {
            let token = turn_token(&session)?;
            self.shared.change(|state| state.release(self.key, token));
            Ok(())
        })
    }

    fn fetch_activities(&self, demand: ActivityDemand) -> HubFuture<'_, ActivityBatch> {
        Box::pin(async move {
            let mut wanting = None;
            let found = self.shared.wait_for(|state| {
                state.joined(self.key)?;
                let batch = state.fetch_activities(self.key, &demand);
                let is_empty = batch.run.is_empty() && batch.cancel.is_empty();
                Ok((!is_empty).then_some(batch))
            });
            let mut found = Box::pin(found);
            std::future::poll_fn(|cx| {
                let polled = found.as_mut().poll(cx);
                if polled.is_pending() && wanting.is_none() && demand.slots > 0 {
                    wanting = Some(Wanting::new(&self.shared, self.key, demand.slots));
                }
                polled
            })
            .await
        })
    }

    fn heartbeat(&self, session: &Session, progress: Option<Payload>) -> HubFuture<'_, HeartbeatReply> {
        let session = session.clone();
        let key = self.key;
        self.owner
            .run(move |shared| async move { shared.heartbeat(key, &session, progress).await })
    }

    fn abandon(&self, session: Session) -> HubFuture<'_, ()> {
        Box::pin(async move {
            let token = activity_token(&session)?;
            self.shared.change(|state| state.abandon(self.key, token));
            Ok(())
        })
    }

    fn park(&self, session: Session) -> HubFuture<'_, ()> {
        let key = self.key;
        self.owner
            .run(move |shared| async move { shared.park(key, &session).await })
    }

    fn leave(&self) -> HubFuture<'_, ()> {
        let key = self.key;
        self.owner
            .run(move |shared| async move { shared.leave(key).await })
    }

    fn stop_renewal(&self) {
        let lease = self.shared.settings.lease;
        self.shared.change(|state| state.stop_renewal(self.key, lease));
    }
}
