//! The version of the next execution.

use durable::hub::InstanceRecord;
use durable::orchestration::days;

use crate::support::{World, outline, release, run, version_of};

/// Version 1 in three kinds: one that stays, one that says where it goes, and one that follows what is current.
mod monitors {
    use durable::prelude::*;
    use serde::{Deserialize, Serialize};

    #[derive(Debug, Clone, Serialize, Deserialize)]
    pub(crate) struct Old {
        pub(crate) rounds: u32,
    }

    #[derive(Debug, Clone, Serialize, Deserialize)]
    pub(crate) struct New {
        pub(crate) rounds: u32,
        pub(crate) place: String,
    }

    #[durable::migrate]
    fn with_place(old: Old) -> New {
        New {
            rounds: old.rounds,
            place: "migrated".to_owned(),
        }
    }

    #[orchestrator(version = "1", superseded)]
    pub(crate) async fn staying(ctx: OrchestrationContext, input: Old) -> Result<String, Failure> {
        ctx.timer(days(1)).await;
        if input.rounds == 0 {
            return Ok("ended on 1".to_owned());
        }
        ctx.continue_as_new(Old {
            rounds: input.rounds - 1,
        })
        .await
    }

    #[orchestrator(version = "2")]
    pub(crate) async fn staying(_ctx: OrchestrationContext, input: New) -> Result<String, Failure> {
        Ok(format!("ended on 2 {}", input.place))
    }

    #[orchestrator(version = "1", superseded)]
    pub(crate) async fn moving(ctx: OrchestrationContext, input: Old) -> Result<String, Failure> {
        ctx.timer(days(1)).await;
        ctx.continue_as_new(input).on(moving_v2).await
    }

    #[orchestrator(version = "2", superseded)]
    pub(crate) async fn moving(ctx: OrchestrationContext, input: New) -> Result<String, Failure> {
        ctx.timer(days(1)).await;
        Ok(format!("ended on 2 {} {}", input.rounds, input.place))
    }

    #[orchestrator(version = "3")]
    pub(crate) async fn moving(_ctx: OrchestrationContext, _input: New) -> Result<String, Failure> {
        Ok("ended on 3".to_owned())
    }

    #[orchestrator(version = "1", superseded, upgrade = "latest")]
    pub(crate) async fn following(ctx: OrchestrationContext, input: Old) -> Result<String, Failure> {
        ctx.timer(days(1)).await;
        ctx.continue_as_new(Old {
            rounds: input.rounds + 1,
        })
        .await
    }

    #[orchestrator(version = "2", superseded)]
    pub(crate) async fn following(_ctx: OrchestrationContext, _input: Old) -> Result<String, Failure> {
        Ok("ended on 2".to_owned())
    }

    #[orchestrator(version = "3", upgrade = "latest")]
    pub(crate) async fn following(_ctx: OrchestrationContext, input: New) -> Result<String, Failure> {
        Ok(format!("ended on 3 {} {}", input.rounds, input.place))
    }
}

fn place(record: &InstanceRecord) -> (String, u32) {
    (version_of(record), record.generation)
}

#[test]
fn the_next_execution_stays_on_the_version_although_another_is_current() {
    run(async {
        let world = World::new();
        let all = release(&["monitors"]);
        let worker = world.worker("w", &all).await;
        let started = world
            .client(&all)
            .start(monitors::staying_v1, monitors::Old { rounds: 2 })
            .await
            .unwrap();
        world.advance(days(1)).await;
        assert_eq!(place(&started.status().await.unwrap()), ("1".into(), 1));
        world.advance(days(2)).await;
        assert_eq!(started.wait().await.unwrap(), "ended on 1");
        assert_eq!(place(&started.status().await.unwrap()), ("1".into(), 2));
        worker.stop().await;
    });
}

#[test]
fn on_moves_the_next_execution_to_the_version_it_names_with_the_input_migrated() {
    run(async {
        let world = World::new();
        let all = release(&["monitors"]);
        let worker = world.worker("w", &all).await;
        let started = world
            .client(&all)
            .start(monitors::moving_v1, monitors::Old { rounds: 7 })
            .await
            .unwrap();
        world.advance(days(1)).await;
        let record = started.status().await.unwrap();
        assert_eq!(place(&record), ("2".into(), 1));
        let input: monitors::New = record.input.decode().unwrap();
        assert_eq!((input.rounds, input.place.as_str()), (7, "migrated"));
        assert_eq!(
            outline(&started.history().await.unwrap().events),
            ["started moving@2", "timer #0"]
        );
        world.advance(days(1)).await;
        assert_eq!(started.wait().await.unwrap(), "ended on 2 7 migrated");
        worker.stop().await;
    });
}

#[test]
fn upgrade_latest_moves_the_next_execution_to_the_current_version_with_the_input_migrated() {
    run(async {
        let world = World::new();
        let all = release(&["monitors"]);
        let worker = world.worker("w", &all).await;
        let started = world
            .client(&all)
            .start(monitors::following_v1, monitors::Old { rounds: 1 })
            .await
            .unwrap();
        world.advance(days(1)).await;
        assert_eq!(started.wait().await.unwrap(), "ended on 3 2 migrated");
        assert_eq!(place(&started.status().await.unwrap()), ("3".into(), 1));
        worker.stop().await;
    });
}

#[test]
fn the_next_execution_waits_for_a_worker_of_its_version() {
    run(async {
        let world = World::new();
        let all = release(&["monitors"]);
        let old: Vec<_> = all
            .rows()
            .filter(|row| row.version.to_string() == "1")
            .copied()
            .collect();
        let old = durable::registry::Registry::from_rows(old, all.migrations().iter().copied()).unwrap();
        let worker = world.worker("old", &old).await;
        let started = world
            .client(&all)
            .start(monitors::moving_v1, monitors::Old { rounds: 7 })
            .await
            .unwrap();
        world.advance(days(1)).await;
        let record = started.status().await.unwrap();
        assert_eq!(place(&record), ("2".into(), 1));
        assert_eq!((record.stalled_since.is_some(), record.owner), (true, None));
        let new = world.worker("new", &all).await;
        world.advance(days(1)).await;
        assert_eq!(started.wait().await.unwrap(), "ended on 2 7 migrated");
        new.stop().await;
        worker.stop().await;
    });
}
