//! What a message says that the framework has no member for.

use std::time::Duration;

use durable_core::Payload;
use durable_core::history::ChildPolicy;

/// Members of an envelope that begin with `Durable`. Each is written only if it differs from the default.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Extras {
    /// What becomes of the child that is started here: `DurablePolicy`.
    pub(crate) policy: ChildPolicy,
    /// Which attempt of a call the activity is, from 1: `DurableAttempt`.
    pub(crate) attempt: u32,
    /// How long the activity may be silent: `DurableHeartbeatMicros`.
    pub(crate) heartbeat: Option<Duration>,
    /// The subset of workers that is wanted: `DurableQueue`.
    pub(crate) queue: Option<String>,
    /// What an earlier run of the activity reported: `DurableProgress`.
    pub(crate) progress: Option<Payload>,
    /// How often the activity was handed out before: `DurableHandedOut`.
    pub(crate) handed_out: u32,
    /// Whether the message is carried over by continue-as-new, and so comes before all others: `DurableCarried`.
    pub(crate) carried: bool,
    /// What caused the message, so that a second sending is recognised: `DurableCausedBy`.
    pub(crate) caused_by: Option<String>,
}

impl Default for Extras {
    fn default() -> Self {
        Self {
            policy: ChildPolicy::Cancel,
            attempt: 1,
            heartbeat: None,
            queue: None,
            progress: None,
            handed_out: 0,
            carried: false,
            caused_by: None,
        }
    }
}
