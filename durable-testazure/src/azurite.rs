//! The storage emulator as a process of its own.

mod error;
mod install;
mod process;
mod shared;

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

pub use error::AzuriteError;
use process::{Keep, Ports, Process};
pub use shared::{SWITCH, enabled, shared};

use crate::account::Account;

/// How often it is started again when a port is taken, and the pause between.
const ATTEMPTS: u32 = 100;
const PAUSE: Duration = Duration::from_millis(100);

/// An emulator of a storage account, with its data in a temporary folder. Dropped, it ends and its folder goes; it ends
/// likewise when the process that started it ends in any way.
///
/// All methods wait for what they do: after [`Azurite::start`] it answers.
#[derive(Debug)]
pub struct Azurite {
    process: Mutex<Option<Process>>,
    account: Account,
    keep: Keep,
    // After the process, so that it is removed when nobody writes into it any more.
    folder: TempDir,
}

impl Azurite {
    /// Starts one that keeps its data in files, on ports that the system chooses, and installs it if it was never
    /// installed. It may be stopped and started again.
    pub fn start() -> Result<Self, AzuriteError> {
        Self::with(Keep::InFiles)
    }

    /// Starts one that keeps its data in memory, and forgets it when it ends.
    pub fn in_memory() -> Result<Self, AzuriteError> {
        Self::with(Keep::InMemory)
    }

    fn with(keep: Keep) -> Result<Self, AzuriteError> {
        let installed = install::installed()?;
        let folder = tempfile::Builder::new().prefix("azurite-").tempdir()?;
        let process = Process::start(&installed, folder.path(), keep, Ports::Any)?;
        Ok(Self {
            account: process.account(),
            process: Mutex::new(Some(process)),
            keep,
            folder,
        })
    }

    /// Where its services are. It stays so when it is started again.
    pub fn account(&self) -> Account {
        self.account
    }

    /// What a client needs to reach it, with the account's key.
    pub fn connection_string(&self) -> String {
        self.account.to_string()
    }

    /// The folder of its data.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Lets it stand still, as a service that hangs: connections are accepted by the system, and nobody answers.
    pub fn pause(&self) -> Result<(), AzuriteError> {
        self.slot().as_mut().ok_or(AzuriteError::Ended)?.pause()
    }

    /// Lets a paused one go on with what has come meanwhile.
    pub fn resume(&self) -> Result<(), AzuriteError> {
        self.slot().as_mut().ok_or(AzuriteError::Ended)?.resume()
    }

    /// Ends it in order: requests under way are answered, and what was acknowledged is in its files.
    pub fn stop(&self) -> Result<(), AzuriteError> {
        self.slot().take().ok_or(AzuriteError::Ended)?.stop()
    }

    /// Ends it at once. It writes its files every five seconds, so what it acknowledged since may be lost: services
    /// unevenly, as after a fail-over to another region.
    pub fn kill(&self) -> Result<(), AzuriteError> {
        self.slot().take().ok_or(AzuriteError::Ended)?.kill()
    }

    /// Starts it again after [`Azurite::stop`] or [`Azurite::kill`], on the same ports with the same data.
    pub fn start_again(&self) -> Result<(), AzuriteError> {
        let mut process = self.slot();
        if process.is_some() {
            return Err(AzuriteError::Running);
        }
        let installed = install::installed()?;
        let ports = Ports::Of(self.account);
        let start = || Process::start(&installed, self.folder.path(), self.keep, ports);
        *process = Some(until_free(start)?);
        Ok(())
    }

    /// What is in it is whole even if a test failed while it held it.
    fn slot(&self) -> MutexGuard<'_, Option<Process>> {
        self.process.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Tries again while a port is taken. The system gives them away while the emulator does not run, for a connection of
/// anybody: of a client, too, which tries to connect to it again and again.
fn until_free<T>(mut start: impl FnMut() -> Result<T, AzuriteError>) -> Result<T, AzuriteError> {
    for _ in 0..ATTEMPTS {
        match start() {
            Err(AzuriteError::Start(said)) if said.contains("EADDRINUSE") => thread::sleep(PAUSE),
            other => return other,
        }
    }
    start()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_that_is_taken_is_waited_for_and_nothing_else() {
        let mut said = vec!["EADDRINUSE", "listen EADDRINUSE: address already in use"];
        let freed = until_free(|| {
            said.pop()
                .map_or(Ok(5), |said| Err(AzuriteError::Start(said.to_owned())))
        });
        assert!(matches!(freed, Ok(5)));
        let mut starts = 0;
        let broken = until_free(|| -> Result<(), _> {
            starts += 1;
            Err(AzuriteError::Start("no such file".to_owned()))
        });
        assert!(matches!(broken, Err(AzuriteError::Start(_))));
        assert_eq!(starts, 1);
    }
}
