//! The start-up check: whether live instances need versions that nobody has.

use super::error::{MissingVersion, WorkerError};
use super::options::{MissingVersions, Worker};
use crate::function::FunctionKind;
use crate::hub::VersionCount;
use crate::registry::MismatchStrategy;
use crate::version::RecordedVersion;

/// What a version that no live worker offers is to this one.
enum Lack {
    /// The binary has the orchestrator, but not this version of it.
    Version,
    /// The binary does not know the name. Another program may, or the linker dropped a crate.
    Name,
    /// The binary has it, and the worker is set to leave it to others.
    LeftOut,
    /// It will be taken: to be run, resolved or failed.
    Nothing,
}

impl Worker {
    /// Compares what the binary has with what live instances need.
    pub(super) async fn check_live_versions(&self) -> Result<(), WorkerError> {
        let counts = self.hub.live_counts().await?;
        let mut missing = Vec::new();
        for count in counts
            .into_iter()
            .filter(|count| count.live() > 0 && !count.offered)
        {
            let lack = self.lack(&count);
            let version = MissingVersion {
                instances: count.live(),
                name: count.name,
                version: count.version,
            };
            match lack {
                Lack::Nothing => {}
                Lack::Version if self.options.missing_versions == MissingVersions::Refuse => {
                    missing.push(version);
                }
                Lack::Version | Lack::LeftOut => {
                    tracing::warn!("no worker offers {version}: these instances are stalled");
                }
                Lack::Name => tracing::warn!(
                    "no worker offers {version}, and this binary has no orchestrator of that name: another program's, \
                     or a crate that the linker dropped"
                ),
            }
        }
        if missing.is_empty() {
            Ok(())
        } else {
            Err(WorkerError::MissingVersions(missing))
        }
    }

    fn lack(&self, count: &VersionCount) -> Lack {
        let kind = FunctionKind::Orchestrator;
        if !self.registry.has_name(kind, &count.name) {
            return Lack::Name;
        }
        if self.options.mismatch_strategy == MismatchStrategy::Fail {
            return Lack::Nothing;
        }
        let options = &self.options;
        match &count.version {
            RecordedVersion::Blank => Lack::Nothing,
            RecordedVersion::Foreign(_) => Lack::Version,
            RecordedVersion::Known(version) => {
                let offered = self
                    .registry
                    .offered(options.match_strategy, &options.default_versions);
                if offered
                    .iter()
                    .any(|key| key.name == count.name && key.version == *version)
                {
                    Lack::Nothing
                } else if self.registry.find(kind, &count.name, *version).is_some() {
                    Lack::LeftOut
                } else {
                    Lack::Version
                }
            }
        }
    }
}
