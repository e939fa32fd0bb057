//! An app at work.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

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

    /// Works until somebody asks it to stop or it fails, then stops gracefully.
    pub(super) async fn run_until(mut self, asked: impl Future<Output = ()>) -> Result<(), AppError> {
        let failed = {
            let (mut asked, mut ended) = (pin!(asked), pin!(self.ended()));
            poll_fn(|cx| match ended.as_mut().poll(cx) {
                Poll::Ready(result) => Poll::Ready(Some(result)),
                Poll::Pending => asked.as_mut().poll(cx).map(|()| None),
            })
            .await
        };
        match failed {
            Some(result) => result,
            None => {
                tracing::info!("shutting down");
                self.shutdown().await
            }
        }
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
