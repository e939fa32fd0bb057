//! Responses that arrive before the commit that explains them.
//!
//! Messages go out before the history is written, so a quick response can be here while the history does not yet say
//! what it answers: above all when the partition has just moved to another node. Such a message is put back.
//!
//! A message that answers nothing (a start, an event, what controls an instance) needs no explanation. What entities
//! answer is not among these rules: nothing here calls one.

use durable_core::TaskId;

/// What is asked of an instance's history, as far as it is stored or held in memory.
pub(crate) trait Explains {
    /// Returns whether the history has an `ExecutionStarted`, or is about to.
    fn has_started(&self) -> bool;

    /// Returns whether an event of the history has this task as its `EventId`.
    fn has_scheduled(&self, task: TaskId) -> bool;
}

/// What becomes of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// It can be applied now.
    InOrder,
    /// It answers an instance that was absent for so long that it will not come: it was purged, or its execution is over.
    /// .NET treats it as in order, which ends in nothing, for want of an instance. It is to be deleted.
    Zombie,
    /// What it answers is not in the history yet: abandon it.
    TooEarly,
}

/// After so many deliveries, about half a minute of waiting, an instance without a history is taken to be gone.
const PATIENCE: u32 = 5;

/// Returns whether an instance that does not exist has been waited for long enough.
pub(crate) fn is_gone(dequeue_count: u32) -> bool {
    dequeue_count > PATIENCE
}

/// Decides whether the answer to a task (its `TaskScheduledId` or `TimerId`) can be applied.
pub(crate) fn place(answered: TaskId, dequeue_count: u32, history: &impl Explains) -> Place {
    if history.has_scheduled(answered) {
        Place::InOrder
    } else if is_gone(dequeue_count) && !history.has_started() {
        Place::Zombie
    } else {
        Place::TooEarly
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A history that scheduled a task with id 3.
    struct History {
        has_started: bool,
    }

    impl Explains for History {
        fn has_started(&self) -> bool {
            self.has_started
        }

        fn has_scheduled(&self, task: TaskId) -> bool {
            self.has_started && task == TaskId(3)
        }
    }

    const RUNNING: History = History { has_started: true };
    const ABSENT: History = History { has_started: false };

    #[test]
    fn a_response_waits_for_what_it_answers() {
        assert_eq!(place(TaskId(3), 1, &RUNNING), Place::InOrder);
        assert_eq!(place(TaskId(4), 1, &RUNNING), Place::TooEarly);
    }

    #[test]
    fn a_running_instance_is_waited_for_without_end() {
        assert_eq!(place(TaskId(4), 1000, &RUNNING), Place::TooEarly);
    }

    #[test]
    fn an_absent_instance_is_waited_for_five_times() {
        assert_eq!(place(TaskId(3), 5, &ABSENT), Place::TooEarly);
        assert_eq!(place(TaskId(3), 6, &ABSENT), Place::Zombie);
    }
}
