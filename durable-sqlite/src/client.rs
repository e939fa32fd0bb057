//! What clients and tools do.

use durable_core::hub::{
    Amendment, ClientOperations, CompletionToken, Fence, FenceId, HubError, HubErrorKind, HubFuture, Import,
    InstanceQuery, InstanceRecord, LoadedHistory, ManagementQueries, Page, PurgeReport, Signal, StartOutcome,
    StartRequest, VersionCount, WorkerRecord,
};
use durable_core::{ExecutionId, FailureDetails, InstanceId, Payload};

use crate::error::StoreError;
use crate::hub::SqliteHub;
use crate::instance::Head;
use crate::{activity, amend, counts, fence, history, import, query, record, signal, start};

impl ClientOperations for SqliteHub {
    fn start(&self, request: StartRequest) -> HubFuture<'_, StartOutcome> {
        Box::pin(async move {
            let answer = self.shared.submit(move |tx| start::start(tx, &request))?;
            self.shared.answered(answer).await?.map_err(StoreError::into_hub)
        })
    }

    fn signal(&self, instance: &InstanceId, signal: Signal) -> HubFuture<'_, ()> {
        let instance = instance.clone();
        Box::pin(
            self.shared
                .write(move |tx| signal::signal(tx, &instance, &signal)),
        )
    }

    fn complete_activity(
        &self,
        token: &CompletionToken,
        result: Result<Payload, FailureDetails>,
    ) -> HubFuture<'_, ()> {
        let token = token.clone();
        Box::pin(
            self.shared
                .write(move |tx| activity::complete_by_key(tx, &token, &result)),
        )
    }

    fn wait_ended(
        &self,
        instance: &InstanceId,
        execution: Option<ExecutionId>,
    ) -> HubFuture<'_, InstanceRecord> {
        let instance = instance.clone();
        Box::pin(async move { self.shared.wait_ended(&instance, execution).await })
    }

    fn wait_until<'a>(
        &'a self,
        instance: &InstanceId,
        predicate: Box<dyn Fn(&InstanceRecord) -> bool + Send + Sync + 'a>,
    ) -> HubFuture<'a, InstanceRecord> {
        let instance = instance.clone();
        Box::pin(async move { self.shared.wait_until(&instance, &*predicate).await })
    }

    fn amend(
        &self,
        instance: &InstanceId,
        execution: &ExecutionId,
        event_count: u64,
        amendment: Amendment,
    ) -> HubFuture<'_, ()> {
        let (instance, execution) = (instance.clone(), execution.clone());
        Box::pin(
            self.shared
                .write(move |tx| amend::amend(tx, &instance, (&execution, event_count), &amendment)),
        )
    }

    fn import(&self, import: Import) -> HubFuture<'_, ()> {
        Box::pin(self.shared.write(move |tx| import::import(tx, &import)))
    }

    fn raise_fence(&self, raised: Fence) -> HubFuture<'_, ()> {
        Box::pin(self.shared.write(move |tx| fence::raise(tx, &raised)))
    }

    fn lower_fence(&self, id: &FenceId) -> HubFuture<'_, bool> {
        let id = id.clone();
        Box::pin(self.shared.write(move |tx| fence::lower(tx, &id)))
    }

    fn purge(&self, instance: &InstanceId, recursive: bool) -> HubFuture<'_, PurgeReport> {
        Box::pin(self.shared.purge(instance.clone(), recursive))
    }

    fn purge_matching(&self, query: InstanceQuery) -> HubFuture<'_, PurgeReport> {
        Box::pin(self.shared.purge_matching(query))
    }
}

impl ManagementQueries for SqliteHub {
    fn get(&self, instance: &InstanceId) -> HubFuture<'_, Option<InstanceRecord>> {
        let (instance, now) = (instance.clone(), self.shared.options.clock.now());
        Box::pin(self.shared.read(move |conn| record::load(conn, &instance, now)))
    }

    fn query(&self, query: InstanceQuery) -> HubFuture<'_, Page<InstanceRecord>> {
        let now = self.shared.options.clock.now();
        Box::pin(self.shared.read(move |conn| query::list(conn, &query, now)))
    }

    fn history(
        &self,
        instance: &InstanceId,
        execution: Option<&ExecutionId>,
    ) -> HubFuture<'_, Option<LoadedHistory>> {
        let (instance, execution) = (instance.clone(), execution.cloned());
        Box::pin(self.shared.read(move |conn| {
            let head = Head::by_name(conn, &instance)?;
            let head = head.filter(|head| execution.is_none_or(|wanted| wanted == head.execution));
            head.map(|head| loaded(conn, head)).transpose()
        }))
    }

    fn fences(&self) -> HubFuture<'_, Vec<Fence>> {
        let now = self.shared.options.clock.now();
        Box::pin(self.shared.read(move |conn| fence::list(conn, now)))
    }

    fn live_counts(&self) -> HubFuture<'_, Vec<VersionCount>> {
        let now = self.shared.options.clock.now();
        Box::pin(self.shared.read(move |conn| counts::of_live(conn, now)))
    }

    fn version_counts(&self) -> HubFuture<'_, Vec<VersionCount>> {
        let now = self.shared.options.clock.now();
        Box::pin(self.shared.read(move |conn| counts::by_version(conn, now)))
    }

    fn workers(&self) -> HubFuture<'_, Vec<WorkerRecord>> {
        let now = self.shared.options.clock.now();
        Box::pin(self.shared.read(move |conn| query::workers(conn, now)))
    }
}

/// Reads the history that belongs to a head.
pub(crate) fn loaded(conn: &rusqlite::Connection, head: Head) -> Result<LoadedHistory, StoreError> {
    Ok(LoadedHistory {
        events: history::load(conn, &head)?,
        execution: head.execution,
    })
}

/// The error of a worker that has left.
pub(crate) fn left(worker: &durable_core::WorkerId) -> HubError {
    HubError::new(
        HubErrorKind::Closed,
        format!("the worker `{worker}` has left the hub"),
    )
}
