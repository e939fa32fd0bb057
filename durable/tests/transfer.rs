//! Instances go from one hub to another by an export and an import, and come to the same end.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by a panic")]

use std::path::{Path, PathBuf};
use std::time::Duration;

use durable::history_file::{ExportOptions, ImportError, Imported, export, import};
use durable::hub::{InstanceRecord, InstanceStatus};
use durable::prelude::*;
use durable::registry::Registry;
use durable::worker::WorkerOptions;
use support::{World, run};

#[path = "support/mod.rs"]
mod support;

#[activity]
async fn reserve(_ctx: ActivityContext, item: String) -> Result<String, Failure> {
    Ok(format!("{item} reserved"))
}

/// Waits for a person, for time, and for a sub-orchestration: whatever can be open while nothing runs.
#[orchestrator]
async fn order(ctx: OrchestrationContext, item: String) -> Result<String, Failure> {
    let reserved = ctx.call(reserve, item).await?;
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

/// Never ends by itself.
#[activity]
async fn answer(ctx: ActivityContext) -> Result<(), Failure> {
    let _ctx = ctx;
    std::future::pending().await
}

#[orchestrator]
async fn asks(ctx: OrchestrationContext) -> Result<(), Failure> {
    ctx.call(answer, ()).await?;
    Ok(())
}

/// A folder that is removed in the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("durable-transfer-{}-{name}", std::process::id()));
        // It is there only if an earlier run was cut short.
        let _ = std::fs::remove_dir_all(&path);
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn registry() -> Registry {
    Registry::collected().unwrap()
}

/// A hub in which an order and its payment are under way, with an address that came before anybody asked for it.
async fn under_way() -> World {
    let world = World::new();
    let worker = world.worker("from", &registry()).await;
    let client = world.client(&registry());
    let started = client
        .start(order, "book".to_owned())
        .id("order-1")
        .await
        .unwrap();
    world.settle().await;
    started.raise_event("address", &"Main Street 1").await.unwrap();
    world.settle().await;
    worker.stop().await;
    world
}

async fn suspend(world: &World, ids: &[&str]) {
    let worker = world.worker("from", &registry()).await;
    for id in ids {
        let instance = world.client(&registry()).instance(id).unwrap();
        instance.suspend("to move").await.unwrap();
    }
    world.settle().await;
    worker.stop().await;
}

async fn export_all(world: &World, folder: &Path) {
    let mut options = ExportOptions::default();
    options.all = true;
    options.replace = true;
    export(world.shared().as_ref(), "memory", folder, &options)
        .await
        .unwrap();
}

async fn import_from(world: &World, folder: &Path) -> Result<Imported, ImportError> {
    import(world.shared().as_ref(), &registry(), folder).await
}

async fn resume(world: &World, id: &str) {
    let instance = world.client(&registry()).instance(id).unwrap();
    instance.resume("moved").await.unwrap();
}

#[test]
fn what_was_moved_comes_to_the_end_that_it_would_have_come_to() {
    run(async {
        let (from, folder) = (under_way().await, Folder::new("end"));
        suspend(&from, &["order-1", "order-1-payment"]).await;
        // What comes while it is suspended is in its history, and goes along.
        let worker = from.worker("from", &registry()).await;
        let paid = from.client(&registry()).instance("order-1-payment").unwrap();
        paid.raise_event("paid", &"card").await.unwrap();
        from.advance(Duration::from_mins(30)).await;
        worker.stop().await;
        export_all(&from, &folder.0).await;

        let to = World::new();
        let imported = import_from(&to, &folder.0).await.unwrap();
        assert_eq!(imported.instances, 2);
        let worker = to.worker("to", &registry()).await;
        to.advance(Duration::from_secs(10)).await;
        let status = to.client(&registry()).instance("order-1").unwrap().status().await;
        assert_eq!(
            status.unwrap().status,
            InstanceStatus::Suspended,
            "until it is resumed"
        );
        resume(&to, "order-1").await;
        resume(&to, "order-1-payment").await;
        to.advance(Duration::from_hours(1)).await;
        let record = to
            .client(&registry())
            .instance("order-1")
            .unwrap()
            .status()
            .await
            .unwrap();
        let result: Option<String> = record.output_as().unwrap();
        assert_eq!(
            result.as_deref(),
            Some("book reserved, paid by card, to Main Street 1")
        );
        worker.stop().await;
    });
}

#[test]
fn the_same_import_twice_is_one_and_what_has_gone_on_is_left_alone() {
    run(async {
        let (from, folder) = (under_way().await, Folder::new("twice"));
        suspend(&from, &["order-1", "order-1-payment"]).await;
        export_all(&from, &folder.0).await;
        let to = World::new();
        import_from(&to, &folder.0).await.unwrap();
        assert_eq!(import_from(&to, &folder.0).await.unwrap().instances, 2);
        let worker = to.worker("to", &registry()).await;
        resume(&to, "order-1").await;
        to.settle().await;
        worker.stop().await;
        let refused = import_from(&to, &folder.0).await.unwrap_err().to_string();
        assert_eq!(
            refused,
            "the instance `order-1` was not imported, and 0 before it were: the instance id `order-1` is taken by \
             another instance"
        );
    });
}

#[test]
fn everything_that_stands_in_the_way_is_told_at_once_and_nothing_is_imported() {
    run(async {
        let (from, folder) = (under_way().await, Folder::new("obstacles"));
        suspend(&from, &["order-1"]).await;
        export_all(&from, &folder.0).await;
        let to = World::new();
        let refused = import_from(&to, &folder.0).await.unwrap_err().to_string();
        assert_eq!(
            refused,
            "nothing was imported:\n  the instance `order-1-payment` is Running: suspend it first\n  \
             the instance `order-1` waits for `order-1-payment`, which is neither in the folder nor in the hub"
        );
        let found = to.client(&registry()).instance("order-1").unwrap().status().await;
        assert!(found.is_err(), "{found:?}");
    });
}

#[test]
fn an_activity_in_flight_and_a_program_of_another_release_are_obstacles() {
    run(async {
        let (world, folder) = (World::new(), Folder::new("flight"));
        let no_grace = |options: &mut WorkerOptions| options.shutdown_grace = Duration::ZERO;
        let worker = world.worker_with("from", &registry(), no_grace).await;
        let client = world.client(&registry());
        let started = client.start(asks, ()).id("question").await.unwrap();
        client
            .instance("question")
            .unwrap()
            .wait_until(|record| record.event_count > 0)
            .await
            .unwrap();
        started.suspend("to move").await.unwrap();
        let suspended = |record: &InstanceRecord| record.status == InstanceStatus::Suspended;
        client
            .instance("question")
            .unwrap()
            .wait_until(suspended)
            .await
            .unwrap();
        worker.stop().await;
        export_all(&world, &folder.0).await;
        let to = World::new();
        let refused = import_from(&to, &folder.0).await.unwrap_err().to_string();
        assert_eq!(
            refused,
            "nothing was imported:\n  the instance `question` waits for the activity of task 0: let it end first"
        );
        let none = support::release(&["one"]);
        let refused = import(to.shared().as_ref(), &none, &folder.0).await.unwrap_err();
        let ImportError::Obstacles(obstacles) = refused else {
            panic!("{refused}");
        };
        assert_eq!(
            obstacles[0].to_string(),
            "the instance `question` needs `asks` 1, which is not in this program"
        );
    });
}
