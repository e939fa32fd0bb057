//! What was measured on files of several sizes, as a table: one column for each size.

use std::collections::BTreeSet;

use crate::measurement::Measurement;
use crate::quantile::median;
use crate::table::draw;

/// Draws the table: medians over the repetitions, p50 and p99 in milliseconds. Nothing if no run says its size.
pub(crate) fn of(runs: &[Measurement]) -> String {
    let sizes: BTreeSet<usize> = runs.iter().filter_map(|run| run.in_file).collect();
    let mut workloads = Vec::new();
    for run in runs.iter().filter(|run| run.in_file.is_some()) {
        if !workloads.contains(&run.workload) {
            workloads.push(run.workload);
        }
    }
    if workloads.is_empty() {
        return String::new();
    }
    let mut rows = vec![vec!["p50 / p99 ms, finished instances in the file:".to_owned()]];
    rows[0].extend(sizes.iter().map(ToString::to_string));
    for workload in workloads {
        let mut row = vec![workload.to_owned()];
        for size in &sizes {
            let same = |run: &&Measurement| run.workload == workload && run.in_file == Some(*size);
            row.push(cell(runs.iter().filter(same)));
        }
        rows.push(row);
    }
    draw(&rows)
}

/// Shows the times of each piece; where only all of them were timed, how many there were in a second.
fn cell<'a>(runs: impl Iterator<Item = &'a Measurement> + Clone) -> String {
    let p50 = median(runs.clone().map(|run| run.p50_ms));
    let p99 = median(runs.clone().map(|run| run.p99_ms));
    let rate = median(runs.map(|run| run.per_second)).filter(|rate| *rate > 0.0);
    match (p50, p99, rate) {
        (_, _, Some(rate)) => format!("{rate:.0}/s"),
        (Some(p50), Some(p99), None) => format!("{p50:.3} / {p99:.3}"),
        (_, _, None) => "-".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_size_has_a_column_and_each_thing_measured_a_row() {
        let run = |workload, in_file, p50_ms, per_second| Measurement {
            workload,
            in_file: Some(in_file),
            p50_ms,
            p99_ms: 2.0 * p50_ms,
            per_second,
            ..Measurement::default()
        };
        let text = of(&[
            run("growth-get", 100, 0.5, 0.0),
            run("growth-get", 10, 0.25, 0.0),
            run("growth-purge", 10, 0.0, 300.0),
            Measurement::default(),
        ]);
        let cells: Vec<Vec<&str>> = text
            .lines()
            .map(|line| {
                line.split("  ")
                    .map(str::trim)
                    .filter(|cell| !cell.is_empty())
                    .collect()
            })
            .collect();
        assert_eq!(cells[0][1..], ["10", "100"]);
        assert_eq!(cells[1], ["growth-get", "0.250 / 0.500", "0.500 / 1.000"]);
        assert_eq!(cells[2], ["growth-purge", "300/s", "-"]);
        assert_eq!(of(&[]), "");
    }
}
