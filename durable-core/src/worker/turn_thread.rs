//! A thread that runs turns: plain, outside any tokio context.

mod asking;
mod leaving;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender};

use tokio::sync::OwnedSemaphorePermit;

use super::calls::{CallId, Calls};
use super::code::{Found, find_code};
use super::committer::{self, Asker, Waiting};
use super::mismatch;
use super::resident::{After, Fit, LocalResult, Phase, Resident};
use super::run::Shared;
use crate::decision::{CustomStatus, TurnOutcome};
use crate::history::Event;
use crate::hub::{
    ActivityDemand, Commit, CommitError, Committed, HubError, LoadedHistory, TurnCommit, TurnWork,
};
use crate::id::{ExecutionId, InstanceId};
use crate::metrics::{self, Level, Stopwatch, TurnTally};
use crate::replay::{CheckedExecution, Decision, Halt, TurnInput};
use crate::trace::table::{LOAD, TURN};
use crate::trace::{load_span, turn_span};
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

    /// Notes that there may be something to do for a resident. Until that is done it does not count as idle.
    fn touch(&mut self, instance: InstanceId) {
        let resident = self.residents.get_mut(&instance);
        if let Some(since) = resident.and_then(|resident| resident.idle_since.take()) {
            self.idle.remove(&since);
        }
        self.touched.push(instance);
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

    /// Returns the resident that an answer is for, if it is still there and waits for one of that kind.
    fn asker(&mut self, asker: &Asker, phase: Phase) -> Option<&mut Resident> {
        let resident = self.residents.get_mut(&asker.instance)?;
        (resident.serial == asker.serial && resident.phase == phase).then_some(resident)
    }

    fn take_history(&mut self, asker: &Asker, loaded: Result<LoadedHistory, HubError>) {
        let Some(resident) = self.asker(asker, Phase::Loading) else {
            return;
        };
        resident.phase = Phase::Idle;
        match loaded {
            Ok(history) if history.execution == resident.execution_id => {
                resident.event_count = u64::try_from(history.events.len()).unwrap_or(u64::MAX);
                self.load(&asker.instance, &history.events);
                self.replayed.push(history.events);
            }
            Ok(_) => self.give_up(&asker.instance, &"its execution changed while it was loaded"),
            Err(error) => self.give_up(&asker.instance, &error),
        }
    }

    /// Lets the activities run that an accepted commit hands over, and whoever waits for the commit go on.
    fn take_commit_answer(&mut self, waiting: Waiting, answer: Result<Committed, CommitError>) {
        match waiting {
            Waiting::Turn { asker, .. } if self.ending => self.leave_after(&asker, answer.is_ok()),
            Waiting::Turn { asker, reserved } => {
                let answer = answer.map(|committed| {
                    let activities = &self.shared.activities;
                    activities.take_over(&self.shared, committed.activities, reserved);
                });
                self.take_answer(&asker, answer);
            }
            Waiting::Result(result) => committer::result_answered(&self.shared, result, answer),
        }
    }

    fn take_answer(&mut self, asker: &Asker, result: Result<(), CommitError>) {
        let Some(resident) = self.asker(asker, Phase::Committing) else {
            return;
        };
        resident.turning = None;
        match result {
            Ok(()) => {
                resident.tally.tell(&resident.name, &resident.version);
                resident.trace.accepted();
                resident.phase = Phase::Idle;
                resident.in_flight.clear();
                match resident.after {
                    After::Stay => self.touch(asker.instance.clone()),
                    After::Leave => self.let_go(&asker.instance),
                }
            }
            Err(error) => {
                let reason = match &error {
                    CommitError::Stale { .. } => "stale",
                    CommitError::Hub(_) => "hub",
                };
                metrics::TURN_COMMITS_REFUSED.count(&[&resident.name, &resident.version, &reason]);
                self.give_up(&asker.instance, &error);
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

    /// Brings a history back to life, and makes the turn that waits.
    fn load(&mut self, instance: &InstanceId, history: &[Event]) {
        let Some(resident) = self.residents.get_mut(instance) else {
            return;
        };
        let arrived = resident.mailbox.iter().map(|message| &message.event);
        resident
            .trace
            .learn(history.iter().chain(arrived), &resident.execution_id);
        resident.trace.recall(history);
        let code = match find_code(&self.shared, instance, resident) {
            Found::Code(code, _) => code,
            Found::Unresolved(halt) => return self.block(instance, &halt),
            Found::Mismatch => return self.refuse(instance, history),
        };
        let (execution, name) = (&resident.execution_id, &resident.name);
        let span = load_span(instance, execution, name, &code.version, history.len());
        resident.trace.adopt(&span, &LOAD, &resident.version);
        let checks = self.shared.determinism_checks;
        let loaded = span.in_scope(|| CheckedExecution::load(code, history, checks));
        count_replay(resident, history, loaded.is_ok());
        match loaded {
            Ok(execution) => {
                resident.execution = Some(execution);
                self.turn(instance);
            }
            Err(halt) => self.block(instance, &halt),
        }
    }

    fn turn(&mut self, instance: &InstanceId) {
        let Some(resident) = self.residents.get_mut(instance) else {
            return;
        };
        let resolved = match find_code(&self.shared, instance, resident) {
            Found::Code(_, resolved) => resolved,
            Found::Unresolved(halt) => return self.block(instance, &halt),
            Found::Mismatch => return self.give_up(instance, &"its version changed"),
        };
        let now = self.shared.clock.now();
        resident.try_again = false;
        resident.in_flight.append(&mut resident.results);
        let mut messages = std::mem::take(&mut resident.mailbox);
        messages.extend(resident.in_flight.iter().map(|result| result.to_incoming(now)));
        let draw = || ExecutionId::from_random(self.shared.entropy.draw());
        let next_execution = self.next_execution.get_or_insert_with(draw).clone();
        let Some(execution) = resident.execution.as_mut() else {
            return;
        };
        let base = resident.event_count;
        let arrived = messages.iter().map(|message| &message.event);
        resident.trace.learn(arrived, &resident.execution_id);
        let span = turn_span(
            instance,
            &resident.execution_id,
            &resident.name,
            &resident.version,
        );
        resident.trace.adopt(&span, &TURN, &resident.version);
        resident.turning = Some(Level::raised(&metrics::RUNNING_TURNS));
        let labels: [&dyn std::fmt::Display; 2] = [&resident.name, &resident.version];
        let clock = self.shared.clock.as_ref();
        let oldest = messages.iter().map(|message| message.event.at).min();
        Stopwatch::since(oldest).observe(clock, &metrics::TURN_LATENCY, &labels);
        let watch = Stopwatch::started(clock);
        let turned = span.in_scope(|| {
            execution.turn(TurnInput {
                now,
                messages,
                resolved,
                next_execution,
            })
        });
        watch.observe(clock, &metrics::TURN_DURATION, &labels);
        match turned {
            Ok(decision) => self.commit(instance, base, decision),
            Err(halt) => self.block(instance, &halt),
        }
    }

    fn commit(&mut self, instance: &InstanceId, base: u64, mut decision: Decision) {
        let Some(resident) = self.residents.get_mut(instance) else {
            return;
        };
        resident.trace.stamp(&mut decision);
        resident.event_count = base + u64::try_from(decision.events.len()).unwrap_or(u64::MAX);
        if let Some(version) = &decision.version {
            resident.version.clone_from(version);
        }
        if matches!(decision.outcome, TurnOutcome::ContinuedAsNew(_)) {
            self.next_execution = None;
        }
        resident.tally = TurnTally::of(&decision.outcome, &decision.events);
        let now = || self.shared.clock.now();
        resident.trace.decided(&decision, &resident.version, now);
        resident.after = match decision.outcome {
            TurnOutcome::Waiting => After::Stay,
            TurnOutcome::Ended(_) | TurnOutcome::ContinuedAsNew(_) | TurnOutcome::Blocked(_) => After::Leave,
        };
        let reserved = self.shared.activities.reserve(&decision.outgoing);
        let turn = TurnCommit {
            session: resident.session.clone(),
            consumed: decision.consumed,
            base_event_count: base,
            events: decision.events,
            outgoing: decision.outgoing,
            custom_status: decision.custom_status,
            version: decision.version,
            suspended: decision.suspended,
            // Another worker may be the only one that has the next execution's version.
            release: matches!(decision.outcome, TurnOutcome::ContinuedAsNew(_)),
            outcome: decision.outcome,
            eager: reserved.as_ref().map(|it| it.demand()).unwrap_or_default(),
        };
        let completions = resident
            .in_flight
            .iter()
            .map(|result| result.to_completion(true))
            .collect();
        resident.phase = Phase::Committing;
        let commit = Commit {
            completions,
            turn: Some(turn),
        };
        let asker = asker_of(instance, resident);
        self.commits.push(commit);
        self.waiting.push(Waiting::Turn { asker, reserved });
    }

    /// Shows the instance as blocked. Nothing is appended, and no message is consumed.
    fn block(&mut self, instance: &InstanceId, halt: &Halt) {
        let Some(resident) = self.residents.get_mut(instance) else {
            return;
        };
        tracing::error!(%instance, name = %resident.name, version = %resident.version, reason = %halt.reason,
            "the instance is blocked: {halt}");
        let report = halt.to_report(self.shared.clock.now(), self.shared.build);
        let turn = TurnCommit {
            session: resident.session.clone(),
            consumed: Vec::new(),
            base_event_count: resident.event_count,
            events: Vec::new(),
            outgoing: Vec::new(),
            custom_status: CustomStatus::Unchanged,
            version: None,
            suspended: false,
            outcome: TurnOutcome::Blocked(Box::new(report)),
            eager: ActivityDemand::default(),
            release: true,
        };
        resident.tally = TurnTally::of(&turn.outcome, &[]);
        // Results of local activities reach the inbox, where they wait with everything else.
        let results = resident.take_results();
        let completions = results.iter().map(|result| result.to_completion(false)).collect();
        resident.in_flight = results;
        resident.execution = None;
        resident.mailbox.clear();
        resident.phase = Phase::Committing;
        resident.after = After::Leave;
        let commit = Commit {
            completions,
            turn: Some(turn),
        };
        let asker = asker_of(instance, resident);
        self.commits.push(commit);
        self.waiting.push(Waiting::Turn {
            asker,
            reserved: None,
        });
    }

    /// Deals with an instance whose version this worker does not run.
    fn refuse(&mut self, instance: &InstanceId, history: &[Event]) {
        let fails = self.shared.fails_mismatched;
        if let Some(resident) = self.residents.get(instance) {
            let outcome = if fails { "failed" } else { "left" };
            metrics::MISMATCHES.count(&[&resident.name, &resident.version, &outcome]);
        }
        if !fails {
            return self.give_up(instance, &"this worker does not run its version");
        }
        let Some(resident) = self.residents.get_mut(instance) else {
            return;
        };
        let messages = std::mem::take(&mut resident.mailbox);
        let (name, version) = (resident.name.to_string(), resident.version.to_string());
        let base = resident.event_count;
        let decision = mismatch::fail(&name, &version, messages, history, self.shared.clock.now());
        self.commit(instance, base, decision);
    }

    /// Sends results by way of the inbox, since no turn of this thread carries them.
    fn return_results(&mut self, results: Vec<LocalResult>) {
        for result in results {
            self.commits.push(Commit {
                completions: vec![result.to_completion(false)],
                turn: None,
            });
            self.waiting.push(Waiting::Result(result));
        }
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

/// Counts the replay of a history; an execution that begins has none.
fn count_replay(resident: &Resident, history: &[Event], succeeded: bool) {
    if history.is_empty() {
        return;
    }
    let outcome = if succeeded { "replayed" } else { "blocked" };
    let (name, version) = (&resident.name, &resident.version);
    metrics::REPLAYS.count(&[name, version, &outcome]);
    let events = u64::try_from(history.len()).unwrap_or(u64::MAX);
    metrics::REPLAYED_EVENTS.add(events, &[name, version]);
}
