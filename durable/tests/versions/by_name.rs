//! Starts by name, of code that may be in other processes only.

use std::time::Duration;

use durable::client::{Client, ClientError};
use durable::hub::IdReuse;
use durable::registry::DefaultVersions;
use durable::{Payload, WireName};

use crate::support::{World, release, run, version, version_of};

fn tea() -> Payload {
    Payload::encode(&"tea").unwrap()
}

#[test]
fn what_is_started_by_name_has_the_version_of_the_policy() {
    run(async {
        let world = World::new();
        let two = release(&["two"]);
        let current = world.client(&two).start_named("order", tea()).await.unwrap();
        let defaults = DefaultVersions::new().all(version("1"));
        let configured = world.client_with(&two, defaults);
        let by_default = configured.start_named("order", tea()).await.unwrap();
        let asked = configured
            .start_named("order", tea())
            .version(version("7.1"))
            .await
            .unwrap();
        for (started, version) in [(current, "2"), (by_default, "1"), (asked, "7.1")] {
            assert_eq!(version_of(&started.status().await.unwrap()), version);
        }
    });
}

#[test]
fn a_client_without_code_leaves_the_version_to_the_worker() {
    run(async {
        let world = World::new();
        let client = Client::without_code(world.shared());
        let name = WireName::new("order").unwrap();
        assert!(!client.knows(&name) && world.client(&release(&["two"])).knows(&name));
        let order = client
            .start_named("order", tea())
            .id("o")
            .tag("shop", "north")
            .await
            .unwrap();
        assert_eq!(version_of(&order.status().await.unwrap()), "");
        let taken = client.start_named("order", tea()).id("o").await.unwrap_err();
        assert!(matches!(taken, ClientError::AlreadyExists(_)), "{taken}");
        let worker = world.worker("two", &release(&["two"])).await;
        world.settle().await;
        let record = order.status().await.unwrap();
        assert_eq!(
            (version_of(&record).as_str(), record.tags["shop"].as_str()),
            ("2", "north")
        );
        worker.stop().await;
    });
}

#[test]
fn a_start_by_name_that_is_sent_twice_starts_once() {
    run(async {
        let world = World::new();
        let start = Client::without_code(world.shared()).start_named("order", tea());
        let (first, second) = (start.clone().await.unwrap(), start.await.unwrap());
        assert_eq!(first.id(), second.id());
        assert_eq!(
            world
                .client(&release(&["two"]))
                .query()
                .all()
                .await
                .unwrap()
                .len(),
            1
        );
    });
}

#[test]
fn a_start_by_name_may_wait_for_its_time_and_tells_whether_the_instance_is_new() {
    run(async {
        let world = World::new();
        let client = Client::without_code(world.shared());
        let start = || client.start_named("order", tea()).id("o");
        let due = world.shared().clock().now() + Duration::from_hours(1);
        let first = start().at(due).acknowledged().await.unwrap();
        assert_eq!((first.instance.id().as_str(), first.is_new), ("o", true));
        assert_eq!(first.instance.status().await.unwrap().scheduled_start, Some(due));
        let existing = start().on_existing(IdReuse::UseExisting);
        let second = existing.acknowledged().await.unwrap();
        assert_eq!((second.execution, second.is_new), (first.execution, false));
        let later = client.start_named("order", tea()).after(Duration::from_mins(5));
        let record = later.await.unwrap().status().await.unwrap();
        assert_eq!(
            record.scheduled_start,
            Some(record.created_at + Duration::from_mins(5))
        );
    });
}
