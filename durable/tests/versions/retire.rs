//! What tells that a version may be deleted.

use durable::orchestration::{days, hours};
use durable::version_table;
use durable::{Clock, VersionState};

use crate::releases::{one, two};
use crate::support::{World, release, run};

#[test]
fn the_table_shows_a_version_current_then_draining_then_drained() {
    run(async {
        let world = World::new();
        let (first, second) = (release(&["one"]), release(&["two"]));
        let client = world.client(&second);
        let table =
            async |registry| version_table(&client.version_counts().await.unwrap(), registry).to_string();

        assert_eq!(
            table(&first).await,
            "version  running  waiting  suspended  blocked  failed  ended  state\n\
             order@1        0        0          0        0       0      0  current"
        );
        let monday = world.worker("monday", &first).await;
        let mut old = Vec::new();
        for id in ["a", "b"] {
            old.push(
                world
                    .client(&first)
                    .start(one::order, "tea".into())
                    .id(id)
                    .await
                    .unwrap(),
            );
        }
        world.settle().await;
        old[1].suspend("holiday").await.unwrap();
        world.settle().await;
        monday.stop().await;

        let tuesday = world.worker("tuesday", &second).await;
        let new = client.start(two::order, "tea".into()).id("c").await.unwrap();
        world.settle().await;
        assert_eq!(
            table(&second).await,
            "version  running  waiting  suspended  blocked  failed  ended  state\n\
             order@1        0        1          1        0       0      0  draining\n\
             order@2        0        1          0        0       0      0  current"
        );
        old[1].resume("back").await.unwrap();
        for run in old {
            run.raise_event("address", &"Ada").await.unwrap();
            run.wait().await.unwrap();
        }
        new.raise_event("address", &"Ada").await.unwrap();
        world.advance(days(1)).await;
        new.wait().await.unwrap();
        assert_eq!(
            table(&second).await,
            "version  running  waiting  suspended  blocked  failed  ended  state\n\
             order@1        0        0          0        0       0      2  drained: may be deleted\n\
             order@2        0        0          0        0       0      1  current"
        );
        tuesday.stop().await;
    });
}

#[test]
fn a_version_that_instances_need_and_the_binary_lacks_is_shown_as_missing() {
    run(async {
        let world = World::new();
        let client = world.client(&release(&["one"]));
        client.start(one::order, "tea".into()).await.unwrap();
        let table = version_table(&client.version_counts().await.unwrap(), &release(&["three"]));
        let states: Vec<_> = table.0.iter().map(|row| (row.key.as_str(), row.state)).collect();
        assert_eq!(
            states,
            [
                ("order@1", VersionState::Missing),
                ("order@2", VersionState::Drained),
                ("order@3", VersionState::Current),
            ]
        );
    });
}

#[test]
fn a_failed_instance_keeps_its_version_draining_until_it_is_purged() {
    run(async {
        let world = World::new();
        let second = release(&["two"]);
        let client = world.client(&second);
        let failing = |options: &mut durable::worker::WorkerOptions| {
            options.mismatch_strategy = durable::registry::MismatchStrategy::Fail;
        };
        client.start(two::order_v1, "tea".into()).id("a").await.unwrap();
        let worker = world.worker_with("three", &release(&["three"]), failing).await;
        client.instance("a").unwrap().wait_ended().await.unwrap();
        let state = async || version_table(&client.version_counts().await.unwrap(), &second).0[0].state;
        assert_eq!(
            state().await,
            VersionState::Draining,
            "it may still be rewound, and then needs the code"
        );
        client.purge("a").await.unwrap();
        assert_eq!(state().await, VersionState::Drained);
        worker.stop().await;
    });
}

#[test]
fn the_table_says_how_old_the_oldest_live_instance_is_and_when_the_last_one_started() {
    run(async {
        let world = World::new();
        let second = release(&["two"]);
        let client = world.client(&second);
        let begin = world.clock.now();
        client.start(two::order_v1, "tea".into()).id("a").await.unwrap();
        world.clock.advance(hours(2));
        client.start(two::order_v1, "tea".into()).id("b").await.unwrap();
        let table = version_table(&client.version_counts().await.unwrap(), &second);
        assert_eq!(table.0[0].oldest, Some(begin));
        assert_eq!(table.0[0].last_started, Some(world.clock.now()));
        assert_eq!(table.0[1].oldest, None);
        assert_eq!(
            format!("{table:#}"),
            "version  running  waiting  suspended  blocked  failed  ended  oldest                last started          \
             state\n\
             order@1        2        0          0        0       0      0  2026-01-01T00:00:00Z  2026-01-01T02:00:00Z  \
             draining\n\
             order@2        0        0          0        0       0      0  -                     -                     \
             current"
        );
    });
}
