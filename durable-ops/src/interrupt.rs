//! Ending what waits when somebody asks for it.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

/// How a wait ended.
#[derive(Debug)]
pub(crate) enum Ended<T> {
    /// What was waited for came.
    Done(T),
    /// The time was over first.
    TimedOut,
    /// Somebody pressed Ctrl-C, or the process was asked to end.
    Interrupted,
}

/// Waits for a future, until the time is over or somebody interrupts.
pub(crate) async fn wait<T>(future: impl Future<Output = T>, timeout: Option<Duration>) -> Ended<T> {
    let mut future = pin!(unless(future, interrupted()));
    let mut over = pin!(async {
        match timeout {
            Some(timeout) => tokio::time::sleep(timeout).await,
            None => std::future::pending().await,
        }
    });
    poll_fn(|cx| {
        if let Poll::Ready(ended) = future.as_mut().poll(cx) {
            return Poll::Ready(ended);
        }
        over.as_mut().poll(cx).map(|()| Ended::TimedOut)
    })
    .await
}

/// Waits for a future, unless an interruption comes first.
pub(crate) async fn unless<T>(
    future: impl Future<Output = T>,
    interruption: impl Future<Output = ()>,
) -> Ended<T> {
    let (mut future, mut interruption) = (pin!(future), pin!(interruption));
    poll_fn(|cx| {
        if let Poll::Ready(value) = future.as_mut().poll(cx) {
            return Poll::Ready(Ended::Done(value));
        }
        interruption.as_mut().poll(cx).map(|()| Ended::Interrupted)
    })
    .await
}

/// Waits for Ctrl-C, or for SIGTERM, by which pipelines end their steps.
#[cfg(unix)]
pub(crate) async fn interrupted() {
    use tokio::signal::unix::{SignalKind, signal};
    // What cannot be listened to ends the process by itself.
    let (Ok(mut pressed), Ok(mut asked)) = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        return std::future::pending().await;
    };
    poll_fn(|cx| {
        if pressed.poll_recv(cx).is_ready() || asked.poll_recv(cx).is_ready() {
            return Poll::Ready(());
        }
        Poll::Pending
    })
    .await;
}

/// Waits for Ctrl-C.
#[cfg(not(unix))]
pub(crate) async fn interrupted() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
