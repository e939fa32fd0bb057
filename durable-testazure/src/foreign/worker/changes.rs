//! The transaction of an episode (section 11.4 of the specification).

use std::io;
use std::time::SystemTime;

use serde_json::Value;

use super::super::episode::Episode;
use super::super::hub::{ForeignHub, escape_key};
use super::super::large;
use super::super::row::put_date;
use super::loaded::Loaded;
use crate::date;
use crate::tables::{Change, Columns, text};

/// The new events, and the sentinel under the etag that was read. What is too large goes to blobs, and the instance's row
/// gets their addresses.
pub(super) async fn changes(
    hub: &ForeignHub,
    instance: &str,
    execution: &str,
    loaded: &Loaded,
    episode: &mut Episode,
) -> io::Result<Vec<Change>> {
    let partition = escape_key(instance);
    let keyed = |mut columns: Columns, row: &str| {
        columns.insert("PartitionKey".to_owned(), partition.clone().into());
        columns.insert("RowKey".to_owned(), row.into());
        columns.insert("ExecutionId".to_owned(), execution.into());
        Value::Object(columns).to_string()
    };
    let mut changes = Vec::new();
    for (index, mut columns) in episode.rows.clone().into_iter().enumerate() {
        let row = format!("{:016X}", loaded.history.len() + index);
        let event = text(&columns, "EventType").unwrap_or_default().to_owned();
        for (column, address) in large::offload(hub, [&partition, &row, &event], &mut columns).await? {
            let shown = match (event.as_str(), column) {
                ("ExecutionStarted", "Input") => "Input",
                ("ExecutionCompleted", "Result") => "Output",
                _ => continue,
            };
            episode.instance.insert(shown.to_owned(), address.into());
        }
        changes.push(Change::Put {
            partition: partition.clone(),
            columns: keyed(columns, &row),
            row,
        });
    }
    let mut columns = Columns::new();
    columns.insert("IsCheckpointComplete".to_owned(), true.into());
    let now = date::net(SystemTime::now());
    put_date(&mut columns, "CheckpointCompletedTimestamp", &now);
    let columns = keyed(columns, "sentinel");
    changes.push(match loaded.etag.clone() {
        None => Change::Insert(columns),
        Some(etag) => Change::Merge {
            partition,
            row: "sentinel".to_owned(),
            columns,
            etag,
        },
    });
    Ok(changes)
}
