//! Opening a hub: its threads, its clients of the storage, and its own tasks.

use std::sync::Arc;

use durable_core::hub::{Access, HubError, HubErrorKind};
use tokio::runtime::Handle;
use tokio::sync::mpsc::UnboundedReceiver;

use super::node::{AzureHub, Owner, Threads};
use super::options::AzureOptions;
use super::partition_count::{Wanted, settle};
use super::shared::{Parts, Shared};
use super::{effects, partitions, renewal, role, work_items, workers};
use crate::coordinator::Effect;
use crate::error::invalid;
use crate::partition::{PartitionManager, PartitionSettings, PartitionTable};
use crate::transport::{Account, AccountError, Storage, TableClient};
use crate::wire::{HubName, Names, PARTITIONS_DEFAULT};

fn wrong(error: &AccountError) -> HubError {
    invalid(format!("the storage account: {error}")).with_source(error.clone())
}

fn threads() -> Result<Threads, HubError> {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    let runtime = builder
        .worker_threads(2)
        .thread_name("durable-azure")
        .enable_all()
        .build();
    let runtime = runtime.map_err(|error| {
        HubError::new(HubErrorKind::Unavailable, "no thread can be started").with_source(error)
    })?;
    Ok(Threads::of(runtime))
}

impl AzureOptions {
    pub(super) async fn open_for(&self, access: Access) -> Result<AzureHub, HubError> {
        self.settings.check()?;
        let name = HubName::new(&self.hub);
        let name = name.map_err(|error| invalid(error.to_string()).with_source(error))?;
        let threads = threads()?;
        let runtime = threads.handle()?;
        let open = |account: &Result<Account, AccountError>| {
            let _within = runtime.enter();
            let account = account.as_ref().map_err(wrong)?;
            Storage::open(account, self.settings.retry.clone()).map_err(|error| wrong(&error))
        };
        let storage = open(&self.account)?;
        let (tracking, names) = match &self.tracking {
            None => (storage.clone(), Names::new(name)),
            Some(tracking) => {
                let names = Names::with_tracking_prefix(name, &tracking.prefix);
                let names = names.map_err(|error| invalid(error.to_string()).with_source(error))?;
                (open(&tracking.account)?, names)
            }
        };
        let partitions = tracking.table(&names.partitions_table());
        let partition_count = self.settled(&runtime, &partitions, &names, access).await?;
        let (shared, told) = Shared::new(Parts {
            settings: self.settings.clone(),
            names,
            partition_count,
            node: format!("durable-{}", Shared::new_guid()?.simple()),
            storage,
            tracking,
            runtime,
        });
        let owner = Owner {
            shared: Arc::new(shared),
            _threads: threads,
            access,
            place: self.place_of(),
        };
        if access == Access::ReadWrite {
            owner
                .run(move |shared| async move {
                    shared.seek_app_lease().await?;
                    shared.create().await
                })
                .await?;
            begin(&owner.shared, &partitions, told);
        }
        Ok(AzureHub {
            owner: Arc::new(owner),
        })
    }
}

impl AzureOptions {
    /// Finds out how many partitions the hub has. Whoever only looks needs the number for nothing.
    async fn settled(
        &self,
        runtime: &Handle,
        table: &TableClient,
        names: &Names,
        access: Access,
    ) -> Result<u32, HubError> {
        let wanted = Wanted {
            count: self.settings.partitions,
            must_exist: self.settings.must_exist,
        };
        if access == Access::ReadOnly && !wanted.must_exist {
            return Ok(wanted.count.unwrap_or(PARTITIONS_DEFAULT));
        }
        let (table, names) = (table.clone(), names.clone());
        let settling = runtime.spawn(async move { settle(&table, &names, wanted).await });
        settling.await.map_err(|error| {
            HubError::new(HubErrorKind::Closed, "the hub was not opened").with_source(error)
        })?
    }
}

/// Starts the node's own tasks.
fn begin(shared: &Arc<Shared>, table: &TableClient, told: UnboundedReceiver<Effect>) {
    let _within = shared.runtime.enter();
    let settings = PartitionSettings {
        lease: shared.settings.partition_lease,
        interval: shared.settings.partition_interval,
        ..PartitionSettings::default()
    };
    let store = Arc::new(PartitionTable::new(table, &settings));
    let (manager, events) = PartitionManager::start(store, shared.node.clone(), shared.clock(), settings);
    // Set once: the hub was made just now.
    let _ = shared.partitions.set(manager);
    tokio::spawn(effects::serve(Arc::clone(shared), told));
    tokio::spawn(partitions::serve(Arc::clone(shared), events));
    tokio::spawn(role::serve(Arc::clone(shared)));
    tokio::spawn(renewal::serve(Arc::clone(shared)));
    tokio::spawn(work_items::serve(Arc::clone(shared)));
    tokio::spawn(workers::serve(Arc::clone(shared)));
    tokio::spawn(clockwork(Arc::clone(shared)));
}

/// Lets take effect what time alone brings, even if nobody looks.
async fn clockwork(shared: Arc<Shared>) {
    loop {
        // Never found: it only looks.
        let _ = shared.wait_for(|_| Ok(None::<()>)).await;
    }
}
