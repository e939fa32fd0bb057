//! One look at what is in flight.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::hub::{FencedCode, HubError, InstanceStatus, TaskHub, VersionCount};
use crate::time::Timestamp;
use crate::version::RecordedVersion;

/// What counts as in flight.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    codes: Vec<FencedCode>,
    statuses: BTreeSet<InstanceStatus>,
}

/// A state in which nothing is in flight, so that no gate waits for its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a gate cannot wait for instances that are {0}: it counts pending, running, suspended and failed ones"
)]
pub struct NotInFlight(pub InstanceStatus);

impl Default for Scope {
    /// Every orchestrator, in every state that may still run code: pending, running and suspended.
    fn default() -> Self {
        Self {
            codes: Vec::new(),
            statuses: BTreeSet::from([
                InstanceStatus::Pending,
                InstanceStatus::Running,
                InstanceStatus::Suspended,
            ]),
        }
    }
}

impl Scope {
    /// Counts only these orchestrators; all if there are none.
    #[must_use]
    pub fn of(mut self, codes: impl IntoIterator<Item = FencedCode>) -> Self {
        self.codes = codes.into_iter().collect();
        self
    }

    /// Counts only these states. Failed instances may be counted too: they may be rewound, and then need their code.
    ///
    /// # Errors
    ///
    /// If one of them has ended for good.
    pub fn with_statuses(
        mut self,
        statuses: impl IntoIterator<Item = InstanceStatus>,
    ) -> Result<Self, NotInFlight> {
        self.statuses = statuses.into_iter().collect();
        let ended = |status: &&InstanceStatus| status.is_ended() && **status != InstanceStatus::Failed;
        match self.statuses.iter().find(ended) {
            Some(status) => Err(NotInFlight(*status)),
            None => Ok(self),
        }
    }

    /// Returns the orchestrators that count; all if there are none.
    pub fn codes(&self) -> &[FencedCode] {
        &self.codes
    }

    fn counts(&self, count: &VersionCount) -> bool {
        let same = |code: &FencedCode| {
            let version = match (code.version, &count.version) {
                // A blank version may be resolved to any.
                (None, _) | (_, RecordedVersion::Blank) => true,
                (Some(wanted), RecordedVersion::Known(version)) => wanted == *version,
                (Some(_), RecordedVersion::Foreign(_)) => false,
            };
            code.name == count.name && version
        };
        self.codes.is_empty() || self.codes.iter().any(same)
    }
}

/// What one look found. As JSON it is the answer of `/durable/status-check`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct StatusCheck {
    /// Whether anything that counts is in flight. Named as in the function that the Durable Functions documentation shows
    /// for zero-downtime deployments.
    pub has_running: bool,
    /// How many instances are in each state that counts.
    pub counts: BTreeMap<InstanceStatus, u64>,
    /// When the oldest of the orchestrators that count was started, of those that have not ended.
    #[serde(serialize_with = "as_text")]
    pub oldest: Option<Timestamp>,
}

/// A pipeline shows it to people.
#[expect(clippy::ref_option, reason = "serde gives it so")]
fn as_text<S: serde::Serializer>(moment: &Option<Timestamp>, serializer: S) -> Result<S::Ok, S::Error> {
    match moment {
        Some(moment) => serializer.collect_str(moment),
        None => serializer.serialize_none(),
    }
}

/// Looks once at what is in flight.
///
/// # Errors
///
/// If the hub cannot be read.
pub async fn status_check(hub: &dyn TaskHub, scope: &Scope) -> Result<StatusCheck, HubError> {
    let counts = hub.live_counts().await?;
    Ok(StatusCheck::of(
        counts.iter().filter(|count| scope.counts(count)),
        scope,
    ))
}

