//! What a worker says before it begins.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use durable::registry::{MatchStrategy, MismatchStrategy, Registry};
use durable::worker::MissingVersions;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

use crate::releases::{one, two};
use crate::support::{World, refusal, release, run};

const REFUSED: &str = "this binary lacks orchestrator versions that live instances need, and no other worker offers \
     them: `order` version 1 (2 instances); keep those versions in the code until they are drained, or start with \
     `MissingVersions::Warn`";

async fn world_with_two_orders() -> World {
    let world = World::new();
    let client = world.client(&release(&["one"]));
    for _ in 0..2 {
        client.start(one::order, "tea".into()).await.unwrap();
    }
    world
}

/// Keeps the texts of warnings.
#[derive(Clone, Default)]
struct Warnings(Arc<Mutex<String>>);

impl Subscriber for Warnings {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() == Level::WARN
    }
    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, event: &Event<'_>) {
        struct Message<'a>(&'a mut String);
        impl Visit for Message<'_> {
            fn record_debug(&mut self, _: &Field, value: &dyn std::fmt::Debug) {
                writeln!(self.0, "{value:?}").unwrap();
            }
        }
        event.record(&mut Message(&mut self.0.lock().unwrap()));
    }
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

/// Runs a test on one thread, and returns what it warned of.
fn warnings(test: impl Future<Output = ()>) -> String {
    let warnings = Warnings::default();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    tracing::subscriber::with_default(warnings.clone(), || runtime.block_on(test));
    warnings.0.lock().unwrap().clone()
}

#[test]
fn start_up_is_refused_when_live_instances_need_a_version_that_the_binary_lacks() {
    run(async {
        let world = world_with_two_orders().await;
        assert_eq!(refusal(&world, &release(&["three"]), |_| {}).await, REFUSED);
    });
}

#[test]
fn start_up_warns_instead_if_it_is_set_to() {
    let said = warnings(async {
        let world = world_with_two_orders().await;
        let lenient =
            |options: &mut durable::worker::WorkerOptions| options.missing_versions = MissingVersions::Warn;
        assert_eq!(refusal(&world, &release(&["three"]), lenient).await, "it started");
    });
    assert_eq!(
        said,
        "no worker offers `order` version 1 (2 instances): these instances are stalled\n"
    );
}

#[test]
fn start_up_goes_on_when_another_worker_offers_the_version() {
    run(async {
        let world = world_with_two_orders().await;
        let worker = world.worker("one", &release(&["one"])).await;
        assert_eq!(refusal(&world, &release(&["three"]), |_| {}).await, "it started");
        worker.stop().await;
    });
}

#[test]
fn start_up_goes_on_when_the_instances_of_the_missing_version_have_ended() {
    run(async {
        let world = World::new();
        let order = world
            .client(&release(&["one"]))
            .start(one::order, "tea".into())
            .await
            .unwrap();
        order.terminate("over").await.unwrap();
        assert_eq!(refusal(&world, &release(&["three"]), |_| {}).await, "it started");
    });
}

/// A strict worker used to be refused although its binary has every version.
#[test]
fn a_version_that_only_the_match_strategy_leaves_out_is_no_reason_to_refuse() {
    let said = warnings(async {
        let world = world_with_two_orders().await;
        let strict =
            |options: &mut durable::worker::WorkerOptions| options.match_strategy = MatchStrategy::Strict;
        assert_eq!(refusal(&world, &release(&["two"]), strict).await, "it started");
    });
    assert_eq!(
        said,
        "no worker offers `order` version 1 (2 instances): these instances are stalled\n"
    );
}

/// A worker whose task it is to fail such instances used to be refused because of them.
#[test]
fn a_worker_that_fails_other_versions_is_not_refused_because_of_them() {
    run(async {
        let world = world_with_two_orders().await;
        let failing =
            |options: &mut durable::worker::WorkerOptions| options.mismatch_strategy = MismatchStrategy::Fail;
        assert_eq!(refusal(&world, &release(&["three"]), failing).await, "it started");
    });
}

#[test]
fn a_registration_that_the_linker_dropped_is_found_at_start_up() {
    run(async {
        let world = world_with_two_orders().await;
        let second = release(&["two"]);
        let rows = second
            .rows()
            .filter(|row| row.name != "order" || row.current)
            .copied();
        let dropped = Registry::from_rows(rows, []).unwrap();
        assert_eq!(refusal(&world, &dropped, |_| {}).await, REFUSED);
        let _ = two::order;
    });
}

#[test]
fn instances_of_a_name_that_the_binary_does_not_have_at_all_are_warned_of() {
    // They may be another program's, so nothing is refused; or a whole crate was dropped, so nothing is silent.
    let said = warnings(async {
        let world = world_with_two_orders().await;
        assert_eq!(refusal(&world, &release(&["shapes"]), |_| {}).await, "it started");
    });
    assert_eq!(
        said,
        "no worker offers `order` version 1 (2 instances), and this binary has no orchestrator of that name: another \
         program's, or a crate that the linker dropped\n"
    );
}
