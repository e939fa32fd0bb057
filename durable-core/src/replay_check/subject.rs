//! One instance that is to be replayed.

use std::path::PathBuf;

use crate::client::kept_by_rewind;
use crate::history::{Event, EventKind};
use crate::history_file::{KeptHistory, started, version_in_force};
use crate::hub::{InstanceRecord, InstanceStatus};
use crate::id::InstanceId;
use crate::name::WireName;
use crate::version::RecordedVersion;

/// Whose history it is, as far as is known: a file may be damaged.
#[derive(Debug, Clone, Default)]
pub(super) struct Who {
    pub(super) instance: Option<InstanceId>,
    pub(super) name: Option<WireName>,
    pub(super) version: Option<RecordedVersion>,
    /// Whether a worker has stopped at it already.
    pub(super) blocked: bool,
    pub(super) file: Option<PathBuf>,
}

impl Who {
    pub(super) fn of(record: &InstanceRecord) -> Self {
        Self {
            instance: Some(record.instance.clone()),
            name: Some(record.name.clone()),
            version: Some(record.version.clone()),
            blocked: record.blocked.is_some(),
            file: None,
        }
    }
}

/// An instance and its history.
#[derive(Debug)]
pub(super) struct Subject {
    pub(super) who: Who,
    pub(super) name: WireName,
    pub(super) version: RecordedVersion,
    pub(super) history: Vec<Event>,
    /// Whether no turn was made yet: the history is what the first one will begin with.
    pub(super) begins: bool,
}

impl Subject {
    /// Makes one of what a hub knows.
    pub(super) fn of_record(record: &InstanceRecord, mut history: Vec<Event>) -> Self {
        let mut version = version_in_force(&history).unwrap_or_else(|| record.version.clone());
        if record.status == InstanceStatus::Failed {
            let kept = kept_by_rewind(&history).len();
            history.truncate(kept);
            version = record.version.clone();
        }
        let begins = history
            .iter()
            .all(|event| !matches!(event.kind, EventKind::ExecutionStarted(_)));
        if begins {
            // What stands before the first turn, a move, is in the version that the record has.
            (history, version) = (beginning_of(record), record.version.clone());
        }
        Self {
            who: Who {
                version: Some(version.clone()),
                ..Who::of(record)
            },
            name: record.name.clone(),
            version,
            history,
            begins,
        }
    }

    /// Makes one of a file.
    ///
    /// # Errors
    ///
    /// If the file does not say who ran.
    pub(super) fn of_file(file: PathBuf, kept: KeptHistory, failed: bool) -> Result<Self, Box<Who>> {
        let KeptHistory { record, history } = kept;
        let mut subject = match record {
            Some(record)
                if history.events.is_empty() || (failed && record.status == InstanceStatus::Failed) =>
            {
                Self::of_record(&record, history.events)
            }
            record => {
                let blocked = record.is_some_and(|record| record.blocked.is_some());
                match Self::of_history(history.events, blocked) {
                    Some(subject) => subject,
                    None => {
                        return Err(Box::new(Who {
                            file: Some(file),
                            ..Who::default()
                        }));
                    }
                }
            }
        };
        subject.who.file = Some(file);
        Ok(subject)
    }

    fn of_history(history: Vec<Event>, blocked: bool) -> Option<Self> {
        let version = version_in_force(&history)?;
        let started = started(&history)?;
        let (name, instance) = (started.name.clone(), started.instance.clone());
        Some(Self {
            who: Who {
                instance: Some(instance),
                name: Some(name.clone()),
                version: Some(version.clone()),
                blocked,
                file: None,
            },
            name,
            version,
            history,
            begins: false,
        })
    }
}

/// Returns what the first turn of an instance will begin with.
fn beginning_of(record: &InstanceRecord) -> Vec<Event> {
    let at = record.created_at;
    [
        EventKind::OrchestratorStarted,
        EventKind::ExecutionStarted(Box::new(record.started())),
    ]
    .map(|kind| Event::new(at, kind))
    .into()
}

/// Makes a record for tests.
#[cfg(test)]
pub(crate) fn test_record(instance: InstanceId, execution: crate::ExecutionId) -> InstanceRecord {
    let at = crate::Timestamp::from_micros(0);
    InstanceRecord {
        instance,
        execution,
        generation: 0,
        name: WireName::new("checkout").unwrap(),
        version: crate::Version::ONE.into(),
        status: InstanceStatus::Pending,
        created_at: at,
        updated_at: at,
        ended_at: None,
        scheduled_start: None,
        input: crate::Payload::unit(),
        output: None,
        failure: None,
        custom_status: None,
        tags: crate::history::Tags::new(),
        parent: None,
        policy: crate::history::ChildPolicy::default(),
        blocked: None,
        stalled_since: None,
        owner: None,
        event_count: 0,
    }
}
