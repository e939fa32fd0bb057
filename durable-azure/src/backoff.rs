//! Waiting: between looks into a queue that was found empty, and before a message that was put back is seen again.

use std::time::Duration;

/// A message comes back after this long at the latest. From here on it is taken for poison and reported.
pub(crate) const LONGEST_ABANDON: Duration = Duration::from_mins(10);

/// Returns for how long an abandoned message is hidden: two to the power of how often it was dequeued, in seconds, and
/// at most [`LONGEST_ABANDON`]. There is no queue for poison: the message is tried again for ever (DTFx: the same).
pub(crate) fn abandon_delay(dequeue_count: u32) -> Duration {
    // 2^31 seconds and more are cut off anyway, and larger exponents would overflow.
    let seconds = 1_u64.checked_shl(dequeue_count).unwrap_or(u64::MAX);
    Duration::from_secs(seconds.min(LONGEST_ABANDON.as_secs()))
}

/// Returns for how long a message is hidden whose instance can do nothing with it yet. From half a minute on it grows more
/// slowly: that a message was dequeued often may only tell that its partition has moved often, and what it waits for is
/// mostly about to be stored.
pub(crate) fn early_delay(dequeue_count: u32) -> Duration {
    abandon_delay(dequeue_count.min(5).max(dequeue_count / 4))
}

/// The longest pauses of [`PollingBackoff`], from DTFx.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PollingSettings {
    /// The pause after the first look in vain.
    pub(crate) shortest: Duration,
    /// `maxQueuePollingInterval`: no pause is longer.
    pub(crate) longest: Duration,
}

impl Default for PollingSettings {
    fn default() -> Self {
        Self {
            shortest: Duration::from_millis(50),
            longest: Duration::from_secs(30),
        }
    }
}

/// How long to wait before an empty queue is looked into again: the pauses double, each changed at random by up to a
/// fifth, so that the nodes of a hub do not ask in step.
#[derive(Debug, Clone)]
pub(crate) struct PollingBackoff {
    settings: PollingSettings,
    /// The next pause before its random change.
    next: Duration,
}

/// By how much of itself a pause is changed at most, in thousandths.
const JITTER: u32 = 200;

impl PollingBackoff {
    pub(crate) fn new(settings: PollingSettings) -> Self {
        Self {
            settings,
            next: settings.shortest.min(settings.longest),
        }
    }

    /// Starts over: messages were found, or this node has just put one into the queue.
    pub(crate) fn reset(&mut self) {
        self.next = self.settings.shortest.min(self.settings.longest);
    }

    /// Returns the pause after a look in vain. `draw` is random: any number gives a permitted pause.
    pub(crate) fn pause(&mut self, draw: u64) -> Duration {
        let base = self.next;
        self.next = base.saturating_mul(2).min(self.settings.longest);
        // From 1 - JITTER to 1 + JITTER, in thousandths; the remainder is below 2 * JITTER + 1 and so fits.
        let change = u32::try_from(draw % u64::from(2 * JITTER + 1)).unwrap_or(JITTER);
        let pause = base.saturating_mul(1000 - JITTER + change) / 1000;
        pause.min(self.settings.longest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Draws that change a pause by nothing, as much as possible down, and up.
    const UNCHANGED: u64 = 200;
    const LEAST: u64 = 0;
    const MOST: u64 = 400;

    fn millis(pauses: &[Duration]) -> Vec<u128> {
        pauses.iter().map(Duration::as_millis).collect()
    }

    #[test]
    fn an_abandoned_message_is_hidden_twice_as_long_each_time_and_ten_minutes_at_most() {
        let seconds: Vec<u64> = (0..=11).map(|count| abandon_delay(count).as_secs()).collect();
        assert_eq!(seconds, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 600]);
        for count in [30, 31, 63, 64, u32::MAX] {
            assert_eq!(abandon_delay(count), LONGEST_ABANDON, "dequeued {count} times");
        }
    }

    #[test]
    fn an_early_message_comes_again_soon_even_if_its_partition_has_moved_often() {
        let seconds = [0, 1, 4, 5, 23, 24, 28, 40].map(|count| early_delay(count).as_secs());
        assert_eq!(seconds, [1, 2, 16, 32, 32, 64, 128, 600]);
    }

    #[test]
    fn pauses_double_up_to_the_longest() {
        let mut backoff = PollingBackoff::new(PollingSettings::default());
        let pauses: Vec<Duration> = (0..12).map(|_| backoff.pause(UNCHANGED)).collect();
        assert_eq!(
            millis(&pauses),
            [
                50, 100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000
            ]
        );
    }

    #[test]
    fn a_pause_is_changed_by_a_fifth_at_most_and_is_never_above_the_longest() {
        for (draw, expected) in [(LEAST, [40, 80]), (MOST, [60, 120])] {
            let mut backoff = PollingBackoff::new(PollingSettings::default());
            assert_eq!(millis(&[backoff.pause(draw), backoff.pause(draw)]), expected);
        }
        let mut backoff = PollingBackoff::new(PollingSettings::default());
        let longest = (0..1000_u64)
            .map(|step| backoff.pause(step.wrapping_mul(0x9e37_79b9_7f4a_7c15)))
            .max();
        assert_eq!(longest, Some(Duration::from_secs(30)));
    }

    #[test]
    fn a_reset_starts_over() {
        let mut backoff = PollingBackoff::new(PollingSettings::default());
        backoff.pause(UNCHANGED);
        backoff.pause(UNCHANGED);
        backoff.reset();
        assert_eq!(backoff.pause(UNCHANGED), Duration::from_millis(50));
    }

    #[test]
    fn a_longest_pause_below_the_shortest_is_kept() {
        let longest = Duration::from_millis(10);
        let mut backoff = PollingBackoff::new(PollingSettings {
            longest,
            ..PollingSettings::default()
        });
        assert_eq!(backoff.pause(MOST), longest);
        backoff.reset();
        assert_eq!(backoff.pause(MOST), longest);
    }
}
