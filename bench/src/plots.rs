//! The plots of docs/performance.md.

mod axis;
mod chart;

use std::path::{Path, PathBuf};

use crate::arguments::{Arguments, Durability};
use crate::measurement::{Measurement, count};
use crate::quantile::{Latencies, median};
use crate::raw;
use crate::workload::{burst, steps};
use axis::Scale;
use chart::{Chart, Series};

/// How many instances are in flight at each point.
const GROUPS: [usize; 9] = [1, 4, 16, 32, 64, 128, 256, 512, 2_000];

/// How many instances each point runs, and a third of them where few are in flight and each waits for the disk.
const INSTANCES: usize = 3_000;
const FEW: usize = 16;

/// How many steps the long instance has, and how many of them make one point.
const STEPS: usize = 10_000;
const WINDOW: usize = 250;

/// Measures and draws: each point is the median of as many runs as there are repetitions. Returns what was measured.
pub(crate) async fn draw(arguments: &Arguments) -> durable::Result<Vec<Measurement>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/performance");
    std::fs::create_dir_all(&folder)?;
    let plots = Plots { arguments, folder };
    let mut measurements = plots.load().await?;
    measurements.extend(plots.steps().await?);
    Ok(measurements)
}

struct Plots<'a> {
    arguments: &'a Arguments,
    folder: PathBuf,
}

impl Plots<'_> {
    /// Runs every number in flight on bare SQLite and on both kinds of hub, and draws throughput and latency.
    async fn load(&self) -> durable::Result<Vec<Measurement>> {
        let n = self.arguments.n.unwrap_or(INSTANCES);
        let at = |sync| Arguments {
            sync,
            ..self.arguments.clone()
        };
        let (full, normal) = (at(Durability::Full), at(Durability::Normal));
        let (mut raw, mut ours, mut relaxed) = (Vec::new(), Vec::new(), Vec::new());
        for in_flight in GROUPS {
            // In turns, so that a disturbance meets all of them.
            let mut runs = [Vec::new(), Vec::new(), Vec::new()];
            let n = if in_flight < FEW { n.div_ceil(3) } else { n };
            for _ in 0..self.arguments.repetitions {
                runs[0].push(burst::raw(&full, n, in_flight).await?);
                runs[1].push(burst::ours(&full, n, in_flight).await?);
                runs[2].push(burst::ours(&normal, n, in_flight).await?);
            }
            let [a, b, c] = runs.map(middle);
            raw.extend(a);
            ours.extend(b);
            relaxed.extend(c);
        }
        self.throughput(&ours, &relaxed, &raw, n)?;
        self.latency(&ours, n)?;
        Ok([raw, ours, relaxed].concat())
    }

    fn throughput(
        &self,
        ours: &[Measurement],
        relaxed: &[Measurement],
        raw: &[Measurement],
        n: usize,
    ) -> durable::Result<()> {
        let points = |runs: &[Measurement]| runs.iter().map(|run| (lanes(run), run.per_second)).collect();
        Chart {
            title: "Throughput against instances in flight",
            subtitle: self.conditions(&format!(
                "{} hello instances at each point",
                axis::label(count(n))
            )),
            x: "instances in flight",
            y: "hello instances per second",
            scales: (Scale::Logarithmic, Scale::Logarithmic),
            x_ticks: Some(GROUPS.into_iter().map(count).collect()),
            series: vec![
                Series::new("durable, FULL", points(ours)),
                Series::new("bare SQLite, FULL", points(raw)),
                Series::new("durable, NORMAL", points(relaxed)),
            ],
        }
        .draw(&self.folder.join("throughput.svg"))
    }

    fn latency(&self, ours: &[Measurement], n: usize) -> durable::Result<()> {
        let points =
            |time: fn(&Measurement) -> f64| ours.iter().map(|run| (run.per_second, time(run))).collect();
        let in_flight = ours.iter().map(|run| axis::label(lanes(run)));
        Chart {
            title: "Latency against load",
            subtitle: self.conditions(&format!(
                "SQLite at FULL, up to {} hello instances at each point; beside it, how many were in flight",
                axis::label(count(n))
            )),
            x: "hello instances per second",
            y: "start to result, ms",
            scales: (Scale::Linear, Scale::Logarithmic),
            x_ticks: None,
            series: vec![
                Series::new("p50", points(|run| run.p50_ms)).notes(in_flight),
                Series::new("p99", points(|run| run.p99_ms)),
            ],
        }
        .draw(&self.folder.join("latency.svg"))
    }

    /// Runs one long instance, and draws what a step costs along its history.
    async fn steps(&self) -> durable::Result<Vec<Measurement>> {
        let (mut measurements, mut ours, mut floor) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..self.arguments.repetitions {
            let (run, times) = raw::steps::timed(self.arguments, STEPS).await?;
            measurements.push(run);
            floor.push(times);
            let (run, times) = steps::timed(self.arguments, STEPS).await?;
            measurements.push(run);
            ours.push(times);
        }
        Chart {
            title: "Cost of a step against the length of the history",
            subtitle: self.conditions("SQLite at FULL, one instance; median of 250 steps, one activity each"),
            x: "steps before it",
            y: "time of one step, µs",
            scales: (Scale::Linear, Scale::Linear),
            x_ticks: None,
            series: vec![
                Series::new("durable", middle_windows(&ours)),
                Series::new("one bare commit", middle_windows(&floor)),
            ],
        }
        .draw(&self.folder.join("steps.svg"))?;
        Ok(measurements)
    }

    fn conditions(&self, what: &str) -> String {
        match self.arguments.repetitions {
            1 => format!("{what}; one run"),
            runs => format!("{what}; medians of {runs} runs"),
        }
    }
}

/// Returns the run whose throughput is the median.
fn middle(mut runs: Vec<Measurement>) -> Option<Measurement> {
    runs.sort_by(|a, b| a.per_second.total_cmp(&b.per_second));
    let middle = runs.len() / 2;
    runs.into_iter().nth(middle)
}

/// Returns the median over the runs of each window of steps.
fn middle_windows(runs: &[Latencies]) -> Vec<(f64, f64)> {
    let windows: Vec<_> = runs.iter().map(|run| run.windows_us(WINDOW)).collect();
    let at = |index: usize| {
        let (before, _) = windows.first()?.get(index)?;
        let times = windows
            .iter()
            .filter_map(|run| run.get(index))
            .map(|point| point.1);
        Some((*before, median(times)?))
    };
    (0..).map_while(at).collect()
}

fn lanes(run: &Measurement) -> f64 {
    count(run.in_flight.unwrap_or(1))
}
