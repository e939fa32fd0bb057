//! `growth`: what one start, event, timer, query and count costs in a file that already has 10,000, 100,000 or a million
//! finished instances, and a tenth as many that wait; and what a purge of the finished ones does to others' starts.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use durable::hub::PageToken;
use durable::prelude::*;
use durable::{Clock as _, InstanceStatus, Query, SystemClock};

use crate::arguments::{Arguments, Hub};
use crate::load;
use crate::measurement::Measurement;
use crate::place::Place;
use crate::quantile::Latencies;
use crate::stage::{HUB_FILE, Opened, Stage};
use crate::workload::functions::{hello, say_hello, warm_up};

/// How many finished instances are in the file, unless `--n` names one number.
const SIZES: [usize; 2] = [10_000, 100_000];

/// How many finished instances there are for each that waits.
const FINISHED_PER_WAITING: usize = 10;

/// How often each thing is done.
const TIMES: usize = 200;

/// How often a file is opened, and all of its instances counted.
const TIMES_LONG: usize = 10;

/// How many instances are started, and answered, before the next are.
const GROUP: usize = 1_000;

const NAP: Duration = Duration::from_millis(20);

/// Waits for an event.
#[orchestrator]
pub(crate) async fn dwell(ctx: OrchestrationContext) -> Result<(), Failure> {
    ctx.event::<()>("go").await;
    Ok(())
}

/// Waits a little, and returns by how many microseconds that was too long.
#[orchestrator]
async fn doze(ctx: OrchestrationContext) -> Result<i64, Failure> {
    let due = ctx.now().saturating_add(NAP);
    ctx.timer_at(due).await;
    let woken = ctx.side_effect(|| SystemClock.now().as_micros()).await;
    Ok(woken - due.as_micros())
}

/// Measures files of several sizes. A hub in memory has no file that grows.
pub(crate) async fn measure(arguments: &Arguments) -> durable::Result<Vec<Measurement>> {
    let mut measurements = Vec::new();
    if arguments.raw_only || arguments.hub != Hub::Sqlite {
        return Ok(measurements);
    }
    let sizes = arguments.n.map_or(SIZES.to_vec(), |n| vec![n]);
    for size in sizes {
        let place = Place::make(arguments)?;
        fill(arguments, &place, size).await?;
        measurements.append(&mut of_size(arguments, &place, size).await?);
    }
    Ok(measurements)
}

/// Fills a file.
async fn fill(arguments: &Arguments, place: &Place, size: usize) -> durable::Result<()> {
    let stage = Stage::set(arguments, place).await?;
    let client = stage.client();
    for from in (0..size).step_by(GROUP) {
        let to = (from + GROUP).min(size);
        let waits = (from / FINISHED_PER_WAITING..to / FINISHED_PER_WAITING)
            .map(|number| client.start(dwell, ()).id(waiting(number)));
        for run in client.start_many(waits.collect::<Vec<_>>()).await {
            run?;
        }
        let greetings = (from..to).map(|number| client.start(hello, "world".to_owned()).id(finished(number)));
        for run in client.start_many(greetings.collect::<Vec<_>>()).await {
            run?.wait().await?;
        }
    }
    stage.strike().await
}

fn finished(number: usize) -> String {
    format!("finished-{number}")
}

fn waiting(number: usize) -> String {
    format!("waiting-{number}")
}

async fn of_size(arguments: &Arguments, place: &Place, size: usize) -> durable::Result<Vec<Measurement>> {
    let mut table = Table {
        arguments,
        size,
        measurements: Vec::new(),
    };
    let mut times = Vec::new();
    for _ in 0..TIMES_LONG {
        let begin = Instant::now();
        let hub = Opened::open(arguments, &place.file(HUB_FILE))?;
        times.push(begin.elapsed());
        drop(hub);
    }
    table.add("growth-open", &times);
    let stage = Stage::set(arguments, place).await?;
    let client = stage.client();
    warm_up(client).await?;
    act(client, size, &mut table).await?;
    ask(client, size, &mut table).await?;
    purge(client, &mut table).await?;
    stage.strike().await?;
    Ok(table.measurements)
}

/// What changes instances.
async fn act(client: &Client, size: usize, table: &mut Table<'_>) -> durable::Result<()> {
    let mut times = Vec::new();
    for _ in 0..TIMES {
        let begin = Instant::now();
        say_hello(client).await?;
        times.push(begin.elapsed());
    }
    table.add("growth-hello", &times);
    times.clear();
    // All over the file, each once.
    let all = size / FINISHED_PER_WAITING;
    for number in (0..all).step_by((all / TIMES).max(1)).take(TIMES) {
        let begin = Instant::now();
        let instance = client.instance(&waiting(number))?;
        instance.raise_event("go", &()).await?;
        instance.wait_ended().await?;
        times.push(begin.elapsed());
    }
    table.add("growth-event", &times);
    times.clear();
    for _ in 0..TIMES {
        let late = client.start(doze, ()).await?.wait().await?;
        times.push(Duration::from_micros(u64::try_from(late).unwrap_or_default()));
    }
    table.add("growth-timer", &times);
    Ok(())
}

