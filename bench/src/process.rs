//! What the process used, where the operating system tells (Linux).

use std::fs;

use serde::Serialize;

use crate::measurement::round;

/// Clock ticks per second in `/proc`; the same on every Linux that Rust supports.
const TICKS: f64 = 100.0;

/// What the process used during a run.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Default)]
pub(crate) struct Consumption {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cpu_seconds: Option<f64>,
    /// What was sent to the disk, log and checkpoints included.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) bytes_written: Option<u64>,
    /// What the process holds in memory at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) rss_mb: Option<f64>,
}

/// What the process had used at a moment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Meter {
    cpu_seconds: Option<f64>,
    bytes_written: Option<u64>,
}

impl Meter {
    /// Reads the counters.
    pub(crate) fn start() -> Self {
        Self {
            cpu_seconds: cpu_seconds(),
            bytes_written: number_after("/proc/self/io", "write_bytes:"),
        }
    }

    /// Returns what was used since the start.
    pub(crate) fn stop(self) -> Consumption {
        let now = Self::start();
        let rss_kib = number_after("/proc/self/status", "VmRSS:").and_then(|kib| u32::try_from(kib).ok());
        Consumption {
            cpu_seconds: now
                .cpu_seconds
                .zip(self.cpu_seconds)
                .map(|(now, then)| round(now - then, 2)),
            bytes_written: now
                .bytes_written
                .zip(self.bytes_written)
                .map(|(now, then)| now.saturating_sub(then)),
            rss_mb: rss_kib.map(|kib| round(f64::from(kib) / 1024.0, 1)),
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

fn number_after(file: &str, label: &str) -> Option<u64> {
    let text = fs::read_to_string(file).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(label))?;
    line.split_whitespace().next()?.parse().ok()
}
