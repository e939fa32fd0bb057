//! What a message says that the framework has no member for.

use std::time::Duration;

use durable_core::Payload;
use durable_core::history::ChildPolicy;

use super::WireError;
use super::json::{Json, Object};
use super::members::Members;
use super::payload::payload_text;

/// Members of an envelope that begin with `Durable`. Each is written only if it differs from the default.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Extras {
    /// What becomes of the child that is started here: `DurablePolicy`. Every child that we start has one.
    pub(crate) policy: Option<ChildPolicy>,
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
            policy: None,
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

impl Extras {
    /// Adds the members that differ from the default.
    pub(super) fn write(&self, object: &mut Object) {
        let default = Self::default();
        if let Some(policy) = self.policy {
            object.push("DurablePolicy", policy_text(policy));
        }
        if self.attempt != default.attempt {
            object.push("DurableAttempt", self.attempt);
        }
        if let Some(heartbeat) = self.heartbeat {
            // A limit beyond 292,000 years is none that anybody sees the end of.
            let micros = i64::try_from(heartbeat.as_micros()).unwrap_or(i64::MAX);
            object.push("DurableHeartbeatMicros", micros);
        }
        if let Some(queue) = &self.queue {
            object.push("DurableQueue", queue.as_str());
        }
        if let Some(progress) = &self.progress {
            object.push("DurableProgress", payload_text(progress));
        }
        if self.handed_out != default.handed_out {
            object.push("DurableHandedOut", self.handed_out);
        }
        if self.carried {
            object.push("DurableCarried", Json::Bool(true));
        }
        if let Some(cause) = &self.caused_by {
            object.push("DurableCausedBy", cause.as_str());
        }
    }

    /// Reads the members that are there.
    pub(super) fn read(members: Members<'_>) -> Result<Self, WireError> {
        let default = Self::default();
        let heartbeat: Option<u64> = members.small("DurableHeartbeatMicros")?;
        Ok(Self {
            policy: read_policy(members)?,
            attempt: members.small("DurableAttempt")?.unwrap_or(default.attempt),
            heartbeat: heartbeat.map(Duration::from_micros),
            queue: members.text("DurableQueue")?.map(str::to_owned),
            progress: match members.text("DurableProgress")? {
                Some(_) => Some(members.payload("DurableProgress")?),
                None => None,
            },
            handed_out: members.small("DurableHandedOut")?.unwrap_or_default(),
            carried: members.flag("DurableCarried")?,
            caused_by: members.text("DurableCausedBy")?.map(str::to_owned),
        })
    }
}

/// Returns the stored name of a policy. None is ever changed.
pub(super) fn policy_text(policy: ChildPolicy) -> &'static str {
    match policy {
        ChildPolicy::Cancel => "Cancel",
        ChildPolicy::Terminate => "Terminate",
        ChildPolicy::Abandon => "Abandon",
    }
}

/// Reads `DurablePolicy`.
pub(super) fn read_policy(members: Members<'_>) -> Result<Option<ChildPolicy>, WireError> {
    const ALL: [ChildPolicy; 3] = [ChildPolicy::Cancel, ChildPolicy::Terminate, ChildPolicy::Abandon];
    let Some(text) = members.text("DurablePolicy")? else {
        return Ok(None);
    };
    let found = ALL.into_iter().find(|policy| policy_text(*policy) == text);
    found.map(Some).ok_or_else(|| members.unknown(text))
}
