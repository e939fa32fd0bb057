//! What a turn thread asks of the hub, and what it does with the answers.

use std::sync::Arc;

use super::{Asker, CallId, HubError, LoadedHistory, TurnThread};
use crate::hub::Session;
use crate::worker::committer::{self, Answered, BATCH_MAX};

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
}
