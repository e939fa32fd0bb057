//! The committer: takes what the turn threads decided to the hub, everything that waits in one batch.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};

use super::resident::LocalResult;
use super::room::Reservation;
use super::run::Shared;
use super::turn_thread::ToThread;
use crate::hub::{Commit, CommitError, HubErrorKind, Session};
use crate::id::InstanceId;

/// The most commits in one batch: a bound on the memory of one request to the hub.
const BATCH_MAX: usize = 512;

/// How long a result or a release that the hub did not take waits before the next try.
const RETRY_PAUSE: Duration = Duration::from_millis(200);

/// What a turn thread asks of the hub.
#[derive(Debug)]
pub(super) enum Request {
    /// Commit a turn and answer.
    Turn {
        asker: Asker,
        commit: Commit,
        reserved: Option<Box<Reservation>>,
    },
    /// Commit the result of an activity whose instance is not held here.
    Result(LocalResult),
    /// Read a history and answer.
    Load { asker: Asker, session: Session },
    /// Give up an instance, and answer.
    Release { asker: Asker, sessions: Vec<Session> },
}

/// Who asks, and is answered.
#[derive(Debug, Clone)]
pub(super) struct Asker {
    pub(super) thread: usize,
    pub(super) instance: InstanceId,
    /// The serial number of the resident.
    pub(super) serial: u64,
}

/// The way to the committer. Bounded by the residents and activities that exist: each has at most one request.
#[derive(Debug, Clone)]
pub(super) struct Requests(pub(super) UnboundedSender<Request>);

impl Requests {
    pub(super) fn send(&self, request: Request) {
        // After shutdown nobody listens; the hub hands out again whatever was not committed.
        drop(self.0.send(request));
    }

    /// Returns whether nobody listens any more.
    pub(super) fn is_closed(&self) -> bool {
        self.0.is_closed()
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
                    asker,
                    commit,
                    reserved,
                } => {
                    commits.push(commit);
                    answers.push(Answer::Turn { asker, reserved });
                }
                Request::Result(result) => {
                    commits.push(Commit {
                        completions: vec![result.to_completion(false)],
                        turn: None,
                    });
                    answers.push(Answer::Result(result));
                }
                Request::Load { asker, session } => {
                    drop(tokio::spawn(load(Arc::clone(&shared), asker, session)));
                }
                Request::Release { asker, sessions } => releases.push((asker, sessions)),
            }
        }
        if !commits.is_empty() {
            // At most `BATCH_MAX`, which every number type holds.
            let size = u32::try_from(commits.len()).unwrap_or(u32::MAX);
            crate::metrics::COMMIT_BATCH.observe(f64::from(size), &[]);
            let results = shared.node.commit(commits).await;
            for (answer, result) in answers.into_iter().zip(results) {
                if let Err(CommitError::Hub(error)) = &result
                    && error.kind() == HubErrorKind::Closed
                {
                    shared.closed.tell(error);
                }
                answer.give(&shared, result);
            }
        }
        // After the commits: a release that overtook its instance's last commit would make it stale.
        for (asker, sessions) in releases {
            drop(tokio::spawn(release(Arc::clone(&shared), asker, sessions)));
        }
    }
}

/// To whom the answer of one commit goes.
enum Answer {
    Turn {
        asker: Asker,
        reserved: Option<Box<Reservation>>,
    },
    Result(LocalResult),
}

impl Answer {
    fn give(self, shared: &Arc<Shared>, result: Result<crate::hub::Committed, CommitError>) {
        match self {
            Self::Turn { asker, reserved } => {
                let result = result.map(|committed| {
                    shared
                        .activities
                        .take_over(shared, committed.activities, reserved);
                });
                shared
                    .threads
                    .send(asker.thread, ToThread::Committed(asker, result));
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

/// Gives up an instance. Until the hub has heard of it, the messages it has handed out go nowhere else.
async fn release(shared: Arc<Shared>, asker: Asker, sessions: Vec<Session>) {
    for session in sessions {
        while let Err(error) = shared.node.release(session.clone()).await {
            tracing::debug!("an instance could not be released: {error}");
            if error.kind() != HubErrorKind::Unavailable {
                break;
            }
            pause(&shared).await;
        }
    }
    shared.threads.send(asker.thread, ToThread::Released(asker));
}

async fn load(shared: Arc<Shared>, asker: Asker, session: Session) {
    let loaded = shared.node.load_history(&session).await;
    shared.threads.send(asker.thread, ToThread::Loaded(asker, loaded));
}

async fn pause(shared: &Shared) {
    let until = shared.clock.now().saturating_add(RETRY_PAUSE);
    shared.clock.sleep_until(until).await;
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
