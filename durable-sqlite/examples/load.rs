//! The hub alone under load, without the engine: what one `hello` and one step cost in the file.
//!
//! ```sh
//! cargo run --release -p durable-sqlite --example load -- <hello|steps> <count> <in flight> [folder]
//! ```
//!
//! A `hello` is a start, a turn that schedules one activity, and the activity's result with the turn that ends. The
//! turns hold the events that the engine writes. For counts that do not depend on how busy the machine is, run it under
//! `perf stat -e instructions:u`.

#![expect(clippy::print_stdout, reason = "the program's output is what it is for")]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use durable_core::history::{CompletionStatus, Event, EventKind, ExecutionStarted, Marker, MarkerKind};
use durable_core::hub::{
    ActivityCompletion, ActivityDemand, ActivityOrder, ActivityWork, ClientOperations, CodeKey, Commit,
    CustomStatus, IdReuse, Outgoing, StartRequest, TaskHub, TurnCommit, TurnOutcome, TurnWork, WorkerHub,
    WorkerOffer,
};
use durable_core::{
    BuildId, Clock, ExecutionId, InstanceId, Payload, RecordedVersion, SystemClock, TaskId, Version,
    WireName, WorkerId,
};
use durable_sqlite::SqliteHub;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// What the turns are to do.
#[derive(Debug, Clone, Copy)]
struct Load {
    /// Activities of each instance, one after the other.
    steps: u32,
}

fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let kind = arguments.next().unwrap_or_else(|| "hello".to_owned());
    let count: u32 = arguments.next().unwrap_or_else(|| "2000".to_owned()).parse()?;
    let in_flight: usize = arguments.next().unwrap_or_else(|| "16".to_owned()).parse()?;
    let folder = arguments.next().map_or_else(std::env::temp_dir, PathBuf::from);
    let folder = folder.join(format!("load-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let (instances, load) = if kind == "steps" {
        (1, Load { steps: count })
    } else {
        (count as usize, Load { steps: 1 })
    };
    let done = runtime.block_on(run(&folder, instances, load, in_flight, count));
    std::fs::remove_dir_all(&folder)?;
    done
}

async fn run(
    folder: &Path,
    instances: usize,
    load: Load,
    in_flight: usize,
    count: u32,
) -> Result<(), Failure> {
    let file = folder.join("hub.db");
    let hub = SqliteHub::at(&file).open()?;
    let worker = hub.join(offer()?).await?;
    let turns = tokio::spawn(work(Arc::clone(&worker), load));
    let (before, written, begin) = (hub.stats(), written()?, Instant::now());
    let next = Arc::new(AtomicUsize::new(0));
    let clients: Vec<_> = (0..in_flight.min(instances))
        .map(|_| {
            let (hub, next) = (hub.clone(), Arc::clone(&next));
            tokio::spawn(async move {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= instances {
                        return Ok::<(), Failure>(());
                    }
                    let request = request(number)?;
                    let (instance, execution) = (
                        request.started.instance.clone(),
                        request.started.execution.clone(),
                    );
                    hub.start(request).await?;
                    hub.wait_ended(&instance, Some(execution)).await?;
                }
            })
        })
        .collect();
    for client in clients {
        client.await??;
    }
    let seconds = begin.elapsed().as_secs_f64();
    let (stats, written, threads) = (hub.stats(), self::written()? - written, threads()?);
    worker.leave().await?;
    turns.await??;
    drop((worker, hub));
    let size = std::fs::metadata(&file)?.len();
    let each = |total: u64| total / u64::from(count);
    let commits = u32::try_from(stats.commits - before.commits)?;
    println!(
        "{:.0}/s  commits {:.3} each  written {} bytes each  file {} bytes each  {}",
        f64::from(count) / seconds,
        f64::from(commits) / f64::from(count),
        each(written),
        each(size),
        stats.checkpoints,
    );
    for (thread, seconds) in threads {
        println!(
            "  {thread:16} {:7.1} us of CPU each",
            seconds * 1e6 / f64::from(count)
        );
    }
    Ok(())
}

/// Returns how long the threads of each name have used a processor, in seconds.
fn threads() -> Result<std::collections::BTreeMap<String, f64>, Failure> {
    let mut found = std::collections::BTreeMap::new();
    for task in std::fs::read_dir("/proc/self/task")? {
        let task = task?.path();
        let name = std::fs::read_to_string(task.join("comm"))?.trim().to_owned();
        let times = std::fs::read_to_string(task.join("schedstat"))?;
        let nanos: f64 = times.split(' ').next().ok_or("no time")?.parse()?;
        *found.entry(name).or_default() += nanos / 1e9;
    }
    Ok(found)
}

/// Returns how many bytes this process has sent to the disk.
fn written() -> Result<u64, Failure> {
    let text = std::fs::read_to_string("/proc/self/io")?;
    let line = text.lines().find_map(|line| line.strip_prefix("write_bytes: "));
    Ok(line.ok_or("no write_bytes")?.parse()?)
}

fn name(text: &str) -> Result<WireName, Failure> {
    Ok(WireName::new(text)?)
}

