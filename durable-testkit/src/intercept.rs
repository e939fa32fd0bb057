//! The seam at which faults and recordings are put around any hub.

mod operation;

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use self::operation::outline;
pub use self::operation::{Operation, OperationKind};
use durable_core::hub::{
    ActivityBatch, ActivityDemand, Amendment, Capabilities, ClientOperations, Commit, CommitError, Committed,
    CompletionToken, Fence, FenceId, HeartbeatReply, HubError, HubFuture, Import, InstanceQuery,
    InstanceRecord, LoadedHistory, ManagementQueries, Page, PurgeReport, Session, Signal, StartOutcome,
    StartRequest, TaskHub, TurnWork, VersionCount, WorkerHub, WorkerOffer, WorkerRecord,
};
use durable_core::{Clock, ExecutionId, FailureDetails, InstanceId, Payload, WorkerId};

/// A boxed future without its error type fixed.
pub(crate) type Attempt<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What is put around every operation.
pub(crate) trait Interceptor: Send + Sync + fmt::Debug + 'static {
    /// Decides about an operation before it is made.
    fn before(&self, operation: &Operation) -> Verdict;

    /// Learns how it ended: `true` if the hub accepted it.
    fn after(&self, operation: &Operation, accepted: bool);
}

/// What becomes of an operation.
pub(crate) enum Verdict {
    /// It is made.
    Pass,
    /// It is not made, and fails.
    Refuse(HubError),
    /// It is made, and fails all the same.
    LoseReply(HubError),
    /// It is not made, and never ends.
    Hang,
    /// It is made once this has ended.
    Wait(Attempt<'static, ()>),
}

/// A hub with an interceptor around it.
#[derive(Debug)]
pub(crate) struct Intercepted<I> {
    pub(crate) inner: Arc<dyn TaskHub>,
    pub(crate) interceptor: Arc<I>,
}

// Derived, it would ask for an interceptor that can be cloned.
impl<I> Clone for Intercepted<I> {
    fn clone(&self) -> Self {
        Self {
            inner: Arc::clone(&self.inner),
            interceptor: Arc::clone(&self.interceptor),
        }
    }
}

impl<I: Interceptor> Intercepted<I> {
    fn around<'a, T: Send + 'a>(
        &'a self,
        kind: OperationKind,
        subject: Option<String>,
        make: impl FnOnce() -> HubFuture<'a, T> + Send + 'a,
    ) -> HubFuture<'a, T> {
        around(
            &*self.interceptor,
            Operation {
                kind,
                subject,
                worker: None,
            },
            make,
        )
    }
}

fn around<'a, T: Send + 'a, I: Interceptor>(
    interceptor: &'a I,
    operation: Operation,
    make: impl FnOnce() -> HubFuture<'a, T> + Send + 'a,
) -> HubFuture<'a, T> {
    Box::pin(async move {
        let answer = match interceptor.before(&operation) {
            Verdict::Pass => make().await,
            Verdict::Refuse(error) => Err(error),
            Verdict::LoseReply(error) => make().await.and(Err(error)),
            Verdict::Hang => std::future::pending().await,
            Verdict::Wait(wait) => {
                wait.await;
                make().await
            }
        };
        interceptor.after(&operation, answer.is_ok());
        answer
    })
}

