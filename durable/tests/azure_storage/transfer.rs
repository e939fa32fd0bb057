//! Instances go from a file to an account and on to another file, and come to the ends that they would have come to.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use durable::client::Client;
use durable::history::EventKind;
use durable::history_file::{ExportOptions, export, import};
use durable::hub::{Access, DescribesHub, InstanceRecord, InstanceStatus};
use durable::prelude::*;
use durable::registry::Registry;
use durable::{App, CancelToken};
use durable_testkit::ManualClock;

use crate::checker::Snapshot;
use crate::load::Runs;
use crate::place::{Place, on_a_runtime};

/// Longer than everything that the test skips.
const LEASE: Duration = Duration::from_hours(48);

#[activity]
async fn reserve(ctx: ActivityContext, item: String) -> Result<String, Failure> {
    ctx.state::<Runs>().note(&ctx);
    Ok(format!("{item} reserved"))
}

/// Waits for a person, for time, and for a sub-orchestration: whatever can be open while nothing runs.
#[orchestrator]
async fn order(ctx: OrchestrationContext, item: String) -> Result<String, Failure> {
    let reserved = ctx.call(reserve, item).await?;
    ctx.set_custom_status(&reserved)?;
    let paid = ctx
        .call(payment, ())
        .id(&format!("{}-payment", ctx.instance()))
        .start();
    ctx.timer(Duration::from_hours(1)).await;
    let address = ctx.event::<String>("address").await;
    let paid = paid.await?;
    Ok(format!("{reserved}, {paid}, to {address}"))
}

#[orchestrator]
async fn payment(ctx: OrchestrationContext) -> Result<String, Failure> {
    Ok(format!("paid by {}", ctx.event::<String>("paid").await))
}

/// Adds what comes, each in an execution of its own, until a nothing comes.
#[orchestrator]
async fn tally(ctx: OrchestrationContext, sum: u32) -> Result<u32, Failure> {
    match ctx.event::<u32>("add").await {
        0 => Ok(sum),
        more => ctx.continue_as_new(sum + more).await,
    }
}

#[orchestrator]
async fn nap(ctx: OrchestrationContext, minutes: u64) -> Result<String, Failure> {
    ctx.timer(Duration::from_mins(minutes)).await;
    Ok(ctx.call(reserve, "bed".to_owned()).await?)
}

#[orchestrator]
async fn refuses(_ctx: OrchestrationContext, why: String) -> Result<(), Failure> {
    Err(Failure::of_kind("Refused", why))
}

/// A folder that is removed in the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("durable-transfer-{}-{name}", std::process::id()));
        // It is there only if an earlier run was cut short.
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The time of all hubs: it goes on as the machine's does, and the test skips hours of it.
struct Time {
    clock: ManualClock,
    over: CancelToken,
}

impl Time {
    fn new() -> Self {
        const TICK: Duration = Duration::from_millis(20);
        let (clock, over) = (ManualClock::new(), CancelToken::new());
        let (ticking, until) = (clock.clone(), over.clone());
        tokio::spawn(async move {
            while !until.is_cancelled() {
                tokio::time::sleep(TICK).await;
                ticking.advance(TICK);
            }
        });
        Self { clock, over }
    }

    fn file(&self, folder: &Folder, name: &str) -> durable::sqlite::SqliteOptions {
        let file = SqliteHub::at(folder.0.join(name));
        file.lease(LEASE).clock(Arc::new(self.clock.clone()))
    }

    fn account(&self, place: &Place) -> durable::azure::AzureOptions {
        let account = place.hub().lease(LEASE);
        account
            .partition_lease(LEASE, Duration::from_millis(300))
            // What another process has put is looked at soon, and not when it is due by the machine's clock.
            .timer_slice(Duration::from_secs(1))
            .clock(Arc::new(self.clock.clone()))
    }
}

impl Drop for Time {
    fn drop(&mut self) {
        self.over.cancel();
    }
}

