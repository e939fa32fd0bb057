//! Threads that read, each with a connection of its own: no read waits for the writer, and none blocks it.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};

use durable_core::hub::{HubError, HubErrorKind};
use rusqlite::Connection;
use tokio::sync::oneshot;

use crate::error::StoreError;
use crate::options::SqliteOptions;
use crate::schema;

/// How many reads run at once.
const READERS: usize = 2;

type Job = Box<dyn FnOnce(&Connection) + Send>;

/// The threads that read. They end when the pool is dropped.
#[derive(Debug)]
pub(crate) struct Readers {
    jobs: Sender<Job>,
}

impl Readers {
    pub(crate) fn start(
        options: &SqliteOptions,
    ) -> Result<(Self, Vec<std::thread::JoinHandle<()>>), HubError> {
        let (jobs, queue) = channel::<Job>();
        let queue = Arc::new(Mutex::new(queue));
        let start = |_| {
            let conn = schema::open_reader(options)?;
            let queue = Arc::clone(&queue);
            crate::hub::spawn("durable-read", move || serve(&conn, &queue))
        };
        let threads = (0..READERS).map(start).collect::<Result<_, HubError>>()?;
        Ok((Self { jobs }, threads))
    }

    /// Reads in one snapshot of the file.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, HubError> {
        let (reply, answer) = oneshot::channel();
        let job: Job = Box::new(move |conn| {
            // Whoever asked may be gone.
            let _ = reply.send(in_snapshot(conn, read));
        });
        let stopped = || HubError::new(HubErrorKind::Closed, "the threads that read the hub have stopped");
        self.jobs.send(job).map_err(|_| stopped())?;
        let read = answer.await.map_err(|_| stopped())?;
        read.map_err(StoreError::into_hub)
    }
}

fn in_snapshot<T>(
    conn: &Connection,
    read: impl FnOnce(&Connection) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    conn.prepare_cached("BEGIN")?.execute([])?;
    let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| read(conn)));
    // Nothing was written, so there is nothing to lose.
    conn.prepare_cached("ROLLBACK")?.execute([])?;
    result.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

fn serve(conn: &Connection, queue: &Mutex<Receiver<Job>>) {
    loop {
        let job = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = job else {
            return;
        };
        // A read that panics drops its reply, which tells its caller; the thread goes on with the next.
        let ran = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| job(conn)));
        if ran.is_err() {
            tracing::error!("a read of the hub panicked");
        }
    }
}