impl<I: Interceptor> ClientOperations for Intercepted<I> {
    fn start(&self, request: StartRequest) -> HubFuture<'_, StartOutcome> {
        let subject = Some(request.started.instance.to_string());
        self.around(OperationKind::Start, subject, move || self.inner.start(request))
    }

    fn signal(&self, instance: &InstanceId, signal: Signal) -> HubFuture<'_, ()> {
        let id = instance.clone();
        self.around(OperationKind::Signal, Some(instance.to_string()), move || {
            self.inner.signal(&id, signal)
        })
    }

    fn complete_activity(
        &self,
        token: &CompletionToken,
        result: Result<Payload, FailureDetails>,
    ) -> HubFuture<'_, ()> {
        let token = token.clone();
        let subject = Some(token.0.to_string());
        self.around(OperationKind::CompleteActivity, subject, move || {
            self.inner.complete_activity(&token, result)
        })
    }

    fn wait_ended(
        &self,
        instance: &InstanceId,
        execution: Option<ExecutionId>,
    ) -> HubFuture<'_, InstanceRecord> {
        let id = instance.clone();
        self.around(OperationKind::WaitEnded, Some(instance.to_string()), move || {
            self.inner.wait_ended(&id, execution)
        })
    }

    fn wait_until<'a>(
        &'a self,
        instance: &InstanceId,
        predicate: Box<dyn Fn(&InstanceRecord) -> bool + Send + Sync + 'a>,
    ) -> HubFuture<'a, InstanceRecord> {
        let id = instance.clone();
        self.around(OperationKind::WaitUntil, Some(instance.to_string()), move || {
            self.inner.wait_until(&id, predicate)
        })
    }

    fn amend(
        &self,
        instance: &InstanceId,
        execution: &ExecutionId,
        event_count: u64,
        amendment: Amendment,
    ) -> HubFuture<'_, ()> {
        let (id, execution) = (instance.clone(), execution.clone());
        self.around(OperationKind::Amend, Some(instance.to_string()), move || {
            self.inner.amend(&id, &execution, event_count, amendment)
        })
    }

    fn import(&self, import: Import) -> HubFuture<'_, ()> {
        let id = import.record().instance.to_string();
        self.around(OperationKind::Import, Some(id), move || self.inner.import(import))
    }

    fn raise_fence(&self, fence: Fence) -> HubFuture<'_, ()> {
        self.around(OperationKind::RaiseFence, None, move || {
            self.inner.raise_fence(fence)
        })
    }

    fn lower_fence(&self, id: &FenceId) -> HubFuture<'_, bool> {
        let id = id.clone();
        self.around(OperationKind::LowerFence, None, move || {
            self.inner.lower_fence(&id)
        })
    }

    fn purge(&self, instance: &InstanceId, recursive: bool) -> HubFuture<'_, PurgeReport> {
        let id = instance.clone();
        self.around(OperationKind::Purge, Some(instance.to_string()), move || {
            self.inner.purge(&id, recursive)
        })
    }

    fn purge_matching(&self, query: InstanceQuery) -> HubFuture<'_, PurgeReport> {
        self.around(OperationKind::PurgeMatching, None, move || {
            self.inner.purge_matching(query)
        })
    }
}

impl<I: Interceptor> ManagementQueries for Intercepted<I> {
    fn get(&self, instance: &InstanceId) -> HubFuture<'_, Option<InstanceRecord>> {
        let id = instance.clone();
        self.around(OperationKind::Get, Some(instance.to_string()), move || {
            self.inner.get(&id)
        })
    }

    fn query(&self, query: InstanceQuery) -> HubFuture<'_, Page<InstanceRecord>> {
        self.around(OperationKind::Query, None, move || self.inner.query(query))
    }

    fn history(
        &self,
        instance: &InstanceId,
        execution: Option<&ExecutionId>,
    ) -> HubFuture<'_, Option<LoadedHistory>> {
        let (id, execution) = (instance.clone(), execution.cloned());
        self.around(OperationKind::History, Some(instance.to_string()), move || {
            self.inner.history(&id, execution.as_ref())
        })
    }

    fn fences(&self) -> HubFuture<'_, Vec<Fence>> {
        self.around(OperationKind::Fences, None, move || self.inner.fences())
    }

    fn version_counts(&self) -> HubFuture<'_, Vec<VersionCount>> {
        self.around(OperationKind::VersionCounts, None, move || {
            self.inner.version_counts()
        })
    }

    fn workers(&self) -> HubFuture<'_, Vec<WorkerRecord>> {
        self.around(OperationKind::Workers, None, move || self.inner.workers())
    }
}

impl<I: Interceptor> TaskHub for Intercepted<I> {
    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    fn join(&self, offer: WorkerOffer) -> HubFuture<'_, Arc<dyn WorkerHub>> {
        let worker = offer.worker.clone();
        self.around(OperationKind::Join, Some(worker.to_string()), move || {
            Box::pin(async move {
                let inner = self.inner.join(offer).await?;
                let interceptor = Arc::clone(&self.interceptor);
                let joined: Arc<dyn WorkerHub> = Arc::new(InterceptedWorker {
                    inner,
                    interceptor,
                    worker,
                });
                Ok(joined)
            })
        })
    }

    fn clock(&self) -> Arc<dyn Clock> {
        self.inner.clock()
    }
}

