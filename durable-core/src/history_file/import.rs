//! Import: the instances of an export, in another hub.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};

use super::{HistoryFileError, KeptHistory, files_in, read_kept};
use crate::history::{ChildPolicy, Event};
use crate::hub::{HubError, Import, InstanceRecord, NotQuiesced, Outgoing, TaskHub, answered};
use crate::id::InstanceId;
use crate::registry::Registry;
use crate::replay::{Code, Execution, Halt};

/// What was imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Imported {
    /// How many instances are in the hub now, each read back and replayed.
    pub instances: u64,
}

/// Why one instance of an export cannot be imported.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Obstacle {
    /// The file holds a history only, and nothing that was known of the instance.
    #[error("the file `{}` has no record of an instance: it was kept for a test, not exported from a hub", .0.display())]
    NoRecord(PathBuf),
    /// Two files are of one instance.
    #[error("the instance `{0}` is in the folder twice")]
    Twice(InstanceId),
    /// It may still run.
    #[error(transparent)]
    NotQuiesced(#[from] NotQuiesced),
    /// This program lacks its code.
    #[error("the instance `{instance}` needs `{name}` {version}, which is not in this program")]
    MissingCode {
        /// The instance.
        instance: InstanceId,
        /// Its orchestrator.
        name: String,
        /// Its version.
        version: String,
    },
    /// This program's code does not make the recorded steps.
    #[error("the instance `{instance}` does not replay: {halt}")]
    Diverged {
        /// The instance.
        instance: InstanceId,
        /// Where it differs.
        halt: Box<Halt>,
    },
    /// Its caller would be left behind.
    #[error("the instance `{child}` was called by `{parent}`, which is neither in the folder nor in the hub")]
    NoParent {
        /// The sub-orchestration.
        child: InstanceId,
        /// Its caller.
        parent: InstanceId,
    },
    /// What it waits for would be left behind.
    #[error("the instance `{parent}` waits for `{child}`, which is neither in the folder nor in the hub")]
    NoChild {
        /// The caller.
        parent: InstanceId,
        /// The sub-orchestration.
        child: InstanceId,
    },
}

/// Why an import was not made, or not finished.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// A file cannot be read.
    #[error(transparent)]
    File(#[from] HistoryFileError),
    /// Instances cannot be imported. Nothing was.
    #[error("nothing was imported:{}", Listed(.0))]
    Obstacles(Vec<Obstacle>),
    /// The hub refused an instance. Those before it are imported, and the same import may be made again.
    #[error("the instance `{instance}` was not imported, and {imported} before it were: {source}")]
    Hub {
        /// The instance.
        instance: InstanceId,
        /// How many are in the hub.
        imported: u64,
        /// Why.
        source: HubError,
    },
    /// The hub could not be asked.
    #[error("the hub could not be asked: {0}")]
    Asked(#[source] HubError),
    /// What the hub gives back is not what it was given.
    #[error("the instance `{instance}` was imported, and the hub gives back another history: {what}")]
    Changed {
        /// The instance.
        instance: InstanceId,
        /// What differs.
        what: String,
    },
}

/// Writes obstacles as a list.
struct Listed<'a>(&'a [Obstacle]);

impl fmt::Display for Listed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|obstacle| write!(f, "\n  {obstacle}"))
    }
}

/// Brings the instances of an export into a hub, where they stand as they stood: suspended, or ended.
///
/// Each is replayed on this program's code before anything is written, and again from what the hub gives back. The same
/// import may be made twice: what is there already, and has not gone on, is left as it is. The hub that was exported is not
/// touched: its instances stay suspended there, and are to be terminated or purged by hand.
///
/// # Errors
///
/// All obstacles at once, before anything is written; or what a file or the hub refused.
pub async fn import(hub: &dyn TaskHub, registry: &Registry, folder: &Path) -> Result<Imported, ImportError> {
    let mut family = Family::read(folder, registry).await?;
    family.check(hub).await?;
    let mut imported = 0;
    for Member { import, code, .. } in family.parents_first() {
        let instance = import.record().instance.clone();
        let refused = |source| ImportError::Hub {
            instance: instance.clone(),
            imported,
            source,
        };
        hub.import(import.clone()).await.map_err(refused)?;
        let found = hub.history(&instance, None).await.map_err(refused)?;
        let found = found.map(|found| found.events).unwrap_or_default();
        verify(&import, code, found).await?;
        imported += 1;
    }
    Ok(Imported { instances: imported })
}

/// Compares what the hub gives back with what it was given, and replays it.
async fn verify(import: &Import, code: Option<Code>, found: Vec<Event>) -> Result<(), ImportError> {
    let changed = |what: String| ImportError::Changed {
        instance: import.record().instance.clone(),
        what,
    };
    if found != import.events() {
        let same = found
            .iter()
            .zip(import.events())
            .take_while(|(a, b)| a == b)
            .count();
        return Err(changed(format!("from event {same} on")));
    }
    match code {
        Some(code) => replay(code, found)
            .await
            .map(drop)
            .map_err(|halt| changed(halt.to_string())),
        None => Ok(()),
    }
}

/// One instance of the folder.
struct Member {
    import: Import,
    /// On which it replays; none if it has ended and its code is gone.
    code: Option<Code>,
    /// What it waits for.
    children: Vec<InstanceId>,
}