impl StatusCheck {
    fn of<'a>(found: impl Iterator<Item = &'a VersionCount>, scope: &Scope) -> Self {
        let mut counts: BTreeMap<InstanceStatus, u64> =
            scope.statuses.iter().map(|status| (*status, 0)).collect();
        let mut oldest: Option<Timestamp> = None;
        for count in found {
            for (status, total) in &mut counts {
                *total += in_status(count, *status);
            }
            if count.live() > 0 {
                oldest = oldest.into_iter().chain(count.oldest).min();
            }
        }
        Self {
            has_running: counts.values().any(|count| *count > 0),
            counts,
            oldest,
        }
    }

    /// Returns how many instances count.
    pub fn in_flight(&self) -> u64 {
        self.counts.values().sum()
    }
}

/// Returns how many instances of a version are in a state. Those that wait or are blocked are running ones.
fn in_status(count: &VersionCount, status: InstanceStatus) -> u64 {
    match status {
        InstanceStatus::Pending => count.pending,
        InstanceStatus::Running => count.running + count.waiting + count.blocked,
        InstanceStatus::Suspended => count.suspended,
        InstanceStatus::Failed => count.failed,
        // A scope has none of these.
        InstanceStatus::Completed | InstanceStatus::Canceled | InstanceStatus::Terminated => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Version, WireName};

    fn count(name: &str, version: &str) -> VersionCount {
        VersionCount {
            name: WireName::new(name).unwrap(),
            version: RecordedVersion::from(version.to_owned()),
            pending: 1,
            running: 2,
            waiting: 4,
            suspended: 8,
            blocked: 16,
            failed: 32,
            ended: 64,
            oldest: Some(Timestamp::from_micros(5)),
            last_started: None,
            offered: true,
        }
    }

    fn code(name: &str, version: Option<&str>) -> FencedCode {
        FencedCode {
            name: WireName::new(name).unwrap(),
            version: version.map(|version| Version::new(version).unwrap()),
        }
    }

    #[test]
    fn every_live_state_is_counted_once() {
        let check = StatusCheck::of([count("a", "1")].iter(), &Scope::default());
        let counts: Vec<u64> = check.counts.values().copied().collect();
        assert_eq!((counts, check.in_flight()), (vec![1, 22, 8], 31));
        assert!(check.has_running);
    }

    #[test]
    fn a_scope_counts_its_orchestrators_and_states_only() {
        let scope = Scope::default().of([code("a", Some("2")), code("b", None)]);
        let found = [
            count("a", "1"),
            count("a", "2.0"),
            count("a", ""),
            count("b", "x"),
            count("c", "2"),
        ];
        let counted: Vec<bool> = found.iter().map(|count| scope.counts(count)).collect();
        assert_eq!(counted, [false, true, true, true, false]);
        let scope = Scope::default().with_statuses([InstanceStatus::Failed]).unwrap();
        assert_eq!(StatusCheck::of(found[..1].iter(), &scope).in_flight(), 32);
        let refused = Scope::default()
            .with_statuses([InstanceStatus::Completed])
            .unwrap_err();
        assert_eq!(
            refused.to_string(),
            "a gate cannot wait for instances that are Completed: it counts pending, running, suspended and failed ones"
        );
    }

    #[test]
    fn as_json_it_is_what_a_pipeline_reads() {
        let mut idle = count("a", "1");
        (
            idle.pending,
            idle.running,
            idle.waiting,
            idle.suspended,
            idle.blocked,
        ) = (0, 0, 0, 0, 0);
        let check = StatusCheck::of([idle].iter(), &Scope::default());
        let busy = StatusCheck::of([count("a", "1")].iter(), &Scope::default());
        let text = serde_json::to_string(&busy).unwrap();
        assert!(
            text.ends_with("\"oldest\":\"1970-01-01T00:00:00.000005Z\"}"),
            "{text}"
        );
        assert_eq!(
            serde_json::to_string(&check).unwrap(),
            "{\"hasRunning\":false,\"counts\":{\"Pending\":0,\"Running\":0,\"Suspended\":0},\"oldest\":null}"
        );
    }
}
