//! Metrics: what a real run reports, beside the table of the code and that of the documentation.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::cast_precision_loss,
    clippy::float_cmp,
    reason = "what fails here fails the test"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock, Mutex};

use durable::metrics::{ALL, MetricKind};
use durable::prelude::*;
use durable::testkit::TestApp;
use durable::{CancelToken, IdReuse, MismatchStrategy, MissingVersions, Registry};
use metrics::{Counter, CounterFn, Gauge, GaugeFn, Histogram, HistogramFn};
use metrics::{Key, KeyName, Metadata, Recorder, SharedString, Unit};
use tokio::sync::watch;

mod release_1 {
    use durable::prelude::*;

    #[activity(retry(max_attempts = 2, backoff = "1s"))]
    async fn unsteady(ctx: ActivityContext, cents: u64) -> Result<u64, Failure> {
        if ctx.info().attempt == 1 {
            return Err(Failure::new("not yet"));
        }
        Ok(cents)
    }

    #[activity]
    async fn gated(ctx: ActivityContext, gate: String) -> Result<(), Failure> {
        ctx.state::<super::Gates>().pass(&gate).await;
        Ok(())
    }

    #[orchestrator]
    pub(crate) async fn checkout(ctx: OrchestrationContext, cents: u64) -> Result<u64, Failure> {
        let cents = ctx.call(unsteady, cents).await?;
        ctx.event::<()>("approval").await;
        Ok(cents)
    }

    #[orchestrator]
    pub(crate) async fn patient(ctx: OrchestrationContext, gate: String) -> Result<(), Failure> {
        Ok(ctx.call(gated, gate).await?)
    }

    #[orchestrator]
    pub(crate) async fn broken(_ctx: OrchestrationContext) -> Result<(), Failure> {
        panic!("on purpose")
    }

    #[orchestrator]
    pub(crate) async fn abandoned(ctx: OrchestrationContext) -> Result<(), Failure> {
        ctx.event::<()>("never").await;
        Ok(())
    }
}

mod release_2 {
    use durable::prelude::*;

    #[orchestrator(version = "2")]
    pub(crate) async fn abandoned(ctx: OrchestrationContext) -> Result<(), Failure> {
        ctx.event::<()>("never").await;
        Ok(())
    }
}

/// Gates that activities stand before.
#[derive(Clone, Default)]
struct Gates(Arc<Mutex<BTreeMap<String, (CancelToken, CancelToken)>>>);

impl Gates {
    /// Returns what tells that somebody has come, and what opens the gate.
    fn gate(&self, name: &str) -> (CancelToken, CancelToken) {
        self.0.lock().unwrap().entry(name.to_owned()).or_default().clone()
    }

    async fn pass(&self, name: &str) {
        let (reached, open) = self.gate(name);
        reached.cancel();
        open.cancelled().await;
    }
}

/// The values of one series: a sum, or a level, or the number of measurements.
type Series = BTreeMap<(MetricKind, String, BTreeMap<String, String>), f64>;

#[derive(Clone, Default)]
struct Book(Arc<Mutex<Series>>, watch::Sender<()>);

struct Line {
    book: Book,
    key: (MetricKind, String, BTreeMap<String, String>),
}

impl Line {
    fn change(&self, change: impl FnOnce(f64) -> f64) {
        let mut book = self.book.0.lock().unwrap();
        let value = book.entry(self.key.clone()).or_default();
        *value = change(*value);
        drop(book);
        self.book.1.send_replace(());
    }
}

impl CounterFn for Line {
    fn increment(&self, by: u64) {
        self.change(|value| value + by as f64);
    }
    fn absolute(&self, value: u64) {
        self.change(|_| value as f64);
    }
}

impl GaugeFn for Line {
    fn increment(&self, by: f64) {
        self.change(|value| value + by);
    }
    fn decrement(&self, by: f64) {
        self.change(|value| value - by);
    }
    fn set(&self, to: f64) {
        self.change(|_| to);
    }
}

impl HistogramFn for Line {
    fn record(&self, value: f64) {
        assert!(value >= 0.0, "{}: {value}", self.key.1);
        self.change(|count| count + 1.0);
    }
}

