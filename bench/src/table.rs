//! The runs as a table for people: medians over the repetitions, beside the raw limit, the aim and others' figures.

use std::fmt::Write as _;

use crate::line::{Aim, LINES, Line};
use crate::measurement::Measurement;
use crate::quantile::median;

const COLUMNS: [&str; 9] = [
    "w",
    "what",
    "measured",
    "raw limit",
    "ratio",
    "aim",
    "duroxide",
    "DBOS",
    "Restate",
];

const NOTES: &str = "\
raw limit: bare SQLite, same rows, same disk, same run, or the same storage operations without a hub; ratio: measured over raw limit; an aim with `!` is missed
duroxide 0.1.32, DBOS Rust 0.5 on Postgres, Restate 1.7: absolute figures of one other run on one other machine, \
duroxide without an fsync per commit";

/// Draws the table.
pub(crate) fn of(runs: &[Measurement]) -> String {
    let mut rows = vec![COLUMNS.map(str::to_owned).to_vec()];
    rows.extend(LINES.iter().filter_map(|line| row(line, runs)));
    let mut text = String::new();
    if rows.len() > 1 {
        text = draw(&rows);
        let _ = writeln!(text, "{NOTES}");
    }
    let _ = write!(
        text,
        "medians of {} runs",
        runs.iter().map(|run| run.repetition).max().unwrap_or(0)
    );
    for (workload, n) in compared(runs) {
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

/// Returns the cells of a line that was measured, itself or its raw limit.
fn row(line: &Line, runs: &[Measurement]) -> Option<Vec<String>> {
    let measured = figure(line, runs, false);
    let raw = figure(line, runs, true);
    measured.or(raw)?;
    let mut cells = vec![
        line.workload.to_owned(),
        line.what.to_owned(),
        shown(measured, line.digits),
        shown(raw, line.digits),
        shown(
            measured
                .zip(raw)
                .filter(|(_, raw)| *raw > 0.0)
                .map(|(measured, raw)| measured / raw),
            2,
        ),
        aim(line, runs, measured, raw),
    ];
    cells.extend(
        line.peers
            .map(|peer| if peer.is_empty() { "-" } else { peer }.to_owned()),
    );
    Some(cells)
}

fn figure(line: &Line, runs: &[Measurement], raw: bool) -> Option<f64> {
    let same = runs.iter().filter(|run| line.takes(run, raw));
    median(same.filter_map(|run| (line.figure)(run)))
}

/// Shows what is to be reached, marked if it is not.
fn aim(line: &Line, runs: &[Measurement], measured: Option<f64>, raw: Option<f64>) -> String {
    let (sign, limit, above) = match line.aim {
        None => return "-".to_owned(),
        Some(Aim::AtLeast(limit)) => ("≥", limit, true),
        Some(Aim::AtMost(limit)) => ("≤", limit, false),
        Some(Aim::RatioAtMost(limit)) => {
            let missed = measured
                .zip(raw)
                .is_some_and(|(measured, raw)| measured > raw * limit);
            return format!("≤ {limit}×{}", mark(missed));
        }
        Some(Aim::PartOf(part, workload, in_flight)) => {
            let whole = LINES
                .iter()
                .find(|other| other.workload == workload && other.in_flight == Some(in_flight))
                .and_then(|other| figure(other, runs, false));
            match whole {
                Some(whole) => ("≥", whole * part, true),
                None => return "-".to_owned(),
            }
        }
    };
    let missed = measured.is_some_and(|measured| if above { measured < limit } else { measured > limit });
    format!("{sign} {}{}", shown(Some(limit), digits_of(limit)), mark(missed))
}

fn mark(missed: bool) -> &'static str {
    if missed { " !" } else { "" }
}

/// Returns how many digits a limit is written with; a large one that was computed, with none.
fn digits_of(limit: f64) -> usize {
    if limit >= 100.0 {
        return 0;
    }
    (0..3)
        .find(|digits| format!("{limit:.digits$}").parse() == Ok(limit))
        .unwrap_or(0)
}

/// Writes a number with commas between the thousands.
fn shown(value: Option<f64>, digits: usize) -> String {
    let Some(value) = value else {
        return "-".to_owned();
    };
    let text = format!("{value:.digits$}");
    let (whole, fraction) = text.split_at(text.find('.').unwrap_or(text.len()));
    let mut grouped = String::new();
    for (at, digit) in whole.chars().enumerate() {
        let left = whole.len() - at;
        if at > 0 && left % 3 == 0 && !grouped.ends_with('-') {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped + fraction
}

/// Aligns the first two columns left and the others right.
pub(crate) fn draw(rows: &[Vec<String>]) -> String {
    let cell_width = |cell: &String| cell.chars().count();
    let width = |column: usize| rows.iter().map(|row| cell_width(&row[column])).max().unwrap_or(0);
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (column, cell) in row.iter().enumerate() {
            let width = width(column);
            let _ = match column {
                0 => write!(line, "{cell:<width$}"),
                1 => write!(line, "  {cell:<width$}"),
                _ => write!(line, "  {cell:>width$}"),
            };
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// Returns what was compared with the same functions without macros, each once.
fn compared(runs: &[Measurement]) -> Vec<(&str, usize)> {
    let mut kinds: Vec<(&str, usize)> = Vec::new();
    for run in runs.iter().filter(|run| run.times_plain.is_some()) {
        if !kinds.contains(&(run.workload, run.n)) {
            kinds.push((run.workload, run.n));
        }
    }
    kinds
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measurement::Growth;

    fn run(workload: &'static str, repetition: usize, per_second: f64) -> Measurement {
        Measurement {
            workload,
            repetition,
            n: 10_000,
            seconds: 1.0,
            per_second,
            ..Measurement::default()
        }
    }

    fn burst(workload: &'static str, repetition: usize, per_second: f64) -> Measurement {
        Measurement {
            in_flight: Some(16),
            commits: Some(20_000),
            ..run(workload, repetition, per_second)
        }
    }

    #[test]
    fn repetitions_become_medians_beside_raw_limit_and_aim() {
        let growth = Some(Growth {
            first_100_us: 150.0,
            last_100_us: 165.0,
            last_to_first: 1.1,
        });
        let steps = Measurement {
            growth,
            ..run("w2", 1, 6_000.0)
        };
        let text = of(&[
            burst("raw-w1", 1, 20_000.0),
            burst("w1", 1, 9_000.0),
            burst("w1", 2, 12_000.0),
            burst("w1", 3, 11_000.0),
            steps,
        ]);
        let expected = "\
w   what                                     measured  raw limit  ratio       aim  duroxide   DBOS  Restate
w1  hello/s, 16 in flight                      11,000     20,000   0.55  ≥ 10,000       115  1,350      857
w2  steps/s of 10,000                           6,000          -      -   ≥ 5,000         -  2,566    1,078
w2  last 100 steps over first 100 of 10,000     1.100          -      -  ≤ 1.05 !         -   0.58     0.68
w1  commits per hello, 16 in flight             2.000      2.000   1.00         -         -      -        -
";
        assert_eq!(text, format!("{expected}{NOTES}\nmedians of 3 runs"));
    }

    #[test]
    fn what_is_not_in_the_table_has_no_line() {
        let check = Measurement {
            rows: Some(1),
            ..run("check-plain", 1, 1.0)
        };
        assert_eq!(of(&[check]), "medians of 1 runs");
    }

    #[test]
    fn numbers_are_shown_as_they_are_read() {
        for (value, digits, expected) in [
            (0.0, 0, "0"),
            (999.6, 0, "1,000"),
            (1_234_567.25, 1, "1,234,567.2"),
            (-1234.0, 0, "-1,234"),
            (-123.0, 0, "-123"),
        ] {
            assert_eq!(shown(Some(value), digits), expected);
        }
        assert_eq!(shown(None, 2), "-");
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
