//! One instance, without types.

use serde::Serialize;

use super::{Client, ClientError};
use crate::history::ExecutionStarted;
use crate::hub::{
    HubErrorKind, IdReuse, InstanceRecord, LoadedHistory, PurgeReport, Signal, StartOutcome, StartRequest,
};
use crate::id::{ExecutionId, InstanceId};
use crate::name::EventName;
use crate::payload::Payload;
use crate::trace::{raise_span, start_span};

/// One instance of a hub. Cheap to clone.
///
/// ```
/// # use durable_core::{Failure, client::Instance};
/// # async fn example(order: &Instance) -> Result<(), Failure> {
/// order.suspend("stock-taking").await?;        // no turns; what arrives is kept, in order
/// order.resume("it is over").await?;
/// order.raise_event("approval", &true).await?;
/// order.cancel("the customer called").await?; // asks: its code may compensate
/// let record = order.wait_ended().await?;
/// println!("{} ended as {}", record.instance, record.status);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Instance {
    pub(super) client: Client,
    pub(super) id: InstanceId,
}

impl Instance {
    pub(super) fn new(client: Client, id: InstanceId) -> Self {
        Self { client, id }
    }

    /// Returns the id.
    pub fn id(&self) -> &InstanceId {
        &self.id
    }

    /// Returns what the hub knows of it.
    pub async fn status(&self) -> Result<InstanceRecord, ClientError> {
        self.client
            .hub
            .get(&self.id)
            .await?
            .ok_or_else(|| ClientError::NotFound(self.id.clone()))
    }

    /// Waits until it has ended, and returns what the hub knows of it then.
    pub async fn wait_ended(&self) -> Result<InstanceRecord, ClientError> {
        self.client
            .hub
            .wait_ended(&self.id, None)
            .await
            .map_err(|error| self.not_found_or(error))
    }

