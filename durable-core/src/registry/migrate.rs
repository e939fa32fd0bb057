//! Ways from one input type to another through `#[migrate]` functions.

use std::collections::VecDeque;

use super::{Migration, Registry, TypeInfo};
use crate::failure::FailureDetails;
use crate::payload::Payload;

impl Registry {
    /// Returns the shortest chain of migrations from one recorded type to another; empty if they are recorded alike.
    pub(crate) fn migration_path(&self, from: &TypeInfo, to: &TypeInfo) -> Option<Vec<Migration>> {
        let mut queue = VecDeque::from([(*from, Vec::new())]);
        let mut seen = vec![from.id()];
        while let Some((at, path)) = queue.pop_front() {
            if at.recorded_like(to) {
                return Some(path);
            }
            for step in self
                .migrations()
                .iter()
                .filter(|step| step.from.recorded_like(&at))
            {
                if !seen.contains(&step.to.id()) {
                    seen.push(step.to.id());
                    let mut longer = path.clone();
                    longer.push(*step);
                    queue.push_back((step.to, longer));
                }
            }
        }
        None
    }
}

/// Converts a payload along a chain of migrations.
pub(crate) fn convert(path: &[Migration], input: Payload) -> Result<Payload, FailureDetails> {
    path.iter().try_fold(input, |input, step| (step.convert)(&input))
}
