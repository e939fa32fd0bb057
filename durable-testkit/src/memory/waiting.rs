//! Long polls: waiting for a change of the state, or for the moment at which time alone changes something.

use std::pin::{Pin, pin};
use std::task::Poll;

use durable_core::Timestamp;
use durable_core::hub::HubError;

use super::Shared;
use super::state::State;

impl Shared {
    /// Looks at the state until `look` finds something, and looks only when something may have changed.
    ///
    /// Cancel safe: a look takes effect and returns in the same poll.
    pub(super) async fn wait_for<T>(
        &self,
        mut look: impl FnMut(&mut State) -> Result<Option<T>, HubError> + Send,
    ) -> Result<T, HubError> {
        // Subscribed before the first look, so that no change in between is missed.
        let mut changes = self.changed.subscribe();
        loop {
            let next_moment = {
                let mut state = self.lock();
                if let Some(found) = look(&mut state)? {
                    return Ok(found);
                }
                state.next_moment()
            };
            let change = pin!(async {
                // The sender lives in `self`, so it cannot be gone.
                let _ = changes.changed().await;
            });
            match next_moment {
                Some(moment) => first_of(change, self.clock.sleep_until(moment)).await,
                None => change.await,
            }
        }
    }
}

impl State {
    /// Returns the next moment at which something happens without anybody doing anything.
    fn next_moment(&self) -> Option<Timestamp> {
        let timer = self.timers.keys().next().map(|&(fire_at, _)| fire_at);
        let starts = self
            .instances
            .values()
            .filter_map(|instance| instance.started.scheduled_start);
        let leases = self.nodes.values().filter_map(|node| node.lease_until);
        let silences = self.activities.values().filter_map(|activity| activity.lost_at);
        starts
            .chain(leases)
            .chain(silences)
            .filter(|&moment| moment > self.now)
            .chain(timer)
            .min()
    }
}

/// Waits until one of two futures is ready.
async fn first_of(
    mut one: Pin<&mut (dyn Future<Output = ()> + Send)>,
    mut other: Pin<Box<dyn Future<Output = ()> + Send + '_>>,
) {
    std::future::poll_fn(|cx| {
        if one.as_mut().poll(cx).is_ready() || other.as_mut().poll(cx).is_ready() {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
    .await;
}
