//! Stillness: the state in which only time, a client or a new worker can make anything happen.

use durable_core::Timestamp;

use super::state::{Instance, State};
use super::{MemoryHub, Shared};

impl MemoryHub {
    /// Waits until nothing is under way: no message is undelivered or being applied, and no activity waits or runs.
    ///
    /// Instances that are blocked, or whose version no live worker offers, do not count: they wait for people.
    pub async fn settled(&self) {
        // Looking at the state cannot fail.
        let _ = self
            .shared
            .wait_for(|state| Ok(state.is_settled().then_some(())))
            .await;
    }

    /// Waits until there is a worker whose lease has not run out.
    pub async fn worker_joined(&self) {
        // Looking at the state cannot fail.
        let _ = self
            .shared
            .wait_for(|state| {
                Ok(state
                    .nodes
                    .values()
                    .any(|node| node.is_live(state.now))
                    .then_some(()))
            })
            .await;
    }

    /// Returns the next moment at which a timer fires or a scheduled start is due.
    pub fn next_due(&self) -> Option<Timestamp> {
        Shared::lock(&self.shared).next_due()
    }
}

impl State {
    fn is_settled(&self) -> bool {
        let busy = |instance: &Instance| {
            !instance.status.is_ended()
                && instance.blocked.is_none()
                && instance.is_due(self.now)
                && !instance.inbox.is_empty()
                && self.is_offered(&instance.started.name, &instance.version)
        };
        !self.instances.values().any(busy) && self.activities.values().all(|activity| activity.parked)
    }

    fn next_due(&self) -> Option<Timestamp> {
        let timer = self.timers.keys().next().map(|&(fire_at, _)| fire_at);
        let starts = self
            .instances
            .values()
            .filter_map(|instance| instance.started.scheduled_start);
        starts.filter(|&moment| moment > self.now).chain(timer).min()
    }
}