/// What changes nothing.
async fn ask(client: &Client, size: usize, table: &mut Table<'_>) -> durable::Result<()> {
    let mut times = Vec::new();
    for at in 0..TIMES {
        let id = finished(size / TIMES * at);
        let begin = Instant::now();
        client.instance(&id)?.status().await?;
        times.push(begin.elapsed());
    }
    table.add("growth-get", &times);
    let completed = || client.query().name(hello).status(InstanceStatus::Completed);
    let middle = completed().page_size(size / 2).page(None).await?;
    let after = middle.next.clone();
    let spans = middle.items.first().zip(middle.items.last());
    let spans = spans.map(|(first, last)| first.created_at..last.created_at);
    table.pages("growth-list-first", completed, None).await?;
    if let Some(after) = after {
        table.pages("growth-list-middle", completed, Some(after)).await?;
    }
    if let Some(span) = spans {
        let begin = span.end;
        let end = begin.saturating_add(Duration::from_hours(1));
        let since = || client.query().created(begin..end);
        table.pages("growth-list-time", since, None).await?;
    }
    let waiting = || client.query().status(InstanceStatus::Running);
    table.pages("growth-list-waiting", waiting, None).await?;
    let failed = || client.query().status(InstanceStatus::Failed);
    table.pages("growth-list-failed", failed, None).await?;
    times.clear();
    for _ in 0..TIMES_LONG {
        let begin = Instant::now();
        client.version_counts().await?;
        times.push(begin.elapsed());
    }
    table.add("growth-counts", &times);
    Ok(())
}

/// Starts of others, without a purge and during one.
async fn purge(client: &Client, table: &mut Table<'_>) -> durable::Result<()> {
    const IN_FLIGHT: usize = 4;
    let alone = load::run(2 * TIMES, IN_FLIGHT, {
        let client = client.clone();
        move |_| start(client.clone())
    })
    .await?;
    table.measure("growth-start", &alone.latencies, 2 * TIMES);
    let is_over = Arc::new(AtomicBool::new(false));
    let purging = {
        let (client, is_over) = (client.clone(), Arc::clone(&is_over));
        tokio::spawn(async move {
            let begin = Instant::now();
            let report = client.query().name(hello).purge().await;
            is_over.store(true, Ordering::Relaxed);
            (report, begin.elapsed())
        })
    };
    let mut times = Vec::new();
    while !is_over.load(Ordering::Relaxed) {
        let part = load::run(IN_FLIGHT * 4, IN_FLIGHT, {
            let client = client.clone();
            move |_| start(client.clone())
        })
        .await?;
        times.push(part.latencies);
    }
    let (report, took) = purging.await?;
    let all = Latencies::joined(&times);
    table.measure("growth-start-purging", &all, times.len() * IN_FLIGHT * 4);
    let purged = usize::try_from(report?.purged)?;
    let seconds = took.as_secs_f64();
    let measurement = Measurement::timed("growth-purge", seconds, purged, &Latencies::of(&[]));
    table.push(measurement);
    Ok(())
}

/// Starts an instance of which nothing more is wanted.
async fn start(client: Client) -> durable::Result<()> {
    client.start(dwell, ()).await?;
    Ok(())
}

/// What was measured at one size.
struct Table<'a> {
    arguments: &'a Arguments,
    size: usize,
    measurements: Vec<Measurement>,
}

impl Table<'_> {
    fn add(&mut self, workload: &'static str, times: &[Duration]) {
        self.measure(workload, &Latencies::of(times), times.len());
    }

    fn measure(&mut self, workload: &'static str, latencies: &Latencies, pieces: usize) {
        let measurement = Measurement::timed(workload, 0.0, pieces, latencies);
        self.push(Measurement {
            per_second: 0.0,
            ..measurement
        });
    }

    fn push(&mut self, mut measurement: Measurement) {
        measurement.hub = "sqlite";
        measurement.sync = Some(self.arguments.sync.as_str());
        measurement.in_file = Some(self.size);
        self.measurements.push(measurement);
    }

    async fn pages(
        &mut self,
        workload: &'static str,
        query: impl Fn() -> Query,
        after: Option<PageToken>,
    ) -> durable::Result<()> {
        let mut times = Vec::new();
        for _ in 0..TIMES {
            let query = query().page_size(20);
            let begin = Instant::now();
            query.page(after.clone()).await?;
            times.push(begin.elapsed());
        }
        self.add(workload, &times);
        Ok(())
    }
}
