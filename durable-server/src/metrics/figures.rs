//! Figures of the hub, kept for a while: however many ask, the hub is asked once, and seldom.

use std::sync::Arc;
use std::time::{Duration, Instant};

use durable_core::client::Client;
use tokio::sync::Mutex;

use super::collect::Collected;
use super::table::{AGE, TIME, UP};
use super::text::Text;

/// The pause after a collection, in multiples of its length.
const PAUSE: u32 = 20;

/// What was asked for last.
#[derive(Debug, Clone)]
pub(crate) struct Latest {
    at: Instant,
    took: Duration,
    /// `None` if the hub could not be asked.
    collected: Option<Arc<Collected>>,
}

/// The figures of a hub.
#[derive(Debug, Default)]
pub(crate) struct Figures(Mutex<Option<Latest>>);

impl Figures {
    /// Returns the latest figures, and asks for new ones if these are too old.
    ///
    /// The question is a task of its own: whoever asks and goes away again, as a scraper whose time is over, does not make
    /// the next one begin anew.
    pub(crate) async fn latest(self: Arc<Self>, client: Client, life: Duration) -> Latest {
        let asking = tokio::spawn(async move {
            // Whoever comes meanwhile waits here, and finds what was asked for.
            let mut kept = self.0.lock().await;
            if let Some(latest) = kept.as_ref().filter(|latest| latest.is_fresh(life)) {
                return latest.clone();
            }
            let latest = Latest::ask(&client).await;
            *kept = Some(latest.clone());
            latest
        });
        // It ends without an answer only where the runtime does.
        asking.await.unwrap_or_else(|_| Latest::none())
    }
}

impl Latest {
    fn none() -> Self {
        Self {
            at: Instant::now(),
            took: Duration::ZERO,
            collected: None,
        }
    }

    async fn ask(client: &Client) -> Self {
        let begun = Instant::now();
        let collected = match Collected::of(client).await {
            Ok(collected) => Some(Arc::new(collected)),
            Err(error) => {
                tracing::warn!(%error, "the figures of the hub could not be read");
                None
            }
        };
        Self {
            at: Instant::now(),
            took: begun.elapsed(),
            collected,
        }
    }

    fn is_fresh(&self, life: Duration) -> bool {
        self.at.elapsed() < life.max(self.took * PAUSE)
    }

    pub(super) fn write(&self, text: &mut Text) {
        text.one(&UP, u8::from(self.collected.is_some()));
        text.one(&AGE, self.at.elapsed().as_secs_f64());
        text.one(&TIME, self.took.as_secs_f64());
        if let Some(collected) = &self.collected {
            collected.write(text);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hub_that_answers_slowly_is_asked_more_seldom() {
        let latest = |took| Latest {
            took,
            ..Latest::none()
        };
        assert!(!latest(Duration::ZERO).is_fresh(Duration::ZERO));
        assert!(latest(Duration::ZERO).is_fresh(Duration::from_mins(1)));
        assert!(latest(Duration::from_secs(10)).is_fresh(Duration::ZERO));
    }
}
