//! The hub in memory as the hub of an app: `App::new(MemoryHub::default())`.

use std::future::ready;
use std::sync::Arc;

use durable_core::hub::{Access, DescribesHub, HubFuture, TaskHub};

use super::MemoryHub;

/// The description is the hub: what it opens is this one, with what is in it. Every access may write.
impl DescribesHub for MemoryHub {
    fn open(&self, _access: Access) -> HubFuture<'_, Arc<dyn TaskHub>> {
        let hub: Arc<dyn TaskHub> = Arc::new(self.clone());
        Box::pin(ready(Ok(hub)))
    }

    fn place(&self) -> String {
        "memory".to_owned()
    }
}
