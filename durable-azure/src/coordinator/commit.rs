//! Commits, in two steps: every check before anything is stored, and every effect after all is ([`finish`](super::finish)).

use std::collections::HashSet;

use durable_core::history::EventKind;
use durable_core::hub::{
    ActivityKey, Commit, CommitError, HubError, HubErrorKind, MessageReceipt, TurnCommit,
};
use durable_core::{FailureDetails, InstanceId, Payload};

use super::activity::activity_token;
use super::basis::Basis;
use super::fetch::turn_token;
use super::remembered::REMEMBERED_MAX;
use super::resident::{MessageId, Waiting};
use super::state::State;
use super::worker::WorkerKey;

/// A completion that has passed its check.
#[derive(Debug)]
pub(crate) struct Settled {
    pub(crate) key: ActivityKey,
    pub(crate) message: Option<MessageId>,
    pub(crate) result: Result<Payload, FailureDetails>,
    /// Whether the commit's turn has applied it.
    pub(crate) applied: bool,
}

impl State {
    /// Checks a commit and reserves what it is about. Without any effect if it is refused.
    pub(crate) fn begin_commit(
        &mut self,
        worker: WorkerKey,
        commit: &mut Commit,
    ) -> Result<(Option<Basis>, Vec<Settled>), CommitError> {
        let basis = match &commit.turn {
            Some(turn) => Some(self.check_turn(worker, turn)?),
            None => None,
        };
        let mut keys = Vec::with_capacity(commit.completions.len());
        for completion in &commit.completions {
            keys.push(self.owned_activity(worker, activity_token(&completion.session)?)?);
        }
        if let Some(turn) = &commit.turn {
            let token = turn_token(&turn.session)?;
            if let Some(resident) = self.residents.get_mut(&token.instance) {
                resident.busy = true;
            }
        }
        let completions = std::mem::take(&mut commit.completions).into_iter().zip(keys);
        let settled = completions.map(|(completion, key)| {
            let activity = self.activities.get_mut(&key);
            let message = activity.and_then(|activity| {
                activity.busy = true;
                activity.message.clone()
            });
            Settled {
                key,
                message,
                result: completion.result,
                applied: completion.applied,
            }
        });
        Ok((basis, settled.collect()))
    }

    fn check_turn(&self, worker: WorkerKey, turn: &TurnCommit) -> Result<Basis, CommitError> {
        let token = turn_token(&turn.session)?;
        let resident = self.owned(worker, token)?;
        let count = resident.record.event_count;
        if count != turn.base_event_count {
            let message = format!(
                "the turn of instance `{}` stands on {} events; the history has {count}",
                token.instance, turn.base_event_count
            );
            return Err(CommitError::Hub(HubError::new(HubErrorKind::Conflict, message)));
        }
        let mut basis = Basis::of(resident);
        let consumed: HashSet<MessageReceipt> = turn.consumed.iter().copied().collect();
        let consumed = resident
            .inbox
            .iter()
            .filter(|it| consumed.contains(&it.message.receipt));
        let untold = consumed.filter(|it| !is_told_by_history(it));
        basis.settles.extend(untold.filter_map(Waiting::known_by));
        let too_many = basis.settles.len().saturating_sub(REMEMBERED_MAX);
        basis.settles.drain(..too_many);
        Ok(basis)
    }

    /// Reserves an instance for a change that no owner makes, and returns what it stands on.
    pub(crate) fn begin_change(&mut self, id: &InstanceId) -> Option<Basis> {
        let resident = self.residents.get_mut(id)?;
        resident.busy = true;
        Some(Basis::of(resident))
    }

    /// Ends a commit that was not stored: everything is as it was before.
    pub(crate) fn abort_commit(&mut self, instance: Option<&InstanceId>, settled: &[Settled]) {
        if let Some(resident) = instance.and_then(|id| self.residents.get_mut(id)) {
            resident.busy = false;
        }
        for one in settled {
            if let Some(activity) = self.activities.get_mut(&one.key) {
                activity.busy = false;
            }
        }
    }
}

/// Returns whether a second delivery of the message is recognised by the history alone.
fn is_told_by_history(waiting: &Waiting) -> bool {
    let kind = &waiting.message.event.kind;
    matches!(kind, EventKind::ExecutionStarted(_)) || kind.answered().is_some()
}
