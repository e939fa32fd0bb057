//! Commits of a worker.

use durable_core::InstanceId;
use durable_core::history::Event;
use durable_core::hub::{ActivityWork, Commit, CommitError, Committed, HubError, Outgoing, TurnCommit};

use super::outgoing::{Parcel, Posted};
use super::shared::Shared;
use super::together::together;
use crate::coordinator::{Basis, Settled, WorkerKey, result_event, turn_token};

/// Why a turn was not stored.
pub(super) enum Refused {
    Stale,
    /// It may have been stored all the same.
    Unknown(HubError),
    Failed(HubError),
}

impl From<HubError> for Refused {
    fn from(error: HubError) -> Self {
        Self::Failed(error)
    }
}

impl Shared {
    /// Commits a batch, each element by itself.
    pub(crate) async fn commit(
        &self,
        worker: WorkerKey,
        commits: Vec<Commit>,
    ) -> Vec<Result<Committed, CommitError>> {
        together(commits.into_iter().map(|commit| self.commit_one(worker, commit))).await
    }

    async fn commit_one(&self, worker: WorkerKey, mut commit: Commit) -> Result<Committed, CommitError> {
        let instance = match &commit.turn {
            Some(turn) => Some(turn_token(&turn.session)?.instance.clone()),
            None => None,
        };
        let lock = match &instance {
            Some(id) => Some(self.locks.lock(id).await),
            None => None,
        };
        let (basis, settled) = self.with(|state| state.begin_commit(worker, &mut commit))?;
        let stored = self.store_commit(worker, commit.turn, basis, &settled).await;
        drop(lock);
        match stored {
            Ok((activities, later)) => {
                if let Some(id) = &instance {
                    self.settle_others(id, later).await?;
                }
                Ok(Committed { activities })
            }
            Err(refused) => {
                self.change(|state| state.abort_commit(instance.as_ref(), &settled));
                match (refused, &instance) {
                    (Refused::Failed(error), _) => Err(CommitError::Hub(error)),
                    (Refused::Unknown(error), id) => {
                        // What is held may be behind the history now.
                        if let Some(id) = id {
                            self.forget_stale(id).await;
                        }
                        Err(CommitError::Hub(error))
                    }
                    (Refused::Stale, None) => Err(CommitError::Hub(crate::error::conflict(
                        "the history has changed",
                    ))),
                    (Refused::Stale, Some(id)) => {
                        self.forget_stale(id).await;
                        Err(CommitError::Stale {
                            what: format!("instance `{id}`"),
                            held: 0,
                            current: 0,
                        })
                    }
                }
            }
        }
    }

    async fn store_commit(
        &self,
        worker: WorkerKey,
        turn: Option<TurnCommit>,
        basis: Option<Basis>,
        settled: &[Settled],
    ) -> Result<(Vec<ActivityWork>, Vec<Posted>), Refused> {
        for one in settled.iter().filter(|one| !one.applied) {
            let event = Event::new(self.now(), result_event(one.key.task, one.result.clone()));
            self.answer_activity(&one.key, event).await?;
        }
        let done = match (turn, basis) {
            (Some(turn), Some(basis)) => match self.store_turn(worker, turn, basis).await {
                Ok(done) => done,
                Err(error) => return Err(error),
            },
            _ => (Vec::new(), Vec::new()),
        };
        self.change(|state| {
            for one in settled {
                if state.finish_activity(&one.key) {
                    let message = one.message.clone();
                    state
                        .effects
                        .extend(message.map(crate::coordinator::Effect::Delete));
                }
            }
        });
        Ok(done)
    }

    /// Forgets an instance that another has changed. What waits for it is read again with it.
    pub(crate) async fn forget_stale(&self, id: &InstanceId) {
        let messages = self.change(|state| state.forget_stale(id));
        for message in messages {
            if let Err(error) = self.put_back(&message, std::time::Duration::ZERO).await {
                tracing::warn!(%error, "a message could not be put back; it comes again when its time is over");
            }
        }
    }

    /// Does what a turn wants of other instances: everything, also if something fails. Returns the first failure.
    pub(crate) async fn settle_others(&self, id: &InstanceId, later: Vec<Posted>) -> Result<(), HubError> {
        let mut done = Ok(());
        for Posted { parcel, message } in later {
            let settled = match parcel {
                Parcel::Child(child, letter) => self.begin_child(id, *child, letter, message).await,
                Parcel::Children(Outgoing::CancelChild {
                    instance,
                    policy,
                    reason,
                }) => self.cancel_child(id, &instance, policy, &reason).await,
                Parcel::Children(Outgoing::CancelChildren { reason }) => {
                    self.settle_children(id, &reason, false).await
                }
                _ => Ok(()),
            };
            done = done.and(settled);
        }
        done
    }
}
