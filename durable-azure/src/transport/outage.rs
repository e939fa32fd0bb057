//! Whether the primary was silent of late: then reads that may be answered by the secondary ask it first.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use tokio::time::Instant;

/// How long the primary is believed to be silent after it was.
const REMEMBERED: Duration = Duration::from_secs(30);

#[derive(Debug)]
pub(super) struct Outage {
    opened: Instant,
    /// Milliseconds after `opened` up to which the primary is believed to be silent.
    until: AtomicU64,
}

impl Outage {
    pub(super) fn new() -> Self {
        Self {
            opened: Instant::now(),
            until: AtomicU64::new(0),
        }
    }

    /// The primary did not answer.
    pub(super) fn silent(&self) {
        let until = self.opened.elapsed() + REMEMBERED;
        self.until.store(millis(until), Relaxed);
    }

    /// The primary answered, whatever it said.
    pub(super) fn answered(&self) {
        self.until.store(0, Relaxed);
    }

    pub(super) fn is_on(&self) -> bool {
        millis(self.opened.elapsed()) < self.until.load(Relaxed)
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_silence_is_remembered_for_a_while_or_until_an_answer() {
        let outage = Outage::new();
        assert!(!outage.is_on());
        outage.silent();
        assert!(outage.is_on());
        tokio::time::advance(REMEMBERED).await;
        assert!(!outage.is_on());
        outage.silent();
        outage.answered();
        assert!(!outage.is_on());
    }
}
