//! What a turn thread asks of the hub, and what it does with the answers.

use std::sync::Arc;

use super::TurnThread;
use crate::hub::{CommitError, Committed, HubError, LoadedHistory, Session};
use crate::metrics;
use crate::worker::calls::CallId;
use crate::worker::committer::{self, Answered, Asker, BATCH_MAX, Waiting};
use crate::worker::resident::{After, Phase};

/// The answer to something that a thread has asked of the hub.
#[derive(Debug)]
pub(super) enum Answer {
    /// The commits of a batch were accepted or refused, each by itself.
    Committed(Vec<Answered>),
    /// A history.
    Loaded(Asker, Result<LoadedHistory, HubError>),
    /// An instance was given up.
    Released(Asker),
}

impl TurnThread {
    /// Takes what was decided to the hub, in one batch. Returns whether there was anything.
    pub(super) fn flush(&mut self) -> bool {
        if self.commits.is_empty() {
            return false;
        }
        let size = self.commits.len().min(BATCH_MAX);
        let commits = self.commits.drain(..size).collect();
        let waiting = self.waiting.drain(..size).collect();
        let shared = Arc::clone(&self.shared);
        self.batches += 1;
        self.ask(async { Answer::Committed(committer::commit(shared, commits, waiting).await) });
        true
    }

    pub(super) fn ask_to_load(&mut self, asker: Asker, session: Session) {
        let shared = Arc::clone(&self.shared);
        self.ask(async move { Answer::Loaded(asker, shared.node.load_history(&session).await) });
    }

    pub(super) fn ask_to_release(&mut self, asker: Asker, sessions: Vec<Session>) {
        let shared = Arc::clone(&self.shared);
        self.ask(async {
            committer::release(shared, sessions).await;
            Answer::Released(asker)
        });
    }

    fn ask(&mut self, call: impl Future<Output = Answer> + Send + 'static) {
        if let Some(answer) = self.calls.begin(call) {
            self.take(answer);
        }
    }

    /// Goes on with something that was asked of the hub.
    pub(super) fn go_on(&mut self, call: CallId) {
        if let Some(answer) = self.calls.go_on(call) {
            self.take(answer);
        }
    }

    fn take(&mut self, answer: Answer) {
        match answer {
            Answer::Committed(answers) => {
                self.batches -= 1;
                for (waiting, answer) in answers {
                    self.take_commit_answer(waiting, answer);
                }
            }
            Answer::Loaded(asker, loaded) => self.take_history(&asker, loaded),
            Answer::Released(asker) => self.take_release(&asker),
        }
    }
    fn take_history(&mut self, asker: &Asker, loaded: Result<LoadedHistory, HubError>) {
        let Some(resident) = self.asker(asker, Phase::Loading) else {
            return;
        };
        resident.phase = Phase::Idle;
        match loaded {
            Ok(history) if history.execution == resident.execution_id => {
                resident.event_count = u64::try_from(history.events.len()).unwrap_or(u64::MAX);
                self.load(&asker.instance, &history.events);
                self.replayed.push(history.events);
            }
            Ok(_) => self.give_up(&asker.instance, &"its execution changed while it was loaded"),
            Err(error) => self.give_up(&asker.instance, &error),
        }
    }

    /// Lets the activities run that an accepted commit hands over, and whoever waits for the commit go on.
    fn take_commit_answer(&mut self, waiting: Waiting, answer: Result<Committed, CommitError>) {
        match waiting {
            Waiting::Turn { asker, .. } if self.ending => self.leave_after(&asker, answer.is_ok()),
            Waiting::Turn { asker, reserved } => {
                let answer = answer.map(|committed| {
                    let activities = &self.shared.activities;
                    activities.take_over(&self.shared, committed.activities, reserved);
                });
                self.take_answer(&asker, answer);
            }
            Waiting::Result(result) => committer::result_answered(&self.shared, result, answer),
        }
    }

    fn take_answer(&mut self, asker: &Asker, result: Result<(), CommitError>) {
        let Some(resident) = self.asker(asker, Phase::Committing) else {
            return;
        };
        resident.turning = None;
        match result {
            Ok(()) => {
                resident.tally.tell(&resident.name, &resident.version);
                resident.trace.accepted();
                resident.phase = Phase::Idle;
                resident.in_flight.clear();
                match resident.after {
                    After::Stay => self.touch(asker.instance.clone()),
                    After::Leave => self.let_go(&asker.instance),
                }
            }
            Err(error) => {
                let reason = match &error {
                    CommitError::Stale { .. } => "stale",
                    CommitError::Hub(_) => "hub",
                };
                metrics::TURN_COMMITS_REFUSED.count(&[&resident.name, &resident.version, &reason]);
                self.give_up(&asker.instance, &error);
            }
        }
    }
}
