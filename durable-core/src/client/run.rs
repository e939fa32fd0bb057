//! An instance with the types of its orchestrator.

use std::fmt;
use std::marker::PhantomData;

use super::{Instance, RunError};
use crate::failure::{CallError, FailureDetails};
use crate::function::OrchestratorFunction;
use crate::hub::{InstanceRecord, InstanceStatus};
use crate::id::ExecutionId;

/// An instance with the types of its orchestrator. Returned by a start.
///
/// It is an [`Instance`] as well, with all its operations.
pub struct Run<F> {
    instance: Instance,
    execution: Option<ExecutionId>,
    function: PhantomData<fn() -> F>,
}

// Derived, it would ask for markers that have a `Debug`, and nobody could `unwrap_err` a start.
impl<F> fmt::Debug for Run<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Run")
            .field("instance", &self.instance.id)
            .field("execution", &self.execution)
            .finish_non_exhaustive()
    }
}

impl<F> Clone for Run<F> {
    fn clone(&self) -> Self {
        Self {
            instance: self.instance.clone(),
            execution: self.execution.clone(),
            function: PhantomData,
        }
    }
}

impl<F> std::ops::Deref for Run<F> {
    type Target = Instance;

    fn deref(&self) -> &Instance {
        &self.instance
    }
}

impl<F> Run<F> {
    pub(super) fn new(instance: Instance, execution: Option<ExecutionId>) -> Self {
        Self {
            instance,
            execution,
            function: PhantomData,
        }
    }
}

impl<F: OrchestratorFunction> Run<F> {
    /// Returns the execution that the start made or found.
    pub fn execution(&self) -> Option<&ExecutionId> {
        self.execution.as_ref()
    }

    /// Waits until the instance has ended, over all its executions, and returns what it returned.
    ///
    /// ```
    #[doc = include_str!("../docs/handles.md")]
    /// # use durable_core::client::Client;
    /// # async fn example(client: &Client) -> Result<(), Failure> {
    /// use durable_core::client::RunError;
    /// match client.run_of(checkout, "order-42")?.wait().await {
    ///     Ok(receipt) => println!("{receipt}"),
    ///     Err(RunError::App(error)) => println!("it failed: {error}"), // the orchestrator's own error
    ///     Err(RunError::Terminated(reason)) => println!("terminated: {reason}"),
    ///     Err(other) => return Err(other.into()),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Cancel safety
    ///
    /// Dropping the future has no effect on the instance.
    pub async fn wait(&self) -> Result<F::Output, RunError<F::Error>> {
        let record = self.instance.wait_ended().await?;
        outcome::<F>(&record)
    }
}

fn outcome<F: OrchestratorFunction>(record: &InstanceRecord) -> Result<F::Output, RunError<F::Error>> {
    let failure = || {
        record.failure.clone().unwrap_or_else(|| {
            let text = format!(
                "instance `{}` ended as {} without details",
                record.instance, record.status
            );
            FailureDetails::new(crate::FailureOrigin::Infrastructure, "NoDetails", text)
        })
    };
    match record.status {
        InstanceStatus::Completed => match &record.output {
            Some(output) => output
                .decode()
                .map_err(|error| RunError::Failed(FailureDetails::of_payload("output", F::NAME, &error))),
            None => Err(RunError::Failed(failure())),
        },
        InstanceStatus::Terminated => Err(RunError::Terminated(failure().message)),
        InstanceStatus::Canceled => Err(RunError::Canceled(failure())),
        InstanceStatus::Failed => Err(CallError::from_details(failure()).into()),
        InstanceStatus::Pending | InstanceStatus::Running | InstanceStatus::Suspended => {
            Err(RunError::Failed(failure()))
        }
    }
}
