//! The gate itself: looks, one after the other, behind a fence.

use std::time::Duration;

use super::{Scope, StatusCheck, status_check};
use crate::hub::{Fence, FenceId, HubError, TaskHub};
use crate::time::Timestamp;

/// How many looks in a row may fail before a gate gives up.
const FAILURES_MAX: u32 = 3;

/// The least time for which a fence is put up at once. It is renewed at every look.
const FENCE_MIN: Duration = Duration::from_mins(1);

/// When a gate holds new instances back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Admission {
    /// From the beginning, so that what is in flight can only become less.
    #[default]
    Closed,
    /// For the last look only: instances go on beginning until a look finds none. A busy orchestrator never comes to that.
    OpenUntilIdle,
}

/// A gate in the making: change the fields that differ, and [`wait`](Self::wait).
#[derive(Debug, Clone)]
pub struct Gate {
    /// The name of its fence: that of the deployment. A second gate of the same name takes the first one's fence over.
    pub id: FenceId,
    /// What counts.
    pub scope: Scope,
    /// What whoever is held back is told.
    pub reason: String,
    /// How long between two looks.
    pub interval: Duration,
    /// When it gives up.
    pub timeout: Duration,
    /// For how long nothing may be in flight before it passes.
    pub stabilize: Duration,
    /// For how long the fence stays up after it has passed.
    pub hold: Duration,
    /// When new instances are held back.
    pub admission: Admission,
}

/// A gate that has passed: nothing that counts was in flight, and nothing begins until the fence falls.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Passed {
    /// The last look.
    pub check: StatusCheck,
    /// What holds new instances back. Take it down when the deployment is made.
    pub fence: Fence,
}

/// Why a gate did not pass. Its fence is down, or falls by itself if the hub cannot be reached.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GateError {
    /// Something was in flight for the whole time.
    #[error("{} instances were still in flight after {waited:?}", check.in_flight())]
    TimedOut {
        /// The last look.
        check: StatusCheck,
        /// How long it waited.
        waited: Duration,
    },
    /// The hub failed several times in a row.
    #[error("the hub cannot be asked: {0}")]
    Hub(#[from] HubError),
}

impl Gate {
    /// Makes a gate that counts everything: a look each 30 seconds for at most two hours, 10 seconds of quiet, and a fence
    /// that stays up for 10 minutes.
    pub fn new(id: FenceId) -> Self {
        Self {
            reason: format!("the deployment `{id}` waits for what is in flight"),
            id,
            scope: Scope::default(),
            interval: Duration::from_secs(30),
            timeout: Duration::from_hours(2),
            stabilize: Duration::from_secs(10),
            hold: Duration::from_mins(10),
            admission: Admission::default(),
        }
    }

    /// Waits until nothing that counts is in flight. `told` hears of every look.
    ///
    /// # Errors
    ///
    /// If the time is over, or the hub fails three times in a row.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future leaves the fence up until it falls by itself, after at most three intervals or a minute.
    pub async fn wait(
        &self,
        hub: &dyn TaskHub,
        mut told: impl FnMut(&StatusCheck),
    ) -> Result<Passed, GateError> {
        let answer = self.look_until_idle(hub, &mut told).await;
        if answer.is_err() {
            // If the hub cannot be reached, the fence falls by itself.
            let _ = hub.lower_fence(&self.id).await;
        }
        answer
    }

    async fn look_until_idle(
        &self,
        hub: &dyn TaskHub,
        told: &mut impl FnMut(&StatusCheck),
    ) -> Result<Passed, GateError> {
        let clock = hub.clock();
        let begun = clock.now();
        let mut watch = Watch {
            quiet_since: None,
            fenced_until: None,
            failures: 0,
        };
        loop {
            let check = match self.look(hub, &mut watch).await {
                Ok(check) => check,
                Err(error) => {
                    watch.failures += 1;
                    watch.quiet_since = None;
                    if watch.failures >= FAILURES_MAX {
                        return Err(error.into());
                    }
                    clock
                        .sleep_until(clock.now() + self.interval.min(Duration::from_secs(1)))
                        .await;
                    continue;
                }
            };
            watch.failures = 0;
            told(&check);
            let now = clock.now();
            let quiet = watch.quiet_since.map(|since| now.saturating_since(since));
            if quiet.is_some_and(|quiet| quiet >= self.stabilize) {
                let fence = self.fence(now + self.hold);
                hub.raise_fence(fence.clone()).await?;
                if watch.stood_until(clock.now()) {
                    return Ok(Passed { check, fence });
                }
                watch.quiet_since = None;
                watch.fenced_until = Some(fence.until);
            }
            let waited = now.saturating_since(begun);
            if waited >= self.timeout {
                return Err(GateError::TimedOut { check, waited });
            }
            let next = match quiet {
                // The look that may pass comes as soon as it has been quiet for long enough.
                Some(quiet) => self.interval.min(self.stabilize.saturating_sub(quiet)),
                None => self.interval,
            };
            clock
                .sleep_until(now + next.min(self.timeout.saturating_sub(waited)))
                .await;
        }
    }

    /// Looks once, behind a fence that stands before and after the look, if what it finds may count as quiet.
    async fn look(&self, hub: &dyn TaskHub, watch: &mut Watch) -> Result<StatusCheck, HubError> {
        if self.admission == Admission::OpenUntilIdle && watch.quiet_since.is_none() {
            let check = status_check(hub, &self.scope).await?;
            if check.has_running {
                return Ok(check);
            }
        }
        let clock = hub.clock();
        let before = clock.now();
        let until = before + FENCE_MIN.max(self.interval * 3);
        hub.raise_fence(self.fence(until)).await?;
        // If the fence fell meanwhile, something may have begun and ended unseen, or may still be on its way.
        if !watch.stood_until(clock.now()) {
            watch.quiet_since = None;
        }
        watch.fenced_until = Some(until);
        let check = status_check(hub, &self.scope).await?;
        let now = clock.now();
        if check.has_running || now >= until {
            watch.quiet_since = None;
            if self.admission == Admission::OpenUntilIdle {
                watch.fenced_until = None;
                hub.lower_fence(&self.id).await?;
            }
        } else {
            watch.quiet_since.get_or_insert(now);
        }
        Ok(check)
    }

    fn fence(&self, until: Timestamp) -> Fence {
        Fence {
            id: self.id.clone(),
            codes: self.scope.codes().to_vec(),
            reason: self.reason.clone(),
            until,
        }
    }
}

/// What a gate remembers from look to look.
struct Watch {
    /// Since when nothing that counts is in flight, behind a fence without a gap.
    quiet_since: Option<Timestamp>,
    /// Until when the fence was put up last.
    fenced_until: Option<Timestamp>,
    /// How many looks failed in a row.
    failures: u32,
}

impl Watch {
    /// Returns whether the fence that was put up last has stood without a gap.
    fn stood_until(&self, now: Timestamp) -> bool {
        self.fenced_until.is_some_and(|until| now < until)
    }
}
