//! Logs of orchestrators: replay repeats none.

use std::fmt::Debug;
use std::sync::{Mutex, Once};

use durable::prelude::*;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use crate::support::test;

const TARGET: &str = "tracing_once";

static LINES: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Keeps the messages of one target.
struct Lines;

impl Subscriber for Lines {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == TARGET
    }
    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, event: &Event<'_>) {
        event.record(&mut Message);
    }
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

struct Message;

impl Visit for Message {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == "message" {
            LINES.lock().unwrap().push(format!("{value:?}"));
        }
    }
}

#[activity]
async fn logged_work(_: ActivityContext, n: u32) -> Result<u32, Failure> {
    Ok(n)
}

#[orchestrator]
async fn talkative(ctx: OrchestrationContext, (): ()) -> Result<(), Failure> {
    tracing::info!(target: TARGET, "begun");
    for n in 0..3 {
        ctx.call(logged_work, n).await?;
        tracing::info!(target: TARGET, "worked on {n}");
        ctx.event::<()>("go").await;
        tracing::info!(target: TARGET, "went on after {n}");
    }
    Ok(())
}

#[test]
fn each_log_line_of_an_orchestrator_appears_once_although_it_was_replayed() {
    static SET: Once = Once::new();
    SET.call_once(|| tracing::subscriber::set_global_default(Lines).unwrap());
    test(async |app, _| {
        let run = app.start(talkative, ()).await.unwrap();
        for _ in 0..3 {
            app.settle().await;
            app.crash().await;
            run.raise_event("go", &()).await.unwrap();
        }
        run.wait().await.unwrap();
        let expected: Vec<String> = std::iter::once("begun".to_owned())
            .chain((0..3).flat_map(|n| [format!("worked on {n}"), format!("went on after {n}")]))
            .collect();
        assert_eq!(*LINES.lock().unwrap(), expected);
    });
}
