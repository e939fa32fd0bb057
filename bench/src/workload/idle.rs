//! W6, `idle`: what 10,000 instances cost that wait for a timer, in a process of its own.
//!
//! Measured twice: in the process that started them, and in a new one that opens the same file.

use std::path::Path;
use std::time::Duration;

use durable::prelude::*;

use crate::arguments::{Arguments, Durability, Hub};
use crate::child::{self, Child, Order, Task};
use crate::load;
use crate::measurement::{Measurement, round};
use crate::place::Place;
use crate::process::{Consumption, Threads};
use crate::stage::{HUB_FILE, Opened, Stage};

const INSTANCES: usize = 10_000;

/// How long the process is watched.
const STRETCH: Duration = Duration::from_secs(20);

/// How long the hub must have done nothing before the stretch begins.
const QUIET: Duration = Duration::from_millis(500);

#[orchestrator]
async fn wait(ctx: OrchestrationContext) -> Result<(), Failure> {
    ctx.timer(hours(1)).await;
    Ok(())
}

/// Measures waiting instances. A hub in memory keeps them in the process that started them, which says nothing.
pub(crate) fn measure(arguments: &Arguments) -> durable::Result<Vec<Measurement>> {
    let n = arguments.n.unwrap_or(INSTANCES);
    let mut measurements = Vec::new();
    if arguments.wants_raw() {
        let raw = in_own_process(arguments, "raw-w6", n, Task::Sleep { tasks: n })?;
        let hub = "raw";
        measurements.push(Measurement { hub, ..raw });
    }
    if !arguments.raw_only && arguments.hub == Hub::Sqlite {
        let place = Place::make(arguments)?;
        for (workload, instances) in [("w6", n), ("w6-reopened", 0)] {
            let file = place.file(HUB_FILE);
            let measured = in_own_process(arguments, workload, n, Task::Idle { file, instances })?;
            measurements.push(Measurement {
                hub: "sqlite",
                sync: Some(arguments.sync.as_str()),
                ..measured
            });
        }
    }
    Ok(measurements)
}

fn in_own_process(
    arguments: &Arguments,
    workload: &'static str,
    n: usize,
    task: Task,
) -> durable::Result<Measurement> {
    let mut child = Child::start(&Order::new(arguments, task))?;
    let told = child.line()?;
    child.stop()?;
    let told: Told = serde_json::from_str(&told)?;
    Ok(Measurement {
        workload,
        n,
        seconds: STRETCH.as_secs_f64(),
        cpu_percent: Some(told.cpu_percent),
        wakeups_per_second: Some(told.wakeups_per_second),
        consumption: Consumption {
            rss_mb: told.rss_mb,
            ..Consumption::default()
        },
        ..Measurement::default()
    })
}

/// What a child tells.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
struct Told {
    cpu_percent: f64,
    wakeups_per_second: f64,
    rss_mb: Option<f64>,
}

/// Starts instances that wait, or none if they are there already, and tells how idle this process is.
pub(crate) async fn in_child(sync: Durability, file: &Path, instances: usize) -> durable::Result<()> {
    let stage = Stage::on(Opened::sqlite(sync, file)?).await?;
    let client = stage.client().clone();
    load::run(instances, 256, move |_| {
        let client = client.clone();
        async move {
            client.start(wait, ()).await?;
            Ok(())
        }
    })
    .await?;
    let mut commits = None;
    while commits != stage.commits() {
        commits = stage.commits();
        tokio::time::sleep(QUIET).await;
    }
    tell_how_idle().await?;
    stage.strike().await
}

/// Lets tasks sleep, and tells how idle this process is.
pub(crate) async fn sleep_in_child(tasks: usize) -> durable::Result<()> {
    let sleeps: Vec<_> = (0..tasks)
        .map(|_| tokio::spawn(tokio::time::sleep(hours(1))))
        .collect();
    tokio::time::sleep(QUIET).await;
    tell_how_idle().await?;
    sleeps.iter().for_each(tokio::task::JoinHandle::abort);
    Ok(())
}

async fn tell_how_idle() -> durable::Result<()> {
    let before = Threads::now();
    // Blocks the thread of `main`, which nobody else needs: a sleep of the runtime would be wake-ups of its own.
    std::thread::sleep(STRETCH);
    let used = Threads::now().since(before);
    let seconds = STRETCH.as_secs_f64();
    let told = Told {
        cpu_percent: round(used.cpu_seconds / seconds * 100.0, 4),
        wakeups_per_second: round(used.wakeups / seconds, 2),
        rss_mb: crate::process::rss_mb(),
    };
    child::tell(&serde_json::to_string(&told)?)?;
    child::told_to_stop().await
}
