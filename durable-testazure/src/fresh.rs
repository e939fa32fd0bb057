//! Names that no other test of the process uses.

use std::sync::atomic::{AtomicU64, Ordering};

static GIVEN: AtomicU64 = AtomicU64::new(0);

/// Returns a task hub's name that this process has not used yet: `prefix` and a number. A prefix of ASCII letters makes it
/// a valid one.
pub fn fresh_name(prefix: &str) -> String {
    format!("{prefix}{}", 1 + GIVEN.fetch_add(1, Ordering::Relaxed))
}
