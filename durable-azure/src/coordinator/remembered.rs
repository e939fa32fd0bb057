//! The messages that have had their effect on an instance and may come again.

use std::collections::{HashSet, VecDeque};

use super::resident::MessageId;

/// How many are remembered: what a binary column of a table holds, at 16 bytes each.
///
/// One is asked for again only while whoever put it, or was to remove it, may not know that this is done: between two
/// requests that follow each other, or, if the node dies there, until the message that is hidden comes again. An instance
/// that consumes more messages than these in that time may take one twice.
pub(crate) const REMEMBERED_MAX: usize = 4096;

/// The latest messages that have had their effect, oldest first: each by the id of its cause, if it has one, else by that
/// which the queue gave it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Remembered {
    order: VecDeque<MessageId>,
    known: HashSet<MessageId>,
}

impl Remembered {
    pub(crate) fn contains(&self, id: &MessageId) -> bool {
        self.known.contains(id)
    }

    /// Remembers one more. The oldest is forgotten if there are too many.
    pub(crate) fn insert(&mut self, id: MessageId) {
        if !self.known.insert(id.clone()) {
            return;
        }
        self.order.push_back(id);
        if self.order.len() > REMEMBERED_MAX
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
    }

    /// Returns all, oldest first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &MessageId> {
        self.order.iter()
    }
}

impl Extend<MessageId> for Remembered {
    fn extend<I: IntoIterator<Item = MessageId>>(&mut self, ids: I) {
        for id in ids {
            self.insert(id);
        }
    }
}

impl FromIterator<MessageId> for Remembered {
    fn from_iter<I: IntoIterator<Item = MessageId>>(ids: I) -> Self {
        let mut remembered = Self::default();
        remembered.extend(ids);
        remembered
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: usize) -> MessageId {
        MessageId::new(&number.to_string())
    }

    #[test]
    fn the_latest_messages_are_remembered_and_the_oldest_is_forgotten_first() {
        let mut remembered: Remembered = (0..REMEMBERED_MAX).map(id).collect();
        remembered.insert(id(0));
        assert!(remembered.contains(&id(0)) && remembered.contains(&id(1)));
        remembered.insert(id(REMEMBERED_MAX));
        assert!(
            !remembered.contains(&id(0)),
            "it is the oldest, though it came again"
        );
        assert!(remembered.contains(&id(1)) && remembered.contains(&id(REMEMBERED_MAX)));
        assert_eq!(remembered.iter().count(), REMEMBERED_MAX);
    }
}