/// What is known of an instance wherever it is.
fn of_any_hub(record: InstanceRecord) -> InstanceRecord {
    InstanceRecord {
        updated_at: durable::Timestamp::from_micros(0),
        owner: None,
        stalled_since: None,
        ..record
    }
}

/// Takes everything from one hub to another, as `durable export` and `durable import` do, and compares what is there.
async fn carry(from: &dyn DescribesHub, to: &dyn DescribesHub, folder: &Folder, count: u64) {
    let registry = Registry::collected().unwrap();
    let mut options = ExportOptions::default();
    (options.all, options.replace) = (true, true);
    let source = from.open(Access::ReadOnly).await.unwrap();
    let export_folder = folder.0.join("export");
    let _ = std::fs::remove_dir_all(&export_folder);
    let exported = export(source.as_ref(), &from.place(), &export_folder, &options).await;
    assert_eq!(exported.unwrap().histories, count);
    let target = to.open(Access::ReadWrite).await.unwrap();
    // The second time finds everything there.
    for _ in 0..2 {
        let imported = import(target.as_ref(), &registry, &export_folder).await.unwrap();
        assert_eq!(imported.instances, count);
    }
    let read = async |hub| Snapshot::read(&Client::new(hub).unwrap()).await.unwrap().0;
    let (before, after) = (read(source).await, read(target).await);
    assert!(before.keys().eq(after.keys()), "{before:?} {after:?}");
    for (was, is) in before.into_values().zip(after.into_values()) {
        assert_eq!(of_any_hub(is.record), of_any_hub(was.record));
        assert_eq!(is.history.events, was.history.events);
    }
}

async fn suspend(client: &Client, ids: &[&str]) {
    for id in ids {
        let instance = client.instance(id).unwrap();
        instance.suspend("to move").await.unwrap();
        let suspended = |record: &InstanceRecord| record.status == InstanceStatus::Suspended;
        instance.wait_until(suspended).await.unwrap();
    }
}

async fn resume(client: &Client, ids: &[&str]) {
    for id in ids {
        let instance = client.instance(id).unwrap();
        let status = instance.status().await.unwrap().status;
        assert_eq!(
            status,
            InstanceStatus::Suspended,
            "{id} stands still until it is resumed"
        );
        instance.resume("moved").await.unwrap();
    }
}

/// Raises an event for an instance that is suspended, and waits until it is in its history.
async fn raise_while_suspended<T: serde::Serialize>(client: &Client, id: &str, name: &str, data: &T) {
    let instance = client.instance(id).unwrap();
    let before = instance.status().await.unwrap().event_count;
    instance.raise_event(name, data).await.unwrap();
    let longer = |record: &InstanceRecord| record.event_count > before;
    instance.wait_until(longer).await.unwrap();
}

/// Waits until the history of an instance holds an event of a kind.
async fn until_told(client: &Client, id: &str, kind: &str) {
    let instance = client.instance(id).unwrap();
    loop {
        let record = instance.status().await.unwrap();
        let history = instance.history().await.unwrap();
        if history.events.iter().any(|event| event.kind.name() == kind) {
            return;
        }
        let longer = |now: &InstanceRecord| now.event_count != record.event_count;
        instance.wait_until(longer).await.unwrap();
    }
}

async fn output<T: serde::de::DeserializeOwned>(client: &Client, id: &str) -> T {
    let record = client.instance(id).unwrap().wait_ended().await.unwrap();
    assert_eq!(record.status, InstanceStatus::Completed, "{record:?}");
    record.output_as().unwrap().unwrap()
}

