//! Workers as processes of their own: this test binary, started again.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use durable::azure::CONNECTION_VARIABLE;
use durable::hub::DescribesHub;
use durable::prelude::*;

use crate::refusals::RefusalLog;
use crate::workload::RunLog;

/// How long a worker may be silent: short, so that work is taken over while the load goes on.
pub(crate) const LEASE: Duration = Duration::from_millis(300);

/// The same of a hub in an Azure Storage account, where every renewal is a request.
pub(crate) const AZURE_LEASE: Duration = Duration::from_secs(3);
/// When messages that a killed process had come back.
const AZURE_VISIBILITY: Duration = Duration::from_secs(4);

const DIRECTORY_VARIABLE: &str = "DURABLE_KILL_DIRECTORY";
const AZURE_VARIABLE: &str = "DURABLE_KILL_AZURE_HUB";

static STARTED: AtomicU64 = AtomicU64::new(0);

/// The files of one run, and its hub.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) directory: PathBuf,
    /// The hub in a storage account, instead of a SQLite file.
    pub(crate) account: Option<Account>,
}

/// A hub in a storage account.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    pub(crate) connection: String,
    pub(crate) hub: String,
}

impl Place {
    pub(crate) fn hub(&self) -> Box<dyn DescribesHub> {
        match &self.account {
            None => Box::new(SqliteHub::at(self.directory.join("hub.db")).lease(LEASE)),
            Some(Account { connection, hub }) => Box::new(
                AzureHub::at(connection, hub)
                    .lease(AZURE_LEASE)
                    .partition_lease(AZURE_LEASE, AZURE_LEASE / 10)
                    .visibility(AZURE_VISIBILITY)
                    .longest_polling_pause(AZURE_LEASE / 10)
                    // In their order, also those that a killed process had, or hid again as it lost the partition.
                    .collect_after_claim(AZURE_VISIBILITY + Duration::from_secs(3)),
            ),
        }
    }

    pub(crate) fn runs(&self) -> PathBuf {
        self.directory.join("runs.log")
    }

    pub(crate) fn refusals(&self) -> PathBuf {
        self.directory.join("refusals.log")
    }

    pub(crate) fn trace(&self) -> PathBuf {
        self.directory.join("trace.log")
    }

    pub(crate) fn warnings(&self) -> PathBuf {
        self.directory.join("warnings.log")
    }
}

/// A worker process. Dropped, it is killed.
#[derive(Debug)]
pub(crate) struct Process(Child);

impl Process {
    pub(crate) fn start(place: &Place) -> std::io::Result<Self> {
        STARTED.fetch_add(1, Ordering::Relaxed);
        let errors = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(place.directory.join("stderr.log"))?;
        let account = place.account.iter();
        Command::new(std::env::current_exe()?)
            .args(["a_worker_process", "--exact", "--nocapture", "--test-threads=1"])
            .env(DIRECTORY_VARIABLE, &place.directory)
            .envs(account.clone().map(|account| (AZURE_VARIABLE, &account.hub)))
            .envs(account.map(|account| (CONNECTION_VARIABLE, &account.connection)))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(errors)
            .spawn()
            .map(Self)
    }

    /// `kill -9`. Returns whether it was alive until then.
    pub(crate) fn kill(&mut self) -> std::io::Result<bool> {
        let alive = self.0.try_wait()?.is_none();
        self.0.kill()?;
        self.0.wait()?;
        Ok(alive)
    }

    /// Stops the process where it stands, as a machine that sleeps does.
    pub(crate) fn stand_still(&self) -> std::io::Result<()> {
        self.signal("-STOP")
    }

    pub(crate) fn go_on(&self) -> std::io::Result<()> {
        self.signal("-CONT")
    }

    /// Asks it to end. Returns whether it did so without an error.
    pub(crate) fn stop(mut self) -> std::io::Result<bool> {
        self.signal("-TERM")?;
        Ok(self.0.wait()?.success())
    }

    fn signal(&self, name: &str) -> std::io::Result<()> {
        let status = Command::new("kill")
            .args([name, &self.0.id().to_string()])
            .status()?;
        if status.success() {
            Ok(())
        } else {
            Err(std::io::Error::other(format!(
                "kill {name} failed: the worker has ended by itself"
            )))
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// How many worker processes were started.
pub(crate) fn started() -> u64 {
    STARTED.load(Ordering::Relaxed)
}

/// Works, if this process was started to do so.
pub(crate) async fn work_if_asked() {
    let Some(directory) = std::env::var_os(DIRECTORY_VARIABLE) else {
        return;
    };
    let account = std::env::var(AZURE_VARIABLE).ok().map(|hub| Account {
        connection: std::env::var(CONNECTION_VARIABLE).expect("it is given with the hub"),
        hub,
    });
    let place = Place {
        directory: PathBuf::from(directory),
        account,
    };
    RefusalLog::new(&place).install();
    App::new(place.hub())
        .state(RunLog(place.runs()))
        .options(|options| {
            // Few enough that executions are evicted and loaded again all the time.
            options.max_resident_executions = 12;
            options.shutdown_grace = Duration::from_secs(5);
        })
        .run()
        .await
        .expect("a worker ends only when it is asked to");
}
