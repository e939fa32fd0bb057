//! What is checked, and how.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::id::InstanceId;
use crate::name::WireName;
use crate::registry::DefaultVersions;
use crate::version::{RecordedVersion, Version};

/// Which instances: every part that is set must match.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Selection {
    /// Orchestrators; any of them.
    pub names: Vec<WireName>,
    /// Versions; any of them.
    pub versions: Vec<Version>,
    /// How the id starts.
    pub id_prefix: Option<String>,
}

impl Selection {
    pub(super) fn takes(&self, name: &WireName, version: &RecordedVersion, instance: &InstanceId) -> bool {
        let named = self.names.is_empty() || self.names.contains(name);
        let known = version.known();
        let versioned = self.versions.is_empty() || known.is_some_and(|known| self.versions.contains(&known));
        let prefix = self.id_prefix.as_deref().unwrap_or_default();
        named && versioned && instance.as_str().starts_with(prefix)
    }
}

/// How far a check is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// How many instances are done with.
    pub done: u64,
    /// How many there were at the beginning, if that is known.
    pub total: Option<u64>,
    /// How many of them have a finding.
    pub found: u64,
}

/// What is told of a check while it goes on.
#[derive(Clone)]
pub struct ProgressFn(Arc<dyn Fn(Progress) + Send + Sync>);

impl ProgressFn {
    /// Makes one of a closure.
    pub fn new(told: impl Fn(Progress) + Send + Sync + 'static) -> Self {
        Self(Arc::new(told))
    }
}

impl fmt::Debug for ProgressFn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ProgressFn")
    }
}

/// What is checked, and how.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct CheckOptions {
    /// Which instances. All that have not ended if nothing is chosen.
    pub selection: Selection,
    /// Whether failed instances are checked too: what a rewind would keep of their histories.
    pub failed: bool,
    /// Whether instances of orchestrators that the registry does not know by name are left out: on a hub that several
    /// programs share they are another one's.
    pub ignore_unknown: bool,
    /// How long the replay of one instance may take. 30 s if not set.
    pub timeout: Duration,
    /// How many instances are replayed at once. As many as there are processors if not set.
    pub threads: usize,
    /// The version policy: which version an instance gets that came without one.
    pub default_versions: DefaultVersions,
    /// Is called after each instance.
    pub progress: Option<ProgressFn>,
}

impl Default for CheckOptions {
    fn default() -> Self {
        Self {
            selection: Selection::default(),
            failed: false,
            ignore_unknown: false,
            timeout: Duration::from_secs(30),
            threads: std::thread::available_parallelism().map_or(1, usize::from),
            default_versions: DefaultVersions::new(),
            progress: None,
        }
    }
}

impl CheckOptions {
    pub(super) fn tell(&self, progress: Progress) {
        if let Some(ProgressFn(told)) = &self.progress {
            told(progress);
        }
    }
}
