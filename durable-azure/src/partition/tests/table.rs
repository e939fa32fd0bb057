//! A partition table in memory, with etags, that can be slow and can fail.

use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::Poll;

use crate::partition::{PartitionError, PartitionFuture, PartitionRow, PartitionStore};

/// How a table answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Manner {
    AtOnce,
    /// Each operation waits to be polled again before it is done, and once more before it is answered.
    InSteps,
    Fails,
    /// Each write comes too late.
    IsStale,
    NeverAnswers,
}

/// One table. Clones are the same.
#[derive(Debug, Clone)]
pub(super) struct MemoryTable(Arc<Mutex<Inner>>);

#[derive(Debug)]
struct Inner {
    rows: Vec<PartitionRow>,
    manner: Manner,
    writes: u64,
    reads: usize,
}

impl MemoryTable {
    /// Makes a table with new rows.
    pub(super) fn new(queues: usize, manner: Manner) -> Self {
        let rows = (0..queues).map(|queue| PartitionRow {
            etag: "new".to_owned(),
            ..PartitionRow::new(format!("q{queue:02}"))
        });
        Self(Arc::new(Mutex::new(Inner {
            rows: rows.collect(),
            manner,
            writes: 0,
            reads: 0,
        })))
    }

    pub(super) fn rows(&self) -> Vec<PartitionRow> {
        self.lock().rows.clone()
    }

    pub(super) fn row(&self, queue: &str) -> PartitionRow {
        self.rows().into_iter().find(|row| row.queue == queue).unwrap()
    }

    /// Whose each row is, `-` if nobody's.
    pub(super) fn owners(&self) -> Vec<String> {
        let owner = |row: PartitionRow| row.current_owner.unwrap_or_else(|| "-".to_owned());
        self.rows().into_iter().map(owner).collect()
    }

    /// How often the table was read.
    pub(super) fn reads(&self) -> usize {
        self.lock().reads
    }

    pub(super) fn behave(&self, manner: Manner) {
        self.lock().manner = manner;
    }

    /// Writes as another node would.
    pub(super) fn change(&self, queue: &str, change: impl FnOnce(&mut PartitionRow)) {
        let mut row = self.row(queue);
        change(&mut row);
        self.write(&row).unwrap();
    }

    fn write(&self, row: &PartitionRow) -> Result<(), PartitionError> {
        let mut inner = self.lock();
        if inner.manner == Manner::IsStale {
            return Err(PartitionError::Stale {
                queue: row.queue.clone(),
            });
        }
        inner.writes += 1;
        let etag = inner.writes.to_string();
        let stored = inner.rows.iter_mut().find(|stored| stored.queue == row.queue);
        match stored.filter(|stored| stored.etag == row.etag) {
            Some(stored) => {
                *stored = PartitionRow { etag, ..row.clone() };
                Ok(())
            }
            None => Err(PartitionError::Stale {
                queue: row.queue.clone(),
            }),
        }
    }

    async fn operate<T>(
        &self,
        operation: impl FnOnce(&Self) -> Result<T, PartitionError>,
    ) -> Result<T, PartitionError> {
        let manner = self.lock().manner;
        match manner {
            Manner::AtOnce | Manner::IsStale => operation(self),
            Manner::InSteps => {
                step().await;
                let answer = operation(self);
                step().await;
                answer
            }
            Manner::Fails => Err(PartitionError::Failed("the table is not there".into())),
            Manner::NeverAnswers => std::future::pending().await,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap()
    }
}

impl PartitionStore for MemoryTable {
    fn read(&self) -> PartitionFuture<'_, Vec<PartitionRow>> {
        self.lock().reads += 1;
        Box::pin(self.operate(|table| Ok(table.rows())))
    }

    fn replace<'a>(&'a self, row: &'a PartitionRow) -> PartitionFuture<'a, ()> {
        Box::pin(self.operate(|table| table.write(row)))
    }
}

/// Is pending once.
async fn step() {
    let mut polled = false;
    poll_fn(|_| {
        if std::mem::replace(&mut polled, true) {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
    .await;
}
