//! One thread that writes for many tasks: everything that waits goes into one transaction.

use std::sync::mpsc;
use std::thread::JoinHandle;

use durable::Failure;
use rusqlite::Connection;
use tokio::sync::oneshot;

use super::rows::Rows;

/// The most pieces of one transaction.
const GROUP_MAX: usize = 2_048;

struct Request {
    rows: Rows,
    answer: oneshot::Sender<()>,
}

/// What was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Written {
    pub(crate) commits: u64,
    pub(crate) rows: u64,
}

/// The way to the thread. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Writer(mpsc::Sender<Request>);

/// The thread. It ends when the last way to it is gone.
#[derive(Debug)]
pub(crate) struct WriterThread(JoinHandle<rusqlite::Result<Written>>);

impl Writer {
    /// Starts the thread.
    pub(crate) fn start(connection: Connection) -> (Self, WriterThread) {
        let (requests, queue) = mpsc::channel();
        let thread = std::thread::spawn(move || serve(&connection, &queue));
        (Self(requests), WriterThread(thread))
    }

    /// Returns once the rows are stored.
    pub(crate) async fn write(&self, rows: Rows) -> Result<(), Failure> {
        let (answer, stored) = oneshot::channel();
        let gone = |_| Failure::new("the thread that writes has failed");
        self.0
            .send(Request { rows, answer })
            .map_err(|_| Failure::new("the thread that writes is gone"))?;
        stored.await.map_err(gone)
    }
}

impl WriterThread {
    /// Waits for the end of the thread.
    pub(crate) fn join(self) -> Result<Written, Failure> {
        match self.0.join() {
            Ok(written) => Ok(written?),
            Err(_) => Err(Failure::new("the thread that writes panicked")),
        }
    }
}

fn serve(connection: &Connection, queue: &mpsc::Receiver<Request>) -> rusqlite::Result<Written> {
    let mut written = Written::default();
    let mut answers = Vec::with_capacity(GROUP_MAX);
    while let Ok(first) = queue.recv() {
        connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
        for request in std::iter::once(first).chain(queue.try_iter()).take(GROUP_MAX) {
            request.rows.write(connection)?;
            written.rows += request.rows.count();
            answers.push(request.answer);
        }
        connection.prepare_cached("COMMIT")?.execute([])?;
        written.commits += 1;
        for answer in answers.drain(..) {
            // Whoever asked may be gone.
            let _ = answer.send(());
        }
    }
    Ok(written)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::raw::rows;

    #[tokio::test]
    async fn what_is_answered_is_in_the_file() {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(rows::SCHEMA).unwrap();
        let (writer, thread) = Writer::start(connection);
        writer.write(Rows::Start { instance: 1 }).await.unwrap();
        writer
            .write(Rows::Step {
                instance: 1,
                number: 2,
            })
            .await
            .unwrap();
        writer.write(Rows::End { instance: 1 }).await.unwrap();
        drop(writer);
        assert_eq!(thread.join().unwrap(), Written { commits: 3, rows: 8 });
    }

    #[tokio::test]
    async fn whoever_waits_for_a_writer_that_failed_is_told() {
        let (writer, thread) = Writer::start(Connection::open_in_memory().unwrap());
        writer.write(Rows::Start { instance: 1 }).await.unwrap_err();
        assert!(thread.join().is_err());
    }
}
