//! One run of the emulator.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, ErrorKind, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use super::error::AzuriteError;
use super::install::Installed;
use crate::account::{Account, Service};

/// A busy machine takes some seconds; one that takes longer has another fault.
const START_MAX: Duration = Duration::from_mins(2);

const ERRORS: &str = "stderr.log";

/// Where the data is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keep {
    InFiles,
    InMemory,
}

/// Where it shall listen.
#[derive(Debug, Clone, Copy)]
pub(super) enum Ports {
    Any,
    Of(Account),
}

impl Ports {
    /// The system chooses a free port for 0.
    fn of(self, service: Service) -> u16 {
        match self {
            Self::Any => 0,
            Self::Of(account) => account.port(service),
        }
    }
}

/// The emulator while it runs, under the script that watches over it. Dropped, it is killed.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    // Apart from the child, which would close it when somebody waits. `None` once it shall be closed.
    orders: Option<ChildStdin>,
    lines: Receiver<String>,
    account: Account,
}

impl Process {
    /// Returns when it answers.
    pub(super) fn start(
        installed: &Installed,
        folder: &Path,
        keep: Keep,
        ports: Ports,
    ) -> Result<Self, AzuriteError> {
        let errors = folder.join(ERRORS);
        let mut child = command(installed, folder, keep, ports)
            .stderr(File::create(&errors)?)
            .spawn()
            .map_err(|error| match error.kind() {
                ErrorKind::NotFound => AzuriteError::NodeMissing,
                _ => error.into(),
            })?;
        let mut process = Self {
            orders: child.stdin.take(),
            lines: child.stdout.take().map_or_else(|| mpsc::channel().1, lines),
            account: Account {
                blob: 0,
                queue: 0,
                table: 0,
            },
            child,
        };
        // One that does not come so far is dropped, and thus killed.
        match listening(&process.lines) {
            Some(account) => process.account = account,
            None => {
                return Err(AzuriteError::Start(
                    fs::read_to_string(&errors).unwrap_or_default(),
                ));
            }
        }
        Ok(process)
    }

    pub(super) fn account(&self) -> Account {
        self.account
    }

    pub(super) fn pause(&mut self) -> Result<(), AzuriteError> {
        self.order("pause")
    }

    pub(super) fn resume(&mut self) -> Result<(), AzuriteError> {
        self.order("resume")
    }

    /// Lets it write its files and waits for its end.
    pub(super) fn stop(mut self) -> Result<(), AzuriteError> {
        self.order("stop")?;
        self.child.wait()?;
        Ok(())
    }

    pub(super) fn kill(mut self) -> Result<(), AzuriteError> {
        self.order("kill")?;
        self.child.wait()?;
        Ok(())
    }

    /// Returns when the signal is sent.
    fn order(&mut self, order: &str) -> Result<(), AzuriteError> {
        let Some(orders) = &mut self.orders else {
            return Err(AzuriteError::Ended);
        };
        writeln!(orders, "{order}")?;
        let done = format!("done: {order}");
        while self.lines.recv().map_err(|_| AzuriteError::Ended)? != done {}
        Ok(())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // The script hears of it, kills the emulator and ends.
        self.orders = None;
        // It cannot be mended here; after an ordinary end there is nothing to wait for.
        let _ = self.child.wait();
    }
}

fn command(installed: &Installed, folder: &Path, keep: Keep, ports: Ports) -> Command {
    let mut command = Command::new("node");
    command
        .arg(installed.script())
        // Clients ask for versions of the interface that are newer than it knows, and for what it need not heed.
        .args([
            "--silent",
            "--disableTelemetry",
            "--skipApiVersionCheck",
            "--loose",
        ])
        .args(["--blobPort", &ports.of(Service::Blob).to_string()])
        .args(["--queuePort", &ports.of(Service::Queue).to_string()])
        .args(["--tablePort", &ports.of(Service::Table).to_string()])
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    if keep == Keep::InMemory {
        command.arg("--inMemoryPersistence");
    }
    // Ctrl-c at the terminal is for the tests; this hears of their end by its input.
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    command
}

/// Its output, line by line. It is read to the end, so that it never waits for a reader.
fn lines(output: ChildStdout) -> Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            // Nobody listens once it is dropped.
            let _ = sender.send(line);
        }
    });
    receiver
}

/// Waits until it says of each service where it listens.
fn listening(lines: &Receiver<String>) -> Option<Account> {
    let mut found = Service::ALL.map(|_| None);
    while found.contains(&None) {
        let line = lines.recv_timeout(START_MAX).ok()?;
        for (service, found) in Service::ALL.into_iter().zip(&mut found) {
            *found = found.or_else(|| port_in(&line, service));
        }
    }
    let [blob, queue, table] = found;
    Some(Account {
        blob: blob?,
        queue: queue?,
        table: table?,
    })
}

fn port_in(line: &str, service: Service) -> Option<u16> {
    let begin = format!(
        "Azurite {} service is successfully listening at http://127.0.0.1:",
        service.name()
    );
    line.strip_prefix(&begin)?.trim().parse().ok()
}
