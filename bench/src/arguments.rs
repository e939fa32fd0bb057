//! What the command line asks for.

use std::path::{Path, PathBuf};
use std::str::FromStr;

const USAGE: &str = "usage: bench <hello|steps|check|all> [--hub sqlite|memory] [--n N] [--reps R] [--sync full|normal] [--dir PATH]";

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Workload {
    Hello,
    Steps,
    /// What the macros cost the compiler. Not among `All`, which is about run time.
    Check,
    All,
}

/// Which hub it is measured on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hub {
    Sqlite,
    Memory,
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
    pub(crate) workload: Workload,
    pub(crate) hub: Hub,
    /// How many instances or steps; each workload has its own default.
    pub(crate) n: Option<usize>,
    pub(crate) repetitions: usize,
    pub(crate) sync: Durability,
    /// Where hub files are made. Not the system's temporary folder by default: that may not be a disk.
    pub(crate) folder: PathBuf,
}

impl Arguments {
    /// Reads the command line without the program's name.
    ///
    /// # Errors
    ///
    /// If a word is unknown or a value is missing, with the usage.
    pub(crate) fn parse(words: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut words = words;
        let workload = match words.next().as_deref() {
            Some("hello") => Workload::Hello,
            Some("steps") => Workload::Steps,
            Some("check") => Workload::Check,
            Some("all") => Workload::All,
            _ => return Err(USAGE.to_owned()),
        };
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/bench");
        let mut arguments = Self {
            workload,
            hub: Hub::Sqlite,
            n: None,
            repetitions: 3,
            sync: Durability::Full,
            folder,
        };
        while let Some(option) = words.next() {
            let value = words
                .next()
                .ok_or_else(|| format!("`{option}` needs a value\n{USAGE}"))?;
            match (option.as_str(), value.as_str()) {
                ("--hub", "sqlite") => arguments.hub = Hub::Sqlite,
                ("--hub", "memory") => arguments.hub = Hub::Memory,
                ("--sync", "full") => arguments.sync = Durability::Full,
                ("--sync", "normal") => arguments.sync = Durability::Normal,
                ("--n", n) => arguments.n = Some(count(&option, n)?),
                ("--reps", n) => arguments.repetitions = count(&option, n)?,
                ("--dir", path) => arguments.folder = PathBuf::from(path),
                _ => return Err(format!("`{option} {value}` is unknown\n{USAGE}")),
            }
        }
        Ok(arguments)
    }
}

fn count(option: &str, text: &str) -> Result<usize, String> {
    let number = usize::from_str(text).ok().filter(|number| *number > 0);
    number.ok_or_else(|| format!("`{option}` takes a number above zero, not `{text}`\n{USAGE}"))
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
            (plain.workload, plain.hub, plain.sync),
            (Workload::All, Hub::Sqlite, Durability::Full)
        );
        assert_eq!((plain.n, plain.repetitions), (None, 3));
        let changed = parse("hello --hub memory --sync normal --n 20 --reps 1 --dir here").unwrap();
        assert_eq!(
            (changed.workload, changed.hub, changed.sync),
            (Workload::Hello, Hub::Memory, Durability::Normal)
        );
        assert_eq!((changed.n, changed.repetitions), (Some(20), 1));
        assert_eq!(changed.folder, Path::new("here"));
    }

    #[test]
    fn what_is_not_understood_is_told_with_the_usage() {
        for (line, told) in [
            ("", "usage:"),
            ("w1", "usage:"),
            ("all --hub azure", "`--hub azure` is unknown"),
            ("all --n", "`--n` needs a value"),
            ("all --n 0", "`--n` takes a number above zero, not `0`"),
        ] {
            let error = parse(line).unwrap_err();
            assert!(
                error.contains(told) && error.contains("usage:"),
                "{line}: {error}"
            );
        }
    }
}