impl Book {
    /// Waits until a metric was reported.
    async fn reported(&self, metric: &str) {
        let mut changes = self.1.subscribe();
        while !self.0.lock().unwrap().keys().any(|(_, name, _)| name == metric) {
            changes.changed().await.expect("the sender lives in the book");
        }
    }

    fn line(&self, kind: MetricKind, key: &Key) -> Arc<Line> {
        let labels = key
            .labels()
            .map(|label| (label.key().to_owned(), label.value().to_owned()));
        Arc::new(Line {
            book: self.clone(),
            key: (kind, key.name().to_owned(), labels.collect()),
        })
    }
}

impl Recorder for Book {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        Counter::from_arc(self.line(MetricKind::Counter, key))
    }
    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::from_arc(self.line(MetricKind::Gauge, key))
    }
    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::from_arc(self.line(MetricKind::Histogram, key))
    }
}

/// What one run reported in which everything happens at least once. The recorder is the process's, so there is one run.
static REPORTED: LazyLock<Series> = LazyLock::new(|| {
    let book = Book::default();
    metrics::set_global_recorder(book.clone()).unwrap();
    durable::metrics::describe();
    play(&book);
    std::mem::take(&mut *book.0.lock().unwrap())
});

fn play(book: &Book) {
    let gates = Gates::default();
    TestApp::with_registry(Registry::collected_in("release_1").unwrap())
        .state(gates.clone())
        .options(|options| {
            options.mismatch_strategy = MismatchStrategy::Fail;
            options.missing_versions = MissingVersions::Warn;
        })
        .run(async |app| {
            use release_1::{abandoned, broken, checkout, patient};

            // A retry, a replay, an event.
            let start = app.start(checkout, 995).id("order-1");
            let run = start.clone().await.unwrap();
            start.on_existing(IdReuse::UseExisting).await.unwrap();
            let other = app.start(checkout, 1).id("order-1");
            other.on_existing(IdReuse::UseExisting).await.unwrap();
            app.start(checkout, 1)
                .id("order-1")
                .on_existing(IdReuse::AllowIfEnded)
                .await
                .unwrap_err();
            app.advance(seconds(1)).await;
            app.crash().await;
            run.raise_event("approval", &()).await.unwrap();
            assert_eq!(run.wait().await.unwrap(), 995);
            run.raise_event("approval", &()).await.unwrap_err();

            // An activity that is run again, and a turn that comes too late.
            let run = app.start(patient, "one".to_owned()).await.unwrap();
            gates.gate("one").0.cancelled().await;
            app.crash().await;
            gates.gate("one").1.cancel();
            run.wait().await.unwrap();
            let run = app.start(patient, "two".to_owned()).await.unwrap();
            gates.gate("two").0.cancelled().await;
            run.terminate("too late").await.unwrap();
            gates.gate("two").1.cancel();
            book.reported("durable_turn_commits_refused_total").await;

            // Code that panics, and a version that nobody has any more.
            app.start(broken, ()).await.unwrap();
            let left = app.start(abandoned, ()).await.unwrap();
            app.settle().await;
            app.client().measure().await.unwrap();
            app.redeploy(Registry::collected_in("release_2").unwrap()).await;
            app.client().measure().await.unwrap();
            left.raise_event("never", &()).await.unwrap();
            left.wait().await.unwrap_err();
        });
}

fn value(metric: &str, labels: &[(&str, &str)]) -> f64 {
    let wanted: BTreeMap<String, String> = labels
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    let found = REPORTED
        .iter()
        .find(|((_, name, labels), _)| name == metric && *labels == wanted);
    *found
        .unwrap_or_else(|| panic!("{metric} {labels:?} is not among {REPORTED:#?}"))
        .1
}

