//! How a worker is set up.

use std::collections::BTreeMap;
use std::env::VarError;
use std::sync::Arc;
use std::time::Duration;

use super::error::WorkerError;
use crate::activity::StateMap;
use crate::hub::TaskHub;
use crate::id::{BuildId, WorkerId};
use crate::name::WireName;
use crate::random::{Entropy, SystemEntropy};
use crate::registry::{DefaultVersions, MatchStrategy, MismatchStrategy, Registry};
use crate::replay::{DeterminismChecks, UnknownChecks};

/// What start-up does when live instances need versions that no worker offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum MissingVersions {
    /// Start-up is refused, naming them.
    #[default]
    Refuse,
    /// A warning is logged.
    Warn,
}

/// The settings of a worker. Every limit has a default that suits one process on one machine.
///
/// ```
/// # use std::time::Duration;
/// # use durable_core::worker::{MissingVersions, WorkerOptions};
/// let mut options = WorkerOptions::default();
/// options.max_concurrent_activities = 64;
/// options.activity_limits.insert("send_mail".parse()?, 2);
/// options.missing_versions = MissingVersions::Warn;
/// options.shutdown_grace = Duration::from_secs(120);
/// # Ok::<(), durable_core::NameError>(())
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct WorkerOptions {
    /// The worker's id; drawn at random if absent.
    pub id: Option<WorkerId>,
    /// What identifies the binary; read from the executable if absent.
    pub build: Option<BuildId>,
    /// Which versions of orchestrators it runs.
    pub match_strategy: MatchStrategy,
    /// What it does with versions it does not run.
    pub mismatch_strategy: MismatchStrategy,
    /// Which versions blank instances are resolved to.
    pub default_versions: DefaultVersions,
    /// What start-up does about versions it lacks.
    pub missing_versions: MissingVersions,
    /// How many threads run turns.
    pub turn_threads: usize,
    /// How many turns may be under way or waiting for their commit.
    pub max_concurrent_turns: usize,
    /// How many activities may run at once.
    pub max_concurrent_activities: usize,
    /// How many activities of one name may run at once, overriding the attribute.
    pub activity_limits: BTreeMap<WireName, usize>,
    /// How many executions are kept in memory between turns.
    pub max_resident_executions: usize,
    /// Whether every turn is made twice and compared; `DURABLE_DETERMINISM_CHECKS` in the environment is stronger.
    pub determinism_checks: DeterminismChecks,
    /// How long shutdown waits for running activities.
    pub shutdown_grace: Duration,
}

impl Default for WorkerOptions {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            id: None,
            build: None,
            match_strategy: MatchStrategy::default(),
            mismatch_strategy: MismatchStrategy::default(),
            default_versions: DefaultVersions::default(),
            missing_versions: MissingVersions::default(),
            turn_threads: cores,
            max_concurrent_turns: 256,
            max_concurrent_activities: 256,
            activity_limits: BTreeMap::new(),
            max_resident_executions: 1_000,
            determinism_checks: DeterminismChecks::default(),
            shutdown_grace: Duration::from_secs(30),
        }
    }
}

impl WorkerOptions {
    /// Returns the determinism checks in force, given what the environment says about them.
    pub(super) fn checks_in_force(
        &self,
        variable: Result<String, VarError>,
    ) -> Result<DeterminismChecks, WorkerError> {
        match variable {
            Ok(text) => text.parse().map_err(WorkerError::DeterminismChecks),
            Err(VarError::NotPresent) => Ok(self.determinism_checks),
            Err(VarError::NotUnicode(text)) => {
                let text = text.to_string_lossy();
                Err(WorkerError::DeterminismChecks(UnknownChecks::new(&text)))
            }
        }
    }
}

/// Executes the orchestrators and activities of a registry on a hub.
///
/// ```
/// # use std::sync::Arc;
/// # use durable_core::{CancelToken, Failure, hub::TaskHub, worker::Worker};
/// async fn work(hub: Arc<dyn TaskHub>, stop: CancelToken) -> Result<(), Failure> {
///     let worker = Worker::new(hub)?
///         .state(String::from("what activities read by `ctx.state::<String>()`"))
///         .options(|options| options.max_concurrent_activities = 64);
///     Ok(worker.run_until(async move { stop.cancelled().await }).await?)
/// }
/// ```
#[derive(Debug, Clone)]
pub struct Worker {
    pub(super) hub: Arc<dyn TaskHub>,
    pub(super) registry: Arc<Registry>,
    pub(super) states: Arc<StateMap>,
    pub(super) entropy: Arc<dyn Entropy>,
    pub(super) options: WorkerOptions,
}

impl Worker {
    /// Makes a worker of everything the macros registered in this binary, with the version policy of its environment.
    ///
    /// # Errors
    ///
    /// If functions contradict each other, or `DURABLE_DEFAULT_VERSION` is no version.
    pub fn new(hub: Arc<dyn TaskHub>) -> Result<Self, WorkerError> {
        let defaults = DefaultVersions::new().overridden_by(std::env::vars())?;
        let worker = Self::with_registry(hub, Arc::new(Registry::collected()?));
        Ok(worker.options(|options| options.default_versions = defaults))
    }

    /// Makes a worker of chosen functions.
    pub fn with_registry(hub: Arc<dyn TaskHub>, registry: Arc<Registry>) -> Self {
        Self {
            hub,
            registry,
            states: Arc::default(),
            entropy: Arc::new(SystemEntropy),
            options: WorkerOptions::default(),
        }
    }

    /// Adds shared state that activities read by `ctx.state::<T>()`.
    #[must_use]
    pub fn state<T: Send + Sync + 'static>(mut self, value: T) -> Self {
        Arc::make_mut(&mut self.states).insert(value);
        self
    }

    /// Sets all shared state at once.
    #[must_use]
    pub fn states(mut self, states: StateMap) -> Self {
        self.states = Arc::new(states);
        self
    }

    /// Changes the settings.
    #[must_use]
    pub fn options(mut self, change: impl FnOnce(&mut WorkerOptions)) -> Self {
        change(&mut self.options);
        self
    }

    /// Sets where random ids come from.
    #[must_use]
    pub fn entropy(mut self, entropy: Arc<dyn Entropy>) -> Self {
        self.entropy = entropy;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_is_stronger_than_the_settings() {
        let mut options = WorkerOptions::default();
        for configured in [
            DeterminismChecks::Off,
            DeterminismChecks::Shadow,
            DeterminismChecks::ShadowAndReplay,
        ] {
            options.determinism_checks = configured;
            assert_eq!(
                options.checks_in_force(Err(VarError::NotPresent)).unwrap(),
                configured
            );
            for wanted in [DeterminismChecks::Off, DeterminismChecks::ShadowAndReplay] {
                assert_eq!(options.checks_in_force(Ok(wanted.to_string())).unwrap(), wanted);
            }
        }
    }

    #[test]
    fn an_unknown_word_in_the_environment_is_refused_with_the_known_ones() {
        let refused = WorkerOptions::default().checks_in_force(Ok("yes".to_owned()));
        assert_eq!(
            refused.unwrap_err().to_string(),
            "the environment variable `DURABLE_DETERMINISM_CHECKS`: `yes` names no determinism checks: \
             write `off`, `shadow` or `shadow-and-replay`"
        );
    }

    #[test]
    fn turns_are_checked_where_debug_assertions_are() {
        let checked = WorkerOptions::default().determinism_checks != DeterminismChecks::Off;
        assert_eq!(checked, cfg!(debug_assertions));
    }
}
