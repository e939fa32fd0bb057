//! What an instance wants of its children.

use durable_core::history::ChildPolicy;
use durable_core::{ExecutionId, InstanceId};

/// Something that is done to children after the commit that wants it. The sentinel keeps it until it is done, and doing it
/// again changes nothing.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Wish {
    /// The execution that wants it, behind those that it goes on from by a rewind: whose children are meant.
    pub(crate) of: Vec<ExecutionId>,
    pub(crate) wanted: Wanted,
    pub(crate) reason: String,
}

/// What is wanted.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) enum Wanted {
    /// One child is no longer wanted.
    Child {
        instance: InstanceId,
        policy: ChildPolicy,
    },
    /// The execution has ended: each child follows the policy it was started with; all that are not detached are terminated
    /// if `recursive`.
    Children { recursive: bool },
}

impl Wish {
    /// Returns whether a child of that execution is meant.
    pub(crate) fn is_of(&self, execution: &ExecutionId) -> bool {
        self.of.contains(execution)
    }
}

/// The wishes of an instance that the sentinel tells of. It is told anew with the next commit, if anything has changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Wishes {
    /// Whether the sentinel tells of any, done or not.
    told: bool,
    open: Vec<Wish>,
}

impl Wishes {
    /// Takes over what the sentinel tells: what of it is done is not known.
    pub(crate) fn read(open: Vec<Wish>) -> Self {
        Self {
            told: !open.is_empty(),
            open,
        }
    }

    /// Returns those that are not known to be done.
    pub(crate) fn open(&self) -> &[Wish] {
        &self.open
    }

    /// Returns what the sentinel has to tell after a commit that adds some; `None` if what it tells stays as it is.
    pub(crate) fn with(&self, new: &[Wish]) -> Option<Vec<Wish>> {
        let differs = self.told || !new.is_empty();
        differs.then(|| self.open.iter().chain(new).cloned().collect())
    }

    /// Notes what the sentinel tells now.
    pub(crate) fn stored(&mut self, told: Option<Vec<Wish>>) {
        if let Some(told) = told {
            *self = Self::read(told);
        }
    }

    /// Notes that some are done.
    pub(crate) fn done(&mut self, done: &[Wish]) {
        for one in done {
            if let Some(at) = self.open.iter().position(|open| open == one) {
                self.open.remove(at);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wish(reason: &str) -> Wish {
        Wish {
            of: vec![ExecutionId::from_random(1)],
            wanted: Wanted::Children { recursive: false },
            reason: reason.to_owned(),
        }
    }

    #[test]
    fn a_wish_is_told_until_it_is_done_and_then_once_that_there_is_none() {
        let mut wishes = Wishes::default();
        assert_eq!(wishes.with(&[]), None, "nothing is written for nothing");
        wishes.stored(wishes.with(&[wish("a"), wish("b")]));
        wishes.done(&[wish("a")]);
        assert_eq!(wishes.with(&[wish("c")]), Some(vec![wish("b"), wish("c")]));
        wishes.done(&[wish("b")]);
        assert_eq!(wishes.with(&[]), Some(Vec::new()), "the sentinel tells of two");
        wishes.stored(wishes.with(&[]));
        assert_eq!(wishes.with(&[]), None);
    }
}
