//! What clients do.

use durable_core::history::{ChildPolicy, EventKind};
use durable_core::hub::{
    Amendment, ClientOperations, CompletionToken, Fence, FenceId, HubError, HubFuture, IdReuse, Import,
    InstanceQuery, InstanceRecord, InstanceStatus, PurgeReport, Signal, StartOutcome, StartRequest,
};
use durable_core::{EventName, ExecutionId, FailureDetails, InstanceId, Payload};

use super::commit::result_event;
use super::query::{PAGE_SIZE, matches};
use super::state::{Instance, State};
use super::{MemoryHub, conflict, not_found};

impl ClientOperations for MemoryHub {
    fn start(&self, request: StartRequest) -> HubFuture<'_, StartOutcome> {
        self.change(move |state| state.start(request))
    }

    fn signal(&self, instance: &InstanceId, signal: Signal) -> HubFuture<'_, ()> {
        let instance = instance.clone();
        self.change(move |state| state.signal(&instance, signal))
    }

    fn complete_activity(
        &self,
        token: &CompletionToken,
        result: Result<Payload, FailureDetails>,
    ) -> HubFuture<'_, ()> {
        let token = token.clone();
        self.change(move |state| state.complete_from_outside(&token, result))
    }

    fn wait_ended(
        &self,
        instance: &InstanceId,
        execution: Option<ExecutionId>,
    ) -> HubFuture<'_, InstanceRecord> {
        let id = instance.clone();
        Box::pin(async move {
            let ended = |record: &InstanceRecord| record.status.is_ended();
            self.wait(&id, execution.as_ref(), &ended).await
        })
    }

    fn wait_until<'a>(
        &'a self,
        instance: &InstanceId,
        predicate: Box<dyn Fn(&InstanceRecord) -> bool + Send + Sync + 'a>,
    ) -> HubFuture<'a, InstanceRecord> {
        let id = instance.clone();
        Box::pin(async move { self.wait(&id, None, &predicate).await })
    }

    fn amend(
        &self,
        instance: &InstanceId,
        execution: &ExecutionId,
        event_count: u64,
        amendment: Amendment,
    ) -> HubFuture<'_, ()> {
        let (instance, execution) = (instance.clone(), execution.clone());
        self.change(move |state| state.amend(&instance, &execution, event_count, amendment))
    }

    fn import(&self, import: Import) -> HubFuture<'_, ()> {
        self.change(move |state| state.import(&import))
    }

    fn raise_fence(&self, fence: Fence) -> HubFuture<'_, ()> {
        self.change(move |state| {
            state.raise_fence(fence);
            Ok(())
        })
    }

    fn lower_fence(&self, id: &FenceId) -> HubFuture<'_, bool> {
        let id = id.clone();
        self.change(move |state| Ok(state.lower_fence(&id)))
    }

    fn purge(&self, instance: &InstanceId, recursive: bool) -> HubFuture<'_, PurgeReport> {
        let instance = instance.clone();
        self.change(move |state| state.purge(&instance, recursive))
    }

    fn purge_matching(&self, query: InstanceQuery) -> HubFuture<'_, PurgeReport> {
        self.change(move |state| Ok(state.purge_matching(&query)))
    }
}

impl MemoryHub {
    /// Makes one change, in one critical section.
    fn change<'a, T: Send + 'a>(
        &'a self,
        change: impl FnOnce(&mut State) -> Result<T, HubError> + Send + 'a,
    ) -> HubFuture<'a, T> {
        Box::pin(async move {
            let mut state = self.shared.lock();
            let changed = change(&mut state);
            self.shared.notify(state);
            changed
        })
    }

    /// Waits for the instance that has the id when the wait begins. One that takes its place later is another.
    async fn wait(
        &self,
        id: &InstanceId,
        execution: Option<&ExecutionId>,
        predicate: &(dyn Fn(&InstanceRecord) -> bool + Send + Sync),
    ) -> Result<InstanceRecord, HubError> {
        let mut number = None;
        let look = |state: &mut State| {
            let instance = state.instance(id)?;
            if *number.get_or_insert(instance.number) != instance.number {
                return Err(not_found(format_args!(
                    "instance `{id}` any more: another has its id"
                )));
            }
            if let Some(execution) = execution.filter(|&execution| !instance.knows(execution)) {
                return Err(not_found(format_args!(
                    "execution `{execution}` of instance `{id}`"
                )));
            }
            let record = state.record(instance);
            Ok(predicate(&record).then_some(record))
        };
        self.shared.wait_for(look).await
    }
}

