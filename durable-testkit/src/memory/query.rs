//! What people and tools ask.

use std::collections::BTreeMap;

use durable_core::hub::{
    Fence, HubError, HubFuture, InstanceQuery, InstanceRecord, InstanceStatus, LoadedHistory,
    ManagementQueries, Page, PageToken, VersionCount, WorkerRecord,
};
use durable_core::{ExecutionId, InstanceId, RecordedVersion, Timestamp, WireName};

use super::state::{Instance, State, offers};
use super::{MemoryHub, invalid};

/// How many records a page has unless the query says otherwise.
pub(super) const PAGE_SIZE: usize = 100;

impl ManagementQueries for MemoryHub {
    fn get(&self, instance: &InstanceId) -> HubFuture<'_, Option<InstanceRecord>> {
        let id = instance.clone();
        self.ask(move |state| Ok(state.instances.get(&id).map(|instance| state.record(instance))))
    }

    fn query(&self, query: InstanceQuery) -> HubFuture<'_, Page<InstanceRecord>> {
        self.ask(move |state| state.query(&query))
    }

    fn history(
        &self,
        instance: &InstanceId,
        execution: Option<&ExecutionId>,
    ) -> HubFuture<'_, Option<LoadedHistory>> {
        let (id, execution) = (instance.clone(), execution.cloned());
        self.ask(move |state| {
            let instance = state.instances.get(&id);
            let wanted = instance.filter(|it| execution.as_ref().is_none_or(|e| e == it.execution()));
            Ok(wanted.map(Instance::loaded))
        })
    }

    fn fences(&self) -> HubFuture<'_, Vec<Fence>> {
        self.ask(|state| Ok(state.fences()))
    }

    fn version_counts(&self) -> HubFuture<'_, Vec<VersionCount>> {
        self.ask(|state| Ok(state.version_counts()))
    }

    fn workers(&self) -> HubFuture<'_, Vec<WorkerRecord>> {
        let lease = self.lease();
        self.ask(move |state| {
            let live = state.nodes.values().filter(|node| node.is_live(state.now));
            Ok(live
                .map(|node| WorkerRecord {
                    worker: node.offer.worker.clone(),
                    build: node.offer.build,
                    orchestrators: node.offer.orchestrators.clone(),
                    activities: node.offer.activities.clone(),
                    expires_at: node
                        .lease_until
                        .unwrap_or_else(|| state.now.saturating_add(lease)),
                })
                .collect())
        })
    }
}

impl MemoryHub {
    fn ask<'a, T: Send + 'a>(
        &'a self,
        ask: impl FnOnce(&State) -> Result<T, HubError> + Send + 'a,
    ) -> HubFuture<'a, T> {
        Box::pin(async move { ask(&self.shared.lock()) })
    }
}

impl Instance {
    pub(super) fn loaded(&self) -> LoadedHistory {
        LoadedHistory {
            execution: self.execution().clone(),
            events: self.history.clone(),
        }
    }
}

impl State {
    /// Returns what the hub knows of an instance.
    pub(super) fn record(&self, instance: &Instance) -> InstanceRecord {
        let started = &instance.started;
        let owner = self
            .live_owner(&instance.owner)
            .and_then(|id| self.nodes.get(&id));
        InstanceRecord {
            instance: started.instance.clone(),
            execution: started.execution.clone(),
            generation: started.generation,
            name: started.name.clone(),
            version: instance.version.clone(),
            status: instance.status,
            created_at: instance.created_at,
            updated_at: instance.updated_at,
            ended_at: instance.ended_at,
            scheduled_start: started.scheduled_start,
            input: started.input.clone(),
            output: instance.output.clone(),
            failure: instance.failure.clone(),
            custom_status: instance.custom_status.clone(),
            tags: started.tags.clone(),
            parent: started.parent.clone(),
            policy: instance.policy,
            blocked: instance.blocked.as_ref().map(|block| block.report.clone()),
            stalled_since: self.stalled_since(instance),
            owner: owner.map(|node| node.offer.worker.clone()),
            event_count: instance.history.len() as u64,
        }
    }

    /// Returns since when the instance has had work that no live worker takes. A blocked one is not stalled:
    /// it is the code that fails it, not the lack of code.
    fn stalled_since(&self, instance: &Instance) -> Option<Timestamp> {
        let can_run = |instance: &Instance| {
            let mut live = self.nodes.values().filter(|node| node.is_live(self.now));
            live.any(|node| node.takes(&instance.started.name, &instance.version))
        };
        let idle = self.live_owner(&instance.owner).is_none();
        let waits = idle && instance.blocked.is_none() && instance.is_due(self.now);
        if waits && !can_run(instance) {
            instance.ready_since()
        } else {
            None
        }
    }

