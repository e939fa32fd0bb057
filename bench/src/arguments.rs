//! What the command line asks for.

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

const USAGE: &str = "\
usage: bench <workload> [options]

workloads (each also as raw-.., which measures the raw limit alone)
  w1, burst    hello instances per second: 16 in flight, then 2,000 in flight
  w2, steps    activities one after the other in one instance: 1,000, then 10,000
  w3, fan-out  activities at once in one instance: 1,000, then 10,000
  w4, hello    one instance at a time on an idle worker, from its start to its result
  w5, timers   how late 1,000 timers of one second fire
  w6, idle     what 10,000 waiting instances cost: CPU, wake-ups, memory
  w7, size     bytes of the file for each finished hello
  w8, cold     from an event to the next step of an instance with 10,000 recorded events, on a new worker
  w9, processes
               the load of w1 on one file that eight worker processes share
  w10, build   what a user's hello costs to build; takes minutes
  plots        draws docs/performance/*.svg: each point is the median of R runs
  growth       what starts, events, timers and queries cost in files of 10,000 and 100,000 finished instances, and what a
               purge of them does to others' starts; a million with `--n 1000000`, which takes minutes
  listing      the first page of each filter, the counts and the status check, in a file of a million ended instances and
               10,000 that wait; filling it takes a minute, and `--file` keeps it
  check        what the macros cost the compiler
  all          w1 to w9

options
  --hub sqlite|memory|azure
                         which hub (sqlite); azure is for w1 and w2: the account whose connection string is in
                         DURABLE_AZURE_CONNECTION_STRING, or an emulator that is started for it
  --n N                  how many instances, steps or activities, instead of the workload's own number
  --reps R               how often everything is measured; the table shows medians (3)
  --sync full|normal     when a commit of the SQLite hub counts as stored (full)
  --fsync-delay MS       how much longer each fsync takes, in milliseconds, with fractions (0)
  --with-builds          w10 as well, with `all`
  --file PATH            listing: the hub in this file, which is filled first if it is not there
  --dir PATH             where hub files are made (target/bench)";

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Workload {
    Burst,
    Steps,
    FanOut,
    Hello,
    Timers,
    Idle,
    Size,
    Cold,
    Processes,
    /// Takes minutes. Not part of `all` unless `--with-builds` is given.
    Build,
    /// The plots of the documentation.
    Plots,
    /// Files with many instances. Not part of `all`: filling them takes long.
    Growth,
    /// Listings of many instances. Not part of `all`: filling the file takes long.
    Listing,
    /// What the macros cost the compiler. Not part of `all`, which is about run time.
    Check,
}

impl Workload {
    /// What `all` stands for.
    const IN_ALL: [Self; 9] = [
        Self::Burst,
        Self::Steps,
        Self::FanOut,
        Self::Hello,
        Self::Timers,
        Self::Idle,
        Self::Size,
        Self::Cold,
        Self::Processes,
    ];
}

/// Which hub it is measured on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hub {
    Sqlite,
    Memory,
    /// In a storage account, or on its emulator.
    Azure,
}

/// When a commit of the SQLite hub counts as stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durability {
    Full,
    Normal,
}

impl Durability {
    /// Returns the word of the command line.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Normal => "normal",
        }
    }
}

/// What the command line asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Arguments {
    pub(crate) workloads: Vec<Workload>,
    /// Whether only the raw limit is measured.
    pub(crate) raw_only: bool,
    pub(crate) hub: Hub,
    /// How many instances or steps; each workload has its own default.
    pub(crate) n: Option<usize>,
    pub(crate) repetitions: usize,
    pub(crate) sync: Durability,
    /// What every fsync takes in addition.
    pub(crate) fsync_delay: Duration,
    /// Where hub files are made. Not the system's temporary folder by default: that may not be a disk.
    pub(crate) folder: PathBuf,
    /// The hub that is listed, instead of one that is made for it.
    pub(crate) file: Option<PathBuf>,
}

impl Arguments {
    /// Reads the command line without the program's name.
    ///
    /// # Errors
    ///
    /// If a word is unknown or a value is missing, with the usage.
    pub(crate) fn parse(words: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut words = words;
        let word = words.next().unwrap_or_default();
        let name = word.strip_prefix("raw-").unwrap_or(&word);
        let workloads = workloads(name).ok_or(USAGE)?;
        let mut arguments = Self {
            workloads,
            raw_only: name != word,
            hub: Hub::Sqlite,
            n: None,
            repetitions: 3,
            sync: Durability::Full,
            fsync_delay: Duration::ZERO,
            folder: Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/bench"),
            file: None,
        };
        while let Some(option) = words.next() {
            if option == "--with-builds" {
                arguments.workloads.push(Workload::Build);
                continue;
            }
            let value = words
                .next()
                .ok_or_else(|| format!("`{option}` needs a value\n{USAGE}"))?;
            match (option.as_str(), value.as_str()) {
                ("--hub", "sqlite") => arguments.hub = Hub::Sqlite,
                ("--hub", "memory") => arguments.hub = Hub::Memory,
                ("--hub", "azure") => arguments.hub = Hub::Azure,
                ("--sync", "full") => arguments.sync = Durability::Full,
                ("--sync", "normal") => arguments.sync = Durability::Normal,
                ("--n", n) => arguments.n = Some(count(&option, n)?),
                ("--reps", n) => arguments.repetitions = count(&option, n)?,
                ("--fsync-delay", text) => arguments.fsync_delay = milliseconds(&option, text)?,
                ("--file", path) => arguments.file = Some(path.into()),
                ("--dir", path) => arguments.folder = PathBuf::from(path),
                _ => return Err(format!("`{option} {value}` is unknown\n{USAGE}")),
            }
        }
        let is_on_azure = |own: &Workload| matches!(own, Workload::Burst | Workload::Steps);
        if arguments.hub == Hub::Azure && !arguments.workloads.iter().all(is_on_azure) {
            return Err(format!("on Azure, w1 and w2 are measured\n{USAGE}"));
        }
        Ok(arguments)
    }

    /// Returns how often everything is measured. Plots repeat each of their points instead.
    pub(crate) fn rounds(&self) -> usize {
        if self.workloads.contains(&Workload::Plots) {
            1
        } else {
            self.repetitions
        }
    }

    /// Returns whether the raw limit is measured. A hub in memory has no disk to be compared with.
    pub(crate) fn wants_raw(&self) -> bool {
        self.raw_only || self.hub != Hub::Memory
    }
}

fn workloads(name: &str) -> Option<Vec<Workload>> {
    let one = match name {
        "w1" | "burst" => Workload::Burst,
        "w2" | "steps" => Workload::Steps,
        "w3" | "fan-out" => Workload::FanOut,
        "w4" | "hello" => Workload::Hello,
        "w5" | "timers" => Workload::Timers,
        "w6" | "idle" => Workload::Idle,
        "w7" | "size" => Workload::Size,
        "w8" | "cold" => Workload::Cold,
        "w9" | "processes" => Workload::Processes,
        "w10" | "build" => Workload::Build,
        "plots" => Workload::Plots,
        "growth" => Workload::Growth,
        "listing" => Workload::Listing,
        "check" => Workload::Check,
        "all" => return Some(Workload::IN_ALL.to_vec()),
        _ => return None,
    };
    Some(vec![one])
}

fn count(option: &str, text: &str) -> Result<usize, String> {
    let number = usize::from_str(text).ok().filter(|number| *number > 0);
    number.ok_or_else(|| format!("`{option}` takes a number above zero, not `{text}`\n{USAGE}"))
}

fn milliseconds(option: &str, text: &str) -> Result<Duration, String> {
    let number = f64::from_str(text).ok();
    let duration = number.and_then(|ms| Duration::try_from_secs_f64(ms / 1_000.0).ok());
    duration.ok_or_else(|| format!("`{option}` takes milliseconds, not `{text}`\n{USAGE}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Arguments, String> {
        Arguments::parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn options_change_the_defaults() {
        let plain = parse("all").unwrap();
        assert_eq!(
            (plain.workloads, plain.hub, plain.sync),
            (Workload::IN_ALL.to_vec(), Hub::Sqlite, Durability::Full)
        );
        assert_eq!((plain.n, plain.repetitions, plain.raw_only), (None, 3, false));
        let changed =
            parse("hello --hub memory --sync normal --n 20 --reps 1 --dir here --fsync-delay 0.5").unwrap();
        assert_eq!(
            (changed.workloads, changed.hub, changed.sync),
            (vec![Workload::Hello], Hub::Memory, Durability::Normal)
        );
        assert_eq!((changed.n, changed.repetitions), (Some(20), 1));
        assert_eq!(changed.folder, Path::new("here"));
        assert_eq!(changed.fsync_delay, Duration::from_micros(500));
    }

    #[test]
    fn workloads_have_a_number_and_a_name_and_a_raw_limit() {
        assert_eq!(parse("w2").unwrap(), parse("steps").unwrap());
        assert!(!parse("all").unwrap().workloads.contains(&Workload::Build));
        assert!(
            parse("all --with-builds --reps 1")
                .unwrap()
                .workloads
                .contains(&Workload::Build)
        );
        let raw = parse("raw-w4 --hub memory").unwrap();
        assert!(raw.raw_only && raw.wants_raw());
        assert_eq!(raw.workloads, [Workload::Hello]);
        assert_eq!((parse("plots").unwrap().rounds(), raw.rounds()), (1, 3));
        assert!(!parse("w4 --hub memory").unwrap().wants_raw());
    }

    #[test]
    fn what_is_not_understood_is_told_with_the_usage() {
        for (line, told) in [
            ("", "usage:"),
            ("w0", "usage:"),
            ("all --hub disk", "`--hub disk` is unknown"),
            ("all --n", "`--n` needs a value"),
            ("all --n 0", "`--n` takes a number above zero, not `0`"),
            (
                "all --fsync-delay -1",
                "`--fsync-delay` takes milliseconds, not `-1`",
            ),
        ] {
            let error = parse(line).unwrap_err();
            assert!(
                error.contains(told) && error.contains("usage:"),
                "{line}: {error}"
            );
        }
    }

    #[test]
    fn on_azure_only_some_workloads_are_measured() {
        let w1 = parse("w1 --hub azure").unwrap();
        assert!(w1.hub == Hub::Azure && w1.wants_raw());
        assert!(parse("all --hub azure").unwrap_err().contains("w1 and w2"));
    }
}
