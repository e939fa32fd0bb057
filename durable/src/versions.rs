//! The table of versions: what people read before they delete one.

use std::fmt;

use durable_core::Version;
use durable_core::function::FunctionKind;
use durable_core::hub::VersionCount;
use durable_core::registry::Registry;

/// What one version of an orchestrator is, from the point of view of its code's owner.
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
        state,
    }
}

/// Orders `checkout@10` after `checkout@9`.
fn sort_key(key: &str) -> (String, Option<Version>) {
    let (name, version) = key.split_once('@').unwrap_or((key, ""));
    (name.to_owned(), Version::new(version).ok())
}

impl fmt::Display for VersionTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self
            .0
            .iter()
            .map(|row| row.key.len())
            .max()
            .unwrap_or(0)
            .max("version".len());
        write!(
            f,
            "{:<width$}  {:>7}  {:>7}  {:>9}  {:>7}  {:>6}  {:>5}  state",
            "version", "running", "waiting", "suspended", "blocked", "failed", "ended"
        )?;
        for row in &self.0 {
            write!(
                f,
                "\n{:<width$}  {:>7}  {:>7}  {:>9}  {:>7}  {:>6}  {:>5}  {}",
                row.key,
                row.running,
                row.waiting,
                row.suspended,
                row.blocked,
                row.failed,
                row.ended,
                row.state
            )?;
        }
        Ok(())
    }
}
