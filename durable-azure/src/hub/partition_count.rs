//! How many partitions a hub has: as many as its table has rows, whoever made it and whatever is set here.
//!
//! An instance's partition is a function of its id and this count. A node that took another count would look for instances
//! in the wrong queues, so the hub's own record decides, as the Durable Task Framework's does.

use std::time::Duration;

use durable_core::hub::HubError;

use crate::error::{corrupt, invalid, not_found};
use crate::partition::{PartitionRow, PartitionTable};
use crate::transport::TableClient;
use crate::wire::{Names, PARTITIONS, PARTITIONS_DEFAULT};

/// For how long no row may have come to a hub that nobody has worked on yet. Rows are made here in one transaction; the
/// framework makes them one by one.
const SETTLED: Duration = Duration::from_secs(1);

/// What is wanted of a hub.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted {
    /// How many partitions; those that it has, or the default, if it is not said.
    pub(super) count: Option<u32>,
    /// Whether a hub that is missing is an error. Otherwise it is made.
    pub(super) must_exist: bool,
}

/// Returns how many partitions the hub has, and makes their rows if it has none.
pub(super) async fn settle(table: &TableClient, names: &Names, wanted: Wanted) -> Result<u32, HubError> {
    let mut before = None;
    loop {
        let rows = PartitionTable::rows(table).await?;
        if rows.is_empty() {
            if wanted.must_exist {
                return Err(not_found(format!(
                    "hub `{}` in this account",
                    names.hub().as_str()
                )));
            }
            let count = wanted.count.unwrap_or(PARTITIONS_DEFAULT);
            let queues: Vec<String> = (0..count).map(|it| names.control_queue(it)).collect();
            if PartitionTable::create(table, &queues).await? {
                return Ok(count);
            }
            // Another node was faster, perhaps with another count.
            continue;
        }
        let found = count(&rows, names)?;
        let is_whole = before == Some(found) || rows.iter().any(PartitionRow::was_ever_owned);
        match wanted.count {
            Some(wanted) if wanted == found => return Ok(found),
            Some(wanted) if is_whole => return Err(another(names, found, wanted)),
            None if is_whole => return Ok(found),
            Some(_) | None => {
                before = Some(found);
                tokio::time::sleep(SETTLED).await;
            }
        }
    }
}

/// Counts the rows, which are those of the first queues.
fn count(rows: &[PartitionRow], names: &Names) -> Result<u32, HubError> {
    let count = u32::try_from(rows.len())
        .ok()
        .filter(|count| PARTITIONS.contains(count));
    let is_queue = |queue: &str| {
        let partition = names.partition_of_queue(queue);
        partition.is_some_and(|partition| count.is_some_and(|count| partition < count))
    };
    count
        .filter(|_| rows.iter().all(|row| is_queue(&row.queue)))
        .ok_or_else(|| {
            corrupt(format!(
                "the partition table of the hub `{}` has {} rows, which are not those of its control queues",
                names.hub().as_str(),
                rows.len()
            ))
        })
}

fn another(names: &Names, found: u32, wanted: u32) -> HubError {
    invalid(format!(
        "the hub `{}` has {found} partitions, and {wanted} are set; the number cannot be changed on a hub that exists",
        names.hub().as_str()
    ))
}
