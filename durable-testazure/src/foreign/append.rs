//! Events that only a later framework knows.

use std::io;

use serde_json::Value;

use super::hub::{ForeignHub, escape_key};
use crate::tables::{self, Change, Columns, text};

impl ForeignHub {
    /// Appends a row to an instance's history as a program of a later framework would, under the sentinel's etag. Keys and
    /// the execution are added to the columns. It is an error if there is no history, or if it is written meanwhile.
    pub async fn append(&self, instance: &str, mut columns: Columns) -> io::Result<()> {
        let rows = self.history(instance).await?;
        let none = || io::Error::other(format!("{instance} has no history"));
        let (sentinel, events) = rows.split_last().ok_or_else(none)?;
        let of_sentinel = |name: &str| text(sentinel, name).map(str::to_owned).ok_or_else(none);
        let (execution, etag) = (of_sentinel("ExecutionId")?, of_sentinel("odata.etag")?);
        let partition = escape_key(instance);
        let row = format!("{:016X}", events.len());
        for (name, value) in [
            ("PartitionKey", &partition),
            ("RowKey", &row),
            ("ExecutionId", &execution),
        ] {
            columns.insert(name.to_owned(), value.as_str().into());
        }
        let merged = format!(
            r#"{{"PartitionKey":{},"RowKey":"sentinel","ExecutionId":"{execution}"}}"#,
            Value::from(partition.as_str())
        );
        let changes = [
            Change::Put {
                partition: partition.clone(),
                row,
                columns: Value::Object(columns).to_string(),
            },
            Change::Merge {
                partition,
                row: "sentinel".to_owned(),
                columns: merged,
                etag,
            },
        ];
        if tables::commit(self.account(), &self.history_table(), &changes).await? {
            Ok(())
        } else {
            Err(io::Error::other(format!(
                "the history of {instance} was written meanwhile"
            )))
        }
    }
}
