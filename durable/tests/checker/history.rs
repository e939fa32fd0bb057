//! Checks of one history.

use std::collections::BTreeMap;

use durable::history::{CompletionStatus, Event, EventKind, ExecutionStarted};
use durable::hub::{InstanceStatus, LoadedHistory};
use durable::registry::Registry;
use durable::replay::Execution;
use durable::{TaskId, Timestamp};

use super::{Findings, Instance};

/// What a task is, and whether it has its result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Task {
    Activity,
    Child,
    Timer(Timestamp),
    Sent,
}

pub(crate) fn check(instance: &Instance, registry: &Registry, findings: &mut Findings) {
    let (record, history) = (&instance.record, &instance.history);
    let id = &record.instance;
    findings.events += history.events.len();
    findings.expect(record.event_count == history.events.len() as u64, || {
        format!(
            "I1: {id} counts {} events and has {}",
            record.event_count,
            history.events.len()
        )
    });
    check_start(instance, findings);
    check_end(instance, findings);
    check_tasks(instance, findings);
    check_replay(instance, registry, findings);
}

/// Returns the first event of the execution.
fn started(history: &LoadedHistory) -> Option<&ExecutionStarted> {
    history.events.iter().find_map(|event| match &event.kind {
        EventKind::ExecutionStarted(started) => Some(&**started),
        _ => None,
    })
}

pub(crate) fn generation(history: &LoadedHistory) -> u32 {
    started(history).map_or(0, |started| started.generation)
}

/// Returns each activity that was called, and whether its result is in the history.
pub(crate) fn activities(history: &LoadedHistory) -> BTreeMap<TaskId, bool> {
    let mut found = BTreeMap::new();
    for event in &history.events {
        match &event.kind {
            EventKind::TaskScheduled { task, .. } => {
                found.insert(*task, false);
            }
            EventKind::TaskCompleted { task, .. } | EventKind::TaskFailed { task, .. } => {
                found.insert(*task, true);
            }
            _ => {}
        }
    }
    found
}

/// I1 and I14: begun once, as the record says, and on the version that the record names.
fn check_start(instance: &Instance, findings: &mut Findings) {
    let (record, history) = (&instance.record, &instance.history);
    let id = &record.instance;
    let count = (history.events.iter())
        .filter(|event| matches!(event.kind, EventKind::ExecutionStarted(_)))
        .count();
    // Terminated before its first turn, an instance has no beginning.
    let never_ran = record.status == InstanceStatus::Terminated && count == 0;
    findings.expect(count == 1 || never_ran, || {
        format!("I1: {id} began {count} times")
    });
    if let Some(started) = started(history) {
        findings.expect(started.execution == history.execution, || {
            format!("I1: {id} holds the history of another execution")
        });
        findings.expect(started.version == record.version, || {
            format!(
                "I14: {id} began on version {} and is on {}",
                started.version, record.version
            )
        });
        findings.expect(started.name == record.name, || {
            format!("I14: {id} changed its name")
        });
    }
}

/// I3: at most one end, which is the record's, and nothing after it.
fn check_end(instance: &Instance, findings: &mut Findings) {
    let (record, events) = (&instance.record, &instance.history.events);
    let id = &record.instance;
    let ends: Vec<(usize, &EventKind)> = (events.iter().enumerate())
        .filter(|(_, event)| {
            matches!(
                event.kind,
                EventKind::ExecutionCompleted(_) | EventKind::ContinueAsNew { .. }
            )
        })
        .map(|(index, event)| (index, &event.kind))
        .collect();
    findings.expect(ends.len() == usize::from(record.status.is_ended()), || {
        format!(
            "I3: {id} is {} and its history has {} ends",
            record.status,
            ends.len()
        )
    });
    let Some((index, end)) = ends.first() else { return };
    let after = &events[index + 1..];
    let quiet = after.len() <= 1
        && after
            .iter()
            .all(|event| event.kind == EventKind::OrchestratorCompleted);
    findings.expect(quiet, || format!("I3: {id} has events after its end: {after:?}"));
    let status = match end {
        EventKind::ExecutionCompleted(CompletionStatus::Completed(output)) => {
            findings.expect(record.output.as_ref() == Some(output), || {
                format!("I3: the output of {id} is not the one of its history")
            });
            InstanceStatus::Completed
        }
        EventKind::ExecutionCompleted(CompletionStatus::Failed(_)) => InstanceStatus::Failed,
        EventKind::ExecutionCompleted(CompletionStatus::Canceled(_)) => InstanceStatus::Canceled,
        EventKind::ExecutionCompleted(CompletionStatus::Terminated(_)) => InstanceStatus::Terminated,
        _ => return,
    };
    findings.expect(status == record.status, || {
        format!("I3: {id} is {} and ended as {status}", record.status)
    });
}