impl Instance {
    /// Returns whether the execution is the current one, or the one with which everything began.
    fn knows(&self, execution: &ExecutionId) -> bool {
        self.first_execution == *execution || self.execution() == execution
    }
}

impl State {
    /// Returns the instance, or says that there is none.
    pub(super) fn instance(&self, id: &InstanceId) -> Result<&Instance, HubError> {
        self.instances
            .get(id)
            .ok_or_else(|| not_found(format_args!("instance `{id}`")))
    }

    fn start(&mut self, request: StartRequest) -> Result<StartOutcome, HubError> {
        let first = request.first_event(self.now);
        let StartRequest {
            started,
            reuse,
            raise,
            trace: _,
        } = request;
        let id = started.instance.clone();
        let execution = started.execution.clone();
        if let Some(existing) = self.instances.get(&id) {
            if existing.knows(&execution) {
                // The same request again: it has had all its effects, the event included.
                return Ok(StartOutcome::Started(execution));
            }
            let ended = existing.is_ended();
            match reuse {
                IdReuse::UseExisting if ended && raise.is_some() => {
                    return Err(conflict(format!(
                        "the instance `{id}` has ended and takes no event"
                    )));
                }
                IdReuse::UseExisting => {
                    let existing = existing.execution().clone();
                    self.raise_with_start(&id, raise);
                    return Ok(StartOutcome::Existing(existing));
                }
                IdReuse::AllowIfEnded if ended => {}
                IdReuse::Reject | IdReuse::AllowIfEnded => {
                    return Ok(StartOutcome::Refused(Box::new(self.record(existing))));
                }
                IdReuse::TerminateExisting => {}
            }
        }
        if let Some(fence) = self.fence_before(&started.name, &started.version) {
            return Ok(StartOutcome::Fenced(Box::new(fence.clone())));
        }
        // Without effect if there is none, or if it has ended.
        self.terminate(&id, "another instance was started with its id", false);
        self.create(started, first, ChildPolicy::default());
        self.raise_with_start(&id, raise);
        Ok(StartOutcome::Started(execution))
    }

    fn raise_with_start(&mut self, id: &InstanceId, raise: Option<(EventName, Payload)>) {
        if let Some((name, input)) = raise {
            self.deliver_to_any(id, EventKind::EventRaised { name, input });
        }
    }

    fn signal(&mut self, id: &InstanceId, signal: Signal) -> Result<(), HubError> {
        if self.instance(id)?.is_ended() {
            return Err(conflict(format!("the instance `{id}` has ended")));
        }
        match signal {
            Signal::Event { name, input } => {
                self.deliver_to_any(id, EventKind::EventRaised { name, input });
            }
            Signal::Terminate { reason, recursive } => self.terminate(id, &reason, recursive),
            Signal::Cancel { reason } => self.request_cancel(id, &reason),
            Signal::Suspend { reason } => {
                self.deliver_to_any(id, EventKind::ExecutionSuspended { reason });
            }
            Signal::Resume { reason } => {
                if let Some(instance) = self.instances.get_mut(id) {
                    instance.blocked = None;
                }
                self.deliver_to_any(id, EventKind::ExecutionResumed { reason });
            }
        }
        Ok(())
    }

    fn complete_from_outside(
        &mut self,
        token: &CompletionToken,
        result: Result<Payload, FailureDetails>,
    ) -> Result<(), HubError> {
        let CompletionToken(key) = token;
        if !self.activities.contains_key(key) {
            return Err(not_found(format_args!("activity `{key}` that is waited for")));
        }
        // Whoever runs it is told that it is no longer wanted, and cannot complete it any more.
        self.cancel_activity(key);
        self.deliver_result(&key.instance, &key.execution, result_event(key.task, result));
        Ok(())
    }

