//! The runs as a table for people: medians over the repetitions, beside the floor of the disk.

use std::fmt::Write as _;

use crate::measurement::Measurement;
use crate::quantile::median;

const RAW: &str = "raw";

const COLUMNS: [&str; 10] = [
    "w",
    "n",
    "seconds",
    "per s",
    "p50 ms",
    "p99 ms",
    "floor ms",
    "p50/floor",
    "first us",
    "last/first",
];

/// Draws the table.
pub(crate) fn of(runs: &[Measurement]) -> String {
    let raw = median(
        runs.iter()
            .filter(|run| run.workload == RAW)
            .map(|run| run.p50_ms),
    );
    let mut kinds: Vec<(&str, usize)> = Vec::new();
    for run in runs {
        if !kinds.contains(&(run.workload, run.n)) {
            kinds.push((run.workload, run.n));
        }
    }
    let mut rows = vec![COLUMNS.map(str::to_owned).to_vec()];
    rows.extend(kinds.iter().map(|(workload, n)| {
        let same: Vec<&Measurement> = runs
            .iter()
            .filter(|run| (run.workload, run.n) == (workload, *n))
            .collect();
        row(&same, workload, *n, raw)
    }));
    let mut text = draw(&rows);
    let floor = "floor: what the commits that a piece of work needs at least take, bare, on the same disk";
    let _ = write!(
        text,
        "medians of {} runs; {floor}",
        runs.iter().map(|run| run.repetition).max().unwrap_or(0)
    );
    for (workload, n) in kinds {
        let same = runs.iter().filter(|run| (run.workload, run.n) == (workload, n));
        let times = median(same.clone().filter_map(|run| run.times_plain));
        let seconds = median(same.filter_map(|run| run.times_plain_seconds));
        if let Some((times, seconds)) = times.zip(seconds) {
            let _ = write!(
                text,
                "\n{workload}: {times:.2} times the processor time of the same functions without macros, {seconds:.2} times the time on the clock"
            );
        }
    }
    text
}

fn row(runs: &[&Measurement], workload: &str, n: usize, raw: Option<f64>) -> Vec<String> {
    let of = |value: fn(&Measurement) -> f64| median(runs.iter().map(|run| value(run)));
    let p50 = of(|run| run.p50_ms);
    let commits = runs.first().and_then(|run| run.floor_commits);
    let floor = raw.zip(commits).map(|(raw, commits)| raw * f64::from(commits));
    let growth = |value: fn(&crate::measurement::Growth) -> f64| {
        median(runs.iter().filter_map(|run| run.growth.as_ref().map(value)))
    };
    vec![
        workload.to_owned(),
        n.to_string(),
        shown(of(|run| run.seconds), 3),
        shown(of(|run| run.per_second), 0),
        shown(p50, 3),
        shown(of(|run| run.p99_ms), 3),
        shown(floor, 3),
        shown(p50.zip(floor).map(|(p50, floor)| p50 / floor), 2),
        shown(growth(|growth| growth.first_100_us), 0),
        shown(growth(|growth| growth.last_to_first), 2),
    ]
}

fn shown(value: Option<f64>, digits: usize) -> String {
    value.map_or_else(|| "-".to_owned(), |value| format!("{value:.digits$}"))
}

/// Aligns the first column left and the others right.
fn draw(rows: &[Vec<String>]) -> String {
    let width = |column: usize| rows.iter().map(|row| row[column].len()).max().unwrap_or(0);
    let mut text = String::new();
    for row in rows {
        for (column, cell) in row.iter().enumerate() {
            let width = width(column);
            let _ = if column == 0 {
                write!(text, "{cell:<width$}")
            } else {
                write!(text, "  {cell:>width$}")
            };
        }
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measurement::Growth;

    fn run(workload: &'static str, repetition: usize, p50_ms: f64) -> Measurement {
        Measurement {
            workload,
            repetition,
            n: 10,
            seconds: 1.0,
            per_second: 10.0,
            p50_ms,
            p99_ms: 2.0,
            ..Measurement::default()
        }
    }

    #[test]
    fn repetitions_become_medians_beside_the_floor() {
        let growth = Some(Growth {
            first_100_us: 150.0,
            last_100_us: 165.0,
            last_to_first: 1.1,
        });
        let hello = |repetition, p50| Measurement {
            floor_commits: Some(2),
            ..run("hello", repetition, p50)
        };
        let steps = Measurement {
            floor_commits: Some(1),
            growth,
            ..run("steps", 1, 0.15)
        };
        let text = of(&[
            run(RAW, 1, 0.1),
            hello(1, 0.4),
            steps,
            hello(2, 0.9),
            hello(3, 0.6),
        ]);
        let expected = "\
w       n  seconds  per s  p50 ms  p99 ms  floor ms  p50/floor  first us  last/first
raw    10    1.000     10   0.100   2.000         -          -         -           -
hello  10    1.000     10   0.600   2.000     0.200       3.00         -           -
steps  10    1.000     10   0.150   2.000     0.100       1.50       150        1.10
medians of 3 runs; floor: what the commits that a piece of work needs at least take, bare, on the same disk";
        assert_eq!(text, expected);
    }

    #[test]
    fn what_is_compared_with_plain_functions_has_a_line_of_its_own() {
        let check = |times, seconds| Measurement {
            times_plain: Some(times),
            times_plain_seconds: Some(seconds),
            ..run("check", 1, 5.0)
        };
        let text = of(&[
            run("check-plain", 1, 2.5),
            check(1.5, 1.25),
            check(2.5, 3.0),
            check(1.75, 2.0),
        ]);
        let expected = "\ncheck: 1.75 times the processor time of the same functions without macros, 2.00 times the time on the clock";
        assert!(text.ends_with(expected), "{text}");
        assert_eq!(text.matches("without macros").count(), 1);
    }
}
