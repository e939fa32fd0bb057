//! Checks a hub that has come to rest against what every hub and engine promises, whatever failed on the way.
//!
//! The numbers are those of the invariants in docs/testing.md: I1 history, I2 replay, I3 one end, I4 one result per
//! task, I5 activities, I8 timers, I9 and I10 messages, I14 versions.

#![allow(dead_code, reason = "each test that uses the checker uses a part of it")]

mod history;

use std::collections::{BTreeMap, BTreeSet};

use durable::client::{Client, ClientError};
use durable::history::EventKind;
use durable::hub::{ActivityKey, InstanceRecord, LoadedHistory};
use durable::registry::Registry;
use durable::{ExecutionId, InstanceId};

/// One instance with the history of its current execution.
#[derive(Debug)]
pub(crate) struct Instance {
    pub(crate) record: InstanceRecord,
    pub(crate) history: LoadedHistory,
}

/// Everything that a hub holds.
#[derive(Debug, Default)]
pub(crate) struct Snapshot(pub(crate) BTreeMap<InstanceId, Instance>);

/// What was found wrong, and how much was looked at.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    pub(crate) violations: Vec<String>,
    pub(crate) events: usize,
    pub(crate) tasks: usize,
}

impl Findings {
    pub(crate) fn expect(&mut self, holds: bool, otherwise: impl FnOnce() -> String) {
        if !holds {
            self.violations.push(otherwise());
        }
    }
}

impl Snapshot {
    /// Reads everything by the client's management queries.
    pub(crate) async fn read(client: &Client) -> Result<Self, ClientError> {
        let mut instances = BTreeMap::new();
        for record in client.query().page_size(200).all().await? {
            let history = client.instance(record.instance.as_str())?.history().await?;
            instances.insert(record.instance.clone(), Instance { record, history });
        }
        Ok(Self(instances))
    }

    /// Checks every instance by itself and all of them together.
    pub(crate) fn check(&self, registry: &Registry) -> Findings {
        let mut findings = Findings::default();
        for instance in self.0.values() {
            history::check(instance, registry, &mut findings);
            self.check_outbox(instance, &mut findings);
            self.check_parent(instance, &mut findings);
        }
        findings
    }

    /// I9: what a history says was sent has arrived, or there is a reason.
    fn check_outbox(&self, sender: &Instance, findings: &mut Findings) {
        let from = &sender.record.instance;
        for event in &sender.history.events {
            match &event.kind {
                EventKind::SubOrchestrationInstanceCreated { task, instance, .. } => {
                    let child = self.0.get(instance);
                    findings.expect(child.is_some(), || {
                        format!("I9: {from} called {instance} (task {task}), which does not exist")
                    });
                }
                EventKind::EventSent {
                    instance,
                    name,
                    input,
                    ..
                } => {
                    let Some(to) = self.0.get(instance) else { continue };
                    // The history of an earlier generation is not kept, and one that ended takes no more events.
                    let arrived = to.history.events.iter().any(|event| {
                        matches!(&event.kind, EventKind::EventRaised { name: n, input: i } if n == name && i == input)
                    });
                    let excused = history::generation(&to.history) > 0 || to.record.status.is_ended();
                    findings.expect(arrived || excused, || {
                        format!("I9: {from} sent {name} to {instance}, where it did not arrive")
                    });
                }
                _ => {}
            }
        }
    }

    /// I10: a child exists because its parent's history says so.
    fn check_parent(&self, child: &Instance, findings: &mut Findings) {
        let id = &child.record.instance;
        let Some(parent_ref) = &child.record.parent else {
            return;
        };
        let Some(parent) = self.0.get(&parent_ref.instance) else {
            return findings
                .violations
                .push(format!("I10: {id} has a parent that does not exist"));
        };
        if parent.history.execution != parent_ref.execution {
            return;
        }
        let called = parent.history.events.iter().any(|event| {
            matches!(&event.kind, EventKind::SubOrchestrationInstanceCreated { task, instance, .. }
                if *task == parent_ref.task && instance == id)
        });
        findings.expect(called, || {
            format!(
                "I10: {id} was started by {}, whose history does not say so",
                parent_ref.instance
            )
        });
    }

    /// I5: every activity that ran is in a history, and every one with a result has run.
    ///
    /// `runs` holds the idempotency key of each run. Returns how many runs were repetitions.
    pub(crate) fn check_runs(&self, runs: &[String], findings: &mut Findings) -> usize {
        let distinct: BTreeSet<&str> = runs.iter().map(String::as_str).collect();
        let mut scheduled = BTreeSet::new();
        let mut forgotten = Vec::new();
        for (id, instance) in &self.0 {
            if history::generation(&instance.history) > 0 {
                forgotten.push(format!("{id}:"));
            }
            for (task, has_result) in history::activities(&instance.history) {
                let key = ActivityKey {
                    instance: id.clone(),
                    execution: instance.history.execution.clone(),
                    task,
                };
                let key = key.to_string();
                findings.expect(!has_result || distinct.contains(key.as_str()), || {
                    format!("I5: {key} has a result and never ran")
                });
                scheduled.insert(key);
            }
        }
        for run in &distinct {
            let known = scheduled.contains(*run) || forgotten.iter().any(|prefix| run.starts_with(prefix));
            findings.expect(known, || {
                format!("I9: {run} ran, and no history says that it was called")
            });
        }
        runs.len() - distinct.len()
    }

    /// I7: what was acknowledged as started exists, and is or was the execution that was named.
    pub(crate) fn check_starts(&self, starts: &[(InstanceId, ExecutionId)], findings: &mut Findings) {
        for (id, execution) in starts {
            let Some(instance) = self.0.get(id) else {
                findings
                    .violations
                    .push(format!("I7: the start of {id} was acknowledged and lost"));
                continue;
            };
            let same = instance.history.execution == *execution || history::generation(&instance.history) > 0;
            findings.expect(same, || format!("I7: {id} is not the execution that was started"));
        }
    }

    /// I1: a history that was read earlier is the beginning of what it has become.
    pub(crate) fn check_samples(
        &self,
        samples: &[(InstanceId, LoadedHistory)],
        findings: &mut Findings,
    ) -> usize {
        let mut compared = 0;
        for (id, sample) in samples {
            let now = self
                .0
                .get(id)
                .filter(|now| now.history.execution == sample.execution);
            if let Some(now) = now {
                compared += 1;
                findings.expect(now.history.events.starts_with(&sample.events), || {
                    format!(
                        "I1: the history of {id} does not begin with the {} events it had",
                        sample.events.len()
                    )
                });
            }
        }
        compared
    }
}
