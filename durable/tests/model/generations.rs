//! Continue-as-new.

use durable::prelude::*;
use serde::{Deserialize, Serialize};

use crate::support::test;

#[orchestrator]
async fn gather(ctx: OrchestrationContext, seen: Vec<u32>) -> Result<(Vec<u32>, u32), Failure> {
    if seen.len() == 5 {
        return Ok((seen, ctx.generation()));
    }
    let mut seen = seen;
    seen.push(ctx.event::<u32>("n").await);
    ctx.continue_as_new(seen).await
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct PollV1 {
    url: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct PollV2 {
    url: String,
    every: u64,
}

#[migrate]
fn poll_v1_to_v2(old: PollV1) -> PollV2 {
    PollV2 {
        url: old.url,
        every: 60,
    }
}

#[orchestrator(name = "poll_page", version = "1", superseded)]
async fn poll_page(ctx: OrchestrationContext, poll: PollV1) -> Result<String, Failure> {
    ctx.event::<()>("changed").await;
    ctx.continue_as_new(poll).on(poll_page_v2).await
}

#[orchestrator(name = "poll_page", version = "2")]
async fn poll_page(ctx: OrchestrationContext, poll: PollV2) -> Result<String, Failure> {
    ctx.event::<()>("changed").await;
    Ok(format!("{} every {} on {}", poll.url, poll.every, ctx.version()))
}

#[test]
fn events_that_nobody_read_go_along_in_order() {
    test(async |app, _| {
        let run = app.start(gather, Vec::new()).await.unwrap();
        for n in 1..=4_u32 {
            run.raise_event("n", &n).await.unwrap();
        }
        app.settle().await;
        app.crash().await;
        run.raise_event("n", &5_u32).await.unwrap();
        assert_eq!(run.wait().await.unwrap(), (vec![1, 2, 3, 4, 5], 5));
    });
}

#[test]
fn the_next_execution_runs_on_the_new_version_with_the_migrated_input() {
    test(async |app, _| {
        let old = PollV1 {
            url: "/news".to_owned(),
        };
        let run = app.start(poll_page_v1, old).await.unwrap();
        app.settle().await;
        assert_eq!(run.status().await.unwrap().version.to_string(), "1");
        for _ in 0..2 {
            run.raise_event("changed", &()).await.unwrap();
        }
        let record = run.wait_ended().await.unwrap();
        assert_eq!(record.version.to_string(), "2");
        let output: String = record.output.unwrap().decode().unwrap();
        assert_eq!(output, "/news every 60 on 2");
    });
}
