//! The info blob.

use serde::{Deserialize, Serialize};

/// Who has the app lease, and who is to have it. Written as .NET writes it: both members, absent ones as null.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct AppLeaseInfo {
    /// The lease id of the application that took the lease last.
    pub(crate) owner_id: Option<String>,
    /// The lease id of the application that an operator made primary and that has not taken over yet.
    pub(crate) desired_swap_id: Option<String>,
}

impl AppLeaseInfo {
    pub(crate) fn is_owned_by(&self, id: &str) -> bool {
        is(self.owner_id.as_deref(), id)
    }

    pub(crate) fn is_wanted_by(&self, id: &str) -> bool {
        is(self.desired_swap_id.as_deref(), id)
    }
}

/// Lease ids are GUIDs, whose digits have no case.
fn is(stored: Option<&str>, id: &str) -> bool {
    stored.is_some_and(|stored| stored.eq_ignore_ascii_case(id))
}
