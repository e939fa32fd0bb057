//! Where histories come from: a hub, or files.

use std::path::{Path, PathBuf};

use super::options::CheckOptions;
use super::replay::Found;
use super::report::FindingKind;
use super::subject::{Subject, Who};
use super::{CheckError, Listing, Read};
use crate::history_file::{files_in, read_kept};
use crate::hub::{InstanceStatus, TaskHub};

/// Where histories come from.
pub(super) enum Source<'a> {
    Hub(Box<Listing<'a>>),
    Files(std::vec::IntoIter<PathBuf>),
}

/// What came.
pub(super) enum Item {
    /// An instance to replay.
    Subject(Box<Subject>),
    /// One that need not be replayed to be reported.
    Found(Who, Found),
    /// One that is no longer there.
    Gone,
}

impl<'a> Source<'a> {
    pub(super) fn hub(hub: &'a dyn TaskHub, options: &CheckOptions) -> Self {
        Self::Hub(Box::new(Listing::new(hub, &options.selection, statuses(options))))
    }

    pub(super) fn folder(folder: &Path) -> Result<Self, CheckError> {
        Ok(Self::Files(files_in(folder)?.into_iter()))
    }

    /// Returns how many files there are left.
    pub(super) fn files(&self) -> Option<u64> {
        match self {
            Self::Hub(_) => None,
            Self::Files(files) => u64::try_from(files.len()).ok(),
        }
    }

    pub(super) async fn next(&mut self, options: &CheckOptions) -> Result<Option<Item>, CheckError> {
        match self {
            Self::Hub(listing) => {
                let Some(record) = listing.next().await? else {
                    return Ok(None);
                };
                Ok(Some(match listing.read(record).await? {
                    Read::Gone => Item::Gone,
                    Read::Unreadable(record, error) => {
                        Item::Found(Who::of(&record), unreadable(error.to_string()))
                    }
                    Read::Instance(record, history) => {
                        Item::Subject(Box::new(Subject::of_record(&record, history.events)))
                    }
                }))
            }
            Self::Files(files) => Ok(files.by_ref().find_map(|file| of_file(file, options))),
        }
    }
}

/// Reads a file; nothing if it is none of the chosen ones.
fn of_file(file: PathBuf, options: &CheckOptions) -> Option<Item> {
    let kept = match read_kept(&file) {
        Ok(kept) => kept,
        Err(error) => {
            let who = Who {
                file: Some(file),
                ..Who::default()
            };
            return Some(Item::Found(who, unreadable(error.to_string())));
        }
    };
    match Subject::of_file(file, kept, options.failed) {
        Ok(subject) => {
            let instance = subject.who.instance.as_ref();
            let taken = instance
                .is_some_and(|instance| options.selection.takes(&subject.name, &subject.version, instance));
            taken.then(|| Item::Subject(Box::new(subject)))
        }
        Err(who) => {
            let text = "the history does not say which orchestrator ran";
            Some(Item::Found(*who, unreadable(text.to_owned())))
        }
    }
}

fn unreadable(message: String) -> Found {
    Found::new(FindingKind::Unreadable, message)
}

fn statuses(options: &CheckOptions) -> Vec<InstanceStatus> {
    InstanceStatus::ALL
        .into_iter()
        .filter(|status| !status.is_ended() || (options.failed && *status == InstanceStatus::Failed))
        .collect()
}

/// Counts the instances that will be checked, unless only a listing could tell.
pub(super) async fn count(hub: &dyn TaskHub, options: &CheckOptions) -> Result<Option<u64>, CheckError> {
    let selection = &options.selection;
    if selection.id_prefix.is_some() || options.progress.is_none() {
        return Ok(None);
    }
    let counts = hub.live_counts().await?;
    let chosen = counts.iter().filter(|count| {
        let known = count.version.known();
        (selection.names.is_empty() || selection.names.contains(&count.name))
            && (selection.versions.is_empty()
                || known.is_some_and(|known| selection.versions.contains(&known)))
    });
    let of = |count: &crate::hub::VersionCount| count.live() + if options.failed { count.failed } else { 0 };
    Ok(Some(chosen.map(of).sum()))
}
