//! Activities whose messages this node holds.

use std::collections::BTreeMap;

use durable_core::history::EventKind;
use durable_core::hub::{
    ActivityBatch, ActivityDemand, ActivityKey, ActivityOrder, ActivityWork, CommitError, HeartbeatReply,
    HubError, HubErrorKind, Session,
};
use durable_core::{ExecutionId, FailureDetails, InstanceId, Payload, TaskId, Timestamp};

use super::resident::{MessageId, Ownership};
use super::state::{Effect, State};
use super::worker::{WorkerKey, offers};

/// An activity that is to run or runs here.
#[derive(Debug)]
pub(crate) struct Activity {
    number: u64,
    pub(crate) order: ActivityOrder,
    /// The work item that it is.
    pub(crate) message: Option<MessageId>,
    pub(crate) owner: Ownership,
    /// How often it was handed out, here or elsewhere.
    pub(crate) handed_out: u32,
    /// What of that count the message itself says.
    pub(crate) told: u32,
    pub(crate) progress: Option<Payload>,
    /// Whether it waits to be completed from outside, and is not handed out any more.
    pub(crate) parked: bool,
    /// When its owner's silence has lasted too long.
    pub(crate) lost_at: Option<Timestamp>,
    /// Whether its end is being stored: it keeps its owner until then.
    pub(crate) busy: bool,
}

/// What a session of an activity stands for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ActivityToken {
    pub(crate) key: ActivityKey,
    number: u64,
    epoch: u64,
}

impl Activity {
    /// Notes a sign of life: from now on counts the silence.
    fn is_heard(&mut self, now: Timestamp) {
        self.lost_at = self.order.heartbeat.map(|limit| now.saturating_add(limit));
    }

    /// Takes it from its owner.
    pub(crate) fn disown(&mut self) {
        self.owner.revoke();
        self.lost_at = None;
    }

    fn to_work(&self, key: &ActivityKey, deliveries: u32) -> ActivityWork {
        let order = &self.order;
        ActivityWork {
            key: key.clone(),
            name: order.name.clone(),
            version: order.version.clone(),
            input: order.input.clone(),
            attempt: order.attempt,
            deliveries,
            heartbeat: order.heartbeat,
            progress: self.progress.clone(),
            trace: order.trace.clone(),
            session: Session::new(ActivityToken {
                key: key.clone(),
                number: self.number,
                epoch: self.owner.epoch,
            }),
        }
    }
}

impl State {
    /// Adds an activity whose message this node holds.
    pub(crate) fn add_activity(
        &mut self,
        key: ActivityKey,
        order: ActivityOrder,
        message: Option<MessageId>,
        (handed_out, told): (u32, u32),
        progress: Option<Payload>,
    ) {
        let activity = Activity {
            number: self.next_number(),
            order,
            message,
            owner: Ownership::default(),
            handed_out,
            told,
            progress,
            parked: false,
            lost_at: None,
            busy: false,
        };
        // The same order twice: the second message stands for nothing.
        if let Some(earlier) = self.activities.insert(key, activity) {
            self.effects.extend(earlier.message.map(Effect::Delete));
        }
    }

    /// Returns whether a live worker of this node runs the activity.
    pub(crate) fn runs_here(&self, order: &ActivityOrder) -> bool {
        let mut live = self.workers.values().filter(|it| it.is_live(self.now));
        live.any(|it| offers(&it.offer.activities, &order.name, &order.version))
    }

    /// Hands out activities for the worker, and reports those that it should stop.
    pub(crate) fn fetch_activities(&mut self, key: WorkerKey, demand: &ActivityDemand) -> ActivityBatch {
        let now = self.now;
        let Some(joined) = self.workers.get_mut(&key).filter(|joined| joined.is_live(now)) else {
            return ActivityBatch::default();
        };
        let cancel = std::mem::take(&mut joined.cancels);
        let Some(offered) = self.workers.get(&key).map(|joined| &joined.offer.activities) else {
            return ActivityBatch::default();
        };
        let ready: BTreeMap<u64, ActivityKey> = (self.activities.iter())
            .filter(|(_, activity)| {
                let order = &activity.order;
                !activity.parked
                    && !activity.busy
                    && self.live_owner(&activity.owner).is_none()
                    && offers(offered, &order.name, &order.version)
            })
            .map(|(key, activity)| (activity.number, key.clone()))
            .collect();
        let ready: Vec<ActivityKey> = ready.into_values().collect();
        let run = self.hand_out_activities(&ready, key, demand.clone());
        ActivityBatch { run, cancel }
    }

