//! The spans of whole runs: each once, and each below the one that caused it, over crashes and replays.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "what fails here fails the test"
)]

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::num::{NonZeroU64, NonZeroU128};
use std::sync::LazyLock;

use durable::history::TraceContext;
use durable::prelude::*;
use durable::testkit::TestApp;
use durable::trace::{SpanContext, SpanId as OwnSpanId, TraceId as OwnTraceId};
use durable_otel::Exporting;
use opentelemetry::trace::{SpanId, Status, TraceId};
use opentelemetry_sdk::trace::Sampler;
use support::{Kept, Seen, only};
use tracing::Instrument;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

#[path = "support/mod.rs"]
mod support;

/// What the whole process exports: a tracer and a subscriber are installed once.
static KEPT: LazyLock<Kept> = LazyLock::new(|| {
    let kept = Kept::default();
    let sampler = Sampler::ParentBased(Box::new(Sampler::AlwaysOn));
    let exporting = Exporting::with_processor(kept.clone(), sampler).unwrap();
    tracing_subscriber::registry().with(exporting.layer()).init();
    // Its end is that of the process.
    Box::leak(Box::new(exporting));
    kept
});

#[activity(retry(max_attempts = 2, backoff = "1s"))]
async fn unsteady(ctx: ActivityContext, n: u64) -> Result<u64, Failure> {
    async {}.instrument(tracing::info_span!("within")).await;
    if ctx.info().attempt == 1 {
        return Err(Failure::new("not yet"));
    }
    Ok(n)
}

#[activity(blocking)]
fn steady(_: ActivityContext, n: u64) -> Result<u64, Failure> {
    Ok(n)
}

#[orchestrator]
async fn inner(ctx: OrchestrationContext, n: u64) -> Result<u64, Failure> {
    Ok(ctx.call(steady, n).await?)
}

#[orchestrator(version = "2")]
async fn outer(ctx: OrchestrationContext, n: u64) -> Result<u64, Failure> {
    let n = ctx.call(unsteady, n).await?;
    ctx.event::<()>("go").await;
    Ok(ctx.call(inner, n).await?)
}

#[orchestrator]
async fn reminds(ctx: OrchestrationContext) -> Result<(), Failure> {
    ctx.timer(minutes(1)).await;
    ctx.select((ctx.event::<()>("go"), ctx.timer(minutes(2)))).await;
    ctx.select((ctx.event::<()>("go"), ctx.timer(minutes(3)))).await;
    Ok(())
}

#[orchestrator]
async fn twice(ctx: OrchestrationContext, again: bool) -> Result<(), Failure> {
    if again {
        return ctx.continue_as_new(false).await;
    }
    Err(Failure::new("over"))
}

/// A context as a caller elsewhere has it.
fn caller(number: u64, sampled: bool) -> (SpanContext, TraceId, SpanId) {
    let context = SpanContext {
        trace: OwnTraceId(NonZeroU128::new(u128::from(number)).unwrap()),
        span: OwnSpanId(NonZeroU64::new(number).unwrap()),
        sampled,
        state: Some("vendor=1".to_owned()),
    };
    (context, TraceId::from(u128::from(number)), SpanId::from(number))
}

fn attribute<'a>(span: &'a Seen, name: &str) -> &'a str {
    span.attributes.get(name).map_or("", String::as_str)
}

