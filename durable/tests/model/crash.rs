//! What a crash must not change.

use durable::Timestamp;
use durable::orchestration::Uuid;
use durable::prelude::*;
use serde::{Deserialize, Serialize};

use crate::support::test;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Drawn {
    now: Timestamp,
    uuid: Uuid,
    random: u64,
    effect: u64,
}

#[orchestrator]
async fn draw(ctx: OrchestrationContext, (): ()) -> Result<(Drawn, Drawn), Failure> {
    let take = || async {
        Drawn {
            now: ctx.now(),
            uuid: ctx.new_uuid(),
            random: ctx.random(),
            effect: ctx.side_effect(next_effect).await,
        }
    };
    let first = take().await;
    ctx.set_custom_status(&first)?;
    ctx.event::<()>("go").await;
    let second = take().await;
    ctx.set_custom_status(&second)?;
    ctx.event::<()>("go").await;
    Ok((first, second))
}

static EFFECTS: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);

fn next_effect() -> u64 {
    EFFECTS.fetch_add(1, std::sync::atomic::Ordering::SeqCst)
}

#[test]
fn time_randomness_and_side_effects_are_the_same_after_every_crash_and_the_status_is_visible() {
    test(async |app, _| {
        let run = app.start(draw, ()).await.unwrap();
        let status = async || {
            app.settle().await;
            let record = run.status().await.unwrap();
            record.custom_status.unwrap().decode::<Drawn>().unwrap()
        };
        let first = status().await;
        app.crash().await;
        app.advance(seconds(7)).await;
        run.raise_event("go", &()).await.unwrap();
        let second = status().await;
        app.crash().await;
        run.raise_event("go", &()).await.unwrap();
        let (at_end, second_at_end) = run.wait().await.unwrap();
        assert_eq!((&at_end, &second_at_end), (&first, &second));
        assert_ne!(first.uuid, second.uuid);
        assert_ne!(first.random, second.random);
        assert_eq!((first.effect, second.effect), (0, 1));
        assert_eq!(EFFECTS.load(std::sync::atomic::Ordering::SeqCst), 2);
        assert_eq!(second.now, first.now.saturating_add(seconds(7)));
    });
}
