//! What is held back.

use durable_core::hub::{Fence, FenceId, HubError};
use durable_core::{RecordedVersion, WireName};

use super::conflict;
use super::state::State;

impl State {
    /// Returns the fence that holds such a start back, if there is one.
    pub(super) fn fence_before(&self, name: &WireName, version: &RecordedVersion) -> Option<&Fence> {
        self.fences
            .values()
            .find(|fence| fence.covers(name, version, self.now))
    }

    /// Refuses what is held back.
    pub(super) fn refuse_fenced(&self, name: &WireName, version: &RecordedVersion) -> Result<(), HubError> {
        match self.fence_before(name, version) {
            Some(fence) => Err(conflict(fence.to_string())),
            None => Ok(()),
        }
    }

    pub(super) fn raise_fence(&mut self, fence: Fence) {
        self.fences.insert(fence.id.clone(), fence);
    }

    pub(super) fn lower_fence(&mut self, id: &FenceId) -> bool {
        let lowered = self.fences.remove(id);
        lowered.is_some_and(|fence| fence.until > self.now)
    }

    /// Returns the fences that are up.
    pub(super) fn fences(&self) -> Vec<Fence> {
        let up = self.fences.values().filter(|fence| fence.until > self.now);
        up.cloned().collect()
    }
}
