//! The opened hub: its threads, and how requests reach them.

use std::fmt;
use std::path::Path;
use std::sync::mpsc;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::JoinHandle;
use std::time::Instant;

use durable_core::hub::{Capabilities, HubError, HubErrorKind, HubFuture, TaskHub, WorkerHub, WorkerOffer};
use durable_core::{Clock, Timestamp};
use rusqlite::Connection;
use tokio::sync::{oneshot, watch};

use crate::changes::Changes;
use crate::checkpoint::Checkpointer;
use crate::clockwork::{self, Alarm};
use crate::code::Codes;
use crate::doorbell::{Doorbell, Neighbours};
use crate::error::{StoreError, invalid};
use crate::fence::Fences;
use crate::fired::TimerPlace;
use crate::node::Nodes;
use crate::operation::Call;
use crate::options::SqliteOptions;
use crate::reader::Readers;
use crate::schema;
use crate::stats::{Counters, SqliteStats};
use crate::syncing::Syncing;
use crate::tx::{Sequence, Tx};
use crate::worker::SqliteWorker;
use crate::writer::{Cause, Outlets, Request, RequestSender, Writer};

/// A task hub in one SQLite file. Cheap to clone; all clones are one hub, which closes when the last is dropped.
#[derive(Clone)]
pub struct SqliteHub {
    pub(crate) shared: Arc<Shared>,
}

/// What the handles of one opened hub share.
pub(crate) struct Shared {
    pub(crate) options: SqliteOptions,
    pub(crate) changes: Arc<Changes>,
    pub(crate) counters: Arc<Counters>,
    cause: Cause,
    /// `None` for a hub that is open for reading only.
    writer: Option<RequestSender>,
    readers: Option<Readers>,
    doorbell: Mutex<Option<Doorbell>>,
    /// Ends the thread that keeps time.
    alarm: Option<Arc<watch::Sender<Alarm>>>,
    threads: Vec<JoinHandle<()>>,
}

impl SqliteHub {
    /// Describes a hub in the file at `path`. Nothing is touched before [`SqliteOptions::open`].
    pub fn at(path: impl AsRef<Path>) -> SqliteOptions {
        SqliteOptions::new(path.as_ref())
    }

    /// Returns what the hub has done since it was opened.
    pub fn stats(&self) -> SqliteStats {
        self.shared.counters.stats()
    }

    /// Lets the writer do everything that is due by the clock, and returns when it is done.
    ///
    /// For tests that own the clock: with the machine's clock it happens by itself.
    #[doc(hidden)]
    pub async fn catch_up(&self) -> Result<(), HubError> {
        self.shared.request(Request::Tick)?;
        self.shared.write(|_| Ok(())).await
    }

    /// Stops the renewal of a worker's lease, as if its process stood still.
    #[doc(hidden)]
    pub fn pause(&self, worker: &durable_core::WorkerId) -> Result<(), HubError> {
        self.shared.request(Request::Pause(worker.clone()))
    }

    pub(crate) fn open(options: SqliteOptions) -> Result<Self, HubError> {
        let shared = if options.read_only {
            Shared::open_to_read(options)?
        } else {
            Shared::open_to_write(options)?
        };
        Ok(Self {
            shared: Arc::new(shared),
        })
    }
}

impl Shared {
    fn open_to_write(options: SqliteOptions) -> Result<Self, HubError> {
        let mut conn = schema::open_writer(&options)?;
        let counters = Arc::new(Counters::default());
        let (checkpointer, checkpoints) = Checkpointer::start(&mut conn, &options, &counters)?;
        let (readers, mut threads) = Readers::start(&options)?;
        threads.push(checkpoints);
        let (requests, queue) = mpsc::channel();
        let is_the_machine_s = options.clock.blocks_for(Timestamp::MAX).is_some();
        let alarm = (!is_the_machine_s).then(|| Arc::new(watch::Sender::new(Alarm::default())));
        let outlets = Outlets {
            changes: Arc::default(),
            counters: Arc::clone(&counters),
            cause: Arc::new(OnceLock::new()),
            alarm: alarm.clone(),
            checkpointer,
        };
        let writer = new_writer(conn, &options, &requests, outlets.clone())?;
        threads.push(spawn("durable-write", move || writer.run(&queue))?);
        if let Some(alarm) = &alarm {
            let keeps_time =
                clockwork::serve(Arc::clone(&options.clock), alarm.subscribe(), requests.clone());
            threads.push(spawn_async("durable-clock", keeps_time)?);
        }
        // Has the writer look at what is due in the file that was opened.
        let _ = requests.send(Request::Tick);
        Ok(Self {
            options,
            changes: outlets.changes,
            counters,
            cause: outlets.cause,
            writer: Some(requests),
            readers: Some(readers),
            doorbell: Mutex::new(None),
            alarm,
            threads,
        })
    }

    fn open_to_read(options: SqliteOptions) -> Result<Self, HubError> {
        let (readers, mut threads) = Readers::start(&options)?;
        let changes = Arc::new(Changes::default());
        let alarm = Arc::new(watch::Sender::new(Alarm::default()));
        let looking = clockwork::watch_only(Arc::clone(&changes), alarm.subscribe(), options.look_every);
        threads.push(spawn_async("durable-clock", looking)?);
        Ok(Self {
            options,
            changes,
            counters: Arc::default(),
            cause: Cause::default(),
            writer: None,
            readers: Some(readers),
            doorbell: Mutex::new(None),
            alarm: Some(alarm),
            threads,
        })
    }