#[test]
fn a_real_run_reports_every_metric_of_the_table_and_no_other() {
    let of_table: BTreeSet<_> = ALL
        .iter()
        .map(|metric| (metric.kind.to_string(), metric.name, metric.labels.to_vec()))
        .collect();
    let reported: BTreeSet<_> = REPORTED
        .keys()
        .map(|(kind, name, labels)| {
            let table = ALL.iter().find(|metric| metric.name == name);
            let order =
                |label: &&str| table.and_then(|metric| metric.labels.iter().position(|own| own == label));
            let mut labels: Vec<&str> = labels.keys().map(String::as_str).collect();
            labels.sort_by_key(order);
            (kind.to_string(), name.as_str(), labels)
        })
        .collect();
    assert_eq!(reported, of_table);
}

#[test]
fn the_documentation_shows_the_table_of_the_code() {
    let documented: Vec<&str> = include_str!("../../docs/observability.md")
        .lines()
        .filter(|line| line.starts_with("| `durable_"))
        // Those of the server have a table and a test of their own.
        .filter(|line| !line.starts_with("| `durable_hub_") && !line.starts_with("| `durable_http_"))
        .collect();
    let of_code: Vec<String> = ALL
        .iter()
        .map(|metric| {
            let labels: Vec<String> = metric.labels.iter().map(|label| format!("`{label}`")).collect();
            let labels = labels.join(", ");
            let space = if labels.is_empty() { "" } else { " " };
            format!(
                "| `{}` | {} | {labels}{space}| {} |",
                metric.name, metric.kind, metric.meaning
            )
        })
        .collect();
    assert_eq!(documented, of_code);
}

#[test]
fn what_happened_is_counted_once() {
    let checkout = [("name", "checkout"), ("version", "1")];
    let with = |labels: &[(&'static str, &'static str)], outcome| {
        let mut labels = labels.to_vec();
        labels.push(("outcome", outcome));
        labels
    };
    assert_eq!(value("durable_starts_total", &with(&checkout, "started")), 2.0);
    assert_eq!(value("durable_starts_total", &with(&checkout, "existing")), 1.0);
    assert_eq!(value("durable_starts_total", &with(&checkout, "refused")), 1.0);
    assert_eq!(value("durable_turns_total", &with(&checkout, "completed")), 1.0);
    assert_eq!(value("durable_events_received_total", &checkout), 1.0);
    assert_eq!(value("durable_timers_fired_total", &checkout), 1.0);
    assert_eq!(value("durable_replays_total", &with(&checkout, "replayed")), 1.0);
    let unsteady = [("name", "unsteady"), ("version", "1")];
    assert_eq!(value("durable_activities_started_total", &unsteady), 2.0);
    assert_eq!(value("durable_activities_failed_total", &unsteady), 1.0);
    assert_eq!(value("durable_activities_retried_total", &unsteady), 1.0);
    assert_eq!(value("durable_activities_completed_total", &unsteady), 1.0);
    let gated = [("name", "gated"), ("version", "1")];
    assert_eq!(value("durable_activities_redelivered_total", &gated), 1.0);
    let late = [("name", "patient"), ("version", "1"), ("reason", "stale")];
    assert_eq!(value("durable_turn_commits_refused_total", &late), 1.0);
    let panicked = [("name", "broken"), ("version", "1"), ("reason", "panic")];
    assert_eq!(value("durable_blocked_total", &panicked), 1.0);
    let signal = [("signal", "event"), ("outcome", "refused")];
    assert_eq!(value("durable_signals_total", &signal), 1.0);
    let mismatched = [("name", "abandoned"), ("version", "1"), ("outcome", "failed")];
    assert_eq!(value("durable_version_mismatches_total", &mismatched), 1.0);
}

#[test]
fn gauges_are_down_again_when_everything_has_ended() {
    for gauge in [
        "durable_resident_executions",
        "durable_running_turns",
        "durable_running_activities",
    ] {
        assert_eq!(value(gauge, &[]), 0.0, "{gauge}");
    }
}

#[test]
fn no_label_holds_an_id() {
    let values = REPORTED.keys().flat_map(|(_, _, labels)| labels.values());
    let of_ids: Vec<&String> = values
        .filter(|value| value.contains("order-1") || value.len() > 30)
        .collect();
    assert!(of_ids.is_empty(), "{of_ids:?}");
}
