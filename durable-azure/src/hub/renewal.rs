//! Keeping what this node has: messages hidden, and its workers' leases.

use std::sync::Arc;
use std::time::Instant;

use super::shared::Shared;
use super::together::together;

/// Hides the messages that this node has again and again, for as long as the hub is open.
pub(crate) async fn serve(shared: Arc<Shared>) {
    let visibility = shared.visibility();
    loop {
        tokio::time::sleep(visibility / 8).await;
        let read = || shared.with(|state| state.partitions.keys().copied().collect());
        let due = shared.in_hand.to_renew(Instant::now(), visibility / 2, read);
        for few in due.chunks(32) {
            let hides = few.iter().map(|(id, _)| shared.hide(id, None, visibility));
            for answer in together(hides).await {
                if let Err(error) = answer {
                    tracing::warn!(%error, "a message could not be kept hidden; it comes again when its time is over");
                }
            }
        }
    }
}
