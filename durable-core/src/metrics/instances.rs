//! The instances of a hub, by version and state.

use super::{INSTANCES, STALLED_INSTANCES};
use crate::hub::VersionCount;

/// Tells how many instances of one version are in which state.
pub(crate) fn tell_instances(count: &VersionCount) {
    let states = [
        ("pending", count.pending),
        ("running", count.running),
        ("waiting", count.waiting),
        ("suspended", count.suspended),
        ("blocked", count.blocked),
        ("failed", count.failed),
    ];
    for (state, instances) in states {
        INSTANCES.set(instances, &[&count.name, &count.version, &state]);
    }
    let stalled = if count.offered { 0 } else { count.live() };
    STALLED_INSTANCES.set(stalled, &[&count.name, &count.version]);
}
