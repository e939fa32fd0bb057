//! The committer: takes what the turn threads decided to the hub, everything that waits in one batch.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};

use super::resident::LocalResult;
use super::run::Shared;
use super::turn_thread::ToThread;
use crate::hub::{Commit, CommitError, HubErrorKind, Session};
use crate::id::InstanceId;

/// The most commits in one batch: a bound on the memory of one request to the hub.
const BATCH_MAX: usize = 512;

/// How long a result that could not be committed waits before the next try.
const RETRY_PAUSE: Duration = Duration::from_millis(200);

/// What a turn thread asks of the hub.
#[derive(Debug)]
pub(super) enum Request {
    /// Commit a turn and answer.
    Turn {
        thread: usize,
        instance: InstanceId,
        commit: Commit,
        reserved: Option<OwnedSemaphorePermit>,
    },
    /// Commit the result of an activity whose instance is not held here.
    Result(LocalResult),
    /// Read a history and answer.
    Load {
        thread: usize,
        instance: InstanceId,
        session: Session,
    },
    /// Give up an instance.
    Release(Session),
}

/// The way to the committer. Bounded by the residents and activities that exist: each has at most one request.
#[derive(Debug, Clone)]
pub(super) struct Requests(pub(super) UnboundedSender<Request>);

impl Requests {
    pub(super) fn send(&self, request: Request) {
        // After shutdown nobody listens; the hub hands out again whatever was not committed.
        drop(self.0.send(request));
    }
}

/// Runs until every turn thread has ended and all their requests are answered.
pub(super) async fn run(shared: Arc<Shared>, mut requests: UnboundedReceiver<Request>) {
    let mut waiting = Vec::new();
    while requests.recv_many(&mut waiting, BATCH_MAX).await > 0 {
        let (mut commits, mut answers, mut releases) = (Vec::new(), Vec::new(), Vec::new());
        for request in waiting.drain(..) {
            match request {
                Request::Turn {
                    thread,
                    instance,
                    commit,
                    reserved,
                } => {
                    commits.push(commit);
                    answers.push(Answer::Turn {
                        thread,
                        instance,
                        reserved,
                    });
                }
                Request::Result(result) => {
                    commits.push(Commit {
                        completions: vec![result.to_completion(false)],
                        turn: None,
                    });
                    answers.push(Answer::Result(result));
                }
                Request::Load {
                    thread,
                    instance,
                    session,
                } => {
                    drop(tokio::spawn(load(Arc::clone(&shared), thread, instance, session)));
                }
                Request::Release(session) => releases.push(session),
            }
        }
        if !commits.is_empty() {
            let results = shared.node.commit(commits).await;
            for (answer, result) in answers.into_iter().zip(results) {
                answer.give(&shared, result);
            }
        }
        // After the commits: a release that overtook its instance's last commit would make it stale.
        for session in releases {
            drop(tokio::spawn(release(Arc::clone(&shared), session)));
        }
    }
}

/// To whom the answer of one commit goes.
enum Answer {
    Turn {
        thread: usize,
        instance: InstanceId,
        reserved: Option<OwnedSemaphorePermit>,
    },
    Result(LocalResult),
}

impl Answer {
    fn give(self, shared: &Arc<Shared>, result: Result<crate::hub::Committed, CommitError>) {
        match self {
            Self::Turn {
                thread,
                instance,
                mut reserved,
            } => {
                let result = result.map(|committed| {
                    for work in committed.activities {
                        let slot = reserved.as_mut().and_then(|reserved| reserved.split(1));
                        shared.activities.start(shared, work, slot);
                    }
                });
                shared.threads.send(thread, ToThread::Committed(instance, result));
            }
            Self::Result(result_sent) => match result {
                Ok(_) => {}
                Err(CommitError::Hub(error)) if error.kind() == HubErrorKind::Unavailable => {
                    tracing::warn!(key = %result_sent.key, "an activity's result waits for the hub: {error}");
                    drop(tokio::spawn(try_again(Arc::clone(shared), result_sent)));
                }
                Err(error) => {
                    tracing::warn!(key = %result_sent.key, "an activity's result was not accepted: {error}");
                }
            },
        }
    }
}

async fn release(shared: Arc<Shared>, session: Session) {
    if let Err(error) = shared.node.release(session).await {
        tracing::debug!("an instance could not be released: {error}");
    }
}

async fn load(shared: Arc<Shared>, thread: usize, instance: InstanceId, session: Session) {
    let loaded = shared.node.load_history(&session).await;
    shared.threads.send(thread, ToThread::Loaded(instance, loaded));
}

/// Commits a result until the hub answers: it exists only here.
async fn try_again(shared: Arc<Shared>, result: LocalResult) {
    loop {
        shared
            .clock
            .sleep_until(shared.clock.now().saturating_add(RETRY_PAUSE))
            .await;
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
