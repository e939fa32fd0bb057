//! A hub with an instance in every state, made by orchestrators that ran on it. Its clock is the test's, and its ids are
//! drawn in order, so that every hub is the same.

use std::path::Path;
use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use durable::activity::StateMap;
use durable::hub::{InstanceRecord, TaskHub};
use durable::prelude::*;
use durable::registry::{DefaultVersions, Registry};
use durable::sqlite::SqliteHub;
use durable::worker::WorkerOptions;
use durable::{CancelToken, Client, Clock, InstanceStatus, Version, Worker, WorkerError, WorkerId};
use durable_testkit::ManualClock;
use tempfile::TempDir;

/// Each activity takes a while of the test's time.
#[activity]
async fn reserve(ctx: ActivityContext, cents: u64) -> Result<String, Failure> {
    ctx.state::<ManualClock>().advance(Duration::from_millis(250));
    Ok(format!("r-{cents}"))
}

/// Fails the first two times for an order of 995 cents, and always for one of 13.
#[activity(retry(max_attempts = 3, backoff = "1s..1s", jitter = 0.0))]
async fn charge(ctx: ActivityContext, cents: u64) -> Result<u64, Failure> {
    ctx.state::<ManualClock>().advance(Duration::from_millis(500));
    if cents == 13 || (cents == 995 && ctx.info().attempt < 3) {
        return Err(Failure::new("the bank is down\u{1b}[2J"));
    }
    Ok(cents)
}

#[orchestrator]
async fn order(ctx: OrchestrationContext, cents: u64) -> Result<String, Failure> {
    let reserved = ctx.call(reserve, cents).await?;
    ctx.call(charge, cents).await?;
    ctx.set_custom_status(&"charged")?;
    match ctx
        .select((
            ctx.event::<bool>("approval"),
            ctx.timer(Duration::from_hours(24 * 365 * 50)),
        ))
        .await
    {
        First(true) => Ok(reserved),
        First(false) | Second(()) => Err(Failure::new("not approved")),
    }
}

#[orchestrator(name = "part", version = "2")]
async fn part(ctx: OrchestrationContext, cents: u64) -> Result<String, Failure> {
    let reserved = ctx.call(reserve, cents).await?;
    if cents > 100 {
        ctx.event::<()>("packed").await;
    }
    Ok(reserved)
}

#[orchestrator]
async fn parcel(ctx: OrchestrationContext, _input: ()) -> Result<(), Failure> {
    ctx.call(part, 100).await?;
    ctx.call(part, 200).await?;
    Ok(())
}

/// Draws 1, 2, 3 and so on.
#[derive(Debug, Default)]
struct InOrder(AtomicU64);

impl durable::random::Entropy for InOrder {
    fn draw(&self) -> u128 {
        (u128::from(self.0.fetch_add(1, Ordering::Relaxed)) + 1) << 64
    }
}

/// Copies the hub, so that a test may change it. Returns its folder; the file is `shop.db`.
pub(crate) fn copy() -> TempDir {
    static HUB: OnceLock<TempDir> = OnceLock::new();
    let made = HUB.get_or_init(make);
    let folder = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(made.path()).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), folder.path().join(entry.file_name())).unwrap();
    }
    folder
}

fn make() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    run(fill(&folder.path().join("shop.db")));
    folder
}

/// Lets a worker of today carry on what the commands have begun, until the instance has come to a point.
pub(crate) fn work(folder: &Path, id: &str, predicate: impl Fn(&InstanceRecord) -> bool + Send + Sync) {
    run(async {
        let hub: Arc<dyn TaskHub> = Arc::new(SqliteHub::at(folder.join("shop.db")).open().unwrap());
        let registry = Arc::new(Registry::collected().unwrap());
        let client = Client::with_registry(Arc::clone(&hub), registry, DefaultVersions::new());
        let stop = CancelToken::new();
        let worker = worker(&hub, &ManualClock::new(), &stop);
        until(&client, id, predicate).await;
        stop.cancel();
        worker.await.unwrap().unwrap();
    });
}

fn run(task: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        tokio::time::timeout(Duration::from_mins(1), task)
            .await
            .expect("it comes to its end");
    });
}

fn worker(
    hub: &Arc<dyn TaskHub>,
    clock: &ManualClock,
    stop: &CancelToken,
) -> tokio::task::JoinHandle<Result<(), WorkerError>> {
    let stopped = stop.clone();
    let worker = Worker::with_registry(Arc::clone(hub), Arc::new(Registry::collected().unwrap()))
        .states(StateMap::new().with(clock.clone()))
        .options(|options: &mut WorkerOptions| options.id = Some(WorkerId::new("worker-1").unwrap()));
    tokio::spawn(worker.run_until(async move { stopped.cancelled().await }))
}