/// The instances of the folder.
#[derive(Default)]
struct Family {
    members: BTreeMap<InstanceId, Member>,
    obstacles: Vec<Obstacle>,
}

impl Family {
    async fn read(folder: &Path, registry: &Registry) -> Result<Self, ImportError> {
        let mut family = Self::default();
        for path in files_in(folder)? {
            let kept = read_kept(&path)?;
            let Some(record) = kept.record.clone() else {
                family.obstacles.push(Obstacle::NoRecord(path));
                continue;
            };
            let instance = record.instance.clone();
            match member(record, kept, registry).await {
                Err(obstacle) => family.obstacles.push(obstacle),
                Ok(member) => {
                    if family.members.insert(instance.clone(), member).is_some() {
                        family.obstacles.push(Obstacle::Twice(instance));
                    }
                }
            }
        }
        Ok(family)
    }

    /// Looks for callers and sub-orchestrations that would be left behind.
    async fn check(&mut self, hub: &dyn TaskHub) -> Result<(), ImportError> {
        let mut missing = Vec::new();
        for (id, member) in &self.members {
            let record = member.import.record();
            if record.status.is_ended() {
                continue;
            }
            if let Some(parent) = record
                .parent
                .as_ref()
                .filter(|_| record.policy != ChildPolicy::Abandon)
                && !self.is_known(&parent.instance, hub).await?
            {
                missing.push(Obstacle::NoParent {
                    child: id.clone(),
                    parent: parent.instance.clone(),
                });
            }
            for child in &member.children {
                if !self.is_known(child, hub).await? {
                    missing.push(Obstacle::NoChild {
                        parent: id.clone(),
                        child: child.clone(),
                    });
                }
            }
        }
        self.obstacles.append(&mut missing);
        if self.obstacles.is_empty() {
            return Ok(());
        }
        Err(ImportError::Obstacles(std::mem::take(&mut self.obstacles)))
    }

    async fn is_known(&self, id: &InstanceId, hub: &dyn TaskHub) -> Result<bool, ImportError> {
        if self.members.contains_key(id) {
            return Ok(true);
        }
        Ok(hub.get(id).await.map_err(ImportError::Asked)?.is_some())
    }

    /// Returns the members so that a caller comes before what it called.
    fn parents_first(self) -> Vec<Member> {
        let Self { mut members, .. } = self;
        let mut ordered = Vec::with_capacity(members.len());
        while !members.is_empty() {
            let waiting: BTreeSet<InstanceId> = members.keys().cloned().collect();
            let is_next = |member: &Member| {
                let parent = member.import.record().parent.as_ref();
                parent.is_none_or(|parent| !waiting.contains(&parent.instance))
            };
            let next: Vec<InstanceId> = (members.iter())
                .filter(|(_, member)| is_next(member))
                .map(|(id, _)| id.clone())
                .collect();
            // No family is its own ancestor; a damaged one is imported in any order.
            let next = if next.is_empty() {
                waiting.into_iter().collect()
            } else {
                next
            };
            ordered.extend(next.iter().filter_map(|id| members.remove(id)));
        }
        ordered
    }
}

/// Makes sure that an instance may be imported, by a replay of its history.
async fn member(record: InstanceRecord, kept: KeptHistory, registry: &Registry) -> Result<Member, Obstacle> {
    let instance = record.instance.clone();
    let code = record
        .version
        .known()
        .and_then(|version| registry.code(&record.name, version));
    let Some(code) = code else {
        if record.status.is_ended() {
            // Nothing of it runs again, unless it is rewound: then its version is chosen anew.
            let import = Import::new(record, kept.history, [])?;
            return Ok(Member {
                import,
                code: None,
                children: Vec::new(),
            });
        }
        return Err(Obstacle::MissingCode {
            instance,
            name: record.name.to_string(),
            version: String::from(record.version),
        });
    };
    let open = replay(code, kept.history.events.clone()).await;
    let open = open.map_err(|halt| Obstacle::Diverged {
        instance,
        halt: Box::new(halt),
    })?;
    Ok(Member {
        import: Import::new(record, kept.history, open.orders)?,
        code: Some(code),
        children: open.children,
    })
}

/// What a history waits for at its end.
struct Open {
    orders: Vec<Outgoing>,
    children: Vec<InstanceId>,
}

fn waited_for(execution: &Execution, events: &[Event]) -> Vec<InstanceId> {
    let answered = answered(events);
    let open = execution.open_children().into_iter();
    let unanswered = open.filter(|(task, _)| !answered.contains(task));
    unanswered.map(|(_, child)| child).collect()
}

/// Replays on a thread of its own, where the code can reach neither tokio nor block it.
async fn replay(code: Code, events: Vec<Event>) -> Result<Open, Halt> {
    let (sender, replayed) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        let execution = Execution::load(code, &events);
        let open = execution.map(|execution| Open {
            orders: execution.open_orders().cloned().collect(),
            children: waited_for(&execution, &events),
        });
        drop(sender.send(open));
    });
    // The thread answers unless the code ends the process: a panic is caught by the replay.
    let vanished = |_| {
        Err(Halt::new(
            crate::replay::HaltReason::Panic,
            "the replay did not answer",
        ))
    };
    replayed.await.unwrap_or_else(vanished)
}
