//! What is asked of the hub: four questions, each with a bounded answer or a bounded rest.

use std::collections::BTreeMap;

use durable_core::client::{Client, ClientError};
use durable_core::hub::{InstanceStatus, VersionCount};
use durable_core::{Timestamp, Version, WireName};

use super::table::{DRAINING, FENCES, INSTANCES, OFFERS, OLDEST, OLDEST_PENDING, STALLED, WORKERS};
use super::text::Text;

/// The most pairs of name and version that are shown by themselves: those with the most instances that have not ended.
/// The rest is shown as one pair, with the name `(others)`.
pub const NAMES_MAX: usize = 1_000;

const OTHERS: &str = "(others)";

/// How many pending instances are looked at: those before the oldest that waits may have been scheduled for later.
const PENDING_MAX: usize = 100;

/// One name and version.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Row {
    name: String,
    version: String,
    /// `pending`, `running` and so on, as in [`STATES`].
    states: [u64; STATES.len()],
    live: u64,
    stalled: u64,
    draining: u64,
    oldest: Option<Timestamp>,
}

const STATES: [&str; 7] = [
    "pending",
    "running",
    "waiting",
    "suspended",
    "blocked",
    "failed",
    "ended",
];

/// What the hub answered.
#[derive(Debug)]
pub(super) struct Collected {
    now: Timestamp,
    rows: Vec<Row>,
    workers: usize,
    offers: BTreeMap<(WireName, Version), u64>,
    fences: usize,
    /// `None` if the hub cannot tell.
    oldest_pending: Option<f64>,
}

impl Collected {
    pub(super) async fn of(client: &Client) -> Result<Self, ClientError> {
        let now = client.hub().clock().now();
        let workers = client.workers().await?;
        let mut offers = BTreeMap::new();
        for code in workers.iter().flat_map(|worker| &worker.orchestrators) {
            *offers.entry((code.name.clone(), code.version)).or_default() += 1;
        }
        let counts = client.version_counts().await?;
        let rows = counts.iter().map(|count| Row::of(count, &offers)).collect();
        Ok(Self {
            now,
            rows: bounded(rows, NAMES_MAX),
            workers: workers.len(),
            offers,
            fences: client.fences().await?.len(),
            oldest_pending: oldest_pending(client, now).await?,
        })
    }

    pub(super) fn write(&self, text: &mut Text) {
        text.metric(&INSTANCES);
        for row in &self.rows {
            for (state, count) in STATES.iter().zip(row.states) {
                text.sample(&INSTANCES, &[&row.name, &row.version, state], count);
            }
        }
        for (metric, of_row) in [
            (&STALLED, (|row| row.stalled) as fn(&Row) -> u64),
            (&DRAINING, |row| row.draining),
        ] {
            text.metric(metric);
            for row in &self.rows {
                text.sample(metric, &[&row.name, &row.version], of_row(row));
            }
        }
        text.metric(&OLDEST);
        for row in &self.rows {
            if let Some(oldest) = row.oldest {
                text.sample(
                    &OLDEST,
                    &[&row.name, &row.version],
                    seconds_since(oldest, self.now),
                );
            }
        }
        if let Some(age) = self.oldest_pending {
            text.one(&OLDEST_PENDING, age);
        }
        text.one(&WORKERS, self.workers);
        text.metric(&OFFERS);
        for ((name, version), workers) in self.offers.iter().take(NAMES_MAX) {
            text.sample(&OFFERS, &[name.as_str(), &version.to_string()], workers);
        }
        text.one(&FENCES, self.fences);
    }
}

impl Row {
    fn of(count: &VersionCount, offers: &BTreeMap<(WireName, Version), u64>) -> Self {
        let live = count.live();
        let newer = |version: Version| {
            offers
                .keys()
                .any(|(name, other)| *name == count.name && *other > version)
        };
        let is_draining = count.version.known().is_some_and(newer);
        Self {
            name: count.name.to_string(),
            version: count.version.to_string(),
            states: [
                count.pending,
                count.running,
                count.waiting,
                count.suspended,
                count.blocked,
                count.failed,
                count.ended,
            ],
            live,
            stalled: if count.offered { 0 } else { live },
            draining: if is_draining { live } else { 0 },
            oldest: count.oldest.filter(|_| live > 0),
        }
    }

    fn add(&mut self, other: &Self) {
        for (own, more) in self.states.iter_mut().zip(other.states) {
            *own += more;
        }
        self.live += other.live;
        self.stalled += other.stalled;
        self.draining += other.draining;
        self.oldest = self.oldest.into_iter().chain(other.oldest).min();
    }
}

/// Keeps so many rows, those with the most live instances, in their order, and makes one of the rest. Names come from
/// whoever starts instances, so there may be any number.
fn bounded(rows: Vec<Row>, most: usize) -> Vec<Row> {
    if rows.len() <= most {
        return rows;
    }
    let mut by_size: Vec<(usize, u64)> = rows.iter().map(|row| row.live).enumerate().collect();
    by_size.sort_by_key(|(_, live)| std::cmp::Reverse(*live));
    let kept: std::collections::BTreeSet<usize> = by_size.into_iter().take(most).map(|(at, _)| at).collect();
    let mut others = Row {
        name: OTHERS.to_owned(),
        ..Row::default()
    };
    let mut shown = Vec::with_capacity(most + 1);
    for (at, row) in rows.into_iter().enumerate() {
        if kept.contains(&at) {
            shown.push(row);
        } else {
            others.add(&row);
        }
    }
    shown.push(others);
    shown
}

/// Looks for the oldest instance that waits for its first turn, where the hub lists by time.
async fn oldest_pending(client: &Client, now: Timestamp) -> Result<Option<f64>, ClientError> {
    if !client.hub().capabilities().listed_by_time {
        return Ok(None);
    }
    let pending = client
        .query()
        .status(InstanceStatus::Pending)
        .page_size(PENDING_MAX);
    let page = pending.page(None).await?;
    let waits = |due: Option<Timestamp>| due.is_none_or(|due| due <= now);
    let mut waiting = page.items.iter().filter(|record| waits(record.scheduled_start));
    let since = waiting
        .next()
        .map(|record| record.scheduled_start.unwrap_or(record.created_at));
    Ok(Some(since.map_or(0.0, |since| seconds_since(since, now))))
}

fn seconds_since(moment: Timestamp, now: Timestamp) -> f64 {
    let micros = now.as_micros().saturating_sub(moment.as_micros());
    std::time::Duration::from_micros(u64::try_from(micros).unwrap_or_default()).as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(name: &str, live: u64) -> Row {
        Row {
            name: name.to_owned(),
            live,
            states: [live, 0, 0, 0, 0, 0, 1],
            oldest: Some(Timestamp::from_micros(i64::try_from(live).unwrap())),
            ..Row::default()
        }
    }

    #[test]
    fn only_so_many_names_are_shown_and_nothing_is_left_out_of_the_sum() {
        let rows = vec![row("a", 1), row("b", 9), row("c", 2), row("d", 5)];
        assert_eq!(bounded(rows.clone(), 4), rows);
        let shown = bounded(rows, 2);
        let names: Vec<&str> = shown.iter().map(|row| row.name.as_str()).collect();
        assert_eq!(names, ["b", "d", OTHERS]);
        assert_eq!((shown[2].states, shown[2].live), ([3, 0, 0, 0, 0, 0, 2], 3));
        assert_eq!(shown[2].oldest, Some(Timestamp::from_micros(1)));
    }
}
