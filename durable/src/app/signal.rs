//! The operating system's requests to stop.

/// Waits for SIGTERM or ctrl-c.
pub(super) async fn shutdown_requested() {
    #[cfg(unix)]
    {
        use std::future::poll_fn;
        use std::task::Poll;

        use tokio::signal::unix::{SignalKind, signal};

        if let (Ok(mut terminate), Ok(mut interrupt)) =
            (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
        {
            return poll_fn(|cx| {
                if terminate.poll_recv(cx).is_ready() || interrupt.poll_recv(cx).is_ready() {
                    return Poll::Ready(());
                }
                Poll::Pending
            })
            .await;
        }
    }
    if tokio::signal::ctrl_c().await.is_err() {
        // Without signals nobody can ask to stop: the app works until it is killed.
        std::future::pending::<()>().await;
    }
}
