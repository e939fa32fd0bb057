//! Instances that somebody else started without a version.

use durable::history::ExecutionStarted;
use durable::hub::{IdReuse, StartRequest, TaskHub};
use durable::orchestration::days;
use durable::registry::{DefaultVersions, Registry};
use durable::{BuildId, ExecutionId, InstanceId, Payload, RecordedVersion, WireName};

use crate::support::{World, outline, release, run, version, version_of};

/// Starts an instance as a foreign client would, which knows nothing of versions.
async fn start_blank(hub: &dyn TaskHub, id: &str) {
    let started = ExecutionStarted {
        instance: InstanceId::new(id).unwrap(),
        execution: ExecutionId::from_random(7),
        name: WireName::new("order").unwrap(),
        version: RecordedVersion::Blank,
        input: Payload::encode(&"tea").unwrap(),
        parent: None,
        generation: 0,
        scheduled_start: None,
        tags: durable::history::Tags::new(),
    };
    hub.start(StartRequest {
        started,
        reuse: IdReuse::Reject,
        raise: None,
        trace: None,
    })
    .await
    .unwrap();
}

#[test]
fn a_blank_version_is_resolved_in_the_first_turn_and_never_again() {
    run(async {
        let world = World::new();
        start_blank(&world.hub, "o").await;
        let (two, three) = (release(&["two"]), release(&["three"]));
        let order = world.client(&two).instance("o").unwrap();
        assert_eq!(version_of(&order.status().await.unwrap()), "");
        let worker = world.worker("two", &two).await;
        world.settle().await;
        assert_eq!(version_of(&order.status().await.unwrap()), "2");
        worker.stop().await;
        // In release 3 another version is current; the instance stays on what is written down.
        let worker = world.worker("three", &three).await;
        order.raise_event("address", &"Ada").await.unwrap();
        world.advance(days(1)).await;
        let record = order.wait_ended().await.unwrap();
        assert_eq!(
            record.output,
            Some(Payload::encode(&"2: packed tea for Ada").unwrap())
        );
        assert_eq!(
            outline(&order.history().await.unwrap().events),
            [
                "started order@",
                "VersionResolved \"2\"",
                "call #0 pack@1",
                "result #0",
                "event address",
                "timer #1",
                "fired #1",
                "ended",
            ]
        );
        worker.stop().await;
    });
}

#[test]
fn a_blank_version_is_resolved_to_the_worker_s_configured_default() {
    run(async {
        let world = World::new();
        start_blank(&world.hub, "o").await;
        let two = release(&["two"]);
        let defaults = DefaultVersions::new().all(version("1"));
        let worker = world
            .worker_with("two", &two, |options| options.default_versions = defaults)
            .await;
        world.settle().await;
        assert_eq!(
            version_of(&world.client(&two).get("o").await.unwrap().unwrap()),
            "1"
        );
        worker.stop().await;
    });
}

/// A worker that could not resolve the version used to fail the instance, although it was not set to fail anything.
#[test]
fn a_default_that_the_worker_does_not_run_blocks_the_instance_and_loses_nothing() {
    run(async {
        let world = World::new();
        start_blank(&world.hub, "o").await;
        let two = release(&["two"]);
        let defaults = DefaultVersions::new().all(version("7"));
        let wrong = world
            .worker_with("wrong", &two, |options| options.default_versions = defaults)
            .await;
        let order = world.client(&two).instance("o").unwrap();
        let record = order.wait_until(|record| record.blocked.is_some()).await.unwrap();
        assert_eq!(version_of(&record), "");
        let report = record.blocked.unwrap();
        assert_eq!(report.reason, "version");
        assert_eq!(
            report.message,
            "instance `o` of orchestrator `order` was started without a version, and the default version 7 is none \
             that this worker runs (it runs 1, 2)\n  \
             help: set the default version to one of these, or mark one version as current"
        );
        wrong.stop().await;
        let right = world
            .worker_with("right", &two, |options| options.build = Some(BuildId(2)))
            .await;
        order
            .wait_until(|record| version_of(record) == "2")
            .await
            .unwrap();
        right.stop().await;
    });
}

#[test]
fn without_a_current_version_a_blank_one_cannot_be_resolved() {
    run(async {
        let world = World::new();
        start_blank(&world.hub, "o").await;
        let two = release(&["two"]);
        let only_old = Registry::from_rows(two.rows().filter(|row| !row.current).copied(), []).unwrap();
        let worker = world.worker("old", &only_old).await;
        let order = world.client(&two).instance("o").unwrap();
        let record = order.wait_until(|record| record.blocked.is_some()).await.unwrap();
        assert_eq!(
            record.blocked.unwrap().message,
            "instance `o` of orchestrator `order` was started without a version, and there is no default version: \
             every version that this worker has (1) is superseded\n  \
             help: set the default version to one of these, or mark one version as current"
        );
        worker.stop().await;
    });
}
