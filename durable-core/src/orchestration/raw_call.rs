//! A call without its types: attempts, timeouts and retries.

use std::panic::Location;
use std::rc::Rc;
use std::task::{Context, Poll};

use crate::decision::{ActivityOrder, ChildStart};
use crate::failure::{FailureDetails, FailureOrigin};
use crate::function::{CallOptions, FunctionKind};
use crate::history::{ChildPolicy, ExecutionStarted, ParentRef, Tags};
use crate::id::{ExecutionId, InstanceId, TaskId};
use crate::name::WireName;
use crate::payload::Payload;
use crate::replay::{Attempt, Engine, EngineRef, RetryRecord, TaskClass, TaskResult};
use crate::version::Version;

/// The user's own judgement of a failure: whether it is worth another attempt.
pub(super) type Judge = Rc<dyn Fn(&FailureDetails) -> bool>;

/// What is called, and how.
pub(super) struct CallSpec {
    pub(super) kind: FunctionKind,
    pub(super) name: WireName,
    pub(super) version: Version,
    pub(super) input: Result<Payload, FailureDetails>,
    pub(super) options: CallOptions,
    pub(super) judge: Option<Judge>,
    /// The child's id, if the user chose one.
    pub(super) id: Option<InstanceId>,
    pub(super) policy: ChildPolicy,
    pub(super) detached: bool,
}

enum State {
    Idle,
    Running { task: TaskId, limit: Option<TaskId> },
    Pausing { timer: TaskId },
    Finished,
}

/// The state machine of a call.
pub(super) struct RawCall {
    pub(super) engine: EngineRef,
    pub(super) place: &'static Location<'static>,
    pub(super) spec: CallSpec,
    state: State,
    attempt: u32,
    record: Option<RetryRecord>,
    total: Option<TaskId>,
}

impl RawCall {
    pub(super) fn new(engine: EngineRef, place: &'static Location<'static>, spec: CallSpec) -> Self {
        Self {
            engine,
            place,
            spec,
            state: State::Idle,
            attempt: 0,
            record: None,
            total: None,
        }
    }

    /// Schedules the first attempt, if that has not happened yet.
    pub(super) fn start(&mut self) {
        if !matches!(self.state, State::Idle) || self.spec.input.is_err() {
            return;
        }
        let options = self.spec.options.clone();
        self.record = self.engine.get().options_in_force(self.place, &options);
        self.begin_attempt();
        let total = self.record.as_ref().and_then(|record| record.total_timeout);
        if let Some(total) = total {
            let mut engine = self.engine.get();
            let due = engine.now().saturating_add(total);
            self.total = Some(engine.open_timer(self.place, due, TaskClass::CallTimer));
        }
    }

    /// Lets the call go on without its caller.
    pub(super) fn detach(&mut self) {
        if let State::Running { task, .. } = self.state {
            self.engine.get().detach_task(task);
            self.state = State::Finished;
        }
    }

    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<TaskResult> {
        if let (State::Idle, Err(failure)) = (&self.state, &self.spec.input) {
            let failure = failure.clone();
            self.state = State::Finished;
            return Poll::Ready(Err(failure));
        }
        self.start();
        loop {
            if self.ran_out(cx) {
                return self.end(Err(timeout()));
            }
            match self.state {
                State::Idle | State::Finished => return Poll::Pending,
                State::Running { task, limit } => match self.poll_attempt(task, limit, cx) {
                    Poll::Pending => return Poll::Pending,
                    Poll::Ready(Ok(value)) => return self.end(Ok(value)),
                    Poll::Ready(Err(failure)) => {
                        if let Some(end) = self.after_failure(task, failure) {
                            return self.end(Err(end));
                        }
                    }
                },
                State::Pausing { timer } => {
                    let polled = self.engine.get().poll_task(timer, cx.waker());
                    match polled {
                        Poll::Pending => return Poll::Pending,
                        Poll::Ready(Ok(_)) => self.begin_attempt(),
                        // Only a request to cancel ends a timer between attempts.
                        Poll::Ready(Err(failure)) => return self.end(Err(failure)),
                    }
                }
            }
        }
    }

