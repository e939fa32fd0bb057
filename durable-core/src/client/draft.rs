//! What a start says besides its function: the same whether that is a handle or a name.

use std::fmt;
use std::time::Duration;

use tracing::Span;

use super::{Client, ClientError};
use crate::history::{ExecutionStarted, Tags, TraceContext};
use crate::hub::{IdReuse, StartOutcome, StartRequest};
use crate::id::{ExecutionId, InstanceId};
use crate::name::WireName;
use crate::payload::Payload;
use crate::time::Timestamp;
use crate::trace::start_span;
use crate::version::{RecordedVersion, Version};

/// A start in the making, without its function and its input. Its clones are one start.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    pub(super) id: Option<String>,
    /// The instance's id if none was chosen.
    pub(super) drawn_id: InstanceId,
    pub(super) execution: ExecutionId,
    /// The version that was asked for.
    pub(super) version: Option<Version>,
    pub(super) due: Option<Due>,
    pub(super) tags: Tags,
    pub(super) reuse: IdReuse,
    pub(super) trace: Option<Box<TraceContext>>,
}

/// When a start's first turn may be.
#[derive(Debug, Clone, Copy)]
pub(super) enum Due {
    At(Timestamp),
    After(Duration),
}

impl Due {
    fn moment(self, client: &Client) -> Timestamp {
        match self {
            Self::At(moment) => moment,
            Self::After(duration) => client.hub.clock().now().saturating_add(duration),
        }
    }
}

impl Draft {
    pub(super) fn new(client: &Client) -> Self {
        let [execution, random] = client.entropy.draw_two();
        Self {
            execution: ExecutionId::from_random(execution),
            drawn_id: InstanceId::draw(client.hub.clock().now(), random),
            id: None,
            version: None,
            due: None,
            tags: Tags::new(),
            reuse: IdReuse::default(),
            trace: None,
        }
    }

    /// Returns the instance that it asks for.
    pub(super) fn instance(&self) -> Result<InstanceId, ClientError> {
        match &self.id {
            Some(id) => Ok(InstanceId::new(id)?),
            None => Ok(self.drawn_id.clone()),
        }
    }

    /// Makes what the hub is asked for, and the span that ends with its answer. An event that comes with the start is the
    /// caller's to add.
    pub(super) fn into_request(
        self,
        client: &Client,
        instance: InstanceId,
        (name, version): (WireName, RecordedVersion),
        input: Payload,
    ) -> (StartRequest, Span) {
        let started = ExecutionStarted {
            instance,
            execution: self.execution,
            name,
            version,
            input,
            parent: None,
            generation: 0,
            scheduled_start: self.due.map(|due| due.moment(client)),
            tags: self.tags,
        };
        let (span, trace) = start_span(&started, self.trace.as_deref());
        let request = StartRequest {
            started,
            reuse: self.reuse,
            raise: None,
            trace,
        };
        (request, span)
    }
}

/// Counts a start that the hub has answered. Returns the execution that it made or found, and whether it made it.
pub(super) fn answered(
    name: &WireName,
    version: &dyn fmt::Display,
    outcome: StartOutcome,
) -> Result<(ExecutionId, bool), ClientError> {
    let (told, result) = match outcome {
        StartOutcome::Started(execution) => ("started", Ok((execution, true))),
        StartOutcome::Existing(execution) => ("existing", Ok((execution, false))),
        StartOutcome::Refused(record) => ("refused", Err(ClientError::AlreadyExists(record))),
        StartOutcome::Fenced(fence) => ("fenced", Err(ClientError::Fenced(fence))),
    };
    crate::metrics::STARTS.count(&[name, version, &told]);
    result
}
