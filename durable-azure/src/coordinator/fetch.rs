//! Handing out turns.

use std::sync::Arc;

use durable_core::history::Event;
use durable_core::hub::{CommitError, HubError, HubErrorKind, Message, Session, TurnWork};
use durable_core::{InstanceId, Timestamp};

use super::resident::Resident;
use super::state::{Effect, State};
use super::worker::WorkerKey;

/// What a session of an instance stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TurnToken {
    pub(crate) instance: InstanceId,
    /// The number of what is held: an instance that took its id over is another.
    number: u64,
    epoch: u64,
}

/// Whether a worker may have an instance now.
#[derive(PartialEq, Eq)]
enum Readiness {
    Ready,
    NotReady,
    /// It is blocked, and the worker's build has not had its try: that has to be recorded first.
    NeedsGrant,
}

impl State {
    /// Hands out instances that have something for the worker, longest waiting first.
    pub(crate) fn fetch_turns(&mut self, worker: WorkerKey, limit: usize) -> Vec<TurnWork> {
        let mut ready: Vec<(Option<Timestamp>, u64, InstanceId)> = Vec::new();
        let mut grants = Vec::new();
        for id in &self.with_messages {
            let Some(resident) = self.residents.get(id) else {
                continue;
            };
            match self.readiness(resident, worker) {
                Readiness::Ready => ready.push((resident.ready_since(), resident.number, id.clone())),
                Readiness::NotReady => {}
                Readiness::NeedsGrant => grants.push(id.clone()),
            }
        }
        for id in grants {
            self.ask_for_grant(&id, worker);
        }
        ready.sort();
        ready.truncate(limit);
        let ready = ready.into_iter();
        ready
            .filter_map(|(_, _, id)| self.hand_out(&id, worker))
            .collect()
    }

    /// The rule of the fetch: whether there is something in the instance that this worker may have now.
    fn readiness(&self, resident: &Resident, key: WorkerKey) -> Readiness {
        let Some(joined) = self.workers.get(&key).filter(|joined| joined.is_live(self.now)) else {
            return Readiness::NotReady;
        };
        let record = &resident.record;
        if !joined.takes(&record.name, &record.version)
            || !resident.is_due(self.now)
            || !resident.has_beginning()
            || !self.is_open(resident.partition)
        {
            return Readiness::NotReady;
        }
        let owner = self.live_owner(&resident.owner);
        if owner != Some(key) && (owner.is_some() || resident.busy) {
            return Readiness::NotReady;
        }
        if record.blocked.is_some() {
            let build = joined.offer.build;
            // Each new build gets one try, and while it tries nobody gets anything.
            return if owner.is_some() {
                Readiness::NotReady
            } else if resident.block.granted.contains(&build) {
                Readiness::Ready
            } else if resident.block.tried.contains(&build) {
                Readiness::NotReady
            } else {
                Readiness::NeedsGrant
            };
        }
        let has_work = match owner {
            Some(_) => resident.has_undelivered(),
            None => !resident.inbox.is_empty(),
        };
        if has_work {
            Readiness::Ready
        } else {
            Readiness::NotReady
        }
    }

    /// Returns whether work of a partition may be begun.
    fn is_open(&self, partition: u32) -> bool {
        let lease = self.partitions.get(&partition);
        !self.closed.contains(&partition) && lease.is_some_and(|lease| lease.may_take(self.now))
    }

    fn ask_for_grant(&mut self, id: &InstanceId, worker: WorkerKey) {
        let build = self.workers.get(&worker).map(|joined| joined.offer.build);
        let resident = self.residents.get_mut(id);
        if let (Some(build), Some(resident)) = (build, resident)
            && resident.block.tried.insert(build)
        {
            self.effects.push(Effect::GrantTry(id.clone(), build));
        }
    }

    fn hand_out(&mut self, id: &InstanceId, worker: WorkerKey) -> Option<TurnWork> {
        let build = self.workers.get(&worker)?.offer.build;
        let resident = self.residents.get_mut(id)?;
        if resident.owner.worker != Some(worker) {
            // Whoever owned it before has lost its lease or given it up: what that worker had is handed out again.
            resident.owner.claim(worker);
            resident.take_back_messages();
        }
        resident.block.granted.remove(&build);
        self.touched.insert(id.clone());
        Some(TurnWork {
            instance: id.clone(),
            execution: resident.execution().clone(),
            name: resident.record.name.clone(),
            version: resident.record.version.clone(),
            event_count: resident.record.event_count,
            messages: resident.hand_out_messages(),
            session: Session::new(TurnToken {
                instance: id.clone(),
                number: resident.number,
                epoch: resident.owner.epoch,
            }),
        })
    }

    /// Returns the instance of a session, if the session is still good.
    pub(crate) fn owned(&self, worker: WorkerKey, token: &TurnToken) -> Result<&Resident, CommitError> {
        let resident = (self.residents.get(&token.instance)).filter(|it| it.number == token.number);
        match resident {
            Some(resident) if resident.owner.is_held(worker, token.epoch) => Ok(resident),
            other => Err(CommitError::Stale {
                what: format!("instance `{}`", token.instance),
                held: token.epoch,
                current: other.map_or(0, |resident| resident.owner.epoch),
            }),
        }
    }

    /// Takes the history that was read when the instance came, if it is still at hand.
    pub(crate) fn take_history(&mut self, id: &InstanceId) -> Option<Arc<Vec<Event>>> {
        self.residents.get_mut(id)?.history.take()
    }

    /// Gives up an instance. Without effect if the ownership has passed.
    pub(crate) fn release(&mut self, worker: WorkerKey, token: &TurnToken) {
        if self.owned(worker, token).is_ok() {
            self.disown(&token.instance);
        }
    }

    /// Takes an instance from its owner.
    pub(crate) fn disown(&mut self, id: &InstanceId) {
        if let Some(resident) = self.residents.get_mut(id) {
            resident.disown();
            self.touched.insert(id.clone());
        }
        self.forget_if_idle(id);
    }
}

impl Resident {
    fn hand_out_messages(&mut self) -> Vec<Message> {
        let undelivered = self.inbox.iter_mut().filter(|waiting| !waiting.handed_out);
        undelivered
            .map(|waiting| {
                waiting.handed_out = true;
                waiting.message.clone()
            })
            .collect()
    }
}

/// Returns what a session of an instance stands for.
pub(crate) fn turn_token(session: &Session) -> Result<&TurnToken, HubError> {
    let foreign = || {
        HubError::new(
            HubErrorKind::Invalid,
            "the session is not one of an instance of this hub",
        )
    };
    session.token().ok_or_else(foreign)
}
