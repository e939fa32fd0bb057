//! Commits: first every check, then every effect, so that a refused commit has none.

use durable_core::history::{CompletionStatus, EventKind};
use durable_core::hub::{
    ActivityDemand, ActivityKey, Commit, CommitError, Committed, CustomStatus, InstanceStatus, Session,
    TurnCommit, TurnOutcome,
};
use durable_core::{FailureDetails, InstanceId, Payload, TaskId};

use super::fetch::{ActivityToken, TurnToken};
use super::state::{Activity, Block, Instance, NodeId, State, offers};
use super::{conflict, invalid};

/// A completion that has passed its check.
struct Completion {
    key: ActivityKey,
    result: Result<Payload, FailureDetails>,
    applied: bool,
}

impl State {
    /// Commits one element.
    pub(super) fn commit(&mut self, node: NodeId, commit: Commit) -> Result<Committed, CommitError> {
        if let Some(turn) = &commit.turn {
            self.check_turn(node, turn)?;
        }
        let mut completions = Vec::with_capacity(commit.completions.len());
        for completion in commit.completions {
            let key = self.owned_activity(node, &completion.session)?.clone();
            completions.push(Completion {
                key,
                result: completion.result,
                applied: completion.applied,
            });
        }

        for completion in completions {
            self.complete(completion);
        }
        match commit.turn {
            Some(turn) => self.apply_turn(node, turn),
            None => Ok(Committed::default()),
        }
    }

    fn check_turn(&self, node: NodeId, turn: &TurnCommit) -> Result<(), CommitError> {
        let token = turn_token(&turn.session)?;
        let instance = self.owned_instance(node, token)?;
        let count = instance.history.len() as u64;
        if count != turn.base_event_count {
            return Err(CommitError::Hub(conflict(format!(
                "the turn of instance `{}` stands on {} events; the history has {count}",
                token.instance, turn.base_event_count
            ))));
        }
        Ok(())
    }

    /// Returns the instance of a session, if the session is still good.
    pub(super) fn owned_instance(&self, node: NodeId, token: &TurnToken) -> Result<&Instance, CommitError> {
        let instance = self
            .instances
            .get(&token.instance)
            .filter(|it| it.number == token.number);
        match instance {
            Some(instance) if instance.owner.is_held(node, token.epoch) => Ok(instance),
            other => Err(CommitError::Stale {
                what: format!("instance `{}`", token.instance),
                held: token.epoch,
                current: other.map_or(0, |instance| instance.owner.epoch),
            }),
        }
    }

