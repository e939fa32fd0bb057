//! Which messages this node is putting for everybody to see: a queue that is found empty meanwhile may have them next.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::in_hand::QueueOf;

/// The puts of this node, by queue.
#[derive(Debug, Default)]
pub(crate) struct VisiblePuts(Mutex<HashMap<QueueOf, Puts>>);

/// How many puts were begun, and how many of them are under way.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Puts {
    begun: u64,
    under_way: u64,
}

/// A put that is under way until it is dropped.
#[derive(Debug)]
pub(crate) struct Putting<'a> {
    puts: &'a VisiblePuts,
    queue: QueueOf,
}

impl VisiblePuts {
    fn lock(&self) -> MutexGuard<'_, HashMap<QueueOf, Puts>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes a put.
    pub(crate) fn begin(&self, queue: QueueOf) -> Putting<'_> {
        let mut all = self.lock();
        let puts = all.entry(queue).or_default();
        puts.begun += 1;
        puts.under_way += 1;
        Putting { puts: self, queue }
    }

    /// Returns what was put so far.
    pub(crate) fn of(&self, queue: QueueOf) -> Puts {
        self.lock().get(&queue).copied().unwrap_or_default()
    }
}

impl Puts {
    /// Returns whether a look that began at `self` and ended at `later` has seen everything that was put before its end.
    pub(crate) fn saw_all(self, later: Self) -> bool {
        self.under_way == 0 && later.begun == self.begun
    }
}

impl Drop for Putting<'_> {
    fn drop(&mut self) {
        if let Some(puts) = self.puts.lock().get_mut(&self.queue) {
            puts.under_way = puts.under_way.saturating_sub(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_look_has_seen_all_unless_something_was_being_put() {
        let (puts, queue) = (VisiblePuts::default(), QueueOf::Control(0));
        let quiet = puts.of(queue);
        assert!(quiet.saw_all(puts.of(queue)));
        let putting = puts.begin(queue);
        let during = puts.of(queue);
        assert!(!quiet.saw_all(during), "a put began during the look");
        drop(putting);
        assert!(
            !during.saw_all(puts.of(queue)),
            "a put was under way when the look began"
        );
        assert!(puts.of(queue).saw_all(puts.of(queue)));
        assert!(puts.of(QueueOf::WorkItems).saw_all(puts.of(QueueOf::WorkItems)));
    }
}
