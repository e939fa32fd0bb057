//! The operating system's requests to stop.

/// Listens for SIGTERM and ctrl-c.
#[cfg(unix)]
#[derive(Debug)]
pub(super) struct Requests(Option<[tokio::signal::unix::Signal; 2]>);

#[cfg(unix)]
impl Requests {
    /// Listens from now on.
    pub(super) fn listen() -> Self {
        use tokio::signal::unix::{SignalKind, signal};

        let listeners = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()));
        match listeners {
            (Ok(terminate), Ok(interrupt)) => Self(Some([terminate, interrupt])),
            // Without signals nobody can ask to stop: the app works until it is killed.
            (Ok(_) | Err(_), Ok(_) | Err(_)) => Self(None),
        }
    }

    /// Waits for the next request.
    pub(super) async fn next(&mut self) {
        use std::future::poll_fn;
        use std::task::Poll;

        let Some(listeners) = &mut self.0 else {
            return std::future::pending().await;
        };
        poll_fn(|cx| {
            let asked = listeners
                .iter_mut()
                .any(|listener| listener.poll_recv(cx).is_ready());
            if asked { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }
}

/// Listens for ctrl-c.
#[cfg(not(unix))]
#[derive(Debug)]
pub(super) struct Requests;

#[cfg(not(unix))]
impl Requests {
    /// Listens from the first wait on.
    pub(super) fn listen() -> Self {
        Self
    }

    /// Waits for the next request.
    pub(super) async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            // Without signals nobody can ask to stop: the app works until it is killed.
            std::future::pending::<()>().await;
        }
    }
}