    /// Returns the key of a session's activity, if the session is still good.
    pub(super) fn owned_activity<'a>(
        &self,
        node: NodeId,
        session: &'a Session,
    ) -> Result<&'a ActivityKey, CommitError> {
        let token = activity_token(session)?;
        let activity = self
            .activities
            .get(&token.key)
            .filter(|it| it.number == token.number);
        match activity {
            Some(activity) if activity.owner.is_held(node, token.epoch) => Ok(&token.key),
            other => Err(CommitError::Stale {
                what: format!("activity `{}`", token.key),
                held: token.epoch,
                current: other.map_or(0, |activity| activity.owner.epoch),
            }),
        }
    }

    /// Fails the activities whose owner lives and was silent for longer than they allow, longest silent first.
    pub(super) fn lose_silent(&mut self) {
        let silent = self.activities.iter().filter_map(|(key, activity)| {
            let lost_at = activity.lost_at.filter(|at| *at <= self.now)?;
            // That of a worker whose lease has run out is handed out again.
            self.live_owner(&activity.owner)?;
            Some((lost_at, activity.number, key.clone()))
        });
        let mut silent: Vec<_> = silent.collect();
        silent.sort();
        for (_, _, key) in silent {
            let kind = result_event(key.task, Err(FailureDetails::heartbeat_timeout()));
            self.cancel_activity(&key);
            self.deliver_result(&key.instance, &key.execution, kind);
        }
    }

    fn complete(&mut self, completion: Completion) {
        self.activities.remove(&completion.key);
        if !completion.applied {
            let key = completion.key;
            self.deliver_result(
                &key.instance,
                &key.execution,
                result_event(key.task, completion.result),
            );
        }
    }

    fn apply_turn(&mut self, node: NodeId, turn: TurnCommit) -> Result<Committed, CommitError> {
        let id = turn_token(&turn.session)?.instance.clone();
        let now = self.now;
        let Some(instance) = self.instances.get_mut(&id) else {
            return Ok(Committed::default());
        };
        instance.updated_at = now;
        if let TurnOutcome::Blocked(report) = turn.outcome {
            // Nothing of the turn counts; what the builds before this one tried stays known.
            let mut tried = instance
                .blocked
                .take()
                .map(|block| block.tried)
                .unwrap_or_default();
            tried.insert(report.build);
            instance.blocked = Some(Block {
                report: *report,
                tried,
            });
            instance.disown();
            return Ok(Committed::default());
        }
        instance
            .inbox
            .retain(|waiting| !turn.consumed.contains(&waiting.message.receipt));
        instance.history.extend(turn.events);
        instance.blocked = None;
        instance.status = if turn.suspended {
            InstanceStatus::Suspended
        } else {
            InstanceStatus::Running
        };
        if let CustomStatus::Set(status) = turn.custom_status {
            instance.custom_status = Some(status);
        }
        if let Some(version) = turn.version {
            instance.version = version;
        }
        let execution = instance.execution().clone();
        let scheduled = self.send_all(&id, &execution, turn.outgoing);
        match turn.outcome {
            TurnOutcome::Waiting | TurnOutcome::Blocked(_) => {}
            TurnOutcome::Ended(status) => self.end(&id, status),
            TurnOutcome::ContinuedAsNew(next) => self.continue_as_new(&id, *next),
        }
        let activities = self.dispatch_eagerly(node, scheduled, turn.eager);
        self.settle_ownership(&id, node, turn.release);
        Ok(Committed { activities })
    }

    /// Hands the turn's own activities to the worker that committed it, as far as it has room and offers them.
    fn dispatch_eagerly(
        &mut self,
        node: NodeId,
        scheduled: Vec<ActivityKey>,
        eager: ActivityDemand,
    ) -> Vec<durable_core::hub::ActivityWork> {
        let Some(offered) = self.nodes.get(&node).map(|node| node.offer.activities.clone()) else {
            return Vec::new();
        };
        let wanted: Vec<ActivityKey> = (scheduled.into_iter())
            .filter(|key| {
                let activity = self.activities.get(key);
                activity.is_some_and(|Activity { order, .. }| offers(&offered, &order.name, &order.version))
            })
            .collect();
        self.hand_out_activities(&wanted, node, eager)
    }

    /// Ends the ownership if the worker gives it up, or can do nothing with it since the instance changed version.
    fn settle_ownership(&mut self, id: &InstanceId, node: NodeId, release: bool) {
        let Some(instance) = self.instances.get_mut(id) else {
            return;
        };
        let takes = self
            .nodes
            .get(&node)
            .is_some_and(|node| node.takes(&instance.started.name, &instance.version));
        if instance.owner.node == Some(node) && (release || !takes) {
            instance.disown();
        }
    }
}

/// Returns the event by which an activity's result enters a history.
pub(super) fn result_event(task: TaskId, result: Result<Payload, FailureDetails>) -> EventKind {
    match result {
        Ok(result) => EventKind::TaskCompleted { task, result },
        Err(failure) => EventKind::TaskFailed { task, failure },
    }
}

/// Returns what a completion means for the record: status, output and failure.
pub(super) fn ended_as(
    status: CompletionStatus,
) -> (InstanceStatus, Option<Payload>, Option<FailureDetails>) {
    match status {
        CompletionStatus::Completed(output) => (InstanceStatus::Completed, Some(output), None),
        CompletionStatus::Failed(failure) => (InstanceStatus::Failed, None, Some(failure)),
        CompletionStatus::Canceled(failure) => (InstanceStatus::Canceled, None, Some(failure)),
        CompletionStatus::Terminated(reason) => (
            InstanceStatus::Terminated,
            None,
            Some(super::lifecycle::terminated(reason)),
        ),
    }
}

pub(super) fn turn_token(session: &Session) -> Result<&TurnToken, durable_core::hub::HubError> {
    session
        .token()
        .ok_or_else(|| invalid("the session is not one of an instance of this hub"))
}

pub(super) fn activity_token(session: &Session) -> Result<&ActivityToken, durable_core::hub::HubError> {
    session
        .token()
        .ok_or_else(|| invalid("the session is not one of an activity of this hub"))
}
