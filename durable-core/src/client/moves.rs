//! Moving an instance in flight to another version.

use super::{ClientError, Instance};
use crate::history::{Event, EventKind, Marker, MarkerKind};
use crate::hub::Amendment;
use crate::registry::PolicyError;
use crate::replay::Execution;
use crate::version::{RecordedVersion, Version};

impl Instance {
    /// Moves a running instance to another version, if its whole history replays on that version's code.
    ///
    /// The code must be in this binary. The move is recorded in the history. If the instance goes on while it is
    /// tried, the move is refused with a conflict and may be tried again.
    ///
    /// ```
    /// # use durable_core::client::{ClientError, Instance};
    /// # use durable_core::Failure;
    /// async fn upgrade(order: &Instance) -> Result<(), Failure> {
    ///     match order.move_to("2".parse()?).await {
    ///         Ok(()) => println!("{} goes on with version 2", order.id()),
    ///         Err(refused @ ClientError::TrialReplay { .. }) => println!("it stays where it is: {refused}"),
    ///         Err(other) => return Err(other.into()),
    ///     }
    ///     Ok(())
    /// }
    /// ```
    pub async fn move_to(&self, version: Version) -> Result<(), ClientError> {
        let record = self.status().await?;
        if record.status.is_ended() {
            let operation = "moved to another version";
            return Err(ClientError::WrongState {
                instance: self.id.clone(),
                status: record.status,
                operation,
            });
        }
        let code = self
            .client
            .registry
            .code(&record.name, version)
            .ok_or_else(|| PolicyError::Missing {
                name: record.name.clone(),
                version,
                available: self.client.registry.version_list(&record.name),
                chosen_by: "the move",
            })?;
        if let (0, RecordedVersion::Known(from)) = (record.event_count, &record.version) {
            // There is nothing to replay yet, but there is an input to be read.
            self.client
                .registry
                .check_same_input(&record.name, *from, version)?;
        }
        let history = self.history_of(Some(&record.execution)).await?;
        let event_count = u64::try_from(history.events.len()).unwrap_or(u64::MAX);
        // Replay needs no runtime and may take long; on its own thread it can neither block nor reach tokio.
        let (sender, trial) = tokio::sync::oneshot::channel();
        std::thread::spawn(move || drop(sender.send(Execution::load(code, &history.events).map(drop))));
        match trial.await {
            Ok(Ok(())) => {}
            Ok(Err(halt)) => {
                return Err(ClientError::TrialReplay {
                    instance: self.id.clone(),
                    stays: record.version,
                    wanted: version,
                    halt: Box::new(halt),
                });
            }
            Err(_) => return Err(ClientError::NotFound(self.id.clone())),
        }
        let data = serde_json::to_string(&version).unwrap_or_default();
        let marker = Marker {
            kind: MarkerKind::Moved,
            version: 1,
            task: None,
            data,
        };
        let event = Event::new(self.client.hub.clock().now(), EventKind::Marker(marker));
        let amendment = Amendment::Move {
            event,
            version: RecordedVersion::Known(version),
        };
        Ok(self
            .client
            .hub
            .amend(&self.id, &record.execution, event_count, amendment)
            .await?)
    }
}