    /// Returns the index of the event that completed the call, if it is complete for certain.
    pub(super) fn ready_at(&self) -> Option<u64> {
        let State::Running { task, .. } = self.state else {
            return None;
        };
        let engine = self.engine.get();
        let final_anyway =
            engine.is_success(task) || self.record.as_ref().is_none_or(|record| record.policy.is_none());
        engine.ready_at(task).filter(|_| final_anyway)
    }

    fn ran_out(&mut self, cx: &mut Context<'_>) -> bool {
        let Some(total) = self.total else { return false };
        // A result that came before the limit counts, even if it is looked at after it.
        let mut engine = self.engine.get();
        if let (State::Running { task, .. }, Some(limit)) = (&self.state, engine.ready_at(total))
            && engine.ready_at(*task).is_some_and(|result| result < limit)
        {
            return false;
        }
        let fired = engine.poll_task(total, cx.waker()).is_ready();
        if fired {
            self.total = None;
        }
        fired
    }

    fn poll_attempt(
        &mut self,
        task: TaskId,
        limit: Option<TaskId>,
        cx: &mut Context<'_>,
    ) -> Poll<TaskResult> {
        let mut engine = self.engine.get();
        let limit_at = limit.and_then(|limit| engine.ready_at(limit));
        let result_at = engine.ready_at(task);
        if let Some(limit_at) = limit_at
            && result_at.is_none_or(|result_at| limit_at < result_at)
        {
            engine.abandon_task(task);
            return Poll::Ready(Err(timeout()));
        }
        if let Some(limit) = limit
            && engine.poll_task(limit, cx.waker()).is_ready()
            && result_at.is_none()
        {
            engine.abandon_task(task);
            return Poll::Ready(Err(timeout()));
        }
        let polled = engine.poll_task(task, cx.waker());
        if let (Poll::Ready(_), Some(limit)) = (&polled, limit) {
            engine.abandon_task(limit);
        }
        polled
    }

    /// Decides what follows a failed attempt: returns the failure if it is the last, else sets the pause.
    fn after_failure(&mut self, task: TaskId, failure: FailureDetails) -> Option<FailureDetails> {
        let Some(RetryRecord {
            policy: Some(policy),
            seed,
            ..
        }) = &self.record
        else {
            return Some(failure);
        };
        if failure.origin == FailureOrigin::Cancelled || !policy.allows(self.attempt, &failure) {
            return Some(failure);
        }
        if let Some(judge) = self.spec.judge.clone() {
            let again = self.engine.get().verdict(self.place, task, || judge(&failure));
            if !again {
                return Some(failure);
            }
        }
        let mut random = crate::replay::Random::from_seed(seed.wrapping_add(u64::from(self.attempt)));
        let delay = policy.delay_after(self.attempt, random.next_unit());
        let mut engine = self.engine.get();
        let due = engine.now().saturating_add(delay);
        let timer = engine.open_timer(self.place, due, TaskClass::CallTimer);
        drop(engine);
        self.state = State::Pausing { timer };
        None
    }

    fn begin_attempt(&mut self) {
        self.attempt += 1;
        let limit = self.record.as_ref().and_then(|record| record.attempt_timeout);
        let mut engine = self.engine.get();
        let task = self.schedule(&mut engine);
        let limit = limit.map(|limit| {
            let due = engine.now().saturating_add(limit);
            engine.open_timer(self.place, due, TaskClass::CallTimer)
        });
        drop(engine);
        self.state = State::Running { task, limit };
    }

    fn schedule(&self, engine: &mut Engine) -> TaskId {
        let task = engine.next_task();
        // Replay does not need the payload again: the history has it.
        let input = match &self.spec.input {
            Ok(input) if !engine.is_recorded(task) => input.clone(),
            Ok(_) | Err(_) => Payload::unit(),
        };
        let attempt = match self.spec.kind {
            FunctionKind::Activity => {
                engine.open_task(task, TaskClass::Activity);
                Attempt::Activity(self.order(engine, task, input))
            }
            FunctionKind::Orchestrator => {
                let child = self.child(engine, task, input);
                let (instance, policy) = (child.started.instance.clone(), child.policy);
                engine.open_task(task, TaskClass::Child { instance, policy });
                Attempt::Child(Box::new(child), task)
            }
        };
        engine.attempt(self.place, attempt);
        task
    }

