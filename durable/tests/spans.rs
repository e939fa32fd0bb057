//! The spans of turns, replays and activities, as `tracing` subscribers see them.

#![allow(clippy::unwrap_used, reason = "what fails here fails the test")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::sync::Mutex;

use durable::prelude::*;
use durable::testkit::TestApp;
use durable::trace::names;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

type Span = (&'static str, BTreeMap<&'static str, String>);

static SPANS: Mutex<BTreeSet<Span>> = Mutex::new(BTreeSet::new());

/// Keeps the spans of the library.
struct Spans;

impl Subscriber for Spans {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("durable_core::worker")
    }
    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut fields = Fields::default();
        span.record(&mut fields);
        SPANS.lock().unwrap().insert((span.metadata().name(), fields.0));
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, _: &Event<'_>) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

#[derive(Default)]
struct Fields(BTreeMap<&'static str, String>);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.insert(field.name(), format!("{value:?}"));
    }
}

#[activity(version = "3")]
async fn greet(_: ActivityContext, name: String) -> Result<String, Failure> {
    Ok(name)
}

#[orchestrator(version = "2")]
async fn hello(ctx: OrchestrationContext, name: String) -> Result<String, Failure> {
    let name = ctx.call(greet, name).await?;
    ctx.event::<()>("go").await;
    Ok(name)
}

fn span(name: &'static str, fields: &[(&'static str, &str)]) -> Span {
    let fields = fields.iter().map(|&(field, value)| (field, value.to_owned()));
    (name, fields.collect())
}

#[test]
fn turns_replays_and_activities_have_spans_that_tell_instance_name_and_version() {
    tracing::subscriber::set_global_default(Spans).unwrap();
    TestApp::new().unwrap().run(async |app| {
        let run = app.start(hello, "Ada".to_owned()).id("one").await.unwrap();
        app.settle().await;
        app.crash().await;
        run.raise_event("go", &()).await.unwrap();
        run.wait().await.unwrap();
        let events = run.history().await.unwrap().events;
        let before = events
            .iter()
            .position(|event| event.kind.name() == "EventRaised")
            .unwrap()
            - 1;

        let execution = run.execution().unwrap().to_string();
        let of = |kind, name, version| {
            [
                (names::TYPE, kind),
                (names::NAME, name),
                (names::VERSION, version),
                (names::INSTANCE, "one"),
                (names::EXECUTION, &execution),
            ]
        };
        let hello = of("\"orchestration\"", "hello", "2");
        let turn = [&hello[..], &[(names::REPLAYING, "false")]].concat();
        let first = [&hello[..], &[(names::REPLAYING, "false"), (names::EVENTS, "0")]].concat();
        let count = before.to_string();
        let load = [&hello[..], &[(names::REPLAYING, "true"), (names::EVENTS, &count)]].concat();
        let rest = [
            (names::TASK, "0"),
            (names::ATTEMPT, "1"),
            (names::DELIVERIES, "0"),
        ];
        let activity = [&of("\"activity\"", "greet", "3")[..], &rest].concat();
        let expected = [
            ("turn", turn),
            ("load", first),
            ("load", load),
            ("activity", activity),
        ];
        let expected: BTreeSet<Span> = expected.iter().map(|(name, fields)| span(name, fields)).collect();
        assert_eq!(*SPANS.lock().unwrap(), expected);
    });
}
