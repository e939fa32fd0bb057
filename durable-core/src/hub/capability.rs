//! What hubs can do beyond the base contract.

use serde::{Deserialize, Serialize};

/// Declared by a hub and verified by the conformance suite.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each capability is independent of the others"
)]
pub struct Capabilities {
    /// A worker is never handed an instance whose (name, version) it does not offer: the fetch filters.
    pub filter_at_fetch: bool,
    /// A turn's messages, activities and timers become visible in the same atomic step as its history.
    pub atomic_outbox: bool,
    /// Several processes may work on the hub at once.
    pub multi_process: bool,
    /// What the hub holds survives the process.
    pub persistent: bool,
    /// Listings are in the order of the times of start. Without it they are in the order of the ids.
    pub listed_by_time: bool,
}

impl Capabilities {
    /// Nothing beyond the base contract.
    pub const NONE: Self = Self {
        filter_at_fetch: false,
        atomic_outbox: false,
        multi_process: false,
        persistent: false,
        listed_by_time: false,
    };

    /// Declares filtering at fetch.
    #[must_use]
    pub const fn with_filter_at_fetch(mut self) -> Self {
        self.filter_at_fetch = true;
        self
    }

    /// Declares the atomic outbox.
    #[must_use]
    pub const fn with_atomic_outbox(mut self) -> Self {
        self.atomic_outbox = true;
        self
    }

    /// Declares that several processes may share the hub.
    #[must_use]
    pub const fn with_multi_process(mut self) -> Self {
        self.multi_process = true;
        self
    }

    /// Declares listings in the order of the times of start.
    #[must_use]
    pub const fn with_listing_by_time(mut self) -> Self {
        self.listed_by_time = true;
        self
    }

    /// Declares that the content survives the process.
    #[must_use]
    pub const fn with_persistence(mut self) -> Self {
        self.persistent = true;
        self
    }
}
