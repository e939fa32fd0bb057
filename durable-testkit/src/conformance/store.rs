//! What the hub declares of itself.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::task::Poll;

use durable_core::hub::TurnWork;

use super::build::{Turn, event, messages, offer};
use super::setup::{CaseResult, ensure, same};
use super::stage::{Stage, Worker};

/// The hub MUST declare what its set-up says, and live by the clock it was given.
/// Otherwise cases are skipped that it has to pass.
pub(super) async fn the_declared_capabilities_are_the_expected_ones(stage: &mut Stage) -> CaseResult {
    same(
        "capabilities",
        stage.hub.capabilities(),
        stage.setup.capabilities(),
    )?;
    stage.advance(7).await;
    same("the clock", stage.hub.clock().now(), stage.now())
}

/// With `persistent`, everything acknowledged MUST be there after the process has died: starts, events, histories,
/// timers, activities, messages and progress. Without, the hub MUST NOT claim it. Otherwise a crash loses what was promised.
pub(super) async fn what_was_acknowledged_survives_a_crash(stage: &mut Stage) -> CaseResult {
    if !stage.hub.capabilities().persistent {
        return same("something to reopen", stage.setup.reopen().is_some(), false);
    }
    let worker = stage.worker("a").await?;
    let held = stage.begin_with_activities(&worker, "order", 1).await?;
    let running = worker.activity().await?;
    worker
        .heartbeat(&running.session, Some(super::build::json("10")))
        .await?;
    worker
        .run(Turn::of(&held).timer(2, stage.after(5)).custom_status("\"half\""))
        .await?;
    stage.signal("order", event("item", "1")).await?;
    stage.start("pending").await?;
    let before = stage.history("order").await?;
    drop(worker);
    stage.reopen().await?;
    same("history", stage.history("order").await?, before)?;
    let lease = stage.setup.lease();
    stage.clock.advance(lease * 2);
    stage.setup.settle().await;
    let worker = stage.worker("b").await?;
    let work = worker.turns(2).await?;
    same("messages", messages(&work[0]), ["item", "TimerFired 2"])?;
    same("messages", messages(&work[1]), ["ExecutionStarted"])?;
    let again = worker.activity().await?;
    same("the activity", &again.key, &running.key)?;
    same("its progress", again.progress, Some(super::build::json("10")))?;
    same(
        "custom status",
        stage.record("order").await?.custom_status,
        Some(super::build::json("\"half\"")),
    )
}

/// How many instances two processes share: so many that a hub which shares by their ids gives some to each.
const SHARED: usize = 32;

/// Fetches on both workers until all instances were handed out, and returns how many went to each.
async fn fetch_on_both(a: &Worker, b: &Worker, first: Vec<TurnWork>) -> CaseResult<(usize, usize)> {
    let (mut of_a, mut of_b) = (Vec::new(), first);
    let (mut fetch_a, mut fetch_b) = (a.hub.fetch_turns(SHARED), b.hub.fetch_turns(SHARED));
    while of_a.len() + of_b.len() < SHARED {
        let fetched = std::future::poll_fn(|cx| match fetch_a.as_mut().poll(cx) {
            Poll::Ready(work) => Poll::Ready((true, work)),
            Poll::Pending => fetch_b.as_mut().poll(cx).map(|work| (false, work)),
        });
        match fetched.await {
            (true, work) => {
                of_a.extend(work?);
                fetch_a = a.hub.fetch_turns(SHARED);
            }
            (false, work) => {
                of_b.extend(work?);
                fetch_b = b.hub.fetch_turns(SHARED);
            }
        }
    }
    let all = of_a.iter().chain(&of_b);
    let ids: BTreeSet<_> = all.clone().map(|work| work.instance.clone()).collect();
    same("different instances", ids.len(), SHARED)?;
    ensure!(
        all.clone().all(|work| messages(work) == ["ExecutionStarted"]),
        "a start was not handed out as such"
    );
    Ok((of_a.len(), of_b.len()))
}

/// With `multi_process`, two handles MUST be one hub: work that one makes ends a fetch of the other, and each instance goes
/// to one of them. Without, the set-up opens no second handle. Otherwise two processes on one store do not see each other.
pub(super) async fn two_processes_share_one_hub(stage: &mut Stage) -> CaseResult {
    let declared = stage.hub.capabilities().multi_process;
    let second = match stage.second() {
        Some(opening) => opening.await?,
        None => return same("a second handle", declared, false),
    };
    ensure!(
        declared,
        "the set-up opens a second handle, and the hub does not declare it"
    );
    let a = stage.worker("a").await?;
    let b = Worker::join(&second, offer("b")).await?;
    let mut fetch = b.hub.fetch_turns(10);
    ensure!(
        super::stage::poll_once(&mut fetch).await.is_none(),
        "there was nothing to fetch"
    );
    for number in 0..SHARED {
        stage.start(&format!("order-{number}")).await?;
    }
    let first = fetch.await?;
    ensure!(!first.is_empty(), "a fetch ended with nothing");
    let one = first[0].clone();
    let (of_a, of_b) = fetch_on_both(&a, &b, first).await?;
    same("all instances", of_a + of_b, SHARED)?;
    let id = one.instance.clone();
    let hub = Arc::clone(&stage.hub);
    let mut ended = hub.wait_ended(&id, None);
    ensure!(
        super::stage::poll_once(&mut ended).await.is_none(),
        "it has not ended"
    );
    b.run(Turn::of(&one).completed()).await?;
    ended.await?;
    same(
        "the record elsewhere",
        second.get(&id).await?,
        stage.hub.get(&id).await?,
    )
}