fn offer() -> Result<WorkerOffer, Failure> {
    let key = |text| {
        Ok::<_, Failure>(CodeKey {
            name: name(text)?,
            version: Version::ONE,
        })
    };
    Ok(WorkerOffer {
        worker: WorkerId::new("load")?,
        build: BuildId(1),
        orchestrators: vec![key("hello")?],
        activities: vec![key("greet")?],
        takes_mismatched: false,
    })
}

/// A start as the client makes it.
fn request(number: usize) -> Result<StartRequest, Failure> {
    let bits = scatter(number as u64);
    Ok(StartRequest {
        started: ExecutionStarted {
            instance: InstanceId::draw(SystemClock.now(), bits),
            execution: ExecutionId::from_random(bits ^ 0x5555),
            name: name("hello")?,
            version: Version::ONE.into(),
            input: Payload::from_json("\"world\"")?,
            parent: None,
            generation: 0,
            scheduled_start: None,
            tags: std::collections::BTreeMap::new(),
        },
        reuse: IdReuse::default(),
        raise: None,
        trace: None,
    })
}

/// Spreads numbers over 128 bits.
fn scatter(number: u64) -> u128 {
    let mix = |x: u64| {
        let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ (x >> 31)
    };
    let high = mix(number.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(1));
    u128::from(high) << 64 | u128::from(mix(high))
}

/// Serves turns until the worker leaves.
async fn work(worker: Arc<dyn WorkerHub>, load: Load) -> Result<(), Failure> {
    while let Ok(works) = worker.fetch_turns(64).await {
        tokio::spawn(serve(Arc::clone(&worker), works, load));
    }
    Ok(())
}

/// An instance between two turns.
#[derive(Debug)]
struct Resident {
    work: TurnWork,
    events: u64,
    step: u32,
}

async fn serve(worker: Arc<dyn WorkerHub>, works: Vec<TurnWork>, load: Load) -> Result<(), Failure> {
    let mut residents = Vec::new();
    let mut commits = Vec::new();
    for work in works {
        let mut events = vec![event(EventKind::OrchestratorStarted)];
        events.extend(work.messages.iter().map(|message| message.event.clone()));
        events.push(event(EventKind::Marker(Marker {
            kind: MarkerKind::EngineSemantics,
            version: 1,
            task: None,
            data: "1".to_owned(),
        })));
        let mut resident = Resident {
            work,
            events: 0,
            step: 0,
        };
        commits.push(Commit {
            completions: Vec::new(),
            turn: Some(resident.turn(events, load)?),
        });
        residents.push(resident);
    }
    let answers = worker.commit(commits).await;
    for (resident, answer) in residents.into_iter().zip(answers) {
        tokio::spawn(go_on(Arc::clone(&worker), resident, answer?.activities, load));
    }
    Ok(())
}

/// Runs activities and the turns that they cause.
async fn go_on(
    worker: Arc<dyn WorkerHub>,
    mut resident: Resident,
    mut activities: Vec<ActivityWork>,
    load: Load,
) -> Result<(), Failure> {
    while let Some(activity) = activities.pop() {
        let result = Payload::from_json("\"Hello, world!\"")?;
        let events = vec![
            event(EventKind::OrchestratorStarted),
            event(EventKind::TaskCompleted {
                task: activity.key.task,
                result: result.clone(),
            }),
        ];
        let turn = resident.turn(events, load)?;
        let commit = Commit {
            completions: vec![ActivityCompletion {
                session: activity.session,
                result: Ok(result),
                applied: true,
            }],
            turn: Some(turn),
        };
        let answer = worker.commit(vec![commit]).await.pop().ok_or("no answer")?;
        activities = answer?.activities;
    }
    Ok(())
}

impl Resident {
    /// Makes the turn that comes next: another step, or the end.
    fn turn(&mut self, mut events: Vec<Event>, load: Load) -> Result<TurnCommit, Failure> {
        let (mut outgoing, mut outcome) = (Vec::new(), TurnOutcome::Waiting);
        if self.step < load.steps {
            let (task, input) = (TaskId(self.step), Payload::from_json("\"world\"")?);
            let version = RecordedVersion::from(Version::ONE);
            events.push(event(EventKind::TaskScheduled {
                task,
                name: name("greet")?,
                version: version.clone(),
                input: input.clone(),
            }));
            outgoing.push(Outgoing::Activity(ActivityOrder {
                task,
                name: name("greet")?,
                version,
                input,
                attempt: 1,
                heartbeat: None,
                queue: None,
                trace: None,
            }));
            self.step += 1;
        } else {
            let status = CompletionStatus::Completed(Payload::from_json("\"Hello, world!\"")?);
            events.push(event(EventKind::ExecutionCompleted(status.clone())));
            outcome = TurnOutcome::Ended(status);
        }
        let is_first = self.events == 0;
        let base_event_count = self.events;
        self.events += events.len() as u64;
        Ok(TurnCommit {
            session: self.work.session.clone(),
            consumed: if is_first {
                self.work.messages.iter().map(|message| message.receipt).collect()
            } else {
                Vec::new()
            },
            base_event_count,
            events,
            outgoing,
            custom_status: CustomStatus::Unchanged,
            version: None,
            suspended: false,
            outcome,
            eager: ActivityDemand::of_slots(16),
            release: false,
        })
    }
}

fn event(kind: EventKind) -> Event {
    Event::new(SystemClock.now(), kind)
}
