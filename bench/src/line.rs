//! The lines of the table: which figure of which run, what it is to reach, and what others reached.

use crate::measurement::Measurement;

/// Which way is better.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Aim {
    AtLeast(f64),
    AtMost(f64),
    /// At most so many times the raw limit.
    RatioAtMost(f64),
    /// At least this part of another line, by its workload and number in flight.
    PartOf(f64, &'static str, usize),
}

/// A line of the table. Lines without a run of theirs are left out.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Line {
    pub(crate) workload: &'static str,
    /// Which runs of the workload: all, if the line does not depend on it.
    pub(crate) n: Option<usize>,
    pub(crate) in_flight: Option<usize>,
    pub(crate) what: &'static str,
    pub(crate) digits: usize,
    pub(crate) figure: Figure,
    pub(crate) aim: Option<Aim>,
    /// Of duroxide 0.1.32 as shipped, DBOS Rust 0.5 on Postgres, and Restate 1.7, in one run on one machine.
    pub(crate) peers: [&'static str; 3],
}

impl Line {
    /// Returns whether a run is one of this line's, or of its raw limit's.
    pub(crate) fn takes(&self, run: &Measurement, raw: bool) -> bool {
        let name = match run.workload.strip_prefix("raw-") {
            Some(name) if raw => name,
            None if !raw => run.workload,
            Some(_) | None => return false,
        };
        let own = if raw {
            // What is opened again has the raw limit of what was made.
            self.workload.trim_end_matches("-reopened")
        } else {
            self.workload
        };
        name == own
            && self.n.is_none_or(|n| n == run.n)
            && self.in_flight.is_none_or(|lanes| Some(lanes) == run.in_flight)
    }
}

const fn line(workload: &'static str, what: &'static str) -> Line {
    Line {
        workload,
        n: None,
        in_flight: None,
        what,
        digits: 0,
        figure: PER_SECOND,
        aim: None,
        peers: ["", "", ""],
    }
}

/// How a line finds its figure in a run.
type Figure = fn(&Measurement) -> Option<f64>;

const PER_SECOND: Figure = |run| Some(run.per_second);
const MILLISECONDS: Figure = |run| Some(run.seconds * 1_000.0);
const P50: Figure = |run| Some(run.p50_ms);
const P99: Figure = |run| Some(run.p99_ms);

