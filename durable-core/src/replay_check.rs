//! The check before a deployment: the code of this binary replays the histories of a hub, or of files, read-only.
//!
//! Every instance that has not ended is replayed on the code of its version. The code runs as far as the history goes
//! and no further, on plain threads outside any runtime, as a worker runs it: nothing is sent or written, activities do
//! not run, nor does any closure of a side effect. What a worker with this binary would stop at is a [`Finding`].
//!
//! ```
//! use durable_core::Failure;
//! use durable_core::hub::TaskHub;
//! use durable_core::registry::Registry;
//! use durable_core::replay_check::{CheckOptions, check_hub};
//!
//! async fn may_be_deployed(hub: &dyn TaskHub) -> Result<bool, Failure> {
//!     let report = check_hub(&Registry::collected()?, hub, &CheckOptions::default()).await?;
//!     println!("{report}");
//!     Ok(report.is_clean())
//! }
//! ```

mod advice;
mod gather;
mod lanes;
mod listing;
mod options;
mod replay;
mod report;
mod source;
mod subject;
mod text;

use std::path::Path;

pub(crate) use listing::{Listing, Read};
pub use options::{CheckOptions, Progress, ProgressFn, Selection};
pub use report::{Example, Finding, FindingKind, REPORT_SCHEMA, Report};
#[cfg(test)]
pub(crate) use subject::test_record;

use crate::history_file::HistoryFileError;
use crate::hub::{HubError, TaskHub};
use crate::registry::Registry;
use gather::Gathering;
use lanes::{Done, Lanes};
use source::{Item, Source};

/// Why a check could not be made, or not be finished.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CheckError {
    /// The hub cannot be read.
    #[error(transparent)]
    Hub(#[from] HubError),
    /// The folder cannot be read.
    #[error(transparent)]
    Folder(#[from] HistoryFileError),
    /// A thread for the replay cannot be started.
    #[error("a thread for the replay cannot be started: {0}")]
    Thread(#[from] std::io::Error),
}

/// Replays the instances of a hub on the code of a registry.
///
/// The hub may be in use, and is only read. Instances that end or go on while they are read are checked as they are
/// found.
///
/// # Cancel safety
///
/// Dropping the future ends the check. A replay that is under way ends by itself.
pub async fn check_hub(
    registry: &Registry,
    hub: &dyn TaskHub,
    options: &CheckOptions,
) -> Result<Report, CheckError> {
    let total = source::count(hub, options).await?;
    check(registry, Source::hub(hub, options), total, options).await
}

/// Replays every history file of a folder on the code of a registry: an export, or files that a test has kept.
///
/// Histories of ended instances are replayed as well, if they are there.
pub async fn check_folder(
    registry: &Registry,
    folder: &Path,
    options: &CheckOptions,
) -> Result<Report, CheckError> {
    let source = Source::folder(folder)?;
    let total = source.files();
    check(registry, source, total, options).await
}

async fn check(
    registry: &Registry,
    mut source: Source<'_>,
    total: Option<u64>,
    options: &CheckOptions,
) -> Result<Report, CheckError> {
    let mut lanes = Lanes::start(options)?;
    let mut gathering = Gathering::default();
    let mut sequence = 0;
    while let Some(item) = source.next(options).await? {
        sequence += 1;
        match item {
            Item::Gone => gathering.moved_on(),
            Item::Found(who, found) => gathering.add(sequence, who, found),
            Item::Subject(subject) => match replay::choose(registry, options, &subject) {
                Ok(Some(code)) => lanes.replay(sequence, code, *subject).await,
                Ok(None) => gathering.ignored(),
                Err(found) => gathering.add(sequence, subject.who, *found),
            },
        }
        while let Some(done) = lanes.done() {
            take(&mut gathering, done)?;
        }
        options.tell(gathering.progress(total));
    }
    lanes.close();
    while let Some(done) = lanes.rest().await {
        take(&mut gathering, done)?;
        options.tell(gathering.progress(total));
    }
    Ok(gathering.report())
}

fn take(gathering: &mut Gathering, done: Done) -> Result<(), CheckError> {
    gathering.take(done.sequence, done.who, done.outcome?);
    Ok(())
}
