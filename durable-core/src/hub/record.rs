//! What a hub knows of an instance.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::BlockReport;
use crate::failure::FailureDetails;
use crate::history::{ChildPolicy, ExecutionStarted, ParentRef, Tags};
use crate::id::{ExecutionId, InstanceId, WorkerId};
use crate::name::WireName;
use crate::payload::{Payload, PayloadError};
use crate::time::Timestamp;
use crate::version::RecordedVersion;

/// The state of an instance. Names and meaning as in Durable Functions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum InstanceStatus {
    /// Started; no turn was made yet.
    Pending,
    /// At least one turn was made, and it has not ended.
    Running,
    /// Suspended.
    Suspended,
    /// It returned a value.
    Completed,
    /// It returned an error.
    Failed,
    /// It was asked to cancel and returned an error.
    Canceled,
    /// It was terminated.
    Terminated,
}

impl InstanceStatus {
    /// Every status, in order.
    pub const ALL: [Self; 7] = [
        Self::Pending,
        Self::Running,
        Self::Suspended,
        Self::Completed,
        Self::Failed,
        Self::Canceled,
        Self::Terminated,
    ];

    /// Returns whether nothing follows.
    pub fn is_ended(self) -> bool {
        match self {
            Self::Pending | Self::Running | Self::Suspended => false,
            Self::Completed | Self::Failed | Self::Canceled | Self::Terminated => true,
        }
    }
}

impl std::fmt::Display for InstanceStatus {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // `pad` honours a width, so that tables line up.
        f.pad(match self {
            Self::Pending => "Pending",
            Self::Running => "Running",
            Self::Suspended => "Suspended",
            Self::Completed => "Completed",
            Self::Failed => "Failed",
            Self::Canceled => "Canceled",
            Self::Terminated => "Terminated",
        })
    }
}

/// What the hub knows of an instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstanceRecord {
    /// The instance.
    pub instance: InstanceId,
    /// Its current execution.
    pub execution: ExecutionId,
    /// How many times it continued as new.
    pub generation: u32,
    /// The orchestrator's name.
    pub name: WireName,
    /// The version it is pinned to.
    pub version: RecordedVersion,
    /// Its state.
    pub status: InstanceStatus,
    /// When it was started.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// When its first turn may run, if it was scheduled.
    pub scheduled_start: Option<Timestamp>,
    /// The input of the current execution.
    pub input: Payload,
    /// The output, once completed.
    pub output: Option<Payload>,
    /// The failure, once failed, canceled or terminated.
    pub failure: Option<FailureDetails>,
    /// What the orchestrator last set.
    pub custom_status: Option<Payload>,
    /// The client's tags.
    pub tags: Tags,
    /// The caller, for a sub-orchestration.
    pub parent: Option<ParentRef>,
    /// What becomes of it when its caller ends or drops the call. Without meaning if it has no caller.
    #[serde(default)]
    pub policy: ChildPolicy,
    /// Why it is blocked, if it is.
    pub blocked: Option<BlockReport>,
    /// Since when it has had work that no live worker can do, if so.
    pub stalled_since: Option<Timestamp>,
    /// The worker that owns it now.
    pub owner: Option<WorkerId>,
    /// How many events its history has.
    pub event_count: u64,
}

impl InstanceRecord {
    /// Reads the input of the current execution.
    ///
    /// ```
    /// # use durable_core::{Failure, client::Instance};
    /// # async fn example(order: &Instance) -> Result<(), Failure> {
    /// let record = order.status().await?;
    /// let cents: u64 = record.input_as()?;
    /// let progress: Option<String> = record.custom_status_as()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn input_as<T: DeserializeOwned>(&self) -> Result<T, PayloadError> {
        self.input.decode()
    }

    /// Reads the output, if it has completed.
    pub fn output_as<T: DeserializeOwned>(&self) -> Result<Option<T>, PayloadError> {
        self.output.as_ref().map(Payload::decode).transpose()
    }

    /// Reads what the orchestrator last set as its custom status, if it set any.
    pub fn custom_status_as<T: DeserializeOwned>(&self) -> Result<Option<T>, PayloadError> {
        self.custom_status.as_ref().map(Payload::decode).transpose()
    }

    /// Returns the event with which its history begins if no turn was made: the start, in the version that it has now.
    pub fn started(&self) -> ExecutionStarted {
        ExecutionStarted {
            instance: self.instance.clone(),
            execution: self.execution.clone(),
            name: self.name.clone(),
            version: self.version.clone(),
            input: self.input.clone(),
            parent: self.parent.clone(),
            generation: self.generation,
            scheduled_start: self.scheduled_start,
            tags: self.tags.clone(),
        }
    }
}
