//! When each step ran.

use std::sync::Arc;
use std::time::Instant;

use tokio::sync::watch;

/// When each step ran. Every app has it as shared state: a worker is refused if a function of its binary lacks its own.
#[derive(Debug, Clone, Default)]
pub(crate) struct Moments(Arc<watch::Sender<Vec<Instant>>>);

impl Moments {
    /// Notes that a step runs now.
    pub(crate) fn add(&self) {
        let now = Instant::now();
        self.0.send_modify(|moments| moments.push(now));
    }

    /// Returns all that was noted.
    pub(crate) fn all(&self) -> Vec<Instant> {
        self.0.borrow().clone()
    }

    /// Waits for the first step.
    pub(crate) async fn first(&self) -> Instant {
        let mut moments = self.0.subscribe();
        loop {
            if let Some(first) = moments.borrow_and_update().first() {
                return *first;
            }
            // The sender is not dropped: this is one.
            let _ = moments.changed().await;
        }
    }
}
