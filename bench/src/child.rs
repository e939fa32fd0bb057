//! This program, started by itself: for what must be measured in a process of its own.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use durable::Failure;
use durable_testdisk::Disk;

use crate::arguments::{Arguments, Durability};
use crate::workload::{idle, processes};

/// The first word of the command line of a child, which no user writes.
const WORD: &str = "a-child-of-bench";

/// What a child does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Task {
    /// Starts instances that wait, and measures how idle the process is then.
    Idle { file: PathBuf, instances: usize },
    /// Lets tasks sleep, and measures the same.
    Sleep { tasks: usize },
    /// Works on a hub until it is told to stop.
    Work { file: PathBuf },
}

/// What a child is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Order {
    pub(crate) task: Task,
    pub(crate) sync: Durability,
    fsync_delay: Duration,
}

impl Order {
    /// Makes the order to do something as the command line of the parent says.
    pub(crate) fn new(arguments: &Arguments, task: Task) -> Self {
        Self {
            task,
            sync: arguments.sync,
            fsync_delay: arguments.fsync_delay,
        }
    }

    /// Reads the order from the words after the program's name, if this process is a child.
    pub(crate) fn parse(words: &[String]) -> Option<Self> {
        let [first, task, file, number, sync, delay] = words else {
            return None;
        };
        if first != WORD {
            return None;
        }
        let (file, number) = (PathBuf::from(file), number.parse().ok()?);
        let task = match task.as_str() {
            "idle" => Task::Idle {
                file,
                instances: number,
            },
            "sleep" => Task::Sleep { tasks: number },
            "work" => Task::Work { file },
            _ => return None,
        };
        let sync = [Durability::Full, Durability::Normal]
            .into_iter()
            .find(|one| one.as_str() == sync)?;
        Some(Self {
            task,
            sync,
            fsync_delay: Duration::from_micros(delay.parse().ok()?),
        })
    }

    fn words(&self) -> [String; 6] {
        let none = Path::new("-");
        let (task, file, number) = match &self.task {
            Task::Idle { file, instances } => ("idle", file.as_path(), *instances),
            Task::Sleep { tasks } => ("sleep", none, *tasks),
            Task::Work { file } => ("work", file.as_path(), 0),
        };
        [
            WORD.to_owned(),
            task.to_owned(),
            file.display().to_string(),
            number.to_string(),
            self.sync.as_str().to_owned(),
            self.fsync_delay.as_micros().to_string(),
        ]
    }

    /// Does what a child is told.
    pub(crate) async fn follow(self) -> durable::Result<()> {
        Disk::install_as_default()?.delay_syncs(self.fsync_delay);
        match &self.task {
            Task::Idle { file, instances } => idle::in_child(self.sync, file, *instances).await,
            Task::Sleep { tasks } => idle::sleep_in_child(*tasks).await,
            Task::Work { file } => processes::in_child(self.sync, file).await,
        }
    }
}

/// A child at work. It is told to stop by the end of its input, and so ends with its parent.
#[derive(Debug)]
pub(crate) struct Child {
    process: std::process::Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Child {
    /// Starts a child.
    pub(crate) fn start(order: &Order) -> durable::Result<Self> {
        let mut process = Command::new(std::env::current_exe()?)
            .args(order.words())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let output = process.stdout.take();
        let output = output.ok_or_else(|| Failure::new("a child has no output"))?;
        Ok(Self {
            input: process.stdin.take(),
            process,
            output: BufReader::new(output),
        })
    }

    /// Waits for the next line that the child writes.
    pub(crate) fn line(&mut self) -> durable::Result<String> {
        let mut line = String::new();
        match self.output.read_line(&mut line)? {
            0 => Err(Failure::new("a child ended before it had said what it was asked")),
            _ => Ok(line),
        }
    }

    /// Tells the child to stop, and waits until it has.
    pub(crate) fn stop(mut self) -> durable::Result<()> {
        drop(self.input.take());
        let status = self.process.wait()?;
        if status.success() {
            return Ok(());
        }
        Err(Failure::new(format!("a child failed: {status}")))
    }
}

/// Writes a line to the parent.
pub(crate) fn tell(line: &str) -> std::io::Result<()> {
    let mut output = std::io::stdout().lock();
    writeln!(output, "{line}")?;
    output.flush()
}

/// Waits until the parent closes the input, on a thread that may block.
pub(crate) async fn told_to_stop() -> durable::Result<()> {
    tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new())).await??;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_child_reads_what_its_parent_wrote() {
        let file = PathBuf::from("hub.db");
        for task in [
            Task::Idle {
                file: file.clone(),
                instances: 3,
            },
            Task::Sleep { tasks: 4 },
            Task::Work { file },
        ] {
            let order = Order {
                task,
                sync: Durability::Normal,
                fsync_delay: Duration::from_micros(1_500),
            };
            assert_eq!(Order::parse(&order.words()), Some(order));
        }
        assert_eq!(Order::parse(&["w1".to_owned()]), None);
    }
}
