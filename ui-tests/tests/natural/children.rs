//! Orchestrators that start orchestrators.

use durable::orchestration::BoxDurableFuture;
use durable::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Device {
    id: String,
    group: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Tree {
    value: u64,
    children: Vec<Tree>,
}

#[activity]
async fn provision(_ctx: ActivityContext, device: Device) -> Result<String, Failure> {
    Ok(device.id)
}

#[orchestrator]
async fn provision_device(ctx: OrchestrationContext, device: Device) -> Result<String, Failure> {
    let id = ctx.call(provision, device).await?;
    ctx.timer(seconds(1)).await;
    Ok(id)
}

/// One child after the other.
#[orchestrator]
async fn one_by_one(ctx: OrchestrationContext, devices: Vec<Device>) -> Result<Vec<String>, Failure> {
    let mut ids = vec![];
    for device in devices {
        ids.push(ctx.call(provision_device, device).await?);
    }
    Ok(ids)
}

/// All children at once, each with an id of its own.
#[orchestrator]
async fn all_at_once(ctx: OrchestrationContext, devices: Vec<Device>) -> Result<usize, Failure> {
    let children = devices.into_iter().map(|device| {
        ctx.call(provision_device, device.clone())
            .id(&format!("device-{}", device.id))
    });
    let done = ctx.join_all(children).await;
    Ok(done.iter().filter(|outcome| outcome.is_ok()).count())
}

/// A child that goes on by itself.
#[orchestrator]
async fn fire_and_forget(ctx: OrchestrationContext, device: Device) -> Result<(), Failure> {
    ctx.call(provision_device, device).detach();
    Ok(())
}

/// A version of one's choice.
#[orchestrator]
async fn pinned_child(ctx: OrchestrationContext, device: Device) -> Result<String, Failure> {
    Ok(ctx.call(provision_device_v1, device).await?)
}

/// A tree of instances, each of the same orchestrator.
#[orchestrator]
async fn sum_tree(ctx: OrchestrationContext, tree: Tree) -> Result<u64, Failure> {
    let children = tree.children.into_iter().map(|child| ctx.call(sum_tree, child));
    let mut sum = tree.value;
    for child in ctx.join_all(children).await {
        sum += child?;
    }
    Ok(sum)
}

/// Recursion inside one instance, through a boxed future.
#[orchestrator]
async fn walk_tree(ctx: OrchestrationContext, tree: Tree) -> Result<u64, Failure> {
    walk(&ctx, &tree, 0).await
}

#[deterministic]
fn walk<'a>(
    ctx: &'a OrchestrationContext,
    tree: &'a Tree,
    depth: u32,
) -> BoxDurableFuture<'a, Result<u64, Failure>> {
    Box::pin(async move {
        if depth > 100 {
            return Err(Failure::new("too deep"));
        }
        let mut sum = tree.value;
        for child in &tree.children {
            sum += walk(ctx, child, depth + 1).await?;
        }
        ctx.timer(seconds(1)).await;
        Ok(sum)
    })
}

/// A child raced against a deadline; losing cancels it.
#[orchestrator]
async fn child_or_deadline(ctx: OrchestrationContext, device: Device) -> Result<Option<String>, Failure> {
    match ctx
        .select((ctx.call(provision_device, device), ctx.timer(hours(1))))
        .await
    {
        First(id) => Ok(Some(id?)),
        Second(()) => Ok(None),
    }
}
