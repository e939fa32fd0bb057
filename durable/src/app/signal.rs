//! The operating system's requests to stop.

use std::future::Future;

/// Listens for SIGTERM and ctrl-c from now on, and returns what waits for the first of them.
#[cfg(unix)]
pub(super) fn shutdown_requests() -> impl Future<Output = ()> + Send {
    use std::future::poll_fn;
    use std::task::Poll;

    use tokio::signal::unix::{SignalKind, signal};

    let listeners = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()));
    async move {
        let (Ok(mut terminate), Ok(mut interrupt)) = listeners else {
            // Without signals nobody can ask to stop: the app works until it is killed.
            return std::future::pending().await;
        };
        poll_fn(|cx| {
            if terminate.poll_recv(cx).is_ready() || interrupt.poll_recv(cx).is_ready() {
                return Poll::Ready(());
            }
            Poll::Pending
        })
        .await;
    }
}

/// Returns what waits for ctrl-c.
#[cfg(not(unix))]
pub(super) fn shutdown_requests() -> impl Future<Output = ()> + Send {
    async {
        if tokio::signal::ctrl_c().await.is_err() {
            // Without signals nobody can ask to stop: the app works until it is killed.
            std::future::pending::<()>().await;
        }
    }
}
