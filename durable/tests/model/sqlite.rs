//! The parts of the model that a file makes harder, on SQLite.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use durable::client::Client;
use durable::hub::{CompletionToken, TaskHub};
use durable::prelude::*;
use durable::registry::DefaultVersions;
use durable::{BuildId, CancelToken, DeterminismChecks, Worker, WorkerError, WorkerOptions};
use durable_testkit::ManualClock;

use crate::support::{Probe, registry, run};

/// So long that whatever waits for it hangs.
const LEASE: std::time::Duration = hours(1);

/// A file that is removed at the end.
struct File(PathBuf);

impl File {
    fn new(name: &str) -> Self {
        let file = format!("durable-model-sqlite-{}-{name}.db", std::process::id());
        let file = Self(std::env::temp_dir().join(file));
        file.remove();
        file
    }

    fn remove(&self) {
        for suffix in ["", "-wal", "-shm"] {
            let mut path = self.0.clone().into_os_string();
            path.push(suffix);
            drop(std::fs::remove_file(path));
        }
    }
}

impl Drop for File {
    fn drop(&mut self) {
        self.remove();
    }
}

/// One process: the file opened by itself, with a worker.
struct Process {
    client: Client,
    stop: CancelToken,
    task: tokio::task::JoinHandle<Result<(), WorkerError>>,
}

impl Process {
    fn start(file: &File, clock: &ManualClock, probe: &Probe) -> Self {
        Self::start_with(file, clock, probe, |_| {})
    }

    fn start_with(
        file: &File,
        clock: &ManualClock,
        probe: &Probe,
        change: impl FnOnce(&mut WorkerOptions),
    ) -> Self {
        let hub = SqliteHub::at(&file.0).lease(LEASE).clock(Arc::new(clock.clone()));
        let hub: Arc<dyn TaskHub> = Arc::new(hub.open().unwrap());
        let registry = Arc::new(registry());
        let stop = CancelToken::new();
        let stopped = stop.clone();
        let worker = Worker::with_registry(Arc::clone(&hub), Arc::clone(&registry))
            .state(probe.clone())
            .options(change);
        Self {
            client: Client::with_registry(hub, registry, DefaultVersions::new()),
            task: tokio::spawn(worker.run_until(async move { stopped.cancelled().await })),
            stop,
        }
    }

    async fn stop(self) {
        self.stop.cancel();
        self.task.await.unwrap().unwrap();
    }

    async fn crash(self) {
        self.task.abort();
        drop(self.task.await);
    }
}

#[activity]
async fn climb(ctx: ActivityContext, (): ()) -> Result<(u32, u32), Failure> {
    let from = ctx.progress::<u32>()?.unwrap_or(0);
    ctx.heartbeat(&(from + 7)).await?;
    if from == 0 {
        ctx.state::<Probe>().note("at seven");
        std::future::pending::<()>().await;
    }
    Ok((from, ctx.info().deliveries))
}

#[activity]
async fn hand_out(ctx: ActivityContext, (): ()) -> Result<String, Failure> {
    let token = ctx.completes_later().token;
    ctx.state::<Probe>().note(token.to_string());
    Ok(String::new())
}

#[orchestrator]
async fn in_a_file(ctx: OrchestrationContext, (): ()) -> Result<(u64, (u32, u32), String), Failure> {
    let drawn = ctx.side_effect(|| 77).await;
    ctx.event::<()>("go").await;
    let climbed = ctx.call(climb, ()).await?;
    let said = ctx.call(hand_out, ()).await?;
    ctx.timer(days(36_500)).await;
    Ok((drawn, climbed, said))
}

#[test]
fn an_instance_survives_a_shutdown_a_crash_and_a_restart_with_everything_it_waits_for() {
    run(async {
        let (file, clock, probe) = (File::new("whole"), ManualClock::new(), Probe::default());
        let first = Process::start(&file, &clock, &probe);
        let run = first.client.start(in_a_file, ()).id("whole").await.unwrap();
        run.wait_until(|record| record.event_count > 0).await.unwrap();
        drop(run);
        first.stop().await;

        // Released: no lease is waited for.
        let second = Process::start(&file, &clock, &probe);
        let run = second.client.run_of(in_a_file, "whole").unwrap();
        run.raise_event("go", &()).await.unwrap();
        probe.seen("at seven", 1).await;
        drop(run);
        second.crash().await;

        // Held: the lease runs out by the clock.
        let third = Process::start(&file, &clock, &probe);
        let run = third.client.run_of(in_a_file, "whole").unwrap();
        clock.advance(LEASE);
        probe.noted(2).await;
        let token: CompletionToken = probe.notes().last().unwrap().parse().unwrap();
        third
            .client
            .complete_activity(&token, &"from outside".to_owned())
            .await
            .unwrap();
        run.wait_until(|record| record.event_count >= 15).await.unwrap();
        clock.advance(days(36_500));
        let (drawn, climbed, said) = run.wait().await.unwrap();
        assert_eq!((drawn, climbed, said.as_str()), (77, (7, 1), "from outside"));
        third.stop().await;
    });
}

