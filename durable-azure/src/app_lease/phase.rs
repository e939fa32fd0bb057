//! What to do next about the app lease: pure functions of what was seen and what the last request brought.

use std::time::Duration;

use durable_core::Timestamp;

use super::info::AppLeaseInfo;

/// The intervals of the app lease, by default those of the Durable Task Framework.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AppLeaseSettings {
    /// How long the lease is held after a renewal. The service takes 15 to 60 seconds.
    pub(crate) lease: Duration,
    pub(crate) renewal: Duration,
    /// How long to wait when another application has the lease.
    pub(crate) acquisition: Duration,
    /// How long to wait when the store could not be asked. Ours: the framework waits as if it had answered.
    pub(crate) retry: Duration,
}

impl Default for AppLeaseSettings {
    fn default() -> Self {
        Self {
            lease: Duration::from_mins(1),
            renewal: Duration::from_secs(25),
            acquisition: Duration::from_mins(5),
            retry: Duration::from_secs(5),
        }
    }
}

/// How to get the lease.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Attempt {
    /// Take it, if no other application has it.
    Acquire,
    /// Take it from this one, since this application was made primary; and if that one has let it go, as above.
    ChangeFrom(String),
}

/// Decides how to get the lease, by what the info blob says.
pub(super) fn attempt(info: &AppLeaseInfo, me: &str) -> Attempt {
    match &info.owner_id {
        Some(owner) if info.is_wanted_by(me) && !info.is_owned_by(me) => Attempt::ChangeFrom(owner.clone()),
        Some(_) | None => Attempt::Acquire,
    }
}

/// Returns what the info blob must say once this application has the lease; `None` if it says so already. Another's
/// wish stays, as it may have been written since.
pub(super) fn taken(info: &AppLeaseInfo, me: &str) -> Option<AppLeaseInfo> {
    let desired = info.desired_swap_id.clone();
    let taken = AppLeaseInfo {
        owner_id: Some(me.to_owned()),
        desired_swap_id: desired.filter(|_| !info.is_wanted_by(me)),
    };
    let is_named = info.is_owned_by(me) && !info.is_wanted_by(me);
    (!is_named).then_some(taken)
}

/// What came of a request for the lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    Granted,
    /// Another application has it.
    Refused,
    /// Nobody knows.
    Unclear,
}

/// Whether this application has the lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    Seeking {
        /// When it is asked for.
        next: Timestamp,
    },
    Holding {
        next: Timestamp,
        /// When it is over unless it is renewed.
        until: Timestamp,
    },
}

impl Phase {
    pub(super) fn is_holding(self) -> bool {
        match self {
            Phase::Holding { .. } => true,
            Phase::Seeking { .. } => false,
        }
    }

    /// Returns when something is to be done.
    pub(super) fn next(self) -> Timestamp {
        match self {
            Phase::Seeking { next } => next,
            Phase::Holding { next, until } => next.min(until),
        }
    }

    /// Gives up a lease that ran out, to ask for it again at once. .NET goes on until it is refused; that would be too long
    /// for a process that stood still.
    pub(super) fn lapse(self, now: Timestamp) -> Self {
        match self {
            Phase::Holding { until, .. } if now >= until => Phase::Seeking { next: now },
            Phase::Seeking { .. } | Phase::Holding { .. } => self,
        }
    }

    /// Goes on from the answer to a request that was sent at `sent` and answered by `now`. The lease counts from when it
    /// was asked for, not from when that was known.
    pub(super) fn after(
        self,
        answer: Answer,
        sent: Timestamp,
        now: Timestamp,
        settings: &AppLeaseSettings,
    ) -> Self {
        let until = match (answer, self) {
            (Answer::Granted, _) => sent + settings.lease,
            (Answer::Unclear, Phase::Holding { until, .. }) => until,
            (Answer::Unclear, Phase::Seeking { .. }) => {
                return Phase::Seeking {
                    next: now + settings.retry,
                };
            }
            (Answer::Refused, Phase::Seeking { .. }) => {
                return Phase::Seeking {
                    next: now + settings.acquisition,
                };
            }
            (Answer::Refused, Phase::Holding { .. }) => return Phase::Seeking { next: now },
        };
        let next = match answer {
            Answer::Granted => sent + settings.renewal,
            Answer::Unclear | Answer::Refused => now + settings.retry,
        };
        Phase::Holding { next, until }
    }
}
