//! How instances leave memory.
//!
//! An instance that is given up stays known until the hub has taken it back. Work that is fetched meanwhile may belong
//! to the ownership that ends: it would hold later messages without the earlier ones, which were handed out already.

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use super::{ToThread, TurnThread, asker_of};
use crate::id::InstanceId;
use crate::worker::committer::Asker;
use crate::worker::resident::Phase;

/// How often a thread that ends looks whether those whom it waits for are still there.
const ENDING_CHECK: Duration = Duration::from_millis(100);

impl TurnThread {
    /// Gives an instance up after a failure: everything uncommitted is handed out again.
    pub(super) fn give_up(&mut self, instance: &InstanceId, why: &dyn std::fmt::Display) {
        tracing::warn!(%instance, "the instance leaves memory: {why}");
        self.release(instance);
    }

    /// Releases an instance. What it holds and no commit has carried is handed out again.
    fn release(&mut self, instance: &InstanceId) {
        let Some(resident) = self.residents.get_mut(instance) else {
            return;
        };
        let results = resident.take_results();
        if let Some(since) = resident.idle_since.take() {
            self.idle.remove(&since);
        }
        if resident.phase != Phase::Leaving {
            self.leaving += 1;
        }
        resident.phase = Phase::Leaving;
        resident.turning = None;
        resident.execution = None;
        resident.mailbox.clear();
        resident.permits.clear();
        let mut sessions = vec![resident.session.clone()];
        sessions.extend(resident.later.drain(..).map(|(work, _)| work.session));
        let asker = asker_of(instance, resident);
        self.return_results(results);
        self.ask_to_release(asker, sessions);
    }

    /// Forgets an instance that the hub has taken back.
    pub(super) fn take_release(&mut self, asker: &Asker) {
        match self.asker(asker, Phase::Leaving) {
            // Nobody knows to which ownership it belongs. Given back as well, it comes once more.
            Some(resident) if !resident.later.is_empty() => self.release(&asker.instance),
            Some(_) => {
                self.leaving -= 1;
                self.forget(&asker.instance);
            }
            None => {}
        }
    }

    /// Forgets an instance that the commit has ended or released, and takes what came for it since.
    pub(super) fn let_go(&mut self, instance: &InstanceId) {
        if let Some(mut resident) = self.forget(instance) {
            self.return_results(resident.take_results());
            for (work, permit) in resident.later {
                self.take_work(work, permit);
            }
        }
    }

    /// Releases the longest idle residents beyond the limit.
    pub(super) fn evict(&mut self) {
        while self.residents.len() - self.leaving > self.residents_max {
            let Some((_, instance)) = self.idle.pop_first() else {
                return;
            };
            self.release(&instance);
        }
    }

    /// Ends: makes no more turns, waits for commits under way, and passes on the results that they leave behind.
    pub(super) fn leave_all(&mut self, inbox: &Receiver<ToThread>) {
        self.ending = true;
        let all: Vec<InstanceId> = self.residents.keys().cloned().collect();
        for instance in all {
            self.leave(&instance);
        }
        while self.flush() || self.batches > 0 {
            match inbox.recv_timeout(ENDING_CHECK) {
                Ok(ToThread::Rung(call)) => self.go_on(call),
                Ok(ToThread::Result(result)) => self.return_results(vec![result]),
                // What is fetched now is given back when the worker leaves the hub.
                Ok(ToThread::Work(..) | ToThread::Drain | ToThread::Stop) => {}
                Err(RecvTimeoutError::Timeout) if !self.shared.runtime_is_gone() => {}
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    /// Gives up an instance whose last commit was answered. What it hands over is another worker's, or a later one's.
    pub(super) fn leave_after(&mut self, asker: &Asker, accepted: bool) {
        if let Some(resident) = self.asker(asker, Phase::Committing) {
            if accepted {
                resident.trace.accepted();
                resident.in_flight.clear();
            }
            self.release(&asker.instance);
        }
    }

    fn leave(&mut self, instance: &InstanceId) {
        let phase = self.residents.get(instance).map(|resident| resident.phase);
        if matches!(phase, Some(Phase::Idle | Phase::Loading)) {
            self.release(instance);
        }
    }
}
