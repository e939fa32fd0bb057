//! What a version is in: whether it takes new instances, still has work, or may be deleted.

use durable_core::RecordedVersion;
use durable_core::hub::VersionCount;

/// Every state that a version may be in.
pub(crate) const STATES: [&str; 6] = ["running", "idle", "draining", "stalled", "drained", "deletable"];

/// Returns the state of each version:
///
/// - `stalled`: it has instances in flight, and no live worker has its code;
/// - `running`: it is the newest of its name, and has instances in flight;
/// - `idle`: it is the newest of its name, and nothing needs it now;
/// - `draining`: a newer one is there, and instances are still in flight;
/// - `drained`: nothing is in flight, but failed instances could be rewound and would need its code;
/// - `deletable`: nothing needs its code any more.
pub(crate) fn states(counts: &[VersionCount]) -> Vec<&'static str> {
    counts.iter().map(|count| state(count, counts)).collect()
}

fn state(count: &VersionCount, all: &[VersionCount]) -> &'static str {
    let newest = !all
        .iter()
        .any(|other| other.name == count.name && is_newer(other, count));
    match (count.live() > 0, count.offered, newest) {
        // An instance without a version is waiting for whichever worker takes it.
        (true, false, _) if count.version != RecordedVersion::Blank => "stalled",
        (true, _, true) => "running",
        (true, _, false) => "draining",
        (false, _, true) => "idle",
        (false, _, false) if count.failed > 0 => "drained",
        (false, _, false) => "deletable",
    }
}

/// Only versions that are known are newer or older: what foreign clients wrote says nothing about an order.
fn is_newer(other: &VersionCount, count: &VersionCount) -> bool {
    match (&other.version, &count.version) {
        (RecordedVersion::Known(other), RecordedVersion::Known(count)) => other > count,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use durable_core::{Version, WireName};

    use super::*;

    fn count(version: &str, live: u64, failed: u64, offered: bool) -> VersionCount {
        VersionCount {
            name: WireName::new("order").unwrap(),
            version: RecordedVersion::Known(Version::new(version).unwrap()),
            pending: 0,
            running: 0,
            waiting: live,
            suspended: 0,
            blocked: 0,
            failed,
            ended: 3,
            oldest: None,
            last_started: None,
            offered,
        }
    }

    #[test]
    fn a_version_may_be_deleted_once_a_newer_one_is_there_and_nothing_needs_it() {
        let all = [
            count("1", 0, 0, false),
            count("2", 0, 1, true),
            count("3", 4, 0, true),
            count("4", 1, 0, false),
            count("10", 2, 0, true),
        ];
        assert_eq!(
            states(&all),
            ["deletable", "drained", "draining", "stalled", "running"]
        );
        assert_eq!(
            states(&[count("1", 0, 2, false)]),
            ["idle"],
            "the only one is the newest"
        );
        assert_eq!(states(&[count("1", 1, 0, false)]), ["stalled"]);
    }
}
