//! What a turn sends.

use durable_core::history::{Event, EventKind};
use durable_core::hub::{ActivityKey, ActivityOrder, Outgoing};
use durable_core::{ExecutionId, InstanceId, TaskId, Timestamp};

use super::state::{Activity, Ownership, State, Timer};

impl State {
    /// Sends everything, in order, and returns the activities that were scheduled.
    pub(super) fn send_all(
        &mut self,
        from: &InstanceId,
        execution: &ExecutionId,
        outgoing: Vec<Outgoing>,
    ) -> Vec<ActivityKey> {
        outgoing
            .into_iter()
            .filter_map(|one| self.send(from, execution, one))
            .collect()
    }

    fn send(
        &mut self,
        from: &InstanceId,
        execution: &ExecutionId,
        outgoing: Outgoing,
    ) -> Option<ActivityKey> {
        match outgoing {
            Outgoing::Activity(order) => return Some(self.schedule(from, execution, order)),
            Outgoing::Timer { task, fire_at } => self.set_timer(from, execution, task, fire_at),
            Outgoing::StartChild(child) => self.start_child(from, execution, *child),
            Outgoing::Send { to, execution, event } => {
                self.deliver(&to, execution, event);
            }
            Outgoing::Raise { to, name, input } => {
                let event = Event::new(self.now, EventKind::EventRaised { name, input });
                self.deliver(&to, None, event);
            }
            Outgoing::CancelActivity(task) => self.cancel_activity(&ActivityKey {
                instance: from.clone(),
                execution: execution.clone(),
                task,
            }),
            Outgoing::CancelTimer(task) => self.timers.retain(|_, timer| {
                timer.instance != *from || timer.execution != *execution || timer.task != task
            }),
            Outgoing::CancelChild {
                instance,
                policy,
                reason,
            } => self.cancel_child(from, execution, &instance, policy, &reason),
            Outgoing::CancelChildren { reason } => self.settle_children(from, execution, &reason, false),
        }
        None
    }

    fn schedule(&mut self, from: &InstanceId, execution: &ExecutionId, order: ActivityOrder) -> ActivityKey {
        let key = ActivityKey {
            instance: from.clone(),
            execution: execution.clone(),
            task: order.task,
        };
        let activity = Activity {
            number: self.next_number(),
            order,
            owner: Ownership::default(),
            handed_out: 0,
            progress: None,
            parked: false,
            lost_at: None,
        };
        self.activities.insert(key.clone(), activity);
        key
    }

    fn set_timer(&mut self, from: &InstanceId, execution: &ExecutionId, task: TaskId, fire_at: Timestamp) {
        let number = self.next_number();
        let timer = Timer {
            instance: from.clone(),
            execution: execution.clone(),
            task,
        };
        self.timers.insert((fire_at, number), timer);
    }

    /// Removes an activity that nobody waits for any more, and tells the worker that runs it.
    pub(super) fn cancel_activity(&mut self, key: &ActivityKey) {
        let Some(activity) = self.activities.remove(key) else {
            return;
        };
        let runs_on = self.live_owner(&activity.owner);
        if let Some(node) = runs_on.and_then(|id| self.nodes.get_mut(&id)) {
            node.cancels.push(key.clone());
        }
    }

    /// Removes what an execution that is over still had outstanding.
    pub(super) fn drop_outstanding(&mut self, id: &InstanceId, execution: &ExecutionId) {
        self.timers
            .retain(|_, timer| timer.instance != *id || timer.execution != *execution);
        let keys: Vec<ActivityKey> = (self.activities.keys())
            .filter(|key| key.instance == *id && key.execution == *execution)
            .cloned()
            .collect();
        for key in keys {
            self.cancel_activity(&key);
        }
    }
}
