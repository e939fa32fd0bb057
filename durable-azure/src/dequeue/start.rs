//! Which of several starts of one instance id runs.
//!
//! A client writes the Instances row and sends `ExecutionStarted`, in either order and perhaps at the same time as
//! another client. The row names the execution that won; the other's message must not run.

use crate::value::Ticks;

/// Whatever the reason, a start that was put back so often is given up.
const LAST_DELIVERY: u32 = 10;

/// What is asked of a delivered `ExecutionStarted`. Only of one without a parent: a child's start always runs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StartMessage<'a> {
    pub(crate) execution_id: &'a str,
    pub(crate) generation: i32,
    /// The event's own time.
    pub(crate) timestamp: Ticks,
    /// How often the queue has handed it out, this time included.
    pub(crate) dequeue_count: u32,
    /// When it was handed out: the queue's `NextVisibleOn` less the visibility time-out it was asked with.
    pub(crate) dequeued_at: Ticks,
}

/// What is asked of the Instances row.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StartRow<'a> {
    /// Absent in a row that was written before its execution was known.
    pub(crate) execution_id: Option<&'a str>,
    pub(crate) generation: i32,
    pub(crate) created: Ticks,
    pub(crate) is_pending: bool,
}

/// What becomes of a start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StartVerdict {
    Run,
    /// Delete the message.
    Discard(Discarded),
    /// Put it back: the row that belongs to it may not be written yet.
    Abandon,
}

/// Why a start does not run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Discarded {
    /// Another start of the same instance won.
    Lost,
    /// It was put back too often, and no row ever named it.
    NeverNamed,
}

/// Decides about a start by the Instances row of its instance.
pub(crate) fn judge_start(message: &StartMessage<'_>, row: Option<&StartRow<'_>>) -> StartVerdict {
    if let Some(row) = row {
        if row
            .execution_id
            .is_none_or(|id| is_same(id, message.execution_id))
        {
            return StartVerdict::Run;
        }
        if has_lost(message, row) {
            return StartVerdict::Discard(Discarded::Lost);
        }
    }
    if message.dequeue_count >= LAST_DELIVERY {
        return StartVerdict::Discard(Discarded::NeverNamed);
    }
    StartVerdict::Abandon
}

/// Execution ids are hexadecimal texts, which .NET compares without regard to case.
fn is_same(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b)
}

/// The row names another execution for good: one that was there before this start, or one that was there before this
/// delivery, which is not the first.
fn has_lost(message: &StartMessage<'_>, row: &StartRow<'_>) -> bool {
    let was_there_before_the_start = row.is_pending && row.created < message.timestamp;
    let was_there_before_a_later_delivery = message.dequeue_count > 1 && message.dequeued_at > row.created;
    row.generation == message.generation && (was_there_before_the_start || was_there_before_a_later_delivery)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Ticks {
        Ticks::from(durable_core::Timestamp::from_micros(second * 1_000_000))
    }

    /// First delivered at second 12, started at second 10.
    fn message() -> StartMessage<'static> {
        StartMessage {
            execution_id: "ab01",
            generation: 0,
            timestamp: at(10),
            dequeue_count: 1,
            dequeued_at: at(12),
        }
    }

    /// Names another execution, which was pending when the message was started.
    fn row() -> StartRow<'static> {
        StartRow {
            execution_id: Some("cd02"),
            generation: 0,
            created: at(9),
            is_pending: true,
        }
    }

    #[test]
    fn the_execution_that_the_row_names_runs() {
        for execution_id in [Some("ab01"), Some("AB01"), None] {
            let row = StartRow {
                execution_id,
                ..row()
            };
            // However often it was put back before.
            for dequeue_count in [1, 10, 100] {
                let message = StartMessage {
                    dequeue_count,
                    ..message()
                };
                assert_eq!(
                    judge_start(&message, Some(&row)),
                    StartVerdict::Run,
                    "{execution_id:?}"
                );
            }
        }
    }

    #[test]
    fn a_start_after_a_pending_other_is_lost() {
        let lost = StartVerdict::Discard(Discarded::Lost);
        assert_eq!(judge_start(&message(), Some(&row())), lost);
        let cases = [
            StartRow {
                is_pending: false,
                ..row()
            },
            StartRow {
                created: at(10),
                ..row()
            },
            StartRow {
                generation: 1,
                ..row()
            },
        ];
        for row in cases {
            assert_eq!(
                judge_start(&message(), Some(&row)),
                StartVerdict::Abandon,
                "{row:?}"
            );
        }
    }

    #[test]
    fn a_start_that_is_delivered_again_after_another_s_row_was_written_is_lost() {
        let again = StartMessage {
            dequeue_count: 2,
            ..message()
        };
        let row = StartRow {
            is_pending: false,
            created: at(11),
            ..row()
        };
        assert_eq!(
            judge_start(&again, Some(&row)),
            StartVerdict::Discard(Discarded::Lost)
        );
        assert_eq!(judge_start(&message(), Some(&row)), StartVerdict::Abandon);
        let written_later = StartRow {
            created: at(12),
            ..row
        };
        assert_eq!(judge_start(&again, Some(&written_later)), StartVerdict::Abandon);
        let other_generation = StartRow { generation: 1, ..row };
        assert_eq!(
            judge_start(&again, Some(&other_generation)),
            StartVerdict::Abandon
        );
    }

    #[test]
    fn a_start_without_its_row_is_put_back_nine_times_and_then_given_up() {
        let other = StartRow {
            generation: 1,
            ..row()
        };
        for row in [None, Some(&other)] {
            for (dequeue_count, expected) in [
                (1, StartVerdict::Abandon),
                (9, StartVerdict::Abandon),
                (10, StartVerdict::Discard(Discarded::NeverNamed)),
                (11, StartVerdict::Discard(Discarded::NeverNamed)),
            ] {
                let message = StartMessage {
                    dequeue_count,
                    ..message()
                };
                assert_eq!(judge_start(&message, row), expected, "delivery {dequeue_count}");
            }
        }
    }
}