    fn query(&self, query: &InstanceQuery) -> Result<Page<InstanceRecord>, HubError> {
        let page_size = query.page_size.unwrap_or(PAGE_SIZE).max(1);
        let after = query.after.as_ref().map(Position::parse).transpose()?;
        let mut found: Vec<(Position, InstanceRecord)> = (self.instances.values())
            .map(|instance| (Position::of(instance), self.record(instance)))
            .filter(|(position, record)| {
                let is_after = |after| {
                    if query.newest_first {
                        *position < after
                    } else {
                        *position > after
                    }
                };
                after.is_none_or(is_after) && matches(record, query)
            })
            .collect();
        found.sort_by_key(|(position, _)| *position);
        if query.newest_first {
            found.reverse();
        }
        let more = found.len() > page_size;
        found.truncate(page_size);
        let next = found
            .last()
            .filter(|_| more)
            .map(|(position, _)| position.to_token());
        let items = found.into_iter().map(|(_, record)| record).collect();
        Ok(Page { items, next })
    }

    fn version_counts(&self) -> Vec<VersionCount> {
        let mut counts: BTreeMap<(WireName, RecordedVersion), VersionCount> = BTreeMap::new();
        for instance in self.instances.values() {
            let key = (instance.started.name.clone(), instance.version.clone());
            let count = counts
                .entry(key)
                .or_insert_with_key(|(name, version)| VersionCount {
                    offered: self.is_offered(name, version),
                    ..VersionCount::none(name.clone(), version.clone())
                });
            *instance.column(count) += 1;
            count.last_started = count.last_started.max(Some(instance.created_at));
            if !instance.is_ended() {
                let oldest = count.oldest.unwrap_or(Timestamp::MAX);
                count.oldest = Some(oldest.min(instance.created_at));
            }
        }
        counts.into_values().collect()
    }

    pub(super) fn is_offered(&self, name: &WireName, version: &RecordedVersion) -> bool {
        let mut live = self.nodes.values().filter(|node| node.is_live(self.now));
        live.any(|node| offers(&node.offer.orchestrators, name, version))
    }
}

impl Instance {
    /// Returns the one column of the table in which it counts.
    fn column<'a>(&self, count: &'a mut VersionCount) -> &'a mut u64 {
        if self.blocked.is_some() {
            return &mut count.blocked;
        }
        match self.status {
            InstanceStatus::Pending => &mut count.pending,
            InstanceStatus::Running if self.inbox.is_empty() => &mut count.waiting,
            InstanceStatus::Running => &mut count.running,
            InstanceStatus::Suspended => &mut count.suspended,
            InstanceStatus::Failed => &mut count.failed,
            InstanceStatus::Completed | InstanceStatus::Canceled | InstanceStatus::Terminated => {
                &mut count.ended
            }
        }
    }
}

/// Returns whether a record satisfies every filter that is set.
pub(super) fn matches(record: &InstanceRecord, query: &InstanceQuery) -> bool {
    fn any_of<T: PartialEq>(wanted: &[T], value: &T) -> bool {
        wanted.is_empty() || wanted.contains(value)
    }
    let created = record.created_at;
    let ended_from = query
        .ended_from
        .is_none_or(|from| record.ended_at.is_some_and(|ended| ended >= from));
    let ended_before =
        (query.ended_before).is_none_or(|until| record.ended_at.is_some_and(|ended| ended < until));
    any_of(&query.names, &record.name)
        && any_of(&query.versions, &record.version)
        && any_of(&query.statuses, &record.status)
        && query
            .tags
            .iter()
            .all(|(name, value)| record.tags.get(name) == Some(value))
        && query.created_from.is_none_or(|from| created >= from)
        && query.created_before.is_none_or(|before| created < before)
        && ended_from
        && ended_before
        && query
            .id_prefix
            .as_ref()
            .is_none_or(|prefix| record.instance.as_str().starts_with(prefix))
        && query
            .blocked
            .is_none_or(|wanted| record.blocked.is_some() == wanted)
        && query
            .stalled
            .is_none_or(|wanted| record.stalled_since.is_some() == wanted)
}

/// The place of an instance in every listing: by time of start, then by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Position {
    created_at: Timestamp,
    number: u64,
}

impl Position {
    fn of(instance: &Instance) -> Self {
        Self {
            created_at: instance.created_at,
            number: instance.number,
        }
    }

    fn to_token(self) -> PageToken {
        PageToken(format!("{}.{}", self.created_at.as_micros(), self.number))
    }

    fn parse(token: &PageToken) -> Result<Self, HubError> {
        let parsed = token.0.split_once('.').and_then(|(created_at, number)| {
            Some(Self {
                created_at: Timestamp::from_micros(created_at.parse().ok()?),
                number: number.parse().ok()?,
            })
        });
        parsed.ok_or_else(|| invalid(format!("the page token `{}` is not one of this hub", token.0)))
    }
}