/// I4 and I8: each task is scheduled once, has at most one result, of its kind, after it was scheduled and not early.
fn check_tasks(instance: &Instance, findings: &mut Findings) {
    let id = &instance.record.instance;
    let (mut tasks, mut results) = (BTreeMap::new(), BTreeMap::new());
    let mut turn = None;
    for Event { at, kind, .. } in &instance.history.events {
        if *kind == EventKind::OrchestratorStarted {
            turn = Some(*at);
        }
        if let Some((task, what)) = scheduled(kind) {
            let again = tasks.insert(task, what).is_some();
            findings.expect(!again, || format!("I4: task {task} of {id} was scheduled twice"));
        }
        let Some((task, what)) = finished(kind) else {
            continue;
        };
        let count = results.entry(task).or_insert(0);
        *count += 1;
        findings.expect(*count == 1, || {
            format!("I4: task {task} of {id} has {count} results")
        });
        let known = tasks.get(&task).copied();
        findings.expect(known == Some(what), || {
            format!("I4: task {task} of {id} has the result {what:?} and is {known:?}")
        });
        if let Task::Timer(due) = what {
            findings.expect(turn.is_some_and(|turn| turn >= due), || {
                format!("I8: timer {task} of {id} fired before {due}")
            });
        }
    }
    findings.tasks += tasks.len();
}

fn scheduled(kind: &EventKind) -> Option<(TaskId, Task)> {
    match kind {
        EventKind::TaskScheduled { task, .. } => Some((*task, Task::Activity)),
        EventKind::SubOrchestrationInstanceCreated { task, .. } => Some((*task, Task::Child)),
        EventKind::TimerCreated { task, fire_at } => Some((*task, Task::Timer(*fire_at))),
        EventKind::EventSent { task, .. } => Some((*task, Task::Sent)),
        _ => None,
    }
}

fn finished(kind: &EventKind) -> Option<(TaskId, Task)> {
    match kind {
        EventKind::TaskCompleted { task, .. } | EventKind::TaskFailed { task, .. } => {
            Some((*task, Task::Activity))
        }
        EventKind::SubOrchestrationInstanceCompleted { task, .. }
        | EventKind::SubOrchestrationInstanceFailed { task, .. } => Some((*task, Task::Child)),
        EventKind::TimerFired { task, fire_at } => Some((*task, Task::Timer(*fire_at))),
        _ => None,
    }
}

/// I2: the code of the pinned version makes the same decisions from the same history.
fn check_replay(instance: &Instance, registry: &Registry, findings: &mut Findings) {
    let (record, history) = (&instance.record, &instance.history);
    let code = record
        .version
        .known()
        .and_then(|version| registry.code(&record.name, version));
    let Some(code) = code else {
        let text = format!(
            "I14: {} is on version {} of `{}`, which does not exist",
            record.instance, record.version, record.name
        );
        return findings.violations.push(text);
    };
    if let Err(halt) = Execution::load(code, &history.events) {
        findings
            .violations
            .push(format!("I2: {} does not replay: {halt}", record.instance));
    }
}
