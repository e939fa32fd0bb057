//! Rewinding parents and their sub-orchestrations.

use std::sync::Arc;

use durable::client::Client;
use durable::hub::InstanceStatus;
use durable::prelude::*;
use durable::registry::DefaultVersions;

use crate::outside::token;
use crate::rewind::repair;
use crate::support::{World, outline, release, run, start_worker};

mod family {
    use durable::prelude::*;

    use crate::outside::ask_a_person;
    use crate::rewind::flaky::flaky;

    #[orchestrator]
    pub(super) async fn child(ctx: OrchestrationContext, text: String) -> Result<String, Failure> {
        Ok(ctx.call(flaky, text).await?)
    }

    #[orchestrator]
    pub(super) async fn parent(ctx: OrchestrationContext, text: String) -> Result<String, Failure> {
        let of_child = ctx.call(child, text.clone()).id(&format!("child-{text}")).await?;
        Ok(format!("parent: {of_child}"))
    }

    #[orchestrator]
    pub(super) async fn patient(ctx: OrchestrationContext, text: String) -> Result<u32, Failure> {
        // Asked to cancel by its parent's end, it goes on.
        ctx.event::<()>("go").await;
        Ok(ctx.call(ask_a_person, text).await?)
    }

    /// Fails while a child goes on.
    #[orchestrator]
    pub(super) async fn beside(ctx: OrchestrationContext, text: String) -> Result<String, Failure> {
        let waiting = ctx
            .call(patient, text.clone())
            .id(&format!("patient-{text}"))
            .start();
        let done = ctx.call(flaky, text).await?;
        Ok(format!("{done} {}", waiting.await?))
    }

    /// Starts a child that goes on by itself, and fails.
    #[orchestrator]
    pub(super) async fn aloof(ctx: OrchestrationContext, text: String) -> Result<String, Failure> {
        ctx.call(child, format!("{text}-own"))
            .id(&format!("own-{text}"))
            .detach();
        Ok(ctx.call(flaky, text).await?)
    }
}

const MODULES: [&str; 3] = ["family", "flaky", "outside"];

/// The parent used to wait for ever: the child's answer was for an execution that was no more.
async fn rewind_both(client: &Client, text: &str) {
    let parent = client.start(family::parent, text.to_owned()).await.unwrap();
    assert_eq!(
        parent.wait().await.unwrap_err().to_string(),
        format!("{text} broke")
    );
    repair(text);
    parent.rewind("it is repaired").await.unwrap();
    assert_eq!(parent.wait().await.unwrap(), format!("parent: {text} done"));
    let child = client.instance(&format!("child-{text}")).unwrap();
    assert_eq!(
        outline(&child.history().await.unwrap().events),
        [
            "started child@1",
            "call #0 flaky@1",
            "rewound on 1",
            "resumed",
            "result #0",
            "ended"
        ]
    );
}

#[test]
fn a_failed_child_is_rewound_with_its_parent() {
    run(async {
        let world = World::new();
        let all = release(&MODULES);
        let worker = world.worker("w", &all).await;
        rewind_both(&world.client(&all), "c1").await;
        worker.stop().await;
    });
}

#[test]
fn families_and_first_turns_are_rewound_in_a_file_too() {
    run(async {
        let file = std::env::temp_dir().join(format!("durable-rewind-{}.db", std::process::id()));
        let hub = Arc::new(SqliteHub::at(&file).open().unwrap());
        let all = release(&MODULES);
        let client = Client::with_registry(hub.clone(), Arc::new(all.clone()), DefaultVersions::new());
        let worker = start_worker(hub.clone(), "w", &all, |_| {}).await;
        rewind_both(&client, "c2").await;
        let first = client
            .start(crate::rewind::flaky::at_once, "Rust".into())
            .await
            .unwrap();
        first.wait().await.unwrap_err();
        first
            .rewind_to("2".parse().unwrap(), "version 2 knows it")
            .await
            .unwrap();
        assert_eq!(first.wait().await.unwrap(), "I know Rust");
        worker.stop().await;
        let pending = client
            .start(crate::rewind::flaky::at_once, "SQL".into())
            .await
            .unwrap();
        pending.move_to("2".parse().unwrap()).await.unwrap();
        let worker = start_worker(hub.clone(), "w2", &all, |_| {}).await;
        assert_eq!(pending.wait().await.unwrap(), "I know SQL");
        assert_eq!(
            outline(&pending.history().await.unwrap().events),
            ["Moved \"2\"", "started at_once@1", "ended"]
        );
        worker.stop().await;
        drop((client, hub));
        for suffix in ["", "-wal", "-shm"] {
            // Whichever of them are left.
            let _ = std::fs::remove_file(format!("{}{suffix}", file.display()));
        }
    });
}

#[test]
fn a_child_that_went_on_while_its_parent_had_failed_answers_the_rewound_parent() {
    run(async {
        let world = World::new();
        let all = release(&MODULES);
        let worker = world.worker("w", &all).await;
        let client = world.client(&all);
        let parent = client.start(family::beside, "b1".into()).await.unwrap();
        parent.wait().await.unwrap_err();
        world.settle().await;
        let child = client.instance("patient-b1").unwrap();
        assert_eq!(child.status().await.unwrap().status, InstanceStatus::Running);
        repair("b1");
        parent.rewind("it is repaired").await.unwrap();
        world.settle().await;
        // Once it was asked to cancel, its calls are made as usual.
        child.raise_event("go", &()).await.unwrap();
        world.settle().await;
        client
            .complete_activity(&token("b1").await, &3_u32)
            .await
            .unwrap();
        assert_eq!(parent.wait().await.unwrap(), "b1 done 3");
        worker.stop().await;
    });
}

#[test]
fn a_child_that_was_purged_fails_the_call_instead_of_being_waited_for_for_ever() {
    run(async {
        let world = World::new();
        let all = release(&MODULES);
        let worker = world.worker("w", &all).await;
        let client = world.client(&all);
        let parent = client.start(family::parent, "p1".into()).await.unwrap();
        parent.wait().await.unwrap_err();
        client.purge("child-p1").await.unwrap();
        parent.rewind("x").await.unwrap();
        assert_eq!(
            parent.wait().await.unwrap_err().to_string(),
            "the sub-orchestration `child-p1` was purged, so it cannot be rewound with its caller"
        );
        worker.stop().await;
    });
}

/// It used to be rewound with an instance that never waited for it.
#[test]
fn a_detached_child_is_left_alone() {
    run(async {
        let world = World::new();
        let all = release(&MODULES);
        let worker = world.worker("w", &all).await;
        let client = world.client(&all);
        let parent = client.start(family::aloof, "d1".into()).await.unwrap();
        parent.wait().await.unwrap_err();
        let own = client.instance("own-d1").unwrap();
        let before = own.wait_ended().await.unwrap();
        repair("d1");
        parent.rewind("it is repaired").await.unwrap();
        assert_eq!(parent.wait().await.unwrap(), "d1 done");
        let after = own.status().await.unwrap();
        assert_eq!(
            (after.status, after.execution),
            (InstanceStatus::Failed, before.execution)
        );
        worker.stop().await;
    });
}
