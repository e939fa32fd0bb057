//! A place where requests wait until the test lets them go on.

use std::sync::Arc;

use tokio::sync::watch;

/// A gate, shut at first. Clones are the same gate.
#[derive(Debug, Clone)]
pub struct Gate(Arc<Posts>);

#[derive(Debug)]
struct Posts {
    arrived: watch::Sender<u64>,
    open: watch::Sender<bool>,
}

impl Default for Gate {
    fn default() -> Self {
        Self::new()
    }
}

impl Gate {
    /// A gate that is shut.
    pub fn new() -> Self {
        Self(Arc::new(Posts {
            arrived: watch::Sender::new(0),
            open: watch::Sender::new(false),
        }))
    }

    /// Waits until `n` requests have come to it.
    pub async fn arrived(&self, n: u64) {
        // It fails only when the sender is gone, which `self` holds.
        let _ = self.0.arrived.subscribe().wait_for(|arrived| *arrived >= n).await;
    }

    /// Lets all go on, those that come later too.
    pub fn open(&self) {
        self.0.open.send_replace(true);
    }

    /// Comes to it and waits until it is open.
    pub(super) async fn pass(&self) {
        self.0.arrived.send_modify(|arrived| *arrived += 1);
        let _ = self.0.open.subscribe().wait_for(|open| *open).await;
    }
}