async fn fill(path: &Path) {
    let clock = ManualClock::new();
    let options = SqliteHub::at(path).clock(Arc::new(clock.clone()));
    let hub: Arc<dyn TaskHub> = Arc::new(options.lease(Duration::from_hours(100)).open().unwrap());
    let registry = Arc::new(Registry::collected().unwrap());
    let client = Client::with_registry(Arc::clone(&hub), Arc::clone(&registry), DefaultVersions::new());
    let client = client.entropy(Arc::new(InOrder::default()));

    let stop = CancelToken::new();
    let worker = worker(&hub, &clock, &stop);
    orders(&client, &clock).await;
    parcels(&client).await;
    stop.cancel();
    worker.await.unwrap().unwrap();

    clock.advance(Duration::from_secs(1));
    let late = clock.now() + Duration::from_hours(24 * 365 * 50);
    client.start(order, 1).id("order-7").at(late).await.unwrap();
    client
        .start(part, 1)
        .id("part-1")
        .version(Version::new("2").unwrap())
        .await
        .unwrap();
}

/// Makes an order that completes, one that waits, one that fails, one that is blocked, one suspended and one terminated.
async fn orders(client: &Client, clock: &ManualClock) {
    let done = client
        .start(order, 500)
        .id("order-1")
        .tag("shop", "north")
        .await
        .unwrap();
    until(client, "order-1", |record| record.custom_status.is_some()).await;
    clock.advance(Duration::from_mins(90));
    done.raise_event("approval", &true).await.unwrap();
    until(client, "order-1", |record| record.status.is_ended()).await;

    client
        .start(order, 995)
        .id("order-2")
        .tag("shop", "south")
        .await
        .unwrap();
    retries(client, clock, "order-2", 2).await;
    until(client, "order-2", |record| record.custom_status.is_some()).await;

    client
        .start(order, 13)
        .id("order-3")
        .tag("shop", "north")
        .await
        .unwrap();
    retries(client, clock, "order-3", 2).await;
    until(client, "order-3", |record| {
        record.status == InstanceStatus::Failed
    })
    .await;

    let blocked = client.start(order, 7).id("order-4").await.unwrap();
    until(client, "order-4", |record| record.custom_status.is_some()).await;
    blocked.raise_event("approval", &"no bool").await.unwrap();
    until(client, "order-4", |record| record.blocked.is_some()).await;

    let suspended = client.start(order, 8).id("order-5").await.unwrap();
    until(client, "order-5", |record| record.custom_status.is_some()).await;
    suspended.suspend("stock-taking").await.unwrap();
    until(client, "order-5", |record| {
        record.status == InstanceStatus::Suspended
    })
    .await;

    let ended = client.start(order, 9).id("order-6").await.unwrap();
    until(client, "order-6", |record| record.custom_status.is_some()).await;
    ended.terminate("a duplicate").await.unwrap();
    until(client, "order-6", |record| record.status.is_ended()).await;
}

/// Makes an instance that has called two others, of which one waits.
async fn parcels(client: &Client) {
    client.start(parcel, ()).id("parcel-1").await.unwrap();
    let waiting = |record: &InstanceRecord| record.event_count >= 9;
    until(client, "parcel-1", waiting).await;
    let running = client.query().name("part").status(InstanceStatus::Running);
    let second = loop {
        if let Some(record) = running.all().await.unwrap().pop() {
            break record;
        }
        tokio::task::yield_now().await;
    };
    until(client, second.instance.as_str(), |record| record.event_count >= 8).await;
}

async fn until(client: &Client, id: &str, predicate: impl Fn(&InstanceRecord) -> bool + Send + Sync) {
    let instance = client.instance(id).unwrap();
    instance.wait_until(predicate).await.unwrap();
}

/// Moves the clock past the pauses between the attempts.
async fn retries(client: &Client, clock: &ManualClock, id: &str, pauses: usize) {
    for pause in 1..=pauses {
        loop {
            let history = client.instance(id).unwrap().history().await;
            let events = history.map(|history| history.events).unwrap_or_default();
            let timers = events.iter().filter(|event| event.kind.name() == "TimerCreated");
            if timers.count() == pause {
                break;
            }
            tokio::task::yield_now().await;
        }
        clock.advance(Duration::from_secs(1));
    }
}
