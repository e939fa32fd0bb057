//! Instances that come from another hub.

use std::collections::VecDeque;

use durable_core::hub::{HubError, Import};

use super::conflict;
use super::state::{Instance, Ownership, State};

impl State {
    pub(super) fn import(&mut self, import: &Import) -> Result<(), HubError> {
        let record = import.record();
        let id = &record.instance;
        if let Some(existing) = self.instances.get(id) {
            if existing.is_same(import) {
                return Ok(());
            }
            return Err(conflict(format!(
                "the instance id `{id}` is taken by another instance"
            )));
        }
        let mut started = import.started().clone();
        started.execution = record.execution.clone();
        started.generation = record.generation;
        let instance = Instance {
            number: self.next_number(),
            first_execution: record.execution.clone(),
            rewound: import.rewound().cloned().collect(),
            started,
            version: record.version.clone(),
            status: record.status,
            created_at: record.created_at,
            updated_at: self.now,
            ended_at: record.ended_at,
            output: record.output.clone(),
            failure: record.failure.clone(),
            custom_status: record.custom_status.clone(),
            blocked: None,
            policy: record.policy,
            owner: Ownership::default(),
            history: import.events().to_vec(),
            inbox: VecDeque::new(),
        };
        self.instances.insert(id.clone(), instance);
        self.send_all(id, &record.execution, import.timers().to_vec());
        Ok(())
    }
}

impl Instance {
    /// Returns whether the import was made already, and the instance has not gone on since.
    fn is_same(&self, import: &Import) -> bool {
        self.execution() == &import.record().execution && self.history == import.events()
    }
}
