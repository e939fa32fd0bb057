//! What can be set on a hub, with the Durable Task Framework's defaults.

use std::sync::Arc;
use std::time::Duration;

use durable_core::hub::HubError;
use durable_core::{Clock, SystemClock};

use crate::backoff::PollingSettings;
use crate::error::invalid;
use crate::transport::{RetrySettings, VISIBILITY_MAX};
use crate::wire::PARTITIONS;

/// How a hub behaves. Times are real time unless they are said to be the clock's.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) clock: Arc<dyn Clock>,
    /// The application of which this program is a part, if only one application at a time works on the hub
    /// (`UseAppLease`, `AppName`).
    pub(crate) app: Option<String>,
    /// How many control queues the hub has (`partitionCount`); those that it has if it is not set, 4 of a new one. Never
    /// changed on a hub that exists.
    pub(crate) partitions: Option<u32>,
    /// Whether opening a hub that is missing is an error. Otherwise it is made.
    pub(crate) must_exist: bool,
    /// How long a worker's lease lasts that is not renewed, by the clock (30 s).
    pub(crate) lease: Duration,
    /// How long a node owns a partition without a renewal, by the clock (`LeaseInterval`, 30 s).
    pub(crate) partition_lease: Duration,
    /// From one look at the partition table to the next (`LeaseAcquireInterval`, 10 s).
    pub(crate) partition_interval: Duration,
    /// How long a dequeued message stays hidden (`ControlQueueVisibilityTimeout`, `WorkItemQueueVisibilityTimeout`, 5 min).
    pub(crate) visibility: Duration,
    /// How long a timer's message is hidden at most before it is looked at again; the service allows 7 days.
    pub(crate) timer_slice: Duration,
    /// The pauses between looks into an empty queue (50 ms to `MaxQueuePollingInterval`, 30 s).
    pub(crate) polling: PollingSettings,
    /// How often a wait looks at an instance that another node may change (2 s).
    pub(crate) status_interval: Duration,
    /// For how long the messages of a partition are collected before any is handed out, after it was claimed. Zero: at
    /// once. Longer than `visibility`, messages that a dead node held come in their order.
    pub(crate) collect_after_claim: Duration,
    /// How many activities of its own turns a node keeps for itself; what is beyond is for whoever is free (64).
    pub(crate) activities_at_hand: usize,
    /// For how long a node relies on its last look at the fences, and how long putting one up takes (5 s).
    pub(crate) fence_lag: Duration,
    /// How long a worker that joins waits at most for its node to own a partition.
    pub(crate) join_wait: Duration,
    pub(crate) retry: RetrySettings,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            clock: Arc::new(SystemClock),
            app: None,
            partitions: None,
            must_exist: false,
            lease: Duration::from_secs(30),
            partition_lease: Duration::from_secs(30),
            partition_interval: Duration::from_secs(10),
            visibility: Duration::from_mins(5),
            timer_slice: Duration::from_hours(6 * 24),
            polling: PollingSettings::default(),
            status_interval: Duration::from_secs(2),
            collect_after_claim: Duration::ZERO,
            activities_at_hand: 64,
            fence_lag: Duration::from_secs(5),
            join_wait: Duration::from_secs(2),
            retry: RetrySettings::default(),
        }
    }
}

impl Settings {
    /// Refuses what cannot work.
    pub(crate) fn check(&self) -> Result<(), HubError> {
        if let Some(count) = self.partitions.filter(|count| !PARTITIONS.contains(count)) {
            let (least, most) = (PARTITIONS.start(), PARTITIONS.end());
            return Err(invalid(format!(
                "a hub has {least} to {most} partitions, not {count}"
            )));
        }
        if self.app.as_ref().is_some_and(String::is_empty) {
            return Err(invalid("the name of the application is empty"));
        }
        let second = Duration::from_secs(1);
        let bounds = [
            (
                "the visibility time-out",
                self.visibility,
                second * 2,
                VISIBILITY_MAX,
            ),
            ("the slice of a timer", self.timer_slice, second, VISIBILITY_MAX),
            ("a worker's lease", self.lease, second, Duration::MAX),
            ("a partition's lease", self.partition_lease, second, Duration::MAX),
            (
                "the interval of the partition manager",
                self.partition_interval,
                Duration::from_millis(1),
                Duration::MAX,
            ),
            (
                "the interval of waiting for a status",
                self.status_interval,
                Duration::from_millis(1),
                Duration::MAX,
            ),
            (
                "the longest pause between looks into a queue",
                self.polling.longest,
                self.polling.shortest,
                Duration::MAX,
            ),
        ];
        for (what, value, least, most) in bounds {
            if value < least || value > most {
                return Err(invalid(format!(
                    "{what} is {value:?}; it may be {least:?} to {most:?}"
                )));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hub_has_1_to_16_partitions_and_4_by_default() {
        let with = |partitions| Settings {
            partitions: Some(partitions),
            ..Settings::default()
        };
        assert_eq!(
            (Settings::default().partitions, crate::wire::PARTITIONS_DEFAULT),
            (None, 4)
        );
        for (partitions, is_fine) in [(0, false), (1, true), (16, true), (17, false)] {
            assert_eq!(with(partitions).check().is_ok(), is_fine, "{partitions}");
        }
    }

    #[test]
    fn nothing_is_hidden_for_longer_than_a_week() {
        let week = Duration::from_hours(7 * 24);
        let with = |timer_slice| Settings {
            timer_slice,
            ..Settings::default()
        };
        assert!(with(week).check().is_ok());
        assert!(with(week + Duration::from_secs(1)).check().is_err());
    }
}
