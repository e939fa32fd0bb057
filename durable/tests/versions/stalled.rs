//! What nobody can run.

use durable::Clock;
use durable::hub::{InstanceStatus, TaskHub};
use durable::orchestration::hours;
use durable::worker::MissingVersions;

use crate::releases::one;
use crate::support::{World, release, run, version_of};

#[test]
fn what_nobody_can_run_is_shown_as_stalled_and_goes_on_by_itself_when_a_worker_with_the_version_joins() {
    run(async {
        let world = World::new();
        let (first, third) = (release(&["one"]), release(&["three"]));
        let client = world.client(&first);
        let unsuitable = world
            .worker_with("three", &third, |options| {
                options.missing_versions = MissingVersions::Warn
            })
            .await;
        world.clock.advance(hours(1));
        let started_at = world.hub.clock().now();
        let order = client.start(one::order, "tea".into()).id("o").await.unwrap();
        world.advance(hours(5)).await;

        let stalled = client.query().stalled().all().await.unwrap();
        let [record] = stalled.as_slice() else {
            panic!("one is stalled, not {stalled:?}")
        };
        assert_eq!(
            (record.name.as_str(), version_of(record).as_str()),
            ("order", "1")
        );
        assert_eq!(
            record.stalled_since,
            Some(started_at),
            "since it could not begin, not since somebody looked"
        );
        assert_eq!(
            record.status,
            InstanceStatus::Pending,
            "no other version was taken for it"
        );

        let suitable = world.worker("one", &first).await;
        order.raise_event("address", &"Ada").await.unwrap();
        assert_eq!(order.wait().await.unwrap(), "1: packed tea for Ada");
        assert!(client.query().stalled().all().await.unwrap().is_empty());
        suitable.stop().await;
        unsuitable.stop().await;
    });
}

#[test]
fn an_instance_stalls_when_the_last_worker_with_its_version_leaves_and_there_is_work() {
    run(async {
        let world = World::new();
        let first = release(&["one"]);
        let client = world.client(&first);
        let worker = world.worker("one", &first).await;
        let order = client.start(one::order, "tea".into()).await.unwrap();
        world.settle().await;
        worker.stop().await;
        assert_eq!(
            order.status().await.unwrap().stalled_since,
            None,
            "it waits: nobody has to run it"
        );
        order.raise_event("address", &"Ada").await.unwrap();
        assert_eq!(
            order.status().await.unwrap().stalled_since,
            Some(world.clock.now())
        );
        let worker = world.worker("one again", &first).await;
        assert_eq!(order.wait().await.unwrap(), "1: packed tea for Ada");
        worker.stop().await;
    });
}