#[test]
fn every_span_is_there_once_and_below_its_cause_although_the_worker_crashed() {
    let kept = &*KEPT;
    TestApp::new().unwrap().run(async |app| {
        let (context, trace, called_by) = caller(0xa1, true);
        let start = app.start(outer, 7).id("one").in_trace(context.write());
        let run = start.await.unwrap();
        app.advance(seconds(1)).await;
        app.crash().await;
        run.raise_event("go", &()).await.unwrap();
        assert_eq!(run.wait().await.unwrap(), 7);
        let spans = kept.trace_with(trace, "orchestration:outer@(2)").await;

        let start = only(&spans, "create_orchestration:outer@(2)");
        let outer = only(&spans, "orchestration:outer@(2)");
        let inner = only(&spans, "orchestration:inner@(1)");
        let steady = only(&spans, "activity:steady@(1)");
        assert_eq!(start.parent, called_by);
        assert_eq!(
            (outer.parent, inner.parent, steady.parent),
            (start.id, outer.id, inner.id)
        );
        let unsteady: Vec<&Seen> = spans
            .iter()
            .filter(|span| span.name == "activity:unsteady@(1)")
            .collect();
        let attempts: Vec<&str> = unsteady
            .iter()
            .map(|span| attribute(span, "durable.attempt"))
            .collect();
        assert_eq!(attempts, ["1", "2"], "one span per attempt");
        assert!(unsteady.iter().all(|span| span.parent == outer.id));
        assert_eq!(unsteady[0].status, Status::error("not yet"));
        assert_eq!(unsteady[1].status, Status::Unset);
        // What the code of an activity makes is below the activity.
        let within = spans
            .iter()
            .filter(|span| span.name == "within")
            .map(|span| span.parent);
        assert_eq!(within.collect::<Vec<_>>(), [unsteady[0].id, unsteady[1].id]);

        let pause = only(&spans, "orchestration:outer:timer");
        assert_eq!(pause.parent, outer.id, "the pause before the second attempt");

        // Turns are made again after the crash only for what was not committed: here nothing.
        let turns: Vec<&Seen> = spans
            .iter()
            .filter(|span| span.name.starts_with("turn:"))
            .collect();
        let of = |id: SpanId| turns.iter().filter(|span| span.parent == id).count();
        assert_eq!(of(outer.id) + of(inner.id), turns.len());
        let history = run.history().await.unwrap().events;
        let made = history
            .iter()
            .filter(|event| event.kind.name() == "OrchestratorStarted")
            .count();
        assert_eq!(of(outer.id), made);
        let ids: HashSet<SpanId> = spans.iter().map(|span| span.id).collect();
        assert_eq!(ids.len(), spans.len(), "no two spans have one id");

        // What is stored is what was exported.
        let stored = history.iter().filter_map(|event| event.trace.as_deref());
        let stored: BTreeSet<&str> = stored.map(|context| context.traceparent.as_str()).collect();
        let of = |span: &Seen| format!("00-{}-{}-01", span.trace, span.id);
        assert_eq!(stored, BTreeSet::from([of(start).as_str(), of(outer).as_str()]));
        let states = history
            .iter()
            .filter_map(|event| event.trace.as_deref()?.tracestate.as_deref());
        assert!(states.clone().count() > 0 && states.clone().all(|state| state == "vendor=1"));
    });
}

#[test]
fn a_timer_has_one_span_from_its_creation_until_it_fired_whoever_saw_it_and_none_if_it_was_dropped() {
    let kept = &*KEPT;
    TestApp::new().unwrap().run(async |app| {
        let (context, trace, _) = caller(0xe5, true);
        let run = app
            .start(reminds, ())
            .id("reminded")
            .in_trace(context.write())
            .await
            .unwrap();
        app.advance(seconds(20)).await;
        app.crash().await;
        app.advance(seconds(40)).await;
        app.crash().await;
        // The timer of two minutes is dropped, and the one of three is the last to fire.
        run.raise_event("go", &()).await.unwrap();
        app.settle().await;
        app.advance(minutes(3)).await;
        run.wait().await.unwrap();

        let spans = kept.trace_with(trace, "orchestration:reminds@(1)").await;
        let parent = only(&spans, "orchestration:reminds@(1)");
        let timers: Vec<&Seen> = spans
            .iter()
            .filter(|span| span.name == "orchestration:reminds:timer")
            .collect();
        let took = timers
            .iter()
            .map(|span| span.ended.duration_since(span.started).unwrap());
        assert_eq!(took.collect::<Vec<_>>(), [minutes(1), minutes(3)]);
        assert!(timers.iter().all(|span| span.parent == parent.id));
        assert_ne!(timers[0].id, timers[1].id);
        let created = run.history().await.unwrap().events;
        let created = created.iter().filter_map(|event| match &event.kind {
            durable::history::EventKind::TimerCreated { task, fire_at } => {
                Some((task.to_string(), fire_at.to_string()))
            }
            _ => None,
        });
        let created: Vec<(String, String)> = created.collect();
        let of = |span: &Seen| {
            let text = |name| attribute(span, name).to_owned();
            (text("durabletask.task.task_id"), text("durabletask.fire_at"))
        };
        assert_eq!(
            [of(timers[0]), of(timers[1])],
            [created[0].clone(), created[2].clone()]
        );
    });
}

