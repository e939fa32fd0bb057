//! The counts by version, kept for a moment where counting takes long: however many look at them, the hub counts once.

use std::sync::Arc;
use std::time::Duration;

use durable_core::hub::{HubError, HubErrorKind, VersionCount};
use tokio::sync::Mutex;
use tokio::time::Instant;

/// The pause after counting, in multiples of the time it took.
const PAUSE: u32 = 20;

/// Fewer instances are counted whenever somebody asks.
const MANY: u64 = 100_000;

/// What was counted last.
#[derive(Debug)]
struct Latest {
    at: Instant,
    took: Duration,
    counts: Arc<Vec<VersionCount>>,
}

/// The counts of a hub.
#[derive(Debug, Default)]
pub(crate) struct KeptCounts(Mutex<Option<Latest>>);

impl KeptCounts {
    /// Returns the latest counts, and counts if these are too old: at most a twentieth of the time is spent on it.
    ///
    /// Counting is a task of its own: whoever asks and goes away again does not make the next one begin anew.
    pub(crate) async fn latest(
        self: Arc<Self>,
        count: impl Future<Output = Result<Vec<VersionCount>, HubError>> + Send + 'static,
    ) -> Result<Arc<Vec<VersionCount>>, HubError> {
        let counting = tokio::spawn(async move {
            // Whoever comes meanwhile waits here, and finds what was counted.
            let mut kept = self.0.lock().await;
            if let Some(latest) = kept.as_ref().filter(|latest| latest.is_fresh()) {
                return Ok(Arc::clone(&latest.counts));
            }
            let begun = Instant::now();
            let counts = Arc::new(count.await?);
            *kept = Some(Latest {
                at: Instant::now(),
                took: begun.elapsed(),
                counts: Arc::clone(&counts),
            });
            Ok(counts)
        });
        let stopped = |_| HubError::new(HubErrorKind::Closed, "the server stops");
        counting.await.map_err(stopped)?
    }
}

impl Latest {
    fn is_fresh(&self) -> bool {
        let all = self
            .counts
            .iter()
            .map(|count| count.live() + count.failed + count.ended);
        all.sum::<u64>() >= MANY && self.at.elapsed() < self.took * PAUSE
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use durable_core::{RecordedVersion, WireName};
    use tokio::sync::Notify;

    use super::*;

    fn counts(ended: u64) -> Vec<VersionCount> {
        let count = VersionCount::none(WireName::new("order").unwrap(), RecordedVersion::Blank);
        vec![VersionCount { ended, ..count }]
    }

    /// Counts how often it is asked, and shows that as the number of the pending ones.
    #[expect(
        clippy::unused_async,
        reason = "it counts when the future runs, as a hub does"
    )]
    async fn ask(asked: Arc<AtomicU64>, ended: u64) -> Result<Vec<VersionCount>, HubError> {
        let pending = asked.fetch_add(1, Ordering::Relaxed) + 1;
        let count = counts(ended).remove(0);
        Ok(vec![VersionCount { pending, ..count }])
    }

    #[tokio::test]
    async fn few_are_counted_each_time() {
        let (kept, asked) = (Arc::new(KeptCounts::default()), Arc::default());
        for time in 1..4 {
            let latest = Arc::clone(&kept).latest(ask(Arc::clone(&asked), MANY - 10)).await;
            assert_eq!(latest.unwrap()[0].pending, time);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn many_are_counted_once_for_all_who_ask_meanwhile_even_if_the_first_goes_away() {
        let (kept, asked) = (Arc::new(KeptCounts::default()), Arc::<AtomicU64>::default());
        let begun = Arc::new(Notify::new());
        let slow = {
            let (asked, begun) = (Arc::clone(&asked), Arc::clone(&begun));
            async move {
                begun.notify_one();
                tokio::time::sleep(Duration::from_secs(1)).await;
                ask(asked, MANY).await
            }
        };
        let first = tokio::spawn(Arc::clone(&kept).latest(slow));
        begun.notified().await;
        first.abort();
        let latest = async || {
            Arc::clone(&kept)
                .latest(ask(Arc::clone(&asked), MANY))
                .await
                .unwrap()[0]
                .pending
        };
        assert_eq!(latest().await, 1);
        tokio::time::advance(Duration::from_secs(19)).await;
        assert_eq!(latest().await, 1);
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(latest().await, 2, "and later they are counted anew");
    }

    #[tokio::test]
    async fn a_hub_that_cannot_be_asked_is_asked_again() {
        let (kept, asked) = (Arc::new(KeptCounts::default()), Arc::default());
        let refused = async { Err(HubError::new(HubErrorKind::Unavailable, "away")) };
        let error = Arc::clone(&kept).latest(refused).await.unwrap_err();
        assert_eq!(error.kind(), HubErrorKind::Unavailable);
        let latest = kept.latest(ask(asked, MANY)).await;
        assert_eq!(latest.unwrap()[0].pending, 1);
    }
}
