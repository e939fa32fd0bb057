//! What the cases act on: a fresh hub, its clock, and workers.

use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use durable_core::history::EventKind;
use durable_core::hub::{
    ActivityBatch, ActivityCompletion, ActivityDemand, ActivityWork, Commit, CommitError, Committed,
    InstanceRecord, Outgoing, Session, StartOutcome, TaskHub, TurnWork, WorkerHub, WorkerOffer,
};
use durable_core::{BuildId, Clock, ExecutionId, FailureDetails, Payload, Timestamp, WorkerId};

use super::build::{SENTINEL, Turn, id, json, name, offer, order, outline, request, started};
use super::setup::{CaseError, CaseResult, Opening, Setup, ensure, same};
use crate::{ManualClock, SeededBits};

/// Much more than any case has ready at once.
const PLENTY: usize = 100;

/// A fresh hub with its clock.
pub struct Stage {
    pub(crate) setup: Box<dyn Setup>,
    pub(crate) hub: Arc<dyn TaskHub>,
    pub(crate) clock: ManualClock,
    random: SeededBits,
    sentinels: u32,
}

impl std::fmt::Debug for Stage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stage")
            .field("hub", &self.hub)
            .finish_non_exhaustive()
    }
}

impl Stage {
    pub(crate) async fn new(mut setup: Box<dyn Setup>) -> CaseResult<Self> {
        let clock = ManualClock::new();
        let hub = setup.open(clock.clone()).await?;
        Ok(Self {
            setup,
            hub,
            clock,
            random: SeededBits::new(42),
            sentinels: 0,
        })
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Returns the moment so many seconds from now.
    pub(crate) fn after(&self, seconds: u64) -> Timestamp {
        self.now().saturating_add(Duration::from_secs(seconds))
    }

    /// Draws the id of a new execution.
    pub(crate) fn execution(&self) -> ExecutionId {
        ExecutionId::from_random(self.random.next_u128())
    }

    pub(crate) async fn advance(&mut self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
        self.setup.settle().await;
    }

    /// Stops the renewals of the worker's lease, and lets it run out while all others are renewed.
    pub(crate) async fn outlive(&mut self, worker: &Worker) {
        self.setup.pause(&worker.id);
        self.outlast_leases().await;
    }

    /// Moves time on, in steps that leave time for renewals, until no lease holds that is not renewed.
    pub(crate) async fn outlast_leases(&mut self) {
        let step = self.setup.lease() / 4;
        for _ in 0..5 {
            self.clock.advance(step);
            self.setup.settle().await;
        }
    }

    /// Joins a worker of build 1 that offers `flow` 1 and `work` 1.
    pub(crate) async fn worker(&self, worker: &str) -> CaseResult<Worker> {
        self.join(offer(worker)).await
    }

    pub(crate) async fn join(&self, offer: WorkerOffer) -> CaseResult<Worker> {
        Worker::join(&self.hub, offer).await
    }

    /// Joins a worker of another build, which offers the same.
    pub(crate) async fn worker_of_build(&self, worker: &str, build: u64) -> CaseResult<Worker> {
        let build = BuildId(build);
        self.join(WorkerOffer {
            build,
            ..offer(worker)
        })
        .await
    }

    /// Starts an instance of `flow` 1 and returns its execution.
    pub(crate) async fn start(&self, instance: &str) -> CaseResult<ExecutionId> {
        let execution = self.execution();
        let outcome = self
            .hub
            .start(request(started(instance, execution.clone())))
            .await?;
        same("the start", outcome, StartOutcome::Started(execution.clone()))?;
        Ok(execution)
    }

    /// Starts an instance and makes its first turn on the worker, which owns it then.
    pub(crate) async fn begin(&self, worker: &Worker, instance: &str) -> CaseResult<TurnWork> {
        self.start(instance).await?;
        let work = worker.turn_of(instance).await?;
        worker.run(Turn::of(&work)).await?;
        Ok(after_turn(work, 1))
    }

    /// Starts an instance and completes it in its first turn.
    pub(crate) async fn finish(&self, worker: &Worker, instance: &str) -> CaseResult<ExecutionId> {
        let execution = self.start(instance).await?;
        let work = worker.turn_of(instance).await?;
        worker.run(Turn::of(&work).completed()).await?;
        Ok(execution)
    }

    /// Starts an instance whose first turn schedules activities with the tasks 1 to `count`.
    pub(crate) async fn begin_with_activities(
        &self,
        worker: &Worker,
        instance: &str,
        count: u32,
    ) -> CaseResult<TurnWork> {
        self.start(instance).await?;
        let work = worker.turn_of(instance).await?;
        let turn = (1..=count).fold(Turn::of(&work), Turn::schedule);
        worker.run(turn).await?;
        Ok(after_turn(work, 1))
    }

    pub(crate) async fn record(&self, instance: &str) -> CaseResult<InstanceRecord> {
        let record = self.hub.get(&id(instance)).await?;
        record.ok_or_else(|| CaseError::new(format!("the instance `{instance}` is gone")))
    }

    /// Returns the outline of the current execution's history.
    pub(crate) async fn history(&self, instance: &str) -> CaseResult<Vec<String>> {
        let history = self.hub.history(&id(instance), None).await?;
        let history = history.ok_or_else(|| CaseError::new(format!("`{instance}` has no history")))?;
        Ok(outline(&history.events))
    }

    pub(crate) async fn signal(&self, instance: &str, signal: durable_core::hub::Signal) -> CaseResult {
        Ok(self.hub.signal(&id(instance), signal).await?)
    }

    /// Checks that the hub has no turn for the worker.
    ///
    /// No time passes in a case, so "nothing comes" cannot be seen by waiting. Instead something is started that must
    /// come: whatever else was ready comes with it, or before.
    pub(crate) async fn nothing_for(&mut self, worker: &Worker) -> CaseResult {
        let work = self.sentinel(worker).await?;
        worker.run(Turn::of(&work).completed()).await
    }

    /// Checks that the hub has neither a turn nor an activity for the worker, nor anything to cancel.
    pub(crate) async fn no_activity_for(&mut self, worker: &Worker) -> CaseResult {
        let work = self.sentinel(worker).await?;
        let mut order = order(1);
        order.name = name(SENTINEL);
        worker
            .run(Turn::of(&work).send(Outgoing::Activity(order)))
            .await?;
        let batch = worker.batch().await?;
        same("activities to cancel", batch.cancel, [])?;
        let keys: Vec<String> = batch
            .run
            .iter()
            .map(|work| work.key.instance.to_string())
            .collect();
        same(
            "the instances of the activities that came",
            keys,
            [work.instance.to_string()],
        )?;
        let end = Turn::of(&after_turn(work, 1)).completed();
        let mut commit = turn_commit(end);
        commit.completions = batch
            .run
            .into_iter()
            .map(|work| completion(&work.session, true))
            .collect();
        worker.commit(commit).await?;
        Ok(())
    }

    async fn sentinel(&mut self, worker: &Worker) -> CaseResult<TurnWork> {
        self.sentinels += 1;
        let instance = format!("sentinel-{}", self.sentinels);
        let mut first = started(&instance, self.execution());
        first.name = name(SENTINEL);
        self.hub.start(request(first)).await?;
        worker.turn_of(&instance).await
    }

    /// Drops the hub as a process that dies does, and opens what it has left. The caller has dropped its workers.
    pub(crate) async fn reopen(&mut self) -> CaseResult {
        // Something has to stand in the hub's place, so that the last handle of the real one is gone.
        self.hub = Arc::new(crate::MemoryHub::new(Arc::new(self.clock.clone())));
        let undeclared = || CaseError::new("the hub is persistent, and its set-up cannot reopen it");
        self.hub = self.setup.reopen().ok_or_else(undeclared)?.await?;
        Ok(())
    }

    pub(crate) fn second(&mut self) -> Option<Opening<'_>> {
        self.setup.second()
    }
}

