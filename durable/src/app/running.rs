//! An app at work.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

use durable_core::CancelToken;
use durable_core::client::Client;
use durable_core::worker::{Worker, WorkerError};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::AppError;
use super::signal::Requests;

/// An app at work in the background. Dropping it asks the worker to shut down, without waiting for it.
#[derive(Debug)]
pub struct Running {
    client: Client,
    stop: CancelToken,
    worker: Option<JoinHandle<Result<(), WorkerError>>>,
}

impl Running {
    /// Starts the worker, and returns once it has joined the hub.
    pub(super) async fn spawn(worker: Worker, client: Client) -> Result<Self, AppError> {
        let stop = CancelToken::new();
        let stopped = stop.clone();
        let (joined, has_joined) = oneshot::channel();
        let shutdown = async move {
            // First polled when the worker has joined. Whoever wanted to know may be gone.
            let _ = joined.send(());
            stopped.cancelled().await;
        };
        let task = tokio::spawn(worker.run_until(shutdown));
        let mut running = Self {
            client,
            stop,
            worker: Some(task),
        };
        match has_joined.await {
            Ok(()) => Ok(running),
            // It has ended without joining, and says why.
            Err(_) => match running.ended().await {
                Err(error) => Err(error),
                Ok(()) => Err(AppError::Stopped("it ended before it joined the hub".to_owned())),
            },
        }
    }

    /// Returns the client on the app's hub.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Stops gracefully: fetches no more, lets activities end within the grace, and releases what it owns.
    pub async fn shutdown(mut self) -> Result<(), AppError> {
        self.stop.cancel();
        self.ended().await
    }

    /// Waits until the worker ends by itself, which only a failure makes it do.
    pub async fn wait(mut self) -> Result<(), AppError> {
        self.ended().await
    }

    /// Works until somebody asks it to stop or it fails, then stops gracefully; at once if it is asked again.
    pub(super) async fn run_until(mut self, mut requests: Requests) -> Result<(), AppError> {
        if let Some(result) = self.ended_before(requests.next()).await {
            return result;
        }
        tracing::info!("shutting down; a second request stops at once");
        self.stop.cancel();
        if let Some(result) = self.ended_before(requests.next()).await {
            return result;
        }
        if let Some(task) = self.worker.take() {
            task.abort();
        }
        Err(AppError::Interrupted)
    }

    /// Waits until the worker has ended, or until something else happens, and returns how it ended.
    async fn ended_before(&mut self, other: impl Future<Output = ()>) -> Option<Result<(), AppError>> {
        let (mut other, mut ended) = (pin!(other), pin!(self.ended()));
        poll_fn(|cx| match ended.as_mut().poll(cx) {
            Poll::Ready(result) => Poll::Ready(Some(result)),
            Poll::Pending => other.as_mut().poll(cx).map(|()| None),
        })
        .await
    }

    /// Waits until the worker has ended. Dropping the future loses nothing.
    async fn ended(&mut self) -> Result<(), AppError> {
        let Some(task) = &mut self.worker else {
            return Ok(());
        };
        let result = task.await;
        self.worker = None;
        match result {
            Ok(result) => Ok(result?),
            Err(error) => Err(AppError::Stopped(error.to_string())),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}
