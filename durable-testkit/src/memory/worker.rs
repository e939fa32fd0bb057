//! The hub as one joined worker sees it.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use durable_core::Payload;
use durable_core::hub::{
    ActivityBatch, ActivityDemand, Commit, CommitError, Committed, HeartbeatReply, HubError, HubErrorKind,
    HubFuture, LoadedHistory, Session, TurnWork, WorkerHub,
};

use super::commit::{activity_token, turn_token};
use super::state::{Instance, NodeId, State};
use super::{Shared, conflict};

/// A joined worker. Dropped without leaving, it is like a process that died: its lease runs out.
pub(super) struct MemoryWorker {
    shared: Arc<Shared>,
    node: NodeId,
}

impl MemoryWorker {
    pub(super) fn new(shared: Arc<Shared>, node: NodeId) -> Self {
        Self { shared, node }
    }
}

impl fmt::Debug for MemoryWorker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryWorker")
            .field("node", &self.node)
            .finish_non_exhaustive()
    }
}

impl Drop for MemoryWorker {
    fn drop(&mut self) {
        self.stop_renewal();
    }
}

impl WorkerHub for MemoryWorker {
    fn fetch_turns(&self, limit: usize) -> HubFuture<'_, Vec<TurnWork>> {
        Box::pin(async move {
            let found = self.shared.wait_for(|state| {
                state.joined(self.node)?;
                let work = state.fetch_turns(self.node, limit);
                Ok((limit == 0 || !work.is_empty()).then_some(work))
            });
            let work = found.await?;
            // The owner is part of an instance's record, for which somebody may wait.
            self.shared.changed.send_replace(());
            Ok(work)
        })
    }

    fn load_history(&self, session: &Session) -> HubFuture<'_, LoadedHistory> {
        let session = session.clone();
        Box::pin(async move {
            let state = self.shared.lock();
            let instance = state.owned_instance(self.node, turn_token(&session)?);
            instance.map(Instance::loaded).map_err(|stale| match stale {
                CommitError::Hub(error) => error,
                other => conflict(other.to_string()),
            })
        })
    }

    fn commit(
        &self,
        commits: Vec<Commit>,
    ) -> Pin<Box<dyn Future<Output = Vec<Result<Committed, CommitError>>> + Send + '_>> {
        Box::pin(async move {
            let mut state = self.shared.lock();
            let answers = commits
                .into_iter()
                .map(|commit| state.commit(self.node, commit))
                .collect();
            self.shared.notify(state);
            answers
        })
    }

    fn release(&self, session: Session) -> HubFuture<'_, ()> {
        Box::pin(async move {
            let token = turn_token(&session)?;
            let mut state = self.shared.lock();
            if state.owned_instance(self.node, token).is_ok()
                && let Some(instance) = state.instances.get_mut(&token.instance)
            {
                instance.disown();
            }
            self.shared.notify(state);
            Ok(())
        })
    }

    fn fetch_activities(&self, demand: ActivityDemand) -> HubFuture<'_, ActivityBatch> {
        Box::pin(async move {
            let found = self.shared.wait_for(|state| {
                state.joined(self.node)?;
                let batch = state.fetch_activities(self.node, &demand);
                Ok((!batch.run.is_empty() || !batch.cancel.is_empty()).then_some(batch))
            });
            found.await
        })
    }

    fn heartbeat(&self, session: &Session, progress: Option<Payload>) -> HubFuture<'_, HeartbeatReply> {
        let session = session.clone();
        Box::pin(async move {
            let mut state = self.shared.lock();
            let key = match state.owned_activity(self.node, &session) {
                Ok(key) => key.clone(),
                Err(CommitError::Hub(error)) => return Err(error),
                // It was cancelled, completed from outside, or is another worker's now: in each case, stop.
                Err(_) => return Ok(HeartbeatReply { cancelled: true }),
            };
            let now = state.now;
            if let Some(activity) = state.activities.get_mut(&key) {
                activity.is_heard(now);
                activity.progress = progress.or(activity.progress.take());
            }
            Ok(HeartbeatReply { cancelled: false })
        })
    }

    fn abandon(&self, session: Session) -> HubFuture<'_, ()> {
        Box::pin(async move {
            activity_token(&session)?;
            let mut state = self.shared.lock();
            let key = state.owned_activity(self.node, &session).ok().cloned();
            if let Some(activity) = key.and_then(|key| state.activities.get_mut(&key)) {
                activity.disown();
            }
            self.shared.notify(state);
            Ok(())
        })
    }

    fn park(&self, session: Session) -> HubFuture<'_, ()> {
        Box::pin(async move {
            activity_token(&session)?;
            let mut state = self.shared.lock();
            let key = match state.owned_activity(self.node, &session) {
                Ok(key) => key.clone(),
                Err(CommitError::Hub(error)) => return Err(error),
                Err(stale) => return Err(conflict(stale.to_string())),
            };
            if let Some(activity) = state.activities.get_mut(&key) {
                activity.parked = true;
                activity.disown();
            }
            self.shared.notify(state);
            Ok(())
        })
    }

    fn leave(&self) -> HubFuture<'_, ()> {
        Box::pin(async move {
            let mut state = self.shared.lock();
            state.leave(self.node);
            self.shared.notify(state);
            Ok(())
        })
    }

    fn stop_renewal(&self) {
        let lease = self.shared.lease;
        let mut state = self.shared.lock();
        let until = state.now.saturating_add(lease);
        if let Some(node) = state.nodes.get_mut(&self.node) {
            node.lease_until.get_or_insert(until);
        }
        self.shared.notify(state);
    }
}

impl State {
    /// Refuses a worker that has left, or that another with its id has replaced.
    fn joined(&self, id: NodeId) -> Result<(), HubError> {
        if self.nodes.contains_key(&id) {
            return Ok(());
        }
        Err(HubError::new(HubErrorKind::Closed, "the worker has left the hub"))
    }

    fn leave(&mut self, id: NodeId) {
        self.nodes.remove(&id);
        for instance in self.instances.values_mut().filter(|it| it.owner.node == Some(id)) {
            instance.disown();
        }
        for activity in self
            .activities
            .values_mut()
            .filter(|it| it.owner.node == Some(id))
        {
            activity.disown();
        }
    }
}
