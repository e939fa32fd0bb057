//! The clients on the emulator of the storage services.

mod blobs;
mod credentials;
mod queues;
mod recovery;
mod tables;
mod transactions;

use std::time::Duration;

use durable_testazure::fresh_name;

use super::account::Account;
use super::retry::RetrySettings;
use super::storage::Storage;

/// Opens the emulator that all tests share; nothing if such tests are left out.
fn storage() -> Option<Storage> {
    let azurite = durable_testazure::shared().unwrap()?;
    Some(open(&azurite.connection_string()))
}

/// Opens an account with pauses that a test can wait for.
fn open(connection_string: &str) -> Storage {
    let account = Account::from_connection_string(connection_string).unwrap();
    Storage::open(&account, quick()).unwrap()
}

fn quick() -> RetrySettings {
    RetrySettings {
        first_delay: Duration::from_millis(10),
        max_delay: Duration::from_millis(20),
        attempt_timeout: Duration::from_secs(10),
        secondary_after: Duration::from_millis(500),
        ..RetrySettings::default()
    }
}

/// Returns a name that a queue, a table and a container can have.
fn name() -> String {
    fresh_name("transport")
}
