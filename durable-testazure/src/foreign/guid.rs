//! Ids that nobody else draws.

use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};

static DRAWN: AtomicU64 = AtomicU64::new(0);

/// 32 hexadecimal digits.
pub(super) fn plain() -> String {
    // The keys of the standard library's hash are drawn from the system.
    let half = || RandomState::new().hash_one(DRAWN.fetch_add(1, Ordering::Relaxed));
    format!("{:016x}{:016x}", half(), half())
}

/// The same with dashes.
pub(super) fn dashed() -> String {
    let id = plain();
    [&id[..8], &id[8..12], &id[12..16], &id[16..20], &id[20..]].join("-")
}
