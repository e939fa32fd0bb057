//! A thread that runs turns: plain, outside any tokio context.

mod asking;
mod committing;
mod leaving;
mod turning;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender};

use tokio::sync::OwnedSemaphorePermit;

use super::calls::{CallId, Calls};
use super::committer::{Asker, Waiting};
use super::resident::{Fit, LocalResult, Phase, Resident};
use super::run::Shared;
use crate::history::Event;
use crate::hub::{Commit, TurnWork};
use crate::id::{ExecutionId, InstanceId};
use asking::Answer;

/// The most messages that are taken before their turns are made: what they bring is committed together.
const MESSAGES_MAX: usize = 256;

/// What a turn thread is told.
#[derive(Debug)]
pub(super) enum ToThread {
    /// Fetched work.
    Work(TurnWork, OwnedSemaphorePermit),
    /// The result of an activity that ran here.
    Result(LocalResult),
    /// Something that it asked of the hub can go on.
    Rung(CallId),
    /// Release every instance as soon as it rests.
    Drain,
    /// Release everything and end.
    Stop,
}

/// The state of one turn thread.
pub(super) struct TurnThread {
    shared: Arc<Shared>,
    calls: Calls<Answer>,
    /// Whether it makes no more turns.
    ending: bool,
    /// How many batches wait for the hub's answer.
    batches: usize,
    /// What is to be committed next, and who waits for the answers.
    commits: Vec<Commit>,
    waiting: Vec<Waiting>,
    residents: HashMap<InstanceId, Resident>,
    residents_max: usize,
    /// Residents for which something has come.
    touched: Vec<InstanceId>,
    /// Idle residents, the longest idle first.
    idle: BTreeMap<u64, InstanceId>,
    ticks: u64,
    /// The id of the next execution that follows by continue-as-new, whichever it is: few turns need one.
    next_execution: Option<ExecutionId>,
    /// How many residents there were.
    serials: u64,
    /// How many residents are being given up.
    leaving: usize,
    /// Histories that were replayed. To let go of a long one takes time, which the commit need not wait for.
    replayed: Vec<Vec<Event>>,
}

impl TurnThread {
    /// Makes a thread's state. `myself` is the way to it.
    pub(super) fn new(shared: Arc<Shared>, myself: Sender<ToThread>) -> Self {
        Self {
            calls: Calls::new(shared.runtime.clone(), myself),
            ending: false,
            batches: 0,
            commits: Vec::new(),
            waiting: Vec::new(),
            residents_max: shared.residents_per_thread,
            shared,
            residents: HashMap::new(),
            touched: Vec::new(),
            idle: BTreeMap::new(),
            ticks: 0,
            next_execution: None,
            serials: 0,
            leaving: 0,
            replayed: Vec::new(),
        }
    }

    /// Runs until it is told to stop, or until nobody can tell it anything any more.
    ///
    /// Everything that waits is taken before turns are made: results that came together are applied by one turn, and all
    /// turns go to the hub in one batch.
    pub(super) fn run(mut self, inbox: &Receiver<ToThread>) {
        while let Ok(first) = inbox.recv() {
            let more = inbox.try_iter().take(MESSAGES_MAX - 1);
            for message in std::iter::once(first).chain(more) {
                match message {
                    ToThread::Work(work, permit) => self.take_work(work, permit),
                    ToThread::Result(result) => self.take_result(result),
                    ToThread::Rung(call) => self.go_on(call),
                    ToThread::Drain => {
                        self.residents_max = 0;
                        self.evict();
                    }
                    ToThread::Stop => return self.leave_all(inbox),
                }
            }
            self.work();
            self.replayed.clear();
        }
    }

    /// Makes the turns that are to be made, and takes them to the hub; again, if answers are there at once.
    fn work(&mut self) {
        loop {
            for instance in std::mem::take(&mut self.touched) {
                self.advance(&instance);
            }
            if !self.flush() && self.touched.is_empty() {
                return;
            }
        }
    }

    /// Does the next thing for an instance that is not busy.
    fn advance(&mut self, instance: &InstanceId) {
        let Some(resident) = self.residents.get_mut(instance) else {
            return;
        };
        if resident.phase != Phase::Idle {
            return;
        }
        if let Some(since) = resident.idle_since.take() {
            self.idle.remove(&since);
        }
        if !resident.has_work() {
            resident.permits.clear();
            self.ticks += 1;
            resident.idle_since = Some(self.ticks);
            self.idle.insert(self.ticks, instance.clone());
            return self.evict();
        }
        if resident.execution.is_some() {
            self.turn(instance);
        } else if resident.event_count == 0 {
            self.load(instance, &[]);
        } else {
            resident.phase = Phase::Loading;
            let (asker, session) = (asker_of(instance, resident), resident.session.clone());
            self.ask_to_load(asker, session);
        }
    }

    fn take_work(&mut self, work: TurnWork, permit: OwnedSemaphorePermit) {
        let instance = work.instance.clone();
        match self
            .residents
            .get_mut(&instance)
            .map(|resident| (resident.fits(&work), resident))
        {
            Some((Fit::Continues, resident)) => resident.extend(work, permit),
            Some((Fit::Waits, resident)) => return resident.later.push((work, permit)),
            Some((Fit::Replaces, _)) | None => {
                if let Some(mut old) = self.forget(&instance) {
                    self.return_results(old.take_results());
                }
                self.serials += 1;
                self.residents
                    .insert(instance.clone(), Resident::new(self.serials, work, permit));
            }
        }
        self.touch(instance);
    }

    fn take_result(&mut self, result: LocalResult) {
        let instance = result.key.instance.clone();
        match self.residents.get_mut(&instance) {
            Some(resident)
                if resident.execution_id == result.key.execution && resident.phase != Phase::Leaving =>
            {
                resident.results.push(result);
                self.touch(instance);
            }
            Some(_) | None => self.return_results(vec![result]),
        }
    }

    /// Notes that there may be something to do for a resident. Until that is done it does not count as idle.
    fn touch(&mut self, instance: InstanceId) {
        let resident = self.residents.get_mut(&instance);
        if let Some(since) = resident.and_then(|resident| resident.idle_since.take()) {
            self.idle.remove(&since);
        }
        self.touched.push(instance);
    }

    /// Returns the resident that an answer is for, if it is still there and waits for one of that kind.
    fn asker(&mut self, asker: &Asker, phase: Phase) -> Option<&mut Resident> {
        let resident = self.residents.get_mut(&asker.instance)?;
        (resident.serial == asker.serial && resident.phase == phase).then_some(resident)
    }

    fn forget(&mut self, instance: &InstanceId) -> Option<Resident> {
        let resident = self.residents.remove(instance)?;
        if let Some(since) = resident.idle_since {
            self.idle.remove(&since);
        }
        Some(resident)
    }
}

fn asker_of(instance: &InstanceId, resident: &Resident) -> Asker {
    Asker {
        instance: instance.clone(),
        serial: resident.serial,
    }
}
