//! Which of its versions a worker runs, and what it does with others.

use durable::hub::InstanceStatus;
use durable::registry::{DefaultVersions, MatchStrategy, MismatchStrategy, Registry};
use durable::worker::{MissingVersions, WorkerOptions};
use durable::{FailureOrigin, WireName};

use crate::calls::{family, leaving};
use crate::releases::{three, two};
use crate::support::{World, outline, release, run, version};

/// Starts an instance on each of the versions 1, 2 and 3, and returns which ones a worker takes.
async fn taken(strategy: MatchStrategy, defaults: DefaultVersions) -> Vec<&'static str> {
    let world = World::new();
    let all = all_versions();
    let client = world.client(&all);
    client.start(two::order_v1, "tea".into()).id("1").await.unwrap();
    client.start(two::order_v2, "tea".into()).id("2").await.unwrap();
    client.start(three::order_v3, "tea".into()).id("3").await.unwrap();
    let choose = |options: &mut WorkerOptions| {
        options.match_strategy = strategy;
        options.default_versions = defaults;
    };
    let worker = world.worker_with("w", &all, choose).await;
    world.settle().await;
    let mut taken = Vec::new();
    for id in ["1", "2", "3"] {
        let record = client.get(id).await.unwrap().unwrap();
        assert_eq!(
            record.stalled_since.is_some(),
            record.status == InstanceStatus::Pending
        );
        if record.status == InstanceStatus::Running {
            taken.push(id);
        }
    }
    worker.stop().await;
    taken
}

/// Versions 1 and 2 of release 2 and version 3 of release 3, in one binary; 2 is current.
fn all_versions() -> Registry {
    let (two, three) = (release(&["two"]), release(&["three"]));
    let newest = three
        .rows()
        .filter(|row| row.name == "order" && row.current)
        .copied();
    let newest: Vec<_> = newest
        .map(|row| durable::__private::Registration {
            current: false,
            ..row
        })
        .collect();
    Registry::from_rows(two.rows().copied().chain(newest), []).unwrap()
}

#[test]
fn without_a_match_strategy_a_worker_runs_every_version_it_has() {
    run(async {
        assert_eq!(
            taken(MatchStrategy::None, DefaultVersions::new()).await,
            ["1", "2", "3"]
        );
    });
}

#[test]
fn a_strict_worker_runs_the_default_version_only() {
    run(async {
        assert_eq!(taken(MatchStrategy::Strict, DefaultVersions::new()).await, ["2"]);
        let configured = DefaultVersions::new().of(&WireName::new("order").unwrap(), version("1.0"));
        assert_eq!(taken(MatchStrategy::Strict, configured).await, ["1"]);
    });
}

#[test]
fn a_worker_for_current_or_older_runs_the_default_version_and_those_before_it() {
    run(async {
        assert_eq!(
            taken(MatchStrategy::CurrentOrOlder, DefaultVersions::new()).await,
            ["1", "2"]
        );
        let configured = DefaultVersions::new().all(version("3"));
        assert_eq!(
            taken(MatchStrategy::CurrentOrOlder, configured).await,
            ["1", "2", "3"]
        );
    });
}

#[test]
fn a_rejected_version_is_left_alone_until_another_worker_takes_it() {
    run(async {
        let world = World::new();
        let (two, three) = (release(&["two"]), release(&["three"]));
        let order = world
            .client(&two)
            .start(two::order_v1, "tea".into())
            .await
            .unwrap();
        let lenient = |options: &mut WorkerOptions| options.missing_versions = MissingVersions::Warn;
        let unsuitable = world.worker_with("three", &three, lenient).await;
        world.settle().await;
        let record = order.status().await.unwrap();
        assert_eq!(
            (record.status, record.owner, record.event_count),
            (InstanceStatus::Pending, None, 0)
        );
        let suitable = world.worker("two", &two).await;
        order.raise_event("address", &"Ada").await.unwrap();
        assert_eq!(order.wait().await.unwrap(), "1: packed tea for Ada");
        unsuitable.stop().await;
        suitable.stop().await;
    });
}

