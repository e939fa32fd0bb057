//! What becomes of commits: a batch goes to the hub, and each answer to whoever waits for it.

use std::sync::Arc;
use std::time::Duration;

use super::resident::LocalResult;
use super::room::Reservation;
use super::run::Shared;
use crate::hub::{Commit, CommitError, Committed, HubError, HubErrorKind, Session};
use crate::id::InstanceId;

/// The most commits in one batch: a bound on the memory of one request to the hub.
pub(super) const BATCH_MAX: usize = 512;

/// How long a result or a release that the hub did not take waits before the next try.
const RETRY_PAUSE: Duration = Duration::from_millis(200);

/// Who asks, and is answered.
#[derive(Debug, Clone)]
pub(super) struct Asker {
    pub(super) instance: InstanceId,
    /// The serial number of the resident.
    pub(super) serial: u64,
}

/// Who waits for the answer to one commit.
#[derive(Debug)]
pub(super) enum Waiting {
    /// A resident, for its turn.
    Turn {
        asker: Asker,
        /// The room for the activities that the hub hands over.
        reserved: Option<Box<Reservation>>,
    },
    /// Nobody: the result of an activity whose instance is not held here.
    Result(LocalResult),
}

impl Waiting {
    fn room_taken(&self) -> Option<u64> {
        match self {
            Self::Turn { reserved, .. } => reserved.as_ref()?.taken(),
            Self::Result(_) => None,
        }
    }
}

/// One commit with its answer.
pub(super) type Answered = (Waiting, Result<Committed, CommitError>);

/// Takes a batch to the hub.
pub(super) async fn commit(
    shared: Arc<Shared>,
    commits: Vec<Commit>,
    waiting: Vec<Waiting>,
) -> Vec<Answered> {
    // At most `BATCH_MAX`, which every number type holds.
    let size = u32::try_from(commits.len()).unwrap_or(u32::MAX);
    crate::metrics::COMMIT_BATCH.observe(f64::from(size), &[]);
    if let Some(taken) = waiting.iter().filter_map(Waiting::room_taken).max() {
        shared.activities.room.fetch_knows(taken).await;
    }
    let mut results = shared.node.commit(commits).await.into_iter();
    let mut answer = |waiting| {
        let result = results.next().unwrap_or_else(|| Err(unanswered().into()));
        if let Err(CommitError::Hub(error)) = &result
            && error.kind() == HubErrorKind::Closed
        {
            shared.closed.tell(error);
        }
        (waiting, result)
    };
    waiting.into_iter().map(&mut answer).collect()
}

fn unanswered() -> HubError {
    HubError::new(
        HubErrorKind::Invalid,
        "the hub answered fewer commits than it was given",
    )
}

/// Deals with the answer to a result that no turn of this worker carries.
pub(super) fn result_answered(
    shared: &Arc<Shared>,
    sent: LocalResult,
    answer: Result<Committed, CommitError>,
) {
    match answer {
        Ok(_) => {}
        Err(CommitError::Hub(error)) if error.kind() == HubErrorKind::Unavailable => {
            tracing::warn!(key = %sent.key, "an activity's result waits for the hub: {error}");
            drop(shared.runtime.spawn(try_again(Arc::clone(shared), sent)));
        }
        Err(error) => {
            tracing::warn!(key = %sent.key, "an activity's result was not accepted: {error}");
        }
    }
}

/// Commits a result until the hub answers: it exists only here.
async fn try_again(shared: Arc<Shared>, result: LocalResult) {
    loop {
        pause(&shared).await;
        let commit = Commit {
            completions: vec![result.to_completion(false)],
            turn: None,
        };
        match shared.node.commit(vec![commit]).await.pop() {
            Some(Err(CommitError::Hub(error))) if error.kind() == HubErrorKind::Unavailable => {}
            Some(Err(error)) => {
                return tracing::warn!(key = %result.key, "an activity's result was not accepted: {error}");
            }
            Some(Ok(_)) | None => return,
        }
    }
}

/// Gives up an instance. Until the hub has heard of it, the messages it has handed out go nowhere else.
pub(super) async fn release(shared: Arc<Shared>, sessions: Vec<Session>) {
    for session in sessions {
        while let Err(error) = shared.node.release(session.clone()).await {
            tracing::debug!("an instance could not be released: {error}");
            if error.kind() != HubErrorKind::Unavailable {
                break;
            }
            pause(&shared).await;
        }
    }
}

async fn pause(shared: &Shared) {
    let until = shared.clock.now().saturating_add(RETRY_PAUSE);
    shared.clock.sleep_until(until).await;
}
