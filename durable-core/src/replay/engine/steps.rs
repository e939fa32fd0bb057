//! Steps that a history records as markers.

use std::panic::Location;

use super::{Engine, EngineRef};
use crate::function::CallOptions;
use crate::history::{Marker, MarkerKind};
use crate::id::TaskId;
use crate::replay::action::Attempt;
use crate::replay::halt::{Halt, HaltReason};
use crate::replay::recorded::{MARKER_FORM, RetryRecord};

impl EngineRef {
    /// Runs code of the user whose value is recorded, so that replay does not run it again.
    ///
    /// What it draws comes from a sequence of its own, or later draws would differ at replay. It may make no steps.
    pub(crate) fn once<T>(
        &self,
        place: &'static Location<'static>,
        task: TaskId,
        code: impl FnOnce() -> T,
    ) -> T {
        let (random, next_task) = {
            let mut engine = self.get();
            let own = engine.random.fork(task.0);
            (std::mem::replace(&mut engine.random, own), engine.next_task)
        };
        let value = code();
        let mut engine = self.get();
        engine.random = random;
        if engine.next_task != next_task || engine.next.is_some() {
            let message = "the closure of a side effect or the predicate of a retry runs once and is not replayed, \
                           so it may make no calls, set no timers, send no events and not continue as new";
            engine.halt(Halt::new(HaltReason::Misuse, message).at_place(place));
        }
        value
    }
}

impl Engine {
    /// Returns the options in force for a call whose first attempt gets the next task id, and records them.
    ///
    /// Recorded calls keep the options they were recorded with, so an edited attribute never disturbs them.
    pub(crate) fn options_in_force(
        &mut self,
        place: &'static Location<'static>,
        options: &CallOptions,
    ) -> Option<RetryRecord> {
        let task = self.peek_task();
        let recorded = self.recorded.has_task(task);
        let record = if recorded {
            self.recorded.retry(task).cloned()
        } else if options == &CallOptions::default() {
            None
        } else {
            Some(RetryRecord {
                // A number that JSON cannot hold would be recorded as `null`.
                policy: options.retry.clone().map(|policy| {
                    let (factor, jitter) = (policy.factor, policy.jitter);
                    policy.factor(factor).jitter(jitter)
                }),
                attempt_timeout: options.attempt_timeout,
                total_timeout: options.total_timeout,
                heartbeat: options.heartbeat,
                seed: self.random.next(),
            })
        }?;
        // The draw above must happen at replay too, or later draws would differ.
        if recorded {
            self.random.next();
        }
        self.attempt_marker(place, MarkerKind::RetryPolicy, task, &record);
        Some(record)
    }

    /// Returns the recorded verdict on a failed attempt, if a predicate was asked when it was recorded.
    pub(crate) fn recorded_verdict(&self, failed: TaskId) -> Option<bool> {
        self.recorded.verdict(failed)
    }

    /// Returns the recorded data of a side effect.
    pub(crate) fn recorded_side_effect(&self, task: TaskId) -> Option<String> {
        self.recorded.side_effect(task).map(str::to_owned)
    }

    /// Notes a step that is recorded as a marker. `data` is the engine's own: user code never runs in here.
    pub(crate) fn attempt_marker<T: serde::Serialize>(
        &mut self,
        place: &'static Location<'static>,
        kind: MarkerKind,
        task: TaskId,
        data: &T,
    ) {
        self.attempt_encoded(place, kind, task, serde_json::to_string(data));
    }

    /// Notes a step that is recorded as a marker whose data is encoded already.
    pub(crate) fn attempt_encoded(
        &mut self,
        place: &'static Location<'static>,
        kind: MarkerKind,
        task: TaskId,
        data: serde_json::Result<String>,
    ) {
        match data {
            Ok(data) => self.attempt(
                place,
                Attempt::Marker(Marker {
                    kind,
                    version: MARKER_FORM,
                    task: Some(task),
                    data,
                }),
            ),
            Err(error) => {
                let message = format!("the data of a {kind:?} marker cannot be encoded: {error}");
                self.halt(Halt::new(HaltReason::Undecodable, message).at_place(place));
            }
        }
    }
}
