//! What an attempt of a call orders: an activity, or a sub-orchestration with ids of its own.

use std::time::Duration;

use super::RawCall;
use crate::decision::{ActivityOrder, ChildStart};
use crate::function::FunctionKind;
use crate::history::{ExecutionStarted, ParentRef, Tags};
use crate::id::{ExecutionId, InstanceId, TaskId};
use crate::payload::Payload;
use crate::replay::{Attempt, Engine, Random, TaskClass};

/// How many digits of the execution's id a child's id has: enough to keep all generations of an instance apart.
const EXECUTION_DIGITS: usize = 16;

impl RawCall {
    /// Attempts the next attempt's step.
    pub(super) fn schedule(&self, engine: &mut Engine) -> TaskId {
        let task = engine.next_task();
        // Replay does not need the payload again: the history has it.
        let input = match &self.spec.input {
            Ok(input) if !engine.is_recorded(task) => input.clone(),
            Ok(_) | Err(_) => Payload::unit(),
        };
        let attempt = match self.spec.kind {
            FunctionKind::Activity => {
                let heartbeat = self.record.as_ref().and_then(|record| record.heartbeat);
                let attempt = self.attempt;
                engine.open_task(task, TaskClass::Activity { attempt, heartbeat });
                Attempt::Activity(self.order(task, input, heartbeat))
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

    fn order(&self, task: TaskId, input: Payload, heartbeat: Option<Duration>) -> ActivityOrder {
        ActivityOrder {
            task,
            name: self.spec.name.clone(),
            version: self.spec.version.into(),
            input,
            attempt: self.attempt,
            heartbeat,
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
            trace: None,
        }
    }
}

/// Names a child after its parent, so that people see where it belongs; the execution's digits keep generations apart.
fn child_id(parent: &InstanceId, execution: &ExecutionId, task: TaskId) -> InstanceId {
    let digits: String = execution.as_str().chars().take(EXECUTION_DIGITS).collect();
    InstanceId::new(&format!("{parent}:{digits}:{task}")).unwrap_or_else(|_| {
        // The parent's id is too long, or the foreign execution id has characters that no instance id may have.
        InstanceId::new(child_execution(execution, task).as_str()).unwrap_or_else(|_| parent.clone())
    })
}

/// Derives the child's execution id: a repeated commit of the same turn must start the same execution.
fn child_execution(parent: &ExecutionId, task: TaskId) -> ExecutionId {
    let mut random = Random::from_text(&format!("{parent}/{task}"));
    let (high, low) = (random.next(), random.next());
    ExecutionId::from_random((u128::from(high) << 64) | u128::from(low))
}