    fn order(&self, engine: &Engine, task: TaskId, input: Payload) -> ActivityOrder {
        let timeout = self.record.as_ref().and_then(|record| record.attempt_timeout);
        ActivityOrder {
            task,
            name: self.spec.name.clone(),
            version: self.spec.version.into(),
            input,
            attempt: self.attempt,
            deadline: timeout.map(|timeout| engine.now().saturating_add(timeout)),
            queue: None,
            trace: None,
        }
    }

    fn child(&self, engine: &Engine, task: TaskId, input: Payload) -> ChildStart {
        let identity = engine.identity();
        let parent = ParentRef {
            name: identity.started.name.clone(),
            version: identity.version.clone(),
            instance: identity.started.instance.clone(),
            execution: engine.execution().clone(),
            task,
        };
        let instance = match (&self.spec.id, self.attempt) {
            (Some(id), 1) => id.clone(),
            // The id of a failed attempt is taken by its record.
            (Some(id), attempt) => {
                InstanceId::new(&format!("{id}:retry{attempt}")).unwrap_or_else(|_| id.clone())
            }
            (None, _) => child_id(&identity.started.instance, engine.execution(), task),
        };
        let execution = child_execution(engine.execution(), task);
        let started = ExecutionStarted {
            instance,
            execution,
            name: self.spec.name.clone(),
            version: self.spec.version.into(),
            input,
            parent: (!self.spec.detached).then_some(parent),
            generation: 0,
            scheduled_start: None,
            tags: Tags::new(),
        };
        ChildStart {
            started,
            policy: self.spec.policy,
        }
    }

    fn end(&mut self, result: TaskResult) -> Poll<TaskResult> {
        self.forget();
        Poll::Ready(result)
    }

    /// Gives up everything that is still open.
    fn forget(&mut self) {
        let mut engine = self.engine.get();
        match std::mem::replace(&mut self.state, State::Finished) {
            State::Running { task, limit } => {
                engine.abandon_task(task);
                if let Some(limit) = limit {
                    engine.abandon_task(limit);
                }
            }
            State::Pausing { timer } => engine.abandon_task(timer),
            State::Idle | State::Finished => {}
        }
        if let Some(total) = self.total.take() {
            engine.abandon_task(total);
        }
    }
}

impl Drop for RawCall {
    fn drop(&mut self) {
        self.forget();
    }
}

impl std::fmt::Debug for RawCall {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} `{}` version {}, attempt {}",
            self.spec.kind, self.spec.name, self.spec.version, self.attempt
        )
    }
}

fn timeout() -> FailureDetails {
    FailureDetails::new(FailureOrigin::Timeout, "Timeout", "the call ran out of time")
}

/// Names a child after its parent, so that people see where it belongs; the execution's digits keep generations apart.
fn child_id(parent: &InstanceId, execution: &ExecutionId, task: TaskId) -> InstanceId {
    let digits: String = execution.as_str().chars().take(8).collect();
    InstanceId::new(&format!("{parent}:{digits}:{task}")).unwrap_or_else(|_| {
        // The parent's id is too long to be part of another: the execution's id is as unique.
        InstanceId::new(&format!("{execution}:{task}")).unwrap_or_else(|_| parent.clone())
    })
}

/// Derives the child's execution id: a repeated commit of the same turn must start the same execution.
fn child_execution(parent: &ExecutionId, task: TaskId) -> ExecutionId {
    let mut random = crate::replay::Random::from_text(&format!("{parent}/{task}"));
    let (high, low) = (random.next(), random.next());
    ExecutionId::from_random((u128::from(high) << 64) | u128::from(low))
}