/// A joined worker.
#[derive(Debug)]
pub(crate) struct Worker {
    pub(crate) id: WorkerId,
    pub(crate) hub: Arc<dyn WorkerHub>,
}

impl Worker {
    pub(crate) async fn join(hub: &Arc<dyn TaskHub>, offer: WorkerOffer) -> CaseResult<Self> {
        let id = offer.worker.clone();
        let hub = hub.join(offer).await?;
        Ok(Self { id, hub })
    }

    /// Fetches one turn; more or fewer are a failure.
    pub(crate) async fn turn(&self) -> CaseResult<TurnWork> {
        let mut work = self.hub.fetch_turns(PLENTY).await?;
        let one = work.pop();
        match one {
            Some(one) if work.is_empty() => Ok(one),
            one => {
                let ids: Vec<_> = work
                    .iter()
                    .chain(&one)
                    .map(|work| work.instance.to_string())
                    .collect();
                Err(CaseError::new(format!(
                    "the fetch returned {ids:?} instead of one turn"
                )))
            }
        }
    }

    pub(crate) async fn turn_of(&self, instance: &str) -> CaseResult<TurnWork> {
        let work = self.turn().await?;
        same("the instance that was fetched", work.instance.as_str(), instance)?;
        Ok(work)
    }

    /// Fetches turns until there are so many, and returns them by instance.
    pub(crate) async fn turns(&self, count: usize) -> CaseResult<Vec<TurnWork>> {
        let mut all = Vec::new();
        while all.len() < count {
            all.extend(self.hub.fetch_turns(PLENTY).await?);
        }
        ensure!(all.len() == count, "{} turns came instead of {count}", all.len());
        all.sort_by(|a, b| a.instance.cmp(&b.instance));
        Ok(all)
    }