    /// Fails if the hub can no longer be used.
    pub(crate) fn check_open(&self) -> Result<(), HubError> {
        match self.cause.get() {
            Some(_) => Err(self.closed()),
            None => Ok(()),
        }
    }

    fn closed(&self) -> HubError {
        let cause = self.cause.get().map_or("its writer is gone", String::as_str);
        let message = format!("the hub `{}` stopped: {cause}", self.options.path.display());
        HubError::new(HubErrorKind::Closed, message)
    }

    /// Hands a request to the writer.
    pub(crate) fn request(&self, request: Request) -> Result<(), HubError> {
        let Some(writer) = &self.writer else {
            return Err(invalid(format!(
                "the hub `{}` is open for reading only",
                self.options.path.display()
            )));
        };
        self.check_open()?;
        writer.send(request).map_err(|_| self.closed())
    }

    /// Hands an operation to the writer without waiting. The request is made before this returns.
    ///
    /// It may be refused only before its first write, unless it asks for a guard.
    pub(crate) fn submit<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<oneshot::Receiver<Result<T, StoreError>>, HubError> {
        let (operation, answer) = Call::prepare(work);
        self.request(Request::Run(operation))?;
        Ok(answer)
    }

    /// Waits for the writer's answer.
    pub(crate) async fn answered<T>(&self, answer: oneshot::Receiver<T>) -> Result<T, HubError> {
        answer.await.map_err(|_| self.closed())
    }

    /// Runs an operation in the writer's next transaction, and returns when it is stored.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, HubError> {
        let guarded = move |tx: &mut Tx<'_>| {
            tx.guard()?;
            work(tx)
        };
        let answer = self.submit(guarded)?;
        self.answered(answer).await?.map_err(StoreError::into_hub)
    }

    /// Reads in one snapshot, without the writer.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, HubError> {
        match &self.readers {
            Some(readers) => readers.read(read).await,
            None => Err(self.closed()),
        }
    }

    /// Lets other processes tell this one of changes. Costs one write, the first time.
    pub(crate) fn listen(&self) {
        if self.writer.is_none() {
            return;
        }
        let mut doorbell = self.doorbell.lock().unwrap_or_else(PoisonError::into_inner);
        if doorbell.is_some() {
            return;
        }
        let Some(writer) = self.writer.clone() else {
            return;
        };
        match Doorbell::open(writer) {
            Ok(opened) => {
                // A writer that is gone is told of by whatever is asked next.
                let _ = self.request(Request::Listen(opened.path().display().to_string()));
                *doorbell = Some(opened);
            }
            Err(error) => tracing::warn!(%error, "other processes are heard of every two seconds only"),
        }
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.doorbell
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(writer) = self.writer.take() {
            let _ = writer.send(Request::Stop);
        }
        drop(self.readers.take());
        drop(self.alarm.take());
        for thread in self.threads.drain(..) {
            // The threads catch panics themselves, and tell of them.
            let _ = thread.join();
        }
    }
}

pub(crate) fn new_writer(
    conn: Connection,
    options: &SqliteOptions,
    requests: &RequestSender,
    outlets: Outlets,
) -> Result<Writer, HubError> {
    let mut neighbours = Neighbours::default();
    neighbours.load(&conn).map_err(StoreError::into_hub)?;
    let next_due = crate::timer::next_due(&conn, TimerPlace::START).map_err(StoreError::into_hub)?;
    Ok(Writer {
        conn,
        options: options.clone(),
        requests: requests.clone(),
        outlets,
        codes: Codes::default(),
        fences: Fences::default(),
        sequence: Sequence::default(),
        nodes: Nodes::default(),
        last_node_key: 0,
        neighbours,
        data_version: None,
        unpublished: false,
        next_due,
        timers_seen: TimerPlace::START,
        next_expiry: None,
        renew_at: None,
        looked: Instant::now(),
        syncing: Syncing::new(options),
        commit_time: std::time::Duration::ZERO,
        deferred: None,
    })
}

/// Starts a thread with a name.
pub(crate) fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, HubError> {
    std::thread::Builder::new()
        .name(name.to_owned())
        .spawn(run)
        .map_err(|error| {
            HubError::new(
                HubErrorKind::Unavailable,
                format!("the thread `{name}` cannot be started: {error}"),
            )
            .with_source(error)
        })
}

/// Starts a thread that runs one future with a timer of its own.
fn spawn_async(
    name: &str,
    future: impl Future<Output = ()> + Send + 'static,
) -> Result<JoinHandle<()>, HubError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .map_err(|error| {
            HubError::new(
                HubErrorKind::Unavailable,
                format!("a runtime for `{name}` cannot be made: {error}"),
            )
            .with_source(error)
        })?;
    spawn(name, move || runtime.block_on(future))
}

impl TaskHub for SqliteHub {
    fn capabilities(&self) -> Capabilities {
        Capabilities::NONE
            .with_filter_at_fetch()
            .with_atomic_outbox()
            .with_listing_by_time()
            .with_multi_process()
            .with_persistence()
    }

    fn join(&self, offer: WorkerOffer) -> HubFuture<'_, Arc<dyn WorkerHub>> {
        Box::pin(async move {
            self.shared.listen();
            let worker = SqliteWorker::join(Arc::clone(&self.shared), offer).await?;
            let worker: Arc<dyn WorkerHub> = Arc::new(worker);
            Ok(worker)
        })
    }

    fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.shared.options.clock)
    }
}

impl fmt::Debug for SqliteHub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.shared, f)
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteHub")
            .field("path", &self.options.path)
            .finish_non_exhaustive()
    }
}
