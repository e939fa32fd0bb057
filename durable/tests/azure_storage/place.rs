//! A hub of a test's own, as we see it and as a foreign program does.

use std::future::Future;
use std::time::Duration;

use durable::App;
use durable::azure::{AzureHub, AzureOptions};
use durable::hub::DescribesHub;
use durable_testazure::foreign::{Columns, ForeignClient, ForeignHub};
use durable_testazure::{Account, fresh_name, shared};

use crate::load::Runs;

/// How long anything may take on a busy machine.
pub(crate) const SOON: Duration = Duration::from_mins(1);

pub(crate) struct Place {
    pub(crate) name: String,
    pub(crate) connection: String,
    pub(crate) account: Account,
}

impl Place {
    /// A place on the shared emulator; none if tests of Azure are switched off.
    pub(crate) fn new(name: &str) -> Option<Self> {
        let azurite = shared().unwrap()?;
        Some(Self::at(azurite.account(), name))
    }

    pub(crate) fn at(account: Account, name: &str) -> Self {
        Self {
            name: fresh_name(name),
            connection: account.to_string(),
            account,
        }
    }

    /// The hub, with times that are short enough for tests.
    pub(crate) fn hub(&self) -> AzureOptions {
        AzureHub::at(&self.connection, &self.name)
            .partition_lease(Duration::from_secs(10), Duration::from_millis(300))
            .longest_polling_pause(Duration::from_millis(200))
    }

    /// The same hub in the eyes of another program, created by it.
    pub(crate) async fn foreign(&self) -> ForeignClient {
        let hub = ForeignHub::new(self.account, &self.name, 4);
        hub.create().await.unwrap();
        ForeignClient::new(hub)
    }
}

/// An app on a hub, with the state that the activities of this program want.
pub(crate) fn app_on(hub: impl DescribesHub) -> App {
    App::new(hub).state(Runs::default())
}

/// The column of a row, as text.
pub(crate) fn text<'a>(row: &'a Columns, column: &str) -> &'a str {
    row.get(column)
        .and_then(|value| value.as_str())
        .unwrap_or_default()
}

pub(crate) fn on_a_runtime(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let timely = async { tokio::time::timeout(SOON * 2, test).await };
    runtime.block_on(timely).expect("it must come to its end");
}
