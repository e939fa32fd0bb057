//! Times of many pieces of work.

use std::time::{Duration, Instant};

use crate::measurement::count;

/// The times of pieces of work, in the order in which they were done.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Latencies {
    seconds: Vec<f64>,
    sorted: Vec<f64>,
}

impl Latencies {
    /// Takes times in seconds.
    pub(crate) fn of_seconds(seconds: &[f64]) -> Self {
        let mut sorted = seconds.to_vec();
        sorted.sort_by(f64::total_cmp);
        Self {
            seconds: seconds.to_vec(),
            sorted,
        }
    }

    /// Takes times.
    pub(crate) fn of(times: &[Duration]) -> Self {
        Self::of_seconds(&times.iter().map(Duration::as_secs_f64).collect::<Vec<_>>())
    }

    /// Takes several lists one after the other.
    pub(crate) fn joined(lists: &[Self]) -> Self {
        Self::of_seconds(
            &lists
                .iter()
                .flat_map(|list| list.seconds.clone())
                .collect::<Vec<_>>(),
        )
    }

    /// Takes the times between moments.
    pub(crate) fn between(moments: &[Instant]) -> Self {
        let pairs = moments.windows(2);
        Self::of(
            &pairs
                .map(|pair| pair[1].duration_since(pair[0]))
                .collect::<Vec<_>>(),
        )
    }

    /// Returns the time that a part of the pieces do not exceed, in milliseconds; zero if there are none.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a rank within the list"
    )]
    pub(crate) fn quantile_ms(&self, part: f64) -> f64 {
        let rank = (count(self.sorted.len()) * part).ceil() as usize;
        self.sorted
            .get(rank.max(1) - 1)
            .map_or(0.0, |seconds| seconds * 1e3)
    }

    /// Returns the median of each window of pieces, in microseconds, after the number of the pieces before it.
    pub(crate) fn windows_us(&self, window: usize) -> Vec<(f64, f64)> {
        let windows = self.seconds.chunks_exact(window).enumerate();
        windows
            .filter_map(|(at, part)| Some((count(at * window), median(part.iter().copied())? * 1e6)))
            .collect()
    }

    /// Returns the mean of the first pieces, in microseconds: at most `most`, and at most half of all.
    pub(crate) fn mean_of_first_us(&self, most: usize) -> Option<f64> {
        let window = most.min(self.seconds.len() / 2);
        mean_us(&self.seconds[..window])
    }

    /// Returns the mean of the last pieces, in microseconds: at most `most`, and at most half of all.
    pub(crate) fn mean_of_last_us(&self, most: usize) -> Option<f64> {
        let window = most.min(self.seconds.len() / 2);
        mean_us(&self.seconds[self.seconds.len() - window..])
    }
}

fn mean_us(seconds: &[f64]) -> Option<f64> {
    (!seconds.is_empty()).then(|| seconds.iter().sum::<f64>() / count(seconds.len()) * 1e6)
}

/// Returns the middle of some values; of an even number, the upper one.
pub(crate) fn median(values: impl Iterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-9
    }

    #[test]
    fn quantiles_are_times_that_were_measured() {
        let latencies = Latencies::of_seconds(&[0.004, 0.001, 0.003, 0.002]);
        assert!(close(latencies.quantile_ms(0.5), 2.0));
        assert!(close(latencies.quantile_ms(0.99), 4.0));
        assert!(close(Latencies::of_seconds(&[]).quantile_ms(0.5), 0.0));
    }

    #[test]
    fn first_and_last_do_not_overlap() {
        let latencies = Latencies::of_seconds(&[1e-6, 3e-6, 9e-6, 5e-6, 7e-6]);
        assert!(
            latencies
                .mean_of_first_us(100)
                .is_some_and(|mean| close(mean, 2.0))
        );
        assert!(
            latencies
                .mean_of_last_us(100)
                .is_some_and(|mean| close(mean, 6.0))
        );
        assert!(latencies.mean_of_last_us(1).is_some_and(|mean| close(mean, 7.0)));
        assert_eq!(Latencies::of_seconds(&[1.0]).mean_of_first_us(100), None);
    }

    #[test]
    fn windows_are_whole_and_follow_each_other() {
        let windows = Latencies::of_seconds(&[1e-6, 3e-6, 4e-6, 6e-6, 9e-6]).windows_us(2);
        assert_eq!(windows.len(), 2);
        assert!(
            close(windows[1].0, 2.0) && close(windows[1].1, 6.0),
            "{windows:?}"
        );
    }

    #[test]
    fn the_median_is_one_of_the_values() {
        assert!(median([3.0, 1.0, 2.0].into_iter()).is_some_and(|value| close(value, 2.0)));
        assert_eq!(median(std::iter::empty()), None);
    }
}
