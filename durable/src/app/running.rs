//! An app at work.

use durable_core::CancelToken;
use durable_core::client::Client;
use durable_core::worker::{Worker, WorkerError};
use tokio::task::JoinHandle;

use super::AppError;

/// An app at work in the background. Dropping it asks the worker to shut down, without waiting for it.
#[derive(Debug)]
pub struct Running {
    client: Client,
    stop: CancelToken,
    worker: Option<JoinHandle<Result<(), WorkerError>>>,
}

impl Running {
    pub(super) fn spawn(worker: Worker, client: Client) -> Self {
        let stop = CancelToken::new();
        let stopped = stop.clone();
        let task =
            tokio::spawn(async move { worker.run_until(async move { stopped.cancelled().await }).await });
        Self {
            client,
            stop,
            worker: Some(task),
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

    async fn ended(&mut self) -> Result<(), AppError> {
        match self.worker.take() {
            Some(task) => match task.await {
                Ok(result) => Ok(result?),
                Err(error) => Err(AppError::Stopped(error.to_string())),
            },
            None => Ok(()),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}