/// Returns the kind of span that an exported name belongs to.
fn kind_of(name: &str) -> &str {
    match name.rsplit_once(':') {
        Some((_, "timer")) => "timer",
        Some((before, _)) => before,
        None => name,
    }
}

#[test]
fn spans_have_the_attributes_and_kinds_of_the_table() {
    let kept = &*KEPT;
    TestApp::new().unwrap().run(async |app| {
        let (context, trace, _) = caller(0xb2, true);
        let run = app
            .start(outer, 7)
            .id("two")
            .in_trace(context.write())
            .await
            .unwrap();
        app.advance(seconds(1)).await;
        run.raise_event("go", &()).await.unwrap();
        run.wait().await.unwrap();
        let spans = kept.trace_with(trace, "orchestration:outer@(2)").await;
        let execution = run.execution().unwrap().to_string();
        for kind in durable::trace::table::SPANS {
            let of_kind: Vec<&Seen> = spans
                .iter()
                .filter(|span| kind_of(&span.name) == kind.span)
                .collect();
            // The one is at the level `debug`, and the other in the trace of whoever sent the event.
            let elsewhere = ["load", "orchestration_event"].contains(&kind.span);
            assert_eq!(of_kind.is_empty(), elsewhere, "{}", kind.span);
            for span in of_kind {
                assert_eq!(span.kind, kind.kind, "{}", span.name);
                let own = span.attributes.keys().map(String::as_str);
                let own: BTreeSet<&str> = own.filter(|name| name.starts_with("durable")).collect();
                assert_eq!(own, kind.attributes.iter().copied().collect(), "{}", span.name);
            }
        }
        let outer = only(&spans, "orchestration:outer@(2)");
        let expected = [
            ("durabletask.type", "orchestration"),
            ("durabletask.task.name", "outer"),
            ("durabletask.task.version", "2"),
            ("durabletask.task.instance_id", "two"),
            ("durabletask.task.execution_id", &execution),
            ("durabletask.task.status", "Completed"),
        ];
        let expected: BTreeMap<String, String> = expected
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into();
        assert_eq!(outer.attributes, expected);
    });
}

