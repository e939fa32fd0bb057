//! What the process used, where the operating system tells (Linux).

use std::fs;
use std::path::Path;
use std::time::Duration;

use durable_testdisk::{Counts, Disk};
use serde::Serialize;

use crate::measurement::round;

/// Clock ticks per second in `/proc`; the same on every Linux that Rust supports.
const TICKS: f64 = 100.0;

/// What the process used during a run.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Default)]
pub(crate) struct Consumption {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cpu_seconds: Option<f64>,
    /// What SQLite wrote to its files, log and checkpoints included.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) bytes_written: Option<u64>,
    /// How often it waited until the disk had what was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) syncs: Option<u64>,
    /// What the process holds in memory at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) rss_mb: Option<f64>,
}

/// What the process had used at a moment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Meter {
    cpu_seconds: Option<f64>,
    disk: Option<Counts>,
}

impl Meter {
    /// Reads the counters.
    pub(crate) fn start() -> Self {
        Self {
            cpu_seconds: cpu_seconds(),
            disk: Disk::install().ok().map(Disk::counts),
        }
    }

    /// Returns what was used since the start.
    pub(crate) fn stop(self) -> Consumption {
        let now = Self::start();
        let disk = now.disk.zip(self.disk).map(|(now, then)| now.since(&then));
        Consumption {
            cpu_seconds: now
                .cpu_seconds
                .zip(self.cpu_seconds)
                .map(|(now, then)| round(now - then, 2)),
            bytes_written: disk.map(|counts| counts.bytes()).filter(|bytes| *bytes > 0),
            syncs: disk.map(|counts| counts.syncs()).filter(|syncs| *syncs > 0),
            rss_mb: rss_mb(),
        }
    }
}

/// Returns what the process holds in memory.
pub(crate) fn rss_mb() -> Option<f64> {
    let kib = number_after(Path::new("/proc/self/status"), "VmRSS:")?;
    Some(round(f64::from(u32::try_from(kib).ok()?) / 1024.0, 1))
}

/// What all threads of the process have used, to the nanosecond: for processes that do next to nothing.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Threads {
    pub(crate) cpu_seconds: f64,
    /// How often a thread waited and was woken.
    pub(crate) wakeups: f64,
}

impl Threads {
    /// Reads the counters of the threads that there are.
    pub(crate) fn now() -> Self {
        let mut threads = Self::default();
        for task in fs::read_dir("/proc/self/task").into_iter().flatten().flatten() {
            let folder = task.path();
            let nanos = fs::read_to_string(folder.join("schedstat")).ok();
            let nanos = nanos.and_then(|text| text.split_whitespace().next()?.parse::<u64>().ok());
            threads.cpu_seconds += Duration::from_nanos(nanos.unwrap_or_default()).as_secs_f64();
            let switches = number_after(&folder.join("status"), "voluntary_ctxt_switches:");
            threads.wakeups += f64::from(switches.and_then(|n| u32::try_from(n).ok()).unwrap_or_default());
        }
        threads
    }

    /// Returns what was used since an earlier moment.
    pub(crate) fn since(self, earlier: Self) -> Self {
        Self {
            cpu_seconds: self.cpu_seconds - earlier.cpu_seconds,
            wakeups: self.wakeups - earlier.wakeups,
        }
    }
}

/// Returns the processor time of all children that have ended, and of theirs.
pub(crate) fn children_cpu_seconds() -> Option<f64> {
    ticks(13)
}

fn cpu_seconds() -> Option<f64> {
    ticks(11)
}

/// Sums user and system time, which stand side by side in `/proc`.
fn ticks(first: usize) -> Option<f64> {
    let text = fs::read_to_string("/proc/self/stat").ok()?;
    // The second field is the program's name, which may contain anything.
    let fields = text.rsplit_once(')')?.1;
    let ticks: Vec<u32> = fields
        .split_whitespace()
        .skip(first)
        .take(2)
        .filter_map(|field| field.parse().ok())
        .collect();
    Some(ticks.into_iter().map(f64::from).sum::<f64>() / TICKS)
}

fn number_after(file: &Path, label: &str) -> Option<u64> {
    let text = fs::read_to_string(file).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(label))?;
    line.split_whitespace().next()?.parse().ok()
}