/// Begins everything in the first file.
async fn begin(client: &Client) {
    let started = client.start(order, "book".to_owned()).id("order");
    let started = started.tag("shop", "north").await.unwrap();
    started.raise_event("address", &"Main Street 1").await.unwrap();
    client.start(tally, 0).id("tally").await.unwrap();
    client.start(nap, 10).id("nap").await.unwrap();
    let refused = client
        .start(refuses, "no".to_owned())
        .id("refused")
        .await
        .unwrap();
    refused.wait_ended().await.unwrap();
    let first = client.instance("tally").unwrap();
    first.raise_event("add", &2).await.unwrap();
    first.wait_until(|record| record.generation == 1).await.unwrap();
    until_told(client, "nap", "TimerCreated").await;
    until_told(client, "order", "EventRaised").await;
    until_told(client, "order", "TimerCreated").await;
    let child = client.instance("order-payment").unwrap();
    child
        .wait_until(|record| record.status == InstanceStatus::Running)
        .await
        .unwrap();
}

#[test]
fn what_goes_to_an_account_and_back_comes_to_the_end_that_it_would_have_come_to() {
    on_a_runtime(async {
        let Some(place) = Place::new("transfer") else {
            return;
        };
        let (folder, time, runs) = (Folder::new("azure"), Time::new(), Runs::default());
        let app = |app: App| app.state(runs.clone()).start();

        let first = time.file(&folder, "first.db");
        let running = app(App::new(first.clone())).await.unwrap();
        let client = running.client();
        begin(client).await;
        suspend(client, &["order", "order-payment", "tally", "nap"]).await;
        raise_while_suspended(client, "tally", "add", &4).await;
        running.shutdown().await.unwrap();

        let account = time.account(&place);
        carry(&first, &account, &folder, 5).await;
        let running = app(App::new(account.clone())).await.unwrap();
        let client = running.client();
        resume(client, &["order", "order-payment", "tally", "nap"]).await;
        let child = client.instance("order-payment").unwrap();
        child.raise_event("paid", &"card").await.unwrap();
        until_told(client, "order", "SubOrchestrationInstanceCompleted").await;
        let adding = client.instance("tally").unwrap();
        adding.raise_event("add", &8).await.unwrap();
        adding.wait_until(|record| record.generation == 3).await.unwrap();
        time.clock.advance(Duration::from_mins(10));
        assert_eq!(output::<String>(client, "nap").await, "bed reserved");
        suspend(client, &["order", "tally"]).await;
        raise_while_suspended(client, "tally", "add", &16).await;
        running.shutdown().await.unwrap();

        let second = time.file(&folder, "second.db");
        carry(&account, &second, &folder, 5).await;
        let running = app(App::new(second)).await.unwrap();
        let client = running.client();
        resume(client, &["order", "tally"]).await;
        client
            .instance("tally")
            .unwrap()
            .raise_event("add", &0)
            .await
            .unwrap();
        assert_eq!(output::<u32>(client, "tally").await, 2 + 4 + 8 + 16);
        let waits = client.instance("order").unwrap().status().await.unwrap();
        assert_eq!(waits.status, InstanceStatus::Running, "its hour is not over");
        time.clock.advance(Duration::from_hours(1));
        let ended: String = output(client, "order").await;
        assert_eq!(ended, "book reserved, paid by card, to Main Street 1");

        let snapshot = Snapshot::read(client).await.unwrap();
        assert_eq!(snapshot.0.len(), 5);
        let mut findings = snapshot.check(&Registry::collected().unwrap());
        let repeated = snapshot.check_runs(&runs.keys(), &mut findings);
        assert!(findings.violations.is_empty(), "{:#?}", findings.violations);
        assert_eq!((runs.keys().len(), repeated), (2, 0));
        running.shutdown().await.unwrap();

        // What was exported has not been touched.
        let left = DescribesHub::open(&account, Access::ReadOnly).await.unwrap();
        let left = Snapshot::read(&Client::new(left).unwrap()).await.unwrap();
        let events = &left.0[&"order".parse().unwrap()].history.events;
        let is_told = |kind: &EventKind| matches!(kind, EventKind::TimerFired { .. });
        assert!(!events.iter().any(|event| is_told(&event.kind)), "{events:?}");
    });
}