fn failing(options: &mut WorkerOptions) {
    options.mismatch_strategy = MismatchStrategy::Fail;
}

const MISMATCH: &str =
    "no worker runs orchestrator `order` in version 2, and this one is set to fail such instances";

#[test]
fn a_worker_set_to_fail_ends_other_versions_with_version_mismatch() {
    run(async {
        let world = World::new();
        let order = world
            .client(&release(&["two"]))
            .start(two::order, "tea".into())
            .await
            .unwrap();
        let worker = world.worker_with("one", &release(&["one"]), failing).await;
        let record = order.wait_ended().await.unwrap();
        assert_eq!(record.status, InstanceStatus::Failed);
        let failure = record.failure.unwrap();
        assert_eq!(
            (failure.origin, failure.kind.as_str()),
            (FailureOrigin::VersionMismatch, "VersionMismatch")
        );
        assert_eq!(failure.message, MISMATCH);
        assert_eq!(
            outline(&order.history().await.unwrap().events),
            ["started order@2", "ended"]
        );
        worker.stop().await;
    });
}

#[test]
fn a_version_mismatch_in_the_first_turn_is_told_to_the_parent() {
    run(async {
        let world = World::new();
        let known = release(&["one", "family"]);
        let worker = world.worker_with("one", &known, failing).await;
        let parent = world
            .client(&known)
            .start(family::parent, "tea".into())
            .await
            .unwrap();
        assert_eq!(parent.wait().await.unwrap_err().to_string(), MISMATCH);
        worker.stop().await;
    });
}

/// The parent used to wait for ever: only a mismatch in the first turn was told.
#[test]
fn a_version_mismatch_in_a_later_turn_is_told_to_the_parent_too() {
    run(async {
        let world = World::new();
        let before = release(&["two", "family"]);
        let client = world.client(&before);
        let worker = world.worker("two", &before).await;
        let parent = client.start(family::parent, "tea".into()).await.unwrap();
        world.settle().await;
        worker.stop().await;
        let worker = world
            .worker_with("one", &release(&["one", "family"]), failing)
            .await;
        let name = WireName::new("order").unwrap();
        let children = client.query().name(&name).all().await.unwrap();
        let child = client.instance(children[0].instance.as_str()).unwrap();
        child.raise_event("address", &"Ada").await.unwrap();
        assert_eq!(parent.wait().await.unwrap_err().to_string(), MISMATCH);
        let events = child.history().await.unwrap().events;
        assert_eq!(
            outline(&events),
            ["started order@2", "call #0 pack@1", "result #0", "ended"]
        );
        worker.stop().await;
    });
}

/// They used to run on, and nobody waited for them.
#[test]
fn the_children_of_an_instance_that_fails_by_version_mismatch_follow_their_policies() {
    run(async {
        let world = World::new();
        let before = release(&["leaving", "family"]);
        let client = world.client(&before);
        let worker = world.worker("two", &before).await;
        let parent = client
            .start(leaving::order_with_children, "tea".into())
            .await
            .unwrap();
        world.settle().await;
        worker.stop().await;
        let worker = world
            .worker_with("one", &release(&["one", "family"]), failing)
            .await;
        parent.raise_event("address", &"Ada").await.unwrap();
        let failure = parent.wait_ended().await.unwrap().failure.unwrap();
        assert_eq!(failure.message, MISMATCH);
        world.settle().await;
        let mut states = Vec::new();
        for id in ["asked", "stopped", "left"] {
            states.push(client.get(id).await.unwrap().unwrap().status);
        }
        assert_eq!(
            states,
            [
                InstanceStatus::Canceled,
                InstanceStatus::Terminated,
                InstanceStatus::Running
            ]
        );
        worker.stop().await;
    });
}