/// All lines, in order.
pub(crate) const LINES: [Line; 33] = [
    Line {
        in_flight: Some(16),
        aim: Some(Aim::AtLeast(10_000.0)),
        peers: ["115", "1,350", "857"],
        ..line("w1", "hello/s, 16 in flight")
    },
    Line {
        in_flight: Some(2_000),
        aim: Some(Aim::AtLeast(20_000.0)),
        ..line("w1", "hello/s, 2,000 in flight")
    },
    Line {
        n: Some(1_000),
        aim: Some(Aim::AtLeast(5_000.0)),
        peers: ["9.4", "1,761", "932"],
        ..line("w2", "steps/s of 1,000")
    },
    Line {
        n: Some(10_000),
        aim: Some(Aim::AtLeast(5_000.0)),
        peers: ["", "2,566", "1,078"],
        ..line("w2", "steps/s of 10,000")
    },
    Line {
        n: Some(10_000),
        digits: 3,
        figure: last_to_first,
        aim: Some(Aim::AtMost(1.05)),
        peers: ["", "0.58", "0.68"],
        ..line("w2", "last 100 steps over first 100 of 10,000")
    },
    Line {
        n: Some(1_000),
        digits: 1,
        figure: MILLISECONDS,
        aim: Some(Aim::AtMost(40.0)),
        peers: ["8,040", "440", "1,140"],
        ..line("w3", "fan-out of 1,000, ms")
    },
    Line {
        n: Some(10_000),
        digits: 1,
        figure: MILLISECONDS,
        aim: Some(Aim::AtMost(400.0)),
        peers: ["", "3,080", "29,400"],
        ..line("w3", "fan-out of 10,000, ms")
    },
    Line {
        digits: 3,
        figure: P50,
        aim: Some(Aim::AtMost(0.6)),
        peers: ["165", "4.9", "7.0"],
        ..line("w4", "idle start to result, p50 ms")
    },
    Line {
        digits: 3,
        figure: P99,
        aim: Some(Aim::AtMost(2.0)),
        peers: ["268", "63", "54"],
        ..line("w4", "idle start to result, p99 ms")
    },
    Line {
        digits: 2,
        figure: P50,
        aim: Some(Aim::AtMost(1.5)),
        peers: ["942", "1.0", "3.4"],
        ..line("w5", "overshoot of 1,000 timers of 1 s, p50 ms")
    },
    Line {
        digits: 2,
        figure: P99,
        aim: Some(Aim::AtMost(4.0)),
        peers: ["1,000", "4.0", "7.5"],
        ..line("w5", "overshoot of 1,000 timers of 1 s, p99 ms")
    },
    Line {
        digits: 3,
        figure: cpu_percent,
        aim: Some(Aim::AtMost(0.02)),
        peers: ["1.9", "0.27", "2.6"],
        ..line("w6", "10,000 waiting: CPU %")
    },
    Line {
        digits: 1,
        figure: wakeups,
        aim: Some(Aim::AtMost(1.0)),
        peers: ["619", "32", "885"],
        ..line("w6", "10,000 waiting: wake-ups/s")
    },
    Line {
        digits: 1,
        figure: rss_mb,
        aim: Some(Aim::AtMost(20.0)),
        peers: ["12", "60", "512"],
        ..line("w6", "10,000 waiting: memory, MB")
    },
    Line {
        digits: 3,
        figure: cpu_percent,
        aim: Some(Aim::AtMost(0.02)),
        ..line("w6-reopened", "same, new process: CPU %")
    },
    Line {
        digits: 1,
        figure: wakeups,
        aim: Some(Aim::AtMost(1.0)),
        ..line("w6-reopened", "same, new process: wake-ups/s")
    },
    Line {
        digits: 1,
        figure: rss_mb,
        aim: Some(Aim::AtMost(20.0)),
        ..line("w6-reopened", "same, new process: memory, MB")
    },
    Line {
        figure: |run| run.bytes_each,
        aim: Some(Aim::AtMost(450.0)),
        peers: ["1,421", "733", "1,050"],
        ..line("w7", "bytes in the file per hello")
    },
    Line {
        in_flight: Some(1),
        digits: 1,
        ..line("w1", "Azure: hello/s, one after the other")
    },
    Line {
        in_flight: Some(8),
        digits: 1,
        ..line("w1", "Azure: hello/s, 8 in flight")
    },
    Line {
        in_flight: Some(64),
        digits: 1,
        ..line("w1", "Azure: hello/s, 64 in flight")
    },
    Line {
        n: Some(300),
        digits: 1,
        ..line("w2", "Azure: steps/s of 300")
    },
    Line {
        in_flight: Some(16),
        figure: written_each,
        aim: Some(Aim::AtMost(5_000.0)),
        peers: ["252,000", "", "4,755"],
        ..line("w1", "bytes written per hello, 16 in flight")
    },
    Line {
        in_flight: Some(2_000),
        figure: written_each,
        aim: Some(Aim::AtMost(5_000.0)),
        ..line("w1", "bytes written per hello, 2,000 in flight")
    },
    Line {
        digits: 2,
        figure: P50,
        aim: Some(Aim::AtMost(6.0)),
        peers: ["60 of 6,000", "", ""],
        ..line("w8", "cold replay of 10,000 events, p50 ms")
    },
    Line {
        in_flight: Some(16),
        aim: Some(Aim::PartOf(0.5, "w1", 16)),
        ..line("w9", "hello/s, 8 processes on one file")
    },
    Line {
        digits: 2,
        figure: P99,
        ..line("w9", "hello of 8 processes on one file, p99 ms")
    },
    Line {
        figure: |run| run.build.map(|build| crate::measurement::count(build.crates)),
        aim: Some(Aim::AtMost(50.0)),
        peers: ["147", "146", "158"],
        ..line("w10", "crates of a user's hello")
    },
    Line {
        digits: 1,
        figure: |run| run.build.map(|build| build.clean_seconds),
        aim: Some(Aim::RatioAtMost(1.4)),
        peers: ["4.1×", "3.5×", "3.4×"],
        ..line("w10", "clean debug build, s; aim and others by ratio")
    },
    Line {
        digits: 2,
        figure: |run| run.build.map(|build| build.incremental_seconds),
        aim: Some(Aim::AtMost(0.4)),
        peers: ["1.0", "0.9", "0.8"],
        ..line("w10", "incremental debug build, s")
    },
    Line {
        digits: 1,
        figure: |run| run.build.map(|build| build.binary_mb),
        aim: Some(Aim::AtMost(4.0)),
        peers: ["6.7", "8.1", ""],
        ..line("w10", "stripped release binary, MB")
    },
    Line {
        in_flight: Some(16),
        digits: 3,
        figure: commits_each,
        ..line("w1", "commits per hello, 16 in flight")
    },
    Line {
        in_flight: Some(2_000),
        digits: 3,
        figure: commits_each,
        ..line("w1", "commits per hello, 2,000 in flight")
    },
];

fn cpu_percent(run: &Measurement) -> Option<f64> {
    run.cpu_percent
}

fn wakeups(run: &Measurement) -> Option<f64> {
    run.wakeups_per_second
}

fn rss_mb(run: &Measurement) -> Option<f64> {
    run.consumption.rss_mb
}

fn last_to_first(run: &Measurement) -> Option<f64> {
    run.growth.map(|growth| growth.last_to_first)
}

fn written_each(run: &Measurement) -> Option<f64> {
    each(run.consumption.bytes_written, run.n)
}

fn commits_each(run: &Measurement) -> Option<f64> {
    each(run.commits, run.n)
}

fn each(total: Option<u64>, n: usize) -> Option<f64> {
    let total = usize::try_from(total?).ok()?;
    Some(crate::measurement::count(total) / crate::measurement::count(n))
}