    fn amend(
        &mut self,
        id: &InstanceId,
        execution: &ExecutionId,
        event_count: u64,
        amendment: Amendment,
    ) -> Result<(), HubError> {
        let now = self.now;
        let instance = self.instance(id)?;
        let count = instance.history.len() as u64;
        if instance.execution() != execution || count != event_count {
            return Err(conflict(format!(
                "the instance `{id}` stands at execution `{}` with {count} events, not at `{execution}` with {event_count}",
                instance.execution()
            )));
        }
        match amendment {
            Amendment::Move { event, version } => {
                if instance.is_ended() {
                    return Err(conflict(format!(
                        "the instance `{id}` has ended and cannot be moved"
                    )));
                }
                if let Some(instance) = self.instances.get_mut(id) {
                    instance.history.push(event);
                    instance.version = version;
                    instance.amended(now);
                }
            }
            Amendment::Rewind {
                execution: next,
                events,
                version,
                outgoing,
            } => {
                if !instance.is_ended() {
                    return Err(conflict(format!(
                        "the instance `{id}` has not ended and cannot be rewound"
                    )));
                }
                self.refuse_fenced(&instance.started.name, &version)?;
                if let Some(instance) = self.instances.get_mut(id) {
                    let mut started = instance.started.clone();
                    instance.rewound.push(execution.clone());
                    started.execution = next.clone();
                    started.version = version;
                    instance.replace_execution(started, std::collections::VecDeque::new());
                    instance.history = events;
                    instance.status = InstanceStatus::Running;
                    (instance.ended_at, instance.output, instance.failure) = (None, None, None);
                    instance.amended(now);
                }
                self.send_all(id, &next, outgoing);
                // A turn follows even if nothing that the kept history waits for is scheduled anew.
                let reason = "rewound".to_owned();
                self.deliver_to_any(id, EventKind::ExecutionResumed { reason });
            }
        }
        Ok(())
    }

    fn purge(&mut self, id: &InstanceId, recursive: bool) -> Result<PurgeReport, HubError> {
        if !self.instance(id)?.is_ended() {
            return Err(conflict(format!("the instance `{id}` has not ended")));
        }
        let mut purged = 0;
        self.remove(id, recursive, &mut purged);
        Ok(PurgeReport {
            purged,
            complete: true,
        })
    }

    fn remove(&mut self, id: &InstanceId, recursive: bool, purged: &mut u64) {
        self.instances.remove(id);
        *purged += 1;
        if !recursive {
            return;
        }
        let children: Vec<InstanceId> = (self.instances.iter())
            .filter(|(_, child)| {
                let parent = child.started.parent.as_ref();
                child.is_ended() && parent.is_some_and(|parent| parent.instance == *id)
            })
            .map(|(id, _)| id.clone())
            .collect();
        for child in children {
            // A child may have gone as the child of another child.
            if self.instances.contains_key(&child) {
                self.remove(&child, true, purged);
            }
        }
    }

    fn purge_matching(&mut self, query: &InstanceQuery) -> PurgeReport {
        let page_size = query.page_size.unwrap_or(PAGE_SIZE).max(1);
        let mut matching: Vec<(u64, InstanceId)> = (self.instances.iter())
            .filter(|(_, instance)| instance.is_ended() && matches(&self.record(instance), query))
            .map(|(id, instance)| (instance.number, id.clone()))
            .collect();
        matching.sort();
        let complete = matching.len() <= page_size;
        let mut purged = 0;
        for (_, id) in matching.into_iter().take(page_size) {
            self.remove(&id, false, &mut purged);
        }
        PurgeReport { purged, complete }
    }
}

impl Instance {
    /// Ends an amendment: the owner is fenced, and a block that the old code caused is lifted.
    fn amended(&mut self, now: durable_core::Timestamp) {
        self.blocked = None;
        self.updated_at = now;
        self.disown();
    }
}
