//! A call without its types: attempts, timeouts and retries.

mod schedule;

use std::panic::Location;
use std::rc::Rc;
use std::task::Poll;

use crate::failure::{FailureDetails, FailureOrigin};
use crate::function::{CallOptions, FunctionKind};
use crate::history::{ChildPolicy, MarkerKind};
use crate::id::{InstanceId, TaskId};
use crate::name::WireName;
use crate::payload::Payload;
use crate::replay::{EngineRef, RetryRecord, TaskClass, TaskResult, Waiting};
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
            self.forget();
        }
    }

    pub(super) fn poll(&mut self) -> Poll<TaskResult> {
        if let (State::Idle, Err(failure)) = (&self.state, &self.spec.input) {
            let failure = failure.clone();
            self.state = State::Finished;
            return Poll::Ready(Err(failure));
        }
        self.start();
        loop {
            if let Some(failure) = self.ran_out() {
                return self.end(Err(failure));
            }
            match self.state {
                State::Idle | State::Finished => return Poll::Pending,
                State::Running { task, limit } => match self.poll_attempt(task, limit) {
                    Poll::Pending => return self.wait(task),
                    Poll::Ready(Ok(value)) => return self.end(Ok(value)),
                    Poll::Ready(Err(failure)) => {
                        if let Some(end) = self.after_failure(task, failure) {
                            return self.end(Err(end));
                        }
                        if self
                            .total
                            .is_some_and(|total| self.engine.get().ready_at(total).is_some())
                        {
                            // The total limit expired after this failure and before this poll: who else waits
                            // for an event between the two has its turn first.
                            self.engine.current().wake();
                            return Poll::Pending;
                        }
                    }
                },
                State::Pausing { timer } => {
                    let polled = self.engine.get().poll_task(timer);
                    match polled {
                        Poll::Pending => return self.wait(timer),
                        Poll::Ready(Ok(_)) => self.begin_attempt(),
                        // Only a request to cancel ends a timer between attempts.
                        Poll::Ready(Err(failure)) => return self.end(Err(failure)),
                    }
                }
            }
        }
    }

    fn wait(&self, task: TaskId) -> Poll<TaskResult> {
        let waiting = Waiting::call(self.place, self.spec.kind, self.spec.name.clone(), task);
        self.engine.get().note_waiting(waiting);
        Poll::Pending
    }

    /// Returns the index of the first event that the call has not looked at yet.
    pub(super) fn ready_at(&self) -> Option<u64> {
        let (task, limit) = match self.state {
            State::Idle | State::Finished => return None,
            State::Running { task, limit } => (task, limit),
            State::Pausing { timer } => (timer, None),
        };
        let engine = self.engine.get();
        let tasks = [Some(task), limit, self.total];
        tasks
            .into_iter()
            .flatten()
            .filter_map(|task| engine.ready_at(task))
            .min()
    }

    /// Returns the failure that the total limit, or a request to cancel it, means for the call.
    fn ran_out(&mut self) -> Option<FailureDetails> {
        let total = self.total?;
        let mut engine = self.engine.get();
        // A result that came before the limit counts, even if it is looked at after it.
        if let (State::Running { task, .. }, Some(limit)) = (&self.state, engine.ready_at(total))
            && engine.ready_at(*task).is_some_and(|result| result < limit)
        {
            return None;
        }
        let Poll::Ready(ended) = engine.poll_task(total) else {
            return None;
        };
        self.total = None;
        Some(ended.map_or_else(|cancelled| cancelled, |_| timeout()))
    }

    fn poll_attempt(&mut self, task: TaskId, limit: Option<TaskId>) -> Poll<TaskResult> {
        let mut engine = self.engine.get();
        let limit_at = limit.and_then(|limit| engine.ready_at(limit));
        let result_at = engine.ready_at(task);
        if let Some(limit_at) = limit_at
            && result_at.is_none_or(|result_at| limit_at < result_at)
        {
            engine.abandon_task(task);
            if let Some(limit) = limit {
                engine.abandon_task(limit);
            }
            return Poll::Ready(Err(timeout()));
        }
        if let (Some(limit), None) = (limit, result_at) {
            let pending = engine.poll_task(limit);
            debug_assert!(pending.is_pending(), "a limit that has fired was found above");
        }
        let polled = engine.poll_task(task);
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
        if !self.verdict(task, &failure) {
            return Some(failure);
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

    /// Returns the recorded verdict on a failure that the policy allows to retry; outside replay, asks the predicate
    /// and records its answer.
    fn verdict(&self, failed: TaskId, failure: &FailureDetails) -> bool {
        let (recorded, repeating) = {
            let engine = self.engine.get();
            (engine.recorded_verdict(failed), engine.is_repeating())
        };
        let again = match (recorded, &self.spec.judge) {
            (Some(recorded), _) => recorded,
            // The predicate runs outside the borrow: it may use the context.
            (None, Some(judge)) if !repeating => self.engine.once(self.place, failed, || judge(failure)),
            // The policy alone decided, or decides.
            (None, _) => return true,
        };
        let mut engine = self.engine.get();
        engine.attempt_marker(self.place, MarkerKind::RetryVerdict, failed, &again);
        again
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
