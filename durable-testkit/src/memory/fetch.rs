//! Handing out work.

use std::collections::BTreeMap;

use durable_core::hub::{
    ActivityBatch, ActivityDemand, ActivityKey, ActivityWork, Message, Session, TurnWork,
};
use durable_core::{InstanceId, Timestamp};

use super::state::{Activity, Instance, NodeId, State, offers};

/// What a session of an instance stands for.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TurnToken {
    pub(super) instance: InstanceId,
    /// The number of the instance: an instance that took its id over is another.
    pub(super) number: u64,
    pub(super) epoch: u64,
}

/// What a session of an activity stands for.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ActivityToken {
    pub(super) key: ActivityKey,
    pub(super) number: u64,
    pub(super) epoch: u64,
}

impl State {
    /// Hands out instances that have something for the worker, longest waiting first.
    pub(super) fn fetch_turns(&mut self, node: NodeId, limit: usize) -> Vec<TurnWork> {
        let mut ready: Vec<(Option<Timestamp>, u64, InstanceId)> = (self.instances.iter())
            .filter(|(_, instance)| self.is_ready(instance, node))
            .map(|(id, instance)| (instance.ready_since(), instance.number, id.clone()))
            .collect();
        ready.sort();
        ready.truncate(limit);
        ready
            .into_iter()
            .filter_map(|(_, _, id)| self.hand_out(&id, node))
            .collect()
    }

    /// The rule of the fetch: whether there is something in the instance that this worker may have now.
    fn is_ready(&self, instance: &Instance, id: NodeId) -> bool {
        let Some(node) = self.nodes.get(&id).filter(|node| node.is_live(self.now)) else {
            return false;
        };
        if !node.takes(&instance.started.name, &instance.version) || !instance.is_due(self.now) {
            return false;
        }
        let owner = self.live_owner(&instance.owner);
        if let Some(block) = &instance.blocked {
            // Each new build gets one try, and while it tries nobody gets anything.
            return owner.is_none() && !block.tried.contains(&node.offer.build);
        }
        match owner {
            Some(owner) if owner == id => instance.has_undelivered(),
            Some(_) => false,
            None => !instance.inbox.is_empty(),
        }
    }

    fn hand_out(&mut self, id: &InstanceId, node: NodeId) -> Option<TurnWork> {
        let build = self.nodes.get(&node)?.offer.build;
        let instance = self.instances.get_mut(id)?;
        if instance.owner.node != Some(node) {
            // Whoever owned it before has lost its lease or given it up: what that worker had is handed out again.
            instance.owner.claim(node);
            instance.take_back_messages();
        }
        if let Some(block) = &mut instance.blocked {
            block.tried.insert(build);
        }
        Some(TurnWork {
            instance: id.clone(),
            execution: instance.execution().clone(),
            name: instance.started.name.clone(),
            version: instance.version.clone(),
            event_count: instance.history.len() as u64,
            messages: instance.hand_out_messages(),
            session: Session::new(TurnToken {
                instance: id.clone(),
                number: instance.number,
                epoch: instance.owner.epoch,
            }),
        })
    }

    /// Hands out activities for the worker, and reports those that it should stop.
    pub(super) fn fetch_activities(&mut self, id: NodeId, demand: &ActivityDemand) -> ActivityBatch {
        let Some(node) = self.nodes.get_mut(&id).filter(|node| node.is_live(self.now)) else {
            return ActivityBatch::default();
        };
        let cancel = std::mem::take(&mut node.cancels);
        let offered = &self.nodes[&id].offer.activities;
        let ready: BTreeMap<u64, ActivityKey> = (self.activities.iter())
            .filter(|(_, activity)| {
                let order = &activity.order;
                !activity.parked
                    && self.live_owner(&activity.owner).is_none()
                    && offers(offered, &order.name, &order.version)
            })
            .map(|(key, activity)| (activity.number, key.clone()))
            .collect();
        let ready: Vec<ActivityKey> = ready.into_values().collect();
        let run = self.hand_out_activities(&ready, id, demand.clone());
        ActivityBatch { run, cancel }
    }

    /// Makes the worker the owner of activities, in this order, as far as it has room.
    pub(super) fn hand_out_activities(
        &mut self,
        ready: &[ActivityKey],
        node: NodeId,
        mut demand: ActivityDemand,
    ) -> Vec<ActivityWork> {
        let mut works = Vec::new();
        for key in ready {
            let order = self.activities.get(key).map(|activity| &activity.order);
            if order.is_some_and(|order| demand.take(&order.name)) {
                works.extend(self.hand_out_activity(key, node));
            }
        }
        works
    }

    /// Makes the worker the owner of an activity.
    fn hand_out_activity(&mut self, key: &ActivityKey, node: NodeId) -> Option<ActivityWork> {
        let activity = self.activities.get_mut(key)?;
        activity.owner.claim(node);
        activity.is_heard(self.now);
        let deliveries = activity.handed_out;
        activity.handed_out += 1;
        Some(activity.to_work(key, deliveries))
    }
}

impl Instance {
    /// Returns whether its first turn may run.
    pub(super) fn is_due(&self, now: Timestamp) -> bool {
        self.started.scheduled_start.is_none_or(|due| due <= now)
    }

    /// Returns since when there has been something that no worker has, or might have but for its lease.
    pub(super) fn ready_since(&self) -> Option<Timestamp> {
        let first = self.inbox.iter().map(|waiting| waiting.since).min()?;
        Some(self.started.scheduled_start.map_or(first, |due| due.max(first)))
    }

    fn hand_out_messages(&mut self) -> Vec<Message> {
        let undelivered = self.inbox.iter_mut().filter(|waiting| !waiting.handed_out);
        undelivered
            .map(|waiting| {
                waiting.handed_out = true;
                waiting.message.clone()
            })
            .collect()
    }
}

impl Activity {
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