#[activity(heartbeat = "30s")]
async fn silent(ctx: ActivityContext, (): ()) -> Result<(), Failure> {
    let probe = ctx.state::<Probe>();
    ctx.heartbeat(&()).await?;
    probe.note("reported");
    ctx.cancel_token().cancelled().await;
    probe.note("was cancelled");
    Ok(())
}

#[orchestrator]
async fn listening(ctx: OrchestrationContext, (): ()) -> Result<String, Failure> {
    match ctx.call(silent, ()).await {
        Err(error @ CallError::HeartbeatTimeout) => Ok(error.to_string()),
        other => Ok(format!("{other:?}")),
    }
}

#[test]
fn a_silent_activity_is_lost_and_cancelled() {
    run(async {
        let (file, clock, probe) = (File::new("silent"), ManualClock::new(), Probe::default());
        let process = Process::start(&file, &clock, &probe);
        let run = process.client.start(listening, ()).await.unwrap();
        probe.seen("reported", 1).await;
        clock.advance(seconds(30));
        let text = "the activity gave no sign of life within its heartbeat limit";
        assert_eq!(run.wait().await.unwrap(), text);
        probe.seen("was cancelled", 1).await;
        process.stop().await;
    });
}

/// A number that is another one whenever it is asked for, until it is repaired by being 1000 and more.
static NUMBER: AtomicU64 = AtomicU64::new(0);

fn number() -> u64 {
    match NUMBER.load(Ordering::SeqCst) {
        repaired @ 1_000.. => repaired,
        _ => NUMBER.fetch_add(1, Ordering::SeqCst),
    }
}

#[orchestrator]
async fn numbered(ctx: OrchestrationContext, (): ()) -> Result<String, Failure> {
    let word: String = ctx.event("word").await;
    let number = number();
    ctx.timer(hours(number)).await;
    Ok(format!("{word} {number}"))
}

#[test]
fn an_instance_that_decided_differently_in_two_runs_goes_on_with_the_next_build() {
    run(async {
        let (file, clock, probe) = (File::new("numbered"), ManualClock::new(), Probe::default());
        let first = Process::start_with(&file, &clock, &probe, |own| {
            own.build = Some(BuildId(1));
            own.determinism_checks = DeterminismChecks::Shadow;
        });
        let run = first.client.start(numbered, ()).id("numbered").await.unwrap();
        run.wait_until(|record| record.event_count > 0).await.unwrap();
        run.raise_event("word", &"number").await.unwrap();
        let record = run.wait_until(|record| record.blocked.is_some()).await.unwrap();
        let report = record.blocked.unwrap();
        assert_eq!(report.reason, "nondeterminism");
        assert!(
            report.message.contains("the time at which it is due"),
            "{}",
            report.message
        );
        assert!(report.place.unwrap().contains("sqlite.rs:"));
        let kept = first
            .client
            .instance("numbered")
            .unwrap()
            .history()
            .await
            .unwrap();
        drop(run);
        first.stop().await;

        NUMBER.store(1_000, Ordering::SeqCst);
        let second = Process::start_with(&file, &clock, &probe, |own| own.build = Some(BuildId(2)));
        let run = second.client.run_of(numbered, "numbered").unwrap();
        let count = u64::try_from(kept.events.len()).unwrap();
        let moved_on = run.wait_until(|record| record.blocked.is_none() && record.event_count > count);
        moved_on.await.unwrap();
        let events = second
            .client
            .instance("numbered")
            .unwrap()
            .history()
            .await
            .unwrap()
            .events;
        assert!(events.starts_with(&kept.events), "what was there is there");
        clock.advance(hours(1_000));
        assert_eq!(run.wait().await.unwrap(), "number 1000");
        second.stop().await;
    });
}

#[test]
fn several_programs_may_open_a_new_file_at_the_same_moment() {
    for round in 0..25 {
        let file = File::new(&format!("new-{round}"));
        let start = std::sync::Barrier::new(6);
        std::thread::scope(|scope| {
            for _ in 0..6 {
                scope.spawn(|| {
                    start.wait();
                    drop(SqliteHub::at(&file.0).open().unwrap());
                });
            }
        });
    }
}
