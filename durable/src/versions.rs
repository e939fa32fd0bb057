//! The table of versions: what people read before they delete one.

use std::fmt;

use durable_core::function::FunctionKind;
use durable_core::hub::VersionCount;
use durable_core::registry::Registry;
use durable_core::{Timestamp, Version};

/// What one version of an orchestrator is, from the point of view of its code's owner.
///
/// A version that the code marks `superseded` is `Draining` or `Drained`: what its owner wants to know is whether an
/// instance still needs it. There is no third state for one that was never used: it may be deleted all the same, as may
/// one whose ended instances were purged, and the hub cannot tell the two apart. The numbers of the row tell whether
/// instances of it have ended here. What is drained in one hub may be in use in another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum VersionState {
    /// New instances start on it.
    Current,
    /// It is superseded, and has instances that have not ended.
    Draining,
    /// It is superseded, and no instance needs it: it may be deleted.
    Drained,
    /// Instances need it, and this binary does not have it.
    Missing,
}

impl fmt::Display for VersionState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Current => "current",
            Self::Draining => "draining",
            Self::Drained => "drained: may be deleted",
            Self::Missing => "not in this binary",
        })
    }
}

/// One line of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionRow {
    /// The orchestrator and version, as `checkout@1`.
    pub key: String,
    /// How many instances are pending or have work for a turn.
    pub running: u64,
    /// How many wait for an event, a timer or a call.
    pub waiting: u64,
    /// How many are suspended.
    pub suspended: u64,
    /// How many are blocked.
    pub blocked: u64,
    /// How many failed, and may still be rewound.
    pub failed: u64,
    /// How many ended otherwise.
    pub ended: u64,
    /// When the oldest that has not ended was started.
    pub oldest: Option<Timestamp>,
    /// When the latest was started.
    pub last_started: Option<Timestamp>,
    /// What the version is.
    pub state: VersionState,
}

/// The table of versions of a hub, as one binary sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionTable(pub Vec<VersionRow>);

/// Joins what the hub counts with what the binary has: the table that `shop durable versions` shows.
///
/// ```
/// use durable::{Client, Registry, VersionState, version_table};
///
/// async fn may_be_deleted(client: &Client) -> durable::Result<Vec<String>> {
///     let table = version_table(&client.version_counts().await?, &Registry::collected()?);
///     println!("{table}");
///     let drained = table.0.into_iter().filter(|row| row.state == VersionState::Drained);
///     Ok(drained.map(|row| row.key).collect())
/// }
/// ```
pub fn version_table(counts: &[VersionCount], registry: &Registry) -> VersionTable {
    let mut rows: Vec<VersionRow> = counts.iter().map(|count| of_count(count, registry)).collect();
    for row in registry
        .rows()
        .filter(|row| row.kind() == FunctionKind::Orchestrator)
    {
        let key = format!("{}@{}", row.name, row.version);
        if !rows.iter().any(|shown| shown.key == key) {
            let state = if row.current {
                VersionState::Current
            } else {
                VersionState::Drained
            };
            rows.push(VersionRow {
                key,
                running: 0,
                waiting: 0,
                suspended: 0,
                blocked: 0,
                failed: 0,
                ended: 0,
                oldest: None,
                last_started: None,
                state,
            });
        }
    }
    rows.sort_by_key(|row| sort_key(&row.key));
    VersionTable(rows)
}

fn of_count(count: &VersionCount, registry: &Registry) -> VersionRow {
    let known = count.version.known();
    let row = known.and_then(|version| registry.find(FunctionKind::Orchestrator, &count.name, version));
    let needed = count.live() + count.failed > 0;
    let state = match row {
        Some(row) if row.current => VersionState::Current,
        Some(_) if needed => VersionState::Draining,
        None if needed => VersionState::Missing,
        Some(_) | None => VersionState::Drained,
    };
    VersionRow {
        key: format!("{}@{}", count.name, count.version),
        running: count.pending + count.running,
        waiting: count.waiting,
        suspended: count.suspended,
        blocked: count.blocked,
        failed: count.failed,
        ended: count.ended,
        oldest: count.oldest,
        last_started: count.last_started,
        state,
    }
}

/// Orders `checkout@10` after `checkout@9`.
fn sort_key(key: &str) -> (String, Option<Version>) {
    let (name, version) = key.split_once('@').unwrap_or((key, ""));
    (name.to_owned(), Version::new(version).ok())
}

/// The width of a time to the second; one with a fraction is cut.
const TIME: usize = "2026-01-01T00:00:00Z".len();

/// Plain it shows the numbers; `{:#}` shows the times too.
impl fmt::Display for VersionTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keys = self.0.iter().map(|row| row.key.len());
        let width = keys.max().unwrap_or(0).max("version".len());
        let times = f.alternate();
        write!(
            f,
            "{:<width$}  {:>7}  {:>7}  {:>9}  {:>7}  {:>6}  {:>5}  ",
            "version", "running", "waiting", "suspended", "blocked", "failed", "ended"
        )?;
        if times {
            write!(f, "{:<TIME$}  {:<TIME$}  ", "oldest", "last started")?;
        }
        f.write_str("state")?;
        for row in &self.0 {
            write!(
                f,
                "\n{:<width$}  {:>7}  {:>7}  {:>9}  {:>7}  {:>6}  {:>5}  ",
                row.key, row.running, row.waiting, row.suspended, row.blocked, row.failed, row.ended
            )?;
            if times {
                write!(
                    f,
                    "{:<TIME$}  {:<TIME$}  ",
                    time(row.oldest),
                    time(row.last_started)
                )?;
            }
            write!(f, "{}", row.state)?;
        }
        Ok(())
    }
}

fn time(moment: Option<Timestamp>) -> String {
    let Some(moment) = moment else {
        return "-".to_owned();
    };
    let second = Timestamp::from_micros(moment.as_micros().div_euclid(1_000_000) * 1_000_000);
    second.to_string()
}
