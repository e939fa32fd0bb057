//! One application at a time works on a hub: what a node does when its own becomes the one, or is it no more.

use std::sync::Arc;

use durable_core::hub::{HubError, HubErrorKind};

use super::shared::Shared;
use crate::app_lease::{AppLease, AppLeaseContainer, AppLeaseSettings, MakePrimaryError};
use crate::error::conflict;
use crate::wire::app_lease_id;

impl Shared {
    /// Begins to seek the app lease, if the hub is used with one.
    pub(crate) async fn seek_app_lease(&self) -> Result<(), HubError> {
        let Some(app) = &self.settings.app else {
            // Set once: the hub was made just now.
            let _ = self.app_lease.set(AppLease::unused());
            return Ok(());
        };
        let container = self.tracking.container(&self.names.app_lease_container());
        let store = AppLeaseContainer::new(&container, self.names.app_lease_blob());
        store.create().await?;
        let id = app_lease_id(app);
        let lease = AppLease::start(Arc::new(store), id, self.clock(), AppLeaseSettings::default());
        let _ = self.app_lease.set(lease);
        Ok(())
    }

    /// Makes this program's application the one that works on the hub.
    pub(crate) async fn make_primary(&self) -> Result<(), HubError> {
        let unused = || conflict(MakePrimaryError::NotUsed.to_string());
        let lease = self.app_lease.get().ok_or_else(unused)?;
        lease.make_primary().await.map_err(|error| match error {
            MakePrimaryError::NotUsed => conflict(error.to_string()),
            MakePrimaryError::Store(_) => {
                HubError::new(HubErrorKind::Unavailable, error.to_string()).with_source(error)
            }
        })
    }
}

/// Begins to work when the application gets the lease, and gives everything back when it has lost it.
pub(crate) async fn serve(shared: Arc<Shared>) {
    let Some(mut role) = shared.app_lease.get().map(AppLease::role) else {
        return;
    };
    loop {
        if *role.borrow_and_update() {
            shared.take_part();
        } else if let Some(manager) = shared.partitions.get() {
            manager.leave().await;
        }
        if role.changed().await.is_err() {
            return;
        }
    }
}
