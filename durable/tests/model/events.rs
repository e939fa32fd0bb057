//! External events.

use durable::BuildId;
use durable::prelude::*;
use serde::{Deserialize, Serialize};

use crate::support::{Cluster, run, test};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Vote {
    by: String,
    yes: bool,
}

#[orchestrator]
async fn ballot(ctx: OrchestrationContext, votes: usize) -> Result<Vec<Vote>, Failure> {
    ctx.timer(seconds(10)).await;
    let mut seen = Vec::new();
    while seen.len() < votes {
        seen.push(ctx.event::<Vote>("vote").await);
    }
    Ok(seen)
}

#[orchestrator]
async fn messenger(ctx: OrchestrationContext, to: String) -> Result<(), Failure> {
    for by in ["Ada", "Bob"] {
        let vote = Vote {
            by: by.to_owned(),
            yes: true,
        };
        ctx.raise_event(&to, "vote", &vote)?;
    }
    Ok(())
}

fn vote(by: &str) -> Vote {
    Vote {
        by: by.to_owned(),
        yes: by.len() % 2 == 1,
    }
}

#[test]
fn events_are_typed_and_kept_in_order_until_somebody_takes_them() {
    test(async |app, _| {
        let run = app.start(ballot, 3).await.unwrap();
        for by in ["Ada", "Eve"] {
            run.raise_event("vote", &vote(by)).await.unwrap();
        }
        run.raise_event("unrelated", &7).await.unwrap();
        app.crash().await;
        app.advance(seconds(10)).await;
        run.raise_event("vote", &vote("Zoe")).await.unwrap();
        assert_eq!(run.wait().await.unwrap(), ["Ada", "Eve", "Zoe"].map(vote));
    });
}

#[test]
fn an_instance_raises_events_on_another() {
    test(async |app, _| {
        let run = app.start(ballot, 2).id("the-ballot").await.unwrap();
        let sender = app.start(messenger, "the-ballot".to_owned()).await.unwrap();
        sender.wait().await.unwrap();
        app.advance(seconds(10)).await;
        let by: Vec<String> = run
            .wait()
            .await
            .unwrap()
            .into_iter()
            .map(|vote| vote.by)
            .collect();
        assert_eq!(by, ["Ada", "Bob"]);
        let nobody = app.start(messenger, "nobody".to_owned()).await.unwrap();
        nobody.wait().await.unwrap();
    });
}

#[test]
fn an_undecodable_event_blocks_visibly_and_the_next_build_goes_on() {
    run(async {
        let cluster = Cluster::new();
        let build = |bits| move |own: &mut durable::worker::WorkerOptions| own.build = Some(BuildId(bits));
        let first = cluster.worker("first", build(1)).await;
        let run = cluster.client.start(fussy, ()).await.unwrap();
        run.raise_event("number", &"three").await.unwrap();
        let record = run.wait_until(|record| record.blocked.is_some()).await.unwrap();
        let report = record.blocked.unwrap();
        assert_eq!(report.reason, "undecodable");
        assert!(report.message.contains("event `number`"), "{}", report.message);
        assert!(
            report.message.contains("invalid type: string"),
            "{}",
            report.message
        );
        assert!(report.place.unwrap().contains("events.rs"));
        assert!(!record.status.is_ended());
        // Resumed in the same build, it is tried once more and blocked again.
        run.resume("look again").await.unwrap();
        let again = run
            .wait_until(|record| record.blocked.as_ref().is_some_and(|it| it.build == BuildId(1)))
            .await;
        assert!(again.unwrap().blocked.is_some());
        first.stop().await;
        LENIENT.store(true, std::sync::atomic::Ordering::SeqCst);
        let second = cluster.worker("second", build(2)).await;
        assert_eq!(run.wait().await.unwrap(), "three");
        second.stop().await;
    });
}

/// Stands for an edit of the code: what `fussy` accepts.
static LENIENT: std::sync::atomic::AtomicBool = std::sync::atomic::AtomicBool::new(false);

#[orchestrator]
async fn fussy(ctx: OrchestrationContext, (): ()) -> Result<String, Failure> {
    #[allow_nondeterminism(reason = "it stands for an edit of the code")]
    if LENIENT.load(std::sync::atomic::Ordering::SeqCst) {
        return Ok(ctx.event::<String>("number").await);
    }
    Ok(ctx.event::<u32>("number").await.to_string())
}
