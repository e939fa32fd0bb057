//! The scenario that is played with every fault, and what must be true at its end.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use durable::client::{Client, ClientError, Run};
use durable::hub::{HubErrorKind, InstanceStatus, TaskHub};
use durable::prelude::*;
use durable::registry::{DefaultVersions, Registry};
use durable::{CancelToken, ExecutionId, InstanceId, Payload, Worker, WorkerId};
use durable_testkit::{Fault, FaultyHub};

use crate::checker::Snapshot;

/// The idempotency key of each run of an activity.
#[derive(Debug, Clone, Default)]
pub(crate) struct Runs(Arc<Mutex<Vec<String>>>);

impl Runs {
    fn note(&self, ctx: &ActivityContext) {
        let mut runs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        runs.push(ctx.idempotency_key());
    }

    fn all(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[activity(retry(max_attempts = 3, backoff = "5ms..10ms"))]
async fn unsteady(ctx: ActivityContext, n: u32) -> Result<u32, Failure> {
    ctx.state::<Runs>().note(&ctx);
    ctx.heartbeat(&n).await.ok();
    if ctx.info().attempt < 2 {
        return Err(Failure::new("not yet"));
    }
    Ok(n + 1)
}

#[orchestrator]
async fn part(ctx: OrchestrationContext, n: u32) -> Result<u32, Failure> {
    Ok(ctx.call(unsteady, n).await?)
}

/// Activity with retry, timer, two events, child; and once more as the next generation.
#[orchestrator]
async fn whole(ctx: OrchestrationContext, (round, mut words): (u32, Vec<u32>)) -> Result<Vec<u32>, Failure> {
    words.push(ctx.call(unsteady, 100 * round).await?);
    ctx.timer(Duration::from_millis(10)).await;
    words.push(ctx.event::<u32>("word").await);
    words.push(ctx.call(part, 200 * round).await?);
    if round == 2 {
        return Ok(words);
    }
    ctx.continue_as_new((round + 1, words)).await
}

/// The words, if each event was taken once and in order.
const RESULT: [u32; 6] = [101, 7, 201, 201, 8, 401];

/// Where a scenario is played.
pub(crate) struct Surroundings {
    pub(crate) hub: Arc<dyn TaskHub>,
    /// Ends the lease of a worker that is gone.
    pub(crate) expire: Box<dyn Fn(&WorkerId) + Send>,
}

/// How a scenario ended.
pub(crate) struct Outcome {
    /// Whether the fault took place at all.
    pub(crate) struck: bool,
    output: Option<Payload>,
    status: InstanceStatus,
    starts: Vec<(InstanceId, ExecutionId)>,
    snapshot: Snapshot,
    runs: Vec<String>,
}

impl Outcome {
    /// Returns what is wrong.
    pub(crate) fn check(&self) -> Vec<String> {
        let mut findings = self.snapshot.check(&Registry::collected().unwrap());
        self.snapshot.check_starts(&self.starts, &mut findings);
        let repeated = self.snapshot.check_runs(&self.runs, &mut findings);
        findings.expect(self.struck || repeated == 0, || {
            format!("I5: {repeated} activities ran twice, and nothing failed")
        });
        let words = self
            .output
            .as_ref()
            .and_then(|output| output.decode::<Vec<u32>>().ok());
        findings.expect(
            self.status == InstanceStatus::Completed && words.as_deref() == Some(&RESULT),
            || format!("{} with {words:?}", self.status),
        );
        findings.violations
    }
}

/// Plays the scenario: a client and a worker on a hub that fails once, and workers that follow one that ended.
pub(crate) async fn play(surroundings: Surroundings, fault: Fault) -> Outcome {
    let faulty = FaultyHub::new(Arc::clone(&surroundings.hub));
    faulty.inject(fault);
    let registry = Arc::new(Registry::collected().unwrap());
    let client_on = |hub| Client::with_registry(hub, Arc::clone(&registry), DefaultVersions::new());
    let sound = client_on(Arc::clone(&surroundings.hub));
    let runs = Runs::default();
    let stop = CancelToken::new();
    let workers = tokio::spawn(supervise(
        surroundings,
        faulty.clone(),
        fault,
        Arc::clone(&registry),
        runs.clone(),
        stop.clone(),
    ));
    let run = start(&client_on(faulty.hub()), &sound).await;
    // Events are not idempotent, so the client that raises them has a hub that works.
    run.raise_event("word", &7_u32).await.unwrap();
    run.raise_event("word", &8_u32).await.unwrap();
    let record = run.wait_ended().await.unwrap();
    stop.cancel();
    workers.await.unwrap();
    Outcome {
        struck: faulty.count() >= number(fault),
        output: record.output,
        status: record.status,
        starts: vec![(run.id().clone(), run.execution().unwrap().clone())],
        snapshot: Snapshot::read(&sound).await.unwrap(),
        runs: runs.all(),
    }
}

/// Starts the instance as a client does that does not know whether its first try arrived.
async fn start(faulty: &Client, sound: &Client) -> Run<whole> {
    let send = |client: &Client| {
        client
            .start(whole, (1, Vec::new()))
            .id("whole")
            .idempotency_key("whole")
    };
    for client in [faulty, faulty] {
        // A hang is a reply that never comes. One that was only slow is answered like a repetition later on.
        match tokio::time::timeout(Duration::from_millis(300), send(client)).await {
            Ok(Err(ClientError::Hub(error))) => {
                assert!(
                    matches!(error.kind(), HubErrorKind::Unavailable | HubErrorKind::Closed),
                    "{error}"
                );
            }
            Err(_) => {}
            // To follow it, the client has a hub that works.
            Ok(Ok(_)) => return send(sound).await.unwrap(),
            Ok(Err(error)) => panic!("{error}"),
        }
    }
    send(sound).await.unwrap()
}

/// Runs one worker after the other until told to stop: the first on the hub that fails, the next on the one that works.
async fn supervise(
    surroundings: Surroundings,
    faulty: FaultyHub,
    fault: Fault,
    registry: Arc<Registry>,
    runs: Runs,
    stop: CancelToken,
) {
    let mut hub = faulty.hub();
    for generation in 0.. {
        let id = WorkerId::new(&format!("worker-{generation}")).unwrap();
        let stopped = stop.clone();
        let own = id.clone();
        let worker = Worker::with_registry(Arc::clone(&hub), Arc::clone(&registry))
            .state(runs.clone())
            .options(|options| {
                options.id = Some(own);
                options.turn_threads = 1;
            });
        let mut work = tokio::spawn(worker.run_until(async move { stopped.cancelled().await }));
        while !work.is_finished() {
            let hangs = matches!(fault, Fault::HangFrom(n) if generation == 0 && faulty.count() >= n);
            if hangs {
                // Nobody can see from within that a hub never answers: the process is ended from outside.
                work.abort();
            }
            let _ = tokio::time::timeout(Duration::from_millis(2), &mut work).await;
        }
        if stop.is_cancelled() {
            return;
        }
        (surroundings.expire)(&id);
        hub = Arc::clone(&surroundings.hub);
    }
}

fn number(fault: Fault) -> u64 {
    match fault {
        Fault::FailBefore(n)
        | Fault::LoseReply(n)
        | Fault::HangFrom(n)
        | Fault::CrashFrom(n)
        | Fault::CrashAfter(n) => n,
    }
}
