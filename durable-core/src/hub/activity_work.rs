//! Activity work as it is fetched.

use std::collections::BTreeMap;
use std::time::Duration;

use super::Session;
use crate::history::TraceContext;
use crate::id::{ExecutionId, InstanceId, TaskId};
use crate::name::WireName;
use crate::payload::Payload;
use crate::version::RecordedVersion;

/// What identifies one scheduled activity, and stays the same however often it runs: its idempotency key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct ActivityKey {
    /// The instance that called it.
    pub instance: InstanceId,
    /// The execution that called it.
    pub execution: ExecutionId,
    /// Its task.
    pub task: TaskId,
}

impl std::fmt::Display for ActivityKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}:{}", self.instance, self.execution, self.task)
    }
}

/// One activity to run, owned by the worker that fetched it.
#[derive(Debug, Clone)]
pub struct ActivityWork {
    /// Its identity.
    pub key: ActivityKey,
    /// The activity's name.
    pub name: WireName,
    /// The activity's version.
    pub version: RecordedVersion,
    /// Its input.
    pub input: Payload,
    /// Which attempt of the call this is, from 1.
    pub attempt: u32,
    /// How often this very task was handed out before (after crashes and lost leases).
    pub deliveries: u32,
    /// How long it may run without a heartbeat before the hub takes it for lost.
    pub heartbeat: Option<Duration>,
    /// What an earlier run of this task reported with its last heartbeat.
    pub progress: Option<Payload>,
    /// The trace it belongs to.
    pub trace: Option<Box<TraceContext>>,
    /// The right to complete it.
    pub session: Session,
}

/// How much activity work a worker can take now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ActivityDemand {
    /// How many in all.
    pub slots: usize,
    /// How many of each name that has a limit of its own, all its versions together. Other names are limited by
    /// `slots` only.
    pub rooms: BTreeMap<WireName, usize>,
}

impl ActivityDemand {
    /// Makes a demand without limits for single names.
    pub fn of_slots(slots: usize) -> Self {
        Self {
            slots,
            rooms: BTreeMap::new(),
        }
    }

    /// Returns how many activities of a name are wanted now.
    pub fn room_for(&self, name: &WireName) -> usize {
        let room = self.rooms.get(name).copied().unwrap_or(usize::MAX);
        room.min(self.slots)
    }

    /// Counts an activity that was handed out against the demand. Returns whether there was room for it.
    pub fn take(&mut self, name: &WireName) -> bool {
        if self.room_for(name) == 0 {
            return false;
        }
        self.slots -= 1;
        if let Some(room) = self.rooms.get_mut(name) {
            *room -= 1;
        }
        true
    }
}

/// What a fetch of activity work returns.
#[derive(Debug, Clone, Default)]
pub struct ActivityBatch {
    /// To be run.
    pub run: Vec<ActivityWork>,
    /// Running here, and no longer wanted: the instance ended or dropped the call.
    pub cancel: Vec<ActivityKey>,
}

/// What a heartbeat returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeartbeatReply {
    /// Whether the activity is no longer wanted.
    pub cancelled: bool,
}
