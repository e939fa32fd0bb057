//! The version of a call: recorded with it, and compared at replay.

use crate::support::{World, outline, release, run};

/// A parent that calls the current `order`.
pub(crate) mod family {
    use durable::prelude::*;

    use crate::releases::two::order;

    #[orchestrator]
    pub(crate) async fn parent(ctx: OrchestrationContext, item: String) -> Result<String, Failure> {
        Ok(ctx.call(order, item).await?)
    }

    #[orchestrator]
    pub(crate) async fn sleeper(ctx: OrchestrationContext, (): ()) -> Result<(), Failure> {
        ctx.cancelled().await;
        Err(Failure::new("asked to cancel"))
    }
}

/// A parent with a child of each policy, in a version that the next binary lacks.
pub(crate) mod leaving {
    use durable::history::ChildPolicy;
    use durable::prelude::*;

    use super::family::sleeper;

    #[orchestrator(name = "order", version = "2")]
    pub(crate) async fn order_with_children(
        ctx: OrchestrationContext,
        item: String,
    ) -> Result<String, Failure> {
        let policies = [
            ("asked", ChildPolicy::Cancel),
            ("stopped", ChildPolicy::Terminate),
            ("left", ChildPolicy::Abandon),
        ];
        let calls = policies.map(|(id, policy)| ctx.call(sleeper, ()).id(id).on_parent_end(policy).start());
        let address = ctx.event::<String>("address").await;
        drop(calls);
        Ok(format!("{item} for {address}"))
    }
}

/// Before: the plain handles are version 1.
pub(crate) mod before {
    use durable::prelude::*;

    #[activity(version = "1")]
    pub(crate) async fn charge(_ctx: ActivityContext, cents: u32) -> Result<u32, Failure> {
        Ok(cents)
    }

    #[orchestrator(version = "1")]
    pub(crate) async fn leg(_ctx: OrchestrationContext, cents: u32) -> Result<u32, Failure> {
        Ok(cents)
    }

    #[orchestrator]
    pub(crate) async fn by_activity(ctx: OrchestrationContext, cents: u32) -> Result<u32, Failure> {
        let paid = ctx.call(charge, cents).await?;
        ctx.event::<()>("go").await;
        Ok(paid)
    }

    #[orchestrator]
    pub(crate) async fn by_child(ctx: OrchestrationContext, cents: u32) -> Result<u32, Failure> {
        let paid = ctx.call(leg, cents).await?;
        ctx.event::<()>("go").await;
        Ok(paid)
    }
}

/// After: the same text, but `charge` and `leg` have become version 2.
pub(crate) mod after {
    use durable::prelude::*;

    #[activity(version = "1", superseded)]
    pub(crate) async fn charge(_ctx: ActivityContext, cents: u32) -> Result<u32, Failure> {
        Ok(cents)
    }

    #[activity(version = "2")]
    pub(crate) async fn charge(_ctx: ActivityContext, cents: u32) -> Result<u32, Failure> {
        Ok(cents + 1)
    }

    #[orchestrator(version = "1", superseded)]
    pub(crate) async fn leg(_ctx: OrchestrationContext, cents: u32) -> Result<u32, Failure> {
        Ok(cents)
    }

    #[orchestrator(version = "2")]
    pub(crate) async fn leg(_ctx: OrchestrationContext, cents: u32) -> Result<u32, Failure> {
        Ok(cents + 1)
    }

    #[orchestrator]
    pub(crate) async fn by_activity(ctx: OrchestrationContext, cents: u32) -> Result<u32, Failure> {
        let paid = ctx.call(charge, cents).await?;
        ctx.event::<()>("go").await;
        Ok(paid)
    }

    #[orchestrator]
    pub(crate) async fn by_child(ctx: OrchestrationContext, cents: u32) -> Result<u32, Failure> {
        let paid = ctx.call(leg, cents).await?;
        ctx.event::<()>("go").await;
        Ok(paid)
    }
}

#[test]
fn the_version_of_a_call_is_recorded_and_another_at_the_same_step_blocks_showing_both() {
    run(async {
        let world = World::new();
        let (old, new) = (release(&["before"]), release(&["after"]));
        let client = world.client(&old);
        let monday = world.worker("monday", &old).await;
        let activity = client.start(before::by_activity, 5).id("a").await.unwrap();
        let child = client.start(before::by_child, 5).id("c").await.unwrap();
        world.settle().await;
        let events = activity.history().await.unwrap().events;
        assert_eq!(
            outline(&events),
            ["started by_activity@1", "call #0 charge@1", "result #0"]
        );
        let events = child.history().await.unwrap().events;
        assert_eq!(
            outline(&events),
            ["started by_child@1", "child #0 leg@1", "child's result #0"]
        );
        monday.stop().await;

        let tuesday = world
            .worker_with("tuesday", &new, |options| {
                options.build = Some(durable::BuildId(2));
            })
            .await;
        for (instance, recorded, attempted) in [
            (
                &*activity,
                "activity `charge` version 1 (task 0)",
                "activity `charge` version 2 (task 0)",
            ),
            (
                &*child,
                "sub-orchestration `leg` version 1 (task 0)",
                "sub-orchestration `leg` version 2 (task 0)",
            ),
        ] {
            instance.raise_event("go", &()).await.unwrap();
            let record = instance
                .wait_until(|record| record.blocked.is_some())
                .await
                .unwrap();
            let report = record.blocked.unwrap();
            assert_eq!(report.reason, "nondeterminism");
            assert!(
                report.message.contains(&format!("recorded:  {recorded}\n")),
                "{}",
                report.message
            );
            assert!(
                report.message.contains(&format!("attempted: {attempted}, at ")),
                "{}",
                report.message
            );
        }
        tuesday.stop().await;

        // Nothing is lost: with the right code both go on.
        let repaired = world
            .worker_with("repaired", &old, |options| {
                options.build = Some(durable::BuildId(3));
            })
            .await;
        assert_eq!(activity.wait().await.unwrap(), 5);
        assert_eq!(child.wait().await.unwrap(), 5);
        repaired.stop().await;
    });
}
