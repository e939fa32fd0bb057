//! How many requests of each kind there were.

use std::collections::BTreeMap;

use super::operation::Operation;

/// How many requests of each operation there were, and what became of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts(BTreeMap<Operation, Tally>);

/// What became of the requests of one operation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Came from clients.
    pub asked: u64,
    /// Reached a storage service, which has answered.
    pub reached: u64,
    /// Were met by a rule, or refused because of the mode that the proxy is in.
    pub faulted: u64,
}

impl Counts {
    /// Those of one operation.
    pub fn of(&self, operation: Operation) -> Tally {
        self.0.get(&operation).copied().unwrap_or_default()
    }

    /// All operations of which there were some.
    pub fn iter(&self) -> impl Iterator<Item = (Operation, Tally)> + '_ {
        self.0.iter().map(|(operation, tally)| (*operation, *tally))
    }

    /// All operations together.
    pub fn total(&self) -> Tally {
        self.iter().fold(Tally::default(), |sum, (_, tally)| Tally {
            asked: sum.asked + tally.asked,
            reached: sum.reached + tally.reached,
            faulted: sum.faulted + tally.faulted,
        })
    }

    /// What has come since an earlier look.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Self {
        let less = |(operation, tally): (Operation, Tally)| {
            let before = earlier.of(operation);
            let tally = Tally {
                asked: tally.asked - before.asked,
                reached: tally.reached - before.reached,
                faulted: tally.faulted - before.faulted,
            };
            (tally != Tally::default()).then_some((operation, tally))
        };
        Self(self.iter().filter_map(less).collect())
    }

    pub(super) fn entry(&mut self, operation: Operation) -> &mut Tally {
        self.0.entry(operation).or_default()
    }
}
