//! What is told about an activity that runs.

use crate::hub::ActivityWork;
use crate::metrics::{self, Level, Stopwatch};
use crate::name::WireName;
use crate::version::RecordedVersion;
use crate::worker::run::Shared;

/// What is told about an activity that runs.
pub(super) struct Observed {
    name: WireName,
    version: RecordedVersion,
    watch: Stopwatch,
    _running: Level,
}

impl Observed {
    pub(super) fn begun(shared: &Shared, work: &ActivityWork, queued: Stopwatch) -> Self {
        let clock = shared.clock.as_ref();
        let labels: [&dyn std::fmt::Display; 2] = [&work.name, &work.version];
        queued.observe(clock, &metrics::ACTIVITY_QUEUE, &labels);
        metrics::ACTIVITIES_STARTED.count(&labels);
        metrics::ACTIVITIES_RETRIED.add(u64::from(work.attempt > 1), &labels);
        metrics::ACTIVITIES_REDELIVERED.add(u64::from(work.deliveries > 0), &labels);
        Self {
            name: work.name.clone(),
            version: work.version.clone(),
            watch: Stopwatch::started(clock),
            _running: Level::raised(&metrics::RUNNING_ACTIVITIES),
        }
    }

    pub(super) fn ended(self, shared: &Shared, succeeded: bool) {
        let (count, outcome) = if succeeded {
            (&metrics::ACTIVITIES_COMPLETED, "completed")
        } else {
            (&metrics::ACTIVITIES_FAILED, "failed")
        };
        count.count(&[&self.name, &self.version]);
        let labels: [&dyn std::fmt::Display; 3] = [&self.name, &self.version, &outcome];
        self.watch
            .observe(shared.clock.as_ref(), &metrics::ACTIVITY_DURATION, &labels);
    }
}