#[test]
fn a_trace_that_nobody_began_has_the_id_of_the_execution_and_goes_on_with_what_follows() {
    let kept = &*KEPT;
    TestApp::new().unwrap().run(async |app| {
        let (context, trace, _) = caller(0xc3, true);
        let run = app.start(twice, true).in_trace(context.write()).await.unwrap();
        run.wait().await.unwrap_err();
        let ended = |spans: &[Seen]| {
            spans
                .iter()
                .filter(|span| span.name == "orchestration:twice@(1)")
                .count()
                == 2
        };
        while !ended(&kept.of_trace(trace)) {
            app.settle().await;
            tokio::task::yield_now().await;
        }
        let spans = kept.of_trace(trace);
        let start = only(&spans, "create_orchestration:twice@(1)");
        let both: Vec<&Seen> = spans
            .iter()
            .filter(|span| span.name == "orchestration:twice@(1)")
            .collect();
        assert!(both.iter().all(|span| span.parent == start.id) && both[0].id != both[1].id);
        let statuses: Vec<&str> = both
            .iter()
            .map(|span| attribute(span, "durabletask.task.status"))
            .collect();
        assert_eq!(statuses, ["ContinuedAsNew", "Failed"]);
        assert_eq!(both[1].status, Status::error("over"));

        // As a start arrives that another program made, without a trace.
        let like = run.status().await.unwrap();
        let execution = durable::ExecutionId::from_random(0x1234_5678_9abc_def0_1234_5678_9abc_def0);
        let request = durable::hub::StartRequest {
            started: durable::history::ExecutionStarted {
                instance: durable::InstanceId::new("bare").unwrap(),
                execution: execution.clone(),
                name: like.name,
                version: like.version,
                input: durable::Payload::encode(&false).unwrap(),
                parent: None,
                generation: 0,
                scheduled_start: None,
                tags: durable::history::Tags::new(),
            },
            reuse: durable::IdReuse::Reject,
            raise: None,
            trace: None,
        };
        app.client().hub().start(request).await.unwrap();
        let own = TraceId::from_hex(execution.as_str()).unwrap();
        let spans = kept.trace_with(own, "orchestration:twice@(1)").await;
        assert_eq!(only(&spans, "orchestration:twice@(1)").parent, SpanId::INVALID);
    });
}

#[test]
fn a_malformed_context_is_ignored_and_one_that_is_not_sampled_is_stored_and_not_exported() {
    let kept = &*KEPT;
    TestApp::new().unwrap().run(async |app| {
        for malformed in [
            "",
            "00-xyz-1-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        ] {
            let context = TraceContext {
                traceparent: malformed.to_owned(),
                tracestate: Some("\u{0}".to_owned()),
            };
            let run = app.start(inner, 1).in_trace(context).await.unwrap();
            assert_eq!(run.wait().await.unwrap(), 1);
            let first = run
                .history()
                .await
                .unwrap()
                .events
                .into_iter()
                .find_map(|event| event.trace);
            assert!(
                SpanContext::read(&first.unwrap()).is_some(),
                "the start has a span of its own"
            );
        }
        let (context, trace, _) = caller(0xd4, false);
        let run = app.start(inner, 1).in_trace(context.write()).await.unwrap();
        run.wait().await.unwrap();
        app.settle().await;
        let stored = run
            .history()
            .await
            .unwrap()
            .events
            .into_iter()
            .filter_map(|event| event.trace);
        let stored: Vec<SpanContext> = stored
            .map(|context| SpanContext::read(&context).unwrap())
            .collect();
        assert!(
            stored.len() == 2
                && stored
                    .iter()
                    .all(|own| own.trace == context.trace && !own.sampled)
        );
        assert!(kept.of_trace(trace).is_empty());
    });
}

#[test]
fn the_documentation_shows_the_tables_of_spans_and_attributes() {
    use durable::trace::table::{ATTRIBUTES, SPANS};

    let rows: Vec<&str> = include_str!("../../docs/observability.md")
        .lines()
        .skip_while(|line| *line != "## Spans")
        .take_while(|line| *line != "### How they are linked")
        .filter(|line| line.starts_with("| `"))
        .collect();
    let spans = SPANS.iter().map(|kind| {
        let attributes: Vec<String> = kind.attributes.iter().map(|name| format!("`{name}`")).collect();
        format!(
            "| `{}` | `{}` | {} | {} | {} | {} |",
            kind.span,
            kind.exported,
            kind.kind,
            kind.parent,
            kind.meaning,
            attributes.join(", ")
        )
    });
    let attributes = ATTRIBUTES
        .iter()
        .map(|own| format!("| `{}` | {} |", own.name, own.meaning));
    assert_eq!(rows, spans.chain(attributes).collect::<Vec<_>>());
    let described: BTreeSet<&str> = ATTRIBUTES.iter().map(|own| own.name).collect();
    let used = SPANS.iter().flat_map(|kind| kind.attributes.iter().copied());
    assert_eq!(used.collect::<BTreeSet<_>>(), described);
}
