//! What people and tools ask about a hub.

use serde::{Deserialize, Serialize};

use super::record::{InstanceRecord, InstanceStatus};
use super::{CodeKey, Fence, HubFuture};
use crate::history::{Event, Tags};
use crate::id::{BuildId, ExecutionId, InstanceId, WorkerId};
use crate::name::WireName;
use crate::time::Timestamp;
use crate::version::RecordedVersion;

/// A history as it was stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoadedHistory {
    /// The execution.
    pub execution: ExecutionId,
    /// Its events, oldest first.
    pub events: Vec<Event>,
}

/// Where a listing goes on. Opaque; only the hub that made it can read it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageToken(pub String);

/// What to list. Every filter that is set must match; lists match any of their elements.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct InstanceQuery {
    /// Names.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<WireName>,
    /// Versions.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub versions: Vec<RecordedVersion>,
    /// Statuses.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub statuses: Vec<InstanceStatus>,
    /// Tags that must be present with these values.
    #[serde(skip_serializing_if = "Tags::is_empty")]
    pub tags: Tags,
    /// Started at or after.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_from: Option<Timestamp>,
    /// Started before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_before: Option<Timestamp>,
    /// Ended at or after.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_from: Option<Timestamp>,
    /// Ended before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_before: Option<Timestamp>,
    /// The id starts with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id_prefix: Option<String>,
    /// Only blocked ones, or only ones that are not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blocked: Option<bool>,
    /// Only stalled ones, or only ones that are not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stalled: Option<bool>,
    /// The newest first, where a hub declares [`listed_by_time`](super::Capabilities::listed_by_time); elsewhere without effect.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub newest_first: bool,
    /// The most records in one page, at least 1; `None` means 100.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page_size: Option<usize>,
    /// Where to go on, in the same order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<PageToken>,
}

/// One page of a listing, ordered by time of start, then by the hub's own order, or exactly the other way round; by id where a hub does not declare
/// [`listed_by_time`](super::Capabilities::listed_by_time).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page<T> {
    /// The records.
    pub items: Vec<T>,
    /// Where the next page begins, if there may be one.
    pub next: Option<PageToken>,
}

/// How many instances of one version of one orchestrator are in which state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VersionCount {
    /// The orchestrator's name.
    pub name: WireName,
    /// The version.
    pub version: RecordedVersion,
    /// Started; no turn was made yet.
    pub pending: u64,
    /// With work for a turn, or running one.
    pub running: u64,
    /// Waiting for an event, a timer or a call, and neither suspended nor blocked.
    pub waiting: u64,
    /// Suspended.
    pub suspended: u64,
    /// Blocked.
    pub blocked: u64,
    /// Failed: may still be rewound, and then needs this version's code.
    pub failed: u64,
    /// Completed, canceled or terminated.
    pub ended: u64,
    /// The start of the oldest that has not ended.
    pub oldest: Option<Timestamp>,
    /// The start of the latest.
    pub last_started: Option<Timestamp>,
    /// Whether some live worker offers the version.
    pub offered: bool,
}

impl VersionCount {
    /// Makes the counts of a version of which there is no instance, and which nobody offers.
    pub fn none(name: WireName, version: RecordedVersion) -> Self {
        Self {
            name,
            version,
            pending: 0,
            running: 0,
            waiting: 0,
            suspended: 0,
            blocked: 0,
            failed: 0,
            ended: 0,
            oldest: None,
            last_started: None,
            offered: false,
        }
    }

    /// Returns what may still need the version's code: the counts without what has ended for good, and nothing if that is all.
    pub fn without_ended(self) -> Option<Self> {
        let counts = self.live() > 0 || self.failed > 0;
        counts.then_some(Self {
            ended: 0,
            last_started: None,
            ..self
        })
    }

    /// Returns how many have not ended.
    pub fn live(&self) -> u64 {
        self.pending + self.running + self.waiting + self.suspended + self.blocked
    }
}

/// A worker as the hub knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkerRecord {
    /// Its id.
    pub worker: WorkerId,
    /// The binary it runs.
    pub build: BuildId,
    /// The orchestrators it offers.
    pub orchestrators: Vec<CodeKey>,
    /// The activities it offers.
    pub activities: Vec<CodeKey>,
    /// When its lease runs out unless it is renewed.
    pub expires_at: Timestamp,
}

/// What people and tools ask.
pub trait ManagementQueries: Send + Sync {
    /// Returns one instance.
    fn get(&self, instance: &InstanceId) -> HubFuture<'_, Option<InstanceRecord>>;

    /// Lists instances. `Invalid` if the page token is not one of this hub.
    fn query(&self, query: InstanceQuery) -> HubFuture<'_, Page<InstanceRecord>>;

    /// Returns the history of the current execution; `None` if there is none, or if `execution` is another. Histories of
    /// earlier executions are not kept.
    fn history(
        &self,
        instance: &InstanceId,
        execution: Option<&ExecutionId>,
    ) -> HubFuture<'_, Option<LoadedHistory>>;

    /// Counts instances by name and version, ordered by both.
    fn version_counts(&self) -> HubFuture<'_, Vec<VersionCount>>;

    /// Counts what has not ended or has failed, by name and version, ordered by both:
    /// [`version_counts`](Self::version_counts) [`without_ended`](VersionCount::without_ended). A hub that can do so looks
    /// at none of the others, however many there are.
    fn live_counts(&self) -> HubFuture<'_, Vec<VersionCount>> {
        let counts = self.version_counts();
        Box::pin(async move {
            let counts = counts.await?.into_iter();
            Ok(counts.filter_map(VersionCount::without_ended).collect())
        })
    }

    /// Lists the fences that are up, by name.
    fn fences(&self) -> HubFuture<'_, Vec<Fence>>;

    /// Lists the workers whose lease has not run out.
    fn workers(&self) -> HubFuture<'_, Vec<WorkerRecord>>;
}