    /// Makes the worker the owner of activities, in this order, as far as it has room.
    pub(crate) fn hand_out_activities(
        &mut self,
        ready: &[ActivityKey],
        worker: WorkerKey,
        mut demand: ActivityDemand,
    ) -> Vec<ActivityWork> {
        let mut works = Vec::new();
        for key in ready {
            let now = self.now;
            let Some(activity) = self.activities.get_mut(key) else {
                continue;
            };
            if demand.take(&activity.order.name) {
                activity.owner.claim(worker);
                activity.is_heard(now);
                let deliveries = activity.handed_out;
                activity.handed_out += 1;
                works.push(activity.to_work(key, deliveries));
            }
        }
        works
    }

    /// Returns the key of a session's activity, if the session is still good.
    pub(crate) fn owned_activity(
        &self,
        worker: WorkerKey,
        token: &ActivityToken,
    ) -> Result<ActivityKey, CommitError> {
        let activity = (self.activities.get(&token.key)).filter(|it| it.number == token.number);
        match activity {
            Some(activity) if activity.owner.is_held(worker, token.epoch) => Ok(token.key.clone()),
            other => Err(CommitError::Stale {
                what: format!("activity `{}`", token.key),
                held: token.epoch,
                current: other.map_or(0, |activity| activity.owner.epoch),
            }),
        }
    }

    /// Notes a sign of life. Returns the message that is to keep the progress, if there is a new one.
    pub(crate) fn heartbeat(
        &mut self,
        worker: WorkerKey,
        token: &ActivityToken,
        progress: Option<&Payload>,
    ) -> (HeartbeatReply, Option<MessageId>) {
        let now = self.now;
        let owned = self.owned_activity(worker, token).ok();
        let Some(activity) = owned.and_then(|key| self.activities.get_mut(&key)) else {
            // It was cancelled, completed from outside, or is another worker's now: in each case, stop.
            return (HeartbeatReply { cancelled: true }, None);
        };
        activity.is_heard(now);
        let keep = progress.and(activity.message.clone());
        activity.progress = progress.cloned().or(activity.progress.take());
        (HeartbeatReply { cancelled: false }, keep)
    }

    /// Gives an activity back to whoever fetches next.
    pub(crate) fn abandon(&mut self, worker: WorkerKey, token: &ActivityToken) {
        let owned = self.owned_activity(worker, token).ok();
        if let Some(activity) = owned.and_then(|key| self.activities.get_mut(&key)) {
            activity.disown();
        }
    }

    /// Removes an activity that nobody waits for any more, and tells the worker that runs it. Returns whether there was one.
    pub(crate) fn cancel_activity(&mut self, key: &ActivityKey) -> bool {
        let Some(activity) = self.activities.remove(key) else {
            return false;
        };
        let runs_on = self.live_owner(&activity.owner);
        if let Some(worker) = runs_on.and_then(|key| self.workers.get_mut(&key)) {
            worker.cancels.push(key.clone());
        }
        self.effects.extend(activity.message.map(Effect::Delete));
        true
    }

    /// Removes what an execution that is over still had outstanding here.
    pub(crate) fn drop_outstanding(&mut self, id: &InstanceId, execution: &ExecutionId) {
        self.drop_timers(|timer| timer.instance == *id && timer.execution.as_ref() == Some(execution));
        let keys: Vec<ActivityKey> = (self.activities.keys())
            .filter(|key| key.instance == *id && key.execution == *execution)
            .cloned()
            .collect();
        for key in keys {
            self.cancel_activity(&key);
        }
    }

    /// Gives up the activities whose owner lives and was silent for longer than they allow, longest silent first.
    pub(super) fn lose_silent(&mut self) {
        let silent = self.activities.iter().filter_map(|(key, activity)| {
            let lost_at = activity.lost_at.filter(|at| *at <= self.now && !activity.busy)?;
            // That of a worker whose lease has run out is handed out again.
            self.live_owner(&activity.owner)?;
            Some((lost_at, activity.number, key.clone()))
        });
        let mut silent: Vec<_> = silent.collect();
        silent.sort();
        for (_, _, key) in silent {
            let message = self.activities.get_mut(&key).and_then(|it| it.message.take());
            self.cancel_activity(&key);
            self.effects.push(Effect::Lost(key, message));
        }
    }

    /// Returns how many more activities the waiting fetches of all workers want than there are at hand.
    pub(crate) fn wanted_activities(&self) -> usize {
        let live = self.workers.values().filter(|it| it.is_live(self.now));
        live.map(|it| it.wanted).sum()
    }
}

/// Returns what a session of an activity stands for.
pub(crate) fn activity_token(session: &Session) -> Result<&ActivityToken, HubError> {
    let foreign = || {
        HubError::new(
            HubErrorKind::Invalid,
            "the session is not one of an activity of this hub",
        )
    };
    session.token().ok_or_else(foreign)
}

/// Returns the event by which an activity's result enters a history.
pub(crate) fn result_event(task: TaskId, result: Result<Payload, FailureDetails>) -> EventKind {
    match result {
        Ok(result) => EventKind::TaskCompleted { task, result },
        Err(failure) => EventKind::TaskFailed { task, failure },
    }
}
