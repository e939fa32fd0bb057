//! The plots of docs/performance.md.

mod chart;

use std::path::Path;

use crate::arguments::Arguments;
use crate::measurement::Measurement;
use crate::workload::{burst, steps};
use chart::{Chart, Series};

/// How many instances are in flight at each point.
const GROUPS: [usize; 9] = [1, 4, 16, 32, 64, 128, 256, 512, 2_000];

/// How many instances each point runs.
const INSTANCES: usize = 3_000;

/// How many steps the long instance has, and how many of them make one point.
const STEPS: usize = 10_000;
const WINDOW: usize = 250;

/// Measures and draws. Returns what was measured.
pub(crate) async fn draw(arguments: &Arguments) -> durable::Result<Vec<Measurement>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/performance");
    std::fs::create_dir_all(&folder)?;
    let n = arguments.n.unwrap_or(INSTANCES);
    let mut measurements = Vec::new();
    let (mut raw, mut ours) = (Vec::new(), Vec::new());
    for in_flight in GROUPS {
        raw.push(burst::raw(arguments, n, in_flight).await?);
        ours.push(burst::ours(arguments, n, in_flight).await?);
    }
    throughput(&folder, &ours, &raw)?;
    latency(&folder, &ours)?;
    measurements.extend(raw);
    measurements.extend(ours);
    let (run, times) = steps::timed(arguments, STEPS).await?;
    cost_of_a_step(&folder, &times.windows_us(WINDOW))?;
    measurements.push(run);
    Ok(measurements)
}

fn throughput(folder: &Path, ours: &[Measurement], raw: &[Measurement]) -> durable::Result<()> {
    let points = |runs: &[Measurement]| {
        let at = |run: &Measurement| (lanes(run), run.per_second);
        runs.iter().map(at).collect()
    };
    Chart {
        title: "Throughput against instances in flight",
        x: "instances in flight",
        y: "hello instances per second",
        logarithmic: (true, true),
        series: vec![
            Series::new("bare SQLite, same rows", points(raw)),
            Series::new("durable", points(ours)),
        ],
    }
    .draw(&folder.join("throughput.svg"))
}

fn latency(folder: &Path, ours: &[Measurement]) -> durable::Result<()> {
    let points = |time: fn(&Measurement) -> f64| {
        let mut points: Vec<(f64, f64)> = ours.iter().map(|run| (run.per_second, time(run))).collect();
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        points
    };
    Chart {
        title: "Latency against load",
        x: "hello instances per second",
        y: "start to result, ms",
        logarithmic: (true, true),
        series: vec![
            Series::new("p50", points(|run| run.p50_ms)),
            Series::new("p99", points(|run| run.p99_ms)),
        ],
    }
    .draw(&folder.join("latency.svg"))
}

fn cost_of_a_step(folder: &Path, windows: &[(f64, f64)]) -> durable::Result<()> {
    Chart {
        title: "Cost of a step against the length of the history",
        x: "steps before it",
        y: "time of one step, µs",
        logarithmic: (false, false),
        series: vec![Series::new("mean of 250 steps", windows.to_vec())],
    }
    .draw(&folder.join("steps.svg"))
}

fn lanes(run: &Measurement) -> f64 {
    crate::measurement::count(run.in_flight.unwrap_or(1))
}
