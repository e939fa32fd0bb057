//! A history kept in a file is replayed on the code of today.

#![allow(clippy::unwrap_used, reason = "what fails here fails the test")]

use durable::Version;
use durable::prelude::*;
use durable::registry::Registry;
use durable_testkit::{TestApp, read_history, replay_history, replay_history_on, write_history};

#[activity]
async fn reserve(_ctx: ActivityContext) -> Result<(), Failure> {
    Ok(())
}

#[activity]
async fn charge(_ctx: ActivityContext) -> Result<(), Failure> {
    Ok(())
}

#[orchestrator(version = "1", superseded)]
async fn checkout(ctx: OrchestrationContext) -> Result<(), Failure> {
    ctx.call(reserve, ()).await?;
    ctx.event::<()>("approved").await;
    Ok(())
}

#[orchestrator(version = "2")]
async fn checkout(ctx: OrchestrationContext) -> Result<(), Failure> {
    ctx.call(charge, ()).await?;
    ctx.event::<()>("approved").await;
    Ok(())
}

#[test]
fn a_kept_history_replays_on_its_version_and_tells_why_not_on_another() {
    let file = std::env::temp_dir().join(format!("durable-history-{}.json", std::process::id()));
    TestApp::new().unwrap().run(async |app| {
        let run = app.start(checkout_v1, ()).id("order-1").await.unwrap();
        app.settle().await;
        write_history(&file, &run.history().await.unwrap()).unwrap();
    });
    let (history, registry) = (read_history(&file).unwrap(), Registry::collected().unwrap());
    replay_history(&history, &registry).unwrap();
    let refused = replay_history_on(&history, &registry, Version::new("2").unwrap())
        .unwrap_err()
        .to_string();
    assert!(
        refused.contains("recorded:  activity `reserve` version 1 (task 0)"),
        "{refused}"
    );
    assert!(
        refused
            .contains("attempted: activity `charge` version 1 (task 0), at durable/tests/history_files.rs"),
        "{refused}"
    );
    let missing = replay_history_on(&history, &registry, Version::new("3").unwrap())
        .unwrap_err()
        .to_string();
    assert_eq!(
        missing,
        "there is no orchestrator `checkout` version 3 to replay the history on"
    );

    let newer = std::fs::read_to_string(&file)
        .unwrap()
        .replacen("\"format\": 1", "\"format\": 9", 1);
    std::fs::write(&file, newer).unwrap();
    let refused = read_history(&file).unwrap_err().to_string();
    assert!(
        refused.ends_with("has format 9; this release reads up to 1"),
        "{refused}"
    );
    std::fs::remove_file(file).unwrap();
}
