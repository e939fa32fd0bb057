//! The worker of a test, and its successors.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use durable_core::worker::{Worker, WorkerError};
use durable_core::{CancelToken, WorkerId};
use tokio::task::JoinHandle;

use crate::MemoryHub;

type Task = JoinHandle<Result<(), WorkerError>>;

/// One worker at a time.
#[derive(Debug, Default)]
pub(super) struct Staff {
    present: Mutex<Present>,
}

#[derive(Debug, Default)]
struct Present {
    count: u32,
    employed: Option<Employed>,
}

#[derive(Debug)]
struct Employed {
    id: WorkerId,
    stop: CancelToken,
    task: Task,
}

impl Staff {
    /// Starts a worker, and waits until it has joined: before that, everything looks at rest.
    ///
    /// Without an id of the test's own it is called `worker-1`, its successor `worker-2`.
    #[expect(clippy::expect_used, reason = "the id is a constant and a number")]
    pub(super) async fn employ(&self, worker: Worker, hub: &MemoryHub) {
        let count = {
            let mut present = self.present();
            present.count += 1;
            present.count
        };
        let counted = WorkerId::new(&format!("worker-{count}")).expect("a word and a number are an id");
        let mut id = counted.clone();
        let stop = CancelToken::new();
        let stopped = stop.clone();
        let worker = worker.options(|own| id = own.id.get_or_insert(counted).clone());
        let mut task = tokio::spawn(worker.run_until(async move { stopped.cancelled().await }));
        {
            let mut joined = pin!(hub.worker_joined());
            poll_fn(|cx| {
                if joined.as_mut().poll(cx).is_ready() {
                    Poll::Ready(())
                } else {
                    poll_worker(&mut task, cx)
                }
            })
            .await;
        }
        self.present().employed = Some(Employed { id, stop, task });
    }

    /// Ends the worker without any grace.
    pub(super) async fn crash(&self, hub: &MemoryHub) {
        let Some(crashed) = self.take() else { return };
        // Fenced first: what its threads still say while they end is said by a ghost.
        hub.expire(&crashed.id);
        crashed.task.abort();
        // It was aborted; how it ended is no news.
        drop(crashed.task.await);
    }

    /// Ends the worker gracefully.
    #[expect(clippy::expect_used, reason = "this runs inside a test")]
    pub(super) async fn dismiss(&self) {
        let Some(employed) = self.take() else { return };
        employed.stop.cancel();
        of_task(employed.task.await).expect("the worker must stop without an error");
    }

    fn take(&self) -> Option<Employed> {
        self.present().employed.take()
    }

    fn present(&self) -> MutexGuard<'_, Present> {
        // Single writes: a panic cannot leave it broken.
        self.present.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn of_task(result: Result<Result<(), WorkerError>, tokio::task::JoinError>) -> Result<(), WorkerError> {
    match result {
        Ok(result) => result,
        Err(panic) => std::panic::resume_unwind(panic.into_panic()),
    }
}

/// Ends the test at once if the worker has ended, with the worker's own words.
#[expect(clippy::panic, reason = "this runs inside a test")]
fn poll_worker(task: &mut Task, cx: &mut Context<'_>) -> Poll<()> {
    match Pin::new(task).poll(cx) {
        Poll::Pending => Poll::Pending,
        Poll::Ready(result) => match of_task(result) {
            Ok(()) => panic!("the worker ended before the test began"),
            Err(error) => panic!("the worker did not start: {error}"),
        },
    }
}
