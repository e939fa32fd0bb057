//! `listing`: the first page of each filter, the counts and the status check, in a file with a million ended instances and
//! a hundredth as many that wait; by the client, and by the routes of the management API and of the dashboard.

mod copies;
mod dashboard;
mod fill;

use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::{Request, StatusCode};
use durable::prelude::*;
use durable::{InstanceStatus, Query, Timestamp, Version};
use durable_server::{Settings, router};
use tower::ServiceExt as _;

use crate::arguments::{Arguments, Hub};
use crate::measurement::Measurement;
use crate::place::Place;
use crate::quantile::Latencies;
use crate::stage::{HUB_FILE, Opened};

/// How many have ended, unless `--n` says.
const SIZE: usize = 1_000_000;

/// How often each thing is asked, unless that takes too long.
const TIMES: usize = 50;

/// For how long one thing is asked at most, once it has been asked a few times.
const LONGEST: Duration = Duration::from_secs(3);

/// How many records a page has.
const PAGE: usize = 100;

/// Measures the hub in `--file`, which is filled first if it is not there; in a file of its own without that.
pub(crate) async fn measure(arguments: &Arguments) -> durable::Result<Vec<Measurement>> {
    if arguments.raw_only || arguments.hub != Hub::Sqlite {
        return Ok(Vec::new());
    }
    let size = arguments.n.unwrap_or(SIZE);
    let place = Place::make(arguments)?;
    let file = arguments.file.clone().unwrap_or_else(|| place.file(HUB_FILE));
    if !file.exists() {
        fill::fill(arguments, &file, size).await?;
    }
    let mut table = Table {
        arguments,
        size,
        measurements: Vec::new(),
    };
    let begin = Instant::now();
    let client = Opened::open(arguments, &file)?.client().await?;
    client.query().page_size(PAGE).page(None).await?;
    table.add("open and first page", &[begin.elapsed()]);
    pages(&client, size, &mut table).await?;
    counts(&client, &mut table).await?;
    routes(&client, &mut table).await?;
    Ok(table.measurements)
}

/// The first page by each filter.
async fn pages(client: &Client, size: usize, table: &mut Table<'_>) -> durable::Result<()> {
    let all = || client.query();
    table.page("list", all).await?;
    table.page("list, name", || all().name("hello")).await?;
    table
        .page("list, name and version", || {
            all().name("hello").version(Version::ONE)
        })
        .await?;
    table
        .page("list, completed", || all().status(InstanceStatus::Completed))
        .await?;
    table
        .page("list, failed (few)", || all().status(InstanceStatus::Failed))
        .await?;
    table.page("list, not ended", || all().live()).await?;
    let first = client.query().page_size(1).page(None).await?;
    let begin = first
        .items
        .first()
        .map_or(Timestamp::from_micros(0), |record| record.created_at);
    let last = client
        .instance(&fill::id(fill::run_of(size) - PAGE))?
        .status()
        .await?;
    let (recent, end) = (last.created_at, Timestamp::MAX);
    table
        .page("list, started lately", || all().created(recent..end))
        .await?;
    table
        .page("list, started before", || all().created(begin..recent))
        .await?;
    table
        .page("list, ended lately", || all().ended(recent..end))
        .await?;
    table
        .page("list, ended before", || all().ended(begin..recent))
        .await?;
    let (common, rare) = (fill::COMMON, fill::RARE);
    table
        .page("list, tag of half", || all().tag(common.0, common.1))
        .await?;
    table
        .page("list, tag of few", || all().tag(rare.0, rare.1))
        .await?;
    table
        .page("list, tag of half and failed (none)", || {
            all().tag(common.0, common.1).status(InstanceStatus::Failed)
        })
        .await?;
    // The copies of an instance begin with its id.
    let one = fill::id(fill::run_of(size) - 1);
    let hundred = &one[..one.len() - 2];
    table
        .page("list, prefix of all", || all().id_prefix("order-"))
        .await?;
    table
        .page("list, prefix of 5,000", || all().id_prefix(hundred))
        .await?;
    table
        .page("list, prefix of 50", || all().id_prefix(one.as_str()))
        .await?;
    table
        .page("list, prefix of none", || all().id_prefix("parcel-"))
        .await?;
    table.page("list, blocked (none)", || all().blocked()).await?;
    table.page("list, stalled (none)", || all().stalled()).await
}

/// The counts by version, and the look of a gate.
async fn counts(client: &Client, table: &mut Table<'_>) -> durable::Result<()> {
    table
        .asked("counts by version", async || {
            client.version_counts().await?;
            Ok(())
        })
        .await?;
    let hub = client.hub();
    table
        .asked("status check", async || {
            durable::gate::status_check(hub.as_ref(), &durable::gate::Scope::default()).await?;
            Ok(())
        })
        .await
}

/// What a server answers, without the connection.
async fn routes(client: &Client, table: &mut Table<'_>) -> durable::Result<()> {
    let server = router(client.clone(), Settings::open());
    for (workload, path) in [
        (
            "GET instances?top=100",
            "/runtime/webhooks/durabletask/instances?top=100",
        ),
        (
            "GET instances?top=100&runtimeStatus=Failed",
            "/runtime/webhooks/durabletask/instances?top=100&runtimeStatus=Failed",
        ),
        ("GET versions", "/durable/versions"),
        ("GET status-check", "/durable/status-check"),
    ] {
        table
            .asked(workload, async || get(&server, path).await.map(|_| ()))
            .await?;
    }
    dashboard::ask(&server, table).await
}

/// Returns what a server answers.
async fn get(server: &Router, path: &str) -> durable::Result<Bytes> {
    let request = Request::get(path).header("host", "localhost").body(Body::empty());
    let answer = server.clone().oneshot(request?).await?;
    let status = answer.status();
    let body = to_bytes(answer.into_body(), usize::MAX).await?;
    if status == StatusCode::OK {
        Ok(body)
    } else {
        Err(Failure::new(format!("{path}: {status}")))
    }
}

/// What was measured.
struct Table<'a> {
    arguments: &'a Arguments,
    size: usize,
    measurements: Vec<Measurement>,
}

impl Table<'_> {
    async fn page(&mut self, workload: &'static str, query: impl Fn() -> Query) -> durable::Result<()> {
        self.asked(workload, async || {
            query().page_size(PAGE).page(None).await?;
            Ok(())
        })
        .await
    }

    /// Asks one thing again and again. The first time warms the caches, and does not count.
    async fn asked(
        &mut self,
        workload: &'static str,
        ask: impl AsyncFn() -> durable::Result<()>,
    ) -> durable::Result<()> {
        ask().await?;
        let (all, mut times) = (Instant::now(), Vec::new());
        while times.len() < TIMES && (times.len() < 3 || all.elapsed() < LONGEST) {
            let begin = Instant::now();
            ask().await?;
            times.push(begin.elapsed());
        }
        self.add(workload, &times);
        Ok(())
    }

    fn add(&mut self, workload: &'static str, times: &[Duration]) {
        let mut measurement = Measurement::timed(workload, 0.0, times.len(), &Latencies::of(times));
        measurement.per_second = 0.0;
        measurement.hub = "sqlite";
        measurement.sync = Some(self.arguments.sync.as_str());
        measurement.in_file = Some(self.size);
        self.measurements.push(measurement);
    }
}
