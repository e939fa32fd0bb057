//! Parents and their sub-orchestrations.

use durable_core::history::{ChildPolicy, EventKind, Marker, MarkerKind, ParentRef};
use durable_core::hub::ChildStart;
use durable_core::{ExecutionId, FailureDetails, FailureOrigin, InstanceId};

use super::lifecycle::terminated;
use super::state::State;

impl State {
    /// Starts a child, or tells the parent that its id is taken: by any other instance, running or ended.
    pub(super) fn start_child(&mut self, from: &InstanceId, execution: &ExecutionId, child: ChildStart) {
        let id = child.started.instance.clone();
        if !self.instances.contains_key(&id) {
            let first = child.first_event(self.now);
            self.create(child.started, first, child.policy);
            return;
        }
        // A detached start has nobody who waits for it.
        if let Some(ParentRef { task, .. }) = child.started.parent {
            let message = format!("the instance id `{id}` is taken by another instance");
            let failure = FailureDetails::new(FailureOrigin::AlreadyExists, "AlreadyExists", message);
            let failure = failure.non_retriable();
            let kind = EventKind::SubOrchestrationInstanceFailed { task, failure };
            self.deliver_result(from, execution, kind);
        }
    }

    /// Does to a child what its parent, which no longer wants it, has laid down. Leaves other instances alone.
    pub(super) fn cancel_child(
        &mut self,
        from: &InstanceId,
        execution: &ExecutionId,
        child: &InstanceId,
        policy: ChildPolicy,
        reason: &str,
    ) {
        if self.is_child(child, from, execution) {
            self.apply_policy(child, policy, reason, false);
        }
    }

    fn apply_policy(&mut self, child: &InstanceId, policy: ChildPolicy, reason: &str, recursive: bool) {
        match policy {
            ChildPolicy::Cancel => self.request_cancel(child, reason),
            ChildPolicy::Terminate => self.terminate(child, reason, recursive),
            ChildPolicy::Abandon => {}
        }
    }

    /// Asks an instance to end.
    pub(super) fn request_cancel(&mut self, id: &InstanceId, reason: &str) {
        let marker = Marker {
            kind: MarkerKind::CancelRequested,
            version: 1,
            task: None,
            data: serde_json::Value::from(reason).to_string(),
        };
        self.deliver_to_any(id, EventKind::Marker(marker));
    }

    /// Does to the children of an execution that was ended what their policies say; all that are not detached are
    /// terminated if `recursive`.
    pub(super) fn settle_children(
        &mut self,
        parent: &InstanceId,
        execution: &ExecutionId,
        reason: &str,
        recursive: bool,
    ) {
        let children: Vec<(InstanceId, ChildPolicy)> = (self.instances.iter())
            .filter(|(id, child)| !child.is_ended() && self.is_child(id, parent, execution))
            .map(|(id, child)| (id.clone(), child.policy))
            .collect();
        for (child, policy) in children {
            let policy = match policy {
                ChildPolicy::Cancel | ChildPolicy::Terminate if recursive => ChildPolicy::Terminate,
                other => other,
            };
            self.apply_policy(&child, policy, reason, recursive);
        }
    }

    /// Tells the parent of a terminated instance. The result of any other end is sent by the turn that ends it.
    pub(super) fn tell_parent(&mut self, parent: Option<ParentRef>, reason: &str) {
        let Some(parent) = parent else {
            return;
        };
        let kind = EventKind::SubOrchestrationInstanceFailed {
            task: parent.task,
            failure: terminated(reason.to_owned()),
        };
        self.deliver_result(&parent.instance, &parent.execution, kind);
    }

    fn is_child(&self, id: &InstanceId, parent: &InstanceId, execution: &ExecutionId) -> bool {
        let of = self
            .instances
            .get(id)
            .and_then(|instance| instance.started.parent.as_ref());
        let is_same = |called_by: &ExecutionId| {
            let parent = self.instances.get(parent);
            called_by == execution
                || parent.is_some_and(|it| it.execution() == execution && it.goes_on_from(called_by))
        };
        of.is_some_and(|of| of.instance == *parent && is_same(&of.execution))
    }
}
