//! The order of messages.

/// What orders two messages of a control queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Arrival {
    /// The queue service's insertion time, in seconds since 1970: it has no finer one.
    pub(crate) inserted_second: i64,
    /// The sender's own counter. It decides within a second, and is comparable only if the sender is the same; between
    /// senders any order is as good.
    pub(crate) sequence: i64,
}

/// Sorts messages as they are to be applied. Those that compare equal stay as the queue gave them.
pub(crate) fn sort_by_arrival<M>(messages: &mut [M], arrival: impl Fn(&M) -> Arrival) {
    messages.sort_by_key(arrival);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_of_insertion_comes_first_then_the_sender_s_counter_then_the_queue() {
        let mut messages = [
            ("late", 12, 1),
            ("second", 11, 7),
            ("equal to second", 11, 7),
            ("first", 11, -3),
            ("earliest", 10, 900),
        ];
        sort_by_arrival(&mut messages, |&(_, inserted_second, sequence)| Arrival {
            inserted_second,
            sequence,
        });
        assert_eq!(
            messages.map(|(name, ..)| name),
            ["earliest", "first", "second", "equal to second", "late"]
        );
    }
}