    /// Commits a turn that must be accepted.
    pub(crate) async fn run(&self, turn: Turn) -> CaseResult {
        self.try_run(turn).await?;
        Ok(())
    }

    pub(crate) async fn try_run(&self, turn: Turn) -> Result<Committed, CommitError> {
        self.commit(turn_commit(turn)).await
    }

    pub(crate) async fn commit(&self, commit: Commit) -> Result<Committed, CommitError> {
        let mut answers = self.hub.commit(vec![commit]).await;
        let none = || {
            let error = durable_core::hub::HubErrorKind::Corrupt;
            Err(durable_core::hub::HubError::new(error, "no answer for the commit").into())
        };
        answers.pop().unwrap_or_else(none)
    }

    pub(crate) async fn batch(&self) -> CaseResult<ActivityBatch> {
        Ok(self.hub.fetch_activities(demand(PLENTY)).await?)
    }

    /// Fetches one activity; more or fewer, or anything to cancel, are a failure.
    pub(crate) async fn activity(&self) -> CaseResult<ActivityWork> {
        let mut batch = self.batch().await?;
        same("activities to cancel", batch.cancel, [])?;
        let one = batch.run.pop().filter(|_| batch.run.is_empty());
        one.ok_or_else(|| CaseError::new("the fetch did not return exactly one activity"))
    }

    /// Completes an activity with `"out"`, which goes to the inbox.
    pub(crate) async fn complete(&self, work: &ActivityWork) -> Result<Committed, CommitError> {
        let completions = vec![completion(&work.session, false)];
        self.commit(Commit {
            completions,
            turn: None,
        })
        .await
    }

    pub(crate) async fn fail(&self, work: &ActivityWork, failure: FailureDetails) -> CaseResult {
        let completions = vec![ActivityCompletion {
            session: work.session.clone(),
            result: Err(failure),
            applied: false,
        }];
        self.commit(Commit {
            completions,
            turn: None,
        })
        .await?;
        Ok(())
    }

    pub(crate) async fn heartbeat(&self, session: &Session, progress: Option<Payload>) -> CaseResult<bool> {
        Ok(self.hub.heartbeat(session, progress).await?.cancelled)
    }
}

pub(crate) fn demand(slots: usize) -> ActivityDemand {
    ActivityDemand::of_slots(slots)
}

/// The completion of an activity with `"out"`.
pub(crate) fn completion(session: &Session, applied: bool) -> ActivityCompletion {
    ActivityCompletion {
        session: session.clone(),
        result: Ok(json("\"out\"")),
        applied,
    }
}

/// The event of a completion with `"out"`.
pub(crate) fn completed_event(task: u32) -> EventKind {
    EventKind::TaskCompleted {
        task: durable_core::TaskId(task),
        result: json("\"out\""),
    }
}

pub(crate) fn turn_commit(turn: Turn) -> Commit {
    Commit {
        completions: Vec::new(),
        turn: Some(turn.0),
    }
}

/// What the owner holds of an instance after a turn that appended so many events: the same, with nothing new.
pub(crate) fn after_turn(work: TurnWork, appended: u64) -> TurnWork {
    TurnWork {
        event_count: work.event_count + appended,
        messages: Vec::new(),
        ..work
    }
}

/// Polls a future once.
pub(crate) async fn poll_once<F: Future + Unpin>(future: &mut F) -> Option<F::Output> {
    std::future::poll_fn(|cx| {
        Poll::Ready(match std::pin::Pin::new(&mut *future).poll(cx) {
            Poll::Ready(output) => Some(output),
            Poll::Pending => None,
        })
    })
    .await
}