#[derive(Debug)]
struct InterceptedWorker<I> {
    inner: Arc<dyn WorkerHub>,
    interceptor: Arc<I>,
    worker: WorkerId,
}

impl<I: Interceptor> InterceptedWorker<I> {
    fn operation(&self, kind: OperationKind, subject: Option<String>) -> Operation {
        let worker = Some(self.worker.clone());
        Operation {
            kind,
            subject,
            worker,
        }
    }

    fn around<'a, T: Send + 'a>(
        &'a self,
        kind: OperationKind,
        make: impl FnOnce() -> HubFuture<'a, T> + Send + 'a,
    ) -> HubFuture<'a, T> {
        around(&*self.interceptor, self.operation(kind, None), make)
    }
}

impl<I: Interceptor> WorkerHub for InterceptedWorker<I> {
    fn fetch_turns(&self, limit: usize) -> HubFuture<'_, Vec<TurnWork>> {
        self.around(OperationKind::FetchTurns, move || self.inner.fetch_turns(limit))
    }

    fn load_history(&self, session: &Session) -> HubFuture<'_, LoadedHistory> {
        let session = session.clone();
        self.around(OperationKind::LoadHistory, move || {
            self.inner.load_history(&session)
        })
    }

    fn commit(&self, commits: Vec<Commit>) -> Attempt<'_, Vec<Result<Committed, CommitError>>> {
        let (count, kind) = (commits.len(), OperationKind::Commit);
        let operation = self.operation(kind, Some(outline(&commits)));
        // Every element of the batch fails alike: a batch is one request.
        let failed = move |error: HubError| {
            let again = move || HubError::new(error.kind(), error.to_string());
            (0..count)
                .map(|_| Err(CommitError::Hub(again())))
                .collect::<Vec<_>>()
        };
        Box::pin(async move {
            let answers = match self.interceptor.before(&operation) {
                Verdict::Pass => self.inner.commit(commits).await,
                Verdict::Refuse(error) => failed(error),
                Verdict::LoseReply(error) => {
                    for committed in self.inner.commit(commits).await.into_iter().flatten() {
                        // What a lost reply handed over is handed out again: the contract of `commit`.
                        for work in committed.activities {
                            let _ = self.inner.abandon(work.session).await;
                        }
                    }
                    failed(error)
                }
                Verdict::Hang => std::future::pending().await,
                Verdict::Wait(wait) => {
                    wait.await;
                    self.inner.commit(commits).await
                }
            };
            self.interceptor
                .after(&operation, answers.iter().all(Result::is_ok));
            answers
        })
    }

    fn release(&self, session: Session) -> HubFuture<'_, ()> {
        self.around(OperationKind::Release, move || self.inner.release(session))
    }

    fn fetch_activities(&self, demand: ActivityDemand) -> HubFuture<'_, ActivityBatch> {
        self.around(OperationKind::FetchActivities, move || {
            self.inner.fetch_activities(demand)
        })
    }

    fn heartbeat(&self, session: &Session, progress: Option<Payload>) -> HubFuture<'_, HeartbeatReply> {
        let session = session.clone();
        self.around(OperationKind::Heartbeat, move || {
            self.inner.heartbeat(&session, progress)
        })
    }

    fn abandon(&self, session: Session) -> HubFuture<'_, ()> {
        self.around(OperationKind::Abandon, move || self.inner.abandon(session))
    }

    fn park(&self, session: Session) -> HubFuture<'_, ()> {
        self.around(OperationKind::Park, move || self.inner.park(session))
    }

    fn leave(&self) -> HubFuture<'_, ()> {
        self.around(OperationKind::Leave, move || self.inner.leave())
    }

    /// Nothing comes between: it stands for the death of a process, which no fault can hinder.
    fn stop_renewal(&self) {
        self.inner.stop_renewal();
    }
}
