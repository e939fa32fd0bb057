//! Commits of a worker.

use durable_core::InstanceId;
use durable_core::history::Event;
use durable_core::hub::{ActivityKey, ActivityWork, Commit, CommitError, Committed, HubError, TurnCommit};

use super::outgoing::Begins;
use super::shared::Shared;
use super::store::AppendError;
use super::together::together;
use super::wishes::Pledge;
use crate::coordinator::{Basis, Settled, WorkerKey, result_event, turn_token};

/// What is left to do after a commit.
#[derive(Debug, Default)]
pub(super) struct Done {
    /// The activities that the worker runs at once.
    pub(super) activities: Vec<ActivityWork>,
    pub(super) begins: Vec<Begins>,
    pub(super) pledge: Option<Pledge>,
}

/// Why a turn was not stored.
#[derive(Debug)]
pub(super) enum Refused {
    Stale,
    /// It may have been stored all the same.
    Unknown(HubError),
    Failed(HubError),
}

impl From<AppendError> for Refused {
    fn from(refused: AppendError) -> Self {
        match refused {
            AppendError::Stale => Self::Stale,
            AppendError::Unknown(error) => Self::Unknown(error),
            AppendError::Failed(error) => Self::Failed(error),
        }
    }
}

impl From<HubError> for Refused {
    fn from(error: HubError) -> Self {
        Self::Failed(error)
    }
}

/// The activities that a commit ends, and whether its turn has applied their results.
fn keys_of(settled: &[Settled]) -> Vec<(&ActivityKey, bool)> {
    settled.iter().map(|one| (&one.key, one.applied)).collect()
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
        let refused = stored.as_ref().err();
        tracing::trace!(?instance, activities = ?keys_of(&settled), ?refused, "committed");
        match stored {
            Ok(done) => {
                if let Some(id) = &instance {
                    self.begin_children(id, done.begins).await?;
                }
                if let Some(pledge) = done.pledge {
                    self.fulfil(pledge).await;
                }
                Ok(Committed {
                    activities: done.activities,
                })
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
    ) -> Result<Done, Refused> {
        for one in settled.iter().filter(|one| !one.applied) {
            let event = Event::new(self.now(), result_event(one.key.task, one.result.clone()));
            self.answer_activity(&one.key, event).await?;
        }
        let done = match (turn, basis) {
            (Some(turn), Some(basis)) => match self.store_turn(worker, turn, basis).await {
                Ok(done) => done,
                Err(error) => return Err(error),
            },
            _ => Done::default(),
        };
        self.change(|state| {
            for one in settled {
                state.finish_activity(one);
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

    /// Begins the children of a turn: all, also if one fails. Returns the first failure.
    pub(crate) async fn begin_children(&self, id: &InstanceId, begins: Vec<Begins>) -> Result<(), HubError> {
        let mut done = Ok(());
        for begins in begins {
            done = done.and(self.begin_child(id, begins).await);
        }
        done
    }
}