    /// Waits until what the hub knows of it satisfies the predicate.
    ///
    /// ```
    /// # use durable_core::{Failure, client::Instance};
    /// # async fn example(order: &Instance) -> Result<(), Failure> {
    /// let record = order.wait_until(|record| record.blocked.is_some()).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn wait_until(
        &self,
        predicate: impl Fn(&InstanceRecord) -> bool + Send + Sync,
    ) -> Result<InstanceRecord, ClientError> {
        let waiting = self.client.hub.wait_until(&self.id, Box::new(predicate));
        waiting.await.map_err(|error| self.not_found_or(error))
    }

    /// Delivers an external event. Acknowledged once it is stored.
    ///
    /// # Errors
    ///
    /// If the name is malformed, the data cannot be encoded, or the instance does not exist or has ended.
    pub async fn raise_event<T: Serialize>(&self, name: &str, data: &T) -> Result<(), ClientError> {
        let input =
            Payload::encode(data).map_err(ClientError::unencodable(format!("the data of event `{name}`")))?;
        self.raise_event_as(EventName::new(name)?, input).await
    }

    /// Delivers an external event whose data is encoded already. Acknowledged once it is stored.
    pub async fn raise_event_as(&self, name: EventName, input: Payload) -> Result<(), ClientError> {
        let span = raise_span(&self.id, &name);
        let sent = self.signal(Signal::Event { name, input }).await;
        drop(span);
        sent
    }

    /// Ends it without running any of its code, and its sub-orchestrations with it.
    pub async fn terminate(&self, reason: impl Into<String>) -> Result<(), ClientError> {
        self.signal(Signal::Terminate {
            reason: reason.into(),
            recursive: true,
        })
        .await
    }

    /// Ends it without running any of its code, and leaves its sub-orchestrations alone.
    pub async fn terminate_alone(&self, reason: impl Into<String>) -> Result<(), ClientError> {
        self.signal(Signal::Terminate {
            reason: reason.into(),
            recursive: false,
        })
        .await
    }

    /// Asks it to end; it may compensate first.
    pub async fn cancel(&self, reason: impl Into<String>) -> Result<(), ClientError> {
        self.signal(Signal::Cancel {
            reason: reason.into(),
        })
        .await
    }

    /// Lets it wait until it is resumed. What arrives meanwhile is kept in order.
    pub async fn suspend(&self, reason: impl Into<String>) -> Result<(), ClientError> {
        self.signal(Signal::Suspend {
            reason: reason.into(),
        })
        .await
    }

    /// Lets it go on. A blocked instance gets another try.
    pub async fn resume(&self, reason: impl Into<String>) -> Result<(), ClientError> {
        self.signal(Signal::Resume {
            reason: reason.into(),
        })
        .await
    }

    /// Returns the history of its current execution.
    ///
    /// ```
    /// # use durable_core::{Failure, client::Instance};
    /// # async fn example(order: &Instance) -> Result<(), Failure> {
    /// for event in order.history().await?.events {
    ///     println!("{} {:?}", event.at, event.kind);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn history(&self) -> Result<LoadedHistory, ClientError> {
        self.history_of(None).await
    }

    /// Returns the history of the current execution if it is this one, and [`ClientError::NoExecution`] if it is not.
    ///
    /// A hub keeps one history per instance, that of its current execution: continue-as-new, restart and rewind remove the
    /// one before, so that a loop does not fill the store. So it is in the Durable Task Framework's Azure storage, which the
    /// same contract is for. Whoever wants to keep a history reads it before.
    pub async fn history_of(&self, execution: Option<&ExecutionId>) -> Result<LoadedHistory, ClientError> {
        if let Some(history) = self.client.hub.history(&self.id, execution).await? {
            return Ok(history);
        }
        match (self.client.hub.get(&self.id).await?, execution) {
            (Some(_), Some(execution)) => Err(ClientError::NoExecution {
                instance: self.id.clone(),
                execution: execution.clone(),
            }),
            (Some(_) | None, _) => Err(ClientError::NotFound(self.id.clone())),
        }
    }

    /// Starts its orchestrator again with the same input and version, under the same id if it has ended, else refused.
    pub async fn restart(&self) -> Result<ExecutionId, ClientError> {
        let record = self.status().await?;
        let id = record.instance.clone();
        self.start_like(record, id).await
    }

    /// Starts its orchestrator again with the same input and version, as another instance.
    pub async fn restart_as(&self, id: &str) -> Result<Self, ClientError> {
        let record = self.status().await?;
        let other = self.client.instance(id)?;
        self.start_like(record, other.id.clone()).await?;
        Ok(other)
    }

    async fn start_like(
        &self,
        record: InstanceRecord,
        instance: InstanceId,
    ) -> Result<ExecutionId, ClientError> {
        let started = ExecutionStarted {
            instance,
            execution: ExecutionId::from_random(self.client.entropy.draw()),
            name: record.name,
            version: record.version,
            input: record.input,
            parent: None,
            generation: 0,
            scheduled_start: None,
            tags: record.tags,
        };
        let (span, trace) = start_span(&started, None);
        let request = StartRequest {
            started,
            reuse: IdReuse::AllowIfEnded,
            raise: None,
            trace,
        };
        let outcome = self.client.hub.start(request).await?;
        drop(span);
        match outcome {
            StartOutcome::Started(execution) | StartOutcome::Existing(execution) => Ok(execution),
            StartOutcome::Refused(record) => Err(ClientError::AlreadyExists(record)),
            StartOutcome::Fenced(fence) => Err(ClientError::Fenced(fence)),
        }
    }

    /// Removes it with its history once it has ended, and its ended sub-orchestrations.
    pub async fn purge(&self) -> Result<PurgeReport, ClientError> {
        let purged = self.client.hub.purge(&self.id, true).await;
        purged.map_err(|error| self.not_found_or(error))
    }

    async fn signal(&self, signal: Signal) -> Result<(), ClientError> {
        let what = match &signal {
            Signal::Event { .. } => "event",
            Signal::Terminate { .. } => "terminate",
            Signal::Cancel { .. } => "cancel",
            Signal::Suspend { .. } => "suspend",
            Signal::Resume { .. } => "resume",
        };
        let answer = self.client.hub.signal(&self.id, signal).await;
        let outcome = if answer.is_ok() { "accepted" } else { "refused" };
        crate::metrics::SIGNALS.count(&[&what, &outcome]);
        answer.map_err(|error| self.not_found_or(error))
    }

    pub(super) fn not_found_or(&self, error: crate::hub::HubError) -> ClientError {
        match error.kind() {
            HubErrorKind::NotFound => ClientError::NotFound(self.id.clone()),
            _ => ClientError::Hub(error),
        }
    }
}
