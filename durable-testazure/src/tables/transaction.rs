//! Entity group transactions by hand.

use std::io;

use super::{ask, entity, expect};
use crate::account::{Account, Service};
use crate::rest::Ask;

/// One operation of a transaction. The texts are entities as JSON.
#[derive(Debug, Clone)]
pub(crate) enum Change {
    Insert(String),
    /// Inserts or replaces, whatever is there.
    Put {
        partition: String,
        row: String,
        columns: String,
    },
    Merge {
        partition: String,
        row: String,
        columns: String,
        etag: String,
    },
}

/// The request of a transaction.
pub(crate) fn transaction(account: Account, table: &str, changes: &[Change]) -> Ask {
    let endpoint = account.endpoint(Service::Table);
    let mut body = "--batch_1\r\nContent-Type: multipart/mixed; boundary=changeset_1\r\n\r\n".to_owned();
    for change in changes {
        let (line, condition, columns) = match change {
            Change::Insert(columns) => (format!("POST {endpoint}/{table}"), String::new(), columns),
            Change::Put {
                partition,
                row,
                columns,
            } => {
                let path = entity(table, partition, row);
                (format!("PUT {endpoint}{path}"), String::new(), columns)
            }
            Change::Merge {
                partition,
                row,
                columns,
                etag,
            } => {
                let path = entity(table, partition, row);
                (
                    format!("MERGE {endpoint}{path}"),
                    format!("If-Match: {etag}\r\n"),
                    columns,
                )
            }
        };
        body.extend([
            "--changeset_1\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n",
            &line,
            " HTTP/1.1\r\nContent-Type: application/json\r\nAccept: application/json;odata=minimalmetadata\r\n",
            "Prefer: return-no-content\r\nDataServiceVersion: 3.0\r\n",
            &condition,
            "\r\n",
            columns,
            "\r\n",
        ]);
    }
    body += "--changeset_1--\r\n--batch_1--\r\n";
    ask("POST", "/$batch")
        .header("Content-Type", "multipart/mixed; boundary=batch_1")
        .body(body)
}

/// Makes all changes or none. Returns whether they were made: not, if an entity was there already or has another etag.
pub(crate) async fn commit(account: Account, table: &str, changes: &[Change]) -> io::Result<bool> {
    let response = expect(transaction(account, table, changes).send(account).await?, &[202])?;
    let text = response.text();
    let status = |line: &str| line.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse::<u16>().ok();
    let statuses: Vec<u16> = text.lines().filter_map(status).collect();
    if statuses.len() == changes.len() && statuses.iter().all(|status| *status == 204) {
        return Ok(true);
    }
    if matches!(statuses[..], [409 | 412]) {
        return Ok(false);
    }
    Err(io::Error::other(format!("a transaction was answered so: {text}")))
}
